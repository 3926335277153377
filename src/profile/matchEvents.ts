/** Relates two clocks by events that both inputs saw: the same things happened, in the same order, at the same distances. */
import type { Nanoseconds } from './types.ts';

/** Events of one kind that an input saw, in time order. Series of one name in two inputs are of the same happenings. */
export interface EventSeries {
  name: string;
  timesNs: readonly Nanoseconds[];
  /** What two observers of one event must agree on (tokens of a call); null where an observer does not know. */
  sizes: readonly (number | null)[];
}

/** How one input's times follow from the events it shares with the run. */
export interface EventMatch {
  /** To add to the input's times. */
  offsetNs: number;
  /** Largest disagreement of a pair of events after alignment; null for a single pair, which cannot disagree. */
  residualNs: number | null;
  /** Pairs of events that were compared. */
  pairs: number;
}

/** Distances differ by what lies between an event and its being noted: printing, a probe's trap, being scheduled. */
const NOTING_NS = 5e6;
/** The kernel slews clocks by at most 500 ppm (MAXFREQ of include/linux/timex.h). */
const CLOCK_DRIFT = 500e-6;
/** Pairs that must lie within the tolerance: a thread may be scheduled out between an event and its being noted. */
const AGREEING_SHARE = 0.9;
/** Fewer events in a row are found in any regular series. */
const SHORTEST_SERIES = 3;
/** Comparisons of pairs spent on one series. */
const MAX_COMPARISONS = 20_000_000;

/**
 * The offset between two inputs. A whole series of one is looked for in the same series of the other; it must fit in one
 * place only. Where no series is long enough, single events that happen once in a run (a series of one in both) are
 * paired. Null when nothing matches, or more than one place does.
 *
 * @param run series of the input that sets the clock
 * @param other series of the input to align
 */
export function matchEvents(run: readonly EventSeries[], other: readonly EventSeries[]): EventMatch | null {
  const common = run.flatMap((series) => {
    const counterpart = other.find(({ name }) => name === series.name);
    return counterpart ? [[series, counterpart] as const] : [];
  });
  for (const [a, b] of common) {
    const match = matchSeries(a, b);
    if (match) return match;
  }
  const single = common.filter(
    ([a, b]) => a.timesNs.length === 1 && b.timesNs.length === 1 && sizesAgree(a, 0, b, 0),
  );
  if (single.length === 0) return null;
  const match = matchOf(single.map(([a, b]) => a.timesNs[0] - b.timesNs[0]));
  return (match.residualNs ?? 0) <= NOTING_NS ? match : null;
}

/** Looks for the shorter series in the longer one. */
function matchSeries(run: EventSeries, other: EventSeries): EventMatch | null {
  const [long, short, sign] = run.timesNs.length >= other.timesNs.length ? [run, other, 1] : [other, run, -1];
  const length = short.timesNs.length;
  const places = long.timesNs.length - length + 1;
  if (length < SHORTEST_SERIES || places * length > MAX_COMPARISONS) return null;
  const toleranceNs = toleranceOf(short);
  let found: EventMatch | null = null;
  for (let place = 0; place < places; place++) {
    if (!sizesFit(long, place, short)) continue;
    const differences = short.timesNs.map((timeNs, row) => sign * (long.timesNs[place + row] - timeNs));
    const match = matchOf(differences);
    const agreeing = differences.filter((difference) => Math.abs(difference - match.offsetNs) <= toleranceNs);
    if (agreeing.length < AGREEING_SHARE * length) continue;
    if (found) return null;
    found = match;
  }
  return found;
}

/** Half the usual distance of two events at most: else an event would match its neighbour. */
function toleranceOf({ timesNs }: EventSeries): number {
  const distances = timesNs.slice(1).map((timeNs, row) => timeNs - timesNs[row]);
  const spanNs = timesNs[timesNs.length - 1] - timesNs[0];
  return Math.min(NOTING_NS + CLOCK_DRIFT * spanNs, median(distances) / 2);
}

function matchOf(differences: readonly number[]): EventMatch {
  const offsetNs = median(differences);
  const residualNs = differences.reduce((most, one) => Math.max(most, Math.abs(one - offsetNs)), 0);
  return { offsetNs, residualNs: differences.length > 1 ? residualNs : null, pairs: differences.length };
}

function sizesFit(long: EventSeries, place: number, short: EventSeries): boolean {
  for (let row = 0; row < short.sizes.length; row++)
    if (!sizesAgree(long, place + row, short, row)) return false;
  return true;
}

function sizesAgree(a: EventSeries, rowOfA: number, b: EventSeries, rowOfB: number): boolean {
  const [sizeOfA, sizeOfB] = [a.sizes[rowOfA], b.sizes[rowOfB]];
  return sizeOfA === null || sizeOfB === null || sizeOfA === sizeOfB;
}

/** Middle value of a list that is not empty. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
