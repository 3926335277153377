/**
 * Intervals by block bootstrap over tokens: samples of one token are not independent of each other; how alike neighbouring
 * tokens are is measured (blockSpread.ts).
 * Seeded, so that the same capture gives the same interval in every build.
 */
import { ratioSpread, widened, widening } from './blockSpread.ts';

/** Resamples for a 95 % interval: its ends are then stable to about a tenth of its width. */
export const RESAMPLES = 1000;
/** Percentiles of the resampled values between which the interval lies. */
export const LOW = 0.025;
export const HIGH = 0.975;
/** Fewer blocks than this cannot show their own spread. */
export const LEAST_BLOCKS = 8;

/** A small, fast generator of uniform 32-bit numbers (mulberry32, public domain, Tommy Ettinger). */
export function randomGenerator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * 95 % interval of a statistic of resampled blocks; null for fewer than {@link LEAST_BLOCKS} blocks.
 *
 * @param statistic of a drawing: rows of blocks, with repetition
 */
export function bootstrapInterval(
  blocks: number,
  statistic: (drawn: Int32Array) => number,
  seed = 1,
): [low: number, high: number] | null {
  if (blocks < LEAST_BLOCKS) return null;
  const random = randomGenerator(seed);
  const drawn = new Int32Array(blocks);
  const values: number[] = [];
  for (let resample = 0; resample < RESAMPLES; resample++) {
    for (let i = 0; i < blocks; i++) drawn[i] = Math.floor(random() * blocks);
    const value = statistic(drawn);
    if (Number.isFinite(value)) values.push(value);
  }
  if (values.length === 0) return null;
  values.sort((a, b) => a - b);
  return [percentile(values, LOW), percentile(values, HIGH)];
}

/**
 * Interval of Σ part ÷ Σ whole over blocks in order of time: a rate, or any ratio of what is never negative. Wider for few
 * blocks and for blocks that resemble their neighbours.
 */
export function shareInterval(
  part: ArrayLike<number>,
  whole: ArrayLike<number>,
  seed = 1,
): [low: number, high: number] | null {
  const plain = bootstrapInterval(
    part.length,
    (drawn) => {
      let a = 0;
      let b = 0;
      for (const row of drawn) {
        a += part[row];
        b += whole[row];
      }
      return a / b;
    },
    seed,
  );
  if (plain === null) return null;
  const spread = ratioSpread(part, whole, part.length);
  const [low, high] = widened(plain, spread.ratio, widening(spread));
  return [Math.max(0, low), high];
}

/** Percentile with linear interpolation (type 7) of ascending values. */
export function percentile(ascending: ArrayLike<number>, q: number): number {
  const position = (ascending.length - 1) * q;
  const below = Math.floor(position);
  const above = Math.min(below + 1, ascending.length - 1);
  return ascending[below] + (position - below) * (ascending[above] - ascending[below]);
}
