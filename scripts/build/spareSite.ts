/**
 * The site before the last one, kept in the cache for its folders: what did not change is moved from there into the next site,
 * because to make ten thousand folders and to delete them takes longer than all that is new in them.
 */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isUnchanged, type KeptFile, type KeptPages } from './pageCache.ts';
import { forgetUnused, markUsed } from './unusedCache.ts';

/** Every site has it. */
const FIRST_PAGE = 'index.html';

/**
 * Moves the spare site out of the cache, so that no other build takes it; one that is not there stays away.
 *
 * @param out folder of the site
 * @param place where the spare site is wanted: within a folder that goes with the build
 */
export function takeSpareSite(cache: string, out: string, place: string): void {
  try {
    renameSync(spareOf(cache, out), place);
  } catch {
    // There is none, it lies on another file system, or another build took it.
  }
}

/**
 * Keeps a site that was just replaced, if that costs nothing: its files must be links to those of the cache.
 *
 * @returns false where it is not kept
 */
export function keepSpareSite(cache: string, out: string, replaced: string): boolean {
  try {
    if (statSync(join(replaced, FIRST_PAGE)).nlink === 1) return false;
    const place = spareOf(cache, out);
    mkdirSync(dirname(place), { recursive: true });
    renameSync(replaced, place);
    // The folder, not its first page: that is a file of the cache too, and known by its time.
    markUsed(place);
    return true;
  } catch {
    // As above; or a concurrent build kept one.
    return false;
  }
}

/**
 * Moves the folders of kept pages from a spare site into a site, if they hold these very pages there; what else lies in them is
 * dropped. Nothing of the site is changed where they do not.
 *
 * @returns whether they are in the site
 */
export function reuseFolders(spare: string, { files }: Pick<KeptPages, 'files'>, site: string): boolean {
  const folders = Map.groupBy(files, ({ path }) => path.split('/').slice(0, 2).join('/'));
  try {
    if (![...folders].every(([folder, its]) => holdsOnly(spare, folder, its))) return false;
  } catch {
    // A folder that is not there.
    return false;
  }
  for (const folder of folders.keys()) {
    mkdirSync(dirname(join(site, folder)), { recursive: true });
    renameSync(join(spare, folder), join(site, folder));
  }
  return true;
}

/** Whether a folder holds these files as they were kept. Others are dropped: an edited site is no source of pages. */
function holdsOnly(site: string, folder: string, files: readonly KeptFile[]): boolean {
  const expected = new Map(files.map((file) => [file.path, file]));
  const folders = new Set(files.flatMap(({ path }) => parents(path, folder)));
  // Where somebody put a link in its place, what it leads to is not ours to tidy.
  if (![dirname(folder), folder].every((path) => lstatSync(join(site, path)).isDirectory())) return false;
  let found = 0;
  const look = (place: string): void => {
    for (const entry of readdirSync(join(site, place), { withFileTypes: true })) {
      const path = `${place}/${entry.name}`;
      const file = expected.get(path);
      if (entry.isDirectory() && folders.has(path)) look(path);
      else if (entry.isFile() && file && isUnchanged(site, file)) found++;
      else rmSync(join(site, path), { recursive: true, force: true });
    }
  };
  look(folder);
  return found === files.length;
}

/** All folders between a folder and a file somewhere below it. */
function parents(path: string, folder: string): string[] {
  const names = path.slice(folder.length + 1).split('/');
  return names.slice(0, -1).map((_, index) => `${folder}/${names.slice(0, index + 1).join('/')}`);
}

/** Drops spare sites of folders that no build wrote to for a month. */
export function forgetUnusedSpareSites(cache: string, nowMs: number): void {
  forgetUnused(sparesOf(cache), FIRST_PAGE, nowMs);
}

const sparesOf = (cache: string): string => join(cache, 'sites');

function spareOf(cache: string, out: string): string {
  return join(sparesOf(cache), createHash('sha256').update(out).digest('hex').slice(0, 32));
}
