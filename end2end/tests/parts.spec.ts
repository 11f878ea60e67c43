import { createOrganisation, expect, isAlive, test, unique } from './support';

const PARTNERS = '/settings/profile/partners';
/** The part of the application with the pages of one organisation. */
const ORGANISATION = /\/pkg\/[^/]+\/split_organisation\.wasm$/;

test('a page whose part does not come is loaded whole and works', async ({ page, open, request, guard }) => {
  const organisation = await createOrganisation(request);
  await open(`${PARTNERS}?q=${organisation.id}`);
  guard.expectLostAnswers();
  guard.expectText(/^TypeError: Failed to fetch/);
  await page.route(ORGANISATION, (route) => route.abort());
  await page.getByRole('link', { name: organisation.name }).click();
  await expect(page).toHaveURL(organisation.path);
  await expect(page.getByRole('heading', { level: 1, name: organisation.name })).toBeVisible();
  expect(await isAlive(page)).toBe(false);

  // As it came from the server: with plain links and forms.
  const renamed = unique('Renamed');
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Partner organisation name').fill(renamed);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(organisation.path);
  await expect(page.getByRole('heading', { level: 1, name: renamed })).toBeVisible();
});

test('a first visit loads what its page needs and nothing else', async ({ page, open }) => {
  const loaded: string[] = [];
  page.on('response', (answer) => loaded.push(new URL(answer.url()).pathname));
  await open(PARTNERS);
  expect(loaded.some((path) => path.endsWith('split_partners.wasm'))).toBe(true);
  expect(loaded.filter((path) => /split_(organisation|sign_in|partner)\.wasm$/.test(path))).toEqual([]);
  // Each once: what is asked for early is what is used later.
  const modules = loaded.filter((path) => path.endsWith('.wasm'));
  expect(modules).toEqual([...new Set(modules)]);
});
