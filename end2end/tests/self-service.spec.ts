import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { APIRequestContext, Locator, Page } from '@playwright/test';
import {
  NOBODY, alive, arriveAt, createSeller, expect, installation, look, reloadedUntil, test, unique,
  uniqueEmail, zuora, type Plan, type Seller,
} from './support';

test.skip(!installation.zuora, 'this installation has no billing system');

const ADD_ONS = ['Extra Storage Monthly', 'Single Sign-On Monthly'];
/** A plan between two others, with add-ons. */
const PLANS: Plan[] = [
  { plan: 'Extra Storage Monthly', kind: 'add_on', description: 'Storage in units of 100 GB.' },
  { plan: 'Single Sign-On Monthly', kind: 'add_on', description: 'Sign in with the company’s own accounts.' },
  { plan: 'Cadence Starter Monthly', description: 'For one team that starts.' },
  { plan: 'Cadence Business Monthly', description: 'For whole companies.' },
  {
    plan: 'Cadence Team Monthly', labels: 'Monthly', addOns: ADD_ONS,
    changesTo: ['Cadence Starter Monthly', 'Cadence Business Monthly'],
  },
];

/** A subscription that was bought. */
interface Bought {
  company: string;
  number: string;
  customer: string;
}

type Playwright = { request: { newContext: (options: object) => Promise<APIRequestContext> } };

let partner: Seller;
let endCustomer: Seller;

/** Buys ten seats for a new company, as the checkout does, and waits until they are there. */
async function buy(request: APIRequestContext, of: Seller, company = unique('Example GmbH')): Promise<Bought> {
  const form = {
    creation_key: randomUUID(), offer: of.offers['Cadence Team Monthly'].id, customer: 'new',
    customer_kind: 'company', company, first_name: 'Erika', last_name: 'Muster', email: uniqueEmail('erika'),
    address1: 'Hafenstraße 1', city: 'Hamburg', postal_code: '20457', country: 'DE', currency: 'USD',
    quantity: '10', starts_on: new Date().toISOString().slice(0, 10),
  };
  const review = await request.post('/actions/shop/review', { form, maxRedirects: 0 });
  expect(review.status(), await review.text()).toBeLessThan(400);
  const id = review.headers().location?.split('/').pop() ?? '';
  const placed = await request.post('/actions/orders/place', { form: { id } });
  expect(placed.status(), await placed.text()).toBe(200);
  let order: { state: { placed?: { subscription: string } }; customer: string } | undefined;
  await expect.poll(async () => {
    order = await (await request.post('/actions/orders/get', { data: { organisation: null, id } })).json();
    return order?.state.placed?.subscription;
  }, { timeout: 20_000 }).toBeTruthy();
  return { company, number: order?.state.placed?.subscription ?? '', customer: order?.customer ?? '' };
}

test.beforeAll(async ({ playwright, baseURL, adminState }, info) => {
  const seller = async (fields: Record<string, string>) => {
    const { request } = playwright as unknown as Playwright;
    const admin = await request.newContext({ baseURL, storageState: adminState });
    const nobody = await request.newContext({ baseURL, storageState: NOBODY });
    const state = join(info.project.outputDir, '.state', `${unique('service')}.json`);
    const made = await createSeller(admin, nobody, state, fields, PLANS);
    await Promise.all([admin.dispose(), nobody.dispose()]);
    return made;
  };
  partner = await seller({ zuora_account_id: 'PA-1002', invoice_owner: 'partner', name: unique('Harbor Point') });
  endCustomer = await seller({ zuora_account_id: 'PA-1001', invoice_owner: 'end_customer', name: unique('Nordlicht') });
});

test.afterEach(async () => {
  await zuora('DELETE', '/sandbox/faults');
});

const cellOf = (row: Locator, label: string) => row.locator(`[data-label="${label}"]`);

/** Opens one of the changes on a subscription's page. */
async function change(page: Page, title: string): Promise<Locator> {
  const details = page.locator('details').filter({ hasText: title });
  await details.locator('summary').click();
  return details;
}

/**
 * Arrives at a subscription, with what Zuora says of it: the page waits for a
 * moment only, and a busy machine may miss it.
 */
async function arriveAtSubscription(page: Page, number: string): Promise<void> {
  await arriveAt(page, number);
  const missed = page.getByText(/Zuora does not answer at the moment\.|Zuora did not tell the history/);
  await expect(async () => {
    if (await missed.count()) {
      await page.reload();
      await arriveAt(page, number);
    }
    await expect(missed).toHaveCount(0, { timeout: 500 });
  }).toPass({ timeout: 30_000 });
}

/** From a change's draft through *Confirm* back to the subscription. */
async function confirm(page: Page, bought: Bought, button = 'Confirm change'): Promise<void> {
  await expect(page).toHaveURL(/\/partner\/orders\/[0-9a-f-]{36}$/);
  await page.getByRole('button', { name: button, exact: true }).click();
  const open = page.getByRole('link', { name: 'Open the subscription' });
  await expect(open).toBeVisible({ timeout: 40_000 });
  await open.click();
  await arriveAtSubscription(page, bought.number);
}

const fact = (page: Page, name: string) =>
  page.getByRole('term').filter({ hasText: new RegExp(`^${name}$`) }).locator('xpath=..').getByRole('definition');

for (const owner of ['partner', 'end customer'] as const) {
  test(`a partner finds what was bought, where the ${owner} is invoiced @zuora`, async ({ newPerson, open }) => {
    const seller = owner === 'partner' ? partner : endCustomer;
    const page = await newPerson(seller.state);
    const bought = await buy(page.request, seller);

    await test.step('the customer', async () => {
      await open(`/partner/customers?q=${encodeURIComponent(bought.company)}`, page);
      await expect(page.getByRole('heading', { level: 1, name: 'Customers' })).toBeVisible();
      await reloadedUntil(page, async () => {
        const row = page.getByRole('row').filter({ hasText: bought.company });
        await expect(cellOf(row, 'Active subscriptions')).toHaveText('1', { timeout: 500 });
      });
      await expect(page.getByText('As of')).toBeVisible();
      await alive(page);
      await page.getByRole('link', { name: bought.company, exact: true }).click();
      await arriveAt(page, bought.company);
      await expect(page).toHaveTitle(`${bought.company} · Partners`);
      await expect(fact(page, 'Active subscriptions')).toHaveText('1');
      await expect(page.getByRole('table', { name: 'Orders, newest first' })).toContainText('Placed');
      await page.getByRole('link', { name: 'Buy for this customer' }).click();
      await expect(page).toHaveURL(`/partner/shop?customer=${bought.customer}`);
      await page.goBack();
      await page.getByRole('link', { name: bought.number }).click();
    });

    await test.step('the subscription', async () => {
      await arriveAtSubscription(page, bought.number);
      await expect(fact(page, 'Status')).toHaveText('Active');
      await expect(fact(page, 'Customer')).toHaveText(bought.company);
      await expect(fact(page, 'Renewal')).toHaveText('Automatic');
      const payer = owner === 'partner' ? /Harbor Point Resellers Inc\./ : new RegExp(bought.company);
      await expect(fact(page, 'Invoiced to')).toHaveText(payer);
      const plans = page.getByRole('table', { name: 'Plans and add-ons of the subscription' });
      await expect(plans.getByRole('row', { name: /Cadence Team Monthly.*10.*US\$12\.00 per seat and month/ })).toBeVisible();
      await expect(page.getByRole('table', { name: /^Orders that made or changed it/ })).toContainText('Began');
    });

    await test.step('the list of subscriptions', async () => {
      await open('/partner/subscriptions', page);
      await page.getByLabel('Search number, customer or plan').fill(bought.company);
      await expect(page.getByRole('row').filter({ hasText: bought.number })).toBeVisible();
      await expect(page.getByRole('status').filter({ hasText: '1 subscription' })).toBeVisible();
      await page.getByLabel('Status').selectOption('Ended');
      await expect(page.getByRole('heading', { name: 'No subscription matches' })).toBeVisible();
      await page.getByRole('link', { name: 'Remove filter Status: Ended' }).click();
      await expect(page.getByRole('row').filter({ hasText: bought.number })).toContainText('Automatic');
    });

    await test.step('its invoice and the document', async () => {
      await open('/partner/invoices?status=unpaid', page);
      const addressee = owner === 'partner' ? seller.organisation.name : bought.company;
      const row = page.getByRole('row').filter({ hasText: addressee }).filter({ hasText: 'US$120.00' }).first();
      await reloadedUntil(page, async () => expect(row).toBeVisible({ timeout: 500 }));
      await expect(cellOf(row, 'Balance')).toHaveText('US$120.00');
      const href = await row.getByRole('link', { name: /^PDF of / }).getAttribute('href');
      const document = await page.request.get(href ?? '');
      expect(document.headers()['content-type']).toBe('application/pdf');
      expect((await document.body()).subarray(0, 4).toString()).toBe('%PDF');
      await alive(page);
      await page.getByLabel('Status').selectOption('Paid');
      await expect(page.getByRole('link', { name: 'Remove filter Status: Paid' })).toBeVisible();
      await expect(row).toHaveCount(0);
    });
  });
}

test('a subscription is changed, cancelled and taken back @zuora', async ({ newPerson, open }) => {
  test.slow();
  const page = await newPerson(partner.state);
  const bought = await buy(page.request, partner);
  const plans = page.getByRole('table', { name: 'Plans and add-ons of the subscription' });
  await open(`/partner/subscriptions/${bought.number}`, page);
  await arriveAtSubscription(page, bought.number);

  await test.step('more units, at once', async () => {
    const form = await change(page, 'Change quantity');
    await form.getByLabel('New quantity').fill('some');
    await form.getByRole('button', { name: 'Review change' }).click();
    await expect(form.getByLabel('New quantity')).toHaveAccessibleDescription(/whole number/);
    await form.getByLabel('New quantity').fill('12');
    await form.getByRole('button', { name: 'Review change' }).click();
    await confirm(page, bought);
    await expect(plans.getByRole('row', { name: /Cadence Team Monthly.*12/ })).toBeVisible();
    await expect(page.getByRole('table', { name: /^Orders that made or changed it/ })).toContainText('Quantity or price changed');
  });

  await test.step('an add-on comes and goes', async () => {
    let form = await change(page, 'Add an add-on');
    await form.getByRole('radio', { name: partner.offers['Single Sign-On Monthly'].name }).check();
    await form.getByRole('button', { name: 'Review change' }).click();
    await confirm(page, bought);
    await expect(plans.getByRole('row', { name: /Single Sign-On Monthly/ })).toBeVisible();
    form = await change(page, 'Remove an add-on');
    await form.getByRole('button', { name: 'Review change' }).click();
    await confirm(page, bought);
    await expect(plans.getByRole('row', { name: /Single Sign-On Monthly.*Goes on/ })).toBeVisible();
  });

  await test.step('while one change is pending another is refused with the reason', async () => {
    await expect(fact(page, 'Status')).toHaveText(/^Active, changes on /);
    const reason = page.getByText(/^A change is pending and takes effect on /);
    await expect(reason).toBeVisible();
    const form = await change(page, 'Change quantity');
    await expect(form.getByLabel('New quantity')).toBeDisabled();
    await expect(form.getByRole('group').first()).toHaveAccessibleDescription(/^A change is pending/);
    const refused = await page.request.post('/actions/subscriptions/review-change', {
      form: { creation_key: randomUUID(), subscription: bought.number, change: 'cancel', when: 'term_end' },
      headers: { accept: 'application/json' },
    });
    expect(refused.status()).toBe(422);
    expect(await refused.text()).toContain('A change is pending');
    await page.getByRole('button', { name: 'Undo the pending change' }).click();
    await confirm(page, bought, 'Undo the change');
    await expect(fact(page, 'Status')).toHaveText('Active');
  });

  await test.step('a downgrade waits for the term’s end', async () => {
    const form = await change(page, 'Change plan');
    const starter = form.getByRole('radio', { name: partner.offers['Cadence Starter Monthly'].name });
    await expect(starter).toHaveAccessibleDescription(/A downgrade: takes effect when the term ends, on /);
    await starter.check();
    await form.getByRole('button', { name: 'Review change' }).click();
    await confirm(page, bought);
    await expect(plans.getByRole('row', { name: /Cadence Starter Monthly.*Comes on/ })).toBeVisible();
    await page.getByRole('button', { name: 'Undo the pending change' }).click();
    await confirm(page, bought, 'Undo the change');
  });

  await test.step('an upgrade takes effect today', async () => {
    const form = await change(page, 'Change plan');
    const business = form.getByRole('radio', { name: partner.offers['Cadence Business Monthly'].name });
    await expect(business).toHaveAccessibleDescription(/An upgrade: takes effect today/);
    await business.check();
    await form.getByRole('button', { name: 'Review change' }).click();
    await confirm(page, bought);
    await expect(fact(page, 'Plan')).toHaveText(partner.offers['Cadence Business Monthly'].name);
  });

  await test.step('it is cancelled, and that is undone', async () => {
    const form = await change(page, 'Cancel');
    await expect(form.getByRole('radio', { name: 'Now' })).toHaveAccessibleDescription(/cannot be undone/);
    await form.getByRole('button', { name: 'Review cancellation' }).click();
    await confirm(page, bought);
    await expect(fact(page, 'Status')).toHaveText(/^Active, cancelled from /);
    await open(`/partner/subscriptions?status=change_pending&q=${bought.number}`, page);
    await reloadedUntil(page, async () => {
      const row = page.getByRole('row').filter({ hasText: bought.number });
      await expect(row).toContainText('Active, cancelled from', { timeout: 500 });
    });
    await open(`/partner/subscriptions/${bought.number}`, page);
    await arriveAtSubscription(page, bought.number);
    await page.getByRole('button', { name: 'Undo the cancellation' }).click();
    await confirm(page, bought, 'Undo the change');
    await expect(fact(page, 'Status')).toHaveText('Active');
  });
});

test('while Zuora is away everything that was read is there with a notice @zuora', async ({ newPerson, open }) => {
  const page = await newPerson(partner.state);
  const bought = await buy(page.request, partner);
  await open('/partner/subscriptions', page);
  await reloadedUntil(page, () =>
    expect(page.getByRole('row').filter({ hasText: bought.number })).toBeVisible({ timeout: 500 }));
  await zuora('POST', '/sandbox/faults', { kind: 'unavailable' });
  await open(`/partner/subscriptions/${bought.number}`, page);
  await expect(page.getByText('Zuora does not answer at the moment.')).toBeVisible();
  await expect(fact(page, 'Customer')).toHaveText(bought.company);
  const form = await change(page, 'Change quantity');
  await expect(form.getByLabel('New quantity')).toBeDisabled();
});

test('a subscription is changed without JavaScript @zuora @nojs', async ({ newPerson }) => {
  const page = await newPerson(endCustomer.state);
  const bought = await buy(page.request, endCustomer);
  await page.goto('/partner/customers');
  await page.getByLabel('Search name or email').fill(bought.company);
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('link', { name: bought.company, exact: true }).click();
  await reloadedUntil(page, () =>
    expect(page.getByRole('link', { name: bought.number })).toBeVisible({ timeout: 500 }));
  await page.getByRole('link', { name: bought.number }).click();
  const form = await change(page, 'Change quantity');
  await form.getByLabel('New quantity').fill('-4');
  await form.getByRole('button', { name: 'Review change' }).click();
  await expect(page).toHaveURL(new RegExp(`/partner/subscriptions/${bought.number}$`));
  await expect(page.getByLabel('New quantity')).toHaveValue('-4');
  await expect(page.getByLabel('New quantity')).toHaveAccessibleDescription(/whole number/);
  await page.getByLabel('New quantity').fill('14');
  await page.locator('details[open]').getByRole('button', { name: 'Review change' }).click();
  await page.getByRole('button', { name: 'Confirm change' }).click();
  const opens = page.getByRole('link', { name: 'Open the subscription' });
  await expect(async () => {
    const again = page.getByRole('link', { name: 'See how it stands' });
    if (await again.isVisible()) await again.click();
    await expect(opens).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 30_000 });
  await opens.click();
  await expect(page.getByRole('row', { name: /Cadence Team Monthly.*14/ })).toBeVisible();
});

test('an admin sees in tabs what the partner sees, and changes nothing @zuora', async ({ page, open, newPerson }) => {
  const person = await newPerson(partner.state);
  const bought = await buy(person.request, partner);
  await open(partner.organisation.path);
  const tabs = page.getByRole('navigation', { name: 'Partner organisation' });
  await expect(tabs.getByRole('link')).toHaveText([
    'Users', 'Customers', 'Subscriptions', 'Invoices', 'Offers', 'Activity',
  ]);
  await expect(tabs.getByRole('link', { name: 'Users' })).toHaveAttribute('aria-current', 'page');
  await tabs.getByRole('link', { name: 'Customers' }).press('Enter');
  await expect(page).toHaveURL(`${partner.organisation.path}/customers`);
  await expect(tabs.getByRole('link', { name: 'Customers' })).toHaveAttribute('aria-current', 'page');
  await expect(tabs.getByRole('link', { name: 'Customers' })).toBeFocused();
  await expect(page).toHaveTitle(`Customers · ${partner.organisation.name} · Partners`);
  await expect(page.getByRole('heading', { level: 1, name: partner.organisation.name })).toBeVisible();
  await reloadedUntil(page, () =>
    expect(page.getByRole('link', { name: bought.company })).toBeVisible({ timeout: 500 }));
  await alive(page);
  await page.getByRole('link', { name: bought.company }).click();
  await expect(page.getByRole('heading', { level: 2, name: bought.company })).toBeVisible();
  await expect(tabs.getByRole('link', { name: 'Customers' })).toHaveAttribute('aria-current', 'true');
  await expect(page.getByRole('link', { name: 'Buy for this customer' })).toHaveCount(0);
  await page.getByRole('link', { name: bought.number }).click();
  await expect(page).toHaveURL(`${partner.organisation.path}/subscriptions/${bought.number}`);
  await expect(page.getByRole('heading', { level: 2, name: bought.number })).toBeVisible();
  await expect(page.getByText('Change this subscription')).toHaveCount(0);
  await tabs.getByRole('link', { name: 'Invoices' }).click();
  await expect(page).toHaveURL(`${partner.organisation.path}/invoices`);
  const pdf = page.getByRole('link', { name: /^PDF of / }).first();
  await reloadedUntil(page, () => expect(pdf).toBeVisible({ timeout: 500 }));
  await alive(page);
  const href = await pdf.getAttribute('href');
  expect(href?.startsWith(`${partner.organisation.path}/invoices/`)).toBe(true);
  expect((await (await page.request.get(href ?? '')).body()).subarray(0, 4).toString()).toBe('%PDF');
  await tabs.getByRole('link', { name: 'Offers' }).click();
  const shop = page.getByRole('table', { name: 'Offers in the partner’s Shop' });
  await expect(shop.getByRole('row', { name: /Cadence Team Monthly.*US\$12\.00 per seat and month/ })).toBeVisible();
  await expect(page.getByRole('table', { name: 'Latest orders, newest first' })).toContainText(bought.company);
});

test('what is not the organisation’s is not there @zuora', async ({ page: admin, newPerson, guard }) => {
  guard.expectStatus(404);
  const owner = await newPerson(partner.state);
  const bought = await buy(owner.request, partner);
  const stranger = await newPerson(endCustomer.state);
  for (const path of [`/partner/customers/${bought.customer}`, `/partner/subscriptions/${bought.number}`]) {
    expect((await stranger.goto(path))?.status(), path).toBe(404);
    await expect(stranger.getByRole('heading', { level: 1, name: 'Page not found' })).toBeVisible();
  }
  // In a tab it is a part of the organisation's page that is not there.
  const path = `${endCustomer.organisation.path}/customers/${bought.customer}`;
  expect((await admin.goto(path))?.status(), path).toBe(404);
  await expect(admin.getByRole('heading', { level: 1 })).toHaveText(endCustomer.organisation.name);
  await expect(admin.getByRole('heading', { level: 2, name: 'Page not found' })).toBeVisible();
});

test('the pages of Self-Service look right @zuora', async ({ newPerson, open, page: admin }, info) => {
  test.setTimeout(300_000);
  const page = await newPerson(endCustomer.state);
  const bought = await buy(page.request, endCustomer, `${'Vereinigte '.repeat(14)}شركة 🪐 ${unique('')}`);
  await open('/partner/subscriptions', page);
  await reloadedUntil(page, () =>
    expect(page.getByRole('row').filter({ hasText: bought.number })).toBeVisible({ timeout: 500 }));
  await look(page, info, 'subscriptions');
  await open('/partner/subscriptions?q=no-such-thing&status=ended', page);
  await look(page, info, 'subscriptions-no-match');
  await open('/partner/customers', page);
  await look(page, info, 'customers');
  await open(`/partner/customers/${bought.customer}`, page);
  await look(page, info, 'customer');
  await open('/partner/invoices', page);
  await look(page, info, 'invoices');
  await open(`/partner/subscriptions/${bought.number}`, page);
  await look(page, info, 'subscription');
  const form = await change(page, 'Change plan');
  await form.getByRole('button', { name: 'Review change' }).click();
  await expect(form.getByRole('alert')).toBeFocused();
  await look(page, info, 'subscription-change-errors');
  await (await change(page, 'Cancel')).getByRole('button').isVisible();
  await look(page, info, 'subscription-cancel');
  const path = endCustomer.organisation.path;
  for (const tab of ['customers', 'subscriptions', `subscriptions/${bought.number}`, 'invoices', 'offers']) {
    await open(`${path}/${tab}`, admin);
    await look(admin, info, `tab-${tab.replace('/', '-').replace(bought.number, 'one')}`);
  }
  await zuora('POST', '/sandbox/faults', { kind: 'unavailable' });
  await open(`/partner/subscriptions/${bought.number}`, page);
  await look(page, info, 'subscription-away');
});
