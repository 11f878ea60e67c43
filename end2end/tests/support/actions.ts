import { expect, type APIRequestContext } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { installation, mailedPassword, setCognitoPassword, unique, uniqueEmail } from './installation';

/** A partner organisation that a test made. */
export interface Organisation {
  id: string;
  /** Path of its page. */
  path: string;
  name: string;
  zuora: string;
}

/** A partner user that a test made. */
export interface User {
  id: string;
  name: string;
  email: string;
  temporaryPassword: string;
}

/** Keeps every rule of both identity providers. */
export const OWN_PASSWORD = 'Lantern-9-meadow-quartz';

/** What the form *Create Partner* sends; `fields` replace or add some. */
export function organisationForm(fields: Record<string, string> = {}): Record<string, string> {
  return {
    creation_key: randomUUID(),
    name: unique('Organisation'),
    logo: '',
    zuora_account_id: installation.zuora ? 'PA-1002' : unique('A').replace(' ', ''),
    salesforce_account_id: '001D000000IRFma',
    invoice_owner: 'partner',
    // With a billing system several share an account that it knows.
    ...(installation.zuora ? { accept_duplicates: 'true' } : {}),
    ...fields,
  };
}

/** Creates an organisation as the form does, signed in as `request` is. */
export async function createOrganisation(
  request: APIRequestContext,
  fields: Record<string, string> = {},
): Promise<Organisation> {
  const form = organisationForm(fields);
  const answer = await request.post('/actions/organisations/create', { form, maxRedirects: 0 });
  expect(answer.status(), await answer.text()).toBeLessThan(400);
  const path = answer.headers().location;
  expect(path).toMatch(/^\/settings\/profile\/partners\/[0-9a-f-]{36}$/);
  return { id: path.split('/').pop() ?? '', path, name: form.name, zuora: form.zuora_account_id };
}

/**
 * Creates a user as the dialog does, and gets hold of the temporary password:
 * from the answer, from the mail, or by setting one where Cognito has it.
 */
export async function createUser(
  request: APIRequestContext,
  organisation: Organisation,
  fields: { name?: string; email?: string } = {},
): Promise<User> {
  const name = fields.name ?? unique('Ann');
  const email = fields.email ?? uniqueEmail('ann');
  const form = { organisation: organisation.id, creation_key: randomUUID(), name, email };
  const answer = await request.post('/actions/users/create', { form });
  expect(answer.status(), await answer.text()).toBe(200);
  const created = await answer.json();
  const temporaryPassword = created.temporary_password ?? (await sentPassword(request, organisation, email));
  await untilInvited(request, organisation, email);
  return { id: created.user.id, name, email, temporaryPassword };
}

/** Waits until the account is there: the answer to its creation waits for a moment only. */
async function untilInvited(request: APIRequestContext, organisation: Organisation, email: string): Promise<void> {
  await expect
    .poll(async () => {
      const data = { organisation: organisation.id };
      const users = await (await request.post('/actions/users/list', { data })).json();
      return users.find((user: { email: string }) => user.email === email)?.status;
    }, { timeout: 30_000 })
    .toBe('invited');
}

/** The temporary password that was not shown: mailed, or set here in Cognito's place. */
export async function sentPassword(
  request: APIRequestContext,
  organisation: Organisation,
  email: string,
): Promise<string> {
  if (installation.mailbox) return mailedPassword(email);
  await untilInvited(request, organisation, email);
  const password = 'Temporary-1-password';
  await setCognitoPassword(email, password);
  return password;
}

/** Signs in as the form does; counts against the limit on attempts from one address. */
export async function signInByRequest(
  request: APIRequestContext,
  email: string,
  password: string,
): Promise<void> {
  const answer = await request.post('/actions/sign-in', { form: { email, password }, maxRedirects: 0 });
  expect(answer.status(), await answer.text()).toBeLessThan(400);
}

/** Signs in with the temporary password and sets {@link OWN_PASSWORD}. */
export async function firstSignInByRequest(request: APIRequestContext, user: User): Promise<void> {
  await signInByRequest(request, user.email, user.temporaryPassword);
  const form = { new_password: OWN_PASSWORD };
  const answer = await request.post('/actions/set-first-password', { form, maxRedirects: 0 });
  expect(answer.status(), await answer.text()).toBeLessThan(400);
}

/** Turns the switch *This installation uses Salesforce*. */
export async function setUsesSalesforce(request: APIRequestContext, on: boolean): Promise<void> {
  const form: Record<string, string> = on ? { uses_salesforce: 'true' } : {};
  const answer = await request.post('/actions/installation/set-uses-salesforce', { form });
  expect(answer.status(), await answer.text()).toBe(200);
}
