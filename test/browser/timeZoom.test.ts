/** A part of the run's time, enlarged in all charts over time: by mouse, touch, keyboard, buttons and address. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/report/schema.ts';
import { buildAndServe, type BuiltSite } from '../support/builtSite.ts';
import { watchPolicy } from '../support/policyViolations.ts';

const RUN = 'sim-qwen05b-t1';
/** Where the time axis lies in a wide picture. */
const AXIS = { left: 152, right: 872 };

let site: BuiltSite;
let report: Report;
let context: BrowserContext;
beforeAll(async () => {
  site = await buildAndServe('/some/base/', [RUN]);
  report = JSON.parse(readFileSync(join(site.folder, `runs/${RUN}/report.json`), 'utf8')) as Report;
  context = await site.browser.newContext({
    viewport: { width: 1400, height: 1000 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
});
afterAll(() => site?.close());

const TIMELINE = `runs/${RUN}/timeline/`;
const CHART = `runs/${RUN}/charts/tokens/`;

async function open(path: string, of = context): Promise<{ page: Page; problems: string[] }> {
  const page = await of.newPage();
  const problems: string[] = [];
  await watchPolicy(page, problems);
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(site.server.address + path);
  return { page, problems };
}

const status = (page: Page): Promise<string> => page.locator('.time-bar [role="status"]').innerText();

/** The part that the address names, seconds; null for the whole run. Asked of the page itself: it knows at once. */
async function part(page: Page): Promise<[number, number] | null> {
  const query = new URLSearchParams(await page.evaluate(() => location.search));
  return query.has('from') ? [Number(query.get('from')), Number(query.get('to'))] : null;
}

/** Text of the time axis of a chart's wide picture, in seconds. */
async function ticks(page: Page, chart: string): Promise<number[]> {
  const texts = await page.locator(`#chart-${chart} .wide svg text`).allTextContents();
  return texts
    .filter((text) => /^[\d.]+\u00A0(?:ms|s)$/.test(text))
    .map((text) => Number.parseFloat(text) * (text.endsWith('ms') ? 1e-3 : 1));
}

/** Left end and width of the calls drawn in the strip, in pixels of the picture, with the stages' bands left out. */
function cells(page: Page): Promise<[number, number][]> {
  return page
    .locator('#chart-tokens .wide svg rect[height="26"]')
    .evaluateAll((rects) =>
      rects.map((rect): [number, number] => [
        Number(rect.getAttribute('x')),
        Number(rect.getAttribute('width')),
      ]),
    );
}

describe('a part of the time', () => {
  it('is enlarged by its address in all charts, with calls where they lie', async () => {
    const { tokens } = report;
    // From the middle of the second call to the middle of the third.
    const [from, to] = [1, 2].map((row) => Number(((tokens.startS[row] + tokens.endS[row]) / 2).toFixed(4)));
    const { page, problems } = await open(`${TIMELINE}?from=${from}&to=${to}`);
    await expect.poll(() => status(page)).toMatch(/nothing finer is kept/);
    const x = (timeS: number): number =>
      AXIS.left + ((timeS - from) / (to - from)) * (AXIS.right - AXIS.left);
    const drawn = await cells(page);
    expect(drawn).toHaveLength(2);
    expect(drawn[0][0]).toBeCloseTo(AXIS.left, 1);
    expect(drawn[0][0] + drawn[0][1] + 0.75).toBeCloseTo(x(tokens.endS[1]), 1);
    expect(drawn[1][0]).toBeCloseTo(x(tokens.startS[2]), 1);
    for (const chart of ['tokens', 'metric-tracks', 'thread-tracks']) {
      const labelled = await ticks(page, chart);
      expect(labelled.length, chart).toBeGreaterThan(3);
      expect(Math.min(...labelled), chart).toBeGreaterThanOrEqual(from - 1e-9);
      expect(Math.max(...labelled), chart).toBeLessThanOrEqual(to + 1e-9);
    }
    // Two calls lie in the part; the table below lists those.
    expect(await page.locator('[aria-label="Calls of llama_decode"] tbody tr:visible').count()).toBe(2);
    expect(problems).toEqual([]);
    await page.close();
  });

  it('shows the bins of the report, not values between them', async () => {
    const { startS, endS, bins, threadTracks } = report.timeline!;
    const binS = (endS - startS) / bins;
    // Ten bins, from bin 300 on.
    const { page } = await open(
      `runs/${RUN}/charts/thread-tracks/?from=${(startS + 300 * binS).toFixed(9)}&to=${(startS + 310 * binS).toFixed(9)}`,
    );
    await expect.poll(() => status(page)).toMatch(/Tracks in columns of 13\.6\sms: nothing finer is kept/);
    const path = await page
      .locator('#chart-thread-tracks .wide svg path[fill-opacity]')
      .first()
      .getAttribute('d');
    const ends = [...path!.matchAll(/H([\d.]+)/g)].map((match) => Number(match[1]));
    expect(ends).toEqual(Array.from({ length: 10 }, (_, bin) => AXIS.left + 72 * (bin + 1)));
    const tops = [...path!.matchAll(/V([\d.]+)H/g)].map((match) => Number(match[1]));
    const values = threadTracks[0].values.slice(300, 310).map((value) => value!);
    const largest = Math.max(...values);
    const base = Math.max(...[...path!.matchAll(/[MV][\d.]* ?(\d+)/g)].map((match) => Number(match[1])));
    expect(tops).toEqual(values.map((value) => Number((base - (44 * value) / largest).toFixed(1))));
    // The table has the bins that are drawn, none that only touches the part.
    expect(await page.locator('#chart-thread-tracks .chart-row tbody tr').count()).toBe(10);
    await page.close();
  });

  it('is dragged over with the mouse; Back, Forward and Escape lead out of it and in again', async () => {
    const { page, problems } = await open(TIMELINE);
    const whole = await cells(page);
    const picture = page.locator('#chart-tokens .wide svg');
    await picture.scrollIntoViewIfNeeded();
    const box = (await picture.boundingBox())!;
    const scale = box.width / 880;
    const at = (x: number): number => box.x + x * scale;
    await page.mouse.move(at(332), box.y + 20);
    await page.mouse.down();
    await page.mouse.move(at(500), box.y + 20, { steps: 4 });
    // All charts show what is being selected.
    expect(await page.locator('.wide .time-brush:visible').count()).toBeGreaterThan(2);
    await page.mouse.move(at(512), box.y + 20);
    await page.mouse.up();
    expect(await page.locator('.time-brush').count()).toBe(0);
    // 180 and 360 of 720 pixels: a quarter and half of the run.
    const { endS } = report.timeline!;
    expect((await part(page))![0]).toBeCloseTo(endS / 4, 1);
    expect((await part(page))![1]).toBeCloseTo(endS / 2, 1);
    await expect.poll(() => cells(page)).not.toEqual(whole);
    const zoomed = await cells(page);
    await page.goBack();
    await expect.poll(() => cells(page)).toEqual(whole);
    expect(await part(page)).toBeNull();
    await page.goForward();
    await expect.poll(() => cells(page)).toEqual(zoomed);
    await page.locator('#chart-tokens .chart-pictures').focus();
    await page.keyboard.press('Escape');
    await expect.poll(() => cells(page)).toEqual(whole);
    expect(await page.evaluate(() => location.search)).toBe('');
    // A click is no drag.
    await page.mouse.click(at(400), box.y + 20);
    expect(await part(page)).toBeNull();
    expect(problems).toEqual([]);
    await page.close();
  });

  it('is chosen and moved by keyboard', async () => {
    const { page, problems } = await open(TIMELINE);
    const { endS } = report.timeline!;
    const near = (from: number, to: number) => [expect.closeTo(from * endS, 2), expect.closeTo(to * endS, 2)];
    await page.locator('#chart-tokens .chart-pictures').focus();
    for (const [key, from, to] of [
      ['+', 0.25, 0.75],
      ['+', 0.375, 0.625],
      ['ArrowRight', 0.4375, 0.6875],
      ['ArrowLeft', 0.375, 0.625],
      ['End', 0.75, 1],
      ['Home', 0, 0.25],
      ['ArrowLeft', 0, 0.25],
      ['-', 0, 0.5],
    ] as const) {
      await page.keyboard.press(key);
      expect(await part(page), key).toEqual(near(from, to));
    }
    await page.keyboard.press('-');
    expect(await part(page)).toBeNull();
    // The focus stays where it was.
    await page.keyboard.press('+');
    expect(await part(page)).toEqual(near(0.25, 0.75));
    expect(problems).toEqual([]);
    await page.close();
  });

  it('is chosen by buttons: a stage, closer, away, the whole run', async () => {
    const { page } = await open(TIMELINE);
    const bar = page.getByRole('group', { name: 'Part of the run' });
    const decode = report.timeline!.bands.filter(({ stage }) => stage === 'decode');
    await bar.getByRole('button', { name: 'Decode', exact: true }).click();
    expect((await part(page))![0]).toBeCloseTo(decode[0].startS, 2);
    expect((await part(page))![1]).toBeCloseTo(decode.at(-1)!.endS, 2);
    const [from, to] = (await part(page))!;
    await bar.getByRole('button', { name: 'Zoom in' }).click();
    expect(await part(page).then((seen) => seen![1] - seen![0])).toBeCloseTo((to - from) / 2, 2);
    await bar.getByRole('button', { name: 'Whole run' }).click();
    expect(await part(page)).toBeNull();
    expect(await status(page)).toBe('');
    await page.close();
  });

  it('goes along with the link of a chart, and with a copied one', async () => {
    const { page } = await open(`${TIMELINE}?from=1.5&to=2.5`);
    await expect.poll(() => status(page)).toMatch(/^1\.\d+ s to 2\.\d+ s/);
    const link = page.locator('#chart-tokens a[data-view]');
    await Promise.all([page.waitForURL(`**/${CHART}**`), link.click()]);
    expect(await part(page)).toEqual([1.5, 2.5]);
    await expect.poll(() => ticks(page, 'tokens').then((labelled) => Math.min(...labelled))).toBe(1.6);
    await page.evaluate(() => {
      document.title = 'not loaded again';
      return navigator.clipboard.writeText('nothing');
    });
    await page.locator('#chart-tokens a[data-copy]').click();
    const copied = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
    await expect.poll(copied).toBe(`${site.server.address}${CHART}?from=1.500&to=2.500`);
    expect(await page.title()).toBe('not loaded again');
    await page.close();
  });

  it('has its own rows in the table of the chart', async () => {
    const { page } = await open(`${CHART}?from=1.5&to=2.5`);
    const { startS, endS } = report.tokens;
    const inPart = startS.filter((start, row) => start < 2.5 && endS[row] > 1.5).length;
    expect(inPart).toBeGreaterThan(0);
    expect(inPart).toBeLessThan(startS.length);
    const rows = page.locator('#chart-tokens .chart-row tbody tr');
    await expect.poll(() => rows.count()).toBe(inPart);
    await page.getByRole('button', { name: 'Whole run' }).click();
    await expect.poll(() => rows.count()).toBe(startS.length);
    await page.close();
  });

  it('is selected with a finger that moves sideways', async () => {
    const phone = await site.browser.newContext({ viewport: { width: 375, height: 800 }, hasTouch: true });
    const { page, problems } = await open(CHART, phone);
    const picture = page.locator('#chart-tokens .narrow svg');
    await picture.scrollIntoViewIfNeeded();
    const box = (await picture.boundingBox())!;
    const client = await phone.newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', x?: number): Promise<unknown> =>
      client.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: x === undefined ? [] : [{ x: box.x + x * box.width, y: box.y + 40 }],
      });
    await touch('touchStart', 0.25);
    for (const x of [0.3, 0.4, 0.5]) await touch('touchMove', x);
    await touch('touchEnd');
    const { endS } = report.timeline!;
    await expect.poll(async () => (await part(page))?.[0] ?? 0).toBeCloseTo(endS / 4, 0);
    expect((await part(page))![1]).toBeCloseTo(endS / 2, 0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    expect(problems).toEqual([]);
    await phone.close();
  });

  it.each(['?from=9&to=3', '?from=x&to=1', '?from=-4&to=-1', '?from=0&to=100', '?from=1e0&to=NaN'])(
    'is the whole run for an address that names none: %s',
    async (query) => {
      const { page, problems } = await open(CHART + query);
      await page.waitForLoadState('networkidle');
      expect(await status(page)).toBe('');
      expect(await cells(page)).toHaveLength(report.tokens.startS.length);
      expect(problems).toEqual([]);
      await page.close();
    },
  );

  it('says so when its data cannot be loaded, and shows the whole run', async () => {
    const page = await context.newPage();
    await page.route('**/report.json', (route) => route.abort());
    await page.goto(`${site.server.address}${CHART}?from=1&to=2`);
    await expect.poll(() => status(page)).toMatch(/could not be loaded: the charts show the whole run/);
    expect(await cells(page)).toHaveLength(report.tokens.startS.length);
    await page.close();
  });

  it('says so when the run was published anew, and shows the whole run', async () => {
    const { page, problems } = await open(CHART);
    await page.route('**/report.json', (route) =>
      route.fulfill({ json: { ...report, run: { ...report.run, contentHash: 'another' } } }),
    );
    await page.locator('.time-bar').getByRole('button', { name: 'Decode' }).click();
    await expect
      .poll(() => status(page))
      .toMatch(/another report of this run by now: the charts show the whole/);
    expect(await cells(page)).toHaveLength(report.tokens.startS.length);
    expect(problems).toEqual([]);
    await page.close();
  });

  it('is named on paper, without its buttons', async () => {
    const { page } = await open(`${CHART}?from=1&to=2`);
    await expect.poll(() => status(page)).toMatch(/^1\.000 s to 2\.000 s/);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.time-bar [role="status"]').isVisible()).toBe(true);
    expect(await page.locator('.time-bar button:visible').count()).toBe(0);
    await page.emulateMedia({ media: 'screen' });
    await page.getByRole('button', { name: 'Whole run' }).click();
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.time-bar').isVisible()).toBe(false);
    await page.close();
  });

  it('is not offered without a script', async () => {
    const plain = await site.browser.newContext({ javaScriptEnabled: false });
    const { page } = await open(`${TIMELINE}?from=1&to=2`, plain);
    expect(await page.locator('.time-bar').isVisible()).toBe(false);
    expect(await page.locator('#chart-tokens .wide svg').isVisible()).toBe(true);
    await plain.close();
  });
});
