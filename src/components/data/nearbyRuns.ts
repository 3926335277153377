/** Which runs a page links to directly. */
import type { RunSummary } from './runSummary.ts';

/** Runs in the switcher of a page: a site may have a thousand, and every page carries the list. */
const SHOWN_RUNS = 11;

/** The runs around one in the list, itself included; the first ones for a page of no run. */
export function nearbyRuns<Run extends Pick<RunSummary, 'id'>>(
  runs: readonly Run[],
  run: string | null,
): readonly Run[] {
  const index = Math.max(
    0,
    runs.findIndex((candidate) => candidate.id === run),
  );
  const last = Math.max(0, runs.length - SHOWN_RUNS);
  const first = Math.min(last, Math.max(0, index - Math.floor(SHOWN_RUNS / 2)));
  return runs.slice(first, first + SHOWN_RUNS);
}
