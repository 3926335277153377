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
import { defaultCache, refuseCacheInSite } from '../../scripts/build/cacheFolder.ts';

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

describe('a cache in the folder of the site', () => {
  const refusal = (cache: string, site: string): Promise<string | null> =>
    refuseCacheInSite(join(project, cache), join(project, site), cache).then(
      () => null,
      (error: Error) => error.message,
    );

  it.each([
    ['site/cache', 'site'],
    ['site/a/b', 'site'],
    ['site', 'site'],
  ])('is refused: %s in %s', async (cache, site) => {
    expect(await refusal(cache, site)).toBe(
      `${cache}: the cache lies in the folder of the site, and would be published with it. Name another folder with --cache`,
    );
  });

  it('is refused where links lead there', async () => {
    mkdirSync(join(project, 'real'));
    symlinkSync(join(project, 'real'), join(project, 'site'));
    symlinkSync(join(project, 'real'), join(project, 'elsewhere'));
    expect(await refusal('elsewhere/cache', 'site')).toContain('lies in the folder of the site');
    expect(await refusal('elsewhere/cache', 'real')).toContain('lies in the folder of the site');
  });

  it.each([
    ['site-cache', 'site'],
    ['cache', 'site'],
    ['cache', 'cache/site'],
  ])('is no other: %s beside %s', async (cache, site) => {
    expect(await refusal(cache, site)).toBeNull();
  });
});
