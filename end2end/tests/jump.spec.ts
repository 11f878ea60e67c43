import { arriveAt, createOrganisation, createUser, expect, look, test, unique } from './support';

test('Ctrl K jumps to an organisation, a user and a page', async ({ page, open, request }, info) => {
  test.slow();
  const organisation = await createOrganisation(request);
  const user = await createUser(request, organisation, { name: unique('Jana') });
  await open('/settings/profile/partners');
  await page.keyboard.press('Control+k');
  const dialog = page.getByRole('dialog', { name: 'Jump to' });
  const input = dialog.getByRole('combobox', { name: 'Partner organisation, user or page' });
  await expect(input).toBeFocused();
  await expect(dialog.getByRole('option').first()).toContainText('Partners');
  await look(page, info, 'jump');
  await input.fill(organisation.name);
  await expect(dialog.getByRole('option').first()).toContainText(organisation.name);
  await look(page, info, 'jump-found');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(organisation.path);
  await expect(dialog).toBeHidden();

  await page.keyboard.press('Control+k');
  await expect(input).toBeFocused();
  await input.fill(user.email);
  await expect(dialog.getByRole('option').filter({ hasText: user.name })).toBeVisible();
  await dialog.getByRole('option').filter({ hasText: user.name }).click();
  await arriveAt(page, user.name);

  await page.getByRole('button', { name: 'Jump to' }).click();
  await input.fill('activ');
  await expect(dialog.getByRole('option')).toHaveCount(1);
  await page.keyboard.press('Enter');
  await arriveAt(page, 'Activity');

  await page.keyboard.press('Control+k');
  await input.fill('zzzz nothing of this name');
  await expect(dialog.getByRole('option')).toHaveCount(0);
  await expect(dialog.getByText('Nothing found')).toBeAttached();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
});

test('what is chosen stays so when more is found, and what was found for other words goes', async ({ page, open, request }) => {
  const organisation = await createOrganisation(request, { name: unique('Best offer') });
  await page.route('**/actions/jump/find', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await route.continue();
  });
  await open('/settings/profile/partners');
  await page.keyboard.press('Control+k');
  const dialog = page.getByRole('dialog', { name: 'Jump to' });
  const input = dialog.getByRole('combobox');
  const chosen = dialog.getByRole('option', { selected: true });
  const found = dialog.getByRole('option').filter({ hasText: organisation.name });
  await input.fill('offer');
  await page.keyboard.press('ArrowDown');
  await expect(chosen).toContainText('Create Offer');
  await expect(dialog.getByRole('option').filter({ hasText: 'Partner organisation' }).first()).toBeVisible();
  await expect(chosen).toContainText('Create Offer');
  await input.fill(organisation.name);
  await expect(found).toBeVisible();
  await input.fill('activity');
  expect(await found.count()).toBe(0);
  await expect(chosen).toContainText('Activity');
  await page.keyboard.press('Enter');
  await arriveAt(page, 'Activity');
});

test('a search that fails is said, and no longer once nothing is searched for', async ({ page, open }) => {
  await open('/settings/offers');
  await page.route('**/actions/jump/find', (route) => route.fulfill({ status: 200, body: 'nonsense' }));
  await page.keyboard.press('Control+k');
  const dialog = page.getByRole('dialog', { name: 'Jump to' });
  await dialog.getByRole('combobox').fill('acme');
  await expect(dialog.getByRole('alert')).toHaveText('Organisations and users cannot be searched at the moment.');
  await dialog.getByRole('combobox').fill('');
  await expect(dialog.getByRole('alert')).toHaveCount(0);
  // The last place of a long list is brought into sight.
  await page.keyboard.press('ArrowUp');
  await expect(dialog.getByRole('option').last()).toHaveAttribute('aria-selected', 'true');
  await expect(dialog.getByRole('option').last()).toBeInViewport({ ratio: 1 });
  await page.keyboard.press('ArrowDown');
  await expect(dialog.getByRole('option').first()).toBeInViewport({ ratio: 1 });
});

test('the keyboard shortcuts are listed with Shift, and with the pointer', async ({ page, open }) => {
  await open('/settings/offers');
  const shortcuts = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await page.keyboard.press('Control+Shift+/');
  await expect(shortcuts).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(shortcuts).toBeHidden();
  await page.getByRole('button', { name: 'Jump to' }).click();
  await page.getByRole('dialog', { name: 'Jump to' }).getByRole('button', { name: 'Keyboard shortcuts' }).click();
  await expect(shortcuts).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(1);
});

test('Ctrl / lists the keyboard shortcuts', async ({ page, open }, info) => {
  await open('/settings/offers');
  await page.keyboard.press('Control+/');
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(dialog).toContainText('Jump to a partner organisation, a user or a page');
  await look(page, info, 'shortcuts');
  await page.keyboard.press('Control+k');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('dialog', { name: 'Jump to' })).toBeVisible();
});

test('⌘ does what Ctrl does', async ({ page, open }) => {
  await open('/settings/offers');
  const jump = page.getByRole('dialog', { name: 'Jump to' });
  const shortcuts = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await page.keyboard.press('Meta+k');
  await expect(jump.getByRole('combobox')).toBeFocused();
  for (const key of ['Meta+/', 'Meta+Shift+/']) {
    await page.keyboard.press(key);
    await expect(shortcuts).toBeVisible();
    await expect(jump).toBeHidden();
    await page.keyboard.press('Meta+k');
    await expect(jump).toBeVisible();
    await expect(shortcuts).toBeHidden();
  }
});

test('an open dialog comes first', async ({ page, open, request }) => {
  const organisation = await createOrganisation(request);
  await open(organisation.path);
  await page.getByRole('button', { name: 'Create user' }).click();
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog')).toHaveCount(1);
  await expect(page.getByRole('dialog')).toHaveAccessibleName(`Create user in ${organisation.name}`);
});
