/** Places of a call tree's nodes in an icicle: root on top, children below in proportion to their samples. */
import type { ReportCallTree } from '../../report/schema.ts';

/** Which samples give the widths. */
export type FlameSelection = 'all' | 'prefill' | 'decode';

export interface FlameCell {
  /** Row of the call tree. */
  node: number;
  depth: number;
  /** Left end and width as shares of the selection's samples. */
  start: number;
  width: number;
}

/** More cells than these are not drawn, whatever their width. */
const MOST_CELLS = 1800;

export interface FlameLayout {
  cells: FlameCell[];
  /** Samples of the selection. */
  samples: number;
  depth: number;
  /** Nodes thinner than the limit, which are left out with everything below them. */
  omitted: number;
}

/**
 * @param thinnest smallest share of the selection's samples that a cell may have
 */
export function flameLayout(tree: ReportCallTree, selection: FlameSelection, thinnest: number): FlameLayout {
  const total = tree.total[selection];
  const children = childrenByParent(tree, total);
  const roots = children.get(-1) ?? [];
  const samples = roots.reduce((sum, node) => sum + total[node], 0);
  const cells: FlameCell[] = [];
  let depth = 0;
  let omitted = 0;
  const pending: FlameCell[] = [];
  const place = (nodes: readonly number[], start: number, level: number): void => {
    let from = start;
    for (const node of nodes) {
      if (total[node] === 0) continue;
      const width = total[node] / samples;
      if (width < thinnest) omitted++;
      else pending.push({ node, depth: level, start: from, width });
      from += width;
    }
  };
  place(roots, 0, 0);
  while (pending.length > 0) {
    const cell = pending.pop()!;
    cells.push(cell);
    depth = Math.max(depth, cell.depth + 1);
    place(children.get(cell.node) ?? [], cell.start, cell.depth + 1);
  }
  if (cells.length > MOST_CELLS) {
    // Callers are at least as wide as what they call: the widest cells still hang together.
    cells.sort((a, b) => b.width - a.width || a.depth - b.depth);
    omitted += cells.length - MOST_CELLS;
    cells.length = MOST_CELLS;
    depth = cells.reduce((deepest, cell) => Math.max(deepest, cell.depth + 1), 0);
  }
  return { cells, samples, depth, omitted };
}

/** A function that waits is drawn as one when at least this share of its samples waits, in itself or below. */
const LEAST_WAITING_SHARE = 0.5;

/**
 * The category that each node is drawn in. A category is what a function does in itself: the worker's loop of ggml and
 * OpenMP's thread start wait there, but most of their samples may be in the graph that they call. Those are drawn as what
 * runs the graph.
 */
export function drawnCategories(tree: ReportCallTree, selection: FlameSelection): (string | null)[] {
  const categories = tree.function.map((row) => tree.functions[row].category);
  const waiting = tree.parent.map(() => 0);
  tree.self[selection].forEach((samples, leaf) => {
    if (samples === 0 || categories[leaf] !== 'sync') return;
    for (let node = leaf; node >= 0; node = tree.parent[node]) waiting[node] += samples;
  });
  return categories.map((category, node) =>
    category === 'sync' && waiting[node] < LEAST_WAITING_SHARE * tree.total[selection][node]
      ? 'graph'
      : category,
  );
}

/** Children of each node (-1 for roots), widest first. */
export function childrenByParent(tree: ReportCallTree, total: readonly number[]): Map<number, number[]> {
  const children = new Map<number, number[]>();
  tree.parent.forEach((parent, node) => {
    const siblings = children.get(parent);
    if (siblings) siblings.push(node);
    else children.set(parent, [node]);
  });
  for (const siblings of children.values()) siblings.sort((a, b) => total[b] - total[a] || a - b);
  return children;
}
