/** The checks that no other tool makes: lock file, direction of imports, traces of this machine. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { importProblems } from './importDirection.ts';
import { lockfileProblems } from './lockfile.ts';
import { traceProblems } from './traces.ts';

/** Made by tools, or data as they were recorded. */
const NOT_OURS = new Set(['node_modules', 'dist', 'lib', 'captures', 'test-results']);

const TEXT = /\.(?:ts|mts|mjs|js|astro|css|json|md|mdx|ya?ml|html|txt|svg|csv)$|^run$|^\.npmrc$/;

function ownFiles(folder: string): string[] {
  return readdirSync(join('.', folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const isTools = entry.name.startsWith('.') && entry.isDirectory() && entry.name !== '.ci';
      if (NOT_OURS.has(entry.name) || isTools) return [];
      if (entry.isDirectory()) return ownFiles(path);
      return TEXT.test(entry.name) ? [path] : [];
    })
    .sort();
}

const problems = lockfileProblems(
  readFileSync('package.json', 'utf8'),
  readFileSync('package-lock.json', 'utf8'),
);
for (const path of ownFiles('')) {
  const text = readFileSync(path, 'utf8');
  problems.push(...traceProblems(path, text, resolve('.')));
  if (/^src\/.*\.(?:ts|astro)$/.test(path) && !path.endsWith('.d.ts'))
    problems.push(...importProblems(path, text));
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
