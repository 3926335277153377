/** Addresses that pages of runs are built for, with the key that says whether a page must be built again. */
import { nearbyRuns } from './nearbyRuns.ts';
import type { RunSummary } from './runSummary.ts';
import { listRuns } from './runs.ts';

interface RunPath<Params> {
  params: Params & { run: string };
  /** Changes with everything the page shows: its run, and the names of the runs it links to. */
  cacheKey: string;
}

/** One path for each run and each of the values that `partsOf` gives for it. */
export async function runPaths<Params extends Record<string, string>>(
  partsOf: (run: RunSummary) => readonly Params[],
): Promise<RunPath<Params>[]> {
  const runs = await listRuns();
  return runs.flatMap((run) => {
    const neighbours = nearbyRuns(runs, run.id).map(({ id, title, origin }) => [id, title, origin.label]);
    const cacheKey = JSON.stringify([run.contentHash, runs.length, neighbours]);
    return partsOf(run).map((params) => ({ params: { ...params, run: run.id }, cacheKey }));
  });
}

/** One path for each chart of each run that can be drawn. */
export function chartPaths(): Promise<RunPath<{ chart: string }>[]> {
  return runPaths((run) => run.charts.map((chart) => ({ chart })));
}
