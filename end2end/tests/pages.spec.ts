import {
  NOBODY, arriveAt, createOrganisation, createUser, expect, look, openCreateUser, rowOf, signIn,
  submitCreatePartner, test, chooseAction, handsOver, unique,
} from './support';

const LONG = `${'Vereinigte '.repeat(16)}شركة 🪐 ${unique('')}`.slice(0, 200);

test.describe('signed in as nobody', () => {
  test.use({ storageState: NOBODY });

  for (const [name, path] of [
    ['sign-in', '/sign-in'], ['forgot-password', '/sign-in/forgot-password'],
    ['reset-password', '/sign-in/reset-password'],
  ]) {
    test(`${name} looks right, also with errors`, async ({ page, open }, info) => {
      await open(path);
      await look(page, info, name);
      // Where no mail is sent, the page says so and has no form.
      if (name === 'forgot-password' && handsOver) return;
      await page.getByRole('main').getByRole('button').first().click();
      await expect(page.getByRole('alert')).toBeFocused();
      await look(page, info, `${name}-errors`);
    });
  }

  test('not found looks right', async ({ page, open, guard }, info) => {
    guard.expectStatus(404);
    await open('/nowhere');
    await look(page, info, 'not-found');
  });
});

test('the partners table looks right', async ({ page, open, request }, info) => {
  await createOrganisation(request, { name: LONG, logo: 'https://logos.example/wide.svg' });
  await createOrganisation(request, { salesforce_account_id: '' });
  await open('/settings/profile/partners');
  await look(page, info, 'partners');
  await open('/settings/profile/partners?invoice_owner=partner&q=no-such-thing');
  await look(page, info, 'partners-no-match');
});

test('Create Partner looks right, also with errors and a duplicate', async ({ page, open, request, guard }, info) => {
  guard.expectStatus(409);
  const other = await createOrganisation(request);
  await open('/settings/profile/partners/new');
  await look(page, info, 'create');
  await submitCreatePartner(page);
  await expect(page.getByRole('alert')).toBeFocused();
  await look(page, info, 'create-errors');
  await page.getByLabel('Partner organisation name').fill(other.name);
  await page.getByLabel('Zuora account ID').fill(other.zuora);
  await page.getByRole('radio', { name: 'End customer' }).check();
  await submitCreatePartner(page);
  await expect(page.getByRole('alert', { name: /looks the same/ })).toBeFocused();
  await look(page, info, 'create-duplicate');
});

test('an organisation looks right, with and without users', async ({ page, open, request }, info) => {
  const organisation = await createOrganisation(request, { name: unique(LONG.slice(0, 160)) });
  await open(organisation.path);
  await look(page, info, 'organisation-empty');
  const user = await createUser(request, organisation);
  const disabled = await createUser(request, organisation, { name: LONG });
  await request.post('/actions/users/set-enabled', { form: { user: disabled.id, enabled: 'false' } });
  await open(organisation.path);
  await expect(rowOf(page, disabled.email)).toContainText('Disabled');
  await look(page, info, 'organisation');
  await page.getByRole('button', { name: 'Edit' }).click();
  await look(page, info, 'organisation-edit');
  await page.getByRole('link', { name: 'Cancel' }).click();
  await chooseAction(page, user.name, 'Disable');
  await look(page, info, 'organisation-disable');
});

test('the dialog Create user looks right, also with errors', async ({ page, open, request }, info) => {
  await open((await createOrganisation(request)).path);
  const dialog = await openCreateUser(page);
  await look(page, info, 'create-user');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('alert')).toBeFocused();
  await look(page, info, 'create-user-errors');
});

test('a menu that is open looks right', async ({ page, open, request }, info) => {
  const organisation = await createOrganisation(request);
  const user = await createUser(request, organisation);
  await open(organisation.path);
  await page.getByRole('banner').locator('summary').click();
  await look(page, info, 'person-menu');
  await page.keyboard.press('Escape');
  await page.getByLabel(`Actions for ${user.name}`).click();
  await look(page, info, 'row-menu');
});

test('the installation looks right', async ({ page, open }, info) => {
  await open('/settings/installation');
  await expect(page.getByRole('main')).toContainText('Answers');
  await look(page, info, 'installation');
});

test('a page not found inside the settings looks right', async ({ page, open, guard }, info) => {
  guard.expectStatus(404);
  await open('/settings/nowhere');
  await look(page, info, 'settings-not-found');
});

test('the first password looks right, also with errors', async ({ open, request, newPerson }, info) => {
  const user = await createUser(request, await createOrganisation(request));
  const page = await newPerson();
  await open('/sign-in', page);
  await signIn(page, user.email, user.temporaryPassword);
  await arriveAt(page, 'Set a new password');
  await look(page, info, 'new-password');
  await page.getByRole('button', { name: 'Set password' }).click();
  await look(page, info, 'new-password-errors');
});

test('the partner’s page looks right', async ({ open, newPerson, partner, request }, info) => {
  await createUser(request, partner.organisation, { name: LONG });
  const page = await newPerson(partner.state);
  await open('/partner', page);
  await look(page, info, 'partner');
});
