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

test('an open dialog comes first', async ({ page, open, request }) => {
  const organisation = await createOrganisation(request);
  await open(organisation.path);
  await page.getByRole('button', { name: 'Create user' }).click();
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog')).toHaveCount(1);
  await expect(page.getByRole('dialog')).toHaveAccessibleName(`Create user in ${organisation.name}`);
});
