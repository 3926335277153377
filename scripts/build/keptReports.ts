/** Reports in the cache: one folder for each, under a name of everything that it is made of. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunRow } from '../../src/charts/socialCard/cardWords.ts';
import type { Report } from '../../src/report/schema.ts';
import { baselineOf, type Baseline } from './baseline.ts';
import type { RunFolder } from './captures.ts';
import { hashRunFolder, sizeOfRunFolder } from './contentHash.ts';
import { isUnchanged, keptFile, type KeptFile } from './pageCache.ts';
import type { RawCapture } from './rawCapture.ts';
import type { RunSecrets } from './runSecrets.ts';
import { forgetUnused, markUsed } from './unusedCache.ts';

/** Lists the files of a cached report with their hashes: a damaged one is made again. */
const CHECKSUMS = 'checksums.json';

/** The social card of a run, beside its cached report. */
export const CARD_FILE = 'social-card.png';

/** Folder of the download of a run's capture, beside its cached report. */
export const CAPTURE_FOLDER = 'capture';

/** What must not be published of a run, beside its cached report; it never becomes a part of the site. */
export const PRIVATE_FILE = 'private.json';

/** What the build itself says of a run, beside its cached report: a site of many runs is built without reading all of them. */
export const FACTS_FILE = 'facts.json';

export interface ReportFacts {
  run: Report['run'];
  origin: Report['origin'];
  /** The download of its capture; null when there is none. */
  capture: RawCapture | null;
  /** Kinds of private facts that the report withholds. */
  withheld: Report['method']['withheld'];
  /** The run on cards of the site and of stories. */
  row: RunRow;
}

/** Facts of a report in the cache. @param folder of that report */
export function readFacts(folder: string): Promise<ReportFacts> {
  return readJson(join(folder, FACTS_FILE));
}

/** What must not be published of a run. @param folder of its report */
export function readSecrets(folder: string): Promise<RunSecrets> {
  return readJson(join(folder, PRIVATE_FILE));
}

async function readJson<Content>(path: string): Promise<Content> {
  return JSON.parse(await readFile(path, 'utf8')) as Content;
}

/** Folder of a run's report when it lies whole in the cache, else null; as `reportOfRun`. */
export async function keptReport(
  run: RunFolder,
  runs: readonly RunFolder[],
  cache: string,
  program: string,
): Promise<string | null> {
  const { folder } = await placeOfReport(run, runs, cache, program);
  return (await isIntact(folder)) ? folder : null;
}

/** Bytes of everything that is read for a run's report: its own files, and its baseline's. */
export async function sizeOfInputs(run: RunFolder, runs: readonly RunFolder[]): Promise<number> {
  const baseline = await baselineOf(run, runs);
  const folders = baseline?.folder ? [run, baseline.folder] : [run];
  const sizes = await Promise.all(folders.map(({ path, shown }) => sizeOfRunFolder(path, shown)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * Where a report lies or will lie, and what that name is made of.
 *
 * @param program see `hashProgram`
 */
export async function placeOfReport(
  run: RunFolder,
  runs: readonly RunFolder[],
  cache: string,
  program: string,
): Promise<{ baseline: Baseline | null; key: string; folder: string }> {
  const baseline = await baselineOf(run, runs);
  const parts = [program, run.id, await hashRunFolder(run.path, run.shown)];
  if (baseline) parts.push(baseline.id);
  if (baseline?.folder) parts.push(await hashRunFolder(baseline.folder.path, baseline.folder.shown));
  const key = sha256(parts.join('\n'));
  return { baseline, key, folder: join(reportsOf(cache), key.slice(0, 32)) };
}

/**
 * Writes beside the place and renames: a killed build leaves no half of a report, a concurrent one finds it whole.
 *
 * @param contents bytes of each file, by name
 * @param capture the download, which lies in the staging folder already
 * @param staging folder of this build alone, beside the place
 * @param folder the place
 */
export async function keepReport(
  contents: ReadonlyMap<string, Uint8Array>,
  capture: RawCapture | null,
  staging: string,
  folder: string,
): Promise<void> {
  await mkdir(join(staging, 'charts'), { recursive: true });
  for (const [name, bytes] of contents) await writeFile(join(staging, name), bytes);
  const checksums = [...contents].map(([name, bytes]) => keptFile(staging, name, bytes));
  if (capture) checksums.push(await keptCapture(staging, capture));
  await writeFile(join(staging, CHECKSUMS), JSON.stringify(checksums));
  if (!(await isIntact(folder))) {
    await rm(folder, { recursive: true, force: true });
    await rename(staging, folder).catch(async (error: unknown) => {
      // Another build made the same report in the meantime.
      if (!(await isIntact(folder))) throw error;
    });
  }
}

async function keptCapture(staging: string, { name, bytes, sha256: hash }: RawCapture): Promise<KeptFile> {
  const path = `${CAPTURE_FOLDER}/${name}`;
  return { path, bytes, mtimeMs: (await stat(join(staging, path))).mtimeMs, sha256: hash };
}

/** Whether a report lies whole in the cache. Whoever asks uses it. */
export async function isIntact(folder: string): Promise<boolean> {
  try {
    const files = JSON.parse(await readFile(join(folder, CHECKSUMS), 'utf8')) as KeptFile[];
    if (!files.every((file) => isUnchanged(folder, file))) return false;
    markUsed(join(folder, CHECKSUMS));
    return true;
  } catch {
    return false;
  }
}

/** Drops reports that no build used for a month, and what killed builds left. */
export function forgetUnusedReports(cache: string, nowMs: number): void {
  forgetUnused(reportsOf(cache), CHECKSUMS, nowMs);
}

const reportsOf = (cache: string): string => join(cache, 'reports');

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
