/**
 * Timings and rates of a run, exactly defined: sums over sums, never means of rates; idle time never counts.
 */
import { countsTokens } from '../llama/stages/phases.ts';
import { STAGES, type Stage, type StageTimeline } from '../llama/types.ts';
import { shareInterval } from './bootstrap.ts';
import { quantity, unknown, type Quantity } from './quantity.ts';
import { callDurations, endNote, endStatus, isDecodeToken } from './stageMetricsEnds.ts';
import {
  contextGrowth,
  latencyPercentile,
  latencyStep,
  latencyVariation,
  LEAST_FOR_P95,
  LEAST_FOR_P99,
  meanLatency,
} from './stageMetricsLatency.ts';
import { MOST_BLOCKS } from './tokenBlocks.ts';
import { turnMetrics, type TurnMetrics } from './stageMetricsTurns.ts';

export { tokenLatencies } from './stageMetricsLatency.ts';

/** A timing or a rate of the run; `stage` null when it is of the run as a whole. */
export interface StageMetric {
  id: string;
  label: string;
  stage: Stage | null;
  quantity: Quantity;
  /** Shown at the top of the Overview. */
  isHeadline: boolean;
}

/** Any fixed seed: builds must repeat. */
const SEED = 20_6202;

/**
 * All timing metrics, headline first. Without stages each is unknown with the reason.
 *
 * @param latenciesMs those of {@link tokenLatencies}
 */
export function stageMetrics(
  timeline: StageTimeline,
  latenciesMs: readonly (number | null)[],
): StageMetric[] {
  const reason =
    timeline.source === null ? (timeline.reason ?? 'the stages of this run are not known') : null;
  const latencies = latenciesMs.filter((value) => value !== null);
  const ascending = [...latencies].sort((a, b) => a - b);
  const durations = callDurations(timeline);
  const turns = turnMetrics(timeline);
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
    metric('ttft', 'Time to first token', 'prefill', 's', true, () => timeToFirstToken(timeline, turns)),
    metric('prefill-rate', 'Prompt rate', 'prefill', 'tokens/s', true, () =>
      rate(timeline, durations, 'prefill'),
    ),
    metric('decode-rate', 'Decode rate', 'decode', 'tokens/s', true, () =>
      rate(timeline, durations, 'decode'),
    ),
    metric('latency-p50', 'Token latency, median', 'decode', 'ms', true, () =>
      latencyPercentile(ascending, 0.5, 1),
    ),
    metric('latency-p95', 'Token latency, 95th percentile', 'decode', 'ms', true, () =>
      latencyPercentile(ascending, 0.95, LEAST_FOR_P95),
    ),
    metric('latency-p99', 'Token latency, 99th percentile', 'decode', 'ms', true, () =>
      latencyPercentile(ascending, 0.99, LEAST_FOR_P99),
    ),
    metric('latency-mean', 'Token latency, mean', 'decode', 'ms', false, () => meanLatency(latencies)),
    metric('latency-variation', 'Variation of token latency', 'decode', '%', false, () =>
      latencyVariation(latencies),
    ),
    metric('latency-step', 'Mean change from token to token', 'decode', 'ms', false, () =>
      latencyStep(latenciesMs),
    ),
    metric('growth', 'Latency growth with context', 'decode', 'µs/position', false, () =>
      contextGrowth(timeline, durations),
    ),
    ...conversation(turns),
    ...STAGES.flatMap((stage) => wallTime(timeline, stage)),
    ...speculation(timeline, durations),
  ];
}

/** Of the first turn: what comes later waits for a user too. */
function timeToFirstToken(timeline: StageTimeline, turns: readonly TurnMetrics[]): Quantity {
  if (timeline.source === 'benchmark') {
    return unknown(
      's',
      'llama-bench measures prompt and generation in separate tests: no prompt is answered',
    );
  }
  return turns[0]?.timeToFirstToken ?? unknown('s', 'this run has no prefill');
}

/** Σ tokens ÷ Σ duration over the calls of a stage, with an interval over its calls. */
function rate(timeline: StageTimeline, durationsNs: Float64Array, stage: 'prefill' | 'decode'): Quantity {
  const tokens = timeline.tokens.filter((token) =>
    stage === 'decode' ? isDecodeToken(token) : token.stage === 'prefill' && countsTokens(token.notes),
  );
  const seconds = tokens.map((token) => durationsNs[token.index] / 1e9);
  const totalSeconds = sum(seconds);
  if (tokens.length === 0) return unknown('tokens/s', `this run has no ${stage}`);
  if (totalSeconds <= 0) return unknown('tokens/s', `how long the ${stage} calls took is not known`);
  const evaluated = sum(tokens.map((token) => token.nEval));
  return quantity(
    evaluated / totalSeconds,
    'tokens/s',
    endStatus(timeline, tokens),
    {
      formula: 'tokens evaluated ÷ sum of the durations of the calls',
      inputs: [
        { name: 'tokens', value: evaluated, unit: 'tokens' },
        { name: 'time in calls', value: totalSeconds, unit: 's' },
        { name: 'calls', value: tokens.length, unit: 'calls' },
      ],
      note: endNote(timeline, tokens),
    },
    rateInterval(
      tokens.map((token) => token.nEval),
      seconds,
    ),
  );
}

/** Interval of Σ tokens ÷ Σ seconds over the calls; many calls are resampled in blocks of neighbours, which are alike. */
function rateInterval(tokens: readonly number[], seconds: readonly number[]): [number, number] | null {
  const blocks = Math.min(tokens.length, MOST_BLOCKS);
  const tokensOf = new Float64Array(blocks);
  const secondsOf = new Float64Array(blocks);
  tokens.forEach((count, call) => {
    const block = Math.floor((call * blocks) / tokens.length);
    tokensOf[block] += count;
    secondsOf[block] += seconds[call];
  });
  return shareInterval(tokensOf, secondsOf, SEED);
}

/** Turns, prompts and answers. */
function conversation(turns: readonly TurnMetrics[]): StageMetric[] {
  if (turns.length === 0) return [];
  const cached = turns[0].cachedTokens;
  const note = turns.length > 1 ? `over ${turns.length} turns` : null;
  const rows: StageMetric[] = [
    {
      id: 'prompt-tokens',
      label: 'Prompt tokens',
      stage: 'prefill',
      isHeadline: false,
      quantity: quantity(sum(turns.map((turn) => turn.promptTokens)), 'tokens', 'counted', {
        formula: 'tokens evaluated in prefill calls',
        inputs: [{ name: 'taken from the prompt cache', value: cached, unit: 'tokens' }],
        note,
      }),
    },
    {
      id: 'generated-tokens',
      label: 'Generated tokens',
      stage: 'decode',
      isHeadline: false,
      quantity: generatedInAll(turns, note),
    },
  ];
  const later = turns.slice(1).flatMap((turn) => turn.timeToFirstToken.value ?? []);
  if (later.length > 0) {
    rows.push({
      id: 'ttft-later',
      label: 'Time to first token, later turns',
      stage: 'prefill',
      isHeadline: false,
      quantity: quantity(sum(later) / later.length, 's', 'counted', {
        formula: 'mean over the turns after the first, each from its first call to its first decode call',
        inputs: [{ name: 'turns', value: later.length, unit: 'turns' }],
      }),
    });
  }
  return rows;
}

function generatedInAll(turns: readonly TurnMetrics[], note: string | null): Quantity {
  const parts = turns.map((turn) => turn.generatedTokens);
  const gap = parts.find((part) => part.value === null);
  if (gap) return gap;
  const isEstimated = parts.some((part) => part.status === 'estimated');
  return quantity(
    sum(parts.map((part) => part.value ?? 0)),
    'tokens',
    isEstimated ? 'estimated' : 'counted',
    {
      formula: parts.length === 1 ? (parts[0].working?.formula ?? '') : 'sum over turns of decode calls + 1',
      inputs: [{ name: 'turns', value: turns.length, unit: 'turns' }],
      note: parts.find((part) => part.working?.note)?.working?.note ?? note,
    },
  );
}

const WALL_LABELS: Record<Stage, string> = {
  load: 'Load',
  // Without the gaps between calls, which the band of a stage holds.
  prefill: 'Time in Prefill calls',
  decode: 'Time in Decode calls',
  speculative: 'Speculative steps',
  mixed: 'Prompt and generation in one call',
  sampling: 'Sampling and printing',
  idle: 'Idle',
};

/** Time of a stage; no row for a stage the run does not have. */
function wallTime(timeline: StageTimeline, stage: Stage): StageMetric[] {
  const intervals = timeline.intervals.filter((interval) => interval.stage === stage);
  if (intervals.length === 0) return [];
  const hasWarmup = timeline.phases.some((phase) => phase.stage === 'load' && phase.name !== 'load');
  const tokens = timeline.tokens.filter((token) => token.stage === stage);
  const seconds = sum(intervals.map(({ startNs, endNs }) => endNs - startNs)) / 1e9;
  const isBetweenCalls = stage === 'sampling' || stage === 'idle';
  return [
    {
      id: `${stage}-time`,
      label: WALL_LABELS[stage],
      stage,
      isHeadline: false,
      quantity: quantity(seconds, 's', isBetweenCalls ? 'estimated' : endStatus(timeline, tokens), {
        formula: wallFormula(stage),
        inputs: [{ name: 'stretches', value: intervals.length, unit: 'stretches' }],
        note: stage === 'load' && hasWarmup ? 'holds the warm-up' : endNote(timeline, tokens),
      }),
    },
  ];
}

function wallFormula(stage: Stage): string {
  if (stage === 'load') return 'from the first sign of the process to its first call that is no warm-up';
  if (stage === 'sampling')
    return 'sum of the gaps between calls and of the time after the last, idle removed';
  if (stage === 'idle') return 'sum of the stretches in which the process used less than a tenth of one CPU';
  return 'sum of the durations of its calls';
}

/** Rows for speculative decoding; none for runs without. */
function speculation(timeline: StageTimeline, durationsNs: Float64Array): StageMetric[] {
  const calls = timeline.tokens.filter((token) => token.stage === 'speculative');
  if (calls.length === 0) return [];
  const steps = calls.filter((token) => countsTokens(token.notes));
  const known = steps.filter((token) => token.emitted !== null);
  const emitted = sum(known.map((token) => token.emitted ?? 0));
  const drafted = sum(known.map((token) => token.nEval - 1));
  // What the last step kept is not known: its time must not count either.
  const unknownSteps = new Set(steps.filter((token) => token.emitted === null));
  const timed = calls.filter((token) => !unknownSteps.has(token));
  const seconds = sum(timed.map((token) => durationsNs[token.index])) / 1e9;
  const noPositions = 'the positions of this capture do not tell how many drafted tokens were kept';
  return [
    {
      id: 'speculative-rate',
      label: 'Rate with speculation',
      stage: 'speculative',
      isHeadline: true,
      quantity:
        known.length === 0
          ? unknown('tokens/s', noPositions)
          : seconds <= 0
            ? unknown('tokens/s', 'how long the speculative steps took is not known')
            : quantity(emitted / seconds, 'tokens/s', endStatus(timeline, timed), {
                formula:
                  'tokens kept ÷ sum of the durations of the calls, drafting included where it was seen',
                inputs: [
                  { name: 'kept', value: emitted, unit: 'tokens' },
                  { name: 'time in calls', value: seconds, unit: 's' },
                ],
                note: endNote(timeline, timed),
              }),
    },
    {
      id: 'acceptance',
      label: 'Draft tokens accepted',
      stage: 'speculative',
      isHeadline: false,
      quantity:
        drafted === 0
          ? unknown('%', noPositions)
          : quantity((100 * (emitted - known.length)) / drafted, '%', 'counted', {
              formula: '(kept − steps) ÷ drafted: one token of each step is the model’s own',
              inputs: [
                { name: 'kept', value: emitted, unit: 'tokens' },
                { name: 'steps', value: known.length, unit: 'calls' },
                { name: 'drafted', value: drafted, unit: 'tokens' },
              ],
            }),
    },
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
