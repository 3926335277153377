/** Counts with waiting left out: spinning inflates instructions per cycle and hides what the working threads wait for. */
import type { StageTimeline } from '../../llama/types.ts';
import type { CounterReadings, Profile } from '../../profile/types.ts';
import { counterTotals, type SampleAttribution } from '../attribution.ts';
import type { CoreType } from '../coreTypes.ts';
import type { KernelUse } from '../kernelUse.ts';
import { STAGE_GROUPS } from '../stageGroups.ts';

/** A thread that waits in more than this share of its samples of a stage has no part in its work. */
const ONLY_WAITS = 0.9;

/**
 * A type of core without the readings that came with a waiting sample, and without those of threads that only wait in
 * this stage. Null where samples carry no readings: then nothing can be left out.
 */
export function withoutSync(
  type: CoreType,
  profile: Profile,
  timeline: StageTimeline,
  attribution: SampleAttribution,
  use: KernelUse,
  stage: 'prefill' | 'decode',
): CoreType | null {
  if (!type.readings.some(({ sample }) => sample.some((row) => row >= 0))) return null;
  const { samples } = profile;
  const isSyncClass = Uint8Array.from(use.stackClasses, ({ kernel }) => (kernel.category === 'sync' ? 1 : 0));
  const isWaiting = new Uint8Array(samples.length);
  for (let row = 0; row < samples.length; row++) {
    const stack = samples.stack[row];
    if (stack >= 0) isWaiting[row] = isSyncClass[use.classOfStack[stack]];
  }
  const group = STAGE_GROUPS.indexOf(stage);
  const all = new Float64Array(profile.threads.length);
  const waiting = new Float64Array(profile.threads.length);
  for (let row = 0; row < samples.length; row++) {
    if (attribution.group[row] !== group) continue;
    all[samples.thread[row]]++;
    waiting[samples.thread[row]] += isWaiting[row];
  }
  const onlyWaits = all.map((count, thread) => (count > 0 && waiting[thread] > ONLY_WAITS * count ? 1 : 0));

  const readings = type.readings.map((table): CounterReadings => {
    const deltas = table.deltas.map((column) => column.slice());
    for (let row = 0; row < table.length; row++) {
      const [thread, sample] = [table.thread[row], table.sample[row]];
      if ((thread >= 0 && onlyWaits[thread] === 1) || (sample >= 0 && isWaiting[sample] === 1)) {
        for (const column of deltas) column[row] = 0;
      }
    }
    return { ...table, deltas };
  });
  return { ...type, readings, totals: counterTotals({ ...profile, readings }, timeline) };
}
