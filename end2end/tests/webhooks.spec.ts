import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createHmac } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { createOrganisation, expect, look, reloadedUntil, summary, test as base, unique } from './support';

const WEBHOOKS = '/settings/webhooks';

interface Told {
  headers: IncomingHttpHeaders;
  body: string;
}

/** A program that is told of events. */
interface Listener {
  url: string;
  told: Told[];
  /** What it answers from now on. */
  status: number;
}

const test = base.extend<{ listener: Listener }>({
  listener: async ({ request }, use) => {
    const listener: Listener = { url: '', told: [], status: 200 };
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => (body += part));
      request.on('end', () => {
        listener.told.push({ headers: request.headers, body });
        response.writeHead(listener.status).end(listener.status === 200 ? 'thank you' : 'not today');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    listener.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
    await use(listener);
    // Nobody listens there any more, and whatever else is tested would be told of.
    const webhooks = await (await request.post('/actions/webhooks/list', { data: {} })).json();
    for (const { id, name, url } of webhooks) {
      if (url !== listener.url) continue;
      const form = { id, confirmation: name };
      const answer = await request.post('/actions/webhooks/delete', { form, maxRedirects: 0 });
      expect(answer.status(), await answer.text()).toBeLessThan(400);
    }
    server.closeAllConnections();
    server.close();
  },
});

/** Whether it is signed with a secret, as Standard Webhooks has it. */
function isSigned({ headers, body }: Told, secret: string): boolean {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const said = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const signature = `v1,${createHmac('sha256', key).update(said).digest('base64')}`;
  return String(headers['webhook-signature']).split(' ').includes(signature);
}

async function fill(page: Page, name: string, url: string): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Address (URL)').fill(url);
  await page.getByRole('radio', { name: /^All/ }).check();
}

/** Sends the form, and takes the secret that is shown once. */
async function create(page: Page, name: string, url: string): Promise<string> {
  await fill(page, name, url);
  await page.getByRole('button', { name: 'Create webhook' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Webhook created' })).toBeVisible();
  const secret = await page.getByRole('region', { name: 'Secret' }).locator('samp').innerText();
  expect(secret).toMatch(/^whsec_/);
  return secret;
}

/** Goes on to the page of the webhook that was created. */
async function goOn(page: Page, name: string): Promise<void> {
  await page.getByRole('link', { name: 'Go on' }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
}

test('a webhook is created, tested and told of events', async ({ page, open, request, listener, guard }) => {
  guard.expectStatus(422);
  const name = unique('ERP');
  await open(WEBHOOKS);
  await page.getByRole('link', { name: 'Create webhook' }).first().click();
  await expect(page.getByRole('heading', { level: 1, name: 'Create webhook' })).toBeVisible();
  await page.getByRole('button', { name: 'Create webhook' }).click();
  await expect(summary(page, 'Three things need mending')).toBeFocused();
  await fill(page, name, 'https://10.0.0.1/hooks');
  await page.getByRole('button', { name: 'Create webhook' }).click();
  await expect(summary(page, 'One thing needs mending')).toContainText('10.0.0.1 is not on the public internet');
  const secret = await create(page, name, listener.url);
  await goOn(page, name);
  await expect(page.getByText(secret)).toHaveCount(0);
  await expect(page.getByRole('heading', { name: 'Nothing was sent yet' })).toBeVisible();

  await page.getByRole('button', { name: 'Send test event' }).click();
  await expect(page.getByRole('alert')).toContainText('The test event was taken (200)');
  const rows = page.getByRole('table', { name: 'Deliveries, newest first' }).locator('tbody tr');
  await expect(rows.first()).toContainText('webhook.test');
  expect(isSigned(listener.told[0], secret)).toBe(true);

  const organisation = await createOrganisation(request);
  const ofCreation = () => listener.told.find(({ body }) => body.includes(organisation.id));
  await expect.poll(ofCreation).toBeDefined();
  const told = ofCreation();
  expect(JSON.parse(told?.body ?? '{}').type).toBe('partner_organisation.created');
  const row = rows.filter({ hasText: organisation.name });
  // It is written down only after the listener has answered.
  await reloadedUntil(page, () => expect(row).toContainText('Delivered', { timeout: 1_000 }));
  await row.getByText('What is sent').click();
  await expect(row).toContainText('"type":"partner_organisation.created"');
  const before = listener.told.length;
  await row.getByRole('button', { name: 'Replay' }).click();
  await expect(page.getByText('One event is sent again.')).toBeVisible();
  await expect.poll(() => listener.told.slice(before).map(({ body }) => body)).toContain(told?.body);
});

test('a webhook that fails says so, and is disabled and enabled', async ({ page, open, request, listener }) => {
  const name = unique('Failing');
  await open(`${WEBHOOKS}/new`);
  await create(page, name, listener.url);
  await goOn(page, name);
  listener.status = 500;
  await page.getByRole('button', { name: 'Send test event' }).click();
  await expect(page.getByRole('alert')).toContainText('The test event was not taken (500)');
  await expect(page.getByRole('alert')).toContainText('not today');
  const organisation = await createOrganisation(request);
  await expect.poll(() => listener.told.filter(({ body }) => body.includes(organisation.id)).length).toBeGreaterThan(0);
  const failing = page.getByText(/Has not taken an event since/);
  await reloadedUntil(page, () => expect(failing).toBeVisible({ timeout: 1_000 }));
  await page.getByLabel('State').selectOption('Failing');
  await page.getByRole('button', { name: 'Filter' }).click();
  await expect(page).toHaveURL(/state=failing/);
  await expect(page.getByRole('row').filter({ hasText: organisation.name })).toContainText('Answered 500');

  await page.getByRole('button', { name: 'Disable' }).click();
  await expect(page.getByText('The webhook is disabled.', { exact: true })).toBeVisible();
  await expect(page.getByText(/Disabled since/)).toBeVisible();
  listener.status = 200;
  await page.getByRole('button', { name: 'Enable' }).click();
  await expect(page.getByText('The webhook is enabled.')).toBeVisible();
  await page.getByRole('link', { name: 'Clear' }).first().click();
  await expect(page).not.toHaveURL(/state=/);
  const row = page.getByRole('row').filter({ hasText: organisation.name });
  await reloadedUntil(page, () => expect(row).toContainText('Delivered', { timeout: 500 }));
});

test('a webhook is edited, and what waits goes to the new address', async ({ page, open, request, listener, guard }) => {
  guard.expectStatus(422);
  const name = unique('Moved');
  await open(`${WEBHOOKS}/new`);
  // Nobody listens there.
  await create(page, name, 'http://127.0.0.1:9/hooks');
  await goOn(page, name);
  const organisation = await createOrganisation(request);
  await reloadedUntil(page, () => expect(page.getByText(/Has not taken an event since/)).toBeVisible({ timeout: 500 }));
  await page.getByRole('link', { name: 'Edit', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Edit webhook' })).toBeVisible();
  await expect(page.getByLabel('Address (URL)')).toHaveValue('http://127.0.0.1:9/hooks');
  await page.getByRole('radio', { name: 'Some of them' }).check();
  await page.getByLabel('Address (URL)').fill('https://192.168.0.1/');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(summary(page, 'One thing needs mending')).toContainText('Choose at least one event.');
  await page.getByRole('checkbox', { name: 'partner_organisation.created' }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(summary(page, 'One thing needs mending')).toContainText('192.168.0.1 is not on the public internet');
  await expect(page.getByLabel('Address (URL)')).toHaveValue('https://192.168.0.1/');
  await page.getByLabel('Name').fill(`${name} again`);
  await page.getByLabel('Address (URL)').fill(listener.url);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText(`${name} again is saved.`)).toBeVisible();
  await expect(page.getByRole('heading', { level: 1, name: `${name} again` })).toBeVisible();
  await expect.poll(() => listener.told.filter(({ body }) => body.includes(organisation.id)).length).toBeGreaterThan(0);
  await open('/settings/activity');
  await expect(page.getByRole('row').filter({ hasText: 'Changed the webhook' }).first()).toContainText(`${name} again`);
});

test('every page says that a webhook has stopped, until it is enabled', async ({ page, open, request, listener }) => {
  const name = unique('Gone');
  await open(`${WEBHOOKS}/new`);
  await create(page, name, listener.url);
  await goOn(page, name);
  listener.status = 410;
  await createOrganisation(request);
  await reloadedUntil(page, () => expect(page.getByText(/it answered that it is gone/)).toBeVisible({ timeout: 500 }));
  await open('/settings/profile/partners');
  const sections = page.getByRole('navigation', { name: 'Settings' });
  const link = sections.getByRole('link', { name: /^Webhooks \d+ stopped$/ });
  await expect(link).toBeVisible();
  const stopped = async (): Promise<number> =>
    Number(/(\d+) stopped/.exec(await sections.getByRole('link', { name: /^Webhooks/ }).innerText())?.[1] ?? 0);
  const before = await stopped();
  await link.click();
  await page.getByRole('listitem').getByRole('link', { name }).click();
  listener.status = 200;
  await page.getByRole('button', { name: 'Enable' }).click();
  await expect(page.getByText('The webhook is enabled.')).toBeVisible();
  await expect.poll(stopped).toBe(before - 1);
});

test('a secret is rotated, and the webhook deleted by its name', async ({ page, open, listener }) => {
  const name = unique('Rotated');
  await open(`${WEBHOOKS}/new`);
  const old = await create(page, name, listener.url);
  await goOn(page, name);
  await page.getByRole('button', { name: 'Rotate secret' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click();
  const secret = await page.getByRole('region', { name: 'New secret' }).locator('samp').innerText();
  expect(secret).not.toBe(old);
  await page.getByRole('button', { name: 'Send test event' }).click();
  await expect(page.getByRole('alert')).toContainText('was taken');
  expect(isSigned(listener.told[0], secret) && isSigned(listener.told[0], old)).toBe(true);

  await page.getByRole('button', { name: 'Delete webhook' }).click();
  const dialog = page.getByRole('dialog', { name: `Delete ${name}` });
  await dialog.getByLabel('Name').fill('something else');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(summary(dialog, 'One thing needs mending')).toBeFocused();
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText(`${name} was deleted.`)).toBeVisible();
  await expect(page).toHaveURL(WEBHOOKS);
  await expect(page.getByRole('link', { name })).toHaveCount(0);
});

test('without JavaScript a webhook does the same @nojs', async ({ page, listener }) => {
  const name = unique('Plain');
  await page.goto(`${WEBHOOKS}/new`);
  await page.getByRole('button', { name: 'Create webhook' }).click();
  await expect(summary(page, 'Three things need mending')).toBeVisible();
  await create(page, name, listener.url);
  await goOn(page, name);
  await page.getByRole('button', { name: 'Send test event' }).click();
  await expect(page.getByRole('alert')).toContainText('The test event was taken (200)');
  await page.getByRole('button', { name: 'Replay', exact: true }).first().click();
  await expect(page.getByRole('status').filter({ hasText: 'One event is sent again.' })).toBeVisible();
  await page.getByRole('button', { name: 'Rotate secret' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate secret' }).click();
  await expect(page.getByRole('region', { name: 'New secret' })).toBeVisible();
  await page.getByText('Replay several').click();
  await page.getByRole('form', { name: 'Replay several' }).getByRole('button', { name: 'Replay' }).click();
  await expect(summary(page, 'One thing needs mending')).toContainText('Enter the first day.');
  await page.getByRole('link', { name: 'Edit', exact: true }).click();
  await page.getByLabel('Name').fill('');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(summary(page, 'One thing needs mending')).toBeVisible();
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('status').filter({ hasText: `${name} is saved.` })).toBeVisible();
  await page.getByRole('button', { name: 'Disable' }).click();
  await expect(page.getByText(/Disabled since/)).toBeVisible();
  await page.getByRole('button', { name: 'Delete webhook' }).click();
  const dialog = page.getByRole('dialog', { name: `Delete ${name}` });
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(summary(page, 'One thing needs mending')).toBeVisible();
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('status').filter({ hasText: `${name} was deleted.` })).toBeVisible();
});

test('the pages around webhooks look right', async ({ page, open, request, listener }, info) => {
  test.slow();
  await open(`${WEBHOOKS}/new`);
  await look(page, info, 'create-webhook');
  const name = unique('Look');
  await create(page, name, listener.url);
  await look(page, info, 'webhook-created');
  await goOn(page, name);
  await look(page, info, 'webhook-empty');
  await page.getByRole('button', { name: 'Send test event' }).click();
  await expect(page.getByRole('alert')).toContainText('was taken');
  listener.status = 500;
  const organisation = await createOrganisation(request);
  await expect.poll(() => listener.told.filter(({ body }) => body.includes(organisation.id)).length).toBeGreaterThan(0);
  const failing = page.getByText(/Has not taken an event since/);
  await reloadedUntil(page, () => expect(failing).toBeVisible({ timeout: 1_000 }));
  await page.getByText('Replay several').click();
  await look(page, info, 'webhook-failing');
  await page.getByRole('link', { name: 'Edit', exact: true }).click();
  await expect(page.getByLabel('Address (URL)')).toHaveValue(listener.url);
  await look(page, info, 'webhook-edit');
  await page.getByRole('link', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Rotate secret' }).click();
  await look(page, info, 'webhook-rotate');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Delete webhook' }).click();
  await look(page, info, 'webhook-delete');
  await page.getByRole('dialog', { name: `Delete ${name}` }).getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Disable' }).click();
  await expect(page.getByText(/Disabled since/)).toBeVisible();
  await look(page, info, 'webhook-disabled');
  await page.getByRole('button', { name: 'Enable' }).click();
  await expect(page.getByText('The webhook is enabled.')).toBeVisible();
  listener.status = 410;
  await createOrganisation(request);
  await reloadedUntil(page, () => expect(page.getByText(/it answered that it is gone/)).toBeVisible({ timeout: 500 }));
  await open(WEBHOOKS);
  await look(page, info, 'webhooks');
});
