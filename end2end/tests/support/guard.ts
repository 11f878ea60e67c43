import { expect, type BrowserContext, type ConsoleMessage, type Page } from '@playwright/test';

/** A picture that every logo's address answers with: the tests load nothing from elsewhere. */
const PICTURE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" fill="teal"/></svg>';

/**
 * Runs in the browser before the page's own scripts: says aloud what breaks the
 * content security policy.
 */
function watchPage(): void {
  document.addEventListener('securitypolicyviolation', (violation) => {
    console.error(`CSP report: ${violation.violatedDirective} ${violation.blockedURI}`);
  });
}

/**
 * Collects what no page may say: console errors and warnings (hydration and
 * reports of the content security policy among them) and uncaught errors.
 */
export class Guard {
  private readonly complaints: string[] = [];
  // Chromium says it some seconds after a page has loaded, which a busy machine
  // may need to start the application. That each part is asked for once, and not
  // before it is wanted, is in parts.spec.ts.
  private readonly expected: RegExp[] = [/was preloaded using link preload but not used/];

  /** Watches all pages of a context, present and future. */
  async watch(context: BrowserContext): Promise<void> {
    context.on('console', (message) => this.hear(message));
    context.on('weberror', (error) => {
      this.complaints.push(`uncaught: ${error.error().stack ?? error.error().message}`);
    });
    await context.addInitScript(watchPage);
    await context.route('https://**', (route) =>
      route.fulfill({ contentType: 'image/svg+xml', body: PICTURE }),
    );
  }

  /** From now on this test may see answers with this HTTP status, which Chromium logs. */
  expectStatus(status: number): void {
    this.expected.push(new RegExp(`^Failed to load resource: .* status of ${status} `));
  }

  /** From now on this test may see requests that get no answer. */
  expectLostAnswers(): void {
    this.expected.push(/^Failed to load resource: net::ERR_/);
  }

  /** From now on this test may see messages like this one. */
  expectText(pattern: RegExp): void {
    this.expected.push(pattern);
  }

  /** Fails where anything was said. */
  check(): void {
    expect(this.complaints, 'what the browser complained about').toEqual([]);
  }

  private hear(message: ConsoleMessage): void {
    if (!['error', 'warning', 'assert'].includes(message.type())) return;
    const text = message.text();
    if (this.expected.some((pattern) => pattern.test(text))) return;
    // Logos of invented hosts: a picture that the route above missed, because
    // the page asked for it before, has no host to come from.
    const isInvented = /^https:\/\/[a-z.]+\.example\//.test(message.location().url);
    if (isInvented && text.includes('ERR_NAME_NOT_RESOLVED')) return;
    this.complaints.push(`${message.type()}: ${text} (${message.location().url})`);
  }
}

/** Whether the page has come to life, as the application notes in the browser's timeline. */
export const isAlive = (page: Page): Promise<boolean> =>
  page.evaluate(() => performance.getEntriesByName('alive').length > 0);

/** Waits until the page has come to life; without JavaScript there is nothing to wait for. */
export async function alive(page: Page): Promise<void> {
  await page.waitForFunction(() => performance.getEntriesByName('alive').length > 0);
}
