/** The scaling family: what sibling runs of a set say, with other thread counts or several sequences at once. */
import type { Thresholds } from './thresholds.ts';
import type { Witness } from './types.ts';
import { above, below, silent, voting, witness } from './witness.ts';

export interface ScalingEvidence {
  /** Aggregate tokens per second with two sequences over one. */
  batchTwoOverOne: number | null;
  /** Rate gain over thread gain beyond the count that saturates bandwidth; ≤ 0 when it stopped rising. */
  gainBeyondSaturation: number | null;
  missingReason: string | null;
}

/** Tokens per second of a stage at one thread count. */
export interface RateAtThreads {
  threads: number;
  tokensPerSecond: number;
}

/** Read bandwidth of the machine, measured at one thread count. */
export interface BandwidthAtThreads {
  threads: number;
  bytesPerSecond: number;
}

/**
 * Scaling evidence from rates by thread count (of sibling runs, or of a benchmark's rows) and the machine's read bandwidth
 * by thread count. The smallest count that reaches most of the largest bandwidth is where memory saturates; the gain beyond
 * it is (rate at the most threads ÷ rate there − 1) ÷ (threads ÷ threads there − 1).
 *
 * @param batchTwoOverOne aggregate rate of two sequences over one, from llama-batched-bench; null when not measured
 */
export function scalingEvidence(
  rates: readonly RateAtThreads[],
  bandwidth: readonly BandwidthAtThreads[],
  batchTwoOverOne: number | null,
  t: Thresholds,
): ScalingEvidence {
  const evidence = (gainBeyondSaturation: number | null, missingReason: string | null): ScalingEvidence => ({
    batchTwoOverOne,
    gainBeyondSaturation,
    missingReason,
  });
  const byThreads = new Map(rates.map((row) => [row.threads, row.tokensPerSecond]));
  if (byThreads.size < 2) return evidence(null, 'one thread count only');
  if (bandwidth.length < 2) {
    return evidence(null, 'the machine’s read bandwidth was not measured at several thread counts');
  }
  const largest = Math.max(...bandwidth.map((row) => row.bytesPerSecond));
  const saturating = Math.min(
    ...bandwidth.flatMap((row) => (row.bytesPerSecond >= t.saturatedFrom * largest ? [row.threads] : [])),
  );
  const counts = [...byThreads.keys()].sort((a, b) => a - b);
  const from = counts.find((threads) => threads >= saturating);
  const to = counts.at(-1)!;
  if (from === undefined || from === to) {
    return evidence(
      null,
      `no two runs lie beyond the ${saturating} threads that saturate the machine’s read bandwidth`,
    );
  }
  return evidence((byThreads.get(to)! / byThreads.get(from)! - 1) / (to / from - 1), null);
}

/** True when more threads bring nothing once read bandwidth is saturated. */
export function isSaturated(evidence: ScalingEvidence | null, t: Thresholds): boolean {
  const gain = evidence?.gainBeyondSaturation ?? null;
  return gain !== null && gain <= t.threadsFlatUpTo;
}

export function scalingWitnesses(evidence: ScalingEvidence | null, t: Thresholds): Witness[] {
  return [batchWitness(evidence, t), threadWitness(evidence, t)];
}

const ONE_RUN = 'one run only';

function batchWitness(evidence: ScalingEvidence | null, t: Thresholds): Witness {
  const value = evidence?.batchTwoOverOne ?? null;
  const of = witness(
    'scaling',
    'rate of two sequences over one',
    value,
    '×',
    `≥ ${t.batchScalesFrom}× or ≤ ${t.batchFlatUpTo}×`,
    ['llama-batched-bench'],
  );
  if (value === null) return silent(of, evidence ? 'two sequences at once were not measured' : ONE_RUN);
  if (value >= t.batchScalesFrom) return voting(of, 'memory', above(value, t.batchScalesFrom));
  if (value <= t.batchFlatUpTo) return voting(of, 'compute', below(value, t.batchFlatUpTo));
  return silent(of, 'between the thresholds');
}

function threadWitness(evidence: ScalingEvidence | null, t: Thresholds): Witness {
  const value = evidence?.gainBeyondSaturation ?? null;
  const of = witness(
    'scaling',
    'rate gained per thread added beyond bandwidth saturation',
    value,
    '×',
    `≥ ${t.threadScaling}× or ≤ ${t.threadsFlatUpTo}×`,
    ['sibling runs', 'measured read bandwidth by threads'],
  );
  if (value === null) return silent(of, evidence?.missingReason ?? ONE_RUN);
  if (value >= t.threadScaling) return voting(of, 'core', above(value, t.threadScaling));
  if (isSaturated(evidence, t)) return voting(of, 'memory', below(value, t.threadsFlatUpTo));
  return silent(of, 'between the thresholds');
}
