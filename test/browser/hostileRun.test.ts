import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createMarkdownProcessor } from '@astrojs/markdown-remark';
import { evaluate } from '@mdx-js/mdx';
import { parseHTML } from 'linkedom';
import { SaxesParser } from 'saxes';
import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildAndServe, type BuiltSite } from '../support/builtSite.ts';
import { HOSTILE_TEXTS } from '../support/hostileTexts.ts';
import { FORMER_ID, hostileCaptures, IMAGE, PROMPT } from '../support/hostileRun.ts';
import { LEARNING_PATH_FOLDER, LEARNING_PATH_SITE } from '../support/learningPathTheme.ts';
import { gemview } from '../support/command.ts';
import { scratchFolder, writeFiles } from '../support/scratch.ts';

/** More than any page of a run needs; a name of 100,000 characters on it would break it. */
const MOST_PAGE_BYTES = 60_000;
/** All pages of the site, one after the other. */
const MANY_PAGES_MS = 900_000;

let captures: string;
let site: BuiltSite;
/** Paths of all files of the site. */
let files: string[];
beforeAll(async () => {
  captures = scratchFolder(hostileCaptures());
  site = await buildAndServe('/some/base/', { captures });
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

/** Pages without the pinned copies, which are the same but for their links, and without those that lead on. */
const pages = (): string[] =>
  withEnding('.html').filter((path) => !path.includes('@') && !path.includes(`/${FORMER_ID}/`));

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
    // Files that were mapped, and the titles and ids of runs to compare with.
    expect(functions).toContain(IMAGE.slice('/opt/'.length));
    expect(await textAt('runs/perf/')).toContain(`Its baseline is ${script}.`);
    expect(await textAt('runs/figures/')).toContain(`Not compared with ${HOSTILE_TEXTS.closing}: `);
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

describe('what leads to a hostile run', () => {
  it('from a former id leads on, with and without scripts, and shows nothing else', async () => {
    const former = withEnding('.html').filter((path) => path.includes(`/${FORMER_ID}/`));
    expect(former.length).toBeGreaterThan(3);
    const query =
      '?q=%22%3E%3Cimg%20src=x%20onerror=window.pwned=11%3E#"><img src=x onerror=window.pwned=11>';
    for (const javaScriptEnabled of [true, false]) {
      const context = await site.browser.newContext({ javaScriptEnabled });
      const page = await context.newPage();
      for (const path of former) {
        await page.goto(addressOf(path) + query, { waitUntil: 'commit' });
        const today = addressOf(path).replace(`/${FORMER_ID}/`, '/figures/');
        await page.waitForURL((url) => url.href.startsWith(today), { waitUntil: 'load' });
        if (javaScriptEnabled) expect(await page.evaluate(() => 'pwned' in window), path).toBe(false);
      }
      await context.close();
    }
    for (const path of former) {
      const { document } = parseHTML(await textOf(path));
      expect([...document.body.children].map(({ localName }) => localName)).toEqual(['p']);
      expect(document.querySelectorAll('script')).toHaveLength(1);
      expect([...document.head.querySelectorAll('*')].map(({ localName }) => localName)).not.toContain('img');
    }
  });

  it(
    'may ask for anything, also of a page that is not there',
    async () => {
      const context = await site.browser.newContext();
      const asked = [...Object.values(HOSTILE_TEXTS), '%', '%E0%A4%A', 'fn-%'].flatMap((text, index) => {
        const part = /%/.test(text) ? text : encodeURIComponent(text);
        const table = ['functions', 'call-paths', 'timeline', 'prefill-decode', 'charts/tokens'][index % 5];
        const value = /%/.test(text) && part === text ? 'x' : part;
        return [
          `runs/gator/${table}/?q=${value}&sort=${value}&span=${value}&zoom=${value}&flame-graph=${value}#${part}`,
          `embed/gator/tokens/?q=${value}#${part}`,
          `no/such/${value.slice(0, 200)}/?q=${value}#${part}`,
        ];
      });
      const problems = await problemsOf(
        context,
        asked.map((path) => site.server.address + path),
      );
      await context.close();
      expect(problems.filter((problem) => !/^no\/such\/.*: console: .*404/.test(problem))).toEqual([]);
    },
    MANY_PAGES_MS,
  );
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

  it('that others open turns no text around, hides none and steers no terminal', async () => {
    const others = withEnding('.csv', '.txt', '.md', 'speedscope.json', 'firefox-profile.json');
    expect(others.length).toBeGreaterThan(50);
    for (const path of others) {
      const text = await textOf(path);
      // JSON spells some of them out, which is the same to who reads it.
      const read = path.endsWith('.json')
        ? JSON.stringify(JSON.parse(text), (_, value: unknown) => value)
        : text;
      const unseen = path.endsWith('.json')
        ? /\\u00(?:[01][0-9a-f]|7f)|\\[bfnrt]/.exec(read)
        : // oxlint-disable-next-line no-control-regex -- these are the characters that must be gone
          /[\u0000-\u0009\u000b\u000c\u000e-\u001f]/.exec(read);
      expect(unseen?.[0], path).toBeUndefined();
      expect(
        /[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/.exec(read)?.[0],
        path,
      ).toBeUndefined();
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

  it('that is Markdown is read as words, tables and links to the site', async () => {
    const processor = await createMarkdownProcessor({ syntaxHighlight: false });
    for (const path of [...withEnding('.md'), 'llms.txt'].filter((name) => !name.includes('@'))) {
      const { code } = await processor.render(await textOf(path));
      const { document } = parseHTML(`<body>${code}</body>`);
      const read = new Set([...document.querySelectorAll('body *')].map(({ localName }) => localName));
      for (const name of ['script', 'img', 'svg', 'iframe', 'style', 'form', 'del', 'hr']) {
        expect(read, path).not.toContain(name);
      }
      for (const link of document.querySelectorAll('a')) {
        // `http://…` in a text is a link to readers of GitHub's Markdown, whatever is done.
        expect(link.getAttribute('href'), path).toMatch(
          /^(?:\/some\/base\/|\.\/|https?:\/\/|[\w-]+\.\w+$|#)/,
        );
      }
    }
  });

  it('holds no prompt', async () => {
    for (const path of withEnding('.html', '.json', '.csv', '.svg', '.md', '.txt')) {
      expect((await textOf(path)).includes(PROMPT.slice(0, 11)), path).toBe(false);
    }
  });
});

/** What the Embed panels of the hostile charts offer for one place. */
async function snippetsFor(place: string): Promise<{ title: string; code: string }[]> {
  const chartPages = pages().filter((path) => /^runs\/\w+\/charts\//.test(path));
  return Promise.all(
    chartPages.map(async (path) => {
      const { document } = parseHTML(await textOf(path));
      const code = document.querySelector(`#embed-${place} pre code`)!.textContent!;
      return { title: document.querySelector('h1')!.textContent!.replaceAll(/\s+/g, ' ').trim(), code };
    }),
  );
}

/** Elements that stand in a snippet, and those around them in a page that somebody wrote. */
const SNIPPET_ELEMENTS = new Set(['a', 'picture', 'source', 'img', 'p', 'iframe', 'script', 'gemview-chart']);

/** @param titles of the pictures, in their order */
function expectSnippets(html: string, titles: readonly string[]): void {
  const { document } = parseHTML(`<!doctype html><html><body>${html}</body></html>`);
  const strange = [...document.querySelectorAll('body *')].filter(
    ({ localName }) => !SNIPPET_ELEMENTS.has(localName),
  );
  expect(strange.map(({ outerHTML }) => outerHTML.slice(0, 200))).toEqual([]);
  for (const element of document.querySelectorAll('body *')) {
    for (const { name } of element.attributes) expect(name).not.toMatch(/^on|^style$/);
  }
  const alts = [...document.querySelectorAll('img')].map((image) => image.getAttribute('alt'));
  expect(alts).toEqual(titles);
}

const has = (program: string, version: string): boolean => spawnSync(program, [version]).status === 0;
const ran = (program: string, parameters: string[], cwd: string): string => {
  const { status, stdout, stderr } = spawnSync(program, parameters, { cwd, encoding: 'utf8' });
  expect(status, `${stdout}${stderr}`).toBe(0);
  return `${stdout}${stderr}`;
};
const hasHugo = has('hugo', 'version');
const hasSphinx = has('sphinx-build', '--version');
const named = (name: string, isThere: boolean, packages: string): string =>
  isThere ? name : `${name} (not installed: apt-get install ${packages})`;

describe('what is pasted from a hostile run', () => {
  it('is a picture with its title in HTML, in Markdown and in MDX', async () => {
    const processor = await createMarkdownProcessor({ syntaxHighlight: false, smartypants: false });
    for (const place of ['picture', 'markdown', 'element']) {
      const snippets = await snippetsFor(place);
      expect(snippets.length).toBeGreaterThan(20);
      const { code } = await processor.render(snippets.map((one) => one.code).join('\n\n'));
      expectSnippets(
        code,
        snippets.map(({ title }) => title),
      );
    }
    const mdx = await snippetsFor('mdx');
    const made: { element: unknown; attributes: { alt?: string } }[] = [];
    const jsx = (element: unknown, attributes: object): number => made.push({ element, attributes });
    const page = mdx.map(({ code }) => code).join('\n\n');
    (await evaluate(page, { Fragment: 'fragment', jsx, jsxs: jsx })).default({});
    expect(new Set(made.map(({ element }) => element))).toEqual(
      new Set(['fragment', 'a', 'picture', 'source', 'img']),
    );
    const images = made.filter(({ element }) => element === 'img');
    expect(images.map(({ attributes }) => attributes.alt)).toEqual(mdx.map(({ title }) => title));
    for (const { code } of await snippetsFor('iframe')) expectSnippets(code, []);
  });

  it.skipIf(!hasHugo)(named('is a picture with its title in Hugo', hasHugo, 'hugo'), async () => {
    const snippets = await snippetsFor('hugo');
    const parts = snippets.map(({ code }) => code.split('\n\n'));
    const folder = scratchFolder({
      'config.toml':
        'baseURL = "/"\ntitle = "Docs"\ndisableKinds = ["taxonomy", "term", "RSS", "sitemap", "home", "section", "404"]\n',
      'layouts/_default/single.html': '{{ .Content }}',
      'layouts/shortcodes/gemview.html': parts[0][0],
      'content/page.md': `---\ntitle: A page\n---\n\n${parts.map(([, use]) => use).join('\n\n')}\n`,
    });
    ran('hugo', ['--panicOnWarning'], folder);
    expectSnippets(
      await readFile(join(folder, 'public/page/index.html'), 'utf8'),
      snippets.map(({ title }) => title),
    );
  });

  it.skipIf(!hasSphinx)(
    named('is a picture with its title in Sphinx', hasSphinx, 'python3-sphinx'),
    async () => {
      const snippets = await snippetsFor('rst');
      const folder = scratchFolder({
        'conf.py': 'project = "Docs"\n',
        'index.rst': `Docs\n====\n\n${snippets.map(({ code }) => code).join('\n\n')}\n\nAfter.\n`,
      });
      expect(ran('sphinx-build', ['-W', '-q', '.', 'out'], folder)).toBe('');
      const { document } = parseHTML(await readFile(join(folder, 'out/index.html'), 'utf8'));
      const pictures = document.querySelector('#docs')!;
      pictures.querySelector('h1')!.remove();
      expectSnippets(
        pictures.innerHTML,
        snippets.map(({ title }) => title),
      );
    },
  );

  it.skipIf(!hasHugo)(named('is a Learning Path of words', hasHugo, 'hugo'), async () => {
    for (const run of ['gator', 'perf', 'figures']) {
      const hugo = scratchFolder({});
      writeFiles(hugo, LEARNING_PATH_SITE);
      const out = join(hugo, LEARNING_PATH_FOLDER);
      const { code, stderr } = await gemview(
        [
          'export',
          join(captures, run),
          '--to',
          'learning-path',
          '--out',
          out,
          '--author',
          HOSTILE_TEXTS.hugo,
        ],
        { cwd: hugo },
      );
      expect(code, stderr).toBe(0);
      expect(ran('hugo', ['--panicOnWarning'], hugo)).not.toMatch(/WARN|ERROR/);
      const built = join(hugo, 'public/learning-paths/servers/llama-run');
      const files = (await readdir(built, { recursive: true })).filter((name) => name.endsWith('.html'));
      expect(files.length, run).toBeGreaterThan(2);
      for (const name of files) {
        const { document } = parseHTML(await readFile(join(built, name), 'utf8'));
        expect(
          document.querySelectorAll('main :is(script, iframe, svg, figure, style, form)'),
          name,
        ).toHaveLength(0);
        for (const element of document.querySelectorAll('body *')) {
          for (const { name: attribute } of element.attributes) expect(attribute, name).not.toMatch(/^on/);
        }
        for (const image of document.querySelectorAll('main img'))
          expect(image.getAttribute('src')).toContain('/images/');
        for (const link of document.querySelectorAll('main a'))
          expect(link.getAttribute('href'), name).toMatch(/^(?:https:\/\/|#|\/|\.)/);
      }
    }
  });
});

/** Cells as RFC 4180 has them. */
function csvCells(text: string): string[] {
  return [...text.matchAll(/(?:^|,|\r\n)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? plain : quoted.replaceAll('""', '"'),
  );
}
