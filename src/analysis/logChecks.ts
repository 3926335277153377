/** llama.cpp's own timings beside those of markers or probes: they must agree, and when they do not, both numbers show. */
import type { StageTimeline, Token } from '../llama/types.ts';
import type { LlamaTimings, Warning } from '../profile/types.ts';
import { quantity, unknown, type Quantity } from './quantity.ts';

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

/** The block of timings that covers the run: the one that evaluated most tokens. Null without a log. */
export function mainTimings(timings: readonly LlamaTimings[]): LlamaTimings | null {
  const tokens = (row: LlamaTimings): number => (row.promptTokens ?? 0) + (row.evalRuns ?? 0);
  return timings.length === 0 ? null : timings.reduce((a, b) => (tokens(b) > tokens(a) ? b : a));
}

/** Checks of one run, and a warning for each that fails. Empty without a log or without stages. */
export function logChecks(
  timings: readonly LlamaTimings[],
  timeline: StageTimeline,
): { checks: LogCheck[]; warnings: Warning[] } {
  const log = mainTimings(timings);
  if (log === null || timeline.source === null || timeline.source === 'benchmark')
    return { checks: [], warnings: [] };
  const counted = timeline.tokens.filter((token) => !token.notes.some((note) => LEFT_OUT.has(note)));
  const prompt = counted.filter((token) => token.nEval > 1);
  const single = counted.filter((token) => token.nEval === 1);
  const from = timeline.source;

  const checks = [
    countCheck('Prompt tokens', 'tokens', log.promptTokens, sum(prompt.map((token) => token.nEval)), from),
    countCheck('Decode calls', 'calls', log.evalRuns, single.length, from),
    timeCheck('Prompt time', log.promptMs, callTimeMs(prompt), prompt.length, from),
    decodeTimeCheck(log, single, from),
  ].filter((check) => check !== null);
  return {
    checks,
    warnings: checks
      .filter((check) => check.agrees === false)
      .map((check) => ({ code: 'log-disagrees', message: check.sentence, fix: null })),
  };
}

const LEFT_OUT = new Set<Token['notes'][number]>(['retry', 'failed', 'draft']);

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

/** Within the calls; a call's end that is only the next marker holds sampling, which the log leaves out of eval time. */
function timeCheck(
  name: string,
  logMs: number | null,
  captureMs: number,
  calls: number,
  source: string,
): LogCheck | null {
  if (logMs === null || calls === 0) return null;
  return timesAgree(
    name,
    quantity(logMs, 'ms', 'counted', { formula: 'printed by llama.cpp' }),
    captureMs,
    calls,
    source,
  );
}

/**
 * From call to call the capture holds what the log splits into eval, sampling and unaccounted time; inside calls it is eval
 * time alone.
 */
function decodeTimeCheck(log: LlamaTimings, single: readonly Token[], source: string): LogCheck | null {
  if (log.evalMs === null || single.length === 0) return null;
  const estimated = single.some((token) => token.endIsEstimated);
  if (!estimated) return timeCheck('Decode time', log.evalMs, callTimeMs(single), single.length, source);
  const parts = [log.evalMs, log.samplingMs ?? 0, log.unaccountedMs ?? 0];
  const ofLog: Quantity =
    log.samplingMs === null
      ? unknown('ms', 'the log does not say how long sampling took')
      : quantity(sum(parts), 'ms', 'counted', { formula: 'eval + sampling + unaccounted time' });
  return timesAgree('Decode time', ofLog, callTimeMs(single), single.length, source);
}

function timesAgree(
  name: string,
  fromLog: Quantity,
  captureMs: number,
  calls: number,
  source: string,
): LogCheck {
  const fromCapture = quantity(captureMs, 'ms', 'counted', {
    formula: `sum of the durations of ${calls} calls, from ${source}`,
  });
  if (fromLog.value === null) {
    return { name, fromLog, fromCapture, agrees: null, sentence: `${name}: ${fromLog.reason}.` };
  }
  const tolerance = Math.max(TIME_TOLERANCE * fromLog.value, TIME_TOLERANCE_MS_PER_CALL * calls);
  const agrees = Math.abs(captureMs - fromLog.value) <= tolerance;
  const numbers = `${fromLog.value.toFixed(2)} ms in the log, ${captureMs.toFixed(2)} ms from ${source}`;
  return {
    name,
    fromLog,
    fromCapture,
    agrees,
    sentence: `${name}: ${numbers}, ${agrees ? 'within' : 'outside'} ${tolerance.toFixed(1)} ms.`,
  };
}

function callTimeMs(tokens: readonly Token[]): number {
  return sum(tokens.map((token) => token.endNs - token.startNs)) / 1e6;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
