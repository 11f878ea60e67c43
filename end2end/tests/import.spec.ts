import { readFile } from 'node:fs/promises';
import {
  createOrganisation, expect, installation, look, namesInTable, reloadedUntil, rowOf, summary, test,
  unique, uniqueEmail, zuora,
} from './support';
import type { Page } from '@playwright/test';

const IMPORT = '/settings/profile/partners/import';
const HEAD = 'name,logo,zuora_account_id,salesforce_account_id,invoice_owner';
const account = () => unique('A').replace(' ', '');

// Zuora knows none of these accounts: where there is one it is away, and they
// are checked after the import.
test.beforeEach(async () => {
  if (installation.zuora) await zuora('POST', '/sandbox/faults', { kind: 'unavailable' });
});

test.afterEach(async () => {
  if (installation.zuora) await zuora('DELETE', '/sandbox/faults');
});

async function upload(page: Page, text: string | Buffer, name = 'resellers.csv'): Promise<void> {
  await page.getByLabel('File', { exact: true }).setInputFiles({
    name, mimeType: 'text/csv', buffer: Buffer.isBuffer(text) ? text : Buffer.from(text),
  });
  // A page follows in any case, but while Zuora is waited for not at once.
  const followed = page.waitForEvent('load');
  await page.getByRole('button', { name: 'Upload and check' }).click();
  await followed;
}

test('a file is uploaded, looked at and imported', async ({ page, open }, info) => {
  test.slow();
  const names = [unique('Imported'), unique('Imported')];
  await open('/settings/profile/partners');
  await page.getByRole('link', { name: 'Import', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Import' })).toBeVisible();
  await look(page, info, 'import-upload');
  const rows = names.map((name) => `${name},,${account()},001D000000IRFma,partner`);
  await upload(page, [HEAD, ...rows, `,http://plain.example/a.png,${account()},001D000000IRFma,partner`].join('\n'));

  await expect(page.getByRole('heading', { level: 1, name: 'resellers.csv' })).toBeVisible();
  const counts = page.getByRole('list', { name: 'Rows of the file' });
  await expect(counts.getByRole('listitem')).toHaveText(['2 ready', '1 with problems']);
  const wrong = page.getByRole('row').filter({ hasText: 'Problem' });
  await expect(wrong.getByRole('cell').filter({ hasText: 'Enter the partner organisation’s name.' })).toBeVisible();
  await expect(wrong.getByRole('cell').filter({ hasText: 'starts with https://' })).toContainText('http://plain.example/a.png');
  await expect(page.getByRole('rowheader')).toHaveText(['Line 4']);
  await look(page, info, 'import-checked');
  await page.getByRole('link', { name: 'All rows (3)' }).click();
  await expect(page.getByRole('rowheader')).toHaveCount(3);

  await expect(page.getByText('Left out: 1 row with problems.')).toBeVisible();
  await page.getByRole('button', { name: 'Import 2 organisations' }).click();
  await expect(page.getByRole('heading', { name: '2 organisations were created.' })).toBeVisible();
  await expect(page.locator('#content')).toBeFocused();
  await look(page, info, 'import-done');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'What was created, with IDs' }).click(),
  ]);
  const text = await readFile(await file.path(), 'utf8');
  expect(text.startsWith('\ufeffname,logo,'), 'Excel reads it as UTF-8').toBe(true);
  const lines = text.trim().split('\r\n');
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(/,created,,[0-9a-f-]{36},[0-9a-f-]{36}$/);
  await open(`/settings/profile/partners?q=${encodeURIComponent(names[0])}`);
  await expect(namesInTable(page)).toHaveText([names[0]]);
});

test('an import under way says how far it is, until it is done', async ({ page, open }, info) => {
  test.slow();
  // Enough that the page comes before the end, and last in the table of partners.
  const group = unique('Zzz many');
  const rows = Array.from({ length: 2_000 }, (_, row) => `${group} ${row},,${account()},001D000000IRFma,partner`);
  const counts = { ready: 1_200, looks_same: 0, problem: 0, there: 0, created: 800 };
  await page.route('**/actions/imports/progress', (route) => route.fulfill({ json: { state: 'applying', counts } }));
  await open(IMPORT);
  await upload(page, [HEAD, ...rows].join('\n'), 'many.csv');
  await page.getByRole('button', { name: 'Import 2,000 organisations' }).click();
  const bar = page.getByRole('progressbar', { name: '800 of 2,000 rows are done.' });
  await expect(bar).toHaveAttribute('value', '800');
  await look(page, info, 'import-under-way');
  await page.unroute('**/actions/imports/progress');
  await expect(page.getByRole('heading', { name: '2,000 organisations were created.' })).toBeVisible({ timeout: 60_000 });
  await expect(bar).toHaveCount(0);
});

test('a column with another name is matched by hand', async ({ page, open }, info) => {
  await open(IMPORT);
  await upload(page, `Firma;Konto;Salesforce account ID;Invoice owner\n${unique('Firma')};${account()};001D000000IRFma;End customer\n`);
  await expect(page.getByText('No column has: Partner organisation name, Zuora account ID.')).toBeVisible();
  await page.getByLabel('Firma').selectOption('Partner organisation name');
  await page.getByLabel('Konto').selectOption('Partner organisation name');
  await page.getByRole('button', { name: 'Check again' }).click();
  await expect(summary(page, 'One thing needs mending')).toBeFocused();
  await expect(page.getByLabel('Konto')).toHaveAccessibleDescription(/taken from column 1 already/);
  await look(page, info, 'import-columns');
  await page.getByLabel('Konto').selectOption('Zuora account ID');
  await page.getByRole('button', { name: 'Check again' }).click();
  await expect(page.getByRole('button', { name: 'Import 1 organisation' })).toBeVisible({ timeout: 20_000 });
});

test('accounts that Zuora does not have, or has no more, are told beside them @zuora', async ({ page, open }, info) => {
  test.skip(!installation.zuora, 'this installation has no billing system');
  const row = (account: string) => `${unique('Checked')},,${account},001D000000IRFma,partner`;
  const text = [HEAD, row('A-NOWHERE'), row('PA-1006')].join('\n');
  await open(IMPORT);
  await upload(page, text);
  await expect(page.getByText('The accounts of 2 rows could not be checked in Zuora in time.')).toBeVisible();
  await look(page, info, 'import-unchecked');
  await zuora('DELETE', '/sandbox/faults');
  await open(IMPORT);
  await upload(page, text);
  const cells = page.getByRole('cell');
  await expect(cells.filter({ hasText: 'Zuora has no account with this ID or number.' })).toContainText('A-NOWHERE');
  await expect(cells.filter({ hasText: 'which is cancelled in Zuora.' })).toContainText('PA-1006');
});

test('a file that cannot be read is told beside the field', async ({ page, open }, info) => {
  await open(IMPORT);
  await page.getByRole('button', { name: 'Upload and check' }).click();
  await expect(page.getByLabel('File', { exact: true })).toHaveAccessibleDescription(/Choose a file\./);
  for (const [bytes, words] of [
    [Buffer.from('PK\x03\x04workbook', 'latin1'), /Save it as “CSV UTF-8”/],
    [Buffer.from('name\nSm\xf8rrebr\xf8d', 'latin1'), /Line 2 has characters that are not in UTF-8/],
  ] as const) {
    await upload(page, bytes, 'file.xlsx');
    await expect(summary(page, 'One thing needs mending')).toBeFocused();
    await expect(page.getByLabel('File', { exact: true })).toHaveAccessibleDescription(words);
  }
  await look(page, info, 'import-refused');
});

test('users are imported without JavaScript @nojs', async ({ page, request }) => {
  const organisation = await createOrganisation(request);
  const email = uniqueEmail('imported');
  await page.goto(IMPORT);
  await page.getByLabel('Partner users').check();
  await upload(page, `name,email,organisation\nAnn Imported,${email},${organisation.name}\nBob,nonsense,${organisation.name}\n`, 'users.csv');
  await expect(page.getByRole('cell').filter({ hasText: 'such as name@example.com' })).toBeVisible();
  await page.getByRole('button', { name: 'Import 1 user' }).click();
  const done = page.getByRole('heading', { name: '1 user was created.' });
  await reloadedUntil(page, () => expect(done).toBeVisible({ timeout: 500 }));
  await page.goto(organisation.path);
  await expect(rowOf(page, email)).toBeVisible();
});

async function chosen(page: Page, names: string[]): Promise<void> {
  const list = page.getByRole('list', { name: 'Chosen partner organisations' });
  for (const name of names) await expect(list).toContainText(name);
  await expect(list.getByRole('listitem')).toHaveCount(names.length);
}

test('chosen organisations are suspended and reactivated after one question that lists them', async ({ page, open, request }, info) => {
  test.slow();
  const group = unique('Chosen');
  const names = ['One', 'Two', 'Three'].map((word) => `${group} ${word}`);
  for (const name of names) await createOrganisation(request, { name });
  const table = `/settings/profile/partners?q=${encodeURIComponent(group)}`;
  await open(table);
  await expect(page.getByRole('button', { name: 'Suspend…' })).toBeHidden();
  await page.getByLabel('Select all on this page').check();
  for (const name of names) await expect(page.getByLabel(`Select ${name}`)).toBeChecked();
  await page.getByLabel(`Select ${names[2]}`).uncheck();
  await expect(page.getByLabel('Select all on this page')).not.toBeChecked();
  await look(page, info, 'partners-chosen');
  await page.getByRole('button', { name: 'Suspend…' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Suspend 2 partner organisations?' })).toBeVisible();
  await chosen(page, names.slice(0, 2));
  await look(page, info, 'suspend-chosen');
  await page.getByRole('button', { name: 'Suspend 2 partner organisations' }).click();
  await expect(page.getByRole('heading', { level: 1, name: '2 partner organisations are suspended' })).toBeVisible();
  await expect(page).toHaveTitle(/^2 partner organisations are suspended/);
  await expect(page.locator('#content')).toBeFocused();
  await look(page, info, 'suspended-chosen');
  await open(table);
  await expect(page.getByRole('row').filter({ hasText: 'Suspended' })).toHaveCount(2);

  await page.getByLabel('Select all on this page').check();
  await page.getByRole('button', { name: 'Reactivate…' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Reactivate 3 partner organisations?' })).toBeVisible();
  await chosen(page, names);
  const active = page.getByRole('listitem').filter({ hasText: 'Active already' });
  await expect(active).toHaveText(new RegExp(names[2]));
  await look(page, info, 'reactivate-chosen');
  await page.getByRole('button', { name: 'Reactivate 3 partner organisations' }).click();
  await expect(page.getByRole('heading', { level: 1, name: '2 partner organisations are active again' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Were active already' })).toBeVisible();
  await look(page, info, 'reactivated-chosen');
  await open(table);
  await expect(page.getByRole('row').filter({ hasText: 'Suspended' })).toHaveCount(0);
});

test('nothing stays ticked when other rows come', async ({ page, open, request }) => {
  const group = unique('Ticked');
  const names = ['One', 'Two'].map((word) => `${group} ${word}`);
  for (const name of names) await createOrganisation(request, { name });
  await open(`/settings/profile/partners?q=${encodeURIComponent(group)}`);
  for (const label of [`Select ${names[0]}`, 'Select all on this page']) {
    await page.getByLabel(label).check();
    await expect(page.getByRole('button', { name: 'Suspend…' })).toBeVisible();
    const first = await namesInTable(page).first().textContent();
    await page.getByRole('columnheader', { name: 'Partner', exact: true }).getByRole('link').click();
    await expect(namesInTable(page).first()).not.toHaveText(first ?? '');
    await expect(page.locator('.pick input:checked')).toHaveCount(0);
    await expect(page.getByRole('button', { name: 'Suspend…' })).toBeHidden();
  }
});

test('chosen organisations are suspended without JavaScript @nojs', async ({ page, request }) => {
  const group = unique('Plainly');
  const names = ['One', 'Two'].map((word) => `${group} ${word}`);
  for (const name of names) await createOrganisation(request, { name });
  await page.goto(`/settings/profile/partners?q=${encodeURIComponent(group)}`);
  // It would tick no row, and count for all of them.
  await expect(page.getByLabel('Select all on this page')).toBeHidden();
  for (const name of names) await page.getByLabel(`Select ${name}`).check();
  await page.getByRole('button', { name: 'Suspend…' }).click();
  await chosen(page, names);
  await page.getByRole('button', { name: 'Suspend 2 partner organisations' }).click();
  await expect(page.getByRole('heading', { level: 1, name: '2 partner organisations are suspended' })).toBeVisible();
});
