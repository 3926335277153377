/** The snippets on a page of Starlight, Astro's documentation theme: built by Astro itself, opened in a browser. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveSite, type RunningServer } from '../../scripts/serve.ts';
import { buildAndServe, type BuiltSite } from '../support/builtSite.ts';
import { userEnvironment } from '../support/command.ts';
import { publishedSnippet } from '../support/publishedSnippets.ts';
import { writeFiles } from '../support/scratch.ts';

const RUN = 'sim-tiny-t1';
const CHART = 'stage-split';

/** A documentation project as its authors keep it; its page holds what the Embed panel offers. */
function project(page: string): Record<string, string> {
  return {
    // Astro compiles the packages that a project names.
    'package.json': JSON.stringify({
      name: 'docs',
      type: 'module',
      private: true,
      dependencies: { '@astrojs/starlight': '*', astro: '*' },
    }),
    // Its search is a program of its own, and no part of what is tested.
    'astro.config.mjs': `import starlight from '@astrojs/starlight';
import { defineConfig } from 'astro/config';
export default defineConfig({
  site: 'https://docs.example.org',
  integrations: [starlight({ title: 'Docs', pagefind: false })],
});
`,
    'src/content.config.ts': `import { docsLoader } from '@astrojs/starlight/loaders';
import { docsSchema } from '@astrojs/starlight/schema';
import { defineCollection } from 'astro:content';
export const collections = { docs: defineCollection({ loader: docsLoader(), schema: docsSchema() }) };
`,
    'src/content/docs/index.mdx': page,
    'public/favicon.svg': '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>',
  };
}

let site: BuiltSite;
let docs: RunningServer;
let folder: string;
beforeAll(async () => {
  site = await buildAndServe('/some/base/', [RUN]);
  const parts = ['mdx', 'iframe', 'element'].map(
    (id) => `<section id="${id}">\n${publishedSnippet(site, RUN, CHART, id)}\n</section>`,
  );
  // Astro finds its packages in a folder above, as in a repository of several: a link to them would confuse it.
  mkdirSync(resolve('.gemview'), { recursive: true });
  folder = mkdtempSync(resolve('.gemview/starlight-'));
  writeFiles(folder, project(`---\ntitle: A page\n---\n\nBefore.\n\n${parts.join('\n\n')}\n\nAfter.\n`));
  const astro = dirname(createRequire(import.meta.url).resolve('astro/package.json'));
  const built = spawnSync(process.execPath, [join(astro, 'bin/astro.mjs'), 'build'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...userEnvironment(), ASTRO_TELEMETRY_DISABLED: '1' },
  });
  if (built.status !== 0) throw new Error(`${built.stdout}${built.stderr}`);
  docs = await serveSite(join(folder, 'dist'), '/', 0);
});
afterAll(async () => {
  await docs?.close();
  await site?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function open(options: BrowserContextOptions): Promise<{ page: Page; problems: string[] }> {
  const context = await site.browser.newContext(options);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
  });
  await page.goto(docs.address);
  return { page, problems };
}

/** The file that the picture of an element is drawn from, once it is drawn. */
async function pictureFile(page: Page, selector: string): Promise<string> {
  const element = page.locator(selector).first();
  await element.scrollIntoViewIfNeeded();
  return element.evaluate((it) => {
    const image = (it.shadowRoot ?? it).querySelector('img');
    return image?.complete && image.naturalWidth > 0 ? image.currentSrc.replace(/^.*\//, '') : 'not loaded';
  });
}

/** A small machine under load takes its time. */
const PATIENT = { timeout: 30_000 };

const NAMES = { light: `${CHART}.svg`, dark: `${CHART}.dark.svg` };

describe('a page of Starlight', () => {
  it.each(['light', 'dark'] as const)('shows the chart by each snippet in %s', async (colorScheme) => {
    const { page, problems } = await open({ colorScheme });
    await expect.poll(() => pictureFile(page, '#mdx'), PATIENT).toBe(NAMES[colorScheme]);
    await expect.poll(() => pictureFile(page, '#element gemview-chart'), PATIENT).toBe(NAMES[colorScheme]);
    const frame = page.frameLocator('#iframe iframe');
    await page.locator('#iframe iframe').scrollIntoViewIfNeeded();
    await expect.poll(() => frame.locator('figure svg:visible').count(), PATIENT).toBe(1);

    const link = page.locator('#mdx a');
    expect(await link.getAttribute('href')).toMatch(
      new RegExp(`^${site.server.address}runs/${RUN}@[0-9a-f]{12}/charts/${CHART}/$`),
    );
    expect(problems).toEqual([]);

    await link.click();
    await page.waitForURL(/\/charts\//);
    expect(await page.locator('h1').count()).toBe(1);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('keeps the proportions of the picture, on a phone too', async () => {
    const { page, problems } = await open({ viewport: { width: 360, height: 700 } });
    for (const selector of ['#mdx img', '#element gemview-chart']) {
      const element = page.locator(selector).first();
      await element.scrollIntoViewIfNeeded();
      const box = (await element.boundingBox())!;
      const width = Number(await element.getAttribute('width'));
      const height = Number(await element.getAttribute('height'));
      expect(box.width, selector).toBeLessThanOrEqual(360);
      expect(box.width / box.height, selector).toBeCloseTo(width / height, 1);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('has the element follow the switch of the theme, which pictures cannot', async () => {
    const { page, problems } = await open({ colorScheme: 'light' });
    await expect.poll(() => pictureFile(page, '#element gemview-chart'), PATIENT).toBe(NAMES.light);
    await page.locator('starlight-theme-select select').first().selectOption('dark');
    await expect.poll(() => pictureFile(page, '#element gemview-chart'), PATIENT).toBe(NAMES.dark);
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
