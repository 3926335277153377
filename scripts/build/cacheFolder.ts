/** Where a build keeps what it can make again when nobody names a folder. What lies there is run: compiled pages are code. */
import { createHash } from 'node:crypto';
import { access, constants, lstat, mkdir, mkdtemp, realpath, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, sep } from 'node:path';
import { InputError } from '../../src/readers/reader.ts';

/**
 * `.gemview/cache` beside the captures folder; where that cannot be written, or is another user's, a folder of this user's
 * temporary files. Both have names that others can guess, in places where they may write: they are used when they are this
 * user's own.
 */
export async function defaultCache(captures: string): Promise<string> {
  const beside = join(dirname(captures), '.gemview');
  const name = createHash('sha256').update(captures).digest('hex').slice(0, 16);
  const temporary = join(tmpdir(), `gemview-${name}`);
  for (const folders of [[beside, join(beside, 'cache')], [temporary]]) {
    if (await areOwn(folders)) return folders.at(-1)!;
  }
  return mkdtemp(`${temporary}-`);
}

/**
 * The folder that the user named for it, made where it is not there.
 *
 * @param shown as the user named it
 * @throws InputError when it cannot be written
 */
export async function namedCache(folder: string, shown: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return folder;
  } catch (error) {
    const isFile = ['EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
    throw new InputError(
      shown,
      isFile
        ? 'is a file, or lies below one'
        : `the cache cannot be written there (${(error as Error).message})`,
      { fix: 'Name another folder with --cache' },
    );
  }
}

/**
 * What is in the cache must not be published, and a site is replaced as a whole: a cache lies in no site.
 *
 * @param folder wanted for the cache; need not be there
 * @param out folder of the site; need not be there
 * @param shown the cache as the user named it
 * @throws InputError where it is the site's folder, or lies in it, also by links
 */
export async function refuseCacheInSite(folder: string, out: string, shown: string): Promise<void> {
  const [cache, site] = await Promise.all([realPlace(folder), realPlace(out)]);
  if (!`${cache}${sep}`.startsWith(`${site}${sep}`)) return;
  throw new InputError(shown, 'the cache lies in the folder of the site, and would be published with it', {
    fix: 'Name another folder with --cache',
  });
}

/** A path without links, also where its end is not there yet. */
async function realPlace(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realPlace(parent), basename(path));
  }
}

/** Makes the folders that are not there. Root may be trusted with what it may change anyway. */
async function areOwn(folders: readonly string[]): Promise<boolean> {
  // Windows has none.
  const user = process.getuid?.();
  try {
    for (const folder of folders) {
      await mkdir(folder, { mode: 0o755 }).catch(ignoreExisting);
      // A link is its maker's to turn elsewhere.
      for (const { uid } of [await lstat(folder), await stat(folder)]) {
        if (user !== undefined && uid !== user && uid !== 0) return false;
      }
      await access(folder, constants.W_OK);
    }
    return true;
  } catch {
    return false;
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
