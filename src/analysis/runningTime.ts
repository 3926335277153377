/** Time that the threads of the process were on a CPU in a stage, where the cycles that were counted are theirs. */
import type { Profile } from '../profile/types.ts';
import { LEAST_SAMPLES_PER_FUNCTION as LEAST_SAMPLES } from './functionMetrics.ts';
import type { RunningTime } from './rateMeasures.ts';
import { STAGE_GROUPS } from './stageGroups.ts';
import { COMPUTING_STAGES, type ThreadUse } from './threadUse.ts';

/** Running time by id of a selection. Only Prefill and Decode have one: a thread's time is told by stage. */
export function runningTimes(
  profile: Profile,
  threadUse: ThreadUse | null,
  types: readonly unknown[],
): (selection: string) => RunningTime {
  const reason = whyNone(profile, threadUse, types);
  return (selection) => {
    if (reason !== null) return { seconds: null, reason };
    const stage = COMPUTING_STAGES.find((known) => known === selection);
    if (!stage) return { seconds: null, reason: 'the time of threads on CPUs is told by stage' };
    const shares = threadUse!.threads.map((row) => row.runningShare[STAGE_GROUPS.indexOf(stage)]);
    const unknownShare = shares.find(({ value }) => value === null);
    if (unknownShare) return { seconds: null, reason: unknownShare.reason ?? 'not known' };
    const lengthS = threadUse!.stageSeconds[stage];
    const percent = shares.reduce((sum, { value }) => sum + value!, 0);
    const seconds = (percent / 100) * lengthS;
    const sampled = shares.filter(({ status, value }) => status !== 'counted' && value! > 0);
    if (sampled.length === 0) {
      return { seconds, status: 'counted', how: 'time on a CPU from context switches', samples: null };
    }
    const samples = sampled.reduce((sum, { working }) => sum + (working?.samples ?? 0), 0);
    const doubt = whyNotFromSamples(profile, samples);
    if (doubt !== null) return { seconds: null, reason: doubt };
    return { seconds, status: 'sampled', how: 'time on a CPU from samples', samples };
  };
}

/** Each sample stands for a length of time: samples that are few or missing tell too little time, and too fast a clock. */
function whyNotFromSamples({ losses }: Profile, samples: number): string | null {
  const asks = 'time on a CPU is told from samples, for want of context switches';
  if (losses.records > 0) return `${asks}, and the kernel lost ${losses.records} records`;
  if (losses.throttles > 0) return `${asks}, and the kernel throttled sampling ${losses.throttles} times`;
  if (samples < LEAST_SAMPLES) return `${asks}: ${samples} of the ${LEAST_SAMPLES} that it needs`;
  return null;
}

function whyNone(profile: Profile, threadUse: ThreadUse | null, types: readonly unknown[]): string | null {
  if (threadUse === null || threadUse.threads.length === 0) return 'no samples tell when threads ran';
  if (types.length > 1) return 'the time of threads on CPUs is not told apart by type of core';
  const ofCycles = profile.counters.findIndex(({ mnemonic }) => mnemonic === 'CPU_CYCLES');
  const tables = profile.readings.filter(({ counters }) => counters.includes(ofCycles));
  if (tables.some(({ thread }) => thread.some((row) => row < 0))) {
    return 'cycles were counted for whole CPUs, whoever ran there';
  }
  if (profile.counters[ofCycles]?.excludesKernel) {
    return 'only cycles in user mode were counted, and threads also run in the kernel';
  }
  return null;
}
