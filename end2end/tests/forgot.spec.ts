import {
  NOBODY, arriveAt, createOrganisation, createUser, expect, firstSignInByRequest, fromMail,
  handsOver, installation, signIn, summary, test, uniqueEmail, type User,
} from './support';

test.use({ storageState: NOBODY });

test('where no mail is sent, the page says whom to ask', async ({ page, open }) => {
  test.skip(!handsOver, 'this installation sends mail');
  await open('/sign-in');
  await page.getByRole('link', { name: 'Forgot password?' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Forgot password' })).toBeVisible();
  await expect(page.getByRole('main')).toContainText('Ask the person who gave you access');
  await expect(page.getByRole('main').getByRole('textbox')).toHaveCount(0);
});

test.describe('where mail is sent', () => {
  test.skip(!installation.mailbox, 'this installation sends no mail');

  const CODE = /new password is (\d{8})/;
  const CHANGED = 'Harbour-7-violet-sparrow';

  test('a forgotten password is replaced with a code', async ({
    page, open, playwright, baseURL, adminState, newPerson,
  }) => {
    const admin = await playwright.request.newContext({ baseURL, storageState: adminState });
    const user: User = await createUser(admin, await createOrganisation(admin));
    await admin.dispose();
    const before = await newPerson();
    await firstSignInByRequest(before.request, user);

    await open('/sign-in');
    await page.getByRole('link', { name: 'Forgot password?' }).click();
    await arriveAt(page, 'Forgot password');
    await page.getByLabel('Email address').fill(user.email.toUpperCase());
    await page.getByRole('button', { name: 'Send code' }).click();
    await arriveAt(page, 'Set a new password');
    await expect(page.getByLabel('Code')).toBeFocused();
    // The invitation was the first mail.
    const code = await fromMail(user.email, CODE, 2);

    await page.getByLabel('Code').fill(code === '00000000' ? '11111111' : '00000000');
    await page.getByLabel('New password').fill(CHANGED);
    await page.getByRole('button', { name: 'Set password' }).click();
    await expect(summary(page, 'One thing needs mending')).toContainText('This code is wrong or has expired.');
    await arriveAt(page, 'Set a new password');
    await expect(page.getByLabel('Email address')).toHaveValue(/.+/);
    await expect(page.getByLabel('New password')).toHaveValue('');

    await page.getByLabel('Code').fill(code);
    await page.getByLabel('New password').fill(CHANGED);
    await page.getByRole('button', { name: 'Set password' }).click();
    await arriveAt(page, 'Sign in');
    await expect(page.getByRole('status').filter({ hasText: 'Your password is set.' })).toBeVisible();
    await signIn(page, user.email, CHANGED);
    await expect(page).toHaveURL('/partner');

    // A session from before the change has ended.
    await before.goto('/partner');
    await expect(before).toHaveURL(/\/sign-in/);
  });

  test('an unknown address gets the same answer and no mail', async ({ page, open }) => {
    const nobody = uniqueEmail('nobody');
    await open('/sign-in/forgot-password');
    await page.getByLabel('Email address').fill(nobody);
    await page.getByRole('button', { name: 'Send code' }).click();
    await arriveAt(page, 'Set a new password');
    await expect(page.getByRole('main')).toContainText(`If ${nobody} can sign in here, a code is on its way to it.`);
    await expect(page.getByLabel('Email address')).toHaveValue(nobody);
  });

  test('a code and a password are asked for', async ({ page, open }) => {
    await open('/sign-in/reset-password');
    await page.getByRole('button', { name: 'Set password' }).click();
    const panel = summary(page, 'Three things need mending');
    await expect(panel).toBeFocused();
    await panel.getByRole('link', { name: 'Enter the code from the newest email.' }).click();
    await expect(page.getByLabel('Code')).toBeFocused();
  });
});
