/**
 * The runs of the site, as the build prepared them: a folder (environment variable GEMVIEW_REPORTS) with one sub-folder
 * a run that holds `report.json` and the files the report lists. Pages read nothing else.
 *
 * Reports are parsed one at a time and only a few are kept, so that a site of a thousand runs fits into memory.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reportSchema, type Report } from '../../report/schema.ts';
import { summaryOf, type RunSummary } from './runSummary.ts';

/** How many parsed reports are kept: neighbouring pages of one run are rendered one after the other. */
const KEPT_REPORTS = 4;

const kept = new Map<string, Promise<Report>>();
let summaries: Promise<RunSummary[]> | null = null;

/** Folder of the prepared reports; null when the site is built without runs. */
function reportsFolder(): string | null {
  return process.env.GEMVIEW_REPORTS ?? null;
}

/** What the home page, the run switcher and the list of addresses need of every run, sorted by run id. */
export async function listRuns(): Promise<RunSummary[]> {
  if (import.meta.env?.DEV) {
    kept.clear();
    return readSummaries();
  }
  summaries ??= readSummaries();
  return summaries;
}

/** The report of one run. Fails with a sentence when its file is missing or is not a report. */
export function loadReport(run: string): Promise<Report> {
  let report = kept.get(run);
  if (report) {
    kept.delete(run);
  } else {
    report = readReport(run);
    if (kept.size >= KEPT_REPORTS) kept.delete(kept.keys().next().value!);
  }
  kept.set(run, report);
  return report;
}

/** The bytes of a file that the report lists. */
export async function loadRunFile(run: string, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const folder = reportsFolder();
  if (folder === null) throw new Error('no reports: set GEMVIEW_REPORTS');
  return new Uint8Array(await readFile(join(folder, run, name)));
}

async function readSummaries(): Promise<RunSummary[]> {
  const folder = reportsFolder();
  if (folder === null) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  const runs = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const all: RunSummary[] = [];
  for (const run of runs.toSorted()) all.push(summaryOf(await loadReport(run)));
  return all;
}

async function readReport(run: string): Promise<Report> {
  const folder = reportsFolder();
  if (folder === null) throw new Error('no reports: set GEMVIEW_REPORTS');
  const path = join(folder, run, 'report.json');
  const result = reportSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new Error(`${path} is not a report: ${issue.path.join('.')}: ${issue.message}`);
  }
  return result.data;
}
