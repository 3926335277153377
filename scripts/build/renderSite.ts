/** The rendered part of a site: pages that changed by Astro, all others from the cache. */
import { cp, mkdir, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pinnedRun } from '../../src/report/addresses.ts';
import { hashSiteCode } from './contentHash.ts';
import { writePinnedCharts } from './lastingAddresses.ts';
import {
  bringPages,
  copyFiles,
  forgetPages,
  forgetUnusedPages,
  hasAssets,
  keepPages,
  keptPages,
  siteFiles,
  type KeptPages,
} from './pageCache.ts';
import { writePages } from './pages.ts';
import { pageUnits, type UnitRun } from './pageUnits.ts';
import { PRIVATE_FILE } from './reports.ts';
import { writeWritten, type WrittenFile } from './written.ts';

export interface RenderSettings {
  /** Folder of this build alone. */
  staging: string;
  /** Empty folder that becomes the site. */
  site: string;
  cache: string;
  base: string;
  /** Address of the host; null when not given. */
  host: string | null;
  /** Folder of each run's report, in the order of the list of runs. */
  folders: ReadonlyMap<string, string>;
  runs: readonly Omit<UnitRun, 'reportKey'>[];
  written: readonly WrittenFile[];
  progress: (text: string) => void;
}

/** Writes the pages of all runs with their files, embeds and pinned charts, and all pages about the site. */
export async function renderSite(settings: RenderSettings): Promise<void> {
  const { site, cache, base, folders, progress } = settings;
  const runs = settings.runs.map((run) => ({ ...run, reportKey: basename(folders.get(run.id)!) }));
  const units = pageUnits(await hashSiteCode(), { base, site: settings.host }, runs, settings.written);
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
    await renderPages(settings, [...kept.keys()]);
    if (!hasAssets(site, kept.values())) {
      // Their styles have other names now, though nothing says why: they are not used, now or later.
      forgetPages(
        cache,
        [...kept.keys()].map((run) => units.runs.get(run)!),
      );
      kept = new Map();
      await renderPages(settings, []);
    }
    const files = siteFiles(site, '').filter((path) => !isOfRun(path));
    keepPages(cache, units.site, site, files);
  }
  const rendered = runs.filter(({ id }) => !kept.has(id));
  await writePinnedCharts(site, base, rendered);
  for (const run of rendered) {
    const pinned = pinnedRun(run);
    const places = [`runs/${run.id}`, `runs/${pinned}`, `embed/${run.id}`, `embed/${pinned}`];
    keepPages(
      cache,
      units.runs.get(run.id)!,
      site,
      places.flatMap((folder) => siteFiles(site, folder)),
    );
  }
  for (const pages of kept.values()) bringPages(pages, site);
  forgetUnusedPages(cache, Date.now());
}

/** Lets Astro render what is not kept, and puts the files that lie ready beside the reports into the site. */
async function renderPages(settings: RenderSettings, keptRuns: readonly string[]): Promise<void> {
  const { staging, site, base, host, folders, written, progress } = settings;
  const project = join(staging, 'project');
  const reports = join(staging, 'reports');
  await rm(project, { recursive: true, force: true });
  await mkdir(project);
  await mkdir(reports, { recursive: true });
  for (const [id, folder] of folders) await showFolder(folder, join(reports, id));
  await writeWritten(written, project);
  const changed = folders.size - keptRuns.length;
  progress(
    `Writing the pages of ${changed} runs${keptRuns.length > 0 ? `, ${keptRuns.length} unchanged` : ''}`,
  );
  const { prepared } = await writePages({ reports, project, outDir: site, base, site: host, keptRuns });
  for (const [run, names] of Object.entries(prepared)) {
    // Copies: a report that is damaged later damages no site.
    copyFiles(folders.get(run)!, join(site, 'runs', run), names);
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
