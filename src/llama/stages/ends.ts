/** When each call ended: known from its return or its samples, else judged from what came next. */
import type { Call } from '../types.ts';
import { firstRowFrom, median, type Activity } from './activity.ts';
import type { CallLabel } from './classify.ts';
import { within, type Stretch } from './idle.ts';

export interface CallEnd {
  endNs: number;
  isEstimated: boolean;
}

/** Usual time from one decode call to the next; null with fewer than two decode calls in a row. */
export function decodeIntervalNs(calls: readonly Call[], labels: readonly CallLabel[]): number | null {
  const intervals: number[] = [];
  for (let row = 1; row < calls.length; row++) {
    if (labels[row].rule !== 'D1' || labels[row - 1].rule !== 'D1' || labels[row].startsPhase) continue;
    intervals.push(calls[row].startNs - calls[row - 1].startNs);
  }
  return median(intervals);
}

/**
 * The end of every call. Without a known end a call reaches to the next one: its span then holds sampling and printing
 * too and is marked as estimated. Where a turn ends, idle time after it is the user's and is left out.
 */
export function callEnds(
  calls: readonly Call[],
  labels: readonly CallLabel[],
  idle: readonly Stretch[],
  activity: Activity,
  tokenNs: number | null,
): CallEnd[] {
  return calls.map((call, row): CallEnd => {
    const next = calls[row + 1];
    const limitNs = next?.startNs ?? Infinity;
    if (call.endNs !== null && call.endNs >= call.startNs) {
      // A call that overlaps the next one runs on another thread: its return is right all the same.
      const endNs = next && next.thread === call.thread ? Math.min(call.endNs, limitNs) : call.endNs;
      return { endNs, isEstimated: false };
    }
    if (!next) {
      const usualNs = labels[row].stage === 'decode' ? tokenNs : null;
      return { endNs: lastEnd(call, idle, activity, usualNs), isEstimated: true };
    }
    const pause = labels[row + 1].startsTurn ? within(idle, call.startNs, limitNs).at(0) : undefined;
    return { endNs: pause?.startNs ?? limitNs, isEstimated: true };
  });
}

/**
 * The end of the last call: the first sign of printing timings or freeing the model, the start of an idle stretch, the end
 * of the process. Without the first of them these only bound the usual time of a token. Never the end of the capture.
 */
function lastEnd(
  call: Call,
  idle: readonly Stretch[],
  { closingNs, exitNs, lastSampleNs, sampleIntervalNs }: Activity,
  usualNs: number | null,
): number {
  const lastSignNs = lastSampleNs === null ? null : lastSampleNs + (sampleIntervalNs ?? 0);
  const bounds = [closingNs, exitNs, lastSignNs, within(idle, call.startNs, Infinity).at(0)?.startNs]
    .filter((timeNs) => timeNs !== null && timeNs !== undefined)
    .filter((timeNs) => timeNs > call.startNs);
  const usual = closingNs === null && usualNs !== null ? [call.startNs + usualNs] : [];
  const candidates = [...bounds, ...usual];
  return candidates.length === 0 ? call.startNs : Math.min(...candidates);
}

/** Whether a sampler was seen within `[fromNs, toNs)`. */
export function sampledBetween(samplerNs: Float64Array): (fromNs: number, toNs: number) => boolean {
  return (fromNs, toNs) => {
    const row = firstRowFrom(samplerNs, fromNs);
    return row < samplerNs.length && samplerNs[row] < toNs;
  };
}
