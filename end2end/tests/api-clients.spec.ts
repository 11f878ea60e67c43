import type { APIRequestContext, Page } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { createOrganisation, expect, look, summary, test, unique } from './support';

const CLIENTS = '/settings/api-clients';

/** The credentials that the page shows once. */
async function shownCredentials(page: Page): Promise<{ id: string; secret: string }> {
  await expect(page.getByRole('heading', { level: 1, name: 'API client created' })).toBeVisible();
  const shown = page.getByRole('region', { name: 'Credentials' }).locator('samp');
  await expect(shown).toHaveCount(2);
  const [id, secret] = await shown.allInnerTexts();
  return { id: id ?? '', secret: secret ?? '' };
}

/** Asks for a token; the answer's status and body. */
async function askForToken(request: APIRequestContext, { id, secret }: { id: string; secret: string }) {
  const answer = await request.post('/oauth2/token', {
    form: { grant_type: 'client_credentials', client_id: id, client_secret: secret },
  });
  return { status: answer.status(), body: await answer.json() };
}

/** Fills in a client for management that may only read. */
async function fillClient(page: Page, name: string): Promise<void> {
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('radio', { name: /^Management/ }).check();
  await page.getByRole('checkbox', { name: /organisations:read/ }).check();
}

test('a client is created, used and revoked', async ({ page, open, request, guard }) => {
  const name = unique('Sync');
  await open(CLIENTS);
  await page.getByRole('link', { name: 'Create API client' }).first().click();
  await page.getByRole('button', { name: 'Create API client' }).click();
  await expect(summary(page, 'Two things need mending')).toBeFocused();
  await fillClient(page, name);
  await page.getByRole('button', { name: 'Create API client' }).click();
  const credentials = await shownCredentials(page);

  const { status, body } = await askForToken(request, credentials);
  expect(status).toBe(200);
  const headers = { authorization: `Bearer ${body.access_token}` };
  expect((await request.get('/api/partner-organisations', { headers })).status()).toBe(200);

  await page.getByRole('link', { name: 'Done' }).click();
  const row = page.getByRole('row').filter({ hasText: name });
  await expect(row).toContainText('organisations:read');
  await expect(row).toContainText('Active');
  await expect(page.getByText(credentials.secret)).toHaveCount(0);
  await row.getByRole('button', { name: `Revoke ${name}` }).click();
  const dialog = page.getByRole('dialog', { name: `Revoke ${name}` });
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await expect(page.getByText(`${name} is revoked.`)).toBeVisible();
  await expect(row).toContainText('Revoked');
  await expect(row.getByRole('button', { name: `Revoke ${name}` })).toHaveCount(0);
  expect((await request.get('/api/partner-organisations', { headers })).status()).toBe(401);
  expect((await askForToken(request, credentials)).status).toBe(401);
  guard.check();
});

test('a partner’s client is for one organisation', async ({ page, open, request, partner }, info) => {
  await open(`${CLIENTS}/new`);
  await page.getByLabel('Name', { exact: true }).fill(unique('Orders'));
  await page.getByRole('radio', { name: 'One partner organisation' }).check();
  await expect(page.getByRole('checkbox', { name: /audit:read/ })).toBeHidden();
  await page.getByRole('button', { name: 'Create API client' }).click();
  const problems = summary(page, 'One thing needs mending');
  const choice = page.getByRole('radiogroup', { name: 'Partner organisation' });
  await problems.getByRole('link', { name: /which partner organisation/ }).click();
  await expect(choice.getByLabel('Search name, ID or email')).toBeFocused();
  await choice.getByLabel('Search name, ID or email').fill('nobody is called this');
  await expect(choice).toContainText('No partner organisation is like that.');
  await choice.getByLabel('Search name, ID or email').fill(partner.organisation.name);
  await choice.getByRole('radio', { name: partner.organisation.name }).check();
  // What was chosen stays chosen while others are looked for.
  await choice.getByLabel('Search name, ID or email').fill('nobody is called this');
  await expect(choice.getByRole('radio')).toHaveCount(1);
  await expect(choice.getByRole('radio', { name: partner.organisation.name })).toBeChecked();
  await expect(choice).not.toContainText('Say which');
  await look(page, info, 'create-api-client-of-a-partner');
  await page.getByRole('button', { name: 'Create API client' }).click();
  const { body } = await askForToken(request, await shownCredentials(page));
  const headers = { authorization: `Bearer ${body.access_token}` };
  expect((await request.get('/api/partner-organisations', { headers })).status()).toBe(403);
  await page.getByRole('link', { name: 'Done' }).click();
  await expect(page.getByRole('link', { name: partner.organisation.name })).toBeVisible();
});

test('a client stands as its organisation does', async ({ page, open, request }, info) => {
  const organisation = await createOrganisation(request);
  const name = unique('Orders');
  const client = { creation_key: randomUUID(), name, access: 'partner', organisation: organisation.id };
  const made = await (await request.post('/actions/api-clients/create', { form: client })).json();
  const credentials = { id: made.client.id, secret: made.secret };
  const suspended = { organisation: organisation.id, suspended: 'true' };
  expect((await request.post('/actions/organisations/set-suspended', { form: suspended })).status()).toBe(200);

  await open(CLIENTS);
  const row = page.getByRole('row').filter({ hasText: name });
  await expect(row).toContainText('Organisation suspended');
  await expect(row.getByRole('link', { name: organisation.name })).toBeVisible();
  await expect(row.getByRole('button', { name: `Revoke ${name}` })).toBeVisible();
  await look(page, info, 'api-clients-suspended');
  const { status, body } = await askForToken(request, credentials);
  expect(status).toBe(401);
  expect(body.error_description).toBe("The client's organisation is suspended.");

  const deleted = { organisation: organisation.id, confirmation: organisation.name };
  expect((await request.post('/actions/organisations/delete', { form: deleted })).status()).toBe(200);
  await open(CLIENTS);
  await expect(row).toContainText('Revoked');
  await expect(row).toContainText(organisation.name);
  await expect(row.getByRole('link', { name: organisation.name })).toHaveCount(0);
});

test('without JavaScript a client is created and revoked @nojs', async ({ page, request }) => {
  const name = unique('Plain');
  await page.goto(`${CLIENTS}/new`);
  await page.getByRole('button', { name: 'Create API client' }).click();
  await expect(summary(page, 'Two things need mending')).toBeVisible();
  await fillClient(page, name);
  await page.getByRole('button', { name: 'Create API client' }).click();
  const credentials = await shownCredentials(page);
  expect((await askForToken(request, credentials)).status).toBe(200);
  await page.reload();
  await expect(page.getByText(credentials.secret)).toHaveCount(0);

  await page.goto(CLIENTS);
  const row = page.getByRole('row').filter({ hasText: name });
  await row.getByRole('button', { name: `Revoke ${name}` }).click();
  await page.getByRole('dialog', { name: `Revoke ${name}` }).getByRole('button', { name: 'Revoke' }).click();
  await expect(page.getByRole('status').filter({ hasText: `${name} is revoked.` })).toBeVisible();
  await expect(row).toContainText('Revoked');
  expect((await askForToken(request, credentials)).status).toBe(401);
});

test('without JavaScript a partner’s client is told by its organisation’s ID @nojs', async ({ page }) => {
  await page.goto(`${CLIENTS}/new`);
  await page.getByLabel('Name', { exact: true }).fill(unique('Plain'));
  await page.getByRole('radio', { name: 'One partner organisation' }).check();
  await page.getByLabel('Partner Organisation ID').fill('01890000-0000-7000-8000-000000000000');
  await page.getByRole('button', { name: 'Create API client' }).click();
  await expect(summary(page, 'One thing needs mending')).toContainText('no partner organisation with this ID');
  await expect(page.getByLabel('Partner Organisation ID')).toHaveValue('01890000-0000-7000-8000-000000000000');
});

test('the pages around API clients look right', async ({ page, open }, info) => {
  test.slow();
  const name = unique('Look');
  await open(`${CLIENTS}/new`);
  await look(page, info, 'create-api-client');
  await fillClient(page, name);
  await page.getByRole('button', { name: 'Create API client' }).click();
  await shownCredentials(page);
  await look(page, info, 'api-client-created');
  await page.getByRole('link', { name: 'Done' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'API clients' })).toBeVisible();
  await look(page, info, 'api-clients');
  await page.getByRole('button', { name: `Revoke ${name}` }).click();
  await expect(page.getByRole('dialog', { name: `Revoke ${name}` })).toBeVisible();
  await look(page, info, 'api-client-revoke');
});

test('the page about the API looks right and needs nothing from elsewhere', async ({ page, request }, info) => {
  test.slow();
  const seen: string[] = [];
  page.on('request', (sent) => seen.push(sent.url()));
  await page.goto('/api/docs');
  await expect(page.getByRole('heading', { level: 1, name: 'Partners API' })).toBeVisible();
  await look(page, info, 'api-docs', { still: true });
  await page.getByRole('link', { name: 'Submit an order' }).click();
  await expect(page.getByRole('heading', { name: 'Submit an order' })).toBeInViewport();
  const own = new URL(page.url()).origin;
  expect(seen.filter((url) => new URL(url).origin !== own)).toEqual([]);
  expect((await (await request.get('/api/openapi.json')).json()).openapi).toBe('3.1.0');
});
