/** The rendered part of a site: pages that changed from the compiled ones, all others from the cache. */
import { cp, mkdir, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PRIVATE_FILE } from './keptReports.ts';
import {
  bringPages,
  forgetPages,
  forgetUnusedPages,
  hasAssets,
  keepPages,
  keptPages,
  linkFiles,
  siteFiles,
  type KeptPages,
} from './pageCache.ts';
import { pageUnits, type PageUnits, type UnitRun } from './pageUnits.ts';
import { neutralEnvironment } from './neutralEnvironment.ts';
import type { RenderRequest } from './renderPages.ts';
import { sideBySide } from './sideBySide.ts';
import { reuseFolders } from './spareSite.ts';
import type { SiteProgram } from './siteProgram.ts';
import { processesFor, Worker } from './workers.ts';
import type { WrittenFile } from './written.ts';

/** To start a process takes as long as the pages of some runs. */
const LEAST_RUNS_OF_A_PROCESS = 10;

export interface RenderSettings {
  /** Folder of this build alone. */
  staging: string;
  /** Empty folder that becomes the site. */
  site: string;
  /** A former site whose folders may be taken; need not be there. */
  spare: string;
  cache: string;
  base: string;
  /** Address of the host; null when not given. */
  host: string | null;
  /** Folder of each run's report, in the order of the list of runs. */
  folders: ReadonlyMap<string, string>;
  runs: readonly Omit<UnitRun, 'reportKey'>[];
  written: readonly WrittenFile[];
  /** See `hashSiteCode`. */
  code: string;
  /** Ready, or still being compiled. */
  program: Promise<SiteProgram>;
  progress: (text: string) => void;
}

/** Writes the pages of all runs with their files, embeds and pinned charts, and all pages about the site. */
export async function renderSite(settings: RenderSettings): Promise<void> {
  const { site, spare, cache, base, folders, progress } = settings;
  const runs = settings.runs.map((run) => ({ ...run, reportKey: basename(folders.get(run.id)!) }));
  const units = pageUnits(settings.code, { base, site: settings.host }, runs, settings.written);
  let kept = new Map<string, KeptPages>();
  for (const [run, key] of units.runs) {
    const pages = keptPages(cache, key);
    if (pages) kept.set(run, pages);
  }
  const sitePages = kept.size === runs.length ? keptPages(cache, units.site) : null;
  if (sitePages && hasAssets(sitePages.folder, kept.values())) {
    progress('All pages are as they were');
    bringPages(sitePages, site);
  } else {
    forgetPages(cache, [units.site]);
    await renderPages(settings, units, new Set(kept.keys()));
    if (!hasAssets(site, kept.values())) {
      // Their styles have other names now, though nothing says why: they are not used, now or later.
      forgetPages(
        cache,
        [...kept.keys()].map((run) => units.runs.get(run)!),
      );
      kept = new Map();
      await rm(site, { recursive: true });
      await mkdir(site);
      await renderPages(settings, units, new Set());
    }
    const files = siteFiles(site, '').filter((path) => !isOfRun(path));
    keepPages(cache, units.site, site, files);
  }
  for (const pages of kept.values()) if (!reuseFolders(spare, pages, site)) bringPages(pages, site);
  forgetUnusedPages(cache, Date.now());
}

/** Renders what is not kept. */
async function renderPages(
  settings: RenderSettings,
  units: PageUnits,
  keptRuns: ReadonlySet<string>,
): Promise<void> {
  const { staging, site, cache, base, folders, progress } = settings;
  const reports = join(staging, 'reports');
  await mkdir(reports, { recursive: true });
  for (const [id, folder] of folders) await showFolder(folder, join(reports, id));
  const { pages, assets, assetPaths } = await settings.program;
  linkFiles(assets, site, assetPaths);
  const changed = settings.runs.filter(({ id }) => !keptRuns.has(id));
  progress(
    `Writing the pages of ${changed.length} runs${keptRuns.size > 0 ? `, ${keptRuns.size} unchanged` : ''}`,
  );
  const renderers: Worker<RenderRequest, void>[] = [];
  const renderer = (): Worker<RenderRequest, void> =>
    new Worker({
      module: join(import.meta.dirname, 'renderPages'),
      work: 'writing the pages',
      cwd: staging,
      env: neutralEnvironment(),
    });
  // Pages of no run first: they read all reports that are not summed up.
  const groups = [null, ...changed];
  try {
    await sideBySide(
      // The memory of a process does not grow with what it renders.
      groups.map(() => 0),
      { places: processesFor(changed.length, LEAST_RUNS_OF_A_PROCESS), mostAtOnce: 0 },
      async (index, place) => {
        const run = groups[index];
        await (renderers[place] ??= renderer()).ask({
          pages,
          reports,
          outDir: site,
          base,
          cache,
          run: run && {
            id: run.id,
            contentHash: run.contentHash,
            folder: folders.get(run.id)!,
            key: units.runs.get(run.id)!,
          },
        });
      },
    );
  } catch (error) {
    const { message, stack } = error as Error;
    throw Object.assign(new Error(`the pages could not be built: ${message}`), { stack });
  } finally {
    await Promise.all(renderers.map((worker) => worker?.close()));
  }
}

/** A report where pages look for it: by a link, else as a copy. */
async function showFolder(folder: string, place: string): Promise<void> {
  await rm(place, { recursive: true, force: true });
  await symlink(folder, place, 'junction').catch(() =>
    cp(folder, place, { recursive: true, filter: (path) => basename(path) !== PRIVATE_FILE }),
  );
}

/** `runs/<run>/…` and `embed/<run>/…`; the script of embeds lies beside the runs. */
function isOfRun(path: string): boolean {
  return path.startsWith('runs/') || (path.startsWith('embed/') && path.split('/').length > 2);
}
