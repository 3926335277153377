/** llama.cpp's own timings beside those of markers or probes: they must agree, and when they do not, both numbers show. */
import { countsTokens } from '../llama/stages/phases.ts';
import type { StageTimeline, Token } from '../llama/types.ts';
import type { LlamaTimings, Warning } from '../profile/types.ts';
import { quantity, unknown, type Quantity } from './quantity.ts';
import { callDurations, endNote, endStatus } from './stageMetricsEnds.ts';
import { tokenLatencies } from './stageMetricsLatency.ts';

/** llama.cpp's own number beside the one from the capture. */
export interface LogCheck {
  name: string;
  fromLog: Quantity;
  fromCapture: Quantity;
  /** Null when one of the two is not known. */
  agrees: boolean | null;
  sentence: string;
}

/** Times may differ by this share, or by this much per call: printing and clock reading lie between the two. */
const TIME_TOLERANCE = 0.02;
const TIME_TOLERANCE_MS_PER_CALL = 1;

/**
 * The block of timings that covers the run: a draft model prints one too, but only the target samples; of several, the one
 * that evaluated most tokens. Null without a log.
 */
export function mainTimings(timings: readonly LlamaTimings[]): LlamaTimings | null {
  const sampling = timings.filter((row) => row.samplingMs !== null);
  const candidates = sampling.length > 0 ? sampling : timings;
  const tokens = (row: LlamaTimings): number => (row.promptTokens ?? 0) + (row.evalRuns ?? 0);
  return candidates.length === 0 ? null : candidates.reduce((a, b) => (tokens(b) > tokens(a) ? b : a));
}

/**
 * Checks of one run, and a warning for each that fails. Empty without a log or without stages.
 *
 * @param clockIsShared false when the capture's time is not the log's: a simulated run counts instructions, its log
 *   milliseconds of the simulator; then only counts are compared
 */
export function logChecks(
  timings: readonly LlamaTimings[],
  timeline: StageTimeline,
  clockIsShared = true,
): { checks: LogCheck[]; warnings: Warning[] } {
  const log = mainTimings(timings);
  if (log === null || timeline.source === null || timeline.source === 'benchmark') {
    return { checks: [], warnings: [] };
  }
  const requests = timings.filter((block) => block.era === 'server');
  const all = requests.length > 0 ? serverChecks(requests, timeline) : contextChecks(log, timeline);
  const checks = clockIsShared ? all : all.filter((check) => check.fromLog.unit !== 'ms');
  return {
    checks,
    warnings: checks
      .filter((check) => check.agrees === false)
      .map((check) => ({ code: 'log-disagrees', message: check.sentence, fix: null })),
  };
}

/**
 * llama.cpp's timers know two kinds of calls: one token is eval, several are prompt eval. Verifying drafted tokens counts
 * as prompt, the flush of a turn as eval.
 */
function contextChecks(log: LlamaTimings, timeline: StageTimeline): LogCheck[] {
  const counted = timeline.tokens.filter((token) => countsTokens(token.notes));
  const several = counted.filter((token) => token.nEval > 1);
  const single = counted.filter((token) => token.nEval === 1);
  const from = sourceName(timeline);
  return [
    countCheck('Prompt tokens', 'tokens', log.promptTokens, evaluatedTokens(several), from),
    countCheck('Decode calls', 'calls', log.evalRuns, single.length, from),
    promptTimeCheck(log, several, timeline),
    ...decodeTimeChecks(log, single, timeline),
  ].filter((check) => check !== null);
}

/** A server's requests together: of each, the first token generated came out of the prompt and was not evaluated before. */
function serverChecks(requests: readonly LlamaTimings[], timeline: StageTimeline): LogCheck[] {
  const isComplete = requests.every(
    (request) => request.promptTokens !== null && (request.generatedTokens ?? null) !== null,
  );
  if (!isComplete) return [];
  const ofLog = sum(
    requests.map((request) => (request.promptTokens ?? 0) + Math.max(0, (request.generatedTokens ?? 0) - 1)),
  );
  const counted = timeline.tokens.filter((token) => countsTokens(token.notes));
  const name = `Tokens of ${requests.length} requests`;
  const check = countCheck(name, 'tokens', ofLog, evaluatedTokens(counted), sourceName(timeline));
  return check ? [check] : [];
}

function sourceName(timeline: StageTimeline): string {
  return timeline.source ?? 'markers';
}

function evaluatedTokens(tokens: readonly Token[]): number {
  return sum(tokens.map((token) => token.nEval));
}

function countCheck(
  name: string,
  unit: string,
  fromLog: number | null,
  fromCapture: number,
  source: string,
): LogCheck | null {
  if (fromLog === null) return null;
  const agrees = fromLog === fromCapture;
  return {
    name,
    fromLog: quantity(fromLog, unit, 'counted', { formula: 'printed by llama.cpp' }),
    fromCapture: quantity(fromCapture, unit, 'counted', { formula: `from ${source}` }),
    agrees,
    sentence: agrees
      ? `${name}: the log and the ${source} both say ${fromLog}.`
      : `${name}: the log says ${fromLog}, the ${source} say ${fromCapture}.`,
  };
}

function promptTimeCheck(
  log: LlamaTimings,
  calls: readonly Token[],
  timeline: StageTimeline,
): LogCheck | null {
  if (log.promptMs === null || calls.length === 0) return null;
  return timesAgree(
    'Prompt time',
    printedMs(log.promptMs),
    durationOf(calls, timeline),
    calls.length,
    timeline,
  );
}

/**
 * Inside calls it is eval time alone; from call to call the capture holds what the log splits into eval, sampling and
 * unaccounted time. The first needs ends that are known.
 */
function decodeTimeChecks(
  log: LlamaTimings,
  calls: readonly Token[],
  timeline: StageTimeline,
): (LogCheck | null)[] {
  if (log.evalMs === null || calls.length === 0) return [];
  const latencies = tokenLatencies(timeline);
  const durations = callDurations(timeline);
  const betweenMs = sum(calls.map(({ index }) => latencies[index] ?? durations[index] / 1e6));
  const fromCallToCall = quantity(betweenMs, 'ms', endStatus(timeline, calls), {
    formula: `time from each of ${calls.length} calls to the next, the last of a turn to its end`,
    note: endNote(timeline, calls),
  });
  const withSampling =
    log.samplingMs === null
      ? unknown('ms', 'the log does not say how long sampling took')
      : quantity(log.evalMs + log.samplingMs + (log.unaccountedMs ?? 0), 'ms', 'counted', {
          formula: 'eval time + sampling time + unaccounted time, printed by llama.cpp',
          inputs: [
            { name: 'eval time', value: log.evalMs, unit: 'ms' },
            { name: 'sampling time', value: log.samplingMs, unit: 'ms' },
            { name: 'unaccounted time', value: log.unaccountedMs, unit: 'ms' },
          ],
        });
  return [
    calls.some((token) => token.endIsEstimated)
      ? null
      : timesAgree('Decode time', printedMs(log.evalMs), durationOf(calls, timeline), calls.length, timeline),
    timesAgree('Decode time with sampling', withSampling, fromCallToCall, calls.length, timeline),
  ];
}

function printedMs(ms: number): Quantity {
  return quantity(ms, 'ms', 'counted', { formula: 'printed by llama.cpp' });
}

function durationOf(calls: readonly Token[], timeline: StageTimeline): Quantity {
  const durations = callDurations(timeline);
  return quantity(sum(calls.map(({ index }) => durations[index])) / 1e6, 'ms', endStatus(timeline, calls), {
    formula: `sum of the durations of ${calls.length} calls, from ${sourceName(timeline)}`,
    note: endNote(timeline, calls),
  });
}

function timesAgree(
  name: string,
  fromLog: Quantity,
  fromCapture: Quantity,
  calls: number,
  timeline: StageTimeline,
): LogCheck {
  if (fromLog.value === null || fromCapture.value === null) {
    const sentence = `${name}: ${fromLog.reason ?? fromCapture.reason ?? 'not known'}.`;
    return { name, fromLog, fromCapture, agrees: null, sentence };
  }
  const toleranceMs = Math.max(TIME_TOLERANCE * fromLog.value, TIME_TOLERANCE_MS_PER_CALL * calls);
  const agrees = Math.abs(fromCapture.value - fromLog.value) <= toleranceMs;
  const numbers = `${fromLog.value.toFixed(2)} ms in the log, ${fromCapture.value.toFixed(2)} ms from ${sourceName(timeline)}`;
  return {
    name,
    fromLog,
    fromCapture,
    agrees,
    sentence: `${name}: ${numbers}, ${agrees ? 'within' : 'outside'} ${toleranceMs.toFixed(1)} ms.`,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
