import { defineConfig, devices } from '@playwright/test';

/**
 * Run by `cargo xtask test`, which starts the server and sets BASE_URL. The
 * browser is the system's own Chromium; CHROMIUM names another.
 */
export default defineConfig({
  testDir: './tests',
  // The tests share one server and its first administrator.
  workers: 1,
  // Looking at a page in both themes and widths takes long on two busy cores,
  // and a machine that is slow for a moment is no fault of the product's.
  timeout: 120_000,
  expect: { timeout: 15_000 },
  fullyParallel: false,
  retries: 0,
  forbidOnly: !!process.env.CI,
  reporter: 'list',
  use: {
    ...devices['Desktop Chrome'],
    baseURL: process.env.BASE_URL,
    locale: 'en-GB',
    timezoneId: 'UTC',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        // Chromium's sandbox refuses to run as root, as CI does.
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'javascript', grepInvert: /@nojs/ },
    { name: 'no-javascript', grep: /@nojs/, use: { javaScriptEnabled: false } },
  ],
});
