/** What was counted in a selection of a run, key by key, ready to be compared: by category, operator, kernel, call path. */
import type { RunAnalysis } from '../analyseRun.ts';
import { functionStacks } from '../callTree.ts';
import { NONE, type ThreadIndex } from '../../profile/types.ts';
import type { Stage } from '../../llama/types.ts';
import type { SelectionCounts } from './difference.ts';

export type CountedRun = Pick<
  RunAnalysis,
  'profile' | 'functions' | 'timeline' | 'attribution' | 'weight' | 'kernelUse'
>;

/** Calls of llama_decode, and threads; absent parts select everything. */
export interface CallSelection {
  stage?: Stage;
  /** Rows of the token table, first and last. */
  tokens?: readonly [first: number, last: number];
  thread?: ThreadIndex;
}

export const LEVELS = ['category', 'operator', 'kernel', 'call-path'] as const;
export type Level = (typeof LEVELS)[number];

/** `share`: of the selection's weight, 0…1. `per-token`: weight (instructions, cycles, ns) for each evaluated token. */
export type Measure = 'share' | 'per-token';

/** Neighbouring tokens are alike: a long selection is resampled in blocks of consecutive calls, at most so many. */
const MOST_BLOCKS = 200;
/** Keys with less of the weight than the first so many are one row together: they hold next to nothing each. */
const MOST_KEYS = 300;
export const OTHER_KEYS = '(others)';
const NO_STACK = '(no stack)';

/**
 * Weight of a selection by key and block of calls. Samples outside calls do not belong to one. Linear in samples.
 *
 * @param label names the selection beside the other one
 */
export function selectionCounts(
  run: CountedRun,
  selection: CallSelection,
  level: Level,
  measure: Measure,
  label: string,
): SelectionCounts {
  const calls = run.timeline.tokens.filter((token) => {
    const [first, last] = selection.tokens ?? [0, Infinity];
    const isInStage = selection.stage === undefined || token.stage === selection.stage;
    return isInStage && token.index >= first && token.index <= last;
  });
  const blocks = Math.min(calls.length, MOST_BLOCKS);
  const blockOfToken = new Int32Array(run.timeline.tokens.length).fill(NONE);
  const tokens = new Float64Array(blocks);
  calls.forEach(({ index, nEval }, call) => {
    blockOfToken[index] = Math.floor((call * blocks) / calls.length);
    tokens[blockOfToken[index]] += nEval;
  });

  const { keyOfStack, names } = keysOf(run, level);
  const byKey = new Map<number, Float64Array>();
  const weights = new Float64Array(blocks);
  const { samples } = run.profile;
  run.weight?.rows.forEach((row, at) => {
    const token = run.attribution.token[row];
    const block = token < 0 ? NONE : blockOfToken[token];
    if (block < 0 || (selection.thread !== undefined && samples.thread[row] !== selection.thread)) return;
    const stack = samples.stack[row];
    const key = stack < 0 ? NONE : keyOfStack[stack];
    let counts = byKey.get(key);
    if (!counts) byKey.set(key, (counts = new Float64Array(blocks)));
    const amount = run.weight?.weights[at] ?? 0;
    counts[block] += amount;
    weights[block] += amount;
  });
  return {
    label,
    blocks,
    byKey: named(byKey, (key) => (key < 0 ? NO_STACK : names(key))),
    size: measure === 'share' ? weights : tokens,
  };
}

/** A key for each stack, and the name of a key. */
function keysOf(run: CountedRun, level: Level): { keyOfStack: Int32Array; names: (key: number) => string } {
  const { profile, functions, kernelUse } = run;
  if (level === 'call-path') {
    const { table, nodeOfStack } = functionStacks(profile, functions);
    const path = (node: number): string => {
      const parts: string[] = [];
      for (let at = node; at >= 0; at = table.prefix[at])
        parts.push(functions.functions[table.frame[at]].name);
      return parts.toReversed().join(' › ');
    };
    return { keyOfStack: nodeOfStack, names: path };
  }
  if (level === 'kernel' || !kernelUse) {
    const keyOfStack = Int32Array.from(profile.stacks.frame, (frame) => functions.functionOfFrame[frame]);
    return { keyOfStack, names: (key) => functions.functions[key].name };
  }
  return {
    keyOfStack: kernelUse.classOfStack,
    names: (key) => {
      const { kernel } = kernelUse.stackClasses[key];
      return level === 'category' ? kernel.category : (kernel.operator ?? kernel.category);
    },
  };
}

/** Keys of one name are one; those behind the largest are put together. */
function named(
  byKey: ReadonlyMap<number, Float64Array>,
  nameOf: (key: number) => string,
): Map<string, Float64Array> {
  const byName = new Map<string, Float64Array>();
  const addTo = (name: string, counts: Float64Array): void => {
    const known = byName.get(name);
    if (known) counts.forEach((count, block) => (known[block] += count));
    else byName.set(name, Float64Array.from(counts));
  };
  const largestFirst = [...byKey]
    .map(([key, counts]) => ({ key, counts, sum: counts.reduce((total, count) => total + count, 0) }))
    .sort((a, b) => b.sum - a.sum || a.key - b.key);
  largestFirst.forEach(({ key, counts }, rank) => addTo(rank < MOST_KEYS ? nameOf(key) : OTHER_KEYS, counts));
  return byName;
}
