/** llama.cpp's view of a run: calls of llama_decode, and the stages and tokens made of them. */
import type { Nanoseconds, ThreadIndex, Warning } from '../profile/types.ts';

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

/**
 * Why a call belongs to its stage: `S1` speculative step, `X` prompt and generation in one call of a server, `F1` the last
 * token of a turn, evaluated only once the next prompt arrived, `D1` decode token, `P1` next chunk of a prompt, `P2` start
 * of a prompt.
 */
export type CallRule = 'S1' | 'X' | 'F1' | 'D1' | 'P1' | 'P2';

/**
 * `context-shift`: positions fell, the oldest part of the context was dropped before this call. `past-gap`: positions rose
 * by more than was evaluated, calls are missing. `turn-flush`: see rule F1. `ambiguous-tail`: may be the last token of a
 * prompt of a whole number of batches plus one. `ambiguous-start`: the first call evaluates one token behind others, the
 * capture may have begun within a generation. `retry`, `failed`: llama_decode returned 1 (no room, tried again) or an
 * error; the tokens do not count. `draft`: call of the draft model.
 */
export type TokenNote =
  | 'context-shift'
  | 'past-gap'
  | 'turn-flush'
  | 'ambiguous-tail'
  | 'ambiguous-start'
  | 'retry'
  | 'failed'
  | 'draft';

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
  /** Row of {@link StageTimeline.calls}. */
  call: number;
  thread: ThreadIndex;
  /** Rule that classified the call, see src/llama/stages/classify.ts: `P2`, `D1`, `F1`… */
  rule: CallRule;
  /** Tokens a speculative step emitted; null elsewhere, and where positions were rebuilt. */
  emitted: number | null;
  /** Empty for most. */
  notes: TokenNote[];
}

/** One contiguous prefill, or one row of decode tokens, or load, or warm-up. */
export interface Phase {
  stage: Stage;
  /**
   * Unique within its stage: `load`, `warmup`, else by turn `1`, `2`… (`2.2` for a second one in a turn), `flush 2` for the
   * call that ends a turn late, `pp512 1` for a repetition of a llama-bench test.
   */
  name: string;
  startNs: Nanoseconds;
  endNs: Nanoseconds;
  endIsEstimated: boolean;
  /** Rows of the token table are `[firstToken, firstToken + calls)`; -1 for load and warm-up, which have none. */
  firstToken: number;
  /** Calls of llama_decode in the phase. */
  calls: number;
  /** Tokens evaluated in the phase. */
  tokens: number;
  /** Tokens that stood in the KV cache before a prefill (its first `past`): of earlier turns, or of a prompt cache. */
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
  /** Row of tokens, -1 outside calls and for warm-up. */
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
  /** What could not be told, or only with doubt. */
  warnings: Warning[];
}
