/** A site of two tiny runs, compared with what it was when somebody last looked at it. */
import { cpSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { gemview } from '../support/command.ts';
import { expectGolden } from '../support/golden.ts';
import { scratchFolder } from '../support/scratch.ts';

const INPUT = resolve('test/site/captures');
const GOLDEN = resolve('test/site/golden');

let site: string;
beforeAll(async () => {
  const scratch = scratchFolder();
  cpSync(INPUT, join(scratch, 'captures'), { recursive: true });
  const { code, stderr } = await gemview(['build', '--base', '/docs/', '--site', 'https://example.org'], {
    cwd: scratch,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  site = join(scratch, 'dist');
});

const read = (path: string) => readFileSync(join(site, path), 'utf8');

/** Hashes of content change with every change of the program: what they stand for is compared instead. */
function normalised(text: string): string {
  return text
    .replaceAll(/"contentHash":\s*"[0-9a-f]+"/g, '"contentHash": "…"')
    .replaceAll(/(_gemview\/[\w@-]+?)(?:\.astro_[\w-]+)?\.[\w-]{8}\.(css|js|woff2|svg)/g, '$1.….$2')
    .replaceAll(/@[0-9a-f]{12,64}/g, '@…');
}

/** One tag a line, so that differences can be read; charts are left to their own tests. */
function readable(html: string): string {
  return `${normalised(html)
    .replaceAll(/<svg[\s\S]*?<\/svg>/g, '<svg>…</svg>')
    .replaceAll(/>\s*</g, '>\n<')
    .trim()}\n`;
}

describe('the site of two tiny runs', () => {
  it('has these files', () => {
    const files = readdirSync(site, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => normalised(join(entry.parentPath, entry.name).slice(site.length + 1)))
      .sort();
    expectGolden(join(GOLDEN, 'files.txt'), `${[...new Set(files)].join('\n')}\n`);
  });

  it.each(['script', 'log'])('says this of run %s', (run) => {
    const report = JSON.stringify(JSON.parse(read(`runs/${run}/report.json`)), null, 1);
    expectGolden(join(GOLDEN, `${run}.report.json`), `${normalised(report)}\n`);
  });

  it.each([
    ['home', 'index.html'],
    ['overview', 'runs/script/index.html'],
    ['method', 'runs/script/method/index.html'],
    ['overview-without-samples', 'runs/log/index.html'],
  ])('has this page: %s', (name, path) => {
    expectGolden(join(GOLDEN, `${name}.html`), readable(read(path)));
  });

  it('says nothing of where and when it was built', () => {
    const scratch = resolve(site, '..');
    const year = String(new Date().getFullYear());
    for (const path of ['index.html', 'runs/script/index.html', 'runs/script/report.json']) {
      expect(read(path), path).not.toContain(scratch);
      expect(read(path), path).not.toContain(process.cwd());
      expect(read(path), path).not.toContain(year);
    }
  });
});
