import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { faultSentences } from '../../scripts/faults.ts';
import { gemview } from '../support/command.ts';
import { scratchFolder } from '../support/scratch.ts';

const thrown = (act: () => unknown): unknown => {
  try {
    act();
    return null;
  } catch (error) {
    return error;
  }
};

describe('what the system refuses', () => {
  it('is told with its path, and is no fault of gemview', () => {
    const folder = scratchFolder({ file: 'x' });
    const below = `${folder}/file/deeper`;
    for (const act of [
      () => mkdirSync(below, { recursive: true }),
      () => readdirSync(below),
      () => mkdtempSync(below),
    ]) {
      const sentence = faultSentences(thrown(act));
      expect(sentence).toContain(`${folder}/file`);
      expect(sentence).toContain('a file stands where a folder is needed: name another folder');
      expect(sentence).not.toContain('fault of gemview');
    }
  });

  it.each([
    ['ENOSPC', 'the disk is full'],
    ['EROFS', 'can only be read'],
    ['EACCES', 'may not read or write'],
  ])('%s is told in words', (code, words) => {
    const refused = Object.assign(new Error(`${code}: words, write`), { code, path: '/some/where' });
    expect(faultSentences(refused)).toMatch(new RegExp(`^gemview: /some/where: .*${words}`));
    // A write that fails has no path.
    expect(faultSentences(Object.assign(new Error('x'), { code }))).toContain(words);
  });

  it('is not what a program forgot', () => {
    expect(faultSentences(Object.assign(new Error('x'), { code: 'ENOENT' }))).toContain('a fault of gemview');
    expect(faultSentences(Object.assign(new Error('x'), { code: 'toString' }))).toContain(
      'a fault of gemview',
    );
  });
});

describe('folders that are files', () => {
  const LOG = 'llama_perf_context_print:        load time =      46.53 ms\n';

  it.each([
    [['--cache', 'file'], 'gemview: file: is a file, or lies below one. Name another folder with --cache'],
    [
      ['--cache', 'file/deeper'],
      'gemview: file/deeper: is a file, or lies below one. Name another folder with --cache',
    ],
    [['--out', 'file'], 'gemview: file: is a file. Name a folder with --out'],
    [['--out', 'file/deeper'], 'gemview: file/deeper: lies below a file. Name another folder with --out'],
  ])('are refused by build: %j', async (args, sentence) => {
    const cwd = scratchFolder({ file: 'x', 'caps/one/log.txt': LOG });
    const { code, stderr } = await gemview(['build', 'caps', ...args], { cwd });
    expect([code, stderr]).toEqual([1, `${sentence}\n`]);
  });
});

it('a cache that lies in the folder of the site is refused before anything is written there', async () => {
  const cwd = scratchFolder({ 'caps/one/log.txt': 'text', 'site/index.html': 'page' });
  const { code, stderr } = await gemview(['build', 'caps', '--out', 'site', '--cache', 'site/cache'], {
    cwd,
  });
  expect(code).toBe(1);
  expect(stderr).toContain('gemview: site/cache: the cache lies in the folder of the site');
  expect(readdirSync(`${cwd}/site`)).toEqual(['index.html']);
});
