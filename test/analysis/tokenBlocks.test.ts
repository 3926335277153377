import { describe, expect, it } from 'vitest';
import { randomGenerator } from '../../src/analysis/bootstrap.ts';
import {
  countByBlock,
  ratioInterval,
  resampledSums,
  resampledWhole,
  tokenBlocks,
} from '../../src/analysis/tokenBlocks.ts';
import type { StageTimeline, Token } from '../../src/llama/types.ts';

/** A timeline of which only the stages of its calls matter: `pddd`. */
function calls(letters: string): Pick<StageTimeline, 'tokens'> {
  return {
    tokens: [...letters].map((letter) => ({ stage: letter === 'p' ? 'prefill' : 'decode' }) as Token),
  };
}

describe('tokenBlocks', () => {
  it('makes a block of each call, and blocks of neighbours where there are many', () => {
    expect([...tokenBlocks(calls('pddddddddd'), 'decode').blockOfToken]).toEqual([
      -1, 0, 1, 2, 3, 4, 5, 6, 7, 8,
    ]);
    const many = tokenBlocks(calls('d'.repeat(1000)), 'decode');
    expect(many.blocks).toBe(200);
    expect([...many.blockOfToken.slice(0, 11)]).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2]);
    expect(many.blockOfToken[999]).toBe(199);
  });

  it('says why a stage has no interval', () => {
    expect(tokenBlocks(calls('pddddddddd'), 'prefill').reason).toBe('one call: its spread is unknown');
    expect(tokenBlocks(calls('pd'), 'decode').reason).toMatch(/one call/);
    expect(tokenBlocks(calls('p'), 'decode').reason).toBe('the stage has no call');
    expect(tokenBlocks(calls('ddddddd'), 'decode').reason).toMatch(/^7 calls: fewer than 8/);
    const none = tokenBlocks(calls('ddddddd'), 'decode');
    expect(resampledSums(none, [1, 1, 1, 1, 1, 1, 1])).toHaveLength(0);
    expect(
      ratioInterval(none, [1, 1, 1, 1, 1, 1, 1], resampledWhole(none, [8, 8, 8, 8, 8, 8, 8])),
    ).toBeNull();
  });

  it('draws as many blocks in each resample as there are, the same ones every time', () => {
    const blocks = tokenBlocks(calls('d'.repeat(50)), 'decode');
    expect([...new Set(resampledSums(blocks, new Float64Array(50).fill(1)))]).toEqual([50]);
    expect(blocks.drawn).toEqual(tokenBlocks(calls('d'.repeat(50)), 'decode').drawn);
  });

  it('is a point where all calls agree', () => {
    const blocks = tokenBlocks(calls('d'.repeat(40)), 'decode');
    const whole = resampledWhole(blocks, new Float64Array(40).fill(8));
    expect(ratioInterval(blocks, new Float64Array(40).fill(2), whole)).toEqual([0.25, 0.25]);
  });

  it('covers the true share of sampled calls about 95 times of 100', () => {
    // Each call has 50 samples, each of which falls into the function with probability 0.2.
    const random = randomGenerator(7);
    const blocks = tokenBlocks(calls('d'.repeat(60)), 'decode');
    const whole = resampledWhole(blocks, new Float64Array(60).fill(50));
    let covered = 0;
    for (let experiment = 0; experiment < 100; experiment++) {
      const part = Float64Array.from({ length: 60 }, () => {
        let hits = 0;
        for (let sample = 0; sample < 50; sample++) if (random() < 0.2) hits++;
        return hits;
      });
      const [low, high] = ratioInterval(blocks, part, whole)!;
      if (low <= 0.2 && 0.2 <= high) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(88);
    expect(covered).toBeLessThan(100);
  });
});

describe('countByBlock', () => {
  it('counts the samples of the stage, those of other calls and of none left out', () => {
    const blocks = tokenBlocks(calls('pdd'), 'decode');
    const tokenOfSample = Int32Array.of(-1, 0, 1, 1, 2, -1);
    expect([...countByBlock(blocks, [0, 1, 2, 3, 4, 5], tokenOfSample)]).toEqual([2, 1]);
  });
});
