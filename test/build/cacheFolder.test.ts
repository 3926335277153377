import {
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultCache } from '../../scripts/build/cacheFolder.ts';

/** Some user who is not the one that runs this. */
const ANOTHER = 54321;

const isRoot = process.getuid?.() === 0;

let project: string;
const made: string[] = [];
beforeEach(() => {
  project = mkdtempSync(join(realpathSync(tmpdir()), 'gemview-cache-test-'));
});
afterEach(() => {
  for (const folder of [project, ...made.splice(0)]) rmSync(folder, { recursive: true, force: true });
});

async function cacheOf(): Promise<string> {
  const folder = await defaultCache(join(project, 'captures'));
  if (!folder.startsWith(project)) made.push(folder);
  return folder;
}

describe('the cache of a captures folder', () => {
  it('lies beside it, and stays there', async () => {
    expect(await cacheOf()).toBe(join(project, '.gemview', 'cache'));
    expect(await cacheOf()).toBe(join(project, '.gemview', 'cache'));
  });

  // Root alone can make folders of others.
  it.runIf(isRoot)('lies elsewhere where another user put a folder of that name', async () => {
    mkdirSync(join(project, '.gemview', 'cache'), { recursive: true });
    chownSync(join(project, '.gemview'), ANOTHER, ANOTHER);
    const folder = await cacheOf();
    expect(folder.startsWith(join(tmpdir(), 'gemview-'))).toBe(true);
    expect(statSync(folder).uid).toBe(0);

    // Whose name is known as well.
    chownSync(folder, ANOTHER, ANOTHER);
    const other = await cacheOf();
    expect(other).not.toBe(folder);
    expect(statSync(other).uid).toBe(0);
    expect(existsSync(join(project, '.gemview', 'cache'))).toBe(true);
  });

  it.runIf(isRoot)('is no link of another user', async () => {
    const own = join(project, 'own');
    mkdirSync(join(own, 'cache'), { recursive: true });
    symlinkSync(own, join(project, '.gemview'));
    expect(await cacheOf()).toBe(join(project, '.gemview', 'cache'));
    lchownSync(join(project, '.gemview'), ANOTHER, ANOTHER);
    expect((await cacheOf()).startsWith(project)).toBe(false);
  });
});
