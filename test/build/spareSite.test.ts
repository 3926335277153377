import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  bringPages,
  keepPages,
  keptPages,
  siteFiles,
  type KeptPages,
} from '../../scripts/build/pageCache.ts';
import {
  forgetUnusedSpareSites,
  keepSpareSite,
  reuseFolders,
  takeSpareSite,
} from '../../scripts/build/spareSite.ts';
import { scratchFolder, writeFiles } from '../support/scratch.ts';

const RUN = {
  'runs/one/index.html': 'one',
  'runs/one/charts/tokens/index.html': 'chart',
  'embed/one/tokens/index.html': 'embed',
};
const DAY_MS = 24 * 3600 * 1000;

let cache: string;
/** A site that was replaced, and the next one. */
let spare: string;
let next: string;
let pages: KeptPages;

/** The pages of a run are in the cache and, as the same files, in a site. */
beforeEach(() => {
  cache = scratchFolder();
  spare = scratchFolder({ ...RUN, 'index.html': 'first page' });
  next = scratchFolder();
  keepPages(cache, 'key', spare, Object.keys(RUN));
  pages = keptPages(cache, 'key')!;
});

const inode = (site: string, path: string): number => statSync(join(site, path)).ino;

describe('folders of a spare site', () => {
  it('are moved into the next site with their files', () => {
    const folder = inode(spare, 'runs/one/charts');
    expect(reuseFolders(spare, pages, next)).toBe(true);
    expect(siteFiles(next, '')).toEqual(Object.keys(RUN).sort());
    expect(inode(next, 'runs/one/charts')).toBe(folder);
    expect(siteFiles(spare, '')).toEqual(['index.html']);
  });

  it('lose what else lies in them: a picture of a chapter, what somebody put there', () => {
    writeFiles(spare, { 'runs/one/index.html.gz': 'old', 'runs/one/story/a.png': 'old' });
    expect(reuseFolders(spare, pages, next)).toBe(true);
    expect(siteFiles(next, '')).toEqual(Object.keys(RUN).sort());
    expect(existsSync(join(next, 'runs/one/story'))).toBe(false);
  });

  it.each<[string, (path: string) => void]>([
    ['was edited, with a new file in its place', (path) => replace(path, 'changed')],
    ['has other text of the same length', (path) => replace(path, 'two')],
    ['is gone', (path) => rmSync(path)],
    ['is a link now', (path) => (rmSync(path), symlinkSync('/etc/hostname', path))],
    ['is a folder now', (path) => (rmSync(path), mkdirSync(path))],
  ])('are not used where a page %s', (_name, change) => {
    change(join(spare, 'runs/one/index.html'));
    expect(reuseFolders(spare, pages, next)).toBe(false);
    expect(siteFiles(next, '')).toEqual([]);
    bringPages(keptPages(cache, 'key')!, next);
    expect(readFileSync(join(next, 'runs/one/index.html'), 'utf8')).toBe('one');
  });

  it.each(['runs/one', 'runs'])('are not used where %s is a link: nothing is deleted behind it', (path) => {
    const mine = scratchFolder({ 'notes.txt': 'mine', 'one/notes.txt': 'mine' });
    rmSync(join(spare, path), { recursive: true });
    symlinkSync(mine, join(spare, path));
    expect(reuseFolders(spare, pages, next)).toBe(false);
    expect(siteFiles(mine, '')).toEqual(['notes.txt', 'one/notes.txt']);
  });

  it('are not used where one is not there, or there is no spare site', () => {
    renameSync(join(spare, 'embed/one'), join(spare, 'embed/other'));
    expect(reuseFolders(spare, pages, next)).toBe(false);
    expect(reuseFolders(join(spare, 'nothing'), pages, next)).toBe(false);
    expect(siteFiles(next, '')).toEqual([]);
  });
});

function replace(path: string, text: string): void {
  rmSync(path);
  writeFileSync(path, text);
}

describe('a spare site', () => {
  const OUT = '/home/user/site';

  /** A site whose files are links to those of the cache. */
  function replacedSite(): string {
    linkSync(join(spare, 'index.html'), join(cache, 'index.html'));
    return spare;
  }

  it('is kept for the folder that it stood in, and taken once', () => {
    expect(keepSpareSite(cache, OUT, replacedSite())).toBe(true);
    expect(existsSync(spare)).toBe(false);
    const place = join(next, 'spare');
    takeSpareSite(cache, '/home/user/other', place);
    expect(existsSync(place)).toBe(false);
    takeSpareSite(cache, OUT, place);
    expect(siteFiles(place, '')).toContain('runs/one/index.html');
    takeSpareSite(cache, OUT, join(next, 'again'));
    expect(existsSync(join(next, 'again'))).toBe(false);
  });

  it('is not kept where its files are copies, or where there is one already', () => {
    expect(keepSpareSite(cache, OUT, spare)).toBe(false);
    expect(existsSync(spare)).toBe(true);
    const second = scratchFolder(RUN);
    linkSync(join(spare, 'index.html'), join(second, 'index.html'));
    expect(keepSpareSite(cache, OUT, replacedSite())).toBe(true);
    expect(keepSpareSite(cache, OUT, second)).toBe(false);
  });

  it('is dropped when no build replaced its site for a month', () => {
    keepSpareSite(cache, OUT, replacedSite());
    const [name] = siteFiles(join(cache, 'sites'), '').map((path) => path.split('/')[0]);
    const folder = join(cache, 'sites', name);
    forgetUnusedSpareSites(cache, Date.now());
    expect(existsSync(folder)).toBe(true);
    forgetUnusedSpareSites(cache, Date.now() + 40 * DAY_MS);
    expect(existsSync(folder)).toBe(false);
  });

  it('is kept for a month from now, however old its pages are', () => {
    const site = replacedSite();
    const ago = new Date(Date.now() - 40 * DAY_MS);
    for (const path of [join(site, 'index.html'), site]) utimesSync(path, ago, ago);
    keepSpareSite(cache, OUT, site);
    forgetUnusedSpareSites(cache, Date.now());
    const place = join(next, 'spare');
    takeSpareSite(cache, OUT, place);
    expect(siteFiles(place, '')).toContain('index.html');
    // It is a file of the cache as well, which is told by its time.
    expect(statSync(join(place, 'index.html')).mtimeMs).toBe(ago.getTime());
  });
});
