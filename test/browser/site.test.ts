import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHAPTERS } from '../../src/report/chapters.ts';
import { buildAndServe, type BuiltSite } from '../support/builtSite.ts';
import { pageWeight } from '../support/pageWeight.ts';
import { pagesOf } from '../support/publishedPage.ts';
import { watchPolicy } from '../support/policyViolations.ts';

const BASE = '/some/base/';
const RUN = 'gator-app-t1';
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let site: BuiltSite;
beforeAll(async () => {
  site = await buildAndServe(BASE);
});
afterAll(() => site?.close());

/** A page that writes down what must not happen. */
async function watchedPage(context: BrowserContext): Promise<{ page: Page; problems: string[] }> {
  const page = await context.newPage();
  const problems: string[] = [];
  const origin = new URL(site.server.address).origin;
  await watchPolicy(page, problems);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('requestfailed', (request) => problems.push(`failed: ${request.url()}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !url.startsWith('data:')) problems.push(`foreign: ${url}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
  });
  return { page, problems };
}

/** Violations of axe on the page as it stands, as `rule: selector`. */
async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { target: string[] }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.flatMap((violation) =>
      violation.nodes.map((node) => `${violation.id}: ${node.target.join(' ')}`),
    );
  });
}

const chapterPath = (id: string): string => (id === 'overview' ? `runs/${RUN}/` : `runs/${RUN}/${id}/`);
const pageTypes = ['', ...CHAPTERS.map((chapter) => chapterPath(chapter.id))];

describe('a reader', () => {
  it('walks from the home page through all chapters by the Next link', async () => {
    const context = await site.browser.newContext();
    const { page, problems } = await watchedPage(context);
    await page.goto(site.server.address);
    await page.locator(`main a[href$="/runs/${RUN}/"]`).first().click();
    const visited: string[] = [];
    for (const chapter of CHAPTERS) {
      visited.push(new URL(page.url()).pathname);
      expect(await page.locator('h1').count(), `headings of ${chapter.id}`).toBe(1);
      const next = page.locator('a[rel="next"]');
      if (chapter === CHAPTERS.at(-1)) expect(await next.count()).toBe(0);
      else await Promise.all([page.waitForURL('**/*'), next.first().click()]);
      await page.waitForLoadState('networkidle');
    }
    expect(visited).toEqual(CHAPTERS.map((chapter) => BASE + chapterPath(chapter.id)));
    expect(problems).toEqual([]);
    await context.close();
  });

  it('switches the theme by keyboard', async () => {
    const context = await site.browser.newContext({ colorScheme: 'light' });
    const { page } = await watchedPage(context);
    await page.goto(site.server.address);
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const before = await background();
    await page.locator('theme-toggle button').first().focus();
    // From the system's theme to light to dark.
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await expect.poll(background).not.toBe(before);
    await context.close();
  });

  it('finds the answer, the numbers and the tables without JavaScript', async () => {
    const context = await site.browser.newContext({ javaScriptEnabled: false });
    const { page, problems } = await watchedPage(context);
    for (const path of pageTypes) {
      await page.goto(site.server.address + path);
      expect((await page.locator('main').innerText()).length, path).toBeGreaterThan(300);
    }
    await page.goto(`${site.server.address}${chapterPath('functions')}`);
    expect(await page.locator('main').innerText()).toContain(
      'kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm',
    );
    await page.goto(`${site.server.address}${chapterPath('overview')}`);
    expect(await page.locator('main').innerText()).toMatch(/emulated/i);
    expect(problems).toEqual([]);
    await context.close();
  });
});

describe('call paths', () => {
  const PATH = 'runs/sim-qwen05b-t1/call-paths/';

  it('are searched in all flame graphs at once, by words that the address keeps', async () => {
    const context = await site.browser.newContext();
    const { page, problems } = await watchedPage(context);
    await page.goto(site.server.address + PATH);
    await page.getByLabel('Search functions').fill('ggml_vec_dot_q6_K');
    // The same numbers as in the table of functions.
    const decode = page.locator('#chart-flame-graph-decode .wide');
    await expect
      .poll(() => decode.locator('.flame-status').innerText())
      .toMatch(/^878 of 1,612 samples, 54\.5\s%/);
    expect(await decode.locator('g.is-dimmed').count()).toBeGreaterThan(10);
    await page.reload();
    expect(await page.getByLabel('Search functions').inputValue()).toBe('ggml_vec_dot_q6_K');
    expect(await decode.locator('.flame-status').innerText()).toMatch(/^878 of/);
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
    await context.close();
  });

  it('are zoomed in on by mouse, walked through by keyboard, and whole again with Escape', async () => {
    const context = await site.browser.newContext();
    const { page, problems } = await watchedPage(context);
    await page.goto(site.server.address + PATH);
    const graph = page.locator('#chart-flame-graph-decode .wide');
    const shown = graph.locator('g[role="button"]:visible');
    const whole = await shown.count();
    const cell = graph.getByRole('button', { name: /^ggml_cpu_extra_compute_forward · / });
    const widthOf = async (): Promise<number> => Number(await cell.locator('rect').getAttribute('width'));
    const narrow = await widthOf();
    await cell.click();
    expect(await widthOf()).toBeGreaterThan(2 * narrow);
    expect(await shown.count()).toBeLessThan(whole);
    const focused = (): Promise<string> =>
      page.evaluate(() => document.activeElement?.querySelector('title')?.textContent ?? '');
    await cell.focus();
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toMatch(/^ggml::cpu::kleidiai::tensor_traits::compute_forward\(/);
    await page.keyboard.press('ArrowUp');
    expect(await focused()).toMatch(/^ggml_cpu_extra_compute_forward · /);
    await page.keyboard.press('Escape');
    expect(await shown.count()).toBe(whole);
    expect(await widthOf()).toBeCloseTo(narrow, 0);
    expect(problems).toEqual([]);
    await context.close();
  });

  it('have bars of one scale in the tree, on a phone too', async () => {
    for (const width of [1400, 360]) {
      const context = await site.browser.newContext({ viewport: { width, height: 800 } });
      const { page } = await watchedPage(context);
      await page.goto(site.server.address + PATH);
      const widths = await page
        .locator('.tree-row > svg:visible')
        .evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().width));
      expect(widths.length).toBeGreaterThan(20);
      expect(new Set(widths).size, String(width)).toBe(1);
      await context.close();
    }
  });
});

describe('the list of runs', () => {
  it('closes with Escape and with a click beside it', async () => {
    const context = await site.browser.newContext();
    const { page } = await watchedPage(context);
    await page.goto(`${site.server.address}${chapterPath('overview')}`);
    const list = page.locator('.run-switcher');
    await list.locator('summary').click();
    expect(await list.getAttribute('open')).not.toBeNull();
    await list.locator('li a').first().focus();
    await page.keyboard.press('Escape');
    expect(await list.getAttribute('open')).toBeNull();
    expect(await page.evaluate(() => document.activeElement?.localName)).toBe('summary');
    await list.locator('summary').click();
    await page.mouse.click(640, 500);
    expect(await list.getAttribute('open')).toBeNull();
    await context.close();
  });
});

describe('advice', () => {
  it('is offered for copying only where it is a command', async () => {
    const context = await site.browser.newContext();
    const { page } = await watchedPage(context);
    for (const chapter of ['overview', 'operators', 'method']) {
      await page.goto(`${site.server.address}${chapterPath(chapter)}`);
      const copied = await page
        .locator('.notice copy-button')
        .evaluateAll((buttons) => buttons.map((button) => (button as HTMLElement).dataset.text ?? ''));
      for (const text of copied) expect(text).toMatch(/^(?:perf|gemview|gatord|cmake|llama-\w+) /);
    }
    await page.goto(`${site.server.address}${chapterPath('overview')}`);
    expect(await page.locator('main').innerText()).toContain('Record the same command on hardware');
    await context.close();
  });
});

describe('paper', () => {
  it.each([794, 1400])(
    '%i px wide has the content over its whole width, and no bars of the site',
    async (width) => {
      const context = await site.browser.newContext({
        viewport: { width, height: 1000 },
        colorScheme: 'dark',
      });
      const { page } = await watchedPage(context);
      await page.emulateMedia({ media: 'print' });
      for (const chapter of ['overview', 'call-paths', 'functions']) {
        await page.goto(`${site.server.address}${chapterPath(chapter)}`);
        const content = await page.locator('.content').boundingBox();
        expect(content!.width, chapter).toBeGreaterThan(0.9 * width);
        for (const hidden of ['.top-bar', '.rail', '.chart-row'])
          expect(await page.locator(hidden).first().isVisible(), hidden).toBe(false);
      }
      expect(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).toContain(
        'light',
      );
      await context.close();
    },
  );
});

describe('a run of published figures', () => {
  it('has the chapters that it can fill, its source as a link, and no page of reasons', async () => {
    const context = await site.browser.newContext();
    const { page, problems } = await watchedPage(context);
    const run = `${site.server.address}runs/reported-rpi5-tinyllama/`;
    await page.goto(run);
    expect(await page.locator('.rail .chapters li').allInnerTexts()).toEqual([
      expect.stringMatching(/^1\s+Overview$/),
      expect.stringMatching(/^2\s+Method$/),
    ]);
    await expect
      .poll(() => page.locator('main').innerText())
      .toMatch(/14\.9\stokens\/s[\s\S]*5\.90\sGB\/s[\s\S]*451,509,505,938/);
    const source = page.locator('a[rel~="external"]');
    expect(await source.getAttribute('href')).toMatch(/^https:\/\/github\.com\//);
    for (const chapter of ['timeline', 'functions', 'call-paths'])
      expect((await page.request.get(`${run}${chapter}/`)).status(), chapter).toBe(404);
    expect(problems).toEqual([]);
    await context.close();
  });
});

describe('the Embed panel', () => {
  it.each(['light', 'dark'] as const)(
    'is used by keyboard, and open passes axe in %s',
    async (colorScheme) => {
      const context = await site.browser.newContext({
        colorScheme,
        permissions: ['clipboard-read', 'clipboard-write'],
      });
      const { page, problems } = await watchedPage(context);
      await page.goto(`${site.server.address}runs/${RUN}/charts/stage-split/`);
      const focused = (): Promise<string> =>
        page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');

      const hugo = page.locator('#embed-hugo');
      await hugo.locator('summary').focus();
      await page.keyboard.press('Enter');
      expect(await hugo.getAttribute('open')).not.toBeNull();
      expect(await focused()).toBe('Hugo');
      // The code can be scrolled by keyboard, then comes its button.
      await page.keyboard.press('Tab');
      const code = await hugo.locator('pre code').textContent();
      expect(await focused()).toBe(code?.trim());
      await page.keyboard.press('Tab');
      expect(await focused()).toBe('Copy');
      await page.keyboard.press('Enter');
      await expect.poll(focused, { timeout: 30_000 }).toBe('Copied');
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(code);

      for (const snippet of await page.locator('#embed details').all()) {
        if ((await snippet.getAttribute('open')) !== null) continue;
        await snippet.locator('summary').focus();
        await page.keyboard.press('Enter');
      }
      expect(await page.locator('#embed details:not([open])').count()).toBe(0);
      expect(await axeViolations(page)).toEqual([]);
      await hugo.locator('summary').focus();
      await page.keyboard.press('Enter');
      expect(await hugo.getAttribute('open')).toBeNull();
      expect(await focused()).toBe('Hugo');
      expect(problems).toEqual([]);
      await context.close();
    },
  );
});

describe('byte budgets after gzip, before interaction', () => {
  /** Bytes of HTML and CSS, and of JavaScript. */
  const PAGE = { drawn: 60_000, javascript: 30_000 };
  const EMBED = { drawn: 20_000, javascript: 50 };

  it('hold for every page: chapters, charts, embeds, stories, the home page', async ({ annotate }) => {
    const pages = pagesOf(site.folder).map((path) => {
      const { htmlBytes, cssBytes, javascriptBytes } = pageWeight(site.folder, path);
      return { path, drawn: htmlBytes + cssBytes, cssBytes, javascript: javascriptBytes };
    });
    const isEmbed = (path: string): boolean => path.startsWith('embed/');
    const over = pages.filter(({ path, drawn, javascript }) => {
      const budget = isEmbed(path) ? EMBED : PAGE;
      return drawn > budget.drawn || javascript > budget.javascript;
    });
    expect(over).toEqual([]);

    for (const [kind, of] of [
      ['embed', pages.filter(({ path }) => isEmbed(path))],
      ['story', pages.filter(({ path }) => path.startsWith('stories/'))],
      ['chapter or chart', pages.filter(({ path }) => path.startsWith('runs/'))],
    ] as const) {
      const largest = of.toSorted((a, b) => b.drawn - a.drawn)[0];
      // What weighs nothing was not weighed.
      expect(largest?.drawn, kind).toBeGreaterThan(5000);
      expect(largest.cssBytes, largest.path).toBeGreaterThan(0);
      await annotate(`largest ${kind}: ${largest.path}, ${largest.drawn} + ${largest.javascript} B`);
    }
    expect(Math.max(...pages.map(({ javascript }) => javascript))).toBeGreaterThan(1000);
    for (const story of pages.filter(({ path }) => path.startsWith('stories/')))
      expect(story.javascript, story.path).toBeGreaterThan(0);
  });
});

describe('every published file', () => {
  it('names no home folder and not the recorded machine', async () => {
    const entries = await readdir(site.folder, { recursive: true, withFileTypes: true });
    const texts = entries.filter((entry) => entry.isFile() && /\.(html|json|csv|svg)$/.test(entry.name));
    expect(texts.length).toBeGreaterThan(100);
    for (const entry of texts) {
      const path = join(entry.parentPath, entry.name);
      const named = /\/root\/|\/home\/|armlab/.exec(await readFile(path, 'utf8'));
      expect(named?.[0], path).toBeUndefined();
    }
  });
});

describe('every page', () => {
  it('links only to what is there, fragments included', async () => {
    const context = await site.browser.newContext();
    const { page, problems } = await watchedPage(context);
    const seen = new Set<string>();
    const fragments = new Map<string, Set<string>>();
    const ids = new Map<string, Set<string>>();
    const pending = [site.server.address];
    while (pending.length > 0) {
      const address = pending.pop()!;
      if (seen.has(address)) continue;
      seen.add(address);
      if (!address.endsWith('/')) {
        const response = await page.request.get(address);
        expect(response.status(), address).toBe(200);
        continue;
      }
      const response = await page.request.get(address);
      expect(response.status(), address).toBe(200);
      const html = await response.text();
      ids.set(address, new Set([...html.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1])));
      for (const [, href] of html.matchAll(/\s(?:href|src)="([^"]+)"/g)) {
        const target = new URL(href.replaceAll('&amp;', '&'), address);
        if (target.origin !== new URL(address).origin) continue;
        if (target.hash) {
          const whole = `${target.origin}${target.pathname}`;
          fragments.set(
            whole,
            (fragments.get(whole) ?? new Set()).add(decodeURIComponent(target.hash.slice(1))),
          );
        }
        target.hash = '';
        target.search = '';
        expect(target.pathname.startsWith(BASE), `${address} links to ${target.pathname}`).toBe(true);
        pending.push(target.href);
      }
    }
    for (const [address, wanted] of fragments) {
      for (const id of wanted) expect(ids.get(address)?.has(id), `${address}#${id}`).toBe(true);
    }
    expect(seen.size).toBeGreaterThan(50);
    expect(problems).toEqual([]);
    await context.close();
  });

  it.each([
    ['light', 'desktop', 1280],
    ['dark', 'desktop', 1280],
    ['light', 'phone', 360],
    ['dark', 'phone', 360],
  ] as const)('passes axe in %s on a %s', async (colorScheme, _device, width) => {
    const context = await site.browser.newContext({ colorScheme, viewport: { width, height: 800 } });
    const { page, problems } = await watchedPage(context);
    for (const path of [
      ...pageTypes,
      'runs/sim-qwen05b-t1/prefill-decode/',
      'runs/gator-channels-t2/timeline/',
      'runs/reported-rpi5-tinyllama/',
      'runs/reported-n2-qwen25-15b/',
    ]) {
      await page.goto(site.server.address + path);
      expect(await axeViolations(page), path).toEqual([]);
    }
    expect(problems).toEqual([]);
    await context.close();
  });

  it('does not scroll sideways at 320 px', async () => {
    const context = await site.browser.newContext({ viewport: { width: 320, height: 700 } });
    const { page } = await watchedPage(context);
    for (const path of [
      ...pageTypes,
      'runs/reported-rpi5-tinyllama/',
      'runs/reported-rpi5-tinyllama/method/',
    ]) {
      await page.goto(site.server.address + path);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow, path).toBeLessThanOrEqual(0);
    }
    await context.close();
  });
});
