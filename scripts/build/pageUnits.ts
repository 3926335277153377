/** What the pages of a site depend on: one key for those of each run, and one for those about the whole site. */
import { nearbyRuns } from '../../src/components/data/nearbyRuns.ts';
import type { Report } from '../../src/report/schema.ts';
import { runsOf } from './cards.ts';
import { pageKey } from './pageCache.ts';
import type { WrittenFile } from './written.ts';

/** A run as other pages show it, with the name of its report in the cache. */
export interface UnitRun {
  id: string;
  title: string;
  origin: Report['origin'];
  contentHash: string;
  /** Changes with everything in the report and in the files beside it. */
  reportKey: string;
}

export interface PageUnits {
  /** Key of each run's pages. */
  runs: Map<string, string>;
  /** Key of all other pages. */
  site: string;
}

/** Changes of how units are kept. */
const UNIT_VERSION = 1;

/**
 * A run's pages show its report, what was written for it, numbers of the runs that this names, and links to the runs beside
 * it in the list. All other pages may show anything of any run.
 *
 * @param code see `hashSiteCode`
 * @param runs in the order of the list of runs
 */
export function pageUnits(
  code: string,
  { base, site }: { base: string; site: string | null },
  runs: readonly UnitRun[],
  written: readonly WrittenFile[],
): PageUnits {
  const everywhere = [UNIT_VERSION, code, base, site];
  const reportKeys = new Map(runs.map(({ id, reportKey }) => [id, reportKey]));
  const text = ({ run, slug, page }: WrittenFile): unknown => [
    run,
    slug,
    page.run,
    page.title,
    page.description,
    page.weight,
    page.mdx,
  ];
  return {
    runs: new Map(
      runs.map(({ id, contentHash, reportKey }) => {
        const neighbours = nearbyRuns(runs, id).map(({ id: other, title, origin }) => [
          other,
          title,
          origin.label,
        ]);
        const chapters = written.filter(({ run }) => run === id);
        const named = chapters.map(({ page }) =>
          [...runsOf(page)].map((other) => [other, reportKeys.get(other) ?? null]),
        );
        return [id, pageKey([everywhere, id, contentHash, reportKey, neighbours, chapters.map(text), named])];
      }),
    ),
    site: pageKey([everywhere, runs.map(({ id, reportKey }) => [id, reportKey]), written.map(text)]),
  };
}
