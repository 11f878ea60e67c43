import { randomUUID } from 'node:crypto';
import {
  NOBODY, OWN_PASSWORD, arriveAt, createOrganisation, createUser, expect, rowOf, setNewPassword,
  signIn, signOut, summary, test, unique, uniqueEmail,
} from './support';

/** A page without what is new in every answer. */
const withoutKeys = (html: string) =>
  html
    .replace(/nonce="[^"]+"/g, 'nonce=""')
    .replace(/(creation_key\\?":\\?")[0-9a-f-]{36}/g, '$1');

test('a partner user signs in for the first time and sets a password @cognito', async ({
  open, newPerson, request,
}) => {
  const organisation = await createOrganisation(request, { logo: 'https://logos.example/acme.svg' });
  const user = await createUser(request, organisation);
  const colleague = await createUser(request, organisation, {
    name: unique('Ben'), email: uniqueEmail('ben'),
  });
  const page = await newPerson();
  await open('/sign-in', page);
  await signIn(page, user.email, user.temporaryPassword);
  await arriveAt(page, 'Set a new password');

  const rules = page.getByRole('main').getByRole('list').getByRole('listitem');
  const password = page.getByLabel('New password');
  await expect(password).toBeFocused();
  await expect(password).toHaveAccessibleDescription(/At least \d+ characters/);
  const unmet = rules.filter({ hasText: 'not met yet' });
  await expect(rules.first()).toContainText(/At least \d+ characters/);
  await password.pressSequentially('short');
  await expect(rules.first()).toContainText('not met yet');
  await page.getByRole('button', { name: 'Set password' }).click();
  await expect(summary(page, 'One thing needs mending')).toBeFocused();
  await expect(summary(page, 'One thing needs mending')).toContainText(/at least \d+ characters/);
  await password.fill(OWN_PASSWORD);
  await expect(unmet).toHaveCount(0);
  await page.getByLabel('Show password').check();
  await expect(password).toHaveAttribute('type', 'text');
  await setNewPassword(page, OWN_PASSWORD);

  await expect(page).toHaveURL('/partner');
  await arriveAt(page, organisation.name);
  await expect(page).toHaveTitle(`${organisation.name} · Partners`);
  await expect(page.getByRole('main')).toContainText(organisation.id);
  await expect(page.getByRole('main').locator('img[src="https://logos.example/acme.svg"]')).toBeVisible();
  await expect(page.getByRole('banner').getByRole('link', { name: organisation.name })).toBeVisible();
  await expect(page.getByRole('banner')).toContainText(user.name);
  await expect(page.getByRole('table', { name: `People of ${organisation.name} who can sign in` })).toBeVisible();
  await expect(rowOf(page, user.email)).toContainText('You');
  await expect(rowOf(page, user.email)).toContainText('Active');
  await expect(rowOf(page, colleague.email)).toContainText('Invited');
  await signOut(page);
});

test.describe('signed in as a partner user', () => {
  test.use({ storageState: ({ partner }, use) => use(partner.state) });

  test('the start page is the organisation’s', async ({ page, open, partner }) => {
    await open('/');
    await expect(page).toHaveURL('/partner');
    await expect(page.getByRole('heading', { level: 1, name: partner.organisation.name })).toBeVisible();
    await expect(page.getByRole('navigation', { name: 'Settings' })).toHaveCount(0);
  });

  test('admin URLs answer alike, whether or not something is there', async ({
    page, guard, partner, adminState, playwright, baseURL,
  }) => {
    guard.expectStatus(404);
    const admin = await playwright.request.newContext({ baseURL, storageState: adminState });
    const other = await createOrganisation(admin);
    await admin.dispose();
    const nothing = await page.request.get('/settings/nothing-of-this-name');
    expect(nothing.status()).toBe(404);
    const body = withoutKeys(await nothing.text());
    expect(body).toContain('Page not found');
    const paths = [
      '/settings', '/settings/profile', '/settings/profile/partners',
      '/settings/profile/partners?q=a', '/settings/profile/partners/new', '/settings/installation',
      other.path, `${other.path}?edit=1`, `${other.path}?create-user=1`, partner.organisation.path,
      `/settings/profile/partners/${randomUUID()}`, '/settings/profile/partners/nonsense',
    ];
    for (const path of paths) {
      const answer = await page.request.get(path, { maxRedirects: 0 });
      expect.soft(answer.status(), path).toBe(404);
      expect.soft(withoutKeys(await answer.text()), path).toBe(body);
    }
    await page.goto(other.path);
    await expect(page.getByRole('heading', { level: 1, name: 'Page not found' })).toBeVisible();
    await expect(page.getByText(other.name)).toHaveCount(0);
  });

  test('the admins’ functions answer alike, whether or not something is there', async ({
    request, partner,
  }) => {
    const asked = [partner.organisation.id, randomUUID()].map((id) =>
      request.post('/actions/organisations/get', { data: { id } }));
    const users = [partner.organisation.id, randomUUID()].map((organisation) =>
      request.post('/actions/users/list', { data: { organisation } }));
    const edits = [partner.organisation.id, randomUUID()].map((id) =>
      request.post('/actions/organisations/edit', { form: { id, version: '1', name: 'Mine', logo: '' } }));
    const disable = [partner.user.id, randomUUID()].map((user) =>
      request.post('/actions/users/set-enabled', { form: { user, enabled: 'false' } }));
    const answers = await Promise.all([...asked, ...users, ...edits, ...disable]);
    const bodies = new Set(await Promise.all(answers.map((answer) => answer.text())));
    expect(answers.map((answer) => answer.status())).toEqual(answers.map(() => 404));
    expect([...bodies]).toHaveLength(1);
  });
});

test('an admin has no partner page', async ({ page, guard, request }) => {
  guard.expectStatus(404);
  const answer = await page.goto('/partner');
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole('heading', { level: 1, name: 'Page not found' })).toBeVisible();
  expect((await request.post('/actions/partner/home', { data: {} })).status()).toBe(404);
});

test.describe('signed in as nobody', () => {
  test.use({ storageState: NOBODY });

  test('every page leads to sign-in, whether or not something is there', async ({ request, partner }) => {
    const paths = [
      '/partner', '/settings/installation', partner.organisation.path,
      `/settings/profile/partners/${randomUUID()}`, '/settings/nothing-of-this-name',
    ];
    for (const path of paths) {
      const answer = await request.get(path, { maxRedirects: 0 });
      expect.soft(answer.status(), path).toBe(302);
      expect.soft(answer.headers().location, path).toBe(`/sign-in?next=${encodeURIComponent(path)}`);
      expect.soft(await answer.text(), path).not.toContain(partner.organisation.name);
    }
  });

  test('every function but signing in asks to sign in', async ({ request, partner }) => {
    const answers = await Promise.all([
      request.post('/actions/organisations/get', { data: { id: partner.organisation.id } }),
      request.post('/actions/users/list', { data: { organisation: partner.organisation.id } }),
      request.post('/actions/partner/home', { data: {} }),
      request.post('/actions/installation/get', { data: {} }),
    ]);
    expect(answers.map((answer) => answer.status())).toEqual([401, 401, 401, 401]);
  });
});
