/** The snippets in the documentation tools that they are offered for, each run as its users run it. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { embedSnippets } from '../../src/charts/embedSnippets.ts';
import { scratchFolder } from '../support/scratch.ts';

const CHART = 'https://example.org/p/runs/one@0123456789ab/charts/tokens';
/** Ends spans and fences of code, directives, arguments and paragraphs, where it is taken for more than words. */
const TITLE =
  'Decode takes 0.8 ms, “half” of it <in> a_b_c & {d} {{% e %}} {{{< f >}}} ``g`` [h](i) :j:`k` ``` .. raw:: html ns::l<m> |n| \\"p\\\\" $o$ "q" \\`r';
/** With the line ends of a name in a symbol table. */
const TITLE_IN_LINES = TITLE.replace(' ``` ', '\n```\n')
  .replace(' .. raw', '\n\n.. raw')
  .replace(' ns::', '\n\n\tns::');
const snippets = embedSnippets({
  site: 'https://example.org/p/',
  chart: 'runs/one@0123456789ab/charts/tokens',
  embed: 'embed/one@0123456789ab/tokens/',
  script: 'embed/gemview-chart.js',
  title: TITLE_IN_LINES,
  description: 'Bars.',
  width: 912,
  height: 300,
});
const snippet = (id: string): string => snippets.find((one) => one.id === id)!.code;

function run(command: string, parameters: string[], cwd: string): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(command, parameters, { cwd, encoding: 'utf8' });
  return { code: status, output: `${stdout ?? ''}${stderr ?? ''}` };
}

/** The chart in light and dark with its link, as the page holds it. */
function expectPicture(html: string): void {
  expect(html).toContain(`<a href="${CHART}/">`);
  expect(html).toMatch(
    new RegExp(`<source media="\\(prefers-color-scheme: dark\\)" srcset="${CHART}.dark.svg"`),
  );
  const [, alt] =
    new RegExp(`<img src="${CHART}.svg" alt="([^"]*)" width="912" height="300"`).exec(html) ?? [];
  const characters = {
    '&lt;': '<',
    '&gt;': '>',
    '&quot;': '"',
    '&#34;': '"',
    '&amp;': '&',
    '&#123;': '{',
    '&#125;': '}',
  };
  const read = Object.entries(characters).reduce(
    (text, [entity, is]) => text.replaceAll(entity, is),
    alt ?? '',
  );
  expect(read).toBe(TITLE);
}

const hasHugo = run('hugo', ['version'], '.').code === 0;
describe.skipIf(!hasHugo)(hasHugo ? 'Hugo' : 'Hugo (not installed: apt-get install hugo)', () => {
  it('builds a page with the shortcode without a warning', () => {
    const [shortcode = '', use = ''] = snippet('hugo').split('\n\n');
    const folder = scratchFolder({
      'config.toml':
        'baseURL = "https://docs.test/"\ntitle = "Docs"\ndisableKinds = ["taxonomy", "term", "RSS", "sitemap"]\n',
      'layouts/_default/single.html': '<!doctype html><title>{{ .Title }}</title>{{ .Content }}',
      'layouts/_default/list.html': '<!doctype html><title>{{ .Title }}</title>',
      'layouts/index.html': '<!doctype html><title>{{ .Title }}</title>',
      'layouts/404.html': '<!doctype html><title>404</title>',
      'layouts/shortcodes/gemview.html': shortcode,
      'content/page.md': `---\ntitle: A page\n---\n\nBefore.\n\n${use}\n\nAfter.\n`,
    });
    const { code, output } = run('hugo', ['--panicOnWarning'], folder);
    expect(output).not.toMatch(/WARN|ERROR/);
    expect(code, output).toBe(0);
    expectPicture(readFileSync(join(folder, 'public/page/index.html'), 'utf8'));
  });
});

const hasSphinx = run('sphinx-build', ['--version'], '.').code === 0;
describe.skipIf(!hasSphinx)(
  hasSphinx ? 'Sphinx' : 'Sphinx (not installed: apt-get install python3-sphinx)',
  () => {
    it('builds a page of reStructuredText without a warning', () => {
      const folder = scratchFolder({
        'conf.py': 'project = "Docs"\n',
        'index.rst': `Docs\n====\n\nBefore.\n\n${snippet('rst')}\n\nAfter.\n`,
      });
      const { code, output } = run('sphinx-build', ['-W', '-q', '.', 'out'], folder);
      expect(code, output).toBe(0);
      expect(output).toBe('');
      expectPicture(readFileSync(join(folder, 'out/index.html'), 'utf8'));
    });
  },
);

const MYST = ['-q', '-D', 'extensions=myst_parser'];
const hasMyst =
  hasSphinx &&
  run('sphinx-build', [...MYST, '-C', '.', 'out'], scratchFolder({ 'index.rst': 'Docs\n====\n' })).code === 0;
describe.skipIf(!hasMyst)(
  hasMyst ? 'MyST' : 'MyST (not installed: apt-get install python3-sphinx python3-myst-parser)',
  () => {
    it('builds a page of Markdown without a warning', () => {
      const folder = scratchFolder({
        'conf.py': 'project = "Docs"\nextensions = ["myst_parser"]\n',
        'index.md': `# Docs\n\nBefore.\n\n${snippet('myst')}\n\nAfter.\n`,
      });
      const { code, output } = run('sphinx-build', ['-W', '-q', '.', 'out'], folder);
      expect(code, output).toBe(0);
      expect(output).toBe('');
      expectPicture(readFileSync(join(folder, 'out/index.html'), 'utf8'));
    });
  },
);
