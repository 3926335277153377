/** What a verdict is made of. */

/** Independent lines of evidence; each casts at most one vote per stage. */
export type Family = 'stalls' | 'rate' | 'scaling' | 'sync' | 'demand';

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
  /** The threshold in words: `≥ 0.40 with backend stalls ≥ 0.30`. */
  threshold: string;
  vote: Vote | null;
  /** Why it does not vote; null when it does. */
  silentBecause: string | null;
  /** Distance of the value from its threshold relative to the threshold; null when it did not vote. */
  margin: number | null;
  /** A condition that makes the vote weaker: `theoretical peak`. */
  weakness: string | null;
  /** PMU events or other sources behind it. */
  sources: string[];
}

export interface Verdict {
  stage: 'prefill' | 'decode';
  class: VerdictClass;
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
