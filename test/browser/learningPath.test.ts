/** Exports as Learning Paths in Hugo and in a browser, and documentation checked against a site, as people run them. */
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveSite, type RunningServer } from '../../scripts/serve.ts';
import { BROWSER_ARGUMENTS, findBrowser } from '../../scripts/test/browser.ts';
import { learningPath } from '../../src/exports/learningPath/learningPath.ts';
import { gemview } from '../support/command.ts';
import { LEARNING_PATH_FOLDER, LEARNING_PATH_SITE } from '../support/learningPathTheme.ts';
import { hostileTextReport } from '../support/reportFixtureVariants.ts';
import { scratchFolder, writeFiles } from '../support/scratch.ts';

const RUN = 'sim-tiny-t1';
/** A title and a description that Hugo, HTML and Markdown would act on. */
const HOSTILE = '{{< figure src="x" >}} {{% notice %}} <img src=x onerror=alert(1)> *a* "b" `c';

let cwd: string;
beforeAll(() => {
  cwd = scratchFolder(
    Object.fromEntries(Object.entries(LEARNING_PATH_SITE).map(([path, text]) => [`hugo/${path}`, text])),
  );
  cpSync(join('captures', RUN), join(cwd, 'captures', RUN), { recursive: true });
});

const yaml = (): string => join(cwd, 'captures', RUN, 'run.yaml');
const exportTo = (out: string, ...more: string[]) =>
  gemview(['export', `captures/${RUN}`, '--to', 'learning-path', '--out', out, ...more], { cwd });

/** Names of files with the time of their last change. */
function times(folder: string): Map<string, number> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    names
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => [name, statSync(join(folder, name)).mtimeMs]),
  );
}

const hasHugo = spawnSync('hugo', ['version']).status === 0;
describe.skipIf(!hasHugo)(hasHugo ? 'Hugo' : 'Hugo (not installed: apt-get install hugo)', () => {
  const path = `hugo/${LEARNING_PATH_FOLDER}`;
  let browser: Browser;
  let server: RunningServer | null = null;
  beforeAll(async () => {
    const { path: executablePath, sentence } = findBrowser();
    if (executablePath === null) throw new Error(sentence);
    browser = await chromium.launch({ executablePath, args: BROWSER_ARGUMENTS });
  });
  afterAll(async () => {
    await server?.close();
    await browser?.close();
  });

  function build(): void {
    rmSync(join(cwd, 'hugo/public'), { recursive: true, force: true });
    const { status, stdout, stderr } = spawnSync(
      'hugo',
      ['--panicOnWarning', '--printPathWarnings', '--printI18nWarnings'],
      { cwd: join(cwd, 'hugo'), encoding: 'utf8' },
    );
    expect(`${stdout}${stderr}`).not.toMatch(/WARN|ERROR/);
    expect(status, stderr).toBe(0);
  }

  const html = (page: string) =>
    parseHTML(
      readFileSync(join(cwd, `hugo/public/learning-paths/servers/llama-run/${page}index.html`), 'utf8'),
    ).document;

  it('builds the exported folder without a warning', async () => {
    const { code, stdout, stderr } = await exportTo(
      path,
      '--author',
      'A. Writer',
      '--site',
      'https://h.test/p',
    );
    expect(stderr).toBe('');
    expect(stdout).toMatch(/llama-run: \d+ written\n$/);
    expect(code).toBe(0);
    build();
    const index = html('');
    expect(index.querySelector('h1')!.textContent).toContain('Tiny Qwen2');
    expect([...index.querySelectorAll('nav a')].map(({ textContent }) => textContent)).toEqual([
      index.querySelector('h1')!.textContent,
      'Get to know the run',
      'Follow the run over time',
      'Compare Prefill and Decode',
      'Follow the call paths',
      'Find the largest functions',
      'See what each stage computes',
      'Check threads and cores',
      'Know how it was recorded',
      'Next Steps',
    ]);
    expect(index.querySelectorAll('dd')[2].textContent).toBe('A. Writer');
    expect(html('_next-steps/').querySelector('main a')!.getAttribute('href')).toBe(
      `https://h.test/p/runs/${RUN}/`,
    );
    const overview = html('1-overview/');
    expect(overview.querySelector('.notice b')!.textContent).toBe('Important');
    expect(overview.querySelectorAll('table').length).toBeGreaterThanOrEqual(3);
    // Markers and the manifest are for gemview alone.
    expect(overview.querySelector('main')!.textContent).not.toContain('gemview:');
    expect(readdirSync(join(cwd, 'hugo/public/learning-paths/servers/llama-run')).join()).not.toContain(
      '.gemview',
    );
  });

  it('shows every picture in the browser, each with its alternative and its caption', async () => {
    server = await serveSite(join(cwd, 'hugo/public'), '/', 0);
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    page.on('response', (response) => response.status() >= 400 && problems.push(response.url()));
    let pictures = 0;
    for (const name of readdirSync(join(cwd, path)).filter((file) => /^\d.*\.md$/.test(file))) {
      await page.goto(`${server.address}learning-paths/servers/llama-run/${name.replace(/\.md$/, '')}/`);
      const images = await page.locator('main img').evaluateAll((all) =>
        (all as HTMLImageElement[]).map((image) => ({
          isDrawn: image.complete && image.naturalWidth > 0,
          alt: image.alt,
          className: image.className,
          // A paragraph in a paragraph: the browser closes the outer one before the caption.
          caption: (image.nextElementSibling ?? image.parentElement?.nextElementSibling)?.textContent ?? '',
        })),
      );
      for (const image of images) {
        expect(image.isDrawn, `${name}: ${image.alt}`).toBe(true);
        expect(image.alt).toMatch(/^[A-Z].+: /);
        expect(`${image.alt}${image.caption}`).not.toMatch(/#center|\\|&[a-z]+;/);
        expect(image.className).toBe('centered');
        expect(image.caption.length).toBeGreaterThan(10);
      }
      pictures += images.length;
    }
    expect(pictures).toBe(readdirSync(join(cwd, path, 'images')).length);
    expect(pictures).toBeGreaterThan(12);
    expect(problems).toEqual([]);
  });

  it('builds a run whose words it would act on, as words', async () => {
    const text = readFileSync(yaml(), 'utf8');
    writeFileSync(
      yaml(),
      text
        .replace(/^title: .*$/m, `title: '${HOSTILE}'`)
        .replace(/^description: >-\n(?: .*\n)+/m, `description: '${HOSTILE}'\n`),
    );
    try {
      const { code, stderr } = await exportTo(path);
      expect(code, stderr).toBe(0);
      build();
      expect(html('').querySelector('h1')!.textContent).toContain(HOSTILE);
      const first = html('1-overview/').querySelector('main p')!;
      expect(first.textContent!.replaceAll('“', '"').replaceAll('”', '"')).toBe(HOSTILE);
      expect(first.children).toHaveLength(0);
    } finally {
      writeFileSync(yaml(), text);
    }
  });
});

const ENEMY = 'names that an enemy chose';
describe.skipIf(!hasHugo)(hasHugo ? ENEMY : `${ENEMY} (Hugo is not installed: apt-get install hugo)`, () => {
  it('are words in every page that Hugo builds', () => {
    const report = hostileTextReport();
    const shortcodes = [
      '{{< figure src=x >}}',
      '{{% notice %}}`x`',
      '{{<',
      '{{%/* x',
      '"] (x) `',
      '{{{< figure src=x >}}}',
      '{{{{% notice %}}}}',
    ];
    report.functions.rows.forEach((row, index) => (row.name = shortcodes[index % shortcodes.length]));
    report.counters.forEach((row, index) => (row.mnemonic = shortcodes[index % shortcodes.length]));
    for (const chapter of Object.keys(report.answers)) report.answers[chapter] += shortcodes.join(' ');
    const pictures = ['overview', 'functions', 'timeline'].map((chapter) => ({
      chart: `x-${chapter}`,
      chapter,
      title: shortcodes.join(' '),
      subtitle: `${shortcodes.join(' ')} <img src=y onerror=alert(1)>" onerror="alert(2)`,
      description: `${shortcodes.join(' ')} <img src=y onerror=alert(1)>' onerror='alert(2)`,
    }));
    const { pages } = learningPath(report, pictures, { site: null, authors: ['A. Writer'] });
    const hugo = scratchFolder({ ...LEARNING_PATH_SITE });
    for (const [name, text] of pages) writeFiles(hugo, { [`${LEARNING_PATH_FOLDER}/${name}`]: text });
    const { status, stdout, stderr } = spawnSync('hugo', ['--panicOnWarning'], {
      cwd: hugo,
      encoding: 'utf8',
    });
    expect(`${stdout}${stderr}`).not.toMatch(/WARN|ERROR/);
    expect(status).toBe(0);
    const built = join(hugo, 'public/learning-paths/servers/llama-run');
    const files = readdirSync(built, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.html'),
    );
    expect(files.length).toBe(pages.size);
    let shown = 0;
    for (const file of files) {
      const { document } = parseHTML(readFileSync(join(built, file), 'utf8'));
      const main = document.querySelector('main')!;
      expect(main.querySelectorAll('script, iframe, svg, figure, [onerror]'), file).toHaveLength(0);
      for (const image of main.querySelectorAll('img'))
        expect(image.getAttribute('src')).toContain('/images/x-');
      if (main.textContent!.includes('{{< figure src=x >}}')) shown++;
    }
    expect(shown).toBeGreaterThan(3);
  });
});

describe('an export that is made again', () => {
  it('touches nothing for the same capture, and only what changed for another', async () => {
    await exportTo('again');
    const first = times(join(cwd, 'again'));
    const same = await exportTo('again');
    expect(same.stdout).toBe(`again: 0 written, ${first.size - 1} unchanged\n`);
    expect(times(join(cwd, 'again'))).toEqual(first);

    const edited = readFileSync(join(cwd, 'again/5-functions.md'), 'utf8').replace(
      '## Largest',
      'Mine.\n\n## Largest',
    );
    writeFileSync(join(cwd, 'again/5-functions.md'), edited);
    const before = times(join(cwd, 'again'));
    const text = readFileSync(yaml(), 'utf8');
    writeFileSync(yaml(), text.replace(/^description: >-\n(?: .*\n)+/m, 'description: Another one.\n'));
    try {
      const { stdout } = await exportTo('again');
      expect(stdout).toContain('again: 2 written');
    } finally {
      writeFileSync(yaml(), text);
    }
    const changed = [...times(join(cwd, 'again'))].filter(([name, time]) => before.get(name) !== time);
    expect(changed.map(([name]) => name).sort()).toEqual([
      '.gemview-export.json',
      '1-overview.md',
      '_index.md',
    ]);
    expect(readFileSync(join(cwd, 'again/5-functions.md'), 'utf8')).toBe(edited);
  });
});

describe('documentation beside a site', () => {
  const ENDINGS: Record<string, string> = {
    rst: 'rst',
    mdx: 'mdx',
    picture: 'html',
    iframe: 'html',
    element: 'html',
  };
  const check = (...more: string[]) => gemview(['check-docs', 'docs', '--site', 'site', ...more], { cwd });
  const build = async (): Promise<void> => {
    const { code, stderr } = await gemview(
      ['build', 'captures', '--out', 'site', '--site', 'https://h.test', '--base', '/p/'],
      { cwd },
    );
    expect(code, stderr).toBe(0);
  };

  it('matches as long as the run is what it was, and names every embed when it is not', async () => {
    await build();
    const page = readFileSync(join(cwd, 'site/runs', RUN, 'charts/tokens/index.html'), 'utf8');
    const snippets = [...parseHTML(page).document.querySelectorAll('details[id^="embed-"]')].map(
      (details) => ({
        id: details.id.slice('embed-'.length),
        code: details.querySelector('pre code')!.textContent!,
      }),
    );
    expect(snippets).toHaveLength(8);
    const overview = parseHTML(readFileSync(join(cwd, 'site/runs', RUN, 'index.html'), 'utf8')).document;
    const saidOf = overview.querySelector<HTMLElement>('[data-run]')!.dataset.run!;
    const copied = [...overview.querySelectorAll<HTMLElement>('[data-sentence]')].map((element) => {
      const sentence = element.dataset.sentence || element.querySelector('p')!.textContent!;
      return `${sentence.replaceAll(/\s+/g, ' ').trim()} (${saidOf}) https://h.test/p/runs/${RUN}/#${element.id}`;
    });
    expect(copied.length).toBeGreaterThan(8);
    writeFiles(join(cwd, 'docs'), {
      ...Object.fromEntries(
        snippets.map(({ id, code }) => [
          `embed-${id}.${ENDINGS[id] ?? 'md'}`,
          `Before.\n\n${code}\n\nAfter.\n`,
        ]),
      ),
      'copied.md': copied.join('\n\n'),
    });
    await exportTo('docs/path', '--site', 'https://h.test/p/');
    const matching = await check();
    expect(matching.stdout).toMatch(/^8 embeds, \d+ quoted numbers, 1 export in \d+ files: all match\n$/);
    expect(matching.code).toBe(0);

    // Another title stands in every picture; counters of a cache model are taken for counted.
    const text = readFileSync(yaml(), 'utf8');
    writeFileSync(
      yaml(),
      text.replace(/^title: .*$/m, 'title: Another title').replace(/^modelled: .*$/m, ''),
    );
    await build();
    const { stdout, code } = await check();
    expect(code).toBe(1);
    for (const { id } of snippets) {
      expect(stdout).toMatch(
        new RegExp(
          `^docs/embed-${id}\\.\\w+:\\d+: the chart 'tokens' is pinned to @[0-9a-f]{12}, the run is @`,
          'm',
        ),
      );
    }
    expect(stdout).toContain('docs/path/_index.md: ');
    expect(stdout).toContain('docs/path/images/tokens.png: the picture is another one now: export again');

    const { problems } = JSON.parse((await check('--json')).stdout) as {
      problems: { file: string; kind: string; line: number | null }[];
    };
    expect(problems.filter(({ kind }) => kind === 'older-pin')).toHaveLength(8);
    expect(problems.every(({ line, kind }) => (line === null) === (kind === 'older-export'))).toBe(true);
    await exportTo('docs/path', '--site', 'https://h.test/p/');
    expect((await check()).stdout).not.toContain('docs/path/');
  });
});
