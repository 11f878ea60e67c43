import { createOrganisation, expect, isAlive, test, unique } from './support';

const PARTNERS = '/settings/profile/partners';
/** The part of the application with the settings beside the table. */
const SETTINGS = /\/pkg\/[^/]+\/split_settings\.wasm$/;

test('a page whose part does not come is loaded whole and works', async ({ page, open, request, guard }) => {
  const organisation = await createOrganisation(request);
  await open(`${PARTNERS}?q=${organisation.id}`);
  guard.expectLostAnswers();
  guard.expectText(/^TypeError: Failed to fetch/);
  await page.route(SETTINGS, (route) => route.abort());
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
  expect(loaded.filter((path) => /split_(settings|sign_in|partner)\.wasm$/.test(path))).toEqual([]);
  // Each once: what is asked for early is what is used later.
  const modules = loaded.filter((path) => path.endsWith('.wasm'));
  expect(modules).toEqual([...new Set(modules)]);
});

test('a first visit to the table costs no more than 300 kB', async ({ newPerson, open, adminState, request }) => {
  for (let made = 0; made < 25; made += 1) await createOrganisation(request);
  const page = await newPerson(adminState);
  const network = await page.context().newCDPSession(page);
  let bytes = 0;
  network.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  await network.send('Network.enable');
  await open(PARTNERS, page);
  await expect(page.getByRole('row')).toHaveCount(26);
  // Heads included, which a proxy with HTTP/2 makes smaller.
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBeLessThan(300_000);
});
