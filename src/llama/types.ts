/** llama.cpp's view of a run: calls of llama_decode, and the stages and tokens made of them (domain.md section 1). */
import type { Nanoseconds, ThreadIndex } from '../profile/types.ts';

export type Stage = 'load' | 'prefill' | 'decode' | 'speculative' | 'mixed' | 'sampling' | 'idle';

export const STAGES: readonly Stage[] = [
  'load',
  'prefill',
  'decode',
  'speculative',
  'mixed',
  'sampling',
  'idle',
];

/** One llama_decode, from a marker or a probe hit. Warm-up calls included. */
export interface Call {
  startNs: Nanoseconds;
  /** Return of the call (return probe, or the last sample inside it); null when unknown. */
  endNs: Nanoseconds | null;
  /** How `endNs` is known. */
  endSource: 'return-probe' | 'samples' | null;
  /** Tokens in the KV cache before the call; null when neither stated nor rebuilt. */
  past: number | null;
  /** True when `past` was rebuilt by adding up the calls before. */
  pastIsRebuilt: boolean;
  /** Tokens in the call. */
  nEval: number;
  source: 'marker' | 'probe';
  thread: ThreadIndex;
  /** llama_context pointer in hex when the probe recorded it: tells draft from target contexts. */
  context: string | null;
  /** llama_decode's return value: 1 is "no KV slot, retry", its tokens do not count. */
  returnValue: number | null;
  isWarmup: boolean;
}

/** One row a call, warm-up excluded. */
export interface Token {
  index: number;
  startNs: Nanoseconds;
  /** End of the call; when estimated, the span contains sampling and printing too. */
  endNs: Nanoseconds;
  endIsEstimated: boolean;
  past: number | null;
  nEval: number;
  stage: Stage;
  /** Row of {@link StageTimeline.phases}. */
  phase: number;
  thread: ThreadIndex;
  /** Rule of domain.md 1.2 that classified the call: `P2`, `D1`, `F1`… */
  rule: string;
  /** Tokens a speculative step emitted; null elsewhere. */
  emitted: number | null;
  /** `context-shift`, `turn-flush`, `ambiguous-tail`, `retry`; empty for most. */
  notes: string[];
}

/** One contiguous prefill, or one row of decode tokens, or load, or warm-up. */
export interface Phase {
  stage: Stage;
  /** Unique within its stage: `load`, `warmup`, `1`, `2`… (numbered by turn). */
  name: string;
  startNs: Nanoseconds;
  endNs: Nanoseconds;
  endIsEstimated: boolean;
  /** Rows of the token table `[firstToken, firstToken + calls)`; calls is 0 for load. */
  firstToken: number;
  calls: number;
  /** Tokens evaluated in the phase. */
  tokens: number;
  /** Tokens taken from the prompt cache (first `past` of a prefill). */
  cachedTokens: number;
  turn: number;
}

/** Half-open stretches in time order that do not overlap: what the process was doing, for bands and for attribution. */
export interface StageInterval {
  stage: Stage;
  startNs: Nanoseconds;
  endNs: Nanoseconds;
  /** Row of phases, -1 for sampling and idle. */
  phase: number;
  /** Row of tokens, -1 outside calls. */
  token: number;
}

/** Stages of a run. Without markers or probes all lists are empty and `reason` says why and what to do. */
export interface StageTimeline {
  /** `markers`, `probes`, `benchmark` (llama-bench), null when stages cannot be told. */
  source: 'markers' | 'probes' | 'benchmark' | null;
  reason: string | null;
  fix: string | null;
  calls: Call[];
  tokens: Token[];
  phases: Phase[];
  intervals: StageInterval[];
  /** pid of the process that runs llama.cpp; null when unknown. */
  pid: number | null;
}
