import { randomUUID } from 'node:crypto';
import {
  OWN_PASSWORD, arriveAt, chooseAction, createOrganisation, createUser, expect,
  firstSignInByRequest, handsOver, installation, look, mailedPassword, openCreateUser, reloadedUntil,
  rowOf, sentPassword, setNewPassword, signIn, summary, takeShownPassword, test, unique, uniqueEmail,
} from './support';

test('an admin creates a user, who is invited @cognito', async ({ page, open, request }) => {
  const organisation = await createOrganisation(request);
  const [name, email] = [unique('Ann'), uniqueEmail('ann')];
  await open(organisation.path);
  const dialog = await openCreateUser(page);
  await expect(dialog).toHaveAccessibleName(`Create user in ${organisation.name}`);
  await expect(dialog.getByLabel('Name')).toBeFocused();
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Email address').fill(email.toUpperCase());
  await dialog.getByRole('button', { name: 'Save' }).click();
  if (handsOver) await takeShownPassword(page, name);
  else await expect(page.getByRole('status').filter({ hasText: email })).toBeVisible();
  await expect(dialog).toBeHidden();

  await expect(page.getByRole('columnheader')).toHaveText([
    'Name', 'Email', 'Status', 'Created', 'Last sign-in', 'Actions',
  ]);
  const row = rowOf(page, email);
  await expect(row.getByRole('rowheader')).toHaveText(`${name} Manager`);
  await expect(row).toContainText('Invited');
  await expect(row).toContainText('Never');
});

test('a temporary password is shown once', async ({ page, open, request }) => {
  test.skip(!handsOver, 'this installation mails temporary passwords');
  const organisation = await createOrganisation(request);
  const name = unique('Ann');
  await open(organisation.path);
  const dialog = await openCreateUser(page);
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Email address').fill(uniqueEmail('ann'));
  await dialog.getByRole('button', { name: 'Save' }).click();
  const password = await takeShownPassword(page, name);
  expect(await page.content()).not.toContain(password);
  const reloaded = await page.reload();
  expect(await reloaded?.text()).not.toContain(password);
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('the dialog says what is missing and keeps what was typed', async ({ page, open, request }) => {
  const organisation = await createOrganisation(request);
  await open(organisation.path);
  const dialog = await openCreateUser(page);
  const email = dialog.getByLabel('Email address');
  await email.fill('ann@nowhere');
  await dialog.getByLabel('Name').focus();
  await expect(email).toHaveAccessibleDescription(/Enter an email address such as/);
  await dialog.getByRole('button', { name: 'Save' }).click();
  const panel = summary(dialog, 'Two things need mending');
  await expect(panel).toBeFocused();
  await panel.getByRole('link', { name: 'Enter the person’s name.' }).click();
  await expect(dialog.getByLabel('Name')).toBeFocused();
  await expect(email).toHaveValue('ann@nowhere');
});

test('an email belongs to one user, however it is written', async ({ page, open, request, guard }) => {
  guard.expectStatus(422);
  const [first, second] = [await createOrganisation(request), await createOrganisation(request)];
  const taken = await createUser(request, first);
  await open(second.path);
  const dialog = await openCreateUser(page);
  await dialog.getByLabel('Name').fill('Somebody else');
  await dialog.getByLabel('Email address').fill(taken.email.toUpperCase());
  await dialog.getByRole('button', { name: 'Save' }).click();
  const email = dialog.getByLabel('Email address');
  await expect(email).toHaveAccessibleDescription(new RegExp(`${taken.email} already belongs to ${first.name}\\.`));
  await expect(email).toHaveValue(taken.email.toUpperCase());
  await dialog.getByRole('link', { name: `Open ${first.name}` }).click();
  await expect(page).toHaveURL(first.path);
  await expect(rowOf(page, taken.email)).toHaveCount(1);
});

test('a double click on Save creates one user', async ({ page, open, request }) => {
  const organisation = await createOrganisation(request);
  const [name, email] = [unique('Ann'), uniqueEmail('ann')];
  await open(organisation.path);
  const dialog = await openCreateUser(page);
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Email address').fill(email);
  await dialog.getByRole('button', { name: 'Save' }).dblclick();
  if (handsOver) await takeShownPassword(page, name);
  await expect(dialog).toBeHidden();
  await page.reload();
  await expect(rowOf(page, email)).toHaveCount(1);
});

test('Disable ends the open session, Enable lets the user in again', async ({
  page, open, newPerson, request,
}) => {
  const organisation = await createOrganisation(request);
  const user = await createUser(request, organisation);
  const person = await newPerson();
  await firstSignInByRequest(person.request, user);
  await open('/partner', person);
  await expect(person.getByRole('heading', { level: 1, name: organisation.name })).toBeVisible();

  await open(organisation.path);
  const row = rowOf(page, user.email);
  await expect(row).toContainText('Active');
  await expect(row).not.toContainText('Never');
  // Whoever has signed in looks after their own password.
  await expect(row.getByText('Resend invitation')).toHaveCount(0);
  await chooseAction(page, user.name, 'Disable');
  const question = page.getByRole('dialog', { name: `Disable ${user.name}` });
  await expect(question).toContainText('their open session ends with their next request');
  await question.getByRole('button', { name: 'Cancel' }).click();
  await expect(row).toContainText('Active');
  await chooseAction(page, user.name, 'Disable');
  await question.getByRole('button', { name: 'Disable' }).click();
  await expect(row).toContainText('Disabled');

  await person.reload();
  await expect(person).toHaveURL(/\/sign-in/);
  await signIn(person, user.email, OWN_PASSWORD);
  await expect(summary(person, 'One thing needs mending')).toContainText('password is wrong');

  await chooseAction(page, user.name, 'Enable');
  await expect(row).toContainText('Active');
  // The account follows a moment later.
  await expect(async () => {
    await open('/sign-in', person);
    await signIn(person, user.email, OWN_PASSWORD);
    await expect(person).toHaveURL('/partner', { timeout: 5_000 });
  }).toPass({ timeout: 40_000 });
});

test('Resend invitation replaces the temporary password', async ({ page, open, newPerson, request }) => {
  const organisation = await createOrganisation(request);
  const user = await createUser(request, organisation);
  await open(organisation.path);
  const row = rowOf(page, user.email);
  await expect(row).toContainText('Invited');
  await chooseAction(page, user.name, 'Resend invitation');
  const second = installation.mailbox
    ? await mailedPassword(user.email, 2)
    : await takeShownPassword(page, user.name);
  expect(second).not.toBe(user.temporaryPassword);
  await expect(row).toContainText('Invited');

  const person = await newPerson();
  // It is replaced a moment later; until then the first one opens.
  await expect(async () => {
    await open('/sign-in', person);
    await signIn(person, user.email, user.temporaryPassword);
    await expect(summary(person, 'One thing needs mending')).toContainText('password is wrong', { timeout: 5_000 });
  }).toPass({ timeout: 40_000 });
  await arriveAt(person, 'Sign in');
  await signIn(person, user.email, second);
  await arriveAt(person, 'Set a new password');
  await setNewPassword(person, OWN_PASSWORD);
  await expect(person).toHaveURL('/partner');
});

test('an address that takes no mail is told of, and tried again', async ({ page, open, request }, info) => {
  test.skip(!installation.mailbox, 'this installation sends no mail');
  const organisation = await createOrganisation(request);
  const [name, email] = [unique('Rita'), uniqueEmail('refused')];
  const form = { organisation: organisation.id, creation_key: randomUUID(), name, email };
  expect((await request.post('/actions/users/create', { form })).status()).toBe(200);
  await open(organisation.path);
  const refused = 'The mail server takes no mail for this address';
  await reloadedUntil(page, () => expect(rowOf(page, email)).toContainText(refused, { timeout: 1_000 }));
  await rowOf(page, email).getByRole('link', { name }).click();
  await arriveAt(page, name);
  await expect(page.getByRole('main')).toContainText('The last change to this user has failed.');
  await expect(page.getByRole('main')).toContainText(refused);
  await look(page, info, 'user-failed');
  await page.getByRole('button', { name: 'Retry' }).click();
  await expect(page.getByRole('status').filter({ hasText: `${name} is being set up again.` })).toBeVisible();
  await reloadedUntil(page, () => expect(page.getByRole('main')).toContainText(refused, { timeout: 1_000 }));
});

test('a user counts in the table of partners', async ({ page, open, request }) => {
  const organisation = await createOrganisation(request);
  for (const _ of [1, 2]) await createUser(request, organisation);
  await open(`/settings/profile/partners?q=${organisation.id}`);
  await expect(rowOf(page, organisation.name).getByRole('cell').nth(5)).toHaveText('2');
});

test('an invited user waits until the identity provider has the account @cognito', async ({ page, open, request }) => {
  const organisation = await createOrganisation(request);
  const email = uniqueEmail('ann');
  await open(organisation.path);
  const dialog = await openCreateUser(page);
  await dialog.getByLabel('Name').fill('Ann');
  await dialog.getByLabel('Email address').fill(email);
  await dialog.getByRole('button', { name: 'Save' }).click();
  if (handsOver) await takeShownPassword(page, 'Ann');
  else expect(await sentPassword(request, organisation, email)).not.toBe('');
  await expect(rowOf(page, email)).toContainText('Invited');
});
