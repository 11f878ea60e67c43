import type { Locator, Page } from '@playwright/test';
import {
  NOBODY, createOrganisation, createUser, expect, openCreateUser, summary, test, unique,
} from './support';

/** Presses Tab again and again: the focus goes from one to the next. */
async function tabThrough(page: Page, stops: Locator[]): Promise<void> {
  for (const stop of stops) {
    await page.keyboard.press('Tab');
    await expect(stop).toBeFocused();
  }
}

test.describe('signed in as nobody', () => {
  test.use({ storageState: NOBODY });

  test('the sign-in form is used with the keyboard alone', async ({ page, open }) => {
    await open('/sign-in');
    await expect(page.getByLabel('Email address')).toBeFocused();
    await tabThrough(page, [
      page.getByRole('link', { name: 'Forgot password?' }),
      page.getByLabel('Password', { exact: true }),
      page.getByRole('button', { name: 'Sign in' }),
    ]);
    await page.keyboard.press('Enter');
    await expect(summary(page, 'Two things need mending')).toBeFocused();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect(page.getByLabel('Email address')).toBeFocused();
  });
});

test('Create Partner is used with the keyboard alone', async ({ page, open }) => {
  await open('/settings/profile/partners/new');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
  await tabThrough(page, [page.getByLabel('Partner organisation name')]);
  await page.keyboard.type(unique('Typed'));
  await tabThrough(page, [page.getByLabel('Logo (URL)'), page.getByLabel('Zuora account ID')]);
  await page.keyboard.type(unique('A').replace(' ', ''));
  await tabThrough(page, [
    page.getByLabel('Salesforce account ID'), page.getByRole('radio', { name: 'Partner', exact: true }),
  ]);
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('radio', { name: 'End customer' })).toBeChecked();
  await tabThrough(page, [
    page.getByRole('button', { name: 'Create Partner Organisation' }), page.getByRole('link', { name: 'Cancel' }),
  ]);
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/partners\/[0-9a-f-]{36}$/);
});

test('going to another page takes the focus along', async ({ page, open }) => {
  await open('/settings/profile/partners');
  await page.getByRole('link', { name: 'Installation' }).press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Installation' })).toBeVisible();
  await expect(page.getByRole('main')).toBeFocused();
  await expect(page.getByRole('link', { name: 'Installation' })).toHaveAttribute('aria-current', 'page');
});

test('Escape closes the dialog and the focus returns', async ({ page, open, request }) => {
  await open((await createOrganisation(request)).path);
  const button = page.getByRole('button', { name: 'Create user' });
  await button.press('Enter');
  const dialog = page.getByRole('dialog', { name: /^Create user in / });
  await expect(dialog.getByLabel('Name')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(button).toBeFocused();
});

test('a dialog with something typed asks before it closes', async ({ page, open, request }) => {
  await open((await createOrganisation(request)).path);
  const dialog = await openCreateUser(page);
  await dialog.getByLabel('Name').fill('Ann');
  await page.keyboard.press('Escape');
  await expect(dialog.getByRole('alert')).toContainText('Close without saving what you typed?');
  await expect(dialog.getByRole('button', { name: 'Keep editing' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialog.getByLabel('Name')).toHaveValue('Ann');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await dialog.getByRole('button', { name: 'Discard' }).click();
  await expect(dialog).toBeHidden();
  await openCreateUser(page);
  await expect(dialog.getByLabel('Name')).toHaveValue('');
});

test('the menus close on Escape and give the focus back', async ({ page, open, request }) => {
  const organisation = await createOrganisation(request);
  const user = await createUser(request, organisation);
  await open(organisation.path);
  const menus: [Locator, string][] = [
    [page.getByRole('banner').locator('summary'), 'Sign out'],
    [page.getByLabel(`Actions for ${user.name}`), 'Disable'],
  ];
  for (const [menu, item] of menus) {
    await menu.press('Enter');
    await expect(page.getByRole('button', { name: item, exact: true })).toBeVisible();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('button', { name: item, exact: true })).toBeHidden();
    await expect(menu).toBeFocused();
  }
});

test('on a phone the sections are a drawer', async ({ page, open }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open('/settings/profile/partners');
  const sections = page.getByRole('navigation', { name: 'Settings' });
  await expect(sections).toBeHidden();
  await page.getByRole('button', { name: 'Sections' }).press('Enter');
  await expect(sections).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(sections).toBeHidden();
  await page.getByRole('button', { name: 'Sections' }).click();
  await sections.getByRole('link', { name: 'Installation' }).click();
  await expect(page).toHaveURL('/settings/installation');
  await expect(sections).toBeHidden();
});
