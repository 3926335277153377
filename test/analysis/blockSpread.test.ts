import { describe, expect, it } from 'vitest';
import { autocorrelationTime } from '../../src/analysis/blockSpread.ts';
import { randomGenerator, shareInterval } from '../../src/analysis/bootstrap.ts';
import { compareSelections, type SelectionCounts } from '../../src/analysis/compare/difference.ts';
import { lineOverPosition } from '../../src/analysis/positionLine.ts';
import { ratioInterval, resampledWhole, tokenBlocks } from '../../src/analysis/tokenBlocks.ts';
import type { StageTimeline, Token } from '../../src/llama/types.ts';

const SAMPLES = 20;

/** Numbers of a normal distribution (Box and Muller). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Values around 0 with a spread of 1, each of which keeps the share `memory` of the one before. */
function wandering(length: number, memory: number, random: () => number): number[] {
  let value = normal(random);
  return Array.from({ length }, () => {
    value = memory * value + Math.sqrt(1 - memory ** 2) * normal(random);
    return value;
  });
}

/** Of 20 samples a token, those in a kernel that takes half of the time, give or take a tenth. */
function samplesOfKernel(tokens: number, memory: number, random: () => number): number[] {
  return wandering(tokens, memory, random).map((deviation) => {
    const share = Math.min(1, Math.max(0, 0.5 + 0.1 * deviation));
    let hits = 0;
    for (let sample = 0; sample < SAMPLES; sample++) if (random() < share) hits++;
    return hits;
  });
}

/** How many of so many experiments, in percent, hold. */
function percentOf(experiments: number, holds: () => boolean): number {
  let count = 0;
  for (let experiment = 0; experiment < experiments; experiment++) if (holds()) count++;
  return (100 * count) / experiments;
}

const contains = (interval: readonly [number, number] | null, value: number): boolean =>
  interval !== null && interval[0] <= value && value <= interval[1];

describe('intervals of shares', () => {
  /** Percent of intervals that hold the true share of 0.5. */
  const coverage = (tokens: number, memory: number): number => {
    const random = randomGenerator(tokens + 1);
    const whole = new Array<number>(tokens).fill(SAMPLES);
    return percentOf(200, () => contains(shareInterval(samplesOfKernel(tokens, memory, random), whole), 0.5));
  };

  it('hold the truth 95 times of 100 also for the fewest tokens', () => {
    expect(coverage(8, 0)).toBeGreaterThanOrEqual(92);
  });

  it('hold it where tokens resemble their neighbours', () => {
    // Taken as independent, such tokens hold it 84 and 62 times of 100.
    expect(coverage(200, 0.5)).toBeGreaterThanOrEqual(91);
    expect(coverage(200, 0.8)).toBeGreaterThanOrEqual(85);
  });

  it('are no wider for a share that grows with the context than for what the growth itself spreads', () => {
    const tokens = 200;
    const blocks = tokenBlocks(
      { tokens: Array.from({ length: tokens }, () => ({ stage: 'decode' }) as Token) } as StageTimeline,
      'decode',
    );
    const whole = resampledWhole(blocks, new Float64Array(tokens).fill(1000));
    const growing = Float64Array.from({ length: tokens }, (_, token) => 300 + token + (token % 2));
    const [low, high] = ratioInterval(blocks, growing, whole)!;
    // A spread of 200 ÷ √12 = 57.7 over √200 tokens: 0.4 ± 1.96 × 0.0041.
    expect(low).toBeCloseTo(0.4 - 0.008, 2);
    expect(high).toBeCloseTo(0.4 + 0.008, 2);
    expect(high - low).toBeLessThan(0.02);
  });

  it('stay within nothing and everything', () => {
    const blocks = tokenBlocks(
      { tokens: Array.from({ length: 8 }, () => ({ stage: 'decode' }) as Token) } as StageTimeline,
      'decode',
    );
    const whole = resampledWhole(blocks, new Float64Array(8).fill(10));
    expect(ratioInterval(blocks, [1, 0, 0, 0, 0, 0, 0, 0], whole)![0]).toBe(0);
    expect(ratioInterval(blocks, [9, 10, 10, 10, 10, 10, 10, 10], whole)![1]).toBe(1);
  });
});

describe('differences of two selections', () => {
  it('are seldom told where there are none, also when tokens resemble their neighbours', () => {
    const random = randomGenerator(5);
    const selection = (label: string): SelectionCounts => ({
      label,
      blocks: 100,
      byKey: new Map([['kernel', samplesOfKernel(100, 0.8, random)]]),
      size: new Array<number>(100).fill(SAMPLES),
    });
    // Taken as independent, a third of them differ.
    expect(
      percentOf(100, () => compareSelections(selection('a'), selection('b'))[0].outcome === 'differs'),
    ).toBeLessThanOrEqual(14);
  });
});

describe('growth over position', () => {
  it('is seldom told of latencies that wander and do not grow', () => {
    const random = randomGenerator(11);
    const tokens = Array.from(
      { length: 400 },
      (_, index) =>
        ({ index, past: 100 + index, rule: 'D1', stage: 'decode', notes: [] }) as unknown as Token,
    );
    const isToldGrowing = (): boolean => {
      const latencies = wandering(400, 0.8, random).map((deviation) => 20 + deviation);
      const line = lineOverPosition({ tokens } as unknown as StageTimeline, latencies);
      return !('reason' in line) && (line.slopeInterval[0] > 0 || line.slopeInterval[1] < 0);
    };
    // Taken as independent, half of them grow or shrink.
    expect(percentOf(200, isToldGrowing)).toBeLessThanOrEqual(12);
  });
});

describe('autocorrelationTime', () => {
  it('is 1 for values that do not resemble their neighbours, and for none that vary', () => {
    expect(autocorrelationTime(Float64Array.from([1, -1, 1, -1, 1, -1, 1, -1]))).toBe(1);
    expect(autocorrelationTime(new Float64Array(8))).toBe(1);
  });

  it('is (1 + ρ) ÷ (1 − ρ) for values that keep the share ρ of the one before', () => {
    const values = Float64Array.from(wandering(20_000, 0.8, randomGenerator(3)));
    expect(autocorrelationTime(values)).toBeGreaterThan(8);
    expect(autocorrelationTime(values)).toBeLessThan(10);
  });

  it('grows with the length of a series, not with its square', () => {
    const wave = (length: number): Float64Array =>
      Float64Array.from({ length }, (_, at) => Math.cos((2 * Math.PI * at) / length));
    const cpuMs = (length: number): number => {
      const values = wave(length);
      const before = process.cpuUsage();
      autocorrelationTime(values);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    };
    // The longest series takes seconds where every lag of it is tried.
    expect(cpuMs(200_000)).toBeLessThan(300);
    // The same share of its length, whether its neighbours were summed or not.
    expect(autocorrelationTime(wave(40_000)) / 40_000).toBeCloseTo(autocorrelationTime(wave(4000)) / 4000, 2);
  });
});
