import { OWN_PASSWORD, createOrganisation, createUser, expect, firstSignInByRequest, look, NOBODY, test } from './support';

const suspends = (name: string) => ({ name: `Suspend ${name}` });

test('an admin suspends an organisation and reactivates it', async ({ page, open, request }, info) => {
  test.slow();
  const organisation = await createOrganisation(request);
  await open(organisation.path);
  await page.getByRole('button', { name: 'Suspend', exact: true }).click();
  const dialog = page.getByRole('dialog', suspends(organisation.name));
  await expect(dialog).toBeVisible();
  await look(page, info, 'suspend-dialog');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(page.getByText('Suspended since')).toHaveCount(0);

  await page.getByRole('button', { name: 'Suspend', exact: true }).click();
  await dialog.getByRole('button', { name: 'Suspend' }).click();
  // What was done is said for some seconds only.
  await expect(page.getByRole('status').filter({ hasText: `${organisation.name} is suspended.` })).toBeVisible();
  await expect(page.getByRole('heading', { name: /^Suspended since/ })).toBeVisible();
  await expect(dialog).toBeHidden();
  await look(page, info, 'organisation-suspended');

  await open(`/settings/profile/partners?q=${organisation.id}`);
  await expect(page.getByRole('row').filter({ hasText: organisation.name })).toContainText('Suspended');
  await open(organisation.path);
  await page.getByRole('button', { name: 'Reactivate' }).click();
  await expect(page.getByRole('heading', { name: /^Suspended since/ })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Suspend', exact: true })).toBeVisible();
});

test('whoever belongs to a suspended organisation is told whom to ask', async ({ playwright, baseURL, page, open, request, newPerson }) => {
  const organisation = await createOrganisation(request);
  const user = await createUser(request, organisation);
  const nobody = await playwright.request.newContext({ baseURL, storageState: NOBODY });
  await firstSignInByRequest(nobody, user);
  await open(organisation.path);
  await page.getByRole('button', { name: 'Suspend', exact: true }).click();
  await page.getByRole('dialog', suspends(organisation.name)).getByRole('button', { name: 'Suspend' }).click();
  await expect(page.getByRole('heading', { name: /^Suspended since/ })).toBeVisible();

  const partner = await newPerson();
  await open('/sign-in', partner);
  await partner.getByLabel('Email address').fill(user.email);
  await partner.getByLabel('Password', { exact: true }).fill(OWN_PASSWORD);
  await partner.getByRole('button', { name: 'Sign in' }).click();
  await expect(partner.getByRole('alert')).toContainText(`${organisation.name} is suspended`);
  await nobody.dispose();
});

test('without JavaScript an organisation is suspended too @nojs', async ({ page, request }) => {
  const organisation = await createOrganisation(request);
  await page.goto(organisation.path);
  await page.getByRole('button', { name: 'Suspend', exact: true }).click();
  await page.getByRole('dialog', suspends(organisation.name)).getByRole('button', { name: 'Suspend' }).click();
  await expect(page.getByRole('heading', { name: /^Suspended since/ })).toBeVisible();
  await expect(page.getByText(`${organisation.name} is suspended.`)).toBeVisible();
  await page.getByRole('button', { name: 'Reactivate' }).click();
  await expect(page.getByRole('heading', { name: /^Suspended since/ })).toHaveCount(0);
});
