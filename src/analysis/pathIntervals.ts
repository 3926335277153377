/**
 * Intervals of self and total shares in one stage: of the functions that hold most samples, and of the widest nodes of the
 * call tree. What lies below the first few dozen is small, and its interval would be of nobody's interest.
 */
import type { CallTree } from './callTree.ts';
import type { FunctionCounts } from './functions.ts';
import { groupCounts, STAGE_GROUPS } from './stageGroups.ts';
import type { ComputingStage, ThreadInput } from './threadUse.ts';
import { ratioInterval, resampledWhole, type TokenBlocks } from './tokenBlocks.ts';

/** Functions with an interval: the first rows of the table, which are those of the page, and the first of the stage. */
const FUNCTIONS_OF_RUN = 50;
const FUNCTIONS_OF_STAGE = 12;
/** Nodes of the call tree with an interval: those whose share of the stage is at least this, the widest first. */
const LEAST_NODE_SHARE = 0.05;
const MOST_NODES = 60;

export type Interval = [low: number, high: number];

/** Shares are 0…1, of the stage's samples that have a function. A row is missing when it was not asked for. */
export interface PathIntervals {
  self: Map<number, Interval>;
  total: Map<number, Interval>;
}

/** Intervals of one run by stage. */
export interface SampleIntervals {
  functions: Record<ComputingStage, PathIntervals>;
  callTree: Record<ComputingStage, PathIntervals>;
}

/** Intervals of functions and of call tree nodes in Prefill and in Decode. */
export function sampleIntervals(
  input: ThreadInput,
  functionOfFrame: Int32Array,
  counts: FunctionCounts,
  tree: CallTree,
  blocks: Record<ComputingStage, TokenBlocks>,
): SampleIntervals {
  return {
    functions: {
      prefill: functionIntervals(input, functionOfFrame, counts, blocks.prefill),
      decode: functionIntervals(input, functionOfFrame, counts, blocks.decode),
    },
    callTree: {
      prefill: callTreeIntervals(input, tree, blocks.prefill),
      decode: callTreeIntervals(input, tree, blocks.decode),
    },
  };
}

const NO_INTERVALS: PathIntervals = { self: new Map(), total: new Map() };

/** A prefix tree whose rows samples end in: stacks, or nodes of the call tree. */
interface PathTree {
  length: number;
  prefix: Int32Array;
}

/** Rows of the functions table → intervals in the stage of `blocks`. */
export function functionIntervals(
  input: ThreadInput,
  functionOfFrame: Int32Array,
  counts: FunctionCounts,
  blocks: TokenBlocks,
): PathIntervals {
  if (blocks.reason !== null) return NO_INTERVALS;
  const { stacks } = input.profile;
  const group = STAGE_GROUPS.indexOf(blocks.stage as (typeof STAGE_GROUPS)[number]);
  const all = counts.self[0].map((_, row) => groupCounts(counts.self, row).all);
  const asked = [
    ...new Set([
      ...largest(all, FUNCTIONS_OF_RUN),
      ...largest(counts.self[group], FUNCTIONS_OF_STAGE),
      ...largest(counts.total[group], FUNCTIONS_OF_STAGE),
    ]),
  ];
  const columnOfFunction = new Int32Array(all.length).fill(-1);
  asked.forEach((row, column) => (columnOfFunction[row] = column));
  const columnOfStack = Int32Array.from(stacks.frame, (frame) => columnOfFunction[functionOfFrame[frame]]);
  return intervalsOf(input, blocks, stacks, columnOfStack, asked, (stack) => stack);
}

/** Nodes of the call tree → intervals in the stage of `blocks`. */
export function callTreeIntervals(input: ThreadInput, tree: CallTree, blocks: TokenBlocks): PathIntervals {
  if (blocks.reason !== null) return NO_INTERVALS;
  const group = STAGE_GROUPS.indexOf(blocks.stage as (typeof STAGE_GROUPS)[number]);
  const total = tree.total[group];
  let whole = 0;
  for (let node = 0; node < tree.length; node++) if (tree.parent[node] < 0) whole += total[node];
  const asked = largest(total, MOST_NODES).filter((node) => total[node] >= LEAST_NODE_SHARE * whole);
  const columnOfNode = new Int32Array(tree.length).fill(-1);
  asked.forEach((node, column) => (columnOfNode[node] = column));
  return intervalsOf(
    input,
    blocks,
    { length: tree.length, prefix: tree.parent },
    columnOfNode,
    asked,
    (stack) => tree.nodeOfStack[stack],
  );
}

/** Rows with the largest values, largest first; rows of 0 never. */
function largest(values: Float64Array, most: number): number[] {
  const rows: number[] = [];
  for (let row = 0; row < values.length; row++) if (values[row] > 0) rows.push(row);
  return rows.sort((a, b) => values[b] - values[a] || a - b).slice(0, most);
}

/**
 * Counts by block and resamples. Each row of the tree knows the set of columns on its path; there are few different sets,
 * and a sample adds one to the columns of its row's set.
 */
function intervalsOf(
  { profile, attribution, weight }: ThreadInput,
  blocks: TokenBlocks,
  tree: PathTree,
  columnOfRow: Int32Array,
  asked: readonly number[],
  rowOfStack: (stack: number) => number,
): PathIntervals {
  const { sets, setOfRow } = columnSets(tree, columnOfRow, asked.length);
  const self = asked.map(() => new Float64Array(blocks.blocks));
  const total = asked.map(() => new Float64Array(blocks.blocks));
  const whole = new Float64Array(blocks.blocks);
  const stackOfSample = profile.samples.stack;
  const tokenOfSample = attribution.token;
  const { blockOfToken } = blocks;
  for (let at = 0; at < weight.rows.length; at++) {
    const sample = weight.rows[at];
    const stack = stackOfSample[sample];
    const token = tokenOfSample[sample];
    if (stack < 0 || token < 0) continue;
    const block = blockOfToken[token];
    if (block < 0) continue;
    const row = rowOfStack(stack);
    whole[block]++;
    if (columnOfRow[row] >= 0) self[columnOfRow[row]][block]++;
    for (const column of sets[setOfRow[row]]) total[column][block]++;
  }
  const stage = resampledWhole(blocks, whole);
  const intervals = (columns: readonly Float64Array[]): Map<number, Interval> =>
    new Map(
      columns.flatMap((column, index): [number, Interval][] => {
        if (column.every((count) => count === 0)) return [];
        const interval = ratioInterval(blocks, column, stage);
        return interval ? [[asked[index], interval]] : [];
      }),
    );
  return { self: intervals(self), total: intervals(total) };
}

/** The set of columns on the path to each row; a function that recurs is in its set once. */
function columnSets(
  { length, prefix }: PathTree,
  columnOfRow: Int32Array,
  columns: number,
): { sets: number[][]; setOfRow: Int32Array } {
  const sets: number[][] = [[]];
  const setOfRow = new Int32Array(length);
  const extended = new Map<number, number>();
  for (let row = 0; row < length; row++) {
    const before = prefix[row] < 0 ? 0 : setOfRow[prefix[row]];
    const column = columnOfRow[row];
    if (column < 0 || sets[before].includes(column)) {
      setOfRow[row] = before;
      continue;
    }
    const key = before * columns + column;
    let set = extended.get(key);
    if (set === undefined) {
      set = sets.push([...sets[before], column]) - 1;
      extended.set(key, set);
    }
    setOfRow[row] = set;
  }
  return { sets, setOfRow };
}
