/** Addresses that pages of runs are built for. */
import type { RunSummary } from './runSummary.ts';
import { listRuns } from './runs.ts';

interface RunPath<Params> {
  params: Params & { run: string };
}

/** One path for each run and each of the values that `partsOf` gives for it. */
export async function runPaths<Params extends Record<string, string>>(
  partsOf: (run: RunSummary) => readonly Params[],
): Promise<RunPath<Params>[]> {
  const runs = await listRuns();
  return runs.flatMap((run) => partsOf(run).map((params) => ({ params: { ...params, run: run.id } })));
}

/** One path for each chart of each run that can be drawn. */
export function chartPaths(): Promise<RunPath<{ chart: string }>[]> {
  return runPaths((run) => run.charts.map((chart) => ({ chart })));
}
