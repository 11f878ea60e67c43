import { readFile } from 'node:fs/promises';
import {
  createOrganisation, createUser, expect, namesInTable, rowOf, test, unique, uniqueEmail,
  type Organisation,
} from './support';

const TABLE = '/settings/profile/partners';
const listed = (query: Record<string, string>) => `${TABLE}?${new URLSearchParams(query)}`;

test('the table shows what an organisation is', async ({ page, open, request }) => {
  // The month of September has four letters in some versions of the browser.
  const today = () => new Intl.DateTimeFormat('en-GB', {
    day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC',
  }).format(new Date()).replace('Sept', 'Sep');
  const begun = today();
  const organisation = await createOrganisation(request, {
    name: unique('Columns'),
    salesforce_account_id: '001D000000IRFmaIAH',
    invoice_owner: 'end_customer',
  });
  await createUser(request, organisation);
  await open(listed({ q: organisation.name }));
  await expect(page.getByRole('table', { name: 'Partner organisations, sorted by name, ascending' })).toBeVisible();
  await expect(page.getByRole('columnheader')).toHaveText([
    'Partner', 'Partner Organisation ID', 'Zuora account ID', 'Salesforce account ID',
    'Zuora Invoice Owner', 'Users', 'Created',
  ]);
  const row = rowOf(page, organisation.name);
  await expect(row.getByRole('cell')).toHaveText([
    '', organisation.id, organisation.zuora, '001D000000IRFmaIAH', 'End customer', '1',
    new RegExp(`${begun}|${today()}`),
  ]);
  const id = row.getByRole('cell').nth(1);
  expect(await id.getByText(organisation.id.slice(0, -4)).evaluate((text) => getComputedStyle(text).fontFamily))
    .toContain('mono');
});

test('an identifier is copied whole', async ({ page, open, context, request }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const organisation = await createOrganisation(request);
  await open(listed({ q: organisation.id }));
  await page.getByRole('button', { name: `Copy Partner Organisation ID ${organisation.id}` }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Copied' })).toBeAttached();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(organisation.id);
});

test('a search looks at names, the three IDs and users’ emails', async ({ page, open, request }) => {
  const salesforce = `001D0000${Date.now().toString(36).slice(-7).toUpperCase()}`;
  const organisation = await createOrganisation(request, {
    name: unique('Søgbar'), salesforce_account_id: salesforce,
  });
  await createOrganisation(request);
  const email = uniqueEmail('searched');
  await createUser(request, organisation, { email });

  await open(TABLE);
  const search = page.getByLabel('Search name, ID or email');
  const wanted = [
    organisation.name.slice(2).toUpperCase(), organisation.id, organisation.zuora.toLowerCase(),
    salesforce, email.toUpperCase(),
  ];
  for (const text of wanted) {
    await test.step(text, async () => {
      await search.fill(text);
      await expect(page.getByRole('status').filter({ hasText: /^1 partner$/ })).toBeVisible();
      await expect(namesInTable(page)).toHaveText([organisation.name]);
      await expect(page).toHaveURL((url) => url.searchParams.get('q') === text);
      await expect(search).toBeFocused();
    });
  }
});

test('a search is taken literally', async ({ page, open }) => {
  await open(listed({ q: '%_%' }));
  await expect(page.getByRole('heading', { name: 'No partner matches' })).toBeVisible();
});

test('where nothing matches, the page says what was looked for', async ({ page, open }) => {
  const nothing = unique('no-such');
  await open(listed({ q: nothing, invoice_owner: 'partner' }));
  await expect(page.getByRole('heading', { name: 'No partner matches' })).toBeVisible();
  await expect(page.getByRole('main')).toContainText(`“${nothing}”`);
  await page.getByRole('link', { name: 'Clear' }).click();
  await expect(page).toHaveURL(TABLE);
  await expect(page.getByLabel('Search name, ID or email')).toHaveValue('');
  await expect(page.getByLabel('Zuora invoice owner')).toHaveValue('');
});

test('the list is sorted by its heads', async ({ page, open, request }) => {
  const group = unique('sorted');
  for (const first of ['b', 'C', 'a']) await createOrganisation(request, { name: `${first} ${group}` });
  const named = (letters: string) => [...letters].map((first) => `${first} ${group}`);
  await open(listed({ q: group }));
  const head = (name: string) => page.getByRole('columnheader', { name, exact: true });
  await expect(namesInTable(page)).toHaveText(named('abC'));
  await expect(head('Partner')).toHaveAttribute('aria-sort', 'ascending');

  await page.getByRole('link', { name: 'Partner', exact: true }).click();
  await expect(namesInTable(page)).toHaveText(named('Cba'));
  await expect(head('Partner')).toHaveAttribute('aria-sort', 'descending');
  await expect(page).toHaveURL(listed({ q: group, direction: 'descending' }));

  await page.getByRole('link', { name: 'Created' }).click();
  await expect(namesInTable(page)).toHaveText(named('bCa'));
  await expect(head('Created')).toHaveAttribute('aria-sort', 'ascending');
  await expect(head('Partner')).not.toHaveAttribute('aria-sort');
  await expect(page).toHaveURL(listed({ q: group, sort: 'created' }));
});

test('a filter is a chip that can be removed', async ({ page, open, request }) => {
  const group = unique('filtered');
  await createOrganisation(request, { name: `P ${group}`, invoice_owner: 'partner' });
  await createOrganisation(request, { name: `E ${group}`, invoice_owner: 'end_customer' });
  await open(listed({ q: group }));
  await page.getByLabel('Zuora invoice owner').selectOption('End customer');
  await expect(namesInTable(page)).toHaveText([`E ${group}`]);
  await expect(page).toHaveURL(listed({ q: group, invoice_owner: 'end_customer' }));

  const chips = page.getByRole('list', { name: 'Filters in use' });
  await expect(chips.getByRole('link')).toHaveCount(2);
  await chips.getByRole('link', { name: 'Remove filter Zuora invoice owner: End customer' }).click();
  await expect(namesInTable(page)).toHaveText([`E ${group}`, `P ${group}`]);
  await expect(page.getByLabel('Zuora invoice owner')).toHaveValue('');
  await chips.getByRole('link', { name: `Remove filter Search: ${group}` }).click();
  await expect(page).toHaveURL(TABLE);
  await expect(page.getByRole('list', { name: 'Filters in use' })).toHaveCount(0);
});

test('thirty organisations are paged, with a way back', async ({ page, open, request }) => {
  const group = unique('paged');
  const names = Array.from({ length: 30 }, (_, number) => `${String(number).padStart(2, '0')} ${group}`);
  const made: Promise<Organisation>[] = names.map((name) => createOrganisation(request, { name }));
  await Promise.all(made);

  await open(listed({ q: group }));
  const shown = namesInTable(page);
  await expect(page.getByRole('status').filter({ hasText: '30 partners' })).toBeVisible();
  await expect(shown).toHaveText(names.slice(0, 25));
  await expect(page.getByRole('link', { name: 'Previous' })).toBeDisabled();
  await page.getByRole('link', { name: 'Next' }).click();
  await expect(shown).toHaveText(names.slice(25));
  await expect(page).toHaveURL(/[?&]after=/);
  await expect(page.getByRole('link', { name: 'Next' })).toBeDisabled();
  await page.getByRole('link', { name: 'Previous' }).click();
  await expect(shown).toHaveText(names.slice(0, 25));
  await expect(page).toHaveURL(/[?&]before=/);

  await page.goBack();
  await expect(shown).toHaveText(names.slice(25));
  await page.goBack();
  await expect(page).toHaveURL(listed({ q: group }));
  await expect(shown).toHaveText(names.slice(0, 25));
  await page.goForward();
  await expect(shown).toHaveText(names.slice(25));
  await page.reload();
  await expect(shown).toHaveText(names.slice(25));
});

test('back from an organisation leads to the list as it was', async ({ page, open, request }) => {
  const organisation = await createOrganisation(request);
  await open(TABLE);
  await page.getByLabel('Search name, ID or email').fill(organisation.name);
  await expect(namesInTable(page)).toHaveText([organisation.name]);
  await namesInTable(page).click();
  await expect(page.getByRole('heading', { level: 1, name: organisation.name })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL((url) => url.searchParams.get('q') === organisation.name);
  await expect(namesInTable(page)).toHaveText([organisation.name]);
  await expect(page.getByLabel('Search name, ID or email')).toHaveValue(organisation.name);
});

test('a list that cannot be read says so and can be read again', async ({ page, open, guard, request }) => {
  guard.expectLostAnswers();
  const organisation = await createOrganisation(request);
  await open(TABLE);
  await page.route('**/actions/organisations/list', (route) => route.abort(), { times: 1 });
  await page.getByLabel('Search name, ID or email').fill(organisation.name);
  await expect(page.getByRole('alert')).toContainText('The partners could not be read');
  await page.getByRole('link', { name: 'Try again' }).click();
  await expect(namesInTable(page)).toHaveText([organisation.name]);
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('the table is taken along as it is narrowed', async ({ page, open, request }) => {
  const organisation = await createOrganisation(request);
  await open(`${TABLE}?q=${organisation.id}`);
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Export' }).click()]);
  expect(file.suggestedFilename()).toBe('partners.csv');
  const lines = (await readFile(await file.path(), 'utf8')).trim().split('\r\n');
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain(`${organisation.name},`);
});
