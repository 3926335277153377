/**
 * The runs of the site, as the build prepared them: a folder (environment variable GEMVIEW_REPORTS) with one sub-folder
 * a run that holds `report.json` and the files the report lists. Pages read nothing else.
 *
 * Parsed reports are kept up to a limit, so that a site of a thousand runs fits into memory.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reportSchema, type Report } from '../../report/schema.ts';
import { summaryOf, type RunSummary } from './runSummary.ts';

/** The build renders one run after the other; stories name a few of them. */
const KEPT_BYTES = 16 * 2 ** 20;

/** What other pages show of a run, beside its report: a site of many runs need not read all reports. */
export const SUMMARY_FILE = 'summary.json';

interface KeptReport {
  report: Report;
  bytes: number;
}

/** Reports in memory, the one asked for longest ago first. */
const kept = new Map<string, KeptReport>();
let keptBytes = 0;
let summaries: Promise<RunSummary[]> | null = null;

/** Folder of the prepared reports; null when the site is built without runs. */
function reportsFolder(): string | null {
  return process.env.GEMVIEW_REPORTS ?? null;
}

/** What the home page, the run switcher and the list of addresses need of every run, sorted by run id. */
export function listRuns(): Promise<RunSummary[]> {
  summaries ??= readSummaries();
  return summaries;
}

/** The report of one run. Fails with a sentence when its file is missing or is not a report. */
export async function loadReport(run: string): Promise<Report> {
  const entry = kept.get(run) ?? (await readReport(run));
  forget(run);
  kept.set(run, entry);
  keptBytes += entry.bytes;
  while (keptBytes > KEPT_BYTES && kept.size > 1) forget(kept.keys().next().value!);
  return entry.report;
}

function forget(run: string): void {
  keptBytes -= kept.get(run)?.bytes ?? 0;
  kept.delete(run);
}

/** The bytes of a file that the report lists. */
export async function loadRunFile(run: string, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const folder = reportsFolder();
  if (folder === null) throw new Error('no reports: set GEMVIEW_REPORTS');
  return new Uint8Array(await readFile(join(folder, run, name)));
}

/** The bytes of a file that the build may have prepared; null when it did not. */
export async function loadPreparedFile(run: string, name: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const folder = reportsFolder();
  if (folder === null) return null;
  try {
    return new Uint8Array(await readFile(join(folder, run, name)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function readSummaries(): Promise<RunSummary[]> {
  const folder = reportsFolder();
  if (folder === null) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  const runs = entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => entry.name);
  const all: RunSummary[] = [];
  for (const run of runs.toSorted()) all.push((await readSummary(run)) ?? summaryOf(await loadReport(run)));
  return all;
}

async function readSummary(run: string): Promise<RunSummary | null> {
  const bytes = await loadPreparedFile(run, SUMMARY_FILE);
  return bytes === null ? null : (JSON.parse(new TextDecoder().decode(bytes)) as RunSummary);
}

async function readReport(run: string): Promise<KeptReport> {
  const folder = reportsFolder();
  if (folder === null) throw new Error('no reports: set GEMVIEW_REPORTS');
  const path = join(folder, run, 'report.json');
  const text = await readFile(path, 'utf8');
  const result = reportSchema.safeParse(JSON.parse(text));
  if (!result.success) {
    const [first] = result.error.issues;
    throw new Error(`${path} is not a report: ${first.path.join('.')}: ${first.message}`);
  }
  return { report: result.data, bytes: text.length };
}
