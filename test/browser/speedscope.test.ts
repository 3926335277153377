/** Our file in speedscope itself: the static site of its npm package, opened as its users open a link to a profile. */
import { cpSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveSite, type RunningServer } from '../../scripts/serve.ts';
import { BROWSER_ARGUMENTS, findBrowser } from '../../scripts/test/browser.ts';
import { analyseRun } from '../../src/analysis/analyseRun.ts';
import { speedscopeFile } from '../../src/exports/speedscope.ts';
import { functionsOfRun, runFromText } from '../support/llamaRun.ts';
import { scratchFolder } from '../support/scratch.ts';

/** speedscope draws with WebGL: where there is no graphics card the browser computes the picture. */
const SOFTWARE_GRAPHICS = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];

/** A name that would break the page if it were taken for markup. */
const TITLE = 'One thread <b>&amp; "two" {x}';

let browser: Browser;
let server: RunningServer;
beforeAll(async () => {
  const { path, sentence } = findBrowser();
  if (path === null) throw new Error(sentence);
  const args = [...BROWSER_ARGUMENTS.filter((flag) => flag !== '--disable-gpu'), ...SOFTWARE_GRAPHICS];
  browser = await chromium.launch({ executablePath: path, args });

  const folder = scratchFolder();
  const manifest = createRequire(import.meta.url).resolve('speedscope/package.json');
  cpSync(join(dirname(manifest), 'dist/release'), folder, { recursive: true });
  // A sample a millisecond: three of loading, five in Prefill, one outside of a call, two in each of two Decode calls.
  const profile = runFromText('load/3 0+8/5 8+1/2 sample/1 9+1/2', { calls: 'both' });
  const options = { title: TITLE, publish: (text: string) => text, exporter: 'gemview test' };
  const text = speedscopeFile(analyseRun(profile, functionsOfRun(profile)), options)!;
  writeFileSync(join(folder, 'run.json'), text);
  server = await serveSite(folder, '/', 0);
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

async function open(view: string): Promise<{ page: Page; problems: string[]; close: () => Promise<void> }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    // The driver tells what the software graphics cost; that is not about the file.
    const isDriver = message.text().includes('GPU stall due to ReadPixels');
    if ((message.type() === 'error' || message.type() === 'warning') && !isDriver)
      problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('dialog', (dialog) => {
    problems.push(dialog.message());
    void dialog.dismiss();
  });
  await page.goto(`${server.address}index.html#profileURL=run.json&view=${view}`);
  return { page, problems, close: () => context.close() };
}

/** Rows of the tables that the page shows, in the order of their text. */
async function rowsShown(page: Page): Promise<string[]> {
  const rows = await page.locator('table tr').allInnerTexts();
  return rows.map((row) => row.replaceAll(/\s+/g, ' ').trim()).sort();
}

/** The table of functions: total, self, symbol. */
async function functionsShown(page: Page): Promise<string[]> {
  return (await rowsShown(page)).filter((row) => row.includes('%'));
}

/** The software graphics take seconds on a small machine. */
const PATIENT = { timeout: 60_000 };

describe('speedscope', () => {
  it('shows the names of run and stage, and the samples that were drawn, Decode first', async () => {
    const { page, problems, close } = await open('sandwich');
    const body = page.locator('body');
    await expect.poll(() => body.innerText(), PATIENT).toContain('Decode (cycles) (3/4)');
    expect(await page.title()).toBe(`${TITLE} - speedscope`);
    expect(await functionsShown(page)).toEqual([
      '4 (100%) 0 (<0.01%) llama_decode',
      '4 (100%) 0 (<0.01%) main',
      '4 (100%) 4 (100%) gemm',
    ]);

    // The list of profiles with their totals.
    expect((await rowsShown(page)).filter((row) => !row.includes('%') && /\d$/.test(row))).toEqual([
      '1Load (cycles)3',
      '2Prefill (cycles)5',
      '3Decode (cycles)4',
      '4Outside of stages (cycles)1',
    ]);

    await page.keyboard.press('p');
    await expect.poll(() => body.innerText(), PATIENT).toContain('Prefill (cycles) (2/4)');
    await expect.poll(() => functionsShown(page), PATIENT).toContain('5 (100%) 5 (100%) gemm');

    await page.keyboard.press('p');
    await expect
      .poll(() => functionsShown(page), PATIENT)
      .toContain('3 (100%) 3 (100%) llama_model_load_from_file');
    expect(problems).toEqual([]);
    await close();
  });

  it('draws the samples in the order of time', async () => {
    const { page, problems, close } = await open('time-ordered');
    await expect.poll(() => page.locator('body').innerText(), PATIENT).toContain('Decode (cycles) (3/4)');
    await expect.poll(() => page.locator('canvas').count(), PATIENT).toBeGreaterThan(0);
    expect(problems).toEqual([]);
    await close();
  });
});
