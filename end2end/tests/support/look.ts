import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page, type TestInfo } from '@playwright/test';
import { alive } from './guard';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const LOOKS = (['light', 'dark'] as const).flatMap((theme) =>
  [{ width: 1440, height: 900 }, { width: 390, height: 844 }].map((size) => ({ theme, size })));

async function violations(page: Page): Promise<string[]> {
  const { violations: all } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  return all.map(({ id, help, nodes }) =>
    `${id}: ${help}\n${nodes.map(({ target, failureSummary }) => `  ${target}: ${failureSummary}`).join('\n')}`);
}

/**
 * Looks at the page as it stands, in both themes, on a desktop and on a phone:
 * accessible, nothing beside the screen, and a picture for people to look at.
 * A `still` page is one without the application, which never comes to life.
 */
export async function look(page: Page, info: TestInfo, name: string, { still = false } = {}): Promise<void> {
  // Looking takes its own time, beside the test's.
  info.setTimeout(info.timeout + 30_000);
  if (!still) await alive(page);
  for (const { theme, size } of LOOKS) {
    await test.step(`${theme}, ${size.width} px`, async () => {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await page.setViewportSize(size);
      // What has the focus was in sight at the size before: whoever comes with
      // this one sees it too.
      await page.evaluate(() => {
        const focused = document.activeElement;
        if (focused !== document.body) focused?.scrollIntoView({ block: 'nearest' });
      });
      const path = join(info.project.outputDir, 'pages', `${name}-${theme}-${size.width}.png`);
      await page.screenshot({ path, fullPage: true, animations: 'disabled' });
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect.soft(width, `${name} at ${size.width} px is no wider`).toBeLessThanOrEqual(size.width);
      let found = await violations(page);
      if (found.length > 0) {
        // What the header covers a part of is whole a little further up.
        await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
        found = await violations(page);
      }
      expect.soft(found, `${name}, ${theme}, ${size.width} px`).toEqual([]);
    });
  }
}
