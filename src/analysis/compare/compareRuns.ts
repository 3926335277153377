/**
 * Runs against runs, key by key. What repeats independently across runs is a run: tokens of one run share its machine, its
 * temperature and its memory layout, so that they cannot tell whether another run would differ as much.
 */
import type { DifferenceRow } from './difference.ts';
import {
  selectionCounts,
  type CallSelection,
  type CountedRun,
  type Level,
  type Measure,
} from './selectionCounts.ts';
import { compareRepetitions } from './sets.ts';

/**
 * Rows for every key of either side, largest difference first; each side is the repetitions of one configuration. With a
 * single run on a side the outcome is `spread-unknown` whatever the difference.
 */
export function compareRuns(
  a: readonly CountedRun[],
  b: readonly CountedRun[],
  selection: CallSelection,
  level: Level,
  measure: Measure,
): DifferenceRow[] {
  const [ratesA, ratesB] = [a, b].map((runs) => runs.map((run) => ratesOf(run, selection, level, measure)));
  const keys = new Set([...ratesA, ...ratesB].flatMap((rates) => [...rates.keys()]));
  const rows = [...keys].map((key): DifferenceRow => {
    const [ofA, ofB] = [ratesA, ratesB].map((runs) => runs.map((rates) => rates.get(key) ?? 0));
    const { meanA, meanB, interval, outcome } = compareRepetitions(ofA, ofB);
    return {
      key,
      a: meanA,
      b: meanB,
      difference: meanB - meanA,
      relative: meanA === 0 ? null : meanB / meanA - 1,
      interval,
      outcome: outcome === 'higher' || outcome === 'lower' ? 'differs' : outcome,
    };
  });
  return rows.sort((x, y) => Math.abs(y.difference) - Math.abs(x.difference) || (x.key < y.key ? -1 : 1));
}

/** Σ weight ÷ Σ size of each key over the calls of one run. */
function ratesOf(
  run: CountedRun,
  selection: CallSelection,
  level: Level,
  measure: Measure,
): Map<string, number> {
  const { byKey, size } = selectionCounts(run, selection, level, measure, '');
  const whole = sumOf(size);
  return new Map([...byKey].map(([key, counts]) => [key, whole === 0 ? 0 : sumOf(counts) / whole]));
}

function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at];
  return sum;
}
