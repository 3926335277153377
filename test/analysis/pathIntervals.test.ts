import { describe, expect, it } from 'vitest';
import { buildCallTree } from '../../src/analysis/callTree.ts';
import { countFunctions } from '../../src/analysis/functions.ts';
import { callTreeIntervals, functionIntervals } from '../../src/analysis/pathIntervals.ts';
import { tokenBlocks } from '../../src/analysis/tokenBlocks.ts';
import { FUNCTIONS, threadedRun } from '../support/threadedRun.ts';
import { functionsFromText } from '../support/profileFromText.ts';

/** Ten calls of four milliseconds, of which 1, 2 or 3 lie in the barrier; callers differ. */
const WAITS = [1, 2, 3, 2, 1, 2, 3, 2, 2, 2];

function run(waits: readonly number[]) {
  const input = threadedRun({
    threads: { 100: waits.map((count) => 'V'.repeat(4 - count) + 'B'.repeat(count)).join('') },
    stages: 'Dddd'.repeat(waits.length),
    callers: { B: ['main', 'loop'], V: ['main', 'loop', 'main'] },
  });
  const functions = functionsFromText(input.profile);
  const { profile, weight, attribution } = input;
  return {
    input,
    functions,
    rowOf: (name: string) => functions.functions.findIndex((row) => row.name === name),
    counts: countFunctions(profile, functions, weight, attribution.group),
    tree: buildCallTree(profile, functions, weight, attribution.group),
    blocks: tokenBlocks(input.timeline, 'decode'),
  };
}

describe('functionIntervals', () => {
  const { input, functions, rowOf, counts, blocks } = run(WAITS);
  const { self, total } = functionIntervals(input, functions.functionOfFrame, counts, blocks);

  it('hold the share, and are as wide as the calls differ', () => {
    const [low, high] = self.get(rowOf(FUNCTIONS.B))!;
    // Half of all samples; a mean of ten calls between 25 % and 75 %, with a standard deviation of 16 % each.
    expect(low).toBeGreaterThan(0.36);
    expect(low).toBeLessThan(0.5);
    expect(high).toBeGreaterThan(0.5);
    expect(high).toBeLessThan(0.64);
  });

  it('count a function once that recurs on a path, and all samples below it', () => {
    expect(total.get(rowOf('main'))).toEqual([1, 1]);
    expect(total.get(rowOf('loop'))).toEqual([1, 1]);
    expect(self.has(rowOf('main'))).toBe(false);
  });

  it('are mirror images for two functions that share a stage', () => {
    const [low, high] = self.get(rowOf(FUNCTIONS.B))!;
    const other = self.get(rowOf(FUNCTIONS.V))!;
    expect(other[0]).toBeCloseTo(1 - high, 10);
    expect(other[1]).toBeCloseTo(1 - low, 10);
  });

  it('are none for a stage with one call', () => {
    const prefill = tokenBlocks(input.timeline, 'prefill');
    expect(functionIntervals(input, functions.functionOfFrame, counts, prefill).self.size).toBe(0);
  });
});

describe('callTreeIntervals', () => {
  it('are of the nodes on wide paths', () => {
    const { input, functions, tree, blocks } = run(WAITS);
    const { total } = callTreeIntervals(input, tree, blocks);
    const named = [...total].map(([node, interval]) => [
      functions.functions[tree.function[node]].name,
      tree.parent[node] < 0,
      interval[0] < 1,
    ]);
    // The inner `main` is a node of its own, above the GEMV only.
    expect(named).toEqual([
      ['main', true, false],
      ['loop', false, false],
      ['main', false, true],
      [FUNCTIONS.V, false, true],
      [FUNCTIONS.B, false, true],
    ]);
  });
});
