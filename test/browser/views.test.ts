/** How a page is read by keyboard, by ear and by address: the order of tables, boxes that scroll, what is announced. */
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildAndServe, type BuiltSite } from '../support/builtSite.ts';
import { watchPolicy } from '../support/policyViolations.ts';

const RUN = 'sim-qwen05b-t1';

let site: BuiltSite;
beforeAll(async () => {
  site = await buildAndServe('/some/base/', [RUN]);
});
afterAll(() => site?.close());

async function open(
  path: string,
  options: { width?: number; colorScheme?: 'light' | 'dark' } = {},
): Promise<{ page: Page; problems: string[] }> {
  const { width = 1400, colorScheme = 'light' } = options;
  const context = await site.browser.newContext({
    viewport: { width, height: 900 },
    colorScheme,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  const problems: string[] = [];
  await watchPolicy(page, problems);
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(`${site.server.address}runs/${RUN}/${path}`);
  return { page, problems };
}

/** The address of the page, asked of the page itself: it knows at once. */
async function address(page: Page): Promise<URL> {
  return new URL(await page.evaluate(() => location.href));
}

describe('the order of a table', () => {
  const rowNames = (table: Locator): Promise<string[]> => table.locator('tbody th').allInnerTexts();
  /** Values of a column, as the page holds them. */
  const values = (table: Locator, column: number): Promise<number[]> =>
    table
      .locator(`tbody tr > :nth-child(${column})`)
      .evaluateAll((cells) => cells.map((cell) => Number((cell as HTMLElement).dataset.v)));
  const isFalling = (numbers: readonly number[]): boolean =>
    numbers.every((number, row) => row === 0 || number <= numbers[row - 1]);

  it('is in the address, with Back, and opens with the address', async () => {
    const { page, problems } = await open('functions/');
    const table = page.locator('data-table[data-name="functions"] table');
    const header = table.getByRole('columnheader', { name: 'Decode self' });
    const asWritten = await rowNames(table);
    await header.getByRole('button').click();
    expect((await address(page)).search).toBe('?sort=functions.decode-self.down');
    expect(await header.getAttribute('aria-sort')).toBe('descending');
    await expect.poll(() => values(table, 4).then(isFalling)).toBe(true);
    // The rows that the page left out take part.
    expect((await rowNames(table)).length).toBeGreaterThan(asWritten.length);
    const sorted = await rowNames(table);
    await header.getByRole('button').click();
    expect((await address(page)).search).toBe('?sort=functions.decode-self.up');
    await page.goBack();
    expect(await header.getAttribute('aria-sort')).toBe('descending');
    await expect.poll(() => rowNames(table)).toEqual(sorted);
    await page.goBack();
    expect(await table.locator('th[aria-sort]').count()).toBe(0);
    await expect.poll(async () => (await rowNames(table)).slice(0, asWritten.length)).toEqual(asWritten);
    expect((await address(page)).search).toBe('');

    await page.goto(`${site.server.address}runs/${RUN}/functions/?sort=functions.decode-self.down`);
    await expect.poll(() => rowNames(table)).toEqual(sorted);
    expect(await header.getAttribute('aria-sort')).toBe('descending');
    expect(problems).toEqual([]);
  });

  it('goes together with a filter over all rows', async () => {
    const { page, problems } = await open('functions/?q=ggml&sort=functions.self.down');
    const rows = page.locator('data-table[data-name="functions"] tbody tr');
    await page.waitForLoadState('networkidle');
    const texts = await rows.allTextContents();
    const matching = texts.filter((text) => text.toLowerCase().includes('ggml')).length;
    expect(texts.length).toBeGreaterThan(300);
    await expect.poll(() => rows.filter({ visible: true }).count()).toBe(matching);
    expect(await page.locator('.table-filter output').innerText()).toBe(
      `${matching} of ${texts.length} rows`,
    );
    expect(problems).toEqual([]);
  });

  it('stays that of two clicks while rows are loading', async () => {
    const { page } = await open('functions/');
    let send = (): void => undefined;
    const asked = new Promise<void>((resolve) => (send = resolve));
    await page.route('**/functions-rest.json', async (route) => {
      await asked;
      await route.continue();
    });
    const table = page.locator('data-table[data-name="functions"] table');
    const headerOf = (name: RegExp): Locator => table.locator('th[data-sort]').filter({ hasText: name });
    for (const name of [/^Decode self$/, /^Self$/]) await headerOf(name).getByRole('button').click();
    send();
    await expect.poll(() => table.locator('tbody tr').count()).toBeGreaterThan(300);
    const header = headerOf(/^Self$/);
    const column = await header.evaluate((cell) => [...cell.parentElement!.children].indexOf(cell) + 1);
    await expect.poll(() => values(table, column).then(isFalling)).toBe(true);
  });

  it('does not mind a part of the page that is no address', async () => {
    const { page, problems } = await open('functions/#fn-%E0%A4%A');
    await page.locator('th .sort-button').first().waitFor();
    expect(problems).toEqual([]);
  });

  it('is that of each table of a page, and leaves what else the address says', async () => {
    const { page, problems } = await open('timeline/?from=0&to=4&x=1');
    const [phases, calls] = ['phases', 'calls'].map((name) =>
      page.locator(`data-table[data-name="${name}"] table`),
    );
    await calls.getByRole('button', { name: 'Start' }).click();
    await phases.getByRole('button', { name: 'Length' }).click();
    const query = (await address(page)).searchParams;
    expect(query.getAll('sort')).toEqual(['calls.start.down', 'phases.length.down']);
    expect(query.get('x')).toBe('1');
    expect(query.get('to')).toBe('4');
    await page.reload();
    expect(isFalling(await values(calls, 3))).toBe(true);
    expect(isFalling(await values(phases, 5))).toBe(true);
    expect(problems).toEqual([]);
  });

  it.each(['functions.nothing.down', 'functions.self', 'other.self.up', 'functions.__proto__.up', ''])(
    'stays that of the page for an address that names none: %j',
    async (sort) => {
      const { page, problems } = await open(`functions/?sort=${sort}`);
      await page.waitForLoadState('networkidle');
      expect(await page.locator('th[aria-sort]').count()).toBe(0);
      expect(problems).toEqual([]);
    },
  );
});

describe('a function that a flame graph is zoomed in on', () => {
  it('is in the address, with Back, and opens with the address in both widths', async () => {
    const { page, problems } = await open('call-paths/?find=ggml');
    const cell = page
      .locator('#chart-flame-graph-decode .wide')
      .getByRole('button', { name: /^ggml_cpu_extra_compute_forward · / });
    const widthOf = async (): Promise<number> => Number(await cell.locator('rect').getAttribute('width'));
    const narrow = await widthOf();
    await cell.click();
    const zoomed = await widthOf();
    expect(zoomed).toBeGreaterThan(2 * narrow);
    const query = (await address(page)).searchParams;
    expect(query.get('zoom')).toMatch(/^decode\.\d+\.1\.ggml_cpu_extra_compute_forward$/);
    expect(query.get('find')).toBe('ggml');
    await page.reload();
    expect(await widthOf()).toBe(zoomed);
    // A window that became narrow shows the same.
    await page.setViewportSize({ width: 400, height: 900 });
    const inNarrow = page.locator('#chart-flame-graph-decode .narrow g[role="button"]', {
      hasText: /^ggml_cpu_extra_compute_forward · /,
    });
    expect(Number(await inNarrow.locator('rect').getAttribute('width'))).toBeGreaterThan(350);
    await page.setViewportSize({ width: 1400, height: 900 });
    await page.goBack();
    await expect.poll(widthOf).toBeCloseTo(narrow, 0);
    await page.goForward();
    await expect.poll(widthOf).toBe(zoomed);
    await cell.focus();
    await page.keyboard.press('Escape');
    expect(await widthOf()).toBeCloseTo(narrow, 0);
    expect((await address(page)).searchParams.has('zoom')).toBe(false);
    expect(problems).toEqual([]);
  });

  it.each(['decode.3.1.nothing', 'decode.1.99.main', 'decode', 'other.1.1.main', 'decode.1..'])(
    'is none for an address that names none: %j',
    async (zoom) => {
      const { page, problems } = await open(`call-paths/?zoom=${zoom}`);
      expect(await page.locator('#chart-flame-graph-decode g[display="none"]').count()).toBe(0);
      expect(problems).toEqual([]);
    },
  );
});

describe('what changes without moving the focus', () => {
  const announced = (page: Page): Promise<string | null> => page.locator('#announcements').textContent();

  it('is said once: what the search in flame graphs found, in those that are shown', async () => {
    const { page } = await open('call-paths/');
    expect(await page.locator('#announcements').getAttribute('role')).toBe('status');
    await page.getByLabel('Search functions').fill('ggml_vec_dot_q6_K');
    await expect
      .poll(() => announced(page))
      .toMatch(/^The run: [\d,]+ of .*; Prefill: [\d,]+ of .*; Decode: 878 of 1,612 samples, 54\.5\s%/);
    const cell = page.locator('#chart-flame-graph-decode .wide g[role="button"]').nth(5);
    await cell.focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => announced(page)).toMatch(/^Zoomed in on \S+/);
    await page.keyboard.press('Escape');
    await expect.poll(() => announced(page)).toBe('All functions shown');
    // The line that follows the pointer is not.
    expect(await page.locator('.flame-status[role], .flame-status[aria-live]').count()).toBe(0);
  });

  it('is said: copied, and the theme', async () => {
    const { page } = await open('method/');
    await page.locator('h2 a[data-copy]').first().click();
    await expect.poll(() => announced(page)).toBe('copied');
    await page.locator('theme-toggle button').click();
    await expect.poll(() => announced(page)).toBe('Theme: light');
  });
});

describe('a table that is wider than its box', () => {
  /** How light the right edge of the box is, of 255, below its header, and how light it is further in. */
  async function edgeLightness(page: Page, box: Locator): Promise<{ edge: number; inner: number }> {
    const place = (await box.boundingBox())!;
    const png = await page.screenshot({
      clip: { x: place.x + place.width - 120, y: place.y + 40, width: 118, height: 60 },
    });
    const blank = await page.context().newPage();
    const lightness = await blank.evaluate(async (data) => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const canvas = document.createElement('canvas');
      canvas.width = image.width;
      canvas.height = image.height;
      const context = canvas.getContext('2d')!;
      context.drawImage(image, 0, 0);
      // Most pixels of a column are ground, not letters.
      const ground = (x: number): number => {
        const { data: pixels } = context.getImageData(x, 0, 1, image.height);
        const lights = Array.from({ length: image.height }, (_, y) => pixels[4 * y + 1]).toSorted(
          (a, b) => a - b,
        );
        return lights[lights.length >> 1];
      };
      return { edge: ground(image.width - 2), inner: ground(image.width - 60) };
    }, png.toString('base64'));
    await blank.close();
    return lightness;
  }

  it.each(['light', 'dark'] as const)(
    'is shaded at the edge until its end is reached, in %s',
    async (colorScheme) => {
      const { page } = await open('functions/', { width: 700, colorScheme });
      const box = page.locator('data-table[data-name="functions"] .table-box');
      await box.scrollIntoViewIfNeeded();
      const before = await edgeLightness(page, box);
      expect(before.inner - before.edge).toBeGreaterThan(10);
      await box.evaluate((element) => (element.scrollLeft = element.scrollWidth));
      const after = await edgeLightness(page, box);
      expect(Math.abs(after.inner - after.edge)).toBeLessThan(4);
    },
  );

  it('is scrolled by keyboard; one that fits is no stop of it', async () => {
    const { page } = await open('functions/', { width: 700 });
    const box = page.locator('data-table[data-name="functions"] .table-box');
    await box.focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => box.evaluate((element) => element.scrollLeft)).toBeGreaterThan(0);
    const { page: wide } = await open('timeline/', { width: 1400 });
    const fits = wide.locator('data-table[data-name="phases"] .table-box');
    await expect.poll(() => fits.getAttribute('tabindex')).toBeNull();
    // On a narrower window it does not fit any more.
    await wide.setViewportSize({ width: 400, height: 900 });
    await expect.poll(() => fits.getAttribute('tabindex')).toBe('0');
  });
});

describe('the page of a chart', () => {
  it('is headed by what there is to see, once', async () => {
    const { page } = await open('charts/tokens/');
    const title = /110\sprompt tokens take/;
    expect(await page.locator('h1').innerText()).toMatch(title);
    expect(await page.locator('h2, h3', { hasText: title }).count()).toBe(0);
    expect(await page.locator('.chapter-head').innerText()).toMatch(/Chart tokens of chapter 2 Timeline/);
  });
});

describe('numbers of tables', () => {
  it('are dashes only with the reason, in every chapter', async () => {
    const { page } = await open('');
    for (const chapter of [
      'timeline',
      'prefill-decode',
      'call-paths',
      'functions',
      'operators',
      'threads',
      'method',
    ]) {
      await page.goto(`${site.server.address}runs/${RUN}/${chapter}/`);
      const bare = await page
        .locator('td.number, .tree-stage')
        .evaluateAll((cells) =>
          cells
            .filter((cell) => cell.textContent.trim() === '–' && !cell.querySelector('.absent[title]'))
            .map((cell) => cell.outerHTML),
        );
      expect(bare, chapter).toEqual([]);
    }
    await page.goto(`${site.server.address}runs/${RUN}/operators/`);
    // Which kernels a stage did not run is measured.
    expect(await page.locator('.operator-table td.number', { hasText: /^0\s%$/ }).count()).toBeGreaterThan(0);
    expect(await page.locator('.operator-table .absent').count()).toBe(0);
  });
});

describe('a page', () => {
  it('says once that one thread computes', async () => {
    const { page } = await open('threads/');
    const said = await page.locator('main').innerText();
    expect(said.match(/no thread waits for another/g)).toHaveLength(1);
    expect(await page.locator('main section').count()).toBeGreaterThan(1);
  });

  it('has no column of dashes', async () => {
    const { page } = await open('method/');
    const empty = await page.locator('table').evaluateAll((tables) =>
      tables.flatMap((table) => {
        const rows = [...(table as HTMLTableElement).tBodies].flatMap((body) => [...body.rows]);
        return [...(rows[0]?.cells ?? [])].flatMap((_, column) =>
          rows.every((row) => row.cells[column]?.textContent.trim() === '–')
            ? [(table as HTMLTableElement).tHead?.rows[0].cells[column].textContent.trim()]
            : [],
        );
      }),
    );
    expect(empty).toEqual([]);
  });

  it('keeps numbers of the call tree on one line', async () => {
    const { page } = await open('call-paths/');
    const self = page.locator('.tree-row > span:nth-child(3):visible').nth(3);
    const lines = await self.evaluate((span) => {
      // One of 20,785 samples.
      span.textContent = '0.00481\u00A0%';
      const range = document.createRange();
      range.selectNodeContents(span);
      return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
    });
    expect(lines).toBe(1);
  });
});
