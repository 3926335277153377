/** Pages of Arm Learning Paths, published as stories without a change: what their readers know them by is there. */
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildAndServe, type BuiltSite } from '../support/builtSite.ts';
import { readPage } from '../support/publishedPage.ts';
import { describeWithSamples, samplesFolder } from '../support/samples.ts';
import { scratchFolder, writeFiles } from '../support/scratch.ts';

/** In the conventions of that site, by hand. */
const PAGE = `---
title: Profile a model & "more"
weight: 4

### FIXED, DO NOT MODIFY
layout: learningpathall
---

## Before you begin

Use \`~/build\` on the *second* board: {braces}, 1 < 2 and <key.pem> are text.

{{% notice Note %}}
Keep the **daemon** running, see the [guide](https://example.org/guide?a=1&b=2).
{{% /notice %}}

{{% notice Warning %}}
It restarts.
{{% /notice %}}

### Install the \`tools\`:

{{< tabpane code=true >}}
  {{< tab header="Ubuntu" language="bash">}}
sudo apt install tool && echo "{a}" <b>
  {{< /tab >}}
  {{< tab header="Fedora" language="bash">}}
sudo dnf install tool
  {{< /tab >}}
{{< /tabpane >}}

- first
  - nested

\`\`\`bash { output_lines = "2-3" }
ssh -i <key.pem> user@board -N

{{% not a notice %}}
\`\`\`

Text, and a picture right below it:
![Timeline of the board alt-text#center](images/board.png "Figure 1. The board")

| Stage   | Operations |
|---------|------------|
| Prefill | GEMM       |
| Decode  | GEMV       |

The chart that takes the place of a screenshot:

<Chart run="script" chart="tokens" />
`;

/** Other forms that pages of that site have. */
const MORE = `\uFEFF---
title: 2024
---

## Devices with native support {#devices}

See [Devices](#devices), \`b\` and a remark.[^1] ![The \`b\` board alt-text#center](images/board.png)

[^1]: It has <8> cores.
`;

const SAMPLE = 'learning-path/analyze-token-generation.md';

let site: BuiltSite;
beforeAll(async () => {
  const captures = scratchFolder();
  cpSync(resolve('test/site/captures/script'), join(captures, 'script'), { recursive: true });
  writeFiles(captures, { 'stories/1-by-hand.md': PAGE, 'stories/2-more.md': MORE });
  mkdirSync(join(captures, 'stories/images'));
  const board = sharp({ create: { width: 200, height: 80, channels: 3, background: '#268' } });
  writeFileSync(join(captures, 'stories/images/board.png'), await board.png().toBuffer());
  const samples = samplesFolder();
  if (samples !== null) copyFileSync(join(samples, SAMPLE), join(captures, 'stories/sample.md'));
  site = await buildAndServe('/base/', { captures });
});
afterAll(() => site?.close());

const plain = (text: string | null | undefined): string =>
  (text ?? '').replaceAll('’', "'").replaceAll(/[“”]/g, '"').replaceAll(/\s+/g, ' ').trim();
const main = (story: string): Element =>
  readPage(site.folder, `stories/${story}/index.html`).querySelector('main')!;
const texts = (of: Element, selector: string): string[] =>
  [...of.querySelectorAll(selector)].map(({ textContent }) => plain(textContent));

describe('a page in the conventions of a Learning Path', () => {
  it('keeps title, headings, prose, lists and tables', () => {
    const page = main('by-hand');
    expect(texts(page, 'h1')).toEqual(['Profile a model & "more"']);
    expect(texts(page, 'h2')).toEqual(['Before you begin']);
    expect(texts(page, 'article > h3')).toEqual(['Install the tools:']);
    const [first] = page.querySelectorAll('article > p');
    expect(plain(first.textContent)).toBe(
      'Use ~/build on the second board: {braces}, 1 < 2 and <key.pem> are text.',
    );
    expect(texts(first, 'code')).toEqual(['~/build']);
    expect(texts(first, 'em')).toEqual(['second']);
    expect(texts(page, 'li > ul > li')).toEqual(['nested']);
    const table = [...page.querySelectorAll('table')].find((it) => it.textContent?.includes('GEMM'))!;
    expect([...table.querySelectorAll('tr')].map((row) => texts(row, 'th, td'))).toEqual([
      ['Stage', 'Operations'],
      ['Prefill', 'GEMM'],
      ['Decode', 'GEMV'],
    ]);
  });

  it('leads to headings by their own ids, and to footnotes and back', () => {
    const page = main('more');
    expect(texts(page, 'h1')).toEqual(['2024']);
    const targets = [...page.querySelectorAll('a[href^="#"]')].map((link) => link.getAttribute('href')!);
    expect(targets).toHaveLength(3);
    expect(
      targets.filter((target) => page.querySelectorAll(`[id="${target.slice(1)}"]`).length !== 1),
    ).toEqual([]);
    expect(page.querySelector('h2#devices')?.textContent).toBe('Devices with native support');
    expect(page.querySelector('figure.figure-center img')?.getAttribute('alt')).toBe('The b board');
  });

  it('keeps notices with their kind, and links', () => {
    const page = main('by-hand');
    expect(texts(page, 'aside.notice')).toEqual([
      'NoteKeep the daemon running, see the guide.',
      'WarningIt restarts.',
    ]);
    expect(page.querySelector('aside strong')?.textContent).toBe('daemon');
    expect(page.querySelector('aside a')?.getAttribute('href')).toBe('https://example.org/guide?a=1&b=2');
  });

  it('keeps code to the letter, in tabs too', () => {
    const page = main('by-hand');
    expect(texts(page, '.tabs summary')).toEqual(['Ubuntu', 'Fedora']);
    const code = [...page.querySelectorAll('pre code')].map(({ textContent }) => textContent?.trimEnd());
    expect(code).toEqual([
      'sudo apt install tool && echo "{a}" <b>',
      'sudo dnf install tool',
      'ssh -i <key.pem> user@board -N\n\n{{% not a notice %}}',
    ]);
  });

  it('shows its picture with words, caption and place, and the live chart beside it', async () => {
    const page = await (await site.browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    const problems: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
    });
    await page.goto(`${site.server.address}stories/by-hand/`);
    const image = page.locator('article figure img[src="images/board.png"]');
    await image.scrollIntoViewIfNeeded();
    await expect
      .poll(() => image.evaluate((it: HTMLImageElement) => it.naturalWidth), { timeout: 30_000 })
      .toBe(200);
    expect(await image.getAttribute('alt')).toBe('Timeline of the board');
    const figure = image.locator('xpath=ancestor::figure');
    expect(await figure.locator('figcaption').innerText()).toBe('Figure 1. The board');
    const [inner, outer] = [(await image.boundingBox())!, (await figure.boundingBox())!];
    expect(Math.abs(inner.x - outer.x - (outer.width - inner.width) / 2)).toBeLessThan(2);
    expect(await page.locator('article figure svg:visible').count()).toBe(1);
    // A picture right below a text ends its paragraph; what is left of that takes no room.
    expect(await page.locator('article > p:empty:visible').count()).toBe(0);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('opens one tab at a time', async () => {
    const page = await (await site.browser.newContext()).newPage();
    await page.goto(`${site.server.address}stories/by-hand/`);
    const shown = (): Promise<string[]> => page.locator('.tabs pre:visible').allInnerTexts();
    expect(await shown()).toEqual([expect.stringContaining('sudo apt')]);
    await page.locator('.tabs summary', { hasText: 'Fedora' }).press('Enter');
    await expect.poll(shown, { timeout: 30_000 }).toEqual([expect.stringContaining('sudo dnf')]);
    await page.context().close();
  });
});

describeWithSamples('the page of the tutorial', (samples) => {
  const source = (): string => readFileSync(join(samples, SAMPLE), 'utf8').replace(/^---[\s\S]*?\n---\n/, '');
  /** Without fenced code. */
  const prose = (): string => source().replaceAll(/^```[\s\S]*?^```.*$/gm, '');

  it('has every heading, notice, picture, link, table and block of code', () => {
    const page = main('sample');
    // Counted by hand in the page.
    const count = (selector: string): number => page.querySelectorAll(selector).length;
    expect({
      h2: count('h2'),
      h3: count('h3'),
      notices: count('aside.notice'),
      pictures: count('figure img'),
      captions: count('figure.figure-center figcaption'),
      code: count('pre code'),
      rows: count('table tr'),
      links: count('article a'),
    }).toEqual({ h2: 9, h3: 2, notices: 3, pictures: 9, captions: 9, code: 5, rows: 3, links: 1 });

    const headings = [...prose().matchAll(/^##+ (.*)$/gm)].map(([, text]) => plain(text));
    expect(texts(page, 'h2, h3')).toEqual(headings);
    const code = [...source().matchAll(/^```.*\n([\s\S]*?)^```/gm)].map(([, text]) => text.trimEnd());
    expect([...page.querySelectorAll('pre code')].map((it) => it.textContent?.trimEnd())).toEqual(code);
    const pictures = [...source().matchAll(/!\[(.*) alt-text#center\]\((\S+) "(.*)"\)/g)];
    expect(
      [...page.querySelectorAll('figure')].map((it) => [
        it.querySelector('img')?.getAttribute('alt'),
        it.querySelector('img')?.getAttribute('src'),
        it.querySelector('figcaption')?.textContent,
      ]),
    ).toEqual(pictures.map(([, alt, src, caption]) => [alt, src, caption]));
    expect(page.querySelector('article a')?.getAttribute('href')).toBe(
      'https://developer.arm.com/documentation/101816/latest/?lang=en',
    );
  });

  it('has every sentence', () => {
    const said = plain(main('sample').textContent);
    const sentences = prose()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .split('\n')
      .filter((line) => line.trim() !== '' && !/^\s*(?:!|\||\{\{|#)/.test(line))
      .map((line) => plain(line.replace(/^\s*[-*] /, '').replaceAll(/\*\*|`/g, '')));
    expect(sentences.length).toBeGreaterThan(50);
    expect(sentences.filter((sentence) => !said.includes(sentence))).toEqual([]);
  });
});
