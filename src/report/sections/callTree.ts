/** The call tree as report.json keeps it: nodes that matter, in preorder, widest child first. */
import { groupCounts, STAGE_GROUPS } from '../../analysis/stageGroups.ts';
import type { CallTree } from '../../analysis/callTree.ts';
import type { SampleIntervals } from '../../analysis/pathIntervals.ts';
import { significant } from '../round.ts';
import type { FunctionTable } from '../../symbols/types.ts';
import type { ReportCallTree } from '../schema.ts';

/** Nodes below this share of the samples of every stage are left out of report.json; the column file has them. */
const MINIMUM_SHARE = 0.001;

/**
 * Keeps a node when it holds at least {@link MINIMUM_SHARE} of the samples of the run or of one stage. Null for an empty
 * tree.
 *
 * @param intervals of the tree's nodes; null without samples
 * @param categoryOf category of a row of the function table
 */
export function callTreeSection(
  tree: CallTree,
  functions: FunctionTable,
  intervals: SampleIntervals['callTree'] | null,
  categoryOf: (index: number) => string | null,
): ReportCallTree | null {
  if (tree.length === 0) return null;
  const roots = childrenOf(tree);
  const sums = STAGE_GROUPS.map((_, group) =>
    roots.get(-1)!.reduce((sum, node) => sum + tree.total[group][node], 0),
  );
  const allSum = sums.reduce((a, b) => a + b, 0);
  const isKept = (node: number): boolean => {
    const all = groupCounts(tree.total, node).all;
    return (
      all >= MINIMUM_SHARE * allSum ||
      sums.some((sum, group) => sum > 0 && tree.total[group][node] >= MINIMUM_SHARE * sum && all > 0)
    );
  };

  const order = preorder(roots, isKept);
  const newRow = new Map(order.map((node, row) => [node, row]));
  const usedFunctions = [...new Set(order.map((node) => tree.function[node]))];
  const functionRow = new Map(usedFunctions.map((index, row) => [index, row]));
  const columns = (source: readonly Float64Array[]): ReportCallTree['self'] => ({
    all: order.map((node) => groupCounts(source, node).all),
    load: order.map((node) => source[STAGE_GROUPS.indexOf('load')][node]),
    prefill: order.map((node) => source[STAGE_GROUPS.indexOf('prefill')][node]),
    decode: order.map((node) => source[STAGE_GROUPS.indexOf('decode')][node]),
  });
  return {
    functions: usedFunctions.map((index) => ({
      name: functions.functions[index].name,
      image: functions.functions[index].image,
      category: categoryOf(index),
    })),
    parent: order.map((node) => (tree.parent[node] < 0 ? -1 : newRow.get(tree.parent[node])!)),
    function: order.map((node) => functionRow.get(tree.function[node])!),
    self: columns(tree.self),
    total: columns(tree.total),
    intervals: (['prefill', 'decode'] as const).flatMap((stage) =>
      [...(intervals?.[stage].total ?? [])].flatMap(([node, [low, high]]) => {
        const row = newRow.get(node);
        return row === undefined
          ? []
          : [{ node: row, stage, low: significant(low, 4), high: significant(high, 4) }];
      }),
    ),
    minimumShare: MINIMUM_SHARE,
    omittedNodes: tree.length - order.length,
  };
}

function childrenOf(tree: CallTree): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (let node = 0; node < tree.length; node++) {
    const siblings = children.get(tree.parent[node]);
    if (siblings) siblings.push(node);
    else children.set(tree.parent[node], [node]);
  }
  for (const siblings of children.values()) {
    siblings.sort((a, b) => groupCounts(tree.total, b).all - groupCounts(tree.total, a).all || a - b);
  }
  return children;
}

/** Kept nodes, parents before children, widest first. With an explicit stack: chains can be thousands deep. */
function preorder(children: Map<number, number[]>, isKept: (node: number) => boolean): number[] {
  const order: number[] = [];
  const pending = [...(children.get(-1) ?? [])].reverse();
  while (pending.length > 0) {
    const node = pending.pop()!;
    if (!isKept(node)) continue;
    order.push(node);
    for (const child of [...(children.get(node) ?? [])].reverse()) pending.push(child);
  }
  return order;
}
