/** The reports that documentation is compared with: those of a built site, or those of a captures folder as it is now. */
import { readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { availableCharts, CHARTS } from '../../src/charts/registry.ts';
import { chartWords } from '../../src/components/charts/pictures.ts';
import { InputError } from '../../src/readers/reader.ts';
import { reportSchema, type Report } from '../../src/report/schema.ts';
import type { CurrentReports } from '../../src/writing/documentation/checkReferences.ts';
import { defaultCache } from '../build/cacheFolder.ts';
import { findRuns, RUN_ID } from '../build/captures.ts';
import { hashProgram } from '../build/contentHash.ts';
import { reportOfRun } from '../build/reports.ts';
import { configOf } from '../build/runConfigFile.ts';

export interface LoadedReports extends CurrentReports {
  /** Folder with `<chart>.png` of a run; null for a run that is not there. */
  chartsOf(run: string): string | null;
}

interface LoadedRun {
  report: Report;
  charts: string;
}

const HOW_TO_NAME = 'Name a built site or a captures folder with --site';

/**
 * Loads the reports of the named runs, and no others: a captures folder is not read in full for one embed.
 *
 * @param shown how the user named the folder
 * @param runs ids or former ids
 */
export async function loadReports(
  folder: string,
  shown: string,
  runs: ReadonlySet<string>,
): Promise<LoadedReports> {
  const status = await stat(folder).catch(() => null);
  if (!status?.isDirectory()) throw new InputError(shown, 'there is no such folder', { fix: HOW_TO_NAME });
  const isSite = (await stat(join(folder, 'runs')).catch(() => null))?.isDirectory() ?? false;
  const loaded = isSite ? await ofSite(folder, shown, runs) : await ofCaptures(folder, shown, runs);
  return {
    reportOf: (run) => loaded.get(run)?.report ?? null,
    chartTitle: (report, chart) => {
      const definition = availableCharts(report).find(({ id }) => id === chart);
      return definition ? chartWords(definition, report).title : null;
    },
    pinnedPicture: (run, pin, chart) => (isSite ? pinnedPicture(folder, run, pin, chart) : null),
    isChart: (chart) => CHARTS.some(({ id }) => id === chart),
    chartsOf: (run) => loaded.get(run)?.charts ?? null,
  };
}

/** A site keeps what was pinned; pictures are compared by their bytes. */
function pinnedPicture(
  site: string,
  run: string,
  pin: string,
  chart: string,
): 'same' | 'different' | 'missing' {
  const picture = (name: string): string => join(site, 'runs', name, 'charts', `${chart}.svg`);
  try {
    const pinned = readFileSync(picture(`${run}@${pin}`));
    return pinned.equals(readFileSync(picture(run))) ? 'same' : 'different';
  } catch {
    return 'missing';
  }
}

/** A former id has a copy of the report, like any other. */
async function ofSite(
  folder: string,
  shown: string,
  runs: ReadonlySet<string>,
): Promise<Map<string, LoadedRun>> {
  const loaded = new Map<string, LoadedRun>();
  for (const run of runs) {
    if (!RUN_ID.test(run)) continue;
    const path = join(folder, 'runs', run);
    const text = await readFile(join(path, 'report.json'), 'utf8').catch(() => null);
    if (text !== null) {
      loaded.set(run, {
        report: parsedReport(text, `${shown}/runs/${run}/report.json`),
        charts: join(path, 'charts'),
      });
    }
  }
  return loaded;
}

function parsedReport(text: string, shown: string): Report {
  try {
    const parsed = reportSchema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new InputError(shown, 'is no report of this version of gemview', { fix: 'Build the site again' });
}

async function ofCaptures(
  folder: string,
  shown: string,
  runs: ReadonlySet<string>,
): Promise<Map<string, LoadedRun>> {
  const loaded = new Map<string, LoadedRun>();
  if (runs.size === 0) return loaded;
  const known = await findRuns(folder, shown, '');
  const program = await hashProgram();
  const cache = await defaultCache(resolve(folder));
  for (const run of known) {
    const names = [run.id, ...((await configOf(run))?.aliases ?? [])].filter((name) => runs.has(name));
    if (names.length === 0) continue;
    const { folder: path } = await reportOfRun(run, known, cache, program);
    const report = JSON.parse(await readFile(join(path, 'report.json'), 'utf8')) as Report;
    for (const name of names) loaded.set(name, { report, charts: join(path, 'charts') });
  }
  return loaded;
}

/** `dist` when it holds a site, else `captures`: what `gemview build` makes and takes by default. */
export async function defaultReports(cwd: string): Promise<string> {
  const names = await readdir(join(cwd, 'dist')).catch((): string[] => []);
  return names.includes('runs') ? 'dist' : 'captures';
}
