/** How pages look and hold together where room, sight or the network are short: phones, large text, forced colours, paper. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildAndServe, type BuiltSite } from '../support/builtSite.ts';

/** Two threads, channels, C++ names of many lines and a dense flame graph. */
const RUN = 'gator-channels-t2';
const REPORTED = 'reported-rpi5-tinyllama';
const STORY = `---
title: A page with tables
run: ${RUN}
---

<FunctionsTable stage="decode" />

| Machine | Cores | Memory | Clock | Compiler | Kernel | Vectors | Measured |
| ------- | ----- | ------ | ----- | -------- | ------ | ------- | -------- |
| Neoverse-V1 | sixty-four | eight-channel | constant | aarch64-linux-gnu-gcc | distribution | scalable | yesterday |
`;

let captures: string;
let site: BuiltSite;
beforeAll(async () => {
  captures = await mkdtemp(join(tmpdir(), 'gemview-captures-'));
  for (const run of [RUN, REPORTED])
    await cp(join('captures', run), join(captures, run), { recursive: true });
  await mkdir(join(captures, 'stories'));
  await writeFile(join(captures, 'stories', 'tables.mdx'), STORY);
  site = await buildAndServe('/some/base/', { captures });
});
afterAll(async () => {
  await site?.close();
  await rm(captures, { recursive: true, force: true });
});

async function open(path: string, width: number, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await site.browser.newContext({
    viewport: { width, height: 900 },
    // Smooth scrolling would still be under way when places are measured.
    reducedMotion: 'reduce',
    bypassCSP: true,
    ...options,
  });
  const page = await context.newPage();
  await page.goto(`${site.server.address}${path}`);
  await page.waitForLoadState('networkidle');
  return page;
}

const height = async (element: Locator): Promise<number> => (await element.boundingBox())!.height;

/** Pixels that the page is wider than the window. */
const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

describe('a table whose other rows do not load', () => {
  const REST = '**/functions-rest.json';
  const rowsOf = (page: Page): Locator => page.locator('data-table[data-name="functions"] tbody tr');
  const said = (page: Page): Promise<string> => page.locator('.table-filter output').innerText();
  const sortBy = (page: Page, name: string): Promise<void> =>
    page
      .locator('data-table[data-name="functions"] th')
      .filter({ hasText: name })
      .getByRole('button')
      .click();

  it('says that it searches and sorts only the rows on the page, until they have loaded', async () => {
    const page = await open(`runs/${RUN}/functions/`, 1400);
    await page.route(REST, (route) => route.abort());
    await page.locator('.table-filter input').fill('std::');
    await expect
      .poll(() => said(page))
      .toBe('13 of 50 rows; the rows that the page leaves out could not be loaded');
    await page.locator('.table-filter input').fill('');
    await expect.poll(() => said(page)).toBe('');
    await sortBy(page, 'Image');
    await expect.poll(() => said(page)).toBe('the rows that the page leaves out could not be loaded');
    await page.unroute(REST);
    await page.locator('.table-filter input').fill('std::');
    await expect.poll(() => said(page)).toMatch(/^\d+ of 362 rows$/);
  });

  it('keeps its filter when an order loads them later', async () => {
    const page = await open(`runs/${RUN}/functions/`, 1400);
    await page.route(REST, (route) => route.abort());
    await page.locator('.table-filter input').fill('std::');
    await expect.poll(() => said(page)).toMatch(/^13 of 50 rows/);
    await page.unroute(REST);
    await sortBy(page, 'Image');
    await expect.poll(() => said(page)).toMatch(/^\d+ of 362 rows$/);
    const shown = await rowsOf(page).filter({ visible: true }).allTextContents();
    expect(shown.length).toBeGreaterThan(13);
    expect(shown.filter((text) => !text.toLowerCase().includes('std::'))).toEqual([]);
  });

  it('keeps its order when a filter loads them later', async () => {
    const page = await open(`runs/${RUN}/functions/`, 1400);
    await page.route(REST, (route) => route.abort());
    await sortBy(page, 'Function');
    await expect.poll(() => said(page)).not.toBe('');
    await page.unroute(REST);
    await page.locator('.table-filter input').fill('ggml');
    await expect.poll(() => said(page)).toMatch(/of 362 rows$/);
    const names = await rowsOf(page).locator('th').allTextContents();
    expect(names).toEqual(names.toSorted((a, b) => a.trim().localeCompare(b.trim())));
  });
});

describe('a phone', () => {
  it('names the run that is shown in the top bar', async () => {
    const page = await open(`runs/${RUN}/`, 320);
    const name = page.locator('.run-switcher summary span');
    expect(await name.innerText()).toContain('Tiny Qwen2, 2 threads');
    expect((await name.boundingBox())!.width).toBeGreaterThan(150);
  });

  it.each(['', `runs/${RUN}/`, `runs/${RUN}/call-paths/`, `runs/${REPORTED}/charts/rates/`])(
    'holds %j with text of twice the size',
    async (path) => {
      const page = await open(path, 320);
      await page.addStyleTag({ content: 'html { font-size: 200% }' });
      expect(await overflow(page)).toBe(0);
    },
  );

  it('gives the sentences of the checks against the log their room', async () => {
    const page = await open(`runs/${RUN}/method/`, 320);
    const cell = page.getByRole('region', { name: 'Log checks' }).locator('tbody td:last-child').first();
    expect((await cell.boundingBox())!.width).toBeGreaterThan(200);
  });

  it('scrolls tables in what people write by keyboard, those of gemview in their box', async () => {
    const page = await open('stories/tables/', 320);
    const own = page.getByRole('region', { name: 'functions' }).or(page.locator('.table-box')).first();
    expect(await own.locator('table').evaluate((table) => getComputedStyle(table).display)).toBe('table');
    const written = page.locator('table', { hasText: 'Neoverse-V1' });
    expect(await written.evaluate((table) => table.scrollWidth > table.clientWidth)).toBe(true);
    await expect.poll(() => written.getAttribute('tabindex')).toBe('0');
  });
});

describe('places to press', () => {
  it.each([
    [`runs/${RUN}/`, '.row-notes > a, .row-notes summary, copy-sentence button'],
    [`runs/${RUN}/call-paths/`, '.tree-long-name summary'],
  ])('of %s are as high as a finger needs', async (path, selector) => {
    const page = await open(path, 320);
    const heights = await page
      .locator(selector)
      .filter({ visible: true })
      .evaluateAll((elements) => elements.map((element) => element.getBoundingClientRect().height));
    expect(heights.length).toBeGreaterThan(0);
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(24);
  });
});

describe('the bar above charts over time', () => {
  it.each([1400, 700, 320])('moves nothing at %i pixels when a part is enlarged', async (width) => {
    const page = await open(`runs/${RUN}/timeline/`, width);
    const top = (): Promise<number> =>
      page
        .locator('figure')
        .first()
        .evaluate((figure) => figure.getBoundingClientRect().top + scrollY);
    const before = await top();
    await page.getByRole('button', { name: 'Prefill', exact: true }).click();
    await page.getByText('Tracks in columns of').waitFor();
    expect(Math.abs((await top()) - before)).toBeLessThanOrEqual(1);
  });
});

describe('the call tree', () => {
  it('draws the bar of a total right below it, however long the name is', async () => {
    const page = await open(`runs/${RUN}/call-paths/`, 1400);
    const gaps = await page.locator('.tree-row:has(svg)').evaluateAll((rows) =>
      rows
        .filter((row) => row.checkVisibility())
        .map((row) => {
          const total = row.children[1].getBoundingClientRect();
          return row.querySelector(':scope > svg')!.getBoundingClientRect().top - total.bottom;
        }),
    );
    expect(gaps.length).toBeGreaterThan(30);
    expect(Math.max(...gaps)).toBeLessThan(6);
  });

  it('stands beside it on a phone', async () => {
    const page = await open(`runs/${RUN}/call-paths/`, 320);
    const row = page.locator('.tree-row:has(svg)').first();
    const [total, self, bar] = await Promise.all(
      ['span:nth-child(2)', 'span:nth-child(3)', ':scope > svg'].map((part) =>
        row.locator(part).first().boundingBox(),
      ),
    );
    expect(bar!.x).toBeGreaterThan(total!.x + total!.width - 1);
    expect(bar!.y).toBeLessThan(total!.y + total!.height);
    expect(self!.x > bar!.x || self!.y > bar!.y).toBe(true);
  });
});

describe('a flame graph by keyboard', () => {
  it('begins with the widest function', async () => {
    const page = await open(`runs/${RUN}/call-paths/`, 1400);
    const first = page.locator('#chart-flame-graph .wide g[role="button"][tabindex="0"] title');
    expect(await first.innerHTML()).toMatch(/^_start · /);
  });
});

describe('a dense chart in an iframe', () => {
  it('is drawn for a narrow frame, and a file in a wide one', async () => {
    const page = await open(`embed/${RUN}/flame-graph/`, 320);
    const text = page.locator('svg text', { hasText: 'llama_decode' }).filter({ visible: true });
    expect(await height(text.first())).toBeGreaterThan(9);
    expect(await page.locator('img').filter({ visible: true }).count()).toBe(0);
    await page.setViewportSize({ width: 1000, height: 900 });
    await expect
      .poll(() => page.locator('img').evaluate((image: HTMLImageElement) => image.naturalWidth))
      .not.toBe(0);
    expect(await page.locator('svg').filter({ visible: true }).count()).toBe(0);
  });

  it('loads no picture that a narrow frame does not show', async () => {
    const page = await open(`embed/${RUN}/flame-graph/`, 320);
    const loaded = await page.evaluate(() =>
      performance.getEntriesByType('resource').map(({ name }) => name),
    );
    expect(loaded.filter((name) => name.endsWith('.svg') && name.includes('flame-graph'))).toEqual([]);
  });

  it.each(['flame-graph', 'tokens'])('has one heading and a main part: %s', async (chart) => {
    for (const width of [320, 1000]) {
      const page = await open(`embed/${RUN}/${chart}/`, width);
      expect(await page.getByRole('main').getByRole('heading', { level: 1 }).count()).toBe(1);
    }
  });
});

describe('colours of the system', () => {
  const forced: BrowserContextOptions = { forcedColors: 'active' };

  it('mark the chapter that is read, and no other', async () => {
    const page = await open(`runs/${RUN}/operators/`, 1400, forced);
    const borders = await page.locator('.rail .chapters a').evaluateAll((anchors) =>
      anchors.map((anchor) => {
        const { borderLeftColor } = getComputedStyle(anchor);
        return {
          isCurrent: anchor.hasAttribute('aria-current'),
          isSeen: borderLeftColor !== getComputedStyle(document.body).backgroundColor,
        };
      }),
    );
    expect(borders.filter(({ isCurrent, isSeen }) => isCurrent !== isSeen)).toEqual([]);
  });

  it('leave the colours that name stages and categories', async () => {
    const page = await open(`runs/${RUN}/operators/`, 1400, forced);
    const colours = await page
      .locator('.stage-name, .category')
      .evaluateAll((names) => names.map((name) => getComputedStyle(name, '::before').backgroundColor));
    expect(new Set(colours).size).toBeGreaterThan(4);
  });
});

describe('paper', () => {
  /** Widths of A4 between margins of 10 mm, in CSS pixels. */
  const UPRIGHT = 718;
  const LANDSCAPE = 1047;

  it.each([
    ['operators/', UPRIGHT],
    ['prefill-decode/', UPRIGHT],
    ['method/', UPRIGHT],
    ['functions/', LANDSCAPE],
    ['threads/', LANDSCAPE],
  ])('holds the tables of %s', async (chapter, width) => {
    const page = await open(`runs/${RUN}/${chapter}`, width);
    await page.emulateMedia({ media: 'print' });
    expect(await overflow(page)).toBe(0);
    const boxes = await page
      .locator('.table-box')
      .filter({ visible: true })
      .evaluateAll((all) =>
        all.map((box) => ({
          over: box.scrollWidth - box.clientWidth,
          isWide: getComputedStyle(box).getPropertyValue('page') === 'wide',
          breaksNumbers: [...box.querySelectorAll('td.number')].some(
            (cell) => getComputedStyle(cell).overflowWrap === 'anywhere',
          ),
        })),
      );
    expect(boxes.length).toBeGreaterThan(0);
    expect(boxes.filter(({ over, breaksNumbers }) => over > 1 || breaksNumbers)).toEqual([]);
    expect(boxes.some(({ isWide }) => isWide)).toBe(width === LANDSCAPE);
  });

  it('leaves out what only a screen can use', async () => {
    const page = await open(`runs/${RUN}/functions/`, LANDSCAPE);
    await page.emulateMedia({ media: 'print' });
    const arrow = await page
      .locator('.sort-button')
      .first()
      .evaluate((button) => getComputedStyle(button, '::after').display);
    expect(arrow).toBe('none');
  });
});

describe('a run of published figures', () => {
  it('does not explain a column of a table that is not there', async () => {
    const page = await open(`runs/${REPORTED}/method/`, 1400);
    expect(await page.getByText('What was counted').count()).toBeGreaterThan(0);
    expect(await page.getByText('“Ran” is the share').count()).toBe(0);
  });
});
