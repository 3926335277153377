/** The sync family: how much of the stage its threads spent waiting for each other. */
import type { Thresholds } from './thresholds.ts';
import type { Witness } from './types.ts';
import { above, percent, silent, voting, witness } from './witness.ts';

export interface SyncEvidence {
  /** Share of the stage's samples in synchronisation. */
  share: number | null;
  /** Largest thread's busy time over the mean, minus 1. */
  imbalance: number | null;
  threads: number | null;
  /** Why waiting tells nothing here; absent where it does. */
  silent?: string;
}

/** @param samples of the stage: a share of few samples is no evidence */
export function syncWitness(evidence: SyncEvidence, samples: number, t: Thresholds): Witness {
  const { share, imbalance, threads } = evidence;
  const of: Witness = {
    ...witness(
      'sync',
      'samples in barriers, locks and polling',
      share,
      'of samples',
      `≥ ${percent(t.syncAlone)}, or ≥ ${percent(t.syncWithImbalance)} with imbalance ≥ ${percent(t.imbalance)}`,
      ['call stacks'],
    ),
    note: imbalance === null ? null : `imbalance of the threads ${percent(imbalance)}`,
  };
  if (threads !== null && threads <= 1) return silent(of, 'one thread');
  if (share === null) return silent(of, evidence.silent ?? 'no samples');
  if (samples < t.leastSamples) return silent(of, `fewer than ${t.leastSamples} samples`);
  if (share >= t.syncAlone) return voting(of, 'sync', above(share, t.syncAlone));
  if (share >= t.syncWithImbalance && imbalance !== null && imbalance >= t.imbalance) {
    const margin = Math.min(above(share, t.syncWithImbalance), above(imbalance, t.imbalance));
    return voting(of, 'sync', margin);
  }
  return silent(of, 'below the threshold');
}
