/** Addresses that pages of runs are built for, with the key that says whether a page must be built again. */
import type { RunSummary } from './runSummary.ts';
import { listRuns } from './runs.ts';

/** One path for each run and each of the values that `partsOf` gives for it. */
export async function runPaths<Params extends Record<string, string>>(
  partsOf: (run: RunSummary) => readonly Params[],
): Promise<{ params: Params & { run: string }; cacheKey: string }[]> {
  const runs = await listRuns();
  return runs.flatMap((run) =>
    partsOf(run).map((params) => ({ params: { ...params, run: run.id }, cacheKey: run.contentHash })),
  );
}
