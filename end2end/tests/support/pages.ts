import { expect, type Locator, type Page } from '@playwright/test';
import { alive } from './guard';

/** Opens the signed-in person's menu. A `summary` has no role that Playwright knows. */
export async function openPersonMenu(page: Page): Promise<void> {
  await page.getByRole('banner').locator('summary').click();
}

/** Signs out through the person's menu. */
export async function signOut(page: Page): Promise<void> {
  await openPersonMenu(page);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
}

/** Fills in the sign-in form on the page and sends it. */
export async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Waits until the page with this heading is there and has come to life. */
export async function arriveAt(page: Page, heading: string): Promise<void> {
  await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
  await alive(page);
}

/** Loads the page again until `shown` finds what the server shows a little later. */
export async function reloadedUntil(page: Page, shown: () => Promise<void>): Promise<void> {
  await expect(async () => {
    await page.reload();
    await shown();
  }).toPass({ timeout: 30_000 });
}

/** The row of the users' table in which this email stands. */
export function rowOf(page: Page, email: string): Locator {
  return page.getByRole('row').filter({ hasText: email });
}

/** Opens the menu of a user's row and chooses from it. */
export async function chooseAction(page: Page, name: string, action: string): Promise<void> {
  await page.getByLabel(`Actions for ${name}`).click();
  await page.getByRole('button', { name: action, exact: true }).click();
}

/** The names in the partners table, from top to bottom. */
export function namesInTable(page: Page): Locator {
  return page.getByRole('table').getByRole('rowheader').getByRole('link');
}

/** The panel that lists what to mend, with its number of things. */
export function summary(page: Page | Locator, title: string): Locator {
  return page.getByRole('alert', { name: title });
}

/** Fills in every required field of *Create Partner*. */
export async function fillCreatePartner(page: Page, name: string, zuora: string): Promise<void> {
  await page.getByLabel('Partner organisation name').fill(name);
  await page.getByLabel('Zuora account ID').fill(zuora);
  await page.getByRole('radio', { name: 'Partner', exact: true }).check();
}

/** Sends *Create Partner*. */
export async function submitCreatePartner(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Create Partner Organisation' }).click();
}

/** The dialog *Create user*, opened from an organisation's page. */
export async function openCreateUser(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: 'Create user' }).click();
  const dialog = page.getByRole('dialog', { name: /^Create user in / });
  await expect(dialog).toBeVisible();
  return dialog;
}

/** Closes the dialog that shows a temporary password, and returns the password. */
export async function takeShownPassword(page: Page, name: string): Promise<string> {
  const dialog = page.getByRole('dialog', { name: `Temporary password for ${name}` });
  const password = /[a-z2-9]{5}(-[a-z2-9]{5}){3}/.exec(await dialog.innerText())?.[0] ?? '';
  expect(password, 'the password in the dialog').not.toBe('');
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(dialog).toBeHidden();
  return password;
}

/** Sets the first own password on the page that asks for it. */
export async function setNewPassword(page: Page, password: string): Promise<void> {
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button', { name: 'Set password' }).click();
}
