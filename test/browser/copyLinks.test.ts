/** What "copy link" and "copy as sentence" put into the clipboard of Chromium. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildAndServe, type BuiltSite } from '../support/builtSite.ts';

const RUN = 'perf-uprobe-t1';
/** Its title, and where it was recorded: nobody takes its numbers for those of hardware. */
const SAID_OF = ' (Tiny Qwen2, 1 thread, perf with a uprobe on llama_decode, emulated) ';

let site: BuiltSite;
let page: Page;
beforeAll(async () => {
  site = await buildAndServe('/some/base/', [RUN]);
  const context = await site.browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  page = await context.newPage();
});
afterAll(() => site?.close());

const run = (): string => `${site.server.address}runs/${RUN}/`;
const copied = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());

/** Opens a page with a question, which is no part of what is copied, and empties the clipboard. */
async function open(path: string): Promise<void> {
  await page.goto(`${run()}${path}?x=1`);
  await page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = true;
    return navigator.clipboard.writeText('nothing');
  });
}

describe('copy as sentence', () => {
  it.each(['finding-'])('takes sentence, numbers, run and whole address of a %s', async (kind) => {
    await open('');
    const items = page.locator(`[data-sentence][id^="${kind}"]`);
    expect(await items.count()).toBeGreaterThan(0);
    for (const item of await items.all()) {
      const id = await item.getAttribute('id');
      const button = item.locator('copy-sentence button');
      await button.click();
      await expect.poll(() => button.getAttribute('data-copied')).toBe('copied');
      const text = await copied();
      expect(text.endsWith(`${SAID_OF}${run()}#${id}`), text).toBe(true);
      const sentence = text.slice(0, text.lastIndexOf(SAID_OF));
      expect(sentence).not.toMatch(/[\n\t]| {2}|undefined|null/);
      const shown = (await item.textContent())!.replaceAll(/\s+/g, ' ');
      // Every number of the sentence is one that the page shows.
      const numbers = sentence.match(/\d+(?:[.,]\d+)*/g) ?? [];
      for (const number of numbers) expect(shown).toContain(number);
    }
  });
});

describe('copy link', () => {
  it.each([
    ['', '[id^="finding-"] a[data-copy]'],
    ['method/', 'h2 a[data-copy]'],
    ['functions/', 'td a[data-copy], th a[data-copy]'],
  ])('takes the whole address on %j', async (path, links) => {
    await open(path);
    const anchor = page.locator(links).first();
    const hash = await anchor.getAttribute('href');
    expect(hash).toMatch(/^#./);
    await anchor.click();
    await expect.poll(copied).not.toBe('nothing');
    const text = new URL(await copied());
    expect(`${text.origin}${text.pathname}${text.hash}`).toBe(`${run()}${path}${hash}`);
    // It leads to what it names.
    await page.goto(text.href);
    expect(await page.locator(`[id="${decodeURIComponent(hash!.slice(1))}"]`).count()).toBe(1);
  });
});
