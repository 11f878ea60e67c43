import { readFileSync } from 'node:fs';
import type { APIResponse } from '@playwright/test';
import { NOBODY, createOrganisation, expect, organisationForm, test } from './support';

/** Directives of the content security policy, by name. */
function policyOf(answer: APIResponse): Map<string, string> {
  const policy = answer.headers()['content-security-policy'] ?? '';
  return new Map(policy.split(';').map((directive) => {
    const [name, ...values] = directive.trim().split(/\s+/);
    return [name, values.join(' ')];
  }));
}

test('every answer carries the protecting headers', async ({ request }) => {
  const html = await (await request.get('/settings/profile/partners')).text();
  const script = /\/pkg\/[^"]+\.js/.exec(html)?.[0] ?? '';
  const style = /\/pkg\/[^"]+\.css/.exec(html)?.[0] ?? '';
  expect([script, style]).not.toContain('');
  const gets: [path: string, status: number][] = [
    ['/settings/profile/partners', 200], ['/settings/nowhere', 404], ['/nowhere', 404],
    [script, 200], [style, 200], ['/pkg/nothing.js', 404], ['/healthz', 200], ['/readyz', 200],
  ];
  const answers: [string, number, APIResponse][] = [];
  for (const [path, status] of gets) answers.push([path, status, await request.get(path)]);
  answers.push(['a refused form', 422, await request.post('/actions/organisations/create', { form: organisationForm({ name: '' }) })]);
  answers.push(['a method that is not there', 405, await request.put('/settings/profile/partners')]);
  answers.push(['a form that is too large', 413, await request.post('/actions/organisations/create', { form: organisationForm({ name: 'x'.repeat(70_000) }) })]);

  const references = new Set<string>();
  for (const [what, status, answer] of answers) {
    expect.soft(answer.status(), what).toBe(status);
    const headers = answer.headers();
    expect.soft(headers['x-content-type-options'], what).toBe('nosniff');
    expect.soft(headers['x-frame-options'], what).toBe('DENY');
    expect.soft(headers['referrer-policy'], what).toBe('same-origin');
    expect.soft(headers['cross-origin-opener-policy'], what).toBe('same-origin');
    expect.soft(headers['permissions-policy'], what).toContain('camera=()');
    expect.soft(headers['x-request-id'], what).toMatch(/^[0-9A-F]{12}$/);
    references.add(headers['x-request-id']);
    const policy = policyOf(answer);
    expect.soft(policy.get('default-src'), what).toBe("'none'");
    // Files, JSON and short texts need nothing at all.
    if (headers['content-type']?.startsWith('text/html')) {
      expect.soft(policy.get('script-src'), what).toMatch(/'nonce-[\w+/=-]{20,}'/);
      expect.soft(policy.get('style-src'), what).toBe("'self'");
    } else {
      expect.soft([policy.get('script-src'), policy.get('style-src')], what).toEqual([undefined, undefined]);
    }
    expect.soft(policy.get('frame-ancestors'), what).toBe("'none'");
    expect.soft(policy.get('base-uri'), what).toBe("'none'");
    expect.soft(headers['content-security-policy'], what).not.toMatch(/unsafe-inline|'unsafe-eval'/);
  }
  expect(references.size, 'one reference for each answer').toBe(answers.length);
});

test('scripts carry the nonce of their answer, which is new each time', async ({ request }) => {
  const nonces = new Set<string>();
  for (const path of ['/settings/profile/partners', '/settings/profile/partners', '/settings/nowhere']) {
    const answer = await request.get(path);
    const nonce = /'nonce-([^']+)'/.exec(policyOf(answer).get('script-src') ?? '')?.[1] ?? '';
    const html = await answer.text();
    const scripts = [...html.matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag);
    expect(scripts.length).toBeGreaterThan(0);
    for (const tag of scripts) expect.soft(tag).toContain(`nonce="${nonce}"`);
    expect.soft(html, 'inline styles').not.toMatch(/<[^>]+ style=|<style/);
    expect.soft(html, 'inline handlers').not.toMatch(/<[^>]+ on[a-z]+=/);
    nonces.add(nonce);
  }
  expect(nonces.size).toBe(3);
});

test('pages are not kept, files are', async ({ request }) => {
  const page = await request.get('/settings/profile/partners');
  expect(page.headers()['cache-control']).toBe('no-store');
  const wasm = /\/pkg\/[^"]+\.wasm/.exec(await page.text())?.[0] ?? '';
  const file = await request.get(wasm, { headers: { 'accept-encoding': 'br' } });
  expect(file.headers()['cache-control']).toContain('immutable');
  expect(file.headers()['content-type']).toBe('application/wasm');
  expect(file.headers()['content-encoding']).toBe('br');
});

test('cookies are kept from scripts and from other sites', async ({ adminState, baseURL }) => {
  const isSecure = baseURL?.startsWith('https:') ?? false;
  const { cookies } = JSON.parse(readFileSync(adminState, 'utf8'));
  const session = cookies.find(({ name }: { name: string }) => name.endsWith('partners_session'));
  expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/', secure: isSecure, expires: -1 });
  expect(session.name).toBe(isSecure ? '__Host-partners_session' : 'partners_session');
  expect(session.value.length).toBeGreaterThanOrEqual(43);
});

test('a post from another site is refused', async ({ request }) => {
  const organisation = await createOrganisation(request);
  const form = { id: organisation.id, version: '1', name: 'Taken over', logo: '' };
  const from: Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site', origin: 'https://elsewhere.example' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://elsewhere.example' },
    { origin: 'null' },
  ];
  for (const headers of from) {
    const answer = await request.post('/actions/organisations/edit', { form, headers });
    expect.soft(answer.status(), JSON.stringify(headers)).toBe(403);
    expect.soft(answer.headers()['x-request-id']).toMatch(/^[0-9A-F]{12}$/);
  }
  const read = await request.post('/actions/organisations/get', { data: { id: organisation.id } });
  expect((await read.json()).name).toBe(organisation.name);
  const own = await request.post('/actions/organisations/edit', {
    form, headers: { 'sec-fetch-site': 'same-origin' },
  });
  expect(own.status()).toBe(200);
});

test('an error tells the browser no internals', async ({ request }) => {
  const bodies = [
    await request.post('/actions/organisations/edit', { form: { id: 'nonsense', version: 'x' } }),
    await request.post('/actions/organisations/list', { data: { query: "'; DROP TABLE" } }),
    await request.post('/actions/nothing', { form: {} }),
  ];
  for (const answer of bodies) {
    expect.soft(answer.status()).toBeGreaterThanOrEqual(400);
    expect.soft(answer.status()).toBeLessThan(500);
    expect.soft(await answer.text()).not.toMatch(/serde|sqlx|panicked|src\/|expected|deserial/i);
  }
});

test.describe('signed in as nobody', () => {
  test.use({ storageState: NOBODY });

  test('an unknown session is nobody’s', async ({ request }) => {
    const answer = await request.get('/settings/profile/partners', {
      headers: { cookie: `partners_session=${'A'.repeat(43)}` }, maxRedirects: 0,
    });
    expect(answer.status()).toBe(302);
    expect(answer.headers().location).toMatch(/^\/sign-in\?next=/);
  });
});
