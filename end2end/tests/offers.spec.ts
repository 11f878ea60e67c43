import type { Page } from '@playwright/test';
import { expect, installation, look, summary, test, unique } from './support';

test.skip(!installation.zuora, 'this installation has no billing system');

const OFFERS = '/settings/offers';

/** Fills in what an offer of the team plan needs. */
async function fillOffer(page: Page, name: string): Promise<void> {
  const plan = page.getByLabel('Rate plan', { exact: true });
  const value = await plan.locator('option', { hasText: 'Cadence Team Monthly' }).getAttribute('value');
  await plan.selectOption(value);
  await page.getByLabel('Display name').fill(name);
  await page.getByLabel('Description').fill('For growing teams.\n</textarea><script>throw 1</script>');
  await page.getByLabel('Features').fill('Timelines\nGuests');
}

test('an offer is created, changed and published @zuora', async ({ page, open, partner }) => {
  const name = unique('Team');
  await open('/settings/offers/new');
  await fillOffer(page, name);
  await expect(page.getByRole('status').filter({ hasText: 'Cadence Team' })).toContainText('per seat and month');
  await page.getByRole('radio', { name: 'Chosen partners' }).check();
  await expect(page.getByLabel('Partner Organisation IDs')).toHaveCount(0);
  await page.getByRole('button', { name: 'Create Offer' }).click();
  await summary(page, 'One thing needs mending').getByRole('link').click();
  await expect(page.getByRole('radio', { name: 'All partners' })).toBeFocused();
  await page.getByLabel('Add a partner').pressSequentially(partner.organisation.name);
  await page.getByLabel('Add a partner').press('Enter');
  await expect(page.getByRole('status').filter({ hasText: '1 found' })).toBeAttached();
  await expect(page.getByLabel('Add a partner')).toBeFocused();
  await page.getByRole('button', { name: `Add ${partner.organisation.name}` }).click();
  await expect(page.getByRole('button', { name: `Remove ${partner.organisation.name}` })).toBeVisible();
  await page.getByRole('button', { name: 'Create Offer' }).click();

  const row = page.getByRole('row').filter({ hasText: name });
  await expect(row).toContainText('Draft');
  await expect(row).toContainText('1 chosen');
  await row.getByRole('link', { name }).click();
  await expect(page.getByLabel('Description')).toHaveValue('For growing teams.\n</textarea><script>throw 1</script>');
  await expect(page.getByLabel('Features')).toHaveValue('Timelines\nGuests');
  await page.getByRole('radio', { name: 'All partners' }).check();
  await page.getByRole('radio', { name: 'Published' }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(row).toContainText('Published');
  await expect(row).toContainText('All');
});

test('without JavaScript an offer that is not whole comes back with what was typed @zuora @nojs', async ({ page, partner }) => {
  const name = unique('Plain');
  await page.goto('/settings/offers/new');
  await fillOffer(page, name);
  await page.getByRole('checkbox', { name: 'Shop', exact: true }).uncheck();
  await page.getByRole('checkbox', { name: 'API', exact: true }).check();
  await page.getByRole('radio', { name: 'Chosen partners' }).check();
  await page.getByRole('button', { name: 'Create Offer' }).click();
  await expect(summary(page, 'One thing needs mending')).toBeVisible();
  await expect(page.getByLabel('Display name')).toHaveValue(name);
  await expect(page.getByRole('checkbox', { name: 'Shop', exact: true })).not.toBeChecked();
  await expect(page.getByRole('checkbox', { name: 'API', exact: true })).toBeChecked();
  await page.getByLabel('Partner Organisation IDs').fill(partner.organisation.id);
  await page.getByRole('button', { name: 'Create Offer' }).click();
  await expect(page.getByRole('row').filter({ hasText: name })).toContainText('1 chosen');
});

test('who reaches the partner pages is set @zuora', async ({ page, open, guard }, info) => {
  await open('/settings/profile/partner-pages');
  await look(page, info, 'partner-pages');
  await page.getByLabel('Whom to ask').fill('Ada Admin');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await open('/settings/profile/partner-pages');
  await expect(page.getByLabel('Whom to ask')).toHaveValue('Ada Admin');
  guard.check();
});

test('the pages around offers look right @zuora', async ({ page, open }, info) => {
  test.slow();
  await open(OFFERS);
  await look(page, info, 'offers');
  await open('/settings/orders');
  await look(page, info, 'orders-in-need');
  await open('/settings/offers/new');
  await look(page, info, 'create-offer');
  await page.getByRole('button', { name: 'Create Offer' }).click();
  await expect(page.getByRole('alert')).toBeFocused();
  await look(page, info, 'create-offer-errors');
});
