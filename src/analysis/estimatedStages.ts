/**
 * Prefill and Decode guessed from the kernels that ran, for runs without markers and probes; and how well the guess agrees
 * with runs that have them. A prompt is multiplied by matrix–matrix kernels, a token by matrix–vector kernels.
 *
 * The samples of the process are walked once, in order of time. Windows of matrix products take the shape that most of their
 * telling samples have. Dot products serve both shapes and tell nothing: a window of them alone belongs to the window before
 * it (in every call the output layer, which often runs in them, comes last), unless the run shows no matrix–vector kernel at
 * all: then what follows the sampling of a token without any matrix–matrix kernel is Decode.
 */
import { categoryFacts } from '../llama/kernels/index.ts';
import type { LlamaStacks } from '../llama/stages/stackMarks.ts';
import type { StageTimeline } from '../llama/types.ts';
import type { Profile } from '../profile/types.ts';
import type { SampleAttribution } from './attribution.ts';
import type { KernelUse } from './kernelUse.ts';
import { STAGE_GROUPS } from './stageGroups.ts';
import type { Weight } from './weight.ts';

/** A stretch of one guessed stage. */
export interface EstimatedPhase {
  stage: 'load' | 'prefill' | 'decode';
  name: string;
  startNs: number;
  endNs: number;
  samples: number;
}

/** The guess against markers or probes. */
export interface EstimateScore {
  /** Samples within calls of Prefill and Decode, and those that the guess puts into the same stage. */
  samples: number;
  agreeing: number;
  /** Samples outside of them, and those that the guess leaves outside too. */
  outside: number;
  outsideAgreeing: number;
  /** Time of Prefill and Decode calls, and the part of it in guessed phases of the same stage. */
  callNs: number;
  agreeingNs: number;
}

export interface EstimatedStages {
  phases: EstimatedPhase[];
  /** Why there is no guess, a sentence without a full stop; null when there is one. */
  reason: string | null;
  /** What the guess rests on, a sentence; null without a guess. */
  basis: string | null;
  /** Null for runs whose stages nothing else tells. */
  score: EstimateScore | null;
}

/** Kinds of samples, as evidence. */
const NEUTRAL = 0;
const GEMM = 1;
const GEMV = 2;
/** A product whose function serves both shapes. */
const EITHER = 3;
/** Other work of a graph. */
const COMPUTE = 4;
/** Choosing a token: between calls, within a generation. */
const SAMPLING = 5;
/** Loading, tokenising, everything that no call does. */
const ELSEWHERE = 6;

/** Matrix-product samples in a window: enough that a stray row in the other shape does not decide. */
const WINDOW = 16;
/** Samples outside of calls in a row that end a stretch of calls. */
const BREAK = 5;
/** Fewer telling samples than this are no evidence. */
const LEAST_EVIDENCE = 8;
/**
 * Samples of a prompt in matrix–vector kernels, relative to those in matrix–matrix kernels: of the last layer only rows with
 * wanted logits are evaluated.
 */
const ONE_ROW_SHARE = 0.02;
/** A prompt before a pause and a prompt this many times as long is the warm-up. */
const WARMUP_RATIO = 4;

/** Guesses the stages of a run; `score` says how well where the run's own stages are known. */
export function estimateStages(
  profile: Profile,
  timeline: StageTimeline,
  attribution: SampleAttribution,
  weight: Weight | null,
  use: KernelUse | null,
  stacks: LlamaStacks,
): EstimatedStages {
  const none = (reason: string): EstimatedStages => ({ phases: [], reason, basis: null, score: null });
  if (!weight || !use || profile.clock.name === 'none')
    return none('there are no samples with times and stacks');
  const evidence = evidenceOf(profile, weight, use, stacks);
  const { gemm, gemv, either } = evidence.counts;
  if (gemm + gemv + either < LEAST_EVIDENCE) return none('next to no sample lies in a matrix product');
  if (gemm < LEAST_EVIDENCE) {
    return none(
      gemv < LEAST_EVIDENCE
        ? 'the matrix products run in functions that serve prompts and tokens alike'
        : 'no matrix–matrix kernel ran: where a prompt begins cannot be told',
    );
  }
  const tokensTellByAbsence = gemv < LEAST_EVIDENCE;
  const calls = stretches(evidence.kinds);
  const labels = labelSamples(evidence, calls, tokensTellByAbsence);
  const phases = phasesOf(profile, evidence, calls, labels);
  if (phases.length === 0) return none('no stretch of matrix products is long enough');
  return {
    phases,
    reason: null,
    basis: basisOf(evidence.counts, tokensTellByAbsence, phases),
    score:
      timeline.source === null ? null : scoreOf(profile, timeline, attribution, evidence, labels, phases),
  };
}

interface Evidence {
  /** Rows of the sample table: the process with most matrix products, in order of time. */
  rows: Int32Array;
  kinds: Uint8Array;
  counts: { gemm: number; gemv: number; either: number };
}

function evidenceOf(profile: Profile, weight: Weight, use: KernelUse, stacks: LlamaStacks): Evidence {
  const { samples, threads } = profile;
  const kindOfClass = use.stackClasses.map(({ kernel }) => kindOf(kernel));
  // Stacks are fewer than samples: each is judged once.
  const kindOfStack = new Uint8Array(profile.stacks.length);
  for (let stack = 0; stack < kindOfStack.length; stack++) {
    kindOfStack[stack] = stacks.isSampling(stack) ? SAMPLING : kindOfClass[use.classOfStack[stack]];
  }
  const processOfThread = processRows(threads.map(({ pid }) => pid));
  const products = new Float64Array(threads.length);
  for (let at = 0; at < weight.rows.length; at++) {
    const row = weight.rows[at];
    const stack = samples.stack[row];
    if (stack >= 0 && isProduct(kindOfStack[stack])) products[processOfThread[samples.thread[row]]]++;
  }
  const busiest = products.indexOf(products.reduce((a, b) => Math.max(a, b), 0));
  const rows = new Int32Array(weight.rows.length);
  const kinds = new Uint8Array(weight.rows.length);
  const byKind = new Float64Array(ELSEWHERE + 1);
  let length = 0;
  for (let at = 0; at < weight.rows.length; at++) {
    const row = weight.rows[at];
    if (processOfThread[samples.thread[row]] !== busiest) continue;
    const stack = samples.stack[row];
    rows[length] = row;
    kinds[length] = stack < 0 ? NEUTRAL : kindOfStack[stack];
    byKind[kinds[length++]]++;
  }
  return {
    rows: rows.subarray(0, length),
    kinds: kinds.subarray(0, length),
    counts: { gemm: byKind[GEMM], gemv: byKind[GEMV], either: byKind[EITHER] },
  };
}

/** For each thread the first thread of its process: a row that stands for the process. */
function processRows(pids: readonly number[]): Int32Array {
  const first = new Map<number, number>();
  return Int32Array.from(pids, (pid, thread) => {
    if (!first.has(pid)) first.set(pid, thread);
    return first.get(pid) ?? thread;
  });
}

function isProduct(kind: number): boolean {
  return kind === GEMM || kind === GEMV || kind === EITHER;
}

function kindOf(kernel: KernelUse['stackClasses'][number]['kernel']): number {
  // Attention is part of every call; its shape says nothing that its weights do not say better.
  if (kernel.category === 'matmul' || kernel.category === 'blas') {
    return kernel.shape === 'GEMM' ? GEMM : kernel.shape === 'GEMV' ? GEMV : kernel.shape ? EITHER : COMPUTE;
  }
  switch (kernel.category) {
    case 'sampling':
      return SAMPLING;
    case 'load':
    case 'tokenizer':
    case 'libc':
    case 'other':
      return ELSEWHERE;
    default:
      return categoryFacts(kernel.category).computes && kernel.category !== 'libm' ? COMPUTE : NEUTRAL;
  }
}

const OUTSIDE = 0;
const PREFILL = 1;
const DECODE = 2;

/** Labels of the samples: the windows of each stretch of calls. */
function labelSamples(
  { kinds }: Evidence,
  calls: readonly SampleStretch[],
  tokensTellByAbsence: boolean,
): Uint8Array {
  const labels = new Uint8Array(kinds.length);
  let isGenerating = false;
  for (const [from, to] of calls) {
    isGenerating = labelStretch(kinds, labels, from, to, tokensTellByAbsence, isGenerating);
  }
  return labels;
}

type SampleStretch = [from: number, to: number];

/** Stretches of samples in calls, `[from, to)`: from the first that computes to the last before a break. */
function stretches(kinds: Uint8Array): SampleStretch[] {
  const found: SampleStretch[] = [];
  let from = -1;
  let last = -1;
  let elsewhere = 0;
  for (let at = 0; at < kinds.length; at++) {
    const kind = kinds[at];
    if (kind === ELSEWHERE && from >= 0) {
      if (++elsewhere >= BREAK) {
        found.push([from, last + 1]);
        from = -1;
      }
    } else if (kind !== NEUTRAL && kind !== ELSEWHERE && kind !== SAMPLING) {
      if (from < 0) from = at;
      last = at;
      elsewhere = 0;
    }
  }
  if (from >= 0) found.push([from, last + 1]);
  return found;
}

/** Labels one stretch; returns whether a token had been sampled and nothing but tokens followed. */
function labelStretch(
  kinds: Uint8Array,
  labels: Uint8Array,
  from: number,
  to: number,
  tokensTellByAbsence: boolean,
  wasGenerating: boolean,
): boolean {
  let isGenerating = wasGenerating;
  let label = OUTSIDE;
  let windowFrom = from;
  let products = 0;
  let gemm = 0;
  let gemv = 0;
  const closeWindow = (end: number): void => {
    if (gemm > gemv) {
      label = PREFILL;
      isGenerating = false;
    } else if (gemv > gemm || (tokensTellByAbsence && isGenerating && products > 0)) label = DECODE;
    labels.fill(label, windowFrom, end);
    windowFrom = end;
    products = gemm = gemv = 0;
  };
  for (let at = from; at < to; at++) {
    const kind = kinds[at];
    if (kind === SAMPLING) {
      // A token was chosen: what follows is another call.
      closeWindow(at);
      isGenerating = true;
    }
    if (isProduct(kind)) products++;
    if (kind === GEMM) gemm++;
    if (kind === GEMV) gemv++;
    if (products === WINDOW) closeWindow(at + 1);
  }
  closeWindow(to);
  // What comes before the first telling window belongs to it.
  let first = from;
  while (first < to && labels[first] === OUTSIDE) first++;
  if (first < to) labels.fill(labels[first], from, first);
  settleBoundaries(kinds, labels, from, to);
  return isGenerating;
}

/**
 * Moves the boundaries between windows to where the calls meet. After a prompt that is the sampling of its first token: the
 * last layer and the output layer evaluate one row, in kernels of the other shape. Where no sample caught the sampling, it is
 * the first matrix–vector kernel after the last matrix–matrix kernel. Before a prompt it is its first matrix–matrix kernel.
 */
function settleBoundaries(kinds: Uint8Array, labels: Uint8Array, from: number, to: number): void {
  let gemmOfPrompt = 0;
  for (let at = from; at < to; at++) {
    if (labels[at] === PREFILL && kinds[at] === GEMM) gemmOfPrompt++;
    if (at === from || labels[at] === labels[at - 1]) continue;
    if (labels[at] === PREFILL) {
      let begin = at;
      while (begin < to && labels[begin] === PREFILL && kinds[begin] !== GEMM) begin++;
      labels.fill(labels[at - 1], at, begin);
      gemmOfPrompt = 1;
      at = begin;
    } else if (labels[at - 1] === PREFILL) {
      const end = endOfPrompt(kinds, from, at, to, ONE_ROW_SHARE * gemmOfPrompt);
      labels.fill(PREFILL, at, Math.max(at, end));
      labels.fill(DECODE, Math.min(at, end), at);
      at = Math.max(at, end);
    }
  }
}

/** Where a prompt ends whose last window ends at `boundary`. */
function endOfPrompt(
  kinds: Uint8Array,
  from: number,
  boundary: number,
  to: number,
  mostOneRow: number,
): number {
  let lastGemm = boundary - 1;
  while (lastGemm > from && kinds[lastGemm] !== GEMM) lastGemm--;
  let firstGemv = -1;
  let gemv = 0;
  for (let at = lastGemm + 1; at < to; at++) {
    if (kinds[at] === SAMPLING) return at;
    // The prompt goes on: what came before was a row of its own.
    if (kinds[at] === GEMM) firstGemv = -1;
    if (kinds[at] !== GEMV) continue;
    if (firstGemv < 0) firstGemv = at;
    if (++gemv > mostOneRow) return firstGemv;
  }
  return firstGemv < 0 ? boundary : firstGemv;
}

/** Runs of one label within one stretch, as phases; a short prompt before a pause and a long one is the warm-up. */
function phasesOf(
  profile: Profile,
  { rows }: Evidence,
  calls: readonly SampleStretch[],
  labels: Uint8Array,
): EstimatedPhase[] {
  const phases: EstimatedPhase[] = [];
  const { timeNs } = profile.samples;
  const starts = new Set(calls.map(([from]) => from));
  for (let at = 0; at < rows.length; at++) {
    const label = labels[at];
    if (label === OUTSIDE) continue;
    const last = phases.at(-1);
    const stage = label === PREFILL ? 'prefill' : 'decode';
    if (last && last.stage === stage && at > 0 && labels[at - 1] === label && !starts.has(at)) {
      last.endNs = timeNs[rows[at]];
      last.samples++;
    } else {
      // What lies between two phases of one stretch belongs to the earlier one.
      if (last && at > 0 && labels[at - 1] !== OUTSIDE && !starts.has(at)) last.endNs = timeNs[rows[at]];
      phases.push({ stage, name: '', startNs: timeNs[rows[at]], endNs: timeNs[rows[at]], samples: 1 });
    }
  }
  const [first, second] = phases;
  const isWarmup =
    first?.stage === 'prefill' &&
    second?.stage === 'prefill' &&
    second.samples >= WARMUP_RATIO * first.samples;
  if (isWarmup) {
    first.stage = 'load';
    first.name = 'warmup';
  }
  const counts = { load: 0, prefill: 0, decode: 0 };
  for (const phase of phases) if (phase.name === '') phase.name = String(++counts[phase.stage]);
  return phases;
}

function basisOf(
  { gemm, gemv, either }: Evidence['counts'],
  tokensTellByAbsence: boolean,
  phases: readonly EstimatedPhase[],
): string {
  const count = (samples: number): string => samples.toLocaleString('en-US');
  const counts = `${count(gemm)} samples in matrix–matrix kernels, ${count(gemv)} in matrix–vector kernels, ${count(either)} in functions that serve both`;
  if (!tokensTellByAbsence) return `Told from ${counts}.`;
  return phases.some(({ stage }) => stage === 'decode')
    ? `Told from ${counts}: what follows the first sampled token without a matrix–matrix kernel is Decode.`
    : `Told from ${counts}: only Prefill can be told, no sampled token shows where Decode begins.`;
}

function scoreOf(
  profile: Profile,
  timeline: StageTimeline,
  attribution: SampleAttribution,
  { rows }: Evidence,
  labels: Uint8Array,
  phases: readonly EstimatedPhase[],
): EstimateScore {
  const prefill = STAGE_GROUPS.indexOf('prefill');
  const decode = STAGE_GROUPS.indexOf('decode');
  const warmup = phases.find(({ name }) => name === 'warmup');
  const score: EstimateScore = {
    samples: 0,
    agreeing: 0,
    outside: 0,
    outsideAgreeing: 0,
    callNs: 0,
    agreeingNs: 0,
  };
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at];
    const group = attribution.group[row];
    const known = group === prefill ? PREFILL : group === decode ? DECODE : OUTSIDE;
    const isWarmup = warmup !== undefined && profile.samples.timeNs[row] <= warmup.endNs;
    const guess = isWarmup ? OUTSIDE : labels[at];
    if (known === OUTSIDE) {
      score.outside++;
      if (guess === OUTSIDE) score.outsideAgreeing++;
    } else {
      score.samples++;
      if (guess === known) score.agreeing++;
    }
  }
  let first = 0;
  for (const { stage, startNs, endNs } of timeline.intervals) {
    if (stage !== 'prefill' && stage !== 'decode') continue;
    score.callNs += endNs - startNs;
    while (first < phases.length && phases[first].endNs <= startNs) first++;
    for (let at = first; at < phases.length && phases[at].startNs < endNs; at++) {
      if (phases[at].stage !== stage) continue;
      score.agreeingNs += Math.min(endNs, phases[at].endNs) - Math.max(startNs, phases[at].startNs);
    }
  }
  return score;
}
