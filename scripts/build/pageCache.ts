/**
 * Rendered pages that need not be rendered again. A unit is what changes together: the pages of one run with its embeds and
 * pinned charts, or those that are about the whole site. It is kept under a key of everything that its pages depend on, as
 * links to the very files of the site where the file system has them.
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { hashOfFile } from './contentHash.ts';
import { forgetUnused, markUsed } from './unusedCache.ts';

/** Pages kept under a key. */
export interface KeptPages {
  folder: string;
  /** By their paths within the site. */
  files: KeptFile[];
  /** Content-hashed files that the pages name. */
  assets: string[];
}

/** A file of the cache as it was written. */
export interface KeptFile {
  path: string;
  bytes: number;
  /** When it was written: a file of the site that somebody edits is the kept one as well. */
  mtimeMs: number;
  sha256: string;
}

interface Manifest {
  files: KeptFile[];
  assets: string[];
}

const MANIFEST = 'pages.json';

/** Names of content-hashed files in a page, stylesheet or script. */
export const ASSET = /_gemview\/[\w.@-]+/g;

/** One name for everything that pages depend on. */
export function pageKey(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** Pages under a key; null when there are none, or when a file of them is no longer what it was. */
export function keptPages(cache: string, key: string): KeptPages | null {
  const folder = join(unitsOf(cache), key);
  try {
    const manifest = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')) as Manifest;
    // None is kept without a file: such a list is damaged.
    if (manifest.files.length === 0) return null;
    if (!manifest.files.every((file) => isUnchanged(folder, file))) return null;
    markUsed(join(folder, MANIFEST));
    return { folder, ...manifest };
  } catch {
    return null;
  }
}

/** Time and size tell without reading; a cache that was packed and unpacked has other times. */
export function isUnchanged(folder: string, { path, bytes, mtimeMs, sha256: hash }: KeptFile): boolean {
  const status = statSync(join(folder, path));
  if (status.size !== bytes) return false;
  return status.mtimeMs === mtimeMs || hashOfFile(join(folder, path)) === hash;
}

export function keptFile(folder: string, path: string, content: Uint8Array): KeptFile {
  const { size, mtimeMs } = statSync(join(folder, path));
  return { path, bytes: size, mtimeMs, sha256: sha256(content) };
}

/** Keeps files of a site. A killed build leaves no half of a unit, and of two builds at once one keeps it. */
export function keepPages(cache: string, key: string, site: string, files: readonly string[]): void {
  const folder = join(unitsOf(cache), key);
  const staging = join(unitsOf(cache), `.${key}.${process.pid}`);
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  linkFiles(site, staging, files);
  const assets = new Set<string>();
  const kept = files.map((path): KeptFile => {
    const content = readFileSync(join(staging, path));
    if (path.endsWith('.html')) for (const [name] of content.toString().matchAll(ASSET)) assets.add(name);
    return keptFile(staging, path, content);
  });
  const manifest: Manifest = { files: kept, assets: [...assets].sort() };
  writeFileSync(join(staging, MANIFEST), JSON.stringify(manifest));
  if (keptPages(cache, key) === null) {
    rmSync(folder, { recursive: true, force: true });
    try {
      renameSync(staging, folder);
    } catch (error) {
      // Another build kept the same pages in the meantime.
      if (keptPages(cache, key) === null) throw error;
    }
  }
  rmSync(staging, { recursive: true, force: true });
}

/** Drops the pages under these keys: others are kept there next. */
export function forgetPages(cache: string, keys: readonly string[]): void {
  for (const key of keys) rmSync(join(unitsOf(cache), key), { recursive: true, force: true });
}

/** Puts kept pages into a site. */
export function bringPages({ folder, files }: KeptPages, site: string): void {
  linkFiles(
    folder,
    site,
    files.map(({ path }) => path),
  );
}

/** Whether all content-hashed files that kept pages name are in the site. */
export function hasAssets(site: string, kept: Iterable<KeptPages>): boolean {
  const names = new Set([...kept].flatMap(({ assets }) => assets));
  return [...names].every((name) => existsSync(join(site, name)));
}

/** Drops units that no build used for a month, and what killed builds left. */
export function forgetUnusedPages(cache: string, nowMs: number): void {
  forgetUnused(unitsOf(cache), MANIFEST, nowMs);
}

/**
 * Puts files of one folder into another one: linked, or copied where there are no links between the two. Synchronous: a
 * site of some hundred runs has a hundred thousand files, and a promise for each costs more than the link.
 */
export function linkFiles(from: string, to: string, paths: readonly string[]): void {
  const made = new Set<string>();
  let hasLinks = true;
  for (const path of paths) {
    const target = join(to, path);
    const folder = dirname(target);
    if (!made.has(folder)) mkdirSync(folder, { recursive: true });
    made.add(folder);
    hasLinks = placeFile(join(from, path), target, hasLinks);
  }
}

/** Puts a file into a folder, which need not be there: linked, or copied. */
export function linkFile(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  placeFile(from, to, true);
}

/** @returns whether the file is linked */
function placeFile(from: string, to: string, hasLinks: boolean): boolean {
  try {
    if (hasLinks) {
      linkSync(from, to);
      return true;
    }
  } catch {
    // Another file system, one without links, or a file with too many of them.
  }
  copyFileSync(from, to);
  return false;
}

/** Paths of all files below a folder of a site, relative to the site, sorted. */
export function siteFiles(site: string, folder: string): string[] {
  const root = join(site, folder);
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(site.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();
}

const unitsOf = (cache: string): string => join(cache, 'pages');

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
