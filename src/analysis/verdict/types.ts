/** What a verdict is made of. */

/** Independent lines of evidence; each casts at most one vote per stage. */
export type Family = 'stalls' | 'rate' | 'scaling' | 'sync' | 'demand';

/** In the order they are listed. */
export const FAMILIES: readonly Family[] = ['stalls', 'rate', 'scaling', 'sync', 'demand'];

/**
 * What a family can vote for. `compute` and `core` are one side: the core itself is the limit, by its arithmetic units or
 * by something else inside it.
 */
export type Vote = 'memory' | 'compute' | 'core' | 'frontend' | 'sync';

export type VerdictClass = Vote | 'mixed' | 'insufficient' | 'none';

export type Confidence = 'high' | 'medium' | 'low';

/** One piece of evidence: what was measured, against what, and which way it points. */
export interface Witness {
  family: Family;
  metric: string;
  /** Null when it was not measured. */
  value: number | null;
  unit: string;
  /** The threshold in words: `≥ 40 % with backend stalls ≥ 30 %`. */
  threshold: string;
  vote: Vote | null;
  /** Why it does not vote; null when it does. */
  silentBecause: string | null;
  /** Distance of the value from its threshold relative to the threshold; null when it did not vote. */
  margin: number | null;
  /** A condition that makes the vote weaker: `theoretical peak`. */
  weakness: string | null;
  /** What the number does not see, or where its peak comes from; null when there is nothing to add. */
  note: string | null;
  /** PMU events or other sources behind it. */
  sources: string[];
}

/** What a witness says of the verdict it is listed with. */
export type Stance = 'supports' | 'contradicts' | 'silent';

export interface Verdict {
  stage: 'prefill' | 'decode';
  class: VerdictClass;
  /** The class in words, with what narrows it down: `Memory-bound, bandwidth`. */
  label: string;
  /** `bandwidth`, `latency`, for memory; null elsewhere or when it cannot be told. */
  subtype: 'bandwidth' | 'latency' | null;
  confidence: Confidence | null;
  /** One sentence without a number that is not among the witnesses. */
  sentence: string;
  /** Why this confidence, or why no verdict. */
  reasons: string[];
  /** Second cause when sync comes first. */
  secondary: Vote | null;
  witnesses: Witness[];
  /** What to record to know more; null when nothing is missing. */
  next: string | null;
}

/** Whether a witness of a verdict stands for it, against it, or says nothing. */
export function stanceOf(
  verdict: Pick<Verdict, 'class' | 'secondary'>,
  { vote }: Pick<Witness, 'vote'>,
): Stance {
  if (vote === null) return 'silent';
  // A mixed verdict is what its witnesses make together: each of them stands for a part of it.
  if (verdict.class === 'mixed') return 'supports';
  const supported = [verdict.class, verdict.secondary].map((cause) => (cause === 'compute' ? 'core' : cause));
  return supported.includes(vote === 'compute' ? 'core' : vote) ? 'supports' : 'contradicts';
}
