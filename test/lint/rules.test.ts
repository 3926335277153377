import { describe, expect, it } from 'vitest';
import { importProblems } from '../../scripts/lint/importDirection.ts';
import { lockfileProblems } from '../../scripts/lint/lockfile.ts';
import { traceProblems } from '../../scripts/lint/traces.ts';

describe('direction of imports', () => {
  it('lets imports run downwards, within a folder, and to packages', () => {
    const text = `import { a } from './b.ts';
import type { Profile } from '../profile/types.ts';
import { z } from 'zod';
export { c } from '../analysis/d.ts';
`;
    expect(importProblems('src/report/build.ts', text)).toEqual([]);
  });

  it.each([
    [
      'src/analysis/x.ts',
      "import { b } from '../report/build.ts';",
      'src/analysis may not import src/report/build.ts',
    ],
    [
      'src/profile/x.ts',
      "export * from '../readers/reader.ts';",
      'src/profile may not import src/readers/reader.ts',
    ],
    ['src/charts/x.ts', "import '../pages/index.ts';", 'src/charts may not import src/pages/index.ts'],
    [
      'src/readers/apc/x.ts',
      "import {\n  a,\n  b,\n} from '../../platform/node/files.ts';",
      'src/readers may not import src/platform/node/files.ts',
    ],
    [
      'src/components/X.astro',
      "---\nimport { r } from '../readers/registry.ts';\n---\n",
      'src/components may not import src/readers/registry.ts',
    ],
    [
      'src/components/X.astro',
      "<script>\n  import { r } from '../readers/registry.ts';\n</script>",
      'src/components may not import src/readers/registry.ts',
    ],
    [
      'src/report/x.ts',
      "const later = await import('../pages/a.ts');",
      'src/report may not import src/pages/a.ts',
    ],
    ['src/pipeline/x.ts', "import { readFile } from 'node:fs';", 'src/pipeline may not use node:fs'],
    [
      'src/platform/bytes.ts',
      "import { Profile } from '../profile/types.ts';",
      'src/platform may not import src/profile/types.ts',
    ],
    ['src/report/x.ts', "import { x } from '../../scripts/x.ts';", 'src/report may not import scripts/x.ts'],
  ])('refuses in %s: %s', (path, text, problem) => {
    expect(importProblems(path, text)).toEqual([`${path}: ${problem}`]);
  });

  it('asks for a rule for a new folder', () => {
    expect(importProblems('src/novelty/x.ts', '')).toEqual([
      'src/novelty/x.ts: no rule for imports of src/novelty: add one to the table',
    ]);
  });
});

describe('lock file', () => {
  const manifest = JSON.stringify({ dependencies: { a: '1.0.0' } });
  const lock = (packages: object) => JSON.stringify({ packages });

  it('finds nothing in a sound one', () => {
    const sound = lock({
      'node_modules/a': { optionalDependencies: { 'a-linux': '1.0.0' } },
      'node_modules/a-linux': {},
    });
    expect(lockfileProblems(manifest, sound)).toEqual([]);
  });

  it('misses the entry of an optional platform package', () => {
    const cut = lock({ 'node_modules/a': { optionalDependencies: { 'a-linux': '1.0.0' } } });
    expect(lockfileProblems(manifest, cut)).toEqual([
      'node_modules/a needs a-linux, which has no entry in the lock',
    ]);
  });

  it('refuses ranges and host names', () => {
    expect(lockfileProblems(JSON.stringify({ devDependencies: { a: '^1.0.0' } }), lock({}))).toEqual([
      'a is not pinned: ^1.0.0',
    ]);
    expect(
      lockfileProblems(manifest, lock({ 'node_modules/a': { resolved: 'https://host/a.tgz' } })),
    ).toEqual(['node_modules/a names a host: set omit-lockfile-registry-resolved']);
  });
});

describe('traces of a machine', () => {
  it('finds the folder of the checkout and the host of a registry', () => {
    const text = `fine\nsee /home/me/gemview/src\nget ${'https'}://registry.example.org/a.tgz\n`;
    expect(traceProblems('a.md', text, '/home/me/gemview')).toEqual([
      'a.md:2: names the folder of this checkout',
      "a.md:3: names a package registry's host",
    ]);
    expect(traceProblems('a.md', text, '/srv/other')).toEqual(["a.md:3: names a package registry's host"]);
  });
});
