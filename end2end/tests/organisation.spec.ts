import { createOrganisation, expect, test, unique } from './support';

test('the pencil edits name and logo in place', async ({ page, open, request }) => {
  const organisation = await createOrganisation(request);
  const renamed = unique('Renamed');
  await open(organisation.path);
  await page.getByRole('button', { name: 'Edit' }).click();
  const form = page.getByRole('form', { name: `Edit ${organisation.name}` });
  const name = form.getByLabel('Partner organisation name');
  await expect(name).toBeFocused();
  await expect(name).toHaveValue(organisation.name);
  await expect(form.getByRole('textbox')).toHaveCount(2);
  await name.fill(renamed);
  await form.getByLabel('Logo (URL)').fill('https://logos.example/new.svg');
  await form.getByRole('button', { name: 'Save' }).click();

  await expect(page.getByRole('heading', { level: 1, name: renamed })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Edit' })).toBeFocused();
  await expect(page).toHaveTitle(`${renamed} · Partners`);
  await expect(page.getByRole('navigation', { name: 'Breadcrumb' })).toContainText(renamed);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: renamed })).toBeVisible();
  const logo = page.getByRole('main').locator('img[src="https://logos.example/new.svg"]');
  await expect(logo).toHaveAttribute('referrerpolicy', 'no-referrer');
});

test('an edit is saved with Enter, the focus in a field that goes away', async ({ page, open, request }) => {
  const organisation = await createOrganisation(request);
  const renamed = unique('Renamed');
  await open(organisation.path);
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Partner organisation name').fill(renamed);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: renamed })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Edit' })).toBeFocused();
  await page.getByRole('button', { name: 'Edit' }).click();
  await expect(page.getByLabel('Partner organisation name')).toHaveValue(renamed);
});

test('an edit that is given up changes nothing', async ({ page, open, request }) => {
  const organisation = await createOrganisation(request);
  await open(organisation.path);
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Partner organisation name').fill('Never saved');
  await page.getByRole('link', { name: 'Cancel' }).click();
  await expect(page.getByRole('heading', { level: 1, name: organisation.name })).toBeVisible();
  await page.getByRole('button', { name: 'Edit' }).click();
  await expect(page.getByLabel('Partner organisation name')).toHaveValue(organisation.name);
});

test('an edit is checked like a creation', async ({ page, open, request }) => {
  const organisation = await createOrganisation(request);
  await open(organisation.path);
  await page.getByRole('button', { name: 'Edit' }).click();
  const name = page.getByLabel('Partner organisation name');
  await name.fill(' ');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert', { name: 'One thing needs mending' })).toBeFocused();
  await expect(name).toHaveAccessibleDescription(/Enter the partner organisation’s name\./);
});

test('what is fixed is shown with the reason', async ({ page, open, request }) => {
  const organisation = await createOrganisation(request, { invoice_owner: 'end_customer' });
  await open(organisation.path);
  const facts: [string, RegExp, RegExp][] = [
    ['Partner Organisation ID', new RegExp(organisation.id), /never changes/],
    ['Zuora account ID', new RegExp(organisation.zuora), /Fixed: .*Zuora already refer to it/],
    ['Salesforce account ID', /001D000000IRFma/, /Fixed: .*Salesforce already refer to it/],
    ['Zuora Invoice Owner', /End customer/, /Fixed: .*split the invoices/],
  ];
  const terms = page.getByRole('main').getByRole('term');
  await expect(terms).toHaveText(facts.map(([label]) => label));
  for (const [label, value, reason] of facts) {
    const fact = terms.filter({ hasText: label }).locator('xpath=..');
    await expect(fact.getByRole('definition').first()).toHaveText(value);
    await expect(fact.getByRole('definition').last()).toHaveText(reason);
  }
});

test('the server changes nothing but name and logo', async ({ request }) => {
  const organisation = await createOrganisation(request);
  const read = async () => {
    const answer = await request.post('/actions/organisations/get', { data: { id: organisation.id } });
    return answer.json();
  };
  const before = await read();
  const edit = await request.post('/actions/organisations/edit', {
    form: {
      id: organisation.id,
      version: String(before.version),
      name: unique('Renamed'),
      logo: '',
      zuora_account_id: 'A-OTHER',
      zuora_account: 'A-OTHER',
      salesforce_account_id: '001D000000IRFmb',
      salesforce_account: '001D000000IRFmb',
      invoice_owner: 'end_customer',
      created_at: '0',
    },
  });
  const after = await read();
  // Refused as a whole or taken without the rest: never changed.
  const { name: _, version: __, updated_at: ___, ...rest } = before;
  expect(after, `answered ${edit.status()}`).toMatchObject(rest);
  if (edit.ok()) expect(after.name).not.toBe(before.name);
  else expect(after).toEqual(before);
});

test('of two admins who edit at once, the second is told and keeps what was typed', async ({
  page, open, newPerson, adminState, request, guard,
}) => {
  guard.expectStatus(409);
  const organisation = await createOrganisation(request);
  const [theirs, mine] = [unique('Theirs'), unique('Mine')];
  const other = await newPerson(adminState);
  for (const each of [page, other]) {
    await open(organisation.path, each);
    await each.getByRole('button', { name: 'Edit' }).click();
  }
  await other.getByLabel('Partner organisation name').fill(theirs);
  await other.getByRole('button', { name: 'Save' }).click();
  await expect(other.getByRole('heading', { level: 1, name: theirs })).toBeVisible();

  const name = page.getByLabel('Partner organisation name');
  await name.fill(mine);
  await page.getByRole('button', { name: 'Save' }).click();
  const conflict = page.getByRole('alert', { name: /changed this organisation while you were editing/ });
  await expect(conflict).toBeFocused();
  await expect(conflict.getByRole('row', { name: /Partner organisation name/ })).toContainText(theirs);
  await expect(conflict.getByRole('row', { name: /Partner organisation name/ })).toContainText(mine);
  await expect(name).toHaveValue(mine);

  await page.getByRole('button', { name: 'Save over it' }).click();
  await expect(page.getByRole('heading', { level: 1, name: mine })).toBeVisible();
  await other.reload();
  await expect(other.getByRole('heading', { level: 1, name: mine })).toBeVisible();
});

test('of two edits, the second can be given up for what was saved', async ({ page, open, request, guard }) => {
  guard.expectStatus(409);
  const organisation = await createOrganisation(request);
  const theirs = unique('Theirs');
  await open(organisation.path);
  await page.getByRole('button', { name: 'Edit' }).click();
  await request.post('/actions/organisations/edit', {
    form: { id: organisation.id, version: '1', name: theirs, logo: '' },
  });
  await page.getByLabel('Partner organisation name').fill(unique('Mine'));
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('link', { name: 'Discard my changes' }).click();
  await expect(page.getByRole('heading', { level: 1, name: theirs })).toBeVisible();
});

test('a logo that does not load leaves the initials', async ({ page, open, request, guard }) => {
  guard.expectLostAnswers();
  const organisation = await createOrganisation(request, {
    name: unique('Quiet Xylophone'),
    logo: 'https://broken.example/logo.svg',
  });
  await page.route('https://broken.example/**', (route) => route.abort());
  await open(organisation.path);
  await expect(page.getByRole('main').getByText('QX')).toBeVisible();
});

test('an address of no organisation is a page not found', async ({ page, guard }) => {
  guard.expectStatus(404);
  for (const id of ['0198c2d1-0000-7000-8000-000000000000', 'nonsense']) {
    const answer = await page.goto(`/settings/profile/partners/${id}`);
    expect(answer?.status()).toBe(404);
    await expect(page.getByRole('heading', { level: 1, name: 'Page not found' })).toBeVisible();
  }
});
