/** Token latency: from one decode call to the next, how it scatters, and how it grows with the context. */
import { within } from '../llama/stages/idle.ts';
import type { StageTimeline } from '../llama/types.ts';
import { percentile } from './bootstrap.ts';
import { lineOverPosition } from './positionLine.ts';
import { quantity, unknown, type Quantity } from './quantity.ts';
import { endNote, endStatus, isDecodeToken } from './stageMetricsEnds.ts';

/** Fewer latencies than this do not hold a 95th (99th) percentile: one in twenty, and five in the last hundredth. */
export const LEAST_FOR_P95 = 20;
export const LEAST_FOR_P99 = 500;
/** Probability outside a 95 % interval, on each side. */
const TAIL = 0.025;

/**
 * Milliseconds from each decode call to the next decode call of the same phase, idle time between them removed; one entry
 * per token, null where there is none.
 */
export function tokenLatencies(timeline: StageTimeline): (number | null)[] {
  const idle = timeline.intervals.filter((interval) => interval.stage === 'idle');
  return timeline.tokens.map((token, row) => {
    const next = timeline.tokens[row + 1];
    if (!next || !isDecodeToken(token) || !isDecodeToken(next) || next.phase !== token.phase) return null;
    const pauses = within(idle, token.startNs, next.startNs);
    const idleNs = pauses.reduce((sum, pause) => sum + (pause.endNs - pause.startNs), 0);
    return (next.startNs - token.startNs - idleNs) / 1e6;
  });
}

/**
 * Percentile of the latencies (linear interpolation, type 7) with a 95 % interval from order statistics, which holds for
 * any distribution.
 *
 * @param ascending latencies in milliseconds
 * @param least fewest latencies that hold this percentile
 */
export function latencyPercentile(ascending: readonly number[], q: number, least: number): Quantity {
  if (ascending.length === 0) return unknown('ms', 'fewer than two decode calls in a turn');
  if (ascending.length < least) {
    return unknown('ms', `needs ${least} token latencies, this run has ${ascending.length}`);
  }
  const interval = percentileInterval(ascending, q);
  return quantity(
    percentile(ascending, q),
    'ms',
    'counted',
    {
      formula: `${q * 100} % of the times from one decode call to the next are shorter (linear interpolation)`,
      inputs: [{ name: 'latencies', value: ascending.length, unit: 'tokens' }],
      note: interval === null ? `an interval needs ${leastForInterval(q)} latencies` : null,
    },
    interval,
  );
}

/**
 * The ranks between which the true percentile lies in 95 of 100 samples, by the binomial distribution of the number of
 * values below it; null where they leave the sample.
 */
function percentileInterval(ascending: readonly number[], q: number): [number, number] | null {
  const count = ascending.length;
  // Log of P(k values lie below the percentile): the probabilities of a long sample are too small for a number.
  let logProbability = count * Math.log(1 - q);
  let below = 0;
  let low = -1;
  for (let k = 0; k <= count; k++) {
    const probability = Math.exp(logProbability);
    if (below + probability > TAIL && low < 0) low = k;
    // The first rank that is too high: as many or more values lie below the percentile with the probability of a tail.
    if (below >= 1 - TAIL) return low < 1 ? null : [ascending[low - 1], ascending[k - 1]];
    below += probability;
    logProbability += Math.log((count - k) / (k + 1)) + Math.log(q / (1 - q));
  }
  return null;
}

/** So many values hold an interval of the percentile: with fewer, all may well lie below it. */
function leastForInterval(q: number): number {
  return Math.ceil(Math.log(TAIL) / Math.log(Math.max(q, 1 - q)));
}

/** Arithmetic mean of the latencies. */
export function meanLatency(latencies: readonly number[]): Quantity {
  if (latencies.length === 0) return unknown('ms', 'fewer than two decode calls in a turn');
  return quantity(mean(latencies), 'ms', 'counted', {
    formula: 'mean time from one decode call to the next',
    inputs: [{ name: 'latencies', value: latencies.length, unit: 'tokens' }],
  });
}

/** Sample standard deviation over mean, in percent. */
export function latencyVariation(latencies: readonly number[]): Quantity {
  if (latencies.length < 2) return unknown('%', 'needs two token latencies');
  const average = mean(latencies);
  const squares = latencies.reduce((sum, value) => sum + (value - average) ** 2, 0);
  const deviation = Math.sqrt(squares / (latencies.length - 1));
  return quantity((100 * deviation) / average, '%', 'counted', {
    formula: 'standard deviation of the token latencies ÷ their mean',
    inputs: [
      { name: 'standard deviation', value: deviation, unit: 'ms' },
      { name: 'mean', value: average, unit: 'ms' },
      { name: 'latencies', value: latencies.length, unit: 'tokens' },
    ],
  });
}

/**
 * Mean change from one latency to the next of the same phase: what a reader of the text sees as stutter. The last token of
 * a phase has no latency, so phases do not touch.
 */
export function latencyStep(latenciesMs: readonly (number | null)[]): Quantity {
  let sum = 0;
  let steps = 0;
  for (let row = 1; row < latenciesMs.length; row++) {
    const [before, here] = [latenciesMs[row - 1], latenciesMs[row]];
    if (before === null || here === null) continue;
    sum += Math.abs(here - before);
    steps++;
  }
  if (steps === 0) return unknown('ms', 'needs two token latencies in a turn');
  return quantity(sum / steps, 'ms', 'counted', {
    formula: 'mean of |latency of a token − latency of the token before|',
    inputs: [{ name: 'steps', value: steps, unit: 'tokens' }],
  });
}

/** A line through decode tokens over their position: milliseconds = intercept + slope × position. */
export interface GrowthLine {
  slopeMsPerPosition: number;
  interceptMs: number;
  fromPast: number;
  toPast: number;
  /** 95 % interval of the slope. */
  slopeInterval: [low: number, high: number];
  /** Tokens the line was fitted to, and those left out as interrupted. */
  kept: number;
  leftOut: number;
}

/**
 * Least-squares line of milliseconds over position, tokens slower than three medians left out.
 *
 * @param valuesMs one entry per token, null where there is none: durations of calls or latencies
 * @returns the line, or the reason why there is none
 */
export function growthLine(
  timeline: StageTimeline,
  valuesMs: ArrayLike<number | null>,
): GrowthLine | { reason: string } {
  const line = lineOverPosition(timeline, valuesMs);
  if ('reason' in line) return line;
  const { slope, intercept, ...rest } = line;
  return { slopeMsPerPosition: slope, interceptMs: intercept, ...rest };
}

/** Slope of call duration on position: what attention over the KV cache adds per position. */
export function contextGrowth(timeline: StageTimeline, durationsNs: Float64Array): Quantity {
  const unit = 'µs/position';
  const line = growthLine(
    timeline,
    durationsNs.map((duration) => duration / 1e6),
  );
  if ('reason' in line) return unknown(unit, line.reason);
  const [low, high] = line.slopeInterval;
  const decode = timeline.tokens.filter(isDecodeToken);
  return quantity(
    line.slopeMsPerPosition * 1e3,
    unit,
    endStatus(timeline, decode),
    {
      formula: 'least-squares slope of call duration on position, tokens slower than three medians left out',
      inputs: [
        { name: 'decode calls', value: line.kept, unit: 'calls' },
        { name: 'left out', value: line.leftOut, unit: 'calls' },
        { name: 'first position', value: line.fromPast, unit: 'positions' },
        { name: 'last position', value: line.toPast, unit: 'positions' },
      ],
      note: endNote(timeline, decode),
    },
    [low * 1e3, high * 1e3],
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
