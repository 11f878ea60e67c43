import {
  NOBODY, alive, arriveAt, expect, installation, look, signIn, signOut, summary, test, uniqueEmail,
} from './support';

test.use({ storageState: NOBODY });

const { adminEmail, adminPassword } = installation;
const WRONG = 'The email address or the password is wrong.';

test('an admin signs in and out @cognito', async ({ page, open }) => {
  await open('/sign-in');
  await expect(page).toHaveTitle('Sign in · Partners');
  await expect(page.getByLabel('Email address')).toBeFocused();
  await signIn(page, adminEmail.toUpperCase(), adminPassword);
  await expect(page).toHaveURL('/settings/profile/partners');
  await arriveAt(page, 'Partners');
  await expect(page.getByRole('banner')).toContainText('Administrator');

  await signOut(page);
  await expect(page).toHaveURL('/sign-in');
  await page.goto('/settings/profile/partners');
  await expect(page).toHaveURL('/sign-in?next=%2Fsettings%2Fprofile%2Fpartners');
});

test('Cognito’s own page is a button away @cognito', async ({ page, open, guard }, info) => {
  test.skip(installation.identity !== 'cognito', 'this installation has no such page');
  await open('/sign-in?next=%2Fsettings%2Foffers');
  await look(page, info, 'sign-in-hosted');
  // The stand-in for Cognito has no page there; how it goes on is in the Rust tests.
  guard.expectStatus(404);
  await page.getByRole('link', { name: 'Sign in with Cognito' }).click();
  await page.waitForURL('**/oauth2/authorize?*');
  const asked = new URL(page.url()).searchParams;
  expect(asked.get('response_type')).toBe('code');
  expect(asked.get('code_challenge_method')).toBe('S256');
  expect(asked.get('redirect_uri')).toMatch(/\/sign-in\/hosted\/callback$/);
});

test('a wrong password and an unknown address get the same answer', async ({ page, open }) => {
  for (const email of [adminEmail, uniqueEmail('nobody')]) {
    await open('/sign-in');
    await signIn(page, email, 'not the password at all');
    await expect(summary(page, 'One thing needs mending')).toContainText(WRONG);
    await alive(page);
    await expect(page).toHaveURL('/sign-in');
    await expect(page).toHaveTitle('Error: Sign in · Partners');
    await expect(page.getByLabel('Email address')).toHaveValue(email);
    const password = page.getByLabel('Password', { exact: true });
    await expect(password).toHaveValue('');
    await expect(password).toHaveAccessibleDescription(new RegExp(WRONG));
    await expect(password).toHaveAttribute('aria-invalid', 'true');
  }
});

test('what is missing is said beside the fields and above them', async ({ page, open }) => {
  await open('/sign-in');
  const email = page.getByLabel('Email address');
  const password = page.getByLabel('Password', { exact: true });
  await email.fill('ann');
  await password.focus();
  await expect(email).toHaveAccessibleDescription('Enter an email address such as name@example.com.');
  await expect(password).not.toHaveAttribute('aria-invalid', 'true');

  await email.fill('');
  await page.getByRole('button', { name: 'Sign in' }).click();
  const panel = summary(page, 'Two things need mending');
  await expect(panel).toBeFocused();
  await panel.getByRole('link', { name: 'Enter your password.' }).click();
  await expect(password).toBeFocused();
  await expect(password).toHaveAccessibleDescription('Enter your password.');
  await password.fill('something');
  await expect(password).not.toHaveAttribute('aria-invalid', 'true');
});

test('signing in leads back to the page that was asked for', async ({ page, open }) => {
  await open('/settings/profile/partners?q=acme&sort=created');
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await signIn(page, adminEmail, adminPassword);
  await expect(page).toHaveURL('/settings/profile/partners?q=acme&sort=created');
  await expect(page.getByLabel('Search name, ID or email')).toHaveValue('acme');

  // Somebody who is signed in has no use for the sign-in page.
  await page.goto('/sign-in');
  await expect(page).toHaveURL('/settings/profile/partners');
});

test('signing in leads to no other host', async ({ page, open }) => {
  await open('/sign-in?next=https%3A%2F%2Felsewhere.example%2F');
  await signIn(page, adminEmail, adminPassword);
  await expect(page).toHaveURL('/settings/profile/partners');
});
