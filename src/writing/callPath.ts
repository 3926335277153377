/** The heaviest call path to a function, from the report's call tree. */
import type { ReportCallTree } from '../report/schema.ts';

export interface HeaviestPath {
  /** Root first; `total` counts the samples below each step. */
  steps: { name: string; total: number }[];
  /** Samples of all paths. */
  whole: number;
}

/** Null when the tree has no such function in the stage. */
export function heaviestPath(
  tree: ReportCallTree | null,
  functionName: string,
  stage: 'all' | 'load' | 'prefill' | 'decode',
): HeaviestPath | null {
  if (tree === null) return null;
  const totals = tree.total[stage];
  let best = -1;
  tree.function.forEach((index, node) => {
    if (tree.functions[index].name !== functionName || totals[node] === 0) return;
    if (best < 0 || totals[node] > totals[best]) best = node;
  });
  if (best < 0) return null;
  const steps: HeaviestPath['steps'] = [];
  for (let node = best; node >= 0; node = tree.parent[node]) {
    steps.unshift({ name: tree.functions[tree.function[node]].name, total: totals[node] });
  }
  const whole = tree.parent.reduce((sum, parent, node) => (parent < 0 ? sum + totals[node] : sum), 0);
  return { steps, whole };
}
