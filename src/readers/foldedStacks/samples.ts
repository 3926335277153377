/** What the counts of a folded file are: samples, samples times their period, or weights of some event. */

/**
 * - `samples`: each count is a number of samples.
 * - `periods`: each count is a number of samples times `period` (stackcollapse-perf.pl adds up periods when perf prints
 *   them; they are all the same for a clock).
 * - `weights`: anything else; how many samples there were is not known.
 */
export type CountMeaning = { kind: 'samples' } | { kind: 'periods'; period: number } | { kind: 'weights' };

/** More samples are not drawn out into rows: then the lines stay weights. */
export const MAX_SAMPLES = 4_000_000;

/**
 * Some line of a profile has few samples: its rarest stack. The lines of event counts start at a period, which is
 * thousands and more.
 */
const LARGEST_RAREST_COUNT = 1000;

/** A common divisor below this may be chance, and so may one of few lines. */
const SMALLEST_PERIOD = 1000;
const FEWEST_LINES_WITH_PERIOD = 3;

/** Judges by all counts of a file. */
export function meaningOf(counts: readonly number[]): CountMeaning {
  const isWhole = counts.every((count) => Number.isSafeInteger(count));
  if (!isWhole) return { kind: 'weights' };
  const total = counts.reduce((sum, count) => sum + count, 0);
  const positive = counts.filter((count) => count > 0);
  const rarest = positive.reduce((least, count) => Math.min(least, count), Infinity);
  if (total <= MAX_SAMPLES && rarest <= LARGEST_RAREST_COUNT) return { kind: 'samples' };
  const period = positive.reduce(commonDivisor, 0);
  const isPeriod =
    period >= SMALLEST_PERIOD && positive.length >= FEWEST_LINES_WITH_PERIOD && total / period <= MAX_SAMPLES;
  return isPeriod ? { kind: 'periods', period } : { kind: 'weights' };
}

function commonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
