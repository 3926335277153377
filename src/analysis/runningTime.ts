/** Time that the threads of the process were on a CPU in a stage, where the cycles that were counted are theirs. */
import type { Profile } from '../profile/types.ts';
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
    const isCounted = shares.every(({ status }) => status === 'counted');
    return {
      seconds: (percent / 100) * lengthS,
      status: isCounted ? 'counted' : 'sampled',
      how: isCounted ? 'time on a CPU from context switches' : 'time on a CPU from samples',
    };
  };
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
