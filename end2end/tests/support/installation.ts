import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';

/** The installation under test, as `cargo xtask test` describes it. */
export const installation = {
  /** `embedded` or `cognito`. */
  identity: process.env.IDENTITY ?? 'embedded',
  adminEmail: process.env.ADMIN_EMAIL ?? 'admin@example.com',
  adminPassword: process.env.ADMIN_PASSWORD ?? 'correct horse battery staple',
  /** Where the stand-in for Zuora listens; without it no billing system is connected. */
  zuora: process.env.ZUORA_BASE_URL,
  /** Where mails arrive as `.eml` files; without it the product shows what it would have mailed. */
  mailbox: process.env.IDENTITY === 'cognito' ? undefined : process.env.SMTP_DIR,
};

/** Whether an admin is shown temporary passwords, to hand them over. */
export const handsOver = installation.identity === 'embedded' && !installation.mailbox;

const run = Date.now().toString(36);
let made = 0;

// Programs that `cargo xtask test` needs itself.
const SQLITE = `
import sqlite3, sys
with sqlite3.connect(sys.argv[1], timeout=30) as database:
    database.execute(sys.argv[2])
`;

/** Changes the database under the running product: for what only days would bring. */
export function sql(statement: string): void {
  const database = process.env.DATABASE;
  if (!database) throw new Error('DATABASE is not set');
  if (database.startsWith('postgres:')) execFileSync('psql', ['--quiet', '--dbname', database, '--command', statement]);
  else execFileSync('python3', ['-c', SQLITE, database, statement]);
}

/** A text that no other test and no other run has. */
export function unique(label: string): string {
  made += 1;
  // The end keeps the twelfth from being a part of the hundred-and-twentieth.
  return `${label} ${run}${process.pid.toString(36)}x${made}x`;
}

/** An email address that no other test and no other run has. */
export function uniqueEmail(name: string): string {
  return `${unique(name).replaceAll(' ', '.').toLowerCase()}@partner.example`;
}

/** The text of a mail: headers off, transfer encoding undone. */
function textOf(mail: string): string {
  const end = mail.search(/\r?\n\r?\n/);
  const body = mail.slice(end).trim();
  const encoding = /^content-transfer-encoding:\s*(\S+)/im.exec(mail.slice(0, end))?.[1];
  if (encoding?.toLowerCase() === 'base64') return Buffer.from(body, 'base64').toString();
  if (encoding?.toLowerCase() !== 'quoted-printable') return body;
  const bytes = body
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

/** The headers of a mail, each on one line however long it is. */
const headersOf = (mail: string) =>
  mail.slice(0, mail.search(/\r?\n\r?\n/)).replace(/\r?\n[ \t]+/g, ' ');

/** All mails to this address, oldest first. */
function mailsTo(folder: string, email: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.eml'))
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .filter((mail) => new RegExp(`^to:.*${email.replaceAll('.', '\\.')}`, 'im').test(headersOf(mail)))
    .map(textOf);
}

/** Waits for the `number`th mail to this address and takes from it what `pattern` captures. */
export async function fromMail(email: string, pattern: RegExp, number = 1): Promise<string> {
  const folder = installation.mailbox;
  if (!folder) throw new Error('this installation has no mailbox');
  let found: string | undefined;
  await expect
    .poll(() => (found = mailsTo(folder, email)[number - 1]), { message: `mail to ${email}`, timeout: 30_000 })
    .toBeDefined();
  const match = pattern.exec(found ?? '');
  expect(match, `${pattern} in the mail: ${found}`).not.toBeNull();
  return match?.[1] ?? '';
}

const TEMPORARY = /Temporary password: (\S+)/;

/** The temporary password in the `number`th invitation to this address. */
export const mailedPassword = (email: string, number = 1) => fromMail(email, TEMPORARY, number);

/** Tells the stand-in for Zuora what to do. */
export async function zuora(method: string, path: string, body?: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${installation.zuora}${path}`, {
    method, headers, body: body && JSON.stringify(body),
  });
  expect(answer.ok, `${method} ${path}: ${answer.status} ${await answer.text()}`).toBe(true);
}

/** Asks the stand-in for Cognito, in Cognito's own JSON. */
async function cognito(action: string, body: object): Promise<Record<string, unknown>> {
  const endpoint = process.env.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER;
  if (!endpoint) throw new Error('AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER is not set');
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${action}`,
      authorization:
        'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=test',
    },
    body: JSON.stringify(body),
  });
  expect(answer.ok, `${action}: ${answer.status}`).toBe(true);
  const text = await answer.text();
  return text ? JSON.parse(text) : {};
}

/** Gives a Cognito account a temporary password that is known here; AWS would have mailed one. */
export async function setCognitoPassword(email: string, password: string): Promise<void> {
  let pool = process.env.COGNITO_USER_POOL_ID;
  if (!pool) {
    const pools = (await cognito('ListUserPools', { MaxResults: 10 })).UserPools as { Id: string }[];
    expect(pools, 'one user pool at the endpoint').toHaveLength(1);
    pool = pools[0].Id;
  }
  await cognito('AdminSetUserPassword', {
    UserPoolId: pool,
    Username: email,
    Password: password,
    Permanent: false,
  });
}
