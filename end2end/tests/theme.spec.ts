import type { Page } from '@playwright/test';
import { expect, isAlive, openPersonMenu, test } from './support';

const PAGE = '/settings/profile/partners';

/** Lightness of the page's ground, 0 to 255. */
async function ground(page: Page): Promise<number> {
  return page.evaluate(() => {
    const canvas = document.createElement('canvas');
    const paint = canvas.getContext('2d');
    if (!paint) throw new Error('no canvas');
    const grounds = [document.body, document.documentElement].map((element) => getComputedStyle(element).backgroundColor);
    paint.fillStyle = grounds.find((colour) => colour !== 'rgba(0, 0, 0, 0)') ?? 'transparent';
    paint.fillRect(0, 0, 1, 1);
    return paint.getImageData(0, 0, 1, 1).data[1];
  });
}

async function choose(page: Page, theme: string): Promise<void> {
  await openPersonMenu(page);
  await page.getByRole('group', { name: 'Theme' }).getByRole('button', { name: theme }).click();
}

test('the switch changes the theme at once and is remembered', async ({ page, open }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await open(PAGE);
  expect(await ground(page)).toBeGreaterThan(200);
  await choose(page, 'Dark');
  await expect(page.getByRole('button', { name: 'Dark' })).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByRole('button', { name: 'System' })).toHaveAttribute('aria-pressed', 'false');
  await expect.poll(() => ground(page)).toBeLessThan(60);

  await open('/settings/installation');
  expect(await ground(page)).toBeLessThan(60);
  await choose(page, 'System');
  await expect.poll(() => ground(page)).toBeGreaterThan(200);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(() => ground(page)).toBeLessThan(60);
});

test('the chosen theme is right on the first paint', async ({ page, open }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await open(PAGE);
  await choose(page, 'Dark');
  // What the server sends is dark before any script has run.
  await page.route('**/pkg/**/*.js', (route) => route.fulfill({ contentType: 'text/javascript', body: 'export default async () => {}; export const hydrate = () => {};' }));
  await page.goto('/settings/installation');
  expect(await isAlive(page)).toBe(false);
  expect(await ground(page)).toBeLessThan(60);
});

test('the switch works without JavaScript and leads back to the page @nojs', async ({ page, request }) => {
  await page.goto('/settings/installation');
  await choose(page, 'Dark');
  await expect(page).toHaveURL('/settings/installation');
  await openPersonMenu(page);
  await expect(page.getByRole('button', { name: 'Dark' })).toHaveAttribute('aria-pressed', 'true');
  const html = await (await page.request.get('/sign-in')).text();
  expect(html).toMatch(/<html[^>]* data-theme="dark"/);
  expect(await (await request.get(PAGE)).text()).not.toMatch(/<html[^>]* data-theme="dark"/);
});
