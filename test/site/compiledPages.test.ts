import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { CompiledPages } from '../../src/platform/node/compiledPages.ts';
import { scratchFolder } from '../support/scratch.ts';

const BASE = '/some/base/';

/** A page of each kind that the site has: with a style and a script, with parameters, files of both sorts, the unknown. */
const SOURCES = {
  'src/pages/index.astro': '<html><head><title>one</title></head><body><a href="runs/a/">a</a></body></html>',
  'src/pages/404.astro': '<html><head><title>not here</title></head><body></body></html>',
  'src/pages/runs/[run]/index.astro': `---
export const getStaticPaths = () => ['a', 'b'].map((run) => ({ params: { run } }));
const { run } = Astro.params;
---
<html><head><title>{run}</title></head><body><p>{Astro.url.pathname}</p><script>console.log('a script')</script></body></html>
<style>p { color: teal }</style>
`,
  'src/pages/runs/[run]/[file].csv.ts': `export const getStaticPaths = () => [{ params: { run: 'a', file: 'tokens' } }];
export const GET = ({ params }) => new Response(params.run + ',' + params.file);
`,
  'src/pages/runs/[run]/[...file].ts': `export const getStaticPaths = () => [{ params: { run: 'b', file: 'report.md' } }];
export const GET = ({ params }) => new Response(new Uint8Array([0, 255, params.file.length]));
`,
};

let project: string;
let astro: string[];

beforeAll(() => {
  project = scratchFolder(SOURCES);
  symlinkSync(resolve('node_modules'), join(project, 'node_modules'));
  execFileSync(
    process.execPath,
    [resolve('test/support/astroSite.ts'), project, join(project, 'out'), join(project, 'pages'), BASE],
    {
      cwd: project,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ASTRO_TELEMETRY_DISABLED: '1' },
    },
  );
  // Scripts and styles are compiled, not rendered.
  astro = readdirSync(join(project, 'out'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(project, 'out/').length))
    .filter((path) => !path.startsWith('_astro/'))
    .sort();
});

describe('compiled pages', () => {
  it('render to the files that Astro writes, byte by byte', async () => {
    const compiled = await CompiledPages.open(join(project, 'pages'), BASE);
    const rendered = new Map<string, Uint8Array>();
    for (const path of await compiled.paths()) {
      const { file, body } = await compiled.render(path);
      rendered.set(file, body);
    }
    expect([...rendered.keys()].sort()).toEqual(astro);
    expect(astro).toEqual([
      '404.html',
      'index.html',
      'runs/a/index.html',
      'runs/a/tokens.csv',
      'runs/b/index.html',
      'runs/b/report.md',
    ]);
    for (const [file, body] of rendered) {
      expect(Buffer.from(body), file).toEqual(readFileSync(join(project, 'out', file)));
    }
    const page = Buffer.from(rendered.get('runs/a/index.html')!).toString();
    expect(page).toContain('<link rel="stylesheet" href="/some/base/_astro/');
    expect(page).toContain('/some/base/runs/a/');
  });
});
