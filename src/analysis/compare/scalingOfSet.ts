/** Scaling evidence for a verdict, from the runs of a set that was found from their settings. */
import { timeIsHardwareTime } from '../origin.ts';
import type { ScalingEvidence } from '../verdict/scaling.ts';
import { scalingOfRuns, type ScalingRun } from '../verdict/scalingOfRuns.ts';
import { DEFAULT_THRESHOLDS, type Thresholds } from '../verdict/thresholds.ts';
import type { RunSet } from './sets.ts';

/**
 * Confounders that do not change how a rate grows with the threads of one build on one machine; Prefill is placed by its own
 * threads.
 */
const HARMLESS = new Set(['recorder', 'sampling', 'prompt-tokens', 'threads-batch']);

/**
 * What the runs of a set say about scaling; null when the set does not vary threads. Rates of emulated and simulated runs
 * are no speed, and runs that differ in more than threads prove nothing: then the evidence is missing, with the reason.
 *
 * @param runOf a run of the set by its id
 */
export function scalingOfSet(
  set: RunSet,
  runOf: (id: string) => ScalingRun,
  stage: 'prefill' | 'decode',
  thresholds: Thresholds = DEFAULT_THRESHOLDS,
): ScalingEvidence | null {
  if (!set.varies.every(({ name }) => name === 'threads')) return null;
  const missing = (missingReason: string): ScalingEvidence => ({
    batchTwoOverOne: null,
    gainBeyondSaturation: null,
    missingReason,
  });
  const runs = set.runs.map(runOf);
  if (!runs.every(({ profile }) => timeIsHardwareTime(profile))) {
    return missing('the runs of the set were not all made on hardware: their rates are no speed');
  }
  const harmful = set.confounders.filter(({ name }) => !HARMLESS.has(name)).map(({ name }) => name);
  if (harmful.length > 0) return missing(`the runs of the set also differ in ${harmful.join(', ')}`);
  return scalingOfRuns(runs, stage, thresholds);
}
