import { join } from 'node:path';
import type { APIRequestContext, Page } from '@playwright/test';
import {
  NOBODY, alive, arriveAt, createSeller, expect, installation, look, reloadedUntil, summary, test,
  unique, uniqueEmail, zuora, type Seller,
} from './support';

test.skip(!installation.zuora, 'this installation has no billing system');

type Tools = {
  playwright: { request: { newContext: (options: object) => Promise<APIRequestContext> } };
  baseURL?: string;
  adminState: string;
};

/** A seller of its own for the tests of a block. */
async function seller({ playwright, baseURL, adminState }: Tools, folder: string, fields: Record<string, string>): Promise<Seller> {
  const admin = await playwright.request.newContext({ baseURL, storageState: adminState });
  const nobody = await playwright.request.newContext({ baseURL, storageState: NOBODY });
  const made = await createSeller(admin, nobody, join(folder, '.state', `${unique('seller')}.json`), fields);
  await Promise.all([admin.dispose(), nobody.dispose()]);
  return made;
}

/** Fills in a new company. */
async function fillCompany(page: Page, name: string): Promise<void> {
  await page.getByLabel('Company name').fill(name);
  await page.getByLabel('First name').fill('Erika');
  await page.getByLabel('Last name').fill('Muster');
  await page.getByLabel('Email address').fill(uniqueEmail('erika'));
  await page.getByLabel('Address', { exact: true }).fill('Hafenstraße 1');
  await page.getByLabel('Postal code').fill('20457');
  await page.getByLabel('City').fill('Hamburg');
  await page.getByLabel('Country').selectOption('Germany');
}

/** Opens the checkout of an offer through the Shop. */
async function choose(page: Page, of: Seller, plan: string): Promise<void> {
  await page.getByRole('link', { name: `Choose ${of.offers[plan].name}`, exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: `Order ${of.offers[plan].name}` })).toBeVisible();
}

const review = (page: Page) => page.getByRole('button', { name: 'Review order' }).click();
const bill = (page: Page) => page.getByRole('table', { name: 'What it costs' });
const place = (page: Page) => page.getByRole('button', { name: 'Place order' }).click();

/** From the Shop to the draft of an order for a new company. */
async function draft(page: Page, of: Seller, plan: string, company: string): Promise<void> {
  await page.goto(`/partner/shop/${of.offers[plan].id}`);
  await fillCompany(page, company);
  await review(page);
  await expect(page).toHaveURL(/\/partner\/orders\/[0-9a-f-]{36}$/);
}

async function expectPlaced(page: Page): Promise<void> {
  await expect(page.getByRole('main')).toContainText('The order is placed', { timeout: 40_000 });
  await expect(page.getByText('Subscription number', { exact: true })).toBeVisible();
}

let partner: Seller;
let endCustomer: Seller;

test.beforeAll(async ({ playwright, baseURL, adminState }, info) => {
  const tools = { playwright, baseURL, adminState };
  const folder = info.project.outputDir;
  partner = await seller(tools, folder, { zuora_account_id: 'PA-1002', invoice_owner: 'partner', name: unique('Harbor Point') });
  endCustomer = await seller(tools, folder, { zuora_account_id: 'PA-1001', invoice_owner: 'end_customer', name: unique('Nordlicht') });
});

test.afterEach(async () => {
  await zuora('DELETE', '/sandbox/faults');
  await zuora('POST', '/sandbox/tenant', { ownerTransfer: true });
});

test('a partner buys for a new company, with add-ons, and is invoiced @zuora', async ({ newPerson, open }) => {
  const page = await newPerson(partner.state);
  await open('/partner', page);
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Shop' }).click();
  await arriveAt(page, 'Shop');
  await expect(page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Shop' })).toHaveAttribute('aria-current', 'page');
  await expect(page.getByRole('heading', { level: 2 })).toHaveText(['Annual', 'Monthly', 'Other offers']);
  const card = page.getByRole('article').filter({ hasText: partner.offers['Cadence Business Monthly'].name });
  await expect(card).toContainText('US$20.00 per seat and month');
  await expect(card).toContainText('12-month term, renews by itself');
  await expect(card).not.toContainText('€');
  await choose(page, partner, 'Cadence Business Monthly');

  const company = unique('Example GmbH');
  await fillCompany(page, company);
  await expect(page.getByLabel('Quantity')).toHaveValue('10');
  await page.getByLabel('Quantity').fill('12');
  await page.getByLabel(partner.offers['Extra Storage Monthly'].name).fill('2');
  await page.getByLabel(partner.offers['Onboarding Workshop'].name).check();
  await expect(page.getByText(`${partner.organisation.name} will be invoiced, because`)).toBeVisible();
  await review(page);

  await arriveAt(page, `${partner.offers['Cadence Business Monthly'].name} for ${company}`);
  await expect(page.getByText(`${partner.organisation.name} is invoiced, because your organisation’s Zuora invoice owner is Partner.`)).toBeVisible();
  await expect(bill(page).getByRole('row', { name: /Business seats.*12.*US\$240\.00/ })).toBeVisible();
  await expect(bill(page).getByRole('row', { name: /Extra storage.*2.*US\$10\.00/ })).toBeVisible();
  await expect(bill(page).getByRole('row', { name: /Onboarding workshop.*US\$500\.00/ })).toBeVisible();
  await expect(bill(page).getByRole('row', { name: /Total now/ })).toContainText('US$849.00');
  await expect(bill(page).getByRole('row', { name: /Then, each month/ })).toContainText('US$349.00');

  await page.getByRole('link', { name: 'Change order' }).click();
  await arriveAt(page, `Order ${partner.offers['Cadence Business Monthly'].name}`);
  await expect(page.getByLabel('Company name')).toHaveValue(company);
  await expect(page.getByLabel('Quantity')).toHaveValue('12');
  await expect(page.getByLabel(partner.offers['Extra Storage Monthly'].name)).toHaveValue('2');
  await expect(page.getByLabel(partner.offers['Onboarding Workshop'].name)).toBeChecked();
  await page.getByLabel(partner.offers['Onboarding Workshop'].name).uncheck();
  await review(page);
  await expect(bill(page).getByRole('row', { name: /Total now/ })).toContainText('US$349.00');
  await place(page);
  await expectPlaced(page);
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await expect(page.getByRole('link', { name: 'Open the subscription' })).toHaveAttribute('href', /^\/partner\/subscriptions\/A-S/);

  await open('/partner', page);
  const row = page.getByRole('table', { name: 'Latest orders' }).getByRole('row').filter({ hasText: company });
  await expect(row).toHaveCount(1);
  await expect(row).toContainText('Placed');
});

test('a partner buys for an end customer who is invoiced, and again for the same @zuora', async ({ newPerson, open }) => {
  const page = await newPerson(endCustomer.state);
  await open('/partner/shop', page);
  await expect(page.getByRole('article').filter({ hasText: endCustomer.offers['Cadence Team Annual'].name }))
    .toContainText('€110.00 or US$120.00 per seat and year');
  await choose(page, endCustomer, 'Cadence Team Monthly');
  await page.getByRole('radio', { name: 'Person' }).check();
  await expect(page.getByLabel('Company name')).toBeHidden();
  const last = unique('Moreau');
  await page.getByLabel('First name').fill('Inès');
  await page.getByLabel('Last name').fill(last);
  await page.getByLabel('Email address').fill(uniqueEmail('ines'));
  await page.getByLabel('Address', { exact: true }).fill('12 rue de la République');
  await page.getByLabel('Postal code').fill('69002');
  await page.getByLabel('City').fill('Lyon');
  await page.getByLabel('Country').selectOption('FR');
  await page.getByLabel('Currency').selectOption('EUR');
  await expect(page.getByText('The end customer will be invoiced, because')).toBeVisible();
  await review(page);
  await expect(page.getByText(`Inès ${last} is invoiced, because your organisation’s Zuora invoice owner is End customer.`)).toBeVisible();
  await expect(bill(page).getByRole('row', { name: /Total now/ })).toContainText('€55.00');
  await place(page);
  await expectPlaced(page);

  await page.getByRole('link', { name: 'Back to the Shop' }).click();
  await choose(page, endCustomer, 'Cadence Starter Monthly');
  const customer = page.getByLabel('End customer', { exact: true });
  const option = await customer.getByRole('option', { name: new RegExp(last) }).textContent();
  await customer.selectOption(option);
  await expect(page.getByLabel('Email address')).toBeHidden();
  await expect(page.getByLabel('Currency')).toBeHidden();
  await review(page);
  await expect(bill(page).getByRole('row', { name: /Total now/ })).toContainText('€27.00');
  await place(page);
  await expectPlaced(page);
});

test('errors stand beside the fields, and nothing typed is lost @zuora', async ({ newPerson, open }) => {
  const page = await newPerson(partner.state);
  await open(`/partner/shop/${partner.offers['Cadence Team Monthly'].id}`, page);
  await page.getByLabel('Company name').fill('Half a company');
  await page.getByLabel('Quantity').fill('many');
  await page.getByLabel(partner.offers['Extra Storage Monthly'].name).fill('-1');
  await review(page);
  await expect(summary(page, 'Some things need mending')).toBeFocused();
  await expect(page.getByLabel('Quantity')).toHaveAccessibleDescription(/whole number/);
  await expect(page.getByLabel('Country')).toHaveAccessibleDescription(/Choose the country/);
  await expect(page.getByRole('group', { name: 'Add-ons' })).toContainText(`${partner.offers['Extra Storage Monthly'].name}: Enter a whole number`);
  await expect(page.getByLabel('Company name')).toHaveValue('Half a company');
  await page.getByRole('alert').getByRole('link', { name: /country/ }).click();
  await expect(page.getByLabel('Country')).toBeFocused();
});

test('without a price nothing can be placed @zuora', async ({ newPerson, open, guard }) => {
  guard.expectStatus(503);
  const page = await newPerson(partner.state);
  await open('/partner/shop', page);
  await zuora('POST', '/sandbox/faults', { kind: 'unavailable', path: '/v1/orders/preview' });
  await draft(page, partner, 'Cadence Starter Monthly', unique('Waiting Ltd'));
  await expect(page.getByRole('alert').filter({ hasText: 'The price could not be worked out' })).toBeVisible({ timeout: 20_000 });
  await expect(page.getByRole('button', { name: 'Place order' })).toHaveCount(0);
  await zuora('DELETE', '/sandbox/faults');
  await page.getByRole('link', { name: 'Try again' }).click();
  await expect(bill(page).getByRole('row', { name: /Total now/ })).toContainText('US$29.00');
  await expect(page.getByRole('button', { name: 'Place order' })).toBeVisible();
});

test('an order is placed though Zuora is away and the page is closed @zuora', async ({ newPerson, open }) => {
  const page = await newPerson(partner.state);
  await draft(page, partner, 'Cadence Starter Monthly', unique('Patient Ltd'));
  await alive(page);
  await expect(bill(page)).toBeVisible();
  await zuora('POST', '/sandbox/faults', { kind: 'unavailable', path: '/v1/orders' });
  await place(page);
  await expect(page.getByRole('progressbar', { name: 'The order is on its way to Zuora' })).toBeVisible();
  await expect(page.getByText('You can close this page')).toBeVisible();
  await expect(page.getByText('Your order is saved and is placed once')).toBeVisible({ timeout: 30_000 });
  const address = page.url();
  const context = page.context();
  await page.close();
  await zuora('DELETE', '/sandbox/faults');
  const later = await context.newPage();
  await open(address, later);
  await expectPlaced(later);
});

test('what Zuora refuses can be changed and ordered again @zuora', async ({ newPerson, request }) => {
  // Read now, the catalog is not read by itself while the plan is gone.
  const catalog = await request.post('/actions/offers/catalog', { data: {} });
  expect(catalog.status(), await catalog.text()).toBe(200);
  const page = await newPerson(partner.state);
  const company = unique('Refused Ltd');
  const productRatePlanId = partner.offers['Cadence Starter Annual'].ratePlan;
  await draft(page, partner, 'Cadence Starter Annual', company);
  await alive(page);
  await expect(bill(page)).toBeVisible();
  // The plan goes out of sale between the preview and the order.
  await zuora('POST', '/sandbox/catalog', { productRatePlanId });
  try {
    await place(page);
    await expect(page.getByRole('main')).toContainText('The order was refused', { timeout: 20_000 });
    await expect(page.getByRole('main')).toContainText('Nothing was ordered.');
  } finally {
    await zuora('POST', '/sandbox/catalog', { productRatePlanId, effectiveEndDate: '2060-01-01' });
  }
  await page.getByRole('link', { name: 'Change order' }).click();
  await arriveAt(page, `Order ${partner.offers['Cadence Starter Annual'].name}`);
  await expect(page.getByLabel('Company name')).toHaveValue(company);
  await review(page);
  await place(page);
  await expectPlaced(page);
});

test('an order that cannot go on by itself says whom it waits for, and is given up @zuora', async ({ page: admin, newPerson, open }) => {
  const page = await newPerson(partner.state);
  const company = unique('Stuck Ltd');
  await draft(page, partner, 'Cadence Starter Monthly', company);
  await alive(page);
  await expect(bill(page)).toBeVisible();
  await zuora('POST', '/sandbox/tenant', { orders: false });
  try {
    await place(page);
    await expect(page.getByRole('main')).toContainText('The order waits for an administrator', { timeout: 20_000 });
    await expect(page.getByRole('main')).toContainText('nothing is lost');
    await expect(page.getByRole('button', { name: 'Place order' })).toHaveCount(0);
  } finally {
    await zuora('POST', '/sandbox/tenant', {});
  }
  await open('/settings/orders', admin);
  const row = admin.getByRole('row').filter({ hasText: company });
  await row.getByRole('button', { name: 'Give up' }).click();
  await admin.getByRole('dialog').getByRole('button', { name: 'Give up' }).click();
  await expect(row).toHaveCount(0);
  await reloadedUntil(page, () => expect(page.getByRole('main')).toContainText('An administrator gave this order up', { timeout: 2_000 }));
});

test('a purchase works whole without JavaScript @zuora @nojs', async ({ newPerson }) => {
  const page = await newPerson(endCustomer.state);
  const company = unique('Plain GmbH');
  await test.step('the Shop and the checkout', async () => {
    await page.goto('/partner/shop');
    await choose(page, endCustomer, 'Cadence Business Monthly');
    await page.getByLabel('Company name').fill(company);
    await page.getByLabel('Quantity').fill('3');
    await page.getByLabel(endCustomer.offers['Single Sign-On Monthly'].name).check();
    await page.getByLabel(endCustomer.offers['Extra Storage Monthly'].name).fill('4');
    await review(page);
  });
  await test.step('mending what is wrong', async () => {
    await expect(summary(page, 'Some things need mending')).toBeFocused();
    await expect(page.getByLabel('Company name')).toHaveValue(company);
    await expect(page.getByLabel('Quantity')).toHaveValue('3');
    await expect(page.getByLabel(endCustomer.offers['Single Sign-On Monthly'].name)).toBeChecked();
    await expect(page.getByLabel(endCustomer.offers['Extra Storage Monthly'].name)).toHaveValue('4');
    await page.getByRole('radio', { name: 'Person' }).check();
    await expect(page.getByLabel('Company name')).toBeHidden();
    await page.getByRole('radio', { name: 'Company' }).check();
    await fillCompany(page, company);
    await page.getByLabel('Currency').selectOption('EUR');
    await review(page);
  });
  await test.step('review and place', async () => {
    await expect(page).toHaveURL(/\/partner\/orders\//);
    await expect(bill(page).getByRole('row', { name: /Business seats.*3.*€55\.50/ })).toBeVisible();
    await place(page);
    await expect(async () => {
      const again = page.getByRole('link', { name: 'See how it stands' });
      if (await again.isVisible()) await again.click();
      await expect(page.getByRole('main')).toContainText('The order is placed', { timeout: 500 });
    }).toPass({ timeout: 20_000 });
  });
});

test('an order that cannot go on reaches an admin, who tries it again @zuora', async ({ page: admin, newPerson, open }, info) => {
  test.slow();
  const page = await newPerson(partner.state);
  const company = unique('Stuck');
  await draft(page, partner, 'Cadence Team Monthly', company);
  await alive(page);
  await zuora('POST', '/sandbox/tenant', { ownerTransfer: false });
  await place(page);
  await expect(page.getByRole('main')).toContainText('The order waits for an administrator', { timeout: 40_000 });
  await look(page, info, 'order-needs-attention');

  await open('/settings/orders', admin);
  const row = admin.getByRole('row').filter({ hasText: company });
  await expect(row.getByRole('link', { name: partner.organisation.name })).toHaveAttribute('href', partner.organisation.path);
  await look(admin, info, 'orders-needing-attention');
  await row.getByRole('button', { name: 'Give up' }).click();
  const question = admin.getByRole('dialog');
  await expect(question).toContainText('An order that is there already is not given up', { ignoreCase: true });
  await look(admin, info, 'order-give-up');
  await question.getByRole('button', { name: 'Cancel' }).click();
  await zuora('POST', '/sandbox/tenant', { ownerTransfer: true });
  await row.getByRole('button', { name: 'Try again' }).click();
  await expect(row).toHaveCount(0);
  await reloadedUntil(page, () => expect(page.getByRole('main')).toContainText('The order is placed', { timeout: 2_000 }));
});

for (const size of [{ width: 1440, height: 900 }, { width: 390, height: 844 }]) {
  test(`what has to be mended is in sight at ${size.width} px @zuora`, async ({ newPerson, open }) => {
    const page = await newPerson(endCustomer.state);
    await page.setViewportSize(size);
    await open(`/partner/shop/${endCustomer.offers['Cadence Business Monthly'].id}`, page);
    await page.getByLabel('Quantity').fill('0');
    await review(page);
    const alert = page.getByRole('alert');
    await expect(alert).toBeFocused();
    const room = () => page.evaluate(() => {
      const focused = document.activeElement?.getBoundingClientRect();
      const header = document.querySelector('header')?.getBoundingClientRect();
      return focused && header ? Math.min(focused.top - header.bottom, innerHeight - focused.bottom) : NaN;
    });
    expect(await room(), 'the summary is below the header and above the end').toBeGreaterThanOrEqual(0);
    await alert.getByRole('link', { name: 'Choose the country.' }).click();
    await expect(page.getByLabel('Country')).toBeFocused();
    expect(await room(), 'so is the field').toBeGreaterThanOrEqual(0);
  });
}

test('the Shop, the checkout and orders look right @zuora', async ({ newPerson, open }, info) => {
  test.slow();
  const page = await newPerson(endCustomer.state);
  await open('/partner/shop', page);
  await look(page, info, 'shop');
  await open(`/partner/shop/${endCustomer.offers['Cadence Business Monthly'].id}`, page);
  await look(page, info, 'checkout');
  await page.getByLabel('Quantity').fill('0');
  await review(page);
  await expect(page.getByRole('alert')).toBeFocused();
  await look(page, info, 'checkout-errors');
  await draft(page, endCustomer, 'Cadence Business Monthly', `${'Vereinigte '.repeat(14)}شركة 🪐 ${unique('')}`);
  await alive(page);
  await expect(bill(page)).toBeVisible();
  await look(page, info, 'order-draft');
  await zuora('POST', '/sandbox/faults', { kind: 'unavailable', path: '/v1/orders' });
  await place(page);
  await expect(page.getByText('Your order is saved and is placed once')).toBeVisible({ timeout: 30_000 });
  await look(page, info, 'order-placing');
  await zuora('DELETE', '/sandbox/faults');
  await expectPlaced(page);
  await look(page, info, 'order-placed');
  await open('/partner', page);
  await look(page, info, 'partner-home-orders');
});
