/** From a captures folder to a site: reports of all runs, then one Astro build over them. */
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build as buildWithAstro } from 'astro';
import { packageRoot } from '../../src/platform/node/packageRoot.ts';
import { InputError } from '../../src/readers/reader.ts';
import { findRuns } from './captures.ts';
import { programFingerprint, reportOfRun } from './reports.ts';
import { stageSite } from './staging.ts';

export interface SiteOptions {
  /** Captures folder, absolute, and as the user named it. */
  captures: string;
  capturesShown: string;
  out: string;
  outShown: string;
  /** Base path of the site, `/` or `/some/base/`. */
  base: string;
  /** Address of the host for canonical links; null when not given. */
  site: string | null;
  /** Folder for what may be thrown away. */
  cache: string;
  progress: (text: string) => void;
}

export interface BuiltSite {
  runs: number;
  /** Runs whose report had to be made. */
  newReports: number;
}

/**
 * Builds the site. All runs are read before anything is written to the output; when one cannot be read, an InputError
 * names every one of them and the last site stays.
 */
export async function buildSite(options: SiteOptions): Promise<BuiltSite> {
  const runs = await findRuns(options.captures, options.capturesShown);
  const program = await programFingerprint();
  const reports = join(options.cache, `site-${process.pid}`);
  await rm(reports, { recursive: true, force: true });
  await mkdir(reports, { recursive: true });
  const staging = await stageSite(options.out, options.outShown);
  try {
    let newReports = 0;
    const failures: string[] = [];
    for (const [index, run] of runs.entries()) {
      options.progress(`Reading ${run.id} (${index + 1} of ${runs.length})`);
      try {
        const { folder, isNew } = await reportOfRun(run, options.cache, program);
        if (isNew) newReports++;
        await cp(folder, join(reports, run.id), { recursive: true });
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        failures.push(`${run.id}: ${error.message}`);
      }
    }
    if (failures.length > 0) throw new InputError(options.capturesShown, failures.join('; '));
    options.progress(`Writing pages of ${runs.length} runs`);
    await buildPages(options, reports, staging.site);
    await staging.publish();
    return { runs: runs.length, newReports };
  } finally {
    await staging.discard();
    await rm(reports, { recursive: true, force: true });
  }
}

/** The pages read their reports from the folder that GEMVIEW_REPORTS names. */
async function buildPages(options: SiteOptions, reports: string, outDir: string): Promise<void> {
  process.env.ASTRO_TELEMETRY_DISABLED = '1';
  process.env.GEMVIEW_REPORTS = reports;
  await buildWithAstro({
    root: packageRoot,
    base: options.base,
    site: options.site ?? undefined,
    outDir,
    cacheDir: join(options.cache, 'astro'),
    logLevel: 'error',
    vite: { cacheDir: join(options.cache, 'vite'), logLevel: 'error' },
  });
}
