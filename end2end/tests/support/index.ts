import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test as base, expect, type BrowserContext, type Page } from '@playwright/test';
import {
  createOrganisation,
  createUser,
  firstSignInByRequest,
  signInByRequest,
  type Organisation,
  type User,
} from './actions';
import { Guard, alive } from './guard';
import { installation } from './installation';

export { expect };
export * from './actions';
export * from './installation';
export { alive, isAlive } from './guard';
export * from './look';
export * from './pages';
export * from './selling';

/** A browser without cookies. */
export const NOBODY = { cookies: [], origins: [] };

/** A partner user who has signed in before, for tests that only look. */
export interface Partner {
  organisation: Organisation;
  user: User;
  /** File with the session's cookie. */
  state: string;
}

interface ForTests {
  /** What the browser complains about fails the test. */
  guard: Guard;
  /** A page of another person's browser, watched as well. */
  newPerson: (state?: string) => Promise<Page>;
  /** Opens a page and waits until it has come to life. */
  open: (path: string, on?: Page) => Promise<void>;
}

interface ForWorkers {
  /** File with the admin's session. */
  adminState: string;
  partner: Partner;
}

export const test = base.extend<ForTests, ForWorkers>({
  // Sign-ins from one address are limited: a run signs in once and the workers share it.
  adminState: [
    async ({ playwright }, use, worker) => {
      const { outputDir, use: options } = worker.project;
      const state = join(outputDir, '.state', 'admin.json');
      if (!existsSync(state)) {
        const request = await playwright.request.newContext({ baseURL: options.baseURL, storageState: NOBODY });
        // The program answers before it has made its first admin.
        await expect(() => signInByRequest(request, installation.adminEmail, installation.adminPassword))
          .toPass({ intervals: [1_000], timeout: 20_000 });
        await request.storageState({ path: state });
        await request.dispose();
      }
      await use(state);
    },
    { scope: 'worker' },
  ],

  partner: [
    async ({ playwright, adminState }, use, worker) => {
      const { outputDir, use: options } = worker.project;
      const { baseURL } = options;
      const file = join(outputDir, '.state', 'partner.json');
      if (!existsSync(file)) {
        const admin = await playwright.request.newContext({ baseURL, storageState: adminState });
        const organisation = await createOrganisation(admin);
        const user = await createUser(admin, organisation);
        // Nobody: signing in ends the session that was there before.
        const request = await playwright.request.newContext({ baseURL, storageState: NOBODY });
        await firstSignInByRequest(request, user);
        const state = join(outputDir, '.state', 'partner-session.json');
        await request.storageState({ path: state });
        await Promise.all([admin.dispose(), request.dispose()]);
        writeFileSync(file, JSON.stringify({ organisation, user, state }));
      }
      await use(JSON.parse(readFileSync(file, 'utf8')));
    },
    { scope: 'worker' },
  ],

  storageState: ({ adminState }, use) => use(adminState),

  // Sign-ins from one address are limited: every test comes from one of its own,
  // as a proxy in front would say.
  extraHTTPHeaders: async ({}, use, info) => {
    const digest = createHash('sha256').update(info.testId).digest();
    await use({ 'x-forwarded-for': `10.${digest[0]}.${digest[1]}.${digest[2]}` });
  },

  guard: async ({}, use) => {
    const guard = new Guard();
    await use(guard);
    guard.check();
  },

  context: async ({ context, guard }, use) => {
    await guard.watch(context);
    await use(context);
  },

  newPerson: async ({ browser, guard, contextOptions, javaScriptEnabled, baseURL }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (state) => {
      const context = await browser.newContext({
        ...contextOptions,
        baseURL,
        javaScriptEnabled,
        storageState: state ?? NOBODY,
      });
      contexts.push(context);
      await guard.watch(context);
      return context.newPage();
    });
    await Promise.all(contexts.map((context) => context.close()));
  },

  open: async ({ page, javaScriptEnabled }, use) => {
    await use(async (path, on = page) => {
      await on.goto(path);
      if (javaScriptEnabled) await alive(on);
    });
  },
});
