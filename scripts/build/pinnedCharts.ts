/** Charts under addresses that name their content, beside those of today. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pinnedRun } from '../../src/report/addresses.ts';
import { linkFiles, siteFiles } from './pageCache.ts';

/** Folders that hold one folder a run, and below it what is pinned. */
export const PINNED_FOLDERS = [
  { folder: 'runs', part: 'charts' },
  { folder: 'embed', part: '' },
] as const;

/**
 * Writes each chart of a run again under `runs/<run>@<hash>/charts/` and `embed/<run>@<hash>/`. Their pages name each other by
 * the pinned address; what leads out of them leads to the run of today.
 *
 * @param base base path of the site
 */
export function writePinnedCharts(
  site: string,
  base: string,
  run: { id: string; contentHash: string },
): void {
  const pinned = pinnedRun(run);
  for (const { folder, part } of PINNED_FOLDERS) {
    const from = join(site, folder, run.id, part);
    const to = join(site, folder, pinned, part);
    const [pages, others] = divided(siteFiles(from, ''));
    // The same bytes: a site does not grow by copies.
    linkFiles(from, to, others);
    for (const path of pages) {
      const html = readFileSync(join(from, path), 'utf8')
        .replaceAll(`${base}runs/${run.id}/charts/`, `${base}runs/${pinned}/charts/`)
        .replaceAll(`${base}embed/${run.id}/`, `${base}embed/${pinned}/`);
      mkdirSync(dirname(join(to, path)), { recursive: true });
      writeFileSync(join(to, path), html);
    }
  }
}

/** Pages, and all other files. */
function divided(paths: readonly string[]): [pages: string[], others: string[]] {
  return [paths.filter((path) => path.endsWith('.html')), paths.filter((path) => !path.endsWith('.html'))];
}

/** All folders of a site that belong to one run. */
export function foldersOfRun(run: { id: string; contentHash: string }): string[] {
  return PINNED_FOLDERS.flatMap(({ folder }) => [`${folder}/${run.id}`, `${folder}/${pinnedRun(run)}`]);
}
