import { describe, expect, it } from 'vitest';
import { LeafStacks } from '../../../src/readers/perfData/leafStacks.ts';

describe('stacks of leaves', () => {
  it('are told apart by both words of the address and by the callers', () => {
    const leaves = new LeafStacks();
    const keys: [low: number, high: number, callers: number][] = [
      [0x1000, 0, 1],
      [0x1000, 1, 1],
      [0x1000, 0, 2],
      [-4096, -1, 1],
      [0, 0, 1],
    ];
    for (const [stack, [low, high, callers]] of keys.entries()) {
      expect(leaves.find(low, high, callers)).toBe(-1);
      leaves.add(low, high, callers, stack);
    }
    expect(keys.map(([low, high, callers]) => leaves.find(low, high, callers))).toEqual([0, 1, 2, 3, 4]);
  });

  it('stay when the table grows', () => {
    const leaves = new LeafStacks();
    const count = 100_000;
    for (let i = 0; i < count; i++) {
      leaves.find(i * 4, i & 1, 1 + (i % 7));
      leaves.add(i * 4, i & 1, 1 + (i % 7), i);
    }
    let wrong = 0;
    for (let i = 0; i < count; i++) if (leaves.find(i * 4, i & 1, 1 + (i % 7)) !== i) wrong++;
    expect(wrong).toBe(0);
    expect(leaves.find(count * 4, 0, 1)).toBe(-1);
  });

  it('are forgotten all at once, and come again', () => {
    const leaves = new LeafStacks();
    leaves.find(4, 0, 1);
    leaves.add(4, 0, 1, 9);
    leaves.forget();
    expect(leaves.find(4, 0, 1)).toBe(-1);
    leaves.add(4, 0, 1, 10);
    expect(leaves.find(4, 0, 1)).toBe(10);
  });

  it.each([
    ['low words', (i: number) => [i * 4, 0, 1]],
    ['high words', (i: number) => [4096, i, 1]],
    ['highest bits', (i: number) => [(i << 24) | 4096, (i >> 8) << 24, 1 + (i >> 16)]],
    ['callers', (i: number) => [4096, 0, 1 + i * 16]],
  ])('are found in a few steps when they differ in %s', (_name, keyOf) => {
    const leaves = new LeafStacks();
    const count = 100_000;
    const began = process.cpuUsage();
    let wrong = 0;
    for (let i = 0; i < count; i++) {
      const [low, high, callers] = keyOf(i);
      if (leaves.find(low, high, callers) !== -1) wrong++;
      leaves.add(low, high, callers, i);
    }
    for (let i = 0; i < count; i++) {
      const [low, high, callers] = keyOf(i);
      if (leaves.find(low, high, callers) !== i) wrong++;
    }
    expect(wrong).toBe(0);
    const { user, system } = process.cpuUsage(began);
    // A look-up that tries every leaf before it takes many seconds in all.
    expect((user + system) / 1e3).toBeLessThan(1500);
  });
});
