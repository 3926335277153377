/** The run that another run's `run.yaml` names as its baseline. */
import type { RunFolder } from './captures.ts';
import { configOf } from './runConfigFile.ts';

/** Baseline of a run: its id, and its folder when it is among the runs that are built. */
export interface Baseline {
  id: string;
  folder: RunFolder | null;
}

/** Null for a run without a baseline. What is wrong with a `run.yaml` is said when the run itself is read. */
export async function baselineOf(run: RunFolder, runs: readonly RunFolder[]): Promise<Baseline | null> {
  const id = (await configOf(run))?.baseline;
  return id === undefined ? null : { id, folder: runs.find((other) => other.id === id) ?? null };
}
