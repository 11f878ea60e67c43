import type { Page } from '@playwright/test';
import {
  arriveAt, expect, installation, reloadedUntil, rowOf, submitCreatePartner, test, unique, zuora,
} from './support';

test.skip(!installation.zuora, 'this installation has no billing system');

/** Fills *Create Partner* but for the Zuora account. */
async function fillTheRest(page: Page): Promise<string> {
  const name = unique('Verified');
  await page.getByLabel('Partner organisation name').fill(name);
  await page.getByRole('radio', { name: 'Partner', exact: true }).check();
  return name;
}

test('an account is found by its name, recognised and used @zuora', async ({ page, open }) => {
  await open('/settings/profile/partners/new');
  const name = await fillTheRest(page);
  const account = page.getByLabel('Zuora account ID');
  await account.pressSequentially('Nordl');
  const offered = page.locator('datalist option[value="PA-1001"]');
  await expect(offered).toHaveText('Nordlicht Systemhaus GmbH · EUR · Active');
  await account.fill('PA-1001');
  await account.blur();
  await expect(page.getByRole('status').filter({ hasText: 'Nordlicht Systemhaus GmbH · EUR · Active' })).toBeVisible();

  const salesforce = page.getByLabel('Salesforce account ID');
  await salesforce.fill('001D000000IRFma');
  await expect(page.getByRole('status').filter({ hasText: 'Zuora names another one' })).toBeVisible();
  await salesforce.fill('');
  await page.getByRole('button', { name: 'Use it' }).click();
  await expect(salesforce).toHaveValue('0015g00000NrdLtAAJ');
  await expect(page.getByRole('button', { name: 'Use it' })).toHaveCount(0);

  await submitCreatePartner(page);
  await arriveAt(page, name);
  await expect(page.getByRole('main')).toContainText('Nordlicht Systemhaus GmbH · EUR · Active');
});

test('an account that Zuora does not have is an error of the field @zuora', async ({ page, open }) => {
  await open('/settings/profile/partners/new');
  await fillTheRest(page);
  const account = page.getByLabel('Zuora account ID');
  await account.fill('A-NOWHERE');
  await account.blur();
  await expect(account).toHaveAccessibleDescription(/Zuora has no account with this ID or number/);
  await account.fill('PA-1006');
  await account.blur();
  await expect(account).toHaveAccessibleDescription(/is cancelled in Zuora/);
});

test('without JavaScript the server refuses an account that Zuora does not have @zuora @nojs', async ({ page }) => {
  await page.goto('/settings/profile/partners/new');
  const name = await fillTheRest(page);
  await page.getByLabel('Zuora account ID').fill('A-NOWHERE');
  await submitCreatePartner(page);
  await expect(page.getByLabel('Zuora account ID')).toHaveAccessibleDescription(/Zuora has no account/);
  await expect(page.getByLabel('Partner organisation name')).toHaveValue(name);
  await page.getByLabel('Zuora account ID').fill('PA-1003');
  await submitCreatePartner(page);
  await expect(page.getByRole('main')).toContainText('Lumière Distribution SAS · EUR · Active');
});

test('while Zuora is away partners are created, and verified once it is back @zuora', async ({ page, open }) => {
  await zuora('POST', '/sandbox/faults', { kind: 'unavailable' });
  try {
    await open('/settings/profile/partners/new');
    const name = await fillTheRest(page);
    await page.getByLabel('Zuora account ID').fill('PA-1002');
    await page.getByLabel('Zuora account ID').blur();
    await expect(page.getByRole('status').filter({ hasText: 'Zuora does not answer at the moment' })).toBeVisible({ timeout: 15_000 });
    await submitCreatePartner(page);
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible({ timeout: 15_000 });
    await expect(page.getByRole('main')).toContainText('Not verified yet');
    await open(`/settings/profile/partners?q=${encodeURIComponent(name)}`);
    await expect(rowOf(page, name)).toContainText('Not verified yet');

    await zuora('DELETE', '/sandbox/faults');
    await reloadedUntil(page, () => expect(rowOf(page, name)).not.toContainText('Not verified yet', { timeout: 500 }));
    await page.getByRole('link', { name, exact: true }).click();
    await expect(page.getByRole('main')).toContainText('Harbor Point Resellers Inc. · USD · Active');
  } finally {
    await zuora('DELETE', '/sandbox/faults');
  }
});

test('the installation says which billing system it uses @zuora', async ({ page, open }) => {
  await open('/settings/installation');
  await expect(page.getByRole('main')).toContainText('Zuora');
  await expect(page.getByRole('main')).not.toContainText('Not connected');
});
