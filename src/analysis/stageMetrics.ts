/**
 * Timings and rates of a run, exactly defined: sums over sums, never means of rates; idle time never counts.
 */
import type { Stage, StageTimeline, Token } from '../llama/types.ts';
import { bootstrapInterval, percentile } from './bootstrap.ts';
import { quantity, unknown, type Quantity } from './quantity.ts';

/** A timing or a rate of the run; `stage` null when it is of the run as a whole. */
export interface StageMetric {
  id: string;
  label: string;
  stage: Stage | null;
  quantity: Quantity;
  /** Shown at the top of the Overview. */
  isHeadline: boolean;
}

/** Fewer latencies than this do not hold a 95th (99th) percentile. */
const LEAST_FOR_P95 = 20;
const LEAST_FOR_P99 = 500;
/** The KV cache is padded in steps of 32 to 256 positions: growth shows over more than one step only. */
const LEAST_POSITIONS_FOR_GROWTH = 256;
/** Slower tokens than this many medians were interrupted: they would bend the line. */
const OUTLIER_MEDIANS = 3;
/** Any fixed seed: builds must repeat. */
const SEED = 20_6202;

/**
 * Milliseconds from each decode call to the next decode call of the same phase, idle time between them removed; one entry
 * per token, null where there is none.
 */
export function tokenLatencies(timeline: StageTimeline): (number | null)[] {
  const idle = timeline.intervals.filter((interval) => interval.stage === 'idle');
  return timeline.tokens.map((token, row) => {
    const next = timeline.tokens[row + 1];
    if (token.stage !== 'decode' || !next || next.stage !== 'decode' || next.phase !== token.phase)
      return null;
    const idleNs = idle.reduce(
      (sum, { startNs, endNs }) =>
        sum + Math.max(0, Math.min(endNs, next.startNs) - Math.max(startNs, token.startNs)),
      0,
    );
    return (next.startNs - token.startNs - idleNs) / 1e6;
  });
}

/** All timing metrics, headline first. Without stages each is unknown with the reason. */
export function stageMetrics(
  timeline: StageTimeline,
  latenciesMs: readonly (number | null)[],
): StageMetric[] {
  const reason =
    timeline.source === null ? (timeline.reason ?? 'the stages of this run are not known') : null;
  const latencies = latenciesMs.filter((value) => value !== null);
  const metric = (
    id: string,
    label: string,
    stage: StageMetric['stage'],
    unit: string,
    isHeadline: boolean,
    make: () => Quantity,
  ): StageMetric => ({
    id,
    label,
    stage,
    isHeadline,
    quantity: reason === null ? make() : unknown(unit, reason),
  });

  return [
    metric('ttft', 'Time to first token', 'prefill', 's', true, () => timeToFirstToken(timeline)),
    metric('prefill-rate', 'Prompt rate', 'prefill', 'tokens/s', true, () => rate(timeline, 'prefill')),
    metric('decode-rate', 'Decode rate', 'decode', 'tokens/s', true, () => rate(timeline, 'decode')),
    metric('latency-p50', 'Token latency, median', 'decode', 'ms', true, () =>
      latencyPercentile(latencies, 0.5, 1),
    ),
    metric('latency-p95', 'Token latency, 95th percentile', 'decode', 'ms', true, () =>
      latencyPercentile(latencies, 0.95, LEAST_FOR_P95),
    ),
    metric('latency-p99', 'Token latency, 99th percentile', 'decode', 'ms', true, () =>
      latencyPercentile(latencies, 0.99, LEAST_FOR_P99),
    ),
    metric('latency-variation', 'Variation of token latency', 'decode', '%', false, () =>
      variation(latencies),
    ),
    metric('latency-step', 'Mean change from token to token', 'decode', 'ms', false, () =>
      meanStep(latencies),
    ),
    metric('growth', 'Latency growth with context', 'decode', 'µs/position', false, () => growth(timeline)),
    metric('load-time', 'Load', 'load', 's', false, () => wallTime(timeline, 'load')),
    metric('sampling-time', 'Sampling and printing between calls', 'sampling', 's', false, () =>
      intervalTime(timeline, 'sampling'),
    ),
    metric('idle-time', 'Idle', 'idle', 's', false, () => intervalTime(timeline, 'idle')),
    ...speculation(timeline),
  ];
}

function tokensOf(timeline: StageTimeline, stage: Token['stage']): Token[] {
  return timeline.tokens.filter((token) => token.stage === stage);
}

/** From the first prefill chunk to the first decode call: sampling of the first token is in it. First turn only. */
function timeToFirstToken(timeline: StageTimeline): Quantity {
  if (timeline.source === 'benchmark') {
    return unknown('s', 'llama-bench generates from random tokens: there is no prompt to answer');
  }
  const first = timeline.tokens.findIndex((token) => token.stage === 'prefill');
  if (first < 0) return unknown('s', 'this run has no prefill');
  const begin = timeline.tokens[first];
  const decode = timeline.tokens.find((token, row) => row > first && token.stage !== 'prefill');
  if (decode) {
    return quantity((decode.startNs - begin.startNs) / 1e9, 's', 'counted', {
      formula: 'start of the first decode call − start of the first prefill call',
      inputs: [
        { name: 'first prefill call', value: begin.startNs / 1e9, unit: 's' },
        { name: 'first decode call', value: decode.startNs / 1e9, unit: 's' },
      ],
      note: 'includes choosing the first token; what a user waits for also holds tokenising and queueing',
    });
  }
  const last = tokensOf(timeline, 'prefill').at(-1)!;
  return quantity((last.endNs - begin.startNs) / 1e9, 's', 'estimated', {
    formula: 'end of the last prefill call − start of the first',
    note: 'no token was decoded: the first token was ready at about the end of the prompt',
  });
}

/** Σ tokens ÷ Σ duration over the calls of a stage, with an interval over its calls. */
function rate(timeline: StageTimeline, stage: 'prefill' | 'decode'): Quantity {
  const tokens = tokensOf(timeline, stage).filter((token) => !isLeftOut(token));
  const durations = tokens.map((token) => (token.endNs - token.startNs) / 1e9);
  const seconds = sum(durations);
  if (tokens.length === 0 || seconds <= 0) return unknown('tokens/s', `this run has no ${stage}`);
  const evaluated = sum(tokens.map((token) => token.nEval));
  const estimated = tokens.filter((token) => token.endIsEstimated).length;
  return quantity(
    evaluated / seconds,
    'tokens/s',
    estimated > 0 ? 'estimated' : 'counted',
    {
      formula: 'tokens evaluated ÷ sum of the durations of the calls',
      inputs: [
        { name: 'tokens', value: evaluated, unit: 'tokens' },
        { name: 'time in calls', value: seconds, unit: 's' },
      ],
      note:
        estimated > 0
          ? `the end of ${estimated} of ${tokens.length} calls is estimated: sampling and printing may be in it`
          : null,
    },
    bootstrapInterval(
      tokens.length,
      (drawn) => {
        let count = 0;
        let time = 0;
        for (const row of drawn) {
          count += tokens[row].nEval;
          time += durations[row];
        }
        return count / time;
      },
      SEED,
    ),
  );
}

function isLeftOut(token: Token): boolean {
  return token.notes.includes('retry') || token.notes.includes('failed') || token.notes.includes('draft');
}

function latencyPercentile(latencies: readonly number[], q: number, least: number): Quantity {
  if (latencies.length === 0) return unknown('ms', 'fewer than two decode calls in a turn');
  if (latencies.length < least) {
    return unknown('ms', `needs ${least} token latencies, this run has ${latencies.length}`);
  }
  const ascending = [...latencies].sort((a, b) => a - b);
  return quantity(
    percentile(ascending, q),
    'ms',
    'counted',
    {
      formula: `${q * 100} % of the times from one decode call to the next are shorter (linear interpolation)`,
      inputs: [{ name: 'latencies', value: latencies.length, unit: 'tokens' }],
    },
    bootstrapInterval(
      latencies.length,
      (drawn) =>
        percentile(
          Array.from(drawn, (row) => latencies[row]).sort((a, b) => a - b),
          q,
        ),
      SEED,
    ),
  );
}

/** Sample standard deviation over mean. */
function variation(latencies: readonly number[]): Quantity {
  if (latencies.length < 2) return unknown('%', 'needs two token latencies');
  const mean = sum(latencies) / latencies.length;
  const variance = sum(latencies.map((value) => (value - mean) ** 2)) / (latencies.length - 1);
  return quantity((100 * Math.sqrt(variance)) / mean, '%', 'counted', {
    formula: 'standard deviation of the token latencies ÷ their mean',
    inputs: [
      { name: 'mean', value: mean, unit: 'ms' },
      { name: 'latencies', value: latencies.length, unit: 'tokens' },
    ],
  });
}

function meanStep(latencies: readonly number[]): Quantity {
  if (latencies.length < 2) return unknown('ms', 'needs two token latencies');
  const steps = latencies.slice(1).map((value, row) => Math.abs(value - latencies[row]));
  return quantity(sum(steps) / steps.length, 'ms', 'counted', {
    formula: 'mean of |latency of a token − latency of the token before|',
    inputs: [{ name: 'steps', value: steps.length, unit: 'tokens' }],
  });
}

/** Least-squares slope of call duration on position: what attention over the KV cache adds per position. */
function growth(timeline: StageTimeline): Quantity {
  const unit = 'µs/position';
  const points = tokensOf(timeline, 'decode').flatMap((token) =>
    token.past === null ? [] : [{ past: token.past, durationUs: (token.endNs - token.startNs) / 1e3 }],
  );
  if (points.length === 0) return unknown(unit, 'no decode call with a known position');
  const positions = points.map(({ past }) => past);
  const span = Math.max(...positions) - Math.min(...positions) + 1;
  if (span < LEAST_POSITIONS_FOR_GROWTH) {
    return unknown(
      unit,
      `needs ${LEAST_POSITIONS_FOR_GROWTH} positions, this run decodes over ${span}: the cache is padded in steps`,
    );
  }
  const median = percentile(
    points.map(({ durationUs }) => durationUs).sort((a, b) => a - b),
    0.5,
  );
  const kept = points.filter(({ durationUs }) => durationUs <= OUTLIER_MEDIANS * median);
  const slopeOf = (rows: Iterable<number>): number => {
    const drawn = [...rows].map((row) => kept[row]);
    const meanX = sum(drawn.map(({ past }) => past)) / drawn.length;
    const meanY = sum(drawn.map(({ durationUs }) => durationUs)) / drawn.length;
    const xx = sum(drawn.map(({ past }) => (past - meanX) ** 2));
    return sum(drawn.map(({ past, durationUs }) => (past - meanX) * (durationUs - meanY))) / xx;
  };
  return quantity(
    slopeOf(kept.keys()),
    unit,
    'counted',
    {
      formula: 'least-squares slope of call duration on position, tokens slower than three medians left out',
      inputs: [
        { name: 'decode calls', value: kept.length, unit: 'calls' },
        { name: 'left out', value: points.length - kept.length, unit: 'calls' },
      ],
    },
    bootstrapInterval(kept.length, slopeOf, SEED),
  );
}

function wallTime(timeline: StageTimeline, stage: Token['stage']): Quantity {
  const phases = timeline.phases.filter((phase) => phase.stage === stage && phase.name !== 'warmup');
  if (phases.length === 0) return unknown('s', `this run has no ${stage}`);
  return quantity(sum(phases.map((phase) => phase.endNs - phase.startNs)) / 1e9, 's', 'counted', {
    formula: 'from the first sign of the process to its first call that is not warm-up',
    note: stage === 'load' ? 'holds warm-up where there was one' : null,
  });
}

function intervalTime(timeline: StageTimeline, stage: 'sampling' | 'idle'): Quantity {
  const intervals = timeline.intervals.filter((interval) => interval.stage === stage);
  return quantity(sum(intervals.map(({ startNs, endNs }) => endNs - startNs)) / 1e9, 's', 'estimated', {
    formula:
      stage === 'sampling'
        ? 'sum of the gaps between calls, idle removed'
        : 'sum of the stretches without work',
    inputs: [{ name: 'stretches', value: intervals.length, unit: 'stretches' }],
  });
}

/** Rows for speculative decoding; none for runs without. */
function speculation(timeline: StageTimeline): StageMetric[] {
  const steps = tokensOf(timeline, 'speculative');
  if (steps.length === 0) return [];
  const known = steps.filter((token) => token.emitted !== null);
  const emitted = sum(known.map((token) => token.emitted!));
  const drafted = sum(known.map((token) => token.nEval - 1));
  const seconds = sum(steps.map((token) => (token.endNs - token.startNs) / 1e9));
  return [
    {
      id: 'speculative-rate',
      label: 'Rate with speculation',
      stage: 'speculative',
      isHeadline: true,
      quantity:
        seconds > 0
          ? quantity(emitted / seconds, 'tokens/s', 'counted', {
              formula: 'tokens emitted ÷ sum of the durations of the verification calls',
              inputs: [
                { name: 'emitted', value: emitted, unit: 'tokens' },
                { name: 'time in calls', value: seconds, unit: 's' },
              ],
            })
          : unknown('tokens/s', 'no time passed in verification calls'),
    },
    {
      id: 'acceptance',
      label: 'Draft tokens accepted',
      stage: 'speculative',
      isHeadline: false,
      quantity:
        drafted > 0
          ? quantity((100 * (emitted - known.length)) / drafted, '%', 'counted', {
              formula: '(emitted − steps) ÷ drafted',
              inputs: [
                { name: 'emitted', value: emitted, unit: 'tokens' },
                { name: 'drafted', value: drafted, unit: 'tokens' },
                { name: 'steps', value: known.length, unit: 'calls' },
              ],
            })
          : unknown('%', 'positions do not tell what was accepted'),
    },
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
