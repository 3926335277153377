/** In Chromium nothing of any kind of page is refused by the page's own policy. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildAndServe, type BuiltSite } from '../support/builtSite.ts';
import { serveForeignPage } from '../support/foreignPage.ts';
import { watchPolicy } from '../support/policyViolations.ts';
import { publishedCaptures } from '../support/publishedCaptures.ts';
import { pagesOf } from '../support/publishedPage.ts';

const BASE = '/docs/';

let site: BuiltSite;
beforeAll(async () => {
  site = await buildAndServe(BASE, { captures: join(publishedCaptures(), 'captures') });
});
afterAll(() => site?.close());

/** Uses what a page offers: the theme, everything that opens, sorting. */
async function use(page: Page): Promise<void> {
  const toggle = page.locator('theme-toggle button');
  for (let click = 0; click < 3 && (await toggle.count()) > 0; click++) await toggle.click();
  await page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = true;
    for (const button of document.querySelectorAll<HTMLElement>('th button')) button.click();
  });
}

describe('a walk over every kind of page', () => {
  it('meets no violation of a policy, no dialog and no error', async () => {
    const context = await site.browser.newContext();
    const page = await context.newPage();
    const problems: string[] = [];
    await watchPolicy(page, problems);
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => {
      problems.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    // One chart stands for all, but for the run whose names want to break out.
    const pages = pagesOf(site.folder).filter(
      (path) =>
        !path.startsWith('runs/log/') &&
        (!/^embed\/|\/charts\//.test(path) || /\/tokens\/|^runs\/hostile\//.test(path)),
    );
    for (const path of pages) {
      await page.goto(site.server.address + path.replace(/index\.html$/, ''));
      if (path.includes('/former/')) await page.waitForURL((url) => !url.pathname.includes('/former/'));
      await use(page);
      expect(problems, path).toEqual([]);
    }
    expect(pages.length).toBeGreaterThan(30);
    const missing = await page.goto(`${site.server.address}runs/nothing/`);
    expect(missing?.status()).toBe(404);
    await use(page);
    // Chromium says so itself.
    expect(problems.filter((problem) => !problem.includes('status of 404'))).toEqual([]);
    await context.close();
  });

  it('would meet one where there is one', async () => {
    const host = await serveForeignPage(
      '<!doctype html><title>x</title><p style="color:red">a</p><script>1</script>',
      "default-src 'none'",
    );
    const context = await site.browser.newContext();
    const page = await context.newPage();
    const problems: string[] = [];
    await watchPolicy(page, problems);
    await page.goto(host.address);
    await expect.poll(() => problems).toHaveLength(2);
    expect(problems.map((problem) => problem.split(' ')[1]).sort()).toEqual([
      'script-src-elem',
      'style-src-attr',
    ]);
    await context.close();
    await host.close();
  });
});
