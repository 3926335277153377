/** Everything before the first prompt: reading and packing weights, and the warm-up calls in between. */
import type { Call, Phase, StageInterval } from '../types.ts';

/** Phases that have no rows in the token table, and the stretches they fill. */
export interface Loading {
  phases: Phase[];
  intervals: StageInterval[];
}

/**
 * The load phase from the first sign of the process to its first call that is no warm-up, and one phase for each row of
 * warm-up calls (llama-bench warms up before every test). Load time is what is left around the warm-up.
 *
 * @param calls all calls of the process, warm-up included
 */
export function loading(calls: readonly Call[], firstSignNs: number | null): Loading {
  const phases: Phase[] = [];
  const firstCall = calls.find((call) => !call.isWarmup) ?? calls[calls.length - 1];
  const endNs = firstCall.startNs;
  const startNs = Math.min(Math.max(0, firstSignNs ?? 0), endNs);
  if (endNs > startNs) phases.push(loadPhase('load', startNs, endNs));

  const intervals: StageInterval[] = [];
  let atNs = startNs;
  const addLoadUntil = (untilNs: number): void => {
    const toNs = Math.min(untilNs, endNs);
    if (toNs > atNs) intervals.push({ stage: 'load', startNs: atNs, endNs: toNs, phase: 0, token: -1 });
  };
  let warmup: Phase | null = null;
  let warmups = 0;
  calls.forEach((call, row) => {
    if (!call.isWarmup) {
      warmup = null;
      return;
    }
    const limitNs = calls[row + 1]?.startNs ?? Infinity;
    const callEndNs = call.endNs ?? calls[row + 1]?.startNs ?? call.startNs;
    if (!warmup) {
      warmups++;
      warmup = loadPhase(warmups === 1 ? 'warmup' : `warmup ${warmups}`, call.startNs, callEndNs);
      phases.push(warmup);
    }
    warmup.endNs = callEndNs;
    warmup.endIsEstimated = call.endNs === null;
    warmup.calls++;
    warmup.tokens += call.nEval;
    addLoadUntil(call.startNs);
    atNs = Math.min(callEndNs, limitNs);
    intervals.push({
      stage: 'load',
      startNs: call.startNs,
      endNs: atNs,
      phase: phases.length - 1,
      token: -1,
    });
  });
  addLoadUntil(endNs);
  return { phases, intervals };
}

function loadPhase(name: string, startNs: number, endNs: number): Phase {
  return {
    stage: 'load',
    name,
    startNs,
    endNs,
    endIsEstimated: false,
    firstToken: -1,
    calls: 0,
    tokens: 0,
    cachedTokens: 0,
    turn: 0,
  };
}
