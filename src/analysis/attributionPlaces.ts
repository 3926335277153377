/**
 * Which intervals of the timeline a counter reading covers. Found once for all counters that were read together; the sums
 * are then plain loops over columns, since a large capture has millions of readings.
 */
import { firstRowFrom } from '../llama/stages/activity.ts';
import type { StageInterval } from '../llama/types.ts';
import type { CounterReadings } from '../profile/types.ts';

/** The timeline's intervals as columns. */
export interface IntervalColumns {
  length: number;
  startNs: Float64Array;
  endNs: Float64Array;
  /** First row of the unbroken stretch of intervals of one phase that a row lies in. */
  phaseStretch: Int32Array;
}

/** Where readings lie. */
export interface ReadingPlaces {
  /** First and last interval that a reading touches; -1 for one that counts for no stage. */
  first: Int32Array;
  last: Int32Array;
  /** One of the constants below. */
  kind: Uint8Array;
}

/** Within one interval. */
const WHOLE = 0;
/** Over several calls of one phase. */
const SPLIT_WITHIN_PHASE = 1;
/** Over a boundary of phases, or partly outside all of them. */
const SPLIT_OVER_BOUNDARY = 2;

/** A reading over more intervals than this is spread through sums of rates, at the same cost however long it is. */
const MOST_SINGLE_PARTS = 32;

export function intervalColumns(intervals: readonly StageInterval[]): IntervalColumns {
  const phaseStretch = new Int32Array(intervals.length);
  for (let row = 1; row < intervals.length; row++) {
    const [before, here] = [intervals[row - 1], intervals[row]];
    const continues = before.phase >= 0 && before.phase === here.phase && before.endNs === here.startNs;
    phaseStretch[row] = continues ? phaseStretch[row - 1] : row;
  }
  return {
    length: intervals.length,
    startNs: Float64Array.from(intervals, (interval) => interval.startNs),
    endNs: Float64Array.from(intervals, (interval) => interval.endNs),
    phaseStretch,
  };
}

/**
 * Places every reading. Readings of system-wide counters belong to a CPU and no thread: they are placed too, with whatever
 * else ran there.
 *
 * @param isOwnThread one byte a thread: 1 for those whose stages these are
 */
export function placeReadings(
  readings: CounterReadings,
  intervals: IntervalColumns,
  isOwnThread: Uint8Array,
): ReadingPlaces {
  const first = new Int32Array(readings.length).fill(-1);
  const last = new Int32Array(readings.length).fill(-1);
  const kind = new Uint8Array(readings.length);
  let atEnd = 0;
  for (let row = 0; row < readings.length; row++) {
    // Readings are in order of their ends, so the interval of an end only moves forward.
    const toNs = readings.timeNs[row];
    while (atEnd + 1 < intervals.length && intervals.startNs[atEnd + 1] < toNs) atEnd++;
    const thread = readings.thread[row];
    if (intervals.length === 0 || (thread >= 0 && isOwnThread[thread] === 0)) continue;
    const fromNs = readings.startNs[row];
    if (fromNs === toNs) {
      // An instant belongs to the interval it falls into.
      const next = atEnd + 1 < intervals.length && intervals.startNs[atEnd + 1] <= toNs ? atEnd + 1 : atEnd;
      if (intervals.startNs[next] <= toNs && toNs < intervals.endNs[next]) first[row] = last[row] = next;
      continue;
    }
    let atStart = atEnd;
    if (fromNs < intervals.startNs[atEnd]) {
      atStart = firstRowFrom(intervals.endNs, fromNs);
      if (intervals.endNs[atStart] === fromNs) atStart++;
    }
    if (intervals.startNs[atStart] >= toNs || intervals.endNs[atStart] <= fromNs) continue;
    first[row] = atStart;
    last[row] = atEnd;
    const isCovered = intervals.startNs[atStart] <= fromNs && toNs <= intervals.endNs[atEnd];
    if (!isCovered || intervals.phaseStretch[atStart] !== intervals.phaseStretch[atEnd]) {
      kind[row] = SPLIT_OVER_BOUNDARY;
    } else if (atStart !== atEnd) kind[row] = SPLIT_WITHIN_PHASE;
  }
  return { first, last, kind };
}

/** Sum of one counter per interval, readings split in proportion to time, and the sum of those that crossed a boundary. */
export function sumByInterval(
  { startNs, timeNs, length }: CounterReadings,
  deltas: Float64Array,
  { first, last, kind }: ReadingPlaces,
  intervals: IntervalColumns,
): { byInterval: Float64Array; splitSum: number } {
  const byInterval = new Float64Array(intervals.length);
  const rateSteps = new Float64Array(intervals.length + 1);
  let hasRates = false;
  let splitSum = 0;
  // Hundreds of readings in a row lie in one interval: its sum is written back when they end.
  let open = -1;
  let openSum = 0;
  for (let row = 0; row < length; row++) {
    const at = first[row];
    const delta = deltas[row];
    if (at < 0 || delta === 0) continue;
    if (kind[row] === WHOLE && at === open) {
      openSum += delta;
      continue;
    }
    if (open >= 0) byInterval[open] = openSum;
    open = kind[row] === WHOLE ? at : -1;
    if (open >= 0) {
      openSum = byInterval[open] + delta;
      continue;
    }
    if (kind[row] === SPLIT_OVER_BOUNDARY) splitSum += delta;
    const rate = delta / (timeNs[row] - startNs[row]);
    const end = last[row];
    const fromNs = Math.max(startNs[row], intervals.startNs[at]);
    const toNs = Math.min(timeNs[row], intervals.endNs[end]);
    if (at === end) {
      byInterval[at] += rate * (toNs - fromNs);
      continue;
    }
    byInterval[at] += rate * (intervals.endNs[at] - fromNs);
    byInterval[end] += rate * (toNs - intervals.startNs[end]);
    if (end - at <= MOST_SINGLE_PARTS) {
      for (let part = at + 1; part < end; part++) {
        byInterval[part] += rate * (intervals.endNs[part] - intervals.startNs[part]);
      }
    } else {
      rateSteps[at + 1] += rate;
      rateSteps[end] -= rate;
      hasRates = true;
    }
  }
  if (open >= 0) byInterval[open] = openSum;
  if (hasRates) {
    let rate = 0;
    for (let part = 0; part < intervals.length; part++) {
      rate += rateSteps[part];
      byInterval[part] += rate * (intervals.endNs[part] - intervals.startNs[part]);
    }
  }
  return { byInterval, splitSum };
}
