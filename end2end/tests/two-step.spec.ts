import type { Page } from '@playwright/test';
import { createHmac } from 'node:crypto';
import {
  NOBODY, OWN_PASSWORD, alive, arriveAt, chooseAction, createOrganisation, createUser, expect,
  firstSignInByRequest, installation, look, openPersonMenu, rowOf, signIn, signOut, summary, test,
} from './support';

/** What an authenticator app with this secret shows, so many time steps from now (RFC 6238). */
function code(secret: string, steps = 0): string {
  const bits = [...secret.replaceAll(' ', '').toUpperCase()]
    .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  const bytes = (bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac('sha1', Buffer.from(bytes)).update(counter).digest();
  const start = mac[mac.length - 1] & 15;
  return String((mac.readUInt32BE(start) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** moto takes the code of the moment alone: none is begun that may run out on its way. */
async function untilCodeLasts(): Promise<void> {
  const left = 30_000 - (Date.now() % 30_000);
  if (installation.identity !== 'cognito' || left > 12_000) return;
  await new Promise((resolve) => setTimeout(resolve, left + 500));
}

/** Sets an app up on the page that asks for it; returns its secret and the recovery codes. */
async function setUp(page: Page, shot?: () => Promise<void>): Promise<{ secret: string; codes: string[] }> {
  await expect(page.getByRole('heading', { level: 1, name: 'Set up two-step sign-in' })).toBeVisible();
  await expect(page.getByRole('img', { name: /^QR code/ })).toBeVisible();
  await shot?.();
  const secret = await page.locator('samp').innerText();
  await untilCodeLasts();
  await page.getByLabel('Code', { exact: true }).fill(code(secret));
  await page.getByRole('button', { name: 'Set up' }).click();
  const panel = page.getByRole('region', { name: 'Your recovery codes' });
  await expect(panel.locator('samp')).toHaveCount(10);
  return { secret, codes: await panel.locator('samp').allInnerTexts() };
}

async function giveCode(page: Page, typed: string): Promise<void> {
  await page.getByLabel('Code', { exact: true }).fill(typed);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** The page that asks for a code. */
const asks = { name: 'Enter your code' };

test.describe('an admin', () => {
  test.use({ storageState: NOBODY });
  // moto takes the code of the moment alone, and any number of times.
  const next = installation.identity === 'cognito' ? 0 : 1;

  test('sets two-step sign-in up, signs in with codes, and turns it off @cognito', async ({ page, open }, info) => {
    test.slow();
    const { adminEmail, adminPassword } = installation;
    await open('/sign-in');
    await signIn(page, adminEmail, adminPassword);
    await arriveAt(page, 'Partners');
    await openPersonMenu(page);
    await page.getByRole('link', { name: 'Two-step sign-in' }).click();
    await arriveAt(page, 'Two-step sign-in');
    await expect(page.getByRole('main')).toContainText('Off');
    await look(page, info, 'two-step-off');
    await page.getByRole('link', { name: 'Set up two-step sign-in' }).click();
    await page.getByRole('button', { name: 'Go on' }).click();
    await expect(summary(page, 'One thing needs mending')).toContainText('Enter your password.');
    await look(page, info, 'two-step-password');
    await page.getByLabel('Your password').fill('wrong');
    await page.getByRole('button', { name: 'Go on' }).click();
    await expect(summary(page, 'One thing needs mending')).toContainText('This password is wrong.');
    await alive(page);
    await page.getByLabel('Your password').fill(adminPassword);
    await page.getByRole('button', { name: 'Go on' }).click();
    const { secret, codes } = await setUp(page, async () => {
      await alive(page);
      await look(page, info, 'two-step-set-up');
    });
    await alive(page);
    await look(page, info, 'two-step-codes');
    await page.getByRole('link', { name: 'I have kept them' }).click();
    await arriveAt(page, 'Partners');

    await signOut(page);
    await signIn(page, adminEmail, adminPassword);
    await arriveAt(page, asks.name);
    await look(page, info, 'two-step-code');
    await giveCode(page, '12345');
    await expect(summary(page, 'One thing needs mending')).toContainText('This code is wrong');
    await alive(page);
    await untilCodeLasts();
    await giveCode(page, code(secret, next));
    await arriveAt(page, 'Partners');

    await signOut(page);
    await signIn(page, adminEmail, adminPassword);
    await arriveAt(page, asks.name);
    await giveCode(page, codes[0]);
    if (installation.identity === 'cognito') {
      // Cognito lets nobody past its own second step.
      await expect(page.getByText('Your recovery code was accepted')).toBeVisible();
      await alive(page);
      await signIn(page, adminEmail, adminPassword);
      await arriveAt(page, 'Partners');
      return;
    }
    await arriveAt(page, 'Partners');
    await open('/settings/two-step');
    await expect(page.getByRole('main')).toContainText('9 have not been used.');
    await look(page, info, 'two-step-on');
    await page.getByRole('link', { name: 'Turn off' }).click();
    await look(page, info, 'two-step-turn-off');
    await page.getByLabel('Your password').fill(adminPassword);
    await page.getByRole('button', { name: 'Turn off' }).click();
    await expect(page.getByText('Two-step sign-in is off.')).toBeVisible();
    await expect(page.getByRole('link', { name: 'Set up two-step sign-in' })).toBeVisible();
  });
});

test('a user whose organisation requires it is led through it, and an admin removes it', async ({
  page, open, newPerson, request,
}, info) => {
  test.slow();
  const organisation = await createOrganisation(request);
  const user = await createUser(request, organisation);
  const first = await newPerson();
  await firstSignInByRequest(first.request, user);
  await open(organisation.path);
  await page.getByRole('switch', { name: 'Its users have to sign in in two steps' }).check();
  await page.getByRole('region', { name: 'Two-step sign-in' }).getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByText('Saved. Its users have to sign in in two steps.')).toBeVisible();
  await look(page, info, 'organisation-two-step');

  const person = await newPerson();
  await open('/sign-in', person);
  await signIn(person, user.email, OWN_PASSWORD);
  await setUp(person);
  await alive(person);
  await look(person, info, 'partner-two-step-codes');
  await person.getByRole('link', { name: 'I have kept them' }).click();
  await expect(person).toHaveURL('/partner');

  await chooseAction(page, user.name, 'Remove two-step sign-in');
  const question = page.getByRole('dialog', { name: `Remove two-step sign-in of ${user.name}` });
  await expect(question).toBeVisible();
  await look(page, info, 'remove-two-step');
  await question.getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByText(`Two-step sign-in of ${user.name} is removed.`)).toBeVisible();
  await expect(rowOf(page, user.email)).toContainText('Active');
  await person.reload();
  await expect(person).toHaveURL(/\/sign-in/);
  await signIn(person, user.email, OWN_PASSWORD);
  await setUp(person);
  await alive(person);
  await person.getByRole('link', { name: 'I have kept them' }).click();
  await expect(person).toHaveURL('/partner');

  // The user's own page does it as well.
  await rowOf(page, user.email).getByRole('link', { name: user.name }).click();
  // What said so before is gone by now.
  await expect(page.getByText(`Two-step sign-in of ${user.name} is removed.`)).toHaveCount(0);
  await page.getByRole('button', { name: 'Remove two-step sign-in' }).click();
  await expect(page.getByText(`Two-step sign-in of ${user.name} is removed.`)).toBeVisible();
  await person.reload();
  await expect(person).toHaveURL(/\/sign-in/);
});

test('an admin says who has to sign in in two steps', async ({ page, open }) => {
  const section = page.getByRole('region', { name: 'Two-step sign-in' });
  const apply = async (who: string) => {
    await section.getByRole('radio', { name: who }).check();
    await section.getByRole('button', { name: 'Apply' }).click();
    await expect(page.getByText('Saved.', { exact: true })).toBeVisible();
  };
  await open('/settings/installation');
  await expect(section.getByRole('radio', { name: 'Nobody' })).toBeChecked();
  try {
    await apply('Admins');
    await page.reload();
    await alive(page);
    await expect(section.getByRole('radio', { name: 'Admins' })).toBeChecked();
  } finally {
    // The tests that follow sign in with a password alone.
    await open('/settings/installation');
    await apply('Nobody');
  }
});

test('two-step sign-in works without JavaScript @nojs', async ({ page, newPerson, request }) => {
  test.slow();
  const organisation = await createOrganisation(request);
  const user = await createUser(request, organisation);
  const first = await newPerson();
  await firstSignInByRequest(first.request, user);
  await page.goto(organisation.path);
  await page.getByRole('switch', { name: 'Its users have to sign in in two steps' }).check();
  await page.getByRole('region', { name: 'Two-step sign-in' }).getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByText('Saved. Its users have to sign in in two steps.')).toBeVisible();

  const person = await newPerson();
  await person.goto('/sign-in');
  await signIn(person, user.email, OWN_PASSWORD);
  const { secret } = await setUp(person);
  await person.getByRole('link', { name: 'I have kept them' }).click();
  await expect(person).toHaveURL('/partner');
  await signOut(person);
  await signIn(person, user.email, OWN_PASSWORD);
  await expect(person.getByRole('heading', asks)).toBeVisible();
  await giveCode(person, code(secret, 1));
  await expect(person).toHaveURL('/partner');

  await page.goto(organisation.path);
  await chooseAction(page, user.name, 'Remove two-step sign-in');
  await page.getByRole('dialog', { name: `Remove two-step sign-in of ${user.name}` }).getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByText(`Two-step sign-in of ${user.name} is removed.`)).toBeVisible();
});
