import { createOrganisation, expect, look, test } from './support';

// The file's name makes it the first: the other tests create organisations.
test('an installation without organisations says what to do', async ({ page, open, request }, info) => {
  const query = {
    search: '', invoice_owner: null, sort: 'Name', direction: 'Ascending', after: null, before: null,
  };
  const answer = await request.post('/actions/organisations/list', { data: { query } });
  expect(answer.status(), await answer.text()).toBe(200);
  test.skip((await answer.json()).total > 0, 'this installation has organisations already');

  await open('/settings/profile/partners');
  await expect(page.getByRole('heading', { name: 'No partner organisations yet' })).toBeVisible();
  await expect(page.getByRole('table')).toHaveCount(0);
  await look(page, info, 'partners-none');
  await page.getByRole('button', { name: 'Create the first partner' }).click();
  await expect(page).toHaveURL('/settings/profile/partners/new');
  await expect(page.getByRole('heading', { level: 1, name: 'Create Partner' })).toBeVisible();
});

test('an organisation without users says what to do', async ({ page, open, request }) => {
  const organisation = await createOrganisation(request);
  await open(organisation.path);
  await expect(page.getByRole('heading', { name: 'No users yet' })).toBeVisible();
  await expect(page.getByRole('table')).toHaveCount(0);
  await page.getByRole('button', { name: 'Create user' }).click();
  const dialog = page.getByRole('dialog', { name: `Create user in ${organisation.name}` });
  await expect(dialog).toBeVisible();
});
