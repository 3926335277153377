/**
 * What each call of llama_decode is: part of a prompt, a decode token, a speculative step… The engine has no such flag;
 * sizes and positions tell (llama.cpp's own timers know only one token or several).
 */
import type { Call, CallRule, Stage, TokenNote } from '../types.ts';
import { advance, speculativeSteps } from './speculative.ts';

/** llama.cpp's default of `--batch-size`. */
export const DEFAULT_BATCH = 2048;

export interface CallLabel {
  stage: Extract<Stage, 'prefill' | 'decode' | 'speculative' | 'mixed'>;
  rule: CallRule;
  /** First call of a phase even when the stage does not change. */
  startsPhase: boolean;
  /** First call of a turn: of a prompt, or the flush of the turn before. */
  startsTurn: boolean;
  /** Name the phase gets; null for its number. */
  phaseName: string | null;
  emitted: number | null;
  notes: TokenNote[];
}

export interface ClassifyOptions {
  /** Tokens of a speculative step at most: those drafted plus one. */
  longestStep: number;
  /** Largest number of tokens a prompt is cut into (n_batch); null when the run does not say. */
  batch: number | null;
  /** Requests that a server works on at a time. */
  slots: number;
  /** Whether a sampler chose a token within `[fromNs, toNs)`. */
  wasSampled: (fromNs: number, toNs: number) => boolean;
}

export function label(
  stage: CallLabel['stage'],
  rule: CallRule,
  more: Partial<Omit<CallLabel, 'stage' | 'rule'>> = {},
): CallLabel {
  return {
    stage,
    rule,
    startsPhase: rule === 'P2' || rule === 'F1',
    startsTurn: rule === 'P2' || rule === 'F1',
    phaseName: null,
    emitted: null,
    notes: [],
    ...more,
  };
}

/**
 * Labels the calls of a program that serves one user at a time. Calls of several contexts that take turns are a target
 * and its draft model; contexts one after the other are judged each for itself.
 */
export function classifyChat(calls: readonly Call[], options: ClassifyOptions): CallLabel[] {
  const labels: CallLabel[] = [];
  const groups = Map.groupBy(calls.keys(), (row) => calls[row].context);
  const target = targetContext(calls, [...groups.values()]);
  for (const rows of groups.values()) {
    const own = rows.map((row) => calls[row]);
    if (target && rows !== target && takesTurns(rows, target)) {
      for (const row of rows) labels[row] = label('speculative', 'S1', { notes: ['draft'] });
      continue;
    }
    const isBetween = (fromNs: number, toNs: number): boolean =>
      options.wasSampled(fromNs, toNs) ||
      (rows === target && hasOtherCalls(calls, own[0].context, fromNs, toNs));
    const ownLabels = classifyContext(own, { ...options, wasSampled: isBetween });
    ownLabels.forEach((ownLabel, index) => (labels[rows[index]] = ownLabel));
  }
  return labels;
}

/** The rules, first one that fits, over the calls of one context in time order. */
function classifyContext(calls: readonly Call[], options: ClassifyOptions): CallLabel[] {
  const labels: CallLabel[] = [];
  const wasSampledBefore = (row: number): boolean =>
    row > 0 && options.wasSampled(calls[row - 1].startNs, calls[row].startNs);
  const isStep = speculativeSteps(calls, options.longestStep, wasSampledBefore);
  for (let row = 0; row < calls.length; row++) {
    const call = calls[row];
    const next = calls[row + 1];
    const before = labels[row - 1];
    if (isStep[row] === 1) {
      labels.push(label('speculative', 'S1', { emitted: emittedTokens(call, next) }));
    } else if (row > 0 && call.nEval === 1 && !(call.past === 0 && !call.pastIsRebuilt)) {
      const isFlush =
        next !== undefined &&
        next.nEval > 1 &&
        isStep[row + 1] === 0 &&
        advance(call, next) === 1 &&
        !wasSampledBefore(row + 1);
      labels.push(isFlush ? flush() : decodeToken(calls, labels, row, options, wasSampledBefore(row)));
    } else if (
      call.nEval > 1 &&
      before?.stage === 'prefill' &&
      continuesPrompt(calls[row - 1], call) &&
      !wasSampledBefore(row)
    ) {
      labels.push(label('prefill', 'P1'));
    } else {
      const isWithinGeneration = row === 0 && call.nEval === 1 && (call.past ?? 0) > 0;
      labels.push(
        label('prefill', 'P2', {
          startsTurn: before?.rule !== 'F1',
          notes: isWithinGeneration ? ['ambiguous-start'] : [],
        }),
      );
    }
  }
  return labels;
}

function flush(): CallLabel {
  return label('decode', 'F1', { notes: ['turn-flush'] });
}

function decodeToken(
  calls: readonly Call[],
  labels: readonly CallLabel[],
  row: number,
  options: ClassifyOptions,
  wasSampled: boolean,
): CallLabel {
  const notes: TokenNote[] = [];
  const [before, call] = [calls[row - 1], calls[row]];
  const rise = advance(before, call);
  if (rise !== null && rise < before.nEval) notes.push('context-shift');
  if (rise !== null && rise > before.nEval) notes.push('past-gap');
  if (labels[row - 1].stage === 'prefill' && !wasSampled) {
    // A prompt of k whole batches and one token ends in a call like this one.
    const isFullBatch =
      options.batch === null
        ? before.nEval === DEFAULT_BATCH ||
          (labels[row - 1].rule === 'P1' && before.nEval === calls[row - 2].nEval)
        : before.nEval === options.batch;
    if (isFullBatch) notes.push('ambiguous-tail');
  }
  return label('decode', 'D1', { notes });
}

/** Whether a call may be the next chunk of the prompt before it: chunks are full but for the last. */
function continuesPrompt(before: Call, call: Call): boolean {
  return advance(before, call) === before.nEval && (!call.pastIsRebuilt || before.nEval >= call.nEval);
}

/** What a speculative step added to the text; rebuilt positions count rejected tokens too and do not tell. */
function emittedTokens(call: Call, next: Call | undefined): number | null {
  const rise = advance(call, next);
  if (rise === null || next?.pastIsRebuilt || rise < 1 || rise > call.nEval) return null;
  return rise;
}

/** Of contexts whose calls take turns, the one that evaluates several tokens a call most often; null without such. */
function targetContext(calls: readonly Call[], groups: readonly number[][]): number[] | null {
  const share = (rows: readonly number[]): number =>
    rows.filter((row) => calls[row].nEval > 1).length / rows.length;
  const turnTaking = groups.filter((rows) =>
    groups.some((other) => other !== rows && takesTurns(rows, other)),
  );
  if (turnTaking.length === 0) return null;
  return turnTaking.reduce((a, b) => (share(b) > share(a) ? b : a));
}

/** Rows of one context lie between the rows of the other. */
function takesTurns(rows: readonly number[], others: readonly number[]): boolean {
  return rows[0] < (others.at(-1) ?? 0) && others[0] < (rows.at(-1) ?? 0);
}

function hasOtherCalls(
  calls: readonly Call[],
  context: string | null,
  fromNs: number,
  toNs: number,
): boolean {
  let [low, high] = [0, calls.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (calls[middle].startNs < fromNs) low = middle + 1;
    else high = middle;
  }
  for (let row = low; row < calls.length && calls[row].startNs < toNs; row++) {
    if (calls[row].context !== context) return true;
  }
  return false;
}

/** A row of equal calls of this length shows how many requests a server generates for at once. */
const STEADY_CALLS = 3;
const MOST_SLOTS = 64;

/** Requests that a server was seen to generate for at once: the largest size of calls that stays the same for a while. */
export function slotsSeen(calls: readonly Call[]): number {
  let most = 1;
  let run = 1;
  for (let row = 1; row < calls.length; row++) {
    run = calls[row].nEval === calls[row - 1].nEval ? run + 1 : 1;
    if (run >= STEADY_CALLS && calls[row].nEval <= MOST_SLOTS) most = Math.max(most, calls[row].nEval);
  }
  return most;
}

/**
 * Labels the calls of llama-server. It adds one token per generating request, then fills the batch with prompt tokens of
 * waiting ones: no more tokens than slots is decode of that many requests, more while some generate is both at once.
 */
export function classifyServer(calls: readonly Call[], options: ClassifyOptions): CallLabel[] {
  const labels: CallLabel[] = [];
  let isGenerating = false;
  for (let row = 0; row < calls.length; row++) {
    const { nEval } = calls[row];
    const before = calls[row - 1];
    const wasPrompt = labels[row - 1]?.stage === 'prefill';
    if (row > 0 && nEval <= options.slots) {
      labels.push(label('decode', 'D1'));
      isGenerating = true;
    } else if (wasPrompt && before.nEval >= (options.batch ?? DEFAULT_BATCH)) {
      labels.push(label('prefill', 'P1'));
    } else if ((isGenerating || wasPrompt) && options.slots > 1) {
      labels.push(label('mixed', 'X'));
      isGenerating = true;
    } else {
      labels.push(label('prefill', 'P2'));
      isGenerating = false;
    }
  }
  return labels;
}
