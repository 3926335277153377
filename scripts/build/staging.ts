/** A site is built beside its place and put there in one step: whatever happens before, the last site stays. */
import { mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../../src/readers/reader.ts';

/** Marks a folder as a site that gemview made and may replace. */
const MARKER = '.gemview-site';
const MARKER_TEXT = 'This folder is a site built by gemview. The next build replaces it.\n';

export interface Staging {
  /** Folder to build the site into. Packages that gemview depends on can be imported from within it. */
  site: string;
  /** Puts the built site into its place. */
  publish(): Promise<void>;
  /** Drops what was built. */
  discard(): Promise<void>;
}

/**
 * Prepares a staging folder next to `out`. Clears what killed builds left, and brings back a site that one had moved
 * aside. Throws an InputError when `out` holds something that gemview did not make.
 *
 * @param shown how the user named the output folder
 */
export async function stageSite(out: string, shown: string): Promise<Staging> {
  const parent = dirname(out);
  await mkdir(parent, { recursive: true });
  await recover(out);
  if (!(await mayReplace(out))) {
    throw new InputError(shown, 'this folder holds files that gemview did not make', {
      fix: 'Name an empty or a new folder with --out',
    });
  }
  const path = join(parent, `${stagingPrefix(out)}${process.pid}`);
  const previous = join(parent, `${previousPrefix(out)}${process.pid}`);
  const site = join(path, 'site');
  await rm(path, { recursive: true, force: true });
  await mkdir(site, { recursive: true });
  // Astro runs the code that renders pages from its output folder, and that code imports packages.
  await symlink(packagesFolder(), join(path, 'node_modules'), 'junction');
  return {
    site,
    async publish() {
      await writeFile(join(site, MARKER), MARKER_TEXT);
      const hadSite = await isThere(out);
      if (hadSite) await rename(out, previous);
      try {
        await rename(site, out);
      } catch (error) {
        if (hadSite) await rename(previous, out);
        throw error;
      }
      await rm(previous, { recursive: true, force: true });
    },
    discard: () => rm(path, { recursive: true, force: true }),
  };
}

/** The `node_modules` that Astro was installed into: gemview's own in a checkout, the user's for an installed package. */
function packagesFolder(): string {
  return dirname(dirname(createRequire(import.meta.url).resolve('astro/package.json')));
}

const stagingPrefix = (out: string): string => `.${basename(out)}.staging-`;
const previousPrefix = (out: string): string => `.${basename(out)}.previous-`;

/** Folders of builds that no longer run: staging is dropped, a site moved aside is put back when its place is empty. */
async function recover(out: string): Promise<void> {
  const parent = dirname(out);
  for (const name of await readdir(parent)) {
    for (const prefix of [stagingPrefix(out), previousPrefix(out)]) {
      if (!name.startsWith(prefix) || isRunning(Number(name.slice(prefix.length)))) continue;
      const path = join(parent, name);
      if (prefix === previousPrefix(out) && !(await isThere(out))) await rename(path, out);
      else await rm(path, { recursive: true, force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function mayReplace(out: string): Promise<boolean> {
  if (!(await isThere(out))) return true;
  try {
    const names = await readdir(out);
    return names.length === 0 || (await readFile(join(out, MARKER), 'utf8')) === MARKER_TEXT;
  } catch {
    return false;
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}
