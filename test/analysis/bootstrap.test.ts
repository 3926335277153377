import { describe, expect, it } from 'vitest';
import {
  bootstrapInterval,
  percentile,
  randomGenerator,
  shareInterval,
} from '../../src/analysis/bootstrap.ts';

describe('bootstrapInterval', () => {
  it('repeats with the same seed and differs with another', () => {
    const values = Array.from({ length: 50 }, (_, i) => (i * 37) % 11);
    const mean = (drawn: Int32Array): number =>
      drawn.reduce((sum, row) => sum + values[row], 0) / drawn.length;
    expect(bootstrapInterval(50, mean, 3)).toEqual(bootstrapInterval(50, mean, 3));
    expect(bootstrapInterval(50, mean, 3)).not.toEqual(bootstrapInterval(50, mean, 4));
  });

  it('covers the mean of a known distribution about 95 times of 100', () => {
    // 100 experiments of 60 uniform draws; the true mean is 0.5. Binomial(100, 0.95) is below 85 once in 1e5.
    const random = randomGenerator(99);
    let covered = 0;
    for (let experiment = 0; experiment < 100; experiment++) {
      const values = Array.from({ length: 60 }, random);
      const interval = bootstrapInterval(
        60,
        (drawn) => drawn.reduce((sum, row) => sum + values[row], 0) / 60,
        experiment,
      )!;
      if (interval[0] <= 0.5 && 0.5 <= interval[1]) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(85);
  });

  it('has no interval for too few blocks', () => {
    expect(bootstrapInterval(7, () => 1)).toBeNull();
  });
});

describe('shareInterval', () => {
  it('is narrow where all tokens agree and wide where they do not', () => {
    const whole = new Array<number>(40).fill(100);
    const steady = shareInterval(new Array<number>(40).fill(30), whole)!;
    expect(steady[0]).toBeCloseTo(0.3, 12);
    expect(steady[1]).toBeCloseTo(0.3, 12);
    const uneven = shareInterval(
      whole.map((_, i) => (i % 2 ? 60 : 0)),
      whole,
    )!;
    // The standard error of the mean is 0.3 ÷ √40 = 0.047; ± 1.96 of it is 0.21 to 0.39.
    expect(uneven[0]).toBeGreaterThan(0.17);
    expect(uneven[0]).toBeLessThan(0.25);
    expect(uneven[1]).toBeGreaterThan(0.35);
    expect(uneven[1]).toBeLessThan(0.43);
  });
});

describe('percentile', () => {
  it('interpolates linearly (type 7)', () => {
    expect(percentile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(percentile([10, 20, 30], 0.95)).toBeCloseTo(29, 12);
  });
});
