/** The files of a capture as one download, for runs whose run.yaml asks for it (`publish: [capture]`). */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, stat } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { formatText } from '../../src/charts/format.ts';
import { isNoise } from '../../src/platform/node/noise.ts';
import { zipBlocks, type ZipInput } from '../../src/platform/node/zipWriter.ts';
import { InputError } from '../../src/readers/reader.ts';
import { captureAddress } from '../../src/report/addresses.ts';
import type { Report } from '../../src/report/schema.ts';
import type { RunFolder } from './captures.ts';

export type RawCapture = NonNullable<Report['capture']>;

/** As deep as a run's folder is hashed. */
const MAX_DEPTH = 6;

/** What people wrote about the run; run.yaml is no part of a capture either, and names what is redacted. */
const WRITTEN = new Set(['run.yaml', 'run.yml', 'chapters']);

/** Names that mean the same everywhere. */
const PLAIN_NAME = /^\w[\w.+-]{0,99}$/;
const PLAIN_EXTENSION = /^\.[a-z\d]{1,10}$/i;

/**
 * Writes the download of a run into a folder: the one file of its capture as it is, several as a zip. Nothing of them is in
 * memory as a whole.
 *
 * @throws InputError when there is no file of a capture
 */
export async function writeRawCapture(run: RunFolder, folder: string): Promise<RawCapture> {
  const files = await captureFiles(run.path, '', 0);
  if (files.length === 0) {
    throw new InputError(run.shown, 'publish: [capture], but the folder holds no file of a capture', {
      fix: 'Take publish: out of its run.yaml',
    });
  }
  const [first] = files;
  const isOne = files.length === 1 && !first.name.includes('/');
  const name = isOne ? downloadName(first.name) : `${run.id}.zip`;
  await mkdir(folder, { recursive: true });
  const blocks = isOne ? fileBlocks(first.path) : zipBlocks(files);
  return { name, files: files.length, ...(await writeBlocks(join(folder, name), blocks)) };
}

/** All files below a run's folder, sorted; models are left out: they are large, and somebody else's. */
async function captureFiles(folder: string, prefix: string, depth: number): Promise<ZipInput[]> {
  if (depth > MAX_DEPTH) return [];
  const files: ZipInput[] = [];
  for (const name of (await readdir(folder)).sort()) {
    if (isNoise(name) || (depth === 0 && WRITTEN.has(name))) continue;
    const path = join(folder, name);
    const status = await stat(path).catch(() => null);
    if (status?.isDirectory()) files.push(...(await captureFiles(path, `${prefix}${name}/`, depth + 1)));
    else if (status?.isFile() && !(await isModel(path))) files.push({ name: prefix + name, path });
  }
  return files;
}

/** The magic of a GGUF file. */
const GGUF = 'GGUF';

async function isModel(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(GGUF.length), 0, GGUF.length, 0);
    return buffer.toString('latin1', 0, bytesRead) === GGUF;
  } finally {
    await file.close();
  }
}

function downloadName(name: string): string {
  if (PLAIN_NAME.test(name)) return name;
  return `capture${PLAIN_EXTENSION.test(extname(name)) ? extname(name) : ''}`;
}

const BLOCK_BYTES = 1 << 20;

function fileBlocks(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: BLOCK_BYTES }) as AsyncIterable<Buffer>;
}

async function writeBlocks(
  path: string,
  blocks: AsyncIterable<Uint8Array>,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  const file = await open(path, 'w');
  let bytes = 0;
  try {
    for await (const block of blocks) {
      hash.update(block);
      bytes += block.length;
      await file.writeFile(block);
    }
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** A run with its download; null when it has none. */
export interface RunWithCapture {
  id: string;
  aliases: readonly string[];
  capture: RawCapture | null;
}

/**
 * Puts the downloads beside the pages of their runs, as links to the cached files where the file system has them.
 *
 * @param folderOf where the download of a run lies
 */
export async function publishRawCaptures(
  site: string,
  runs: readonly RunWithCapture[],
  folderOf: (run: string) => string,
): Promise<void> {
  for (const { id, capture } of runs) {
    if (capture === null) continue;
    const from = join(folderOf(id), capture.name);
    const to = join(site, captureAddress(id, capture.name));
    await mkdir(dirname(to), { recursive: true });
    await link(from, to).catch(() => copyFile(from, to));
  }
}

/** Paths of all downloads in a site, also below the former ids of their runs. */
export function rawCapturePaths(runs: readonly RunWithCapture[]): Set<string> {
  return new Set(
    runs.flatMap(({ id, aliases, capture }) =>
      capture === null ? [] : [id, ...aliases].map((name) => captureAddress(name, capture.name)),
    ),
  );
}

const NAMED_RUNS = 3;

/** What the build says of the downloads; null when there are none. */
export function rawCaptureSentence(runs: readonly RunWithCapture[]): string | null {
  const published = runs.filter(({ capture }) => capture !== null);
  if (published.length === 0) return null;
  const names = published.slice(0, NAMED_RUNS).map(({ id }) => id);
  const others = published.length - names.length;
  const bytes = published.reduce((sum, { capture }) => sum + capture!.bytes, 0);
  const which = `${names.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
  return `published as recorded: the raw ${published.length === 1 ? 'capture' : 'captures'} of ${which} (${formatText(bytes, 'B')}); what is withheld elsewhere is in there, and --check does not look into it`;
}
