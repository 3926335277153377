import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { SaxesParser } from 'saxes';
import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildAndServe, type BuiltSite } from '../support/builtSite.ts';
import { HOSTILE_TEXTS } from '../support/hostileTexts.ts';
import { hostileCaptures, PROMPT } from '../support/hostileRun.ts';
import { scratchFolder } from '../support/scratch.ts';

/** More than any page of a run needs; a name of 100,000 characters on it would break it. */
const MOST_PAGE_BYTES = 60_000;
/** All pages of the site, one after the other. */
const MANY_PAGES_MS = 900_000;

let site: BuiltSite;
/** Paths of all files of the site. */
let files: string[];
beforeAll(async () => {
  site = await buildAndServe('/some/base/', { captures: scratchFolder(hostileCaptures()) });
  const entries = await readdir(site.folder, { recursive: true, withFileTypes: true });
  files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(site.folder.length + 1))
    .sort();
});
afterAll(() => site?.close());

const withEnding = (...endings: string[]): string[] =>
  files.filter((path) => endings.some((ending) => path.endsWith(ending)));
const textOf = (path: string): Promise<string> => readFile(join(site.folder, path), 'utf8');
const addressOf = (path: string): string => site.server.address + path.replace(/index\.html$/, '');

/** Pages without the pinned copies, which are the same but for their links. */
const pages = (): string[] => withEnding('.html').filter((path) => !path.includes('@'));

/** Opens pages one after the other and writes down everything that must not happen there. */
async function problemsOf(context: BrowserContext, addresses: readonly string[]): Promise<string[]> {
  const page = await context.newPage();
  page.setDefaultNavigationTimeout(120_000);
  const problems: string[] = [];
  let shown = '';
  const tell = (problem: string): number => problems.push(`${shown}: ${problem}`);
  const origin = new URL(site.server.address).origin;
  page.on('console', (message) => {
    // A picture names no icon: the browser asks the host for one.
    if (message.location().url.endsWith('/favicon.ico')) return;
    if (['error', 'warning'].includes(message.type())) tell(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => tell(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    tell(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('popup', (popup) => tell(`popup: ${popup.url()}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !url.startsWith('data:')) tell(`foreign: ${url.slice(0, 200)}`);
  });
  await page.addInitScript(() => {
    const seen: string[] = [];
    Object.assign(window, { violations: seen });
    document.addEventListener('securitypolicyviolation', (event) => {
      seen.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
    });
  });
  for (const address of addresses) {
    shown = address.slice(site.server.address.length);
    await page.goto(address, { waitUntil: 'load' });
    (await page.evaluate(whatRan)).forEach(tell);
  }
  await page.close();
  return problems;
}

/** Runs in the page: whatever a hostile text could have made there. */
function whatRan(): string[] {
  const found: string[] = [];
  const { pwned, violations } = window as unknown as { pwned?: unknown; violations: string[] };
  if (pwned !== undefined) found.push(`a text ran: ${String(pwned)}`);
  found.push(...violations.map((violation) => `policy: ${violation}`));
  // What a pointer or the keyboard would start.
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      if (name.startsWith('on')) found.push(`handler ${name} on ${element.localName}`);
      const isAddress = ['href', 'src', 'action', 'formaction', 'xlink:href', 'data'].includes(name);
      if (isAddress && /^\s*(?:javascript|data|vbscript):/i.test(value) && element.localName !== 'link') {
        found.push(`address ${value.slice(0, 60)} on ${element.localName}`);
      }
    }
    if (['iframe', 'object', 'embed', 'foreignobject', 'base'].includes(element.localName.toLowerCase())) {
      found.push(`element ${element.localName}`);
    }
  }
  const { scrollWidth } = document.scrollingElement!;
  if (scrollWidth > innerWidth) {
    const wide = [...document.querySelectorAll('main *, footer *, header *')].filter(
      (element) => element.getBoundingClientRect().right > innerWidth + 1,
    );
    const names = wide.slice(0, 6).map((element) => `${element.localName}.${element.className.toString()}`);
    found.push(`wider than the window: ${scrollWidth} > ${innerWidth}: ${names.join(', ')}`);
  }
  const unseen = String.raw`[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]`;
  const invisible = new RegExp(unseen).exec(document.documentElement.textContent);
  if (invisible) {
    const at = document.documentElement.textContent.slice(
      Math.max(0, invisible.index - 30),
      invisible.index + 10,
    );
    found.push(`invisible character ${JSON.stringify(at)}`);
  }
  return found;
}

describe('every page of a hostile run', () => {
  it.each([
    ['a desktop', 1280],
    ['a phone', 360],
  ])(
    'runs nothing, stays within its policy and within the width of %s',
    async (_, width) => {
      const context = await site.browser.newContext({ viewport: { width, height: 800 } });
      expect(pages().length).toBeGreaterThan(80);
      const missing = `${site.server.address}no/such/page/`;
      const problems = await problemsOf(context, [...pages().map(addressOf), missing]);
      await context.close();
      expect(problems.filter((problem) => !/^no\/such\/page\/: console: .*404/.test(problem))).toEqual([]);
    },
    MANY_PAGES_MS,
  );

  it('shows names as the text that they are', async () => {
    const context = await site.browser.newContext();
    const page = await context.newPage();
    const textAt = async (path: string): Promise<string> => {
      await page.goto(site.server.address + path);
      return page.evaluate(() => document.documentElement.textContent);
    };
    const { script, image, markdown, hugo, mdx, formula, proto, constructor } = HOSTILE_TEXTS;
    const functions = await textAt('runs/gator/functions/');
    for (const name of [script, image, markdown, hugo, mdx, formula, proto, constructor]) {
      expect(functions).toContain(name);
    }
    expect(functions).toContain('safe\uFFFDgnp.exe\uFFFD');
    expect(functions).toContain('bell\uFFFD escape\uFFFD[31mred');
    expect(await textAt('')).toContain(script);
    for (const path of ['runs/gator/hostile/', 'stories/hostile/']) {
      const written = await textAt(path);
      // Quotes and dots are set as a printer would.
      for (const name of [
        script,
        '<img src=x onerror=',
        '{globalThis.pwned=5}',
        'safe\uFFFDgnp.exe',
        '>raw</a>',
      ]) {
        expect(written, path).toContain(name);
      }
    }
    await context.close();
  });

  it('stays small', async () => {
    for (const path of withEnding('.html')) {
      const bytes = gzipSync(await textOf(path)).length;
      expect(bytes, path).toBeLessThan(MOST_PAGE_BYTES);
      // No name stands on a page with its 100,000 characters.
      expect(/W{20000}/.test(await textOf(path)), path).toBe(false);
    }
  });
});

describe('every picture of a hostile run', () => {
  it('is well-formed XML without scripts, handlers, foreign content and addresses', async () => {
    const pictures = withEnding('.svg');
    expect(pictures.length).toBeGreaterThan(60);
    for (const path of pictures) {
      const parser = new SaxesParser({ xmlns: true });
      parser.on('error', (error) => expect.fail(`${path}: ${error.message}`));
      parser.on('opentag', ({ local, attributes }) => {
        expect(['script', 'foreignObject', 'iframe', 'image', 'use', 'a', 'set', 'animate']).not.toContain(
          local,
        );
        for (const [name, { value }] of Object.entries(attributes)) {
          expect(name.toLowerCase().startsWith('on'), `${path}: ${name}`).toBe(false);
          if (name.endsWith('href')) expect(value, path).toMatch(/^#/);
        }
      });
      parser.write(await textOf(path)).close();
    }
  });

  it('runs nothing when it is opened by itself', async () => {
    const context = await site.browser.newContext();
    const pictures = withEnding('.svg').filter((name) => !name.includes('@') && !name.includes('.dark.'));
    const problems = await problemsOf(context, pictures.map(addressOf));
    await context.close();
    expect(problems.filter((problem) => !problem.includes('wider than'))).toEqual([]);
  });
});

describe('every file of a hostile run', () => {
  it('that is CSV begins no cell as a formula, and numbers stay numbers', async () => {
    const tables = withEnding('.csv');
    expect(tables.length).toBeGreaterThan(40);
    let numbers = 0;
    for (const path of tables) {
      for (const cell of csvCells(await textOf(path))) {
        if (/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(cell)) numbers++;
        else expect(cell, path).not.toMatch(/^[\s\uFEFF]*[=+\-@\t\r\n＝＋－＠]/);
      }
    }
    expect(numbers).toBeGreaterThan(500);
  });

  it('that is JSON parses, and no text in it closes a script', async () => {
    for (const path of withEnding('.json')) JSON.parse(await textOf(path));
    for (const path of withEnding('.html')) {
      // Every inline block of data parses: none was closed by a text within it.
      const blocks = [
        ...(await textOf(path)).matchAll(/<script type="application\/json"[^>]*>(.*?)<\/script>/gs),
      ];
      for (const [, block] of blocks) JSON.parse(block);
    }
  });

  it('that is for other tools has one name a frame', async () => {
    for (const run of ['gator', 'perf']) {
      const folded = (await textOf(`runs/${run}/stacks.folded.txt`)).split('\n').slice(0, -1);
      expect(folded.length).toBeGreaterThan(20);
      // main, llama_decode, a caller and a leaf, whatever their names hold.
      for (const line of folded) expect(line.split(';'), line.slice(0, 200)).toHaveLength(4);
      for (const line of folded)
        expect(line).toMatch(/^(?:main;llama_decode|\[unknown\];\[unknown\]);.* \d+$/);
      const scope = JSON.parse(await textOf(`runs/${run}/speedscope.json`)) as {
        shared: { frames: { name: string }[] };
      };
      expect(scope.shared.frames.map(({ name }) => name)).toContain(HOSTILE_TEXTS.frames);
      const firefox = JSON.parse(await textOf(`runs/${run}/firefox-profile.json`)) as {
        shared: { stringArray: string[] };
      };
      expect(firefox.shared.stringArray).toContain(HOSTILE_TEXTS.proto);
    }
  });

  it('that is Markdown holds no markup and no shortcode of a capture', async () => {
    for (const path of [...withEnding('.md'), 'llms.txt']) {
      const text = await textOf(path);
      const outsideOfCode = text.replaceAll(/(`+)(?!`).*?[^`]\1(?!`)/g, '');
      expect(outsideOfCode, path).not.toMatch(/(?<!\\)<(?:script|img|svg|iframe)/i);
      expect(outsideOfCode, path).not.toMatch(/(?<!\\)\]\(\s*(?:javascript|data):/i);
      expect(text, path).not.toMatch(/\{\{[<%]/);
    }
  });

  it('holds no prompt', async () => {
    for (const path of withEnding('.html', '.json', '.csv', '.svg', '.md', '.txt')) {
      expect((await textOf(path)).includes(PROMPT.slice(0, 11)), path).toBe(false);
    }
  });
});

/** Cells as RFC 4180 has them. */
function csvCells(text: string): string[] {
  return [...text.matchAll(/(?:^|,|\r\n)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? plain : quoted.replaceAll('""', '"'),
  );
}
