import {
  NOBODY, OWN_PASSWORD, createOrganisation, createUser, expect, fillCreatePartner, handsOver,
  installation, namesInTable, openCreateUser, reloadedUntil, rowOf, sentPassword, setNewPassword,
  signIn, signOut, submitCreatePartner, summary, takeShownPassword, test, unique, uniqueEmail,
} from './support';

test.describe('from signing in to the partner’s page', () => {
  test.use({ storageState: NOBODY });

  test('the whole story works without JavaScript @nojs', async ({ page, newPerson, adminState, playwright, baseURL }) => {
    const [name, zuora] = [unique('Plain Telecom'), unique('A').replace(' ', '')];
    const [person, email] = [unique('Ann'), uniqueEmail('ann')];

    await test.step('sign in, at the second attempt', async () => {
      await page.goto('/settings/profile/partners');
      await signIn(page, installation.adminEmail, 'wrong');
      await expect(summary(page, 'One thing needs mending')).toContainText('The email address or the password is wrong.');
      await expect(page.getByLabel('Email address')).toHaveValue(installation.adminEmail);
      await signIn(page, installation.adminEmail, installation.adminPassword);
      await expect(page).toHaveURL('/settings/profile/partners');
    });

    await test.step('create an organisation, mending what is wrong', async () => {
      await page.getByRole('button', { name: 'Create Partner' }).click();
      await page.getByLabel('Partner organisation name').fill(name);
      await page.getByLabel('Logo (URL)').fill('http://acme.example/logo.png');
      await page.getByRole('radio', { name: 'End customer' }).check();
      await submitCreatePartner(page);
      const panel = summary(page, 'Two things need mending');
      await expect(panel).toBeFocused();
      await expect(page.getByLabel('Partner organisation name')).toHaveValue(name);
      await expect(page.getByLabel('Logo (URL)')).toHaveValue('http://acme.example/logo.png');
      await expect(page.getByLabel('Logo (URL)')).toHaveAccessibleDescription(/starts with https/);
      await expect(page.getByRole('radio', { name: 'End customer' })).toBeChecked();
      await panel.getByRole('link', { name: /Enter the Zuora account ID/ }).click();
      await expect(page.getByLabel('Zuora account ID')).toBeFocused();
      await page.getByLabel('Logo (URL)').fill('');
      await page.getByLabel('Zuora account ID').fill(zuora);
      await submitCreatePartner(page);
      await expect(page).toHaveURL(/\/settings\/profile\/partners\/[0-9a-f-]{36}$/);
      await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
      await expect(page.getByRole('status').filter({ hasText: `${name} was created.` })).toBeVisible();
    });

    const organisation = { id: page.url().split('/').pop() ?? '', path: new URL(page.url()).pathname, name, zuora };
    let password = '';
    await test.step('create a user, mending what is wrong', async () => {
      const dialog = await openCreateUser(page);
      await dialog.getByLabel('Name').fill(person);
      await dialog.getByLabel('Email address').fill('ann@nowhere');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await expect(summary(page, 'One thing needs mending')).toContainText('Enter an email address such as');
      await expect(dialog.getByLabel('Name')).toHaveValue(person);
      await expect(dialog.getByLabel('Email address')).toHaveValue('ann@nowhere');
      await dialog.getByLabel('Email address').fill(email);
      await dialog.getByRole('button', { name: 'Save' }).click();
      if (handsOver) password = await takeShownPassword(page, person);
      // A page without scripts stays as it was when the account was not there yet.
      await reloadedUntil(page, () => expect(rowOf(page, email)).toContainText('Invited', { timeout: 1_000 }));
      if (!handsOver) {
        const admin = await playwright.request.newContext({ baseURL, storageState: adminState });
        password = await sentPassword(admin, organisation, email);
        await admin.dispose();
      }
    });
    await signOut(page);

    const partner = await newPerson();
    await test.step('sign in as the user and set a password', async () => {
      await partner.goto('/sign-in');
      await signIn(partner, email, password);
      await expect(partner.getByRole('heading', { name: 'Set a new password' })).toBeVisible();
      await setNewPassword(partner, 'short');
      await expect(summary(partner, 'One thing needs mending')).toContainText(/at least \d+ characters/);
      await setNewPassword(partner, OWN_PASSWORD);
      await expect(partner).toHaveURL('/partner');
      await expect(partner.getByRole('heading', { level: 1, name })).toBeVisible();
      await expect(partner.getByRole('main')).toContainText(organisation.id);
      await expect(rowOf(partner, email)).toContainText('Active');
    });
    await signOut(partner);
    await partner.goto('/partner');
    await expect(partner).toHaveURL('/sign-in?next=%2Fpartner');
  });
});

test('the table is searched, filtered, sorted and paged without JavaScript @nojs', async ({ page, request }) => {
  const group = unique('plain');
  const names = Array.from({ length: 27 }, (_, number) => `${String(number).padStart(2, '0')} ${group}`);
  await Promise.all(names.map((name, number) =>
    createOrganisation(request, { name, invoice_owner: number === 3 ? 'end_customer' : 'partner' })));

  await page.goto('/settings/profile/partners?sort=created');
  await page.getByLabel('Search name, ID or email').fill(group);
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page).toHaveURL((url) => url.searchParams.get('q') === group && url.searchParams.get('sort') === 'created');
  await expect(page.getByRole('status').filter({ hasText: '27 partners' })).toBeVisible();
  await page.getByRole('link', { name: 'Partner', exact: true }).click();
  await expect(namesInTable(page)).toHaveText(names.slice(0, 25));
  await page.getByRole('link', { name: 'Next' }).click();
  await expect(namesInTable(page)).toHaveText(names.slice(25));
  await page.getByRole('link', { name: 'Previous' }).click();
  await expect(namesInTable(page)).toHaveText(names.slice(0, 25));
  await page.getByRole('link', { name: 'Partner', exact: true }).click();
  await expect(namesInTable(page).first()).toHaveText(names[26]);

  await page.getByLabel('Zuora invoice owner').selectOption('End customer');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(namesInTable(page)).toHaveText([names[3]]);
  await page.getByRole('link', { name: 'Remove filter Zuora invoice owner: End customer' }).click();
  await expect(namesInTable(page)).toHaveCount(25);
});

test('a duplicate is a warning without JavaScript @nojs', async ({ page, request }) => {
  const first = await createOrganisation(request);
  await page.goto('/settings/profile/partners/new');
  await fillCreatePartner(page, unique('Second'), first.zuora);
  await submitCreatePartner(page);
  const warning = page.getByRole('alert', { name: 'Another partner organisation looks the same' });
  await expect(warning.getByRole('link', { name: first.name })).toHaveAttribute('href', first.path);
  await expect(page.getByLabel('Zuora account ID')).toHaveValue(first.zuora);
  await page.getByLabel('Create it all the same').check();
  await submitCreatePartner(page);
  await expect(page).toHaveURL(/\/partners\/[0-9a-f-]{36}$/);
  await page.reload();
  await expect(page.getByRole('status').filter({ hasText: 'was created' })).toHaveCount(0);
});

test('an organisation is edited without JavaScript, and a conflict is told @nojs', async ({ page, request }) => {
  const organisation = await createOrganisation(request);
  const [theirs, mine] = [unique('Theirs'), unique('Mine')];
  await page.goto(organisation.path);
  await page.getByRole('button', { name: 'Edit' }).click();
  await request.post('/actions/organisations/edit', {
    form: { id: organisation.id, version: '1', name: theirs, logo: '' },
  });
  await page.getByLabel('Partner organisation name').fill(mine);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert', { name: /changed this organisation while you were editing/ })).toContainText(theirs);
  await expect(page.getByLabel('Partner organisation name')).toHaveValue(mine);
  await page.getByRole('button', { name: 'Save over it' }).click();
  await expect(page.getByRole('heading', { level: 1, name: mine })).toBeVisible();
});

test('a user is disabled and enabled without JavaScript @nojs', async ({ page, request }) => {
  const organisation = await createOrganisation(request);
  const user = await createUser(request, organisation);
  await page.goto(organisation.path);
  const row = rowOf(page, user.email);
  await page.getByLabel(`Actions for ${user.name}`).click();
  await row.getByRole('button', { name: 'Disable' }).click();
  const question = page.getByRole('dialog', { name: `Disable ${user.name}` });
  await question.getByRole('button', { name: 'Disable' }).click();
  await expect(row).toContainText('Disabled');
  await expect(question).toHaveCount(0);
  await page.getByLabel(`Actions for ${user.name}`).click();
  await row.getByRole('button', { name: 'Enable' }).click();
  await expect(row).toContainText('Invited');
});

test('an email in use is told with a link without JavaScript @nojs', async ({ page, request }) => {
  const [first, second] = [await createOrganisation(request), await createOrganisation(request)];
  const taken = await createUser(request, first);
  await page.goto(second.path);
  const dialog = await openCreateUser(page);
  await dialog.getByLabel('Name').fill('Somebody else');
  await dialog.getByLabel('Email address').fill(taken.email.toUpperCase());
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByLabel('Email address')).toHaveAccessibleDescription(new RegExp(`already belongs to ${first.name}`));
  await expect(dialog.getByLabel('Name')).toHaveValue('Somebody else');
  await dialog.getByRole('link', { name: `Open ${first.name}` }).click();
  await expect(page).toHaveURL(first.path);
});
