/**
 * Relates two clocks by an event that both inputs counted: `perf stat -I` beside a recording of the same run. When one has
 * counted N of it, so has the other, whatever their clocks say.
 */
import type { EventMatch } from './matchEvents.ts';
import type { Nanoseconds, Profile } from './types.ts';

/** Count of one event since the start of an input: `counts[row]` were reached by `timesNs[row]`; both ascend. */
interface CountCurve {
  timesNs: Float64Array;
  counts: Float64Array;
}

/**
 * Events that every recorder counts alike while a program runs, best first: instructions do not depend on how fast the
 * machine was. Events that stand still for long would tell nothing.
 */
const EVENTS = ['INST_RETIRED', 'CPU_CYCLES'];
/** Totals of one run by two recorders: sampling misses up to a period for each thread, starts and ends differ. */
const TOTALS_AGREE = 0.05;
/** Fewer points in common would fit by chance. */
const FEWEST_POINTS = 4;
/** Points that must lie within half an interval. */
const AGREEING_SHARE = 0.9;

/**
 * The offset between two inputs that counted the same event; null when they counted none in common, or the counts are not
 * those of one run. The residual cannot be less than what the intervals resolve, and is that at least.
 */
export function matchCounts(run: Profile, other: Profile): EventMatch | null {
  for (const mnemonic of EVENTS) {
    const ofRun = countCurve(run, mnemonic);
    const ofOther = countCurve(other, mnemonic);
    const match = ofRun && ofOther ? matchCurves(ofRun, ofOther) : null;
    if (match) return match;
  }
  return null;
}

function matchCurves(run: CountCurve, other: CountCurve): EventMatch | null {
  const totalOfRun = run.counts[run.counts.length - 1];
  const totalOfOther = other.counts[other.counts.length - 1];
  if (Math.abs(totalOfRun - totalOfOther) > TOTALS_AGREE * Math.max(totalOfRun, totalOfOther)) return null;
  const differences: number[] = [];
  let coarseness = 0;
  // The last point of each input is where it stopped recording, not an instant in common.
  for (let row = 0; row < other.counts.length - 1; row++) {
    const reached = timeOfCount(run, other.counts[row]);
    if (reached === null) continue;
    differences.push(reached.timeNs - other.timesNs[row]);
    coarseness = Math.max(coarseness, reached.withinNs);
  }
  if (differences.length < FEWEST_POINTS) return null;
  const sorted = [...differences].sort((a, b) => a - b);
  const offsetNs = sorted[sorted.length >> 1];
  const intervalNs =
    (other.timesNs[other.timesNs.length - 1] - other.timesNs[0]) / (other.timesNs.length - 1);
  const agreeing = differences.filter((one) => Math.abs(one - offsetNs) <= intervalNs / 2);
  if (agreeing.length < AGREEING_SHARE * differences.length) return null;
  const residualNs = differences.reduce((most, one) => Math.max(most, Math.abs(one - offsetNs)), coarseness);
  return { offsetNs, residualNs, pairs: differences.length };
}

/** When a curve reached a count, and how far its neighbouring points are; null outside it. */
function timeOfCount(
  { timesNs, counts }: CountCurve,
  count: number,
): { timeNs: number; withinNs: number } | null {
  let from = 0;
  let to = counts.length - 1;
  if (count < counts[from] || count >= counts[to]) return null;
  while (to - from > 1) {
    const place = (from + to) >>> 1;
    if (counts[place] <= count) from = place;
    else to = place;
  }
  const share = (count - counts[from]) / (counts[to] - counts[from]);
  const withinNs = timesNs[to] - timesNs[from];
  return { timeNs: timesNs[from] + share * withinNs, withinNs };
}

/** The curve of an event from readings of its counter, else from the periods of its samples; null with less than two points. */
function countCurve(profile: Profile, mnemonic: string): CountCurve | null {
  return curveOf(readingsOf(profile, mnemonic)) ?? curveOf(samplesOf(profile, mnemonic));
}

interface Increments {
  timesNs: Nanoseconds[];
  deltas: number[];
}

function readingsOf({ counters, readings }: Profile, mnemonic: string): Increments {
  const increments: Increments = { timesNs: [], deltas: [] };
  for (const group of readings) {
    group.counters.forEach((counter, column) => {
      const { kind, mnemonic: ofCounter, unavailable } = counters[counter];
      if (ofCounter !== mnemonic || kind !== 'delta' || unavailable !== null) return;
      for (let row = 0; row < group.length; row++) {
        increments.timesNs.push(group.timeNs[row]);
        increments.deltas.push(group.deltas[column][row]);
      }
    });
  }
  return increments;
}

function samplesOf({ events, samples }: Profile, mnemonic: string): Increments {
  const isOfEvent = events.map((event) => event.mnemonic === mnemonic && event.counter === null);
  const increments: Increments = { timesNs: [], deltas: [] };
  if (!isOfEvent.includes(true)) return increments;
  for (let row = 0; row < samples.length; row++) {
    if (!isOfEvent[samples.event[row]]) continue;
    increments.timesNs.push(samples.timeNs[row]);
    increments.deltas.push(samples.period[row]);
  }
  return increments;
}

/** Adds increments up in time order; those of one instant (CPUs, threads) are one point. */
function curveOf({ timesNs, deltas }: Increments): CountCurve | null {
  const order = Uint32Array.from(timesNs.keys()).sort((a, b) => timesNs[a] - timesNs[b]);
  const times: number[] = [];
  const counts: number[] = [];
  let count = 0;
  for (const row of order) {
    if (deltas[row] <= 0) continue;
    count += deltas[row];
    if (times.length > 0 && times[times.length - 1] === timesNs[row]) counts[counts.length - 1] = count;
    else {
      times.push(timesNs[row]);
      counts.push(count);
    }
  }
  return times.length < 2 ? null : { timesNs: Float64Array.from(times), counts: Float64Array.from(counts) };
}
