import { randomUUID } from 'node:crypto';
import {
  createOrganisation, expect, fillCreatePartner, organisationForm, rowOf, setUsesSalesforce,
  submitCreatePartner, summary, test, unique,
} from './support';

const NEW = '/settings/profile/partners/new';
const PAGE = /\/settings\/profile\/partners\/[0-9a-f-]{36}$/;

test('an admin creates an organisation and arrives at its page', async ({ page, open }) => {
  const name = unique('Borealis Telecom');
  await open('/settings/profile/partners');
  await page.getByRole('button', { name: 'Create Partner' }).click();
  await expect(page).toHaveTitle('Create Partner · Partners');
  for (const owner of ['Partner', 'End customer']) {
    const choice = page.getByRole('radio', { name: owner, exact: true });
    await expect(choice).not.toBeChecked();
    await expect(choice).toHaveAccessibleDescription(/Invoices .*go to/);
  }

  await page.getByLabel('Partner organisation name').fill(`  ${name.replace(' ', '   ')} `);
  await page.getByLabel('Logo (URL)').fill('https://logos.example/borealis.svg');
  await page.getByLabel('Zuora account ID').fill(randomUUID().replaceAll('-', ''));
  await page.getByLabel('Salesforce account ID').fill('001D000000IRFmaIAH');
  await page.getByRole('radio', { name: 'End customer' }).check();
  await submitCreatePartner(page);
  // What was done is said for some seconds only.
  await expect(page.getByRole('status').filter({ hasText: `${name} was created.` })).toBeVisible();
  await expect(page).toHaveURL(PAGE);
  await expect(page).toHaveTitle(`${name} · Partners`);
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  const id = page.url().split('/').pop() ?? '';
  await expect(page.getByRole('button', { name: `Copy Partner Organisation ID ${id}` })).toBeVisible();
  await expect(page.getByRole('main')).toContainText('001D000000IRFmaIAH');
  await expect(page.getByRole('main')).toContainText('End customer');
});

test('errors appear once a field was left, and follow what is typed', async ({ page, open }) => {
  await open(NEW);
  const cases: [label: string, typed: string, error: RegExp, mended: string][] = [
    ['Partner organisation name', ' ', /Enter the partner organisation’s name\./, 'Acme'],
    ['Partner organisation name', 'x'.repeat(201), /200 characters or fewer/, 'x'.repeat(200)],
    ['Logo (URL)', 'http://acme.example/logo.png', /starts with https/, 'https://acme.example/logo.png'],
    ['Logo (URL)', 'https://ann:secret@acme.example/', /Remove the user name and password/, ''],
    ['Zuora account ID', 'A 1', /Remove white space/, 'A1'],
    ['Zuora account ID', 'x'.repeat(51), /at most 50 characters/, 'x'.repeat(50)],
    ['Salesforce account ID', '003D000000IRFma', /begins with 001/, '001D000000IRFma'],
    ['Salesforce account ID', '001D000000IRFmaIAX', /last three characters do not fit/, '001D000000IRFmaIAH'],
  ];
  for (const [label, typed, error, mended] of cases) {
    await test.step(`${label}: ${typed.slice(0, 40)}`, async () => {
      const field = page.getByLabel(label);
      await field.fill(typed);
      await field.blur();
      await expect(field).toHaveAccessibleDescription(error);
      await expect(field).toHaveAttribute('aria-invalid', 'true');
      await field.fill(mended);
      await expect(field).not.toHaveAccessibleDescription(error);
      await expect(field).not.toHaveAttribute('aria-invalid', 'true');
    });
  }
});

test('no error appears before a field was left', async ({ page, open }) => {
  await open(NEW);
  const zuora = page.getByLabel('Zuora account ID');
  await zuora.pressSequentially('A 1');
  await expect(zuora).toBeFocused();
  await expect(zuora).not.toHaveAttribute('aria-invalid', 'true');
  await zuora.press('Tab');
  await expect(zuora).toHaveAttribute('aria-invalid', 'true');
});

test('a form with errors lists them, leads to them and keeps what was typed', async ({ page, open }) => {
  await open(NEW);
  const name = page.getByLabel('Partner organisation name');
  await name.fill('Kept as typed');
  await page.getByLabel('Logo (URL)').fill('ftp://acme.example');
  await submitCreatePartner(page);

  const panel = summary(page, 'Three things need mending');
  await expect(panel).toBeFocused();
  await expect(page).toHaveTitle('Error: Create Partner · Partners');
  await expect(panel.getByRole('link')).toHaveText([
    /logo/i, /Zuora account ID/, /Choose who receives the invoices/,
  ]);
  await panel.getByRole('link', { name: /Enter the Zuora account ID/ }).click();
  await expect(page.getByLabel('Zuora account ID')).toBeFocused();
  await panel.getByRole('link', { name: /Choose who receives the invoices/ }).click();
  await expect(page.getByRole('radio', { name: 'Partner', exact: true })).toBeFocused();
  await expect(name).toHaveValue('Kept as typed');
  await expect(page.getByLabel('Logo (URL)')).toHaveValue('ftp://acme.example');
  await expect(page).toHaveURL(NEW);
});

test('a name or account in use is a warning with a way to go on', async ({ page, open, request, guard }) => {
  guard.expectStatus(409);
  const first = await createOrganisation(request);
  await open(NEW);
  await fillCreatePartner(page, first.name.toUpperCase(), first.zuora.toLowerCase());
  await submitCreatePartner(page);

  const warning = page.getByRole('alert', { name: 'Another partner organisation looks the same' });
  await expect(warning).toBeFocused();
  await expect(warning).toContainText('has the same name and the same Zuora account');
  await expect(warning.getByRole('link', { name: first.name })).toHaveAttribute('href', first.path);
  await expect(page.getByLabel('Zuora account ID')).toHaveValue(first.zuora.toLowerCase());

  await page.getByLabel('Create it all the same').check();
  await submitCreatePartner(page);
  await expect(page).toHaveURL(PAGE);
  expect(new URL(page.url()).pathname).not.toBe(first.path);
});

test('a double click creates one organisation', async ({ page, open }) => {
  const name = unique('Double');
  await open(NEW);
  await fillCreatePartner(page, name, unique('A').replace(' ', ''));
  await page.getByRole('button', { name: 'Create Partner Organisation' }).dblclick();
  await expect(page).toHaveURL(PAGE);
  await open(`/settings/profile/partners?q=${encodeURIComponent(name)}`);
  await expect(rowOf(page, name)).toHaveCount(1);
});

test('a retry after a lost answer creates one organisation', async ({ page, open, guard }) => {
  guard.expectLostAnswers();
  const name = unique('Lost');
  await open(NEW);
  await fillCreatePartner(page, name, unique('A').replace(' ', ''));
  await page.route('**/actions/organisations/create', async (route) => {
    await route.fetch();
    await route.abort('connectionreset');
  }, { times: 1 });
  await submitCreatePartner(page);
  await expect(page.getByRole('alert')).toContainText('The server could not be reached.');
  await expect(page.getByLabel('Partner organisation name')).toHaveValue(name);

  await submitCreatePartner(page);
  await expect(page).toHaveURL(PAGE);
  await open(`/settings/profile/partners?q=${encodeURIComponent(name)}`);
  await expect(rowOf(page, name)).toHaveCount(1);
});

test('a form sent again with its key creates one organisation', async ({ request }) => {
  const form = organisationForm();
  const send = () => request.post('/actions/organisations/create', { form, maxRedirects: 0 });
  const answers = await Promise.all([send(), send(), send()]);
  const places = new Set(answers.map((answer) => answer.headers().location));
  expect(answers.map((answer) => answer.ok())).toEqual([true, true, true]);
  expect(places.size, [...places].join(' ')).toBe(1);
  const other = await request.post('/actions/organisations/create', {
    form: { ...form, name: unique('Another') },
  });
  expect(other.status(), 'the same key with another name').toBe(422);
});

test('while the installation uses Salesforce its account is required', async ({ page, open, request }) => {
  try {
    await open('/settings/installation');
    const toggle = page.getByLabel('This installation uses Salesforce');
    await toggle.check();
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'This installation uses Salesforce.' })).toBeVisible();

    await open(NEW);
    const name = unique('Cloudy');
    await fillCreatePartner(page, name, unique('A').replace(' ', ''));
    await submitCreatePartner(page);
    await expect(summary(page, 'One thing needs mending')).toContainText(
      'Enter a Salesforce account ID. This installation uses Salesforce.',
    );
    const refused = await request.post('/actions/organisations/create', {
      form: organisationForm({ salesforce_account_id: '' }),
    });
    expect(refused.status()).toBe(422);

    await page.getByLabel('Salesforce account ID').fill('001D000000IRFma');
    await submitCreatePartner(page);
    await expect(page).toHaveURL(PAGE);
  } finally {
    await setUsesSalesforce(request, false);
  }
});
