/** A site is built beside its place and put there in one step: whatever happens before, the last site stays. */
import { createHash } from 'node:crypto';
import {
  access,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../../src/readers/reader.ts';

/** Marks a folder as a site that gemview made and may replace. */
const MARKER = '.gemview-site';
const MARKER_TEXT = 'This folder is a site built by gemview. The next build replaces it.\n';

/** How often a concurrent build may come first before this one gives up. */
const MAX_SWAPS = 20;

/** Left by a build on another machine that shares the folder: it is taken for dead after a day. */
const FOREIGN_STALE_MS = 24 * 3600 * 1000;

/** Astro takes paths for parts of addresses: behind some characters files are not found, and behind `%` styles are left out. */
const UNFIT = /[%#?]/;

export interface Staging {
  /** Folder of this build alone, next to the output; what is built goes into `site`. */
  path: string;
  site: string;
  /**
   * Puts the built site into its place.
   *
   * @param keep takes the folder of the replaced site away, or answers false: then it is deleted
   */
  publish(keep?: (replaced: string) => boolean): Promise<void>;
  /** Drops the staging folder. */
  discard(): Promise<void>;
}

/**
 * Looks after the place of the site before a build begins: clears what killed builds left, and brings back a site that one
 * had moved aside. Throws an InputError when the place holds something that gemview did not make.
 *
 * @param shown how the user named the output folder
 * @returns the folder itself where a link leads to it
 */
export async function prepareOutput(named: string, shown: string): Promise<string> {
  const out = await realpath(named).catch(() => named);
  const parent = await stat(dirname(out)).catch(() => null);
  if (parent?.isFile()) {
    throw new InputError(shown, 'lies below a file', { fix: 'Name another folder with --out' });
  }
  if (parent !== null) await recover(out);
  await refuseForeign(out, shown);
  return out;
}

/** What Vite takes for the end of a path: where gemview lies below it, its styles and fonts are not found. */
const UNFIT_FOR_PROGRAM = /[#?]/;

/** @throws InputError where gemview itself is installed in a folder from which no page can be compiled */
export function refuseUnfitInstallation(root: string): void {
  const unfit = UNFIT_FOR_PROGRAM.exec(root);
  if (unfit === null) return;
  throw new InputError(
    root,
    `gemview is installed in a folder whose path holds '${unfit[0]}', and cannot build a site from there`,
    { fix: 'Install it in another folder, or rename that one' },
  );
}

/** Makes a staging folder next to `out`. Throws an InputError when that cannot be written or built in. */
export async function stageSite(out: string, shown: string): Promise<Staging> {
  const parent = dirname(out);
  const unfit = UNFIT.exec(out);
  if (unfit) {
    throw new InputError(shown, `a site cannot be built in a folder whose path holds '${unfit[0]}'`, {
      fix: 'Name another folder with --out',
    });
  }
  const path = await mkdir(parent, { recursive: true })
    .then(() => mkdtemp(join(parent, `${prefixOf('staging', out)}${thisBuild()}-`)))
    .catch((error: Error) => {
      throw new InputError(shown, `the site cannot be written there (${error.message})`, {
        fix: 'Name another folder with --out',
      });
    });
  const site = join(path, 'site');
  await mkdir(site);
  return {
    path,
    site,
    publish: async (keep = () => false) => {
      await refuseForeign(out, shown);
      // Only now: Astro empties the folder that it builds into.
      await writeFile(join(site, MARKER), MARKER_TEXT);
      try {
        await swap(site, out, keep);
      } catch (error) {
        throw new InputError(shown, `the site cannot be put there (${(error as Error).message})`, {
          fix: 'If it is a mount point, name a folder below it',
        });
      }
    },
    discard: () => rm(path, { recursive: true, force: true }),
  };
}

/** Moves the last site aside and `site` into its place. Between the two renames a kill leaves the last site aside. */
async function swap(site: string, out: string, keep: (replaced: string) => boolean): Promise<void> {
  const aside = join(dirname(out), `${prefixOf('previous', out)}${thisBuild()}-${Date.now()}`);
  for (let attempt = 1; ; attempt++) {
    const hadSite = await renamed(out, aside);
    try {
      await rename(site, out);
      if (!hadSite || !keep(aside)) await rm(aside, { recursive: true, force: true });
      return;
    } catch (error) {
      // A concurrent build put its site there between the two renames; it is as good as the one that was there before.
      if (attempt < MAX_SWAPS && isOccupied(error)) {
        await rm(aside, { recursive: true, force: true });
        continue;
      }
      if (hadSite) await renamed(aside, out);
      throw error;
    }
  }
}

/** False when there was nothing to rename. */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function isOccupied(error: unknown): boolean {
  return ['ENOTEMPTY', 'EEXIST', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
}

const prefixOf = (kind: 'staging' | 'previous', out: string): string => `.${basename(out)}.${kind}-`;

/** `<host>-<pid>`: tells whether the build that made a folder still runs. */
function thisBuild(): string {
  return `${thisHost()}-${process.pid}`;
}

function thisHost(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}

/** Folders of builds that no longer run: staging is dropped, a site moved aside is put back when its place is empty. */
async function recover(out: string): Promise<void> {
  const parent = dirname(out);
  for (const name of await readdir(parent)) {
    for (const kind of ['previous', 'staging'] as const) {
      if (!name.startsWith(prefixOf(kind, out))) continue;
      const path = join(parent, name);
      if (await mayBeRunning(name.slice(prefixOf(kind, out).length), path)) continue;
      if (kind === 'previous' && !(await isThere(out))) await rename(path, out);
      else await rm(path, { recursive: true, force: true });
    }
  }
}

async function mayBeRunning(build: string, path: string): Promise<boolean> {
  const [host, pid] = build.split('-');
  if (host !== thisHost()) {
    const { mtimeMs } = await stat(path);
    return Date.now() - mtimeMs < FOREIGN_STALE_MS;
  }
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** An empty folder, or a site that gemview made, may be replaced; nothing else. */
async function refuseForeign(out: string, shown: string): Promise<void> {
  const status = await stat(out).catch(() => null);
  if (status === null) return;
  if (!status.isDirectory()) throw new InputError(shown, 'is a file', { fix: 'Name a folder with --out' });
  const names = await readdir(out);
  if (names.length === 0 || (await readFile(join(out, MARKER), 'utf8').catch(() => '')) === MARKER_TEXT)
    return;
  throw new InputError(shown, 'this folder holds files that gemview did not make', {
    fix: 'Name an empty or a new folder with --out',
  });
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
