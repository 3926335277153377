/** What a report is made of, as one hash: the bytes of the run's folder and the program that reads them. */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../src/platform/node/packageRoot.ts';
import { isNoise } from '../../src/platform/node/noise.ts';
import { InputError } from '../../src/readers/reader.ts';

/** Folders whose code decides what a report says, and how its charts are drawn as files. */
const REPORT_CODE = [
  'platform',
  'profile',
  'readers',
  'symbols',
  'arm',
  'llama',
  'analysis',
  'report',
  'exports',
  'pipeline',
  'charts',
  'components/charts',
  'components/data',
];

/** Changes of which files lie beside a report in the cache. */
const REPORT_FILES_VERSION = 1;

/** A capture is two folders deep; links may lead in circles. */
const MAX_DEPTH = 6;

/** Pages about a run, which no report holds: a typo in one makes no other content, and leaves pinned charts what they are. */
const WRITTEN_PAGE = /^chapters\/[^/]+\.mdx?$/;

/** A file of a run's folder that decides what its report says. */
interface CaptureFile {
  /** Within the folder, with slashes. */
  name: string;
  path: string;
  bytes: number;
}

/**
 * Hash of the names and bytes of all files below a run's folder, noise and written pages left out: of what lies there, not of
 * what it unpacks to.
 */
export async function hashRunFolder(folder: string, shown: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const { name, path, bytes } of captureFiles(folder, '', shown, 0)) {
    hash.update(`${name}\n${bytes}\n`);
    addFile(hash, path);
  }
  return hash.digest('hex');
}

/** How many bytes the files have that `hashRunFolder` reads. */
export async function sizeOfRunFolder(folder: string, shown: string): Promise<number> {
  let sum = 0;
  for await (const { bytes } of captureFiles(folder, '', shown, 0)) sum += bytes;
  return sum;
}

async function* captureFiles(
  folder: string,
  prefix: string,
  shown: string,
  depth: number,
): AsyncGenerator<CaptureFile> {
  if (depth > MAX_DEPTH) throw new InputError(shown, `holds folders more than ${MAX_DEPTH} deep: ${prefix}`);
  for (const name of (await readdir(folder)).sort()) {
    if (isNoise(name) || WRITTEN_PAGE.test(prefix + name)) continue;
    const path = join(folder, name);
    // A link to nowhere: opening the run says so in a sentence.
    const status = await stat(path).catch(() => null);
    if (status?.isDirectory()) yield* captureFiles(path, `${prefix}${name}/`, shown, depth + 1);
    else if (status?.isFile()) yield { name: `${prefix}${name}`, path, bytes: status.size };
  }
}

/** One block for all files: a site of many runs reads gigabytes here, and blocks of their own would be collected as fast. */
const BLOCK = new Uint8Array(1 << 20);

/** Hash of a file of any size, as lower-case hex. */
export function hashOfFile(path: string): string {
  const hash = createHash('sha256');
  addFile(hash, path);
  return hash.digest('hex');
}

function addFile(hash: Hash, path: string): void {
  const file = openSync(path, 'r');
  try {
    for (let bytes = readSync(file, BLOCK); bytes > 0; bytes = readSync(file, BLOCK)) {
      hash.update(BLOCK.subarray(0, bytes));
    }
  } finally {
    closeSync(file);
  }
}

/** Hash of the code that makes reports and of the versions it stands on: another gemview makes its own reports. */
export async function hashProgram(): Promise<string> {
  const hash = createHash('sha256');
  hash.update(await readFile(join(packageRoot, 'package.json')));
  hash.update(`${REPORT_FILES_VERSION}\n`);
  for (const folder of REPORT_CODE) await addCode(hash, join(packageRoot, 'src', folder), folder);
  return hash.digest('hex');
}

/**
 * Hash of everything that makes pages out of reports: all code, how it is built, and the versions that it stands on, those
 * of Node and of indirect dependencies too where they are known.
 */
export async function hashSiteCode(): Promise<string> {
  const hash = createHash('sha256');
  hash.update(process.version);
  for (const file of ['package.json', 'package-lock.json', 'astro.config.mjs']) {
    hash.update(`${file}\n`);
    hash.update(await readFile(join(packageRoot, file)).catch(() => ''));
  }
  await addCode(hash, join(packageRoot, 'src'), 'src');
  await addCode(hash, import.meta.dirname, 'build');
  return hash.digest('hex');
}

async function addCode(hash: Hash, root: string, name: string): Promise<void> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) {
    hash.update(`${name}${file.slice(root.length).replaceAll('\\', '/')}\n`);
    hash.update(await readFile(file));
  }
}
