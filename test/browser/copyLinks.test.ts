/** What "copy link" and "copy as sentence" put into the clipboard of Chromium, and what `check-docs` finds of it later. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatText } from '../../src/analysis/format.ts';
import type { Report, ReportQuantity } from '../../src/report/schema.ts';
import { buildAndServe, type BuiltSite } from '../support/builtSite.ts';
import { gemview } from '../support/command.ts';
import { scratchFolder } from '../support/scratch.ts';

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

/** Copies every sentence of a kind, and empties the clipboard before. */
async function copySentences(kind: string): Promise<{ text: string; id: string; shown: string }[]> {
  await open('');
  const items = page.locator(`[id^="${kind}"]:has(copy-sentence)`);
  const sentences = [];
  for (const item of await items.all()) {
    const button = item.locator('copy-sentence button');
    await button.click();
    await expect.poll(() => button.getAttribute('data-copied')).toBe('copied');
    sentences.push({
      text: await copied(),
      id: (await item.getAttribute('id'))!,
      shown: (await item.textContent())!.replaceAll(/\s+/g, ' '),
    });
  }
  return sentences;
}

describe('copy as sentence', () => {
  it.each(['finding-', 'metric-'])('takes sentence, numbers, run and whole address of a %s', async (kind) => {
    const sentences = await copySentences(kind);
    expect(sentences.length).toBeGreaterThan(3);
    for (const { text, id, shown } of sentences) {
      expect(text.endsWith(`${SAID_OF}${run()}#${id}`), text).toBe(true);
      const sentence = text.slice(0, text.lastIndexOf(SAID_OF));
      expect(sentence).not.toMatch(/[\n\t]| {2}|undefined|null/);
      // Every number of the sentence is one that the page shows.
      const numbers = sentence.match(/\d+(?:[.,]\d+)*/g) ?? [];
      for (const number of numbers) expect(shown).toContain(number);
      if (kind === 'metric-')
        expect(sentence).toMatch(/^[^:]+: [\d.,]+ \S+ \((?:counted|sampled|modelled|estimated)\)$/);
    }
  });

  it('is not offered for a number that the run does not know', async () => {
    const report = readReport();
    const known = report.headline.filter(({ quantity }) => quantity.value !== null);
    expect(await page.locator('[id^="metric-"]').count()).toBe(report.headline.length);
    expect(await page.locator('[id^="metric-"] copy-sentence').count()).toBe(known.length);
  });
});

const reportFile = (): string => join(site.folder, 'runs', RUN, 'report.json');
const readReport = (): Report => JSON.parse(readFileSync(reportFile(), 'utf8')) as Report;

/** Another recording: every number is some other one, in findings too. */
function otherNumbers(report: Report): Report {
  const other = (quantity: ReportQuantity): ReportQuantity => ({
    ...quantity,
    value: quantity.value! * 1.37,
  });
  const said = ({ value, unit }: ReportQuantity): string => formatText(value!, unit);
  const isKnown = ({ quantity }: { quantity: ReportQuantity }): boolean => quantity.value !== null;
  return {
    ...report,
    headline: report.headline.map((metric) =>
      isKnown(metric) ? { ...metric, quantity: other(metric.quantity) } : metric,
    ),
    findings: report.findings.map((finding) => ({
      ...finding,
      sentence: finding.values
        .filter(isKnown)
        .reduce(
          (sentence, { quantity }) => sentence.replace(said(quantity), said(other(quantity))),
          finding.sentence,
        ),
      values: finding.values.map((value) =>
        isKnown(value) ? { ...value, quantity: other(value.quantity) } : value,
      ),
    })),
  };
}

/** Documentation as people write it, by the name of its file. */
const PAGES: Record<string, (sentences: readonly string[]) => string> = {
  'list.md': (sentences) => sentences.map((text) => `- ${text}`).join('\n'),
  'paragraphs.mdx': (sentences) => sentences.join('\n\n'),
  'one-paragraph.md': (sentences) => sentences.join(' '),
  'quoted.md': (sentences) => sentences.map((text) => `> ${text}`).join('\n>\n'),
  'table.md': (sentences) => sentences.map((text) => `| x | ${text} |`).join('\n'),
  'list.rst': (sentences) => sentences.map((text) => `* ${text}`).join('\n'),
  'list.adoc': (sentences) => sentences.map((text) => `* ${text}`).join('\n'),
  'list.html': (sentences) => `<ul>${sentences.map((text) => `<li>${text}</li>`).join('\n')}</ul>`,
};

describe('copied sentences in documentation', () => {
  it('match, and are each listed with line, old and new when the run has others', async () => {
    const all = [...(await copySentences('finding-')), ...(await copySentences('metric-'))];
    const sentences = all.map(({ text }) => text);
    const pages = new Map(Object.entries(PAGES).map(([name, write]) => [name, write(sentences)]));
    const docs = scratchFolder(Object.fromEntries(pages));
    const check = () => gemview(['check-docs', '.', '--site', site.folder, '--json'], { cwd: docs });
    const matching = JSON.parse((await check()).stdout) as { quotes: number; problems: unknown[] };
    expect(matching).toMatchObject({ quotes: pages.size * sentences.length, problems: [] });
    const text = readFileSync(reportFile(), 'utf8');
    try {
      writeFileSync(reportFile(), JSON.stringify(otherNumbers(readReport())));
      const { code, stdout } = await check();
      expect(code).toBe(1);
      const { problems } = JSON.parse(stdout) as { problems: Record<string, string>[] };
      const numbered = sentences.filter((sentence) => /\d/.test(sentence.split(SAID_OF)[0]));
      for (const [name, page] of pages) {
        const ofPage = problems.filter(({ file }) => file === name);
        expect(ofPage, name).toHaveLength(numbered.length);
        for (const { line, kind, old, new: now, what } of ofPage) {
          expect(kind).toBe('changed');
          expect(page.split('\n')[Number(line) - 1]).toContain(what);
          expect(numbered.find((sentence) => sentence.includes(what))).toContain(old);
          expect(now.replaceAll('\u00A0', ' ')).not.toBe(old);
        }
      }
    } finally {
      writeFileSync(reportFile(), text);
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
