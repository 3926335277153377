import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../scripts/serve.ts';
import { buildAndServe, type BuiltSite } from '../support/builtSite.ts';
import { publishedSnippet } from '../support/publishedSnippets.ts';
import { serveForeignPage } from '../support/foreignPage.ts';

const BASE = '/some/base/';
const RUN = 'sim-tiny-t1';
const RUNS = [RUN, 'gator-channels-t2'];
const CHART = 'stage-split';

let site: BuiltSite;
beforeAll(async () => {
  site = await buildAndServe(BASE, RUNS);
});
afterAll(() => site?.close());

const folder = (...path: string[]): string => join(site.folder, ...path);
const snippet = (id: string): string => publishedSnippet(site, RUN, CHART, id);

describe('a page on another origin under a strict Content-Security-Policy', () => {
  let host: RunningServer;
  beforeAll(async () => {
    const { origin } = new URL(site.server.address);
    const parts = ['picture', 'iframe', 'element'].map(
      (id) => `<section id="${id}">\n${snippet(id)}\n</section>`,
    );
    host = await serveForeignPage(
      `<!doctype html>\n<html lang="en"><title>Somebody else’s page</title>\n${parts.join('\n')}\n</html>`,
      `default-src 'none'; img-src ${origin}; script-src ${origin}; frame-src ${origin}; style-src 'self'`,
    );
  });
  afterAll(() => host?.close());

  async function open(context: BrowserContext): Promise<{ page: Page; problems: string[] }> {
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('requestfailed', (request) => {
      // The browser itself takes back what it no longer needs, such as a light picture on a dark page.
      const reason = request.failure()?.errorText;
      if (reason !== 'net::ERR_ABORTED') problems.push(`${reason}: ${request.url()}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
    });
    await page.goto(host.address);
    return { page, problems };
  }

  /** Waits until the first picture inside `selector` is drawn from a file with that ending. */
  async function showsPicture(page: Page, selector: string, ending: string): Promise<void> {
    const image = page.locator(`${selector} img`).first();
    await image.scrollIntoViewIfNeeded();
    await expect
      .poll(() =>
        image.evaluate((element: HTMLImageElement) =>
          element.complete && element.naturalWidth > 0 ? element.currentSrc : 'not loaded',
        ),
      )
      .toMatch(new RegExp(`/${CHART}${ending.replaceAll('.', '\\.')}$`));
  }

  it('shows the picture and the frame with its link back, and nothing is refused', async () => {
    const context = await site.browser.newContext({ colorScheme: 'light' });
    const { page, problems } = await open(context);
    await showsPicture(page, '#picture', '.svg');

    const frame = page.frameLocator('#iframe iframe');
    await page.locator('#iframe iframe').scrollIntoViewIfNeeded();
    await expect.poll(() => frame.locator('figure svg:visible').count()).toBe(1);
    const back = frame.locator('.source a');
    expect(await back.getAttribute('target')).toBe('_top');
    const border = await page.locator('#iframe iframe').evaluate((it) => getComputedStyle(it).borderTopWidth);
    expect(border).toBe('0px');
    expect(problems).toEqual([]);

    await back.click();
    await page.waitForURL(new RegExp(`^${site.server.address}runs/${RUN}@[0-9a-f]{12}/charts/${CHART}/$`));
    expect(await page.locator('h1').count()).toBe(1);
    expect(problems).toEqual([]);
    await context.close();
  });

  it('sees the element draw the chart itself and follow the page into the dark', async () => {
    const context = await site.browser.newContext({ colorScheme: 'light' });
    const { page, problems } = await open(context);
    const element = page.locator('#element gemview-chart');
    await element.scrollIntoViewIfNeeded();
    const shown = (): Promise<string> =>
      element.evaluate((it) => {
        const image = it.shadowRoot?.querySelector('img');
        return image?.complete && image.naturalWidth > 0 ? image.src.replace(/^.*\//, '') : 'not loaded';
      });
    await expect.poll(shown).toBe(`${CHART}.svg`);
    await page.evaluate(() => {
      document.documentElement.style.colorScheme = 'dark';
    });
    await expect.poll(shown).toBe(`${CHART}.dark.svg`);
    await page.evaluate(() => {
      document.documentElement.style.colorScheme = 'light';
    });
    await expect.poll(shown).toBe(`${CHART}.svg`);
    const sizes = await element.evaluate((it) => {
      const { width, height } = it.shadowRoot!.querySelector('img')!.getBoundingClientRect();
      return {
        image: width / height,
        said: Number(it.getAttribute('width')) / Number(it.getAttribute('height')),
      };
    });
    expect(sizes.image).toBeCloseTo(sizes.said, 1);
    expect(problems).toEqual([]);
    await context.close();
  });

  it('sees the element follow whatever makes the page around it dark, and its own attributes', async () => {
    const context = await site.browser.newContext({ colorScheme: 'light' });
    const { page, problems } = await open(context);
    const element = page.locator('#element gemview-chart');
    await element.scrollIntoViewIfNeeded();
    const shown = (): Promise<string> =>
      element.evaluate((it) => it.shadowRoot!.querySelector('img')!.src.replace(/^.*\//, ''));
    /** Sets the style of an element of the page. */
    const style = (selector: string, text: string): Promise<void> =>
      page.locator(selector).evaluate((it, css) => void ((it as HTMLElement).style.cssText = css), text);

    // Browsers tell colours in the space that they are written in.
    for (const [dark, light] of [
      ['oklch(0.95 0.01 250)', 'oklch(0.2 0.01 250)'],
      ['lab(95 0 0)', 'lab(10 0 0)'],
      ['color(srgb 0.9 0.9 0.9)', 'color(srgb 0.1 0.1 0.1)'],
      ['rgb(240 240 240 / 0.9)', 'hsl(0 0% 10%)'],
    ]) {
      await style('body', `color: ${dark}`);
      await expect.poll(shown, { message: dark }).toBe(`${CHART}.dark.svg`);
      await style('body', `color: ${light}`);
      await expect.poll(shown, { message: light }).toBe(`${CHART}.svg`);
    }
    // A part of the page, and colours that change slowly.
    await style('#element', 'color: white');
    await expect.poll(shown).toBe(`${CHART}.dark.svg`);
    await style('#element', '');
    await expect.poll(shown).toBe(`${CHART}.svg`);
    await style('body', 'color: black; transition: color 0.2s');
    await style('body', 'color: white; transition: color 0.2s');
    await expect.poll(shown).toBe(`${CHART}.dark.svg`);

    // Its own attributes, later; and taken out and put back elsewhere.
    await element.evaluate((it) => {
      it.setAttribute('theme', 'light');
      it.setAttribute('width', '300');
      document.querySelector('#picture')!.append(it);
    });
    const moved = page.locator('#picture gemview-chart');
    const width = (): Promise<number> => moved.evaluate((it) => it.getBoundingClientRect().width);
    expect(await width()).toBe(300);
    await moved.evaluate((it) => it.setAttribute('width', '400'));
    expect(await width()).toBe(400);
    await moved.evaluate((it) => it.removeAttribute('width'));
    expect(await width()).toBeGreaterThan(400);
    for (const ending of ['.svg', '.dark.svg', '.png', '/', '']) {
      await moved.evaluate((it, end) => {
        it.setAttribute('src', it.getAttribute('src')!.replace(/(?:\.dark\.svg|\.svg|\.png|\/)?$/, end));
      }, ending);
      const { picture, back } = await moved.evaluate((it) => ({
        picture: it.shadowRoot!.querySelector('img')!.src.replace(/^.*\//, ''),
        back: it.shadowRoot!.querySelector('a')!.href.replace(/^.*(?=\/[^/]+\/)/, ''),
      }));
      expect([ending, picture, back]).toEqual([ending, `${CHART}.svg`, `/${CHART}/`]);
    }
    expect(problems).toEqual([]);
    await context.close();
  });

  it('shows dark pictures to a reader who wants dark ones', async () => {
    const context = await site.browser.newContext({ colorScheme: 'dark' });
    const { page, problems } = await open(context);
    await showsPicture(page, '#picture', '.dark.svg');
    expect(problems).toEqual([]);
    await context.close();
  });

  it('shows all three with JavaScript off', async () => {
    const context = await site.browser.newContext({ colorScheme: 'light', javaScriptEnabled: false });
    const { page, problems } = await open(context);
    await showsPicture(page, '#picture', '.svg');
    await showsPicture(page, '#element gemview-chart', '.svg');
    expect(await page.locator('#element gemview-chart').evaluate((it) => it.shadowRoot)).toBeNull();
    const frame = page.frameLocator('#iframe iframe');
    await page.locator('#iframe iframe').scrollIntoViewIfNeeded();
    await expect.poll(() => frame.locator('figure svg:visible').count()).toBe(1);
    expect(problems).toEqual([]);
    await context.close();
  });
});

describe('chart files with the network cut', () => {
  const TYPES: Record<string, string> = { '.svg': 'image/svg+xml', '.png': 'image/png' };

  it('are whole pictures in an <img>, light, dark and as PNG of twice the size', async () => {
    const context = await site.browser.newContext();
    const wanted = new Set<string>();
    const others: string[] = [];
    await context.route('**/*', async (route) => {
      const path = new URL(route.request().url()).pathname.slice(1);
      if (path === '')
        await route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>x</title>' });
      else if (!wanted.has(path)) {
        others.push(route.request().url());
        await route.abort();
      } else await route.fulfill({ contentType: TYPES[extname(path)], body: readFileSync(folder(path)) });
    });
    const page = await context.newPage();
    await page.goto('http://cut.test/');

    /** Size of the picture, and how many of its pixels are inked, with a sum that tells two drawings apart. */
    const draw = (path: string): Promise<{ width: number; height: number; inked: number; light: number }> => {
      wanted.add(path);
      return page.evaluate(async (source) => {
        const image = new Image();
        image.src = source;
        await image.decode();
        const canvas = document.createElement('canvas');
        canvas.width = image.naturalWidth;
        canvas.height = image.naturalHeight;
        const context2d = canvas.getContext('2d')!;
        context2d.drawImage(image, 0, 0);
        const { data } = context2d.getImageData(0, 0, canvas.width, canvas.height);
        const pixels = new Uint32Array(data.buffer);
        let inked = 0;
        let light = 0;
        for (let at = 0; at < pixels.length; at++) {
          if (pixels[at] === pixels[0]) continue;
          inked++;
          light += data[4 * at]! + data[4 * at + 1]! + data[4 * at + 2]!;
        }
        return { width: canvas.width, height: canvas.height, inked, light };
      }, `/${path}`);
    };

    const failures: string[] = [];
    let pictures = 0;
    const charts = readdirSync(folder('runs', RUN, 'charts'), { withFileTypes: true });
    for (const { name } of charts.filter((entry) => entry.isDirectory())) {
      const file = `runs/${RUN}/charts/${name}`;
      const light = await draw(`${file}.svg`);
      const dark = await draw(`${file}.dark.svg`);
      const png = await draw(`${file}.png`);
      pictures += 3;
      for (const [what, { width, height, inked }] of Object.entries({ light, dark, png })) {
        // The titles alone ink more than that.
        if (width === 0 || height === 0 || inked < 1000) failures.push(`${file} ${what}: ${inked} pixels`);
      }
      if (dark.width !== light.width || dark.height !== light.height) failures.push(`${file}: dark size`);
      if (dark.light === light.light) failures.push(`${file}: dark is light`);
      if (png.width !== 2 * light.width || Math.abs(png.height - 2 * light.height) > 1)
        failures.push(`${file}: PNG ${png.width} × ${png.height}`);
    }
    expect(failures).toEqual([]);
    expect(others).toEqual([]);
    expect(pictures).toBeGreaterThan(3 * 10);
    await context.close();
  });
});
