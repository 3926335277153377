/**
 * Difference of two selections (stage against stage, tokens against tokens, run against run), key by key. The test is on
 * the difference itself: two intervals that overlap can still differ, so overlap decides nothing.
 */
import { differenceWidening, ratioSpread, widened, type RatioSpread } from '../blockSpread.ts';
import { HIGH, LEAST_BLOCKS, LOW, percentile, randomGenerator, RESAMPLES } from '../bootstrap.ts';

/**
 * What was counted in a selection, per block. Blocks are what repeats independently: tokens inside one run, runs of one
 * configuration across runs.
 */
export interface SelectionCounts {
  label: string;
  blocks: number;
  /** Per key (category, operator, kernel, call path) one count per block. */
  byKey: ReadonlyMap<string, ArrayLike<number>>;
  /** What counts are divided by, per block: tokens, or all samples of the block. */
  size: ArrayLike<number>;
}

export interface DifferenceRow {
  key: string;
  /** Σ count ÷ Σ size of each selection. */
  a: number;
  b: number;
  /** b − a. */
  difference: number;
  /** b ÷ a − 1; null when a is 0. */
  relative: number | null;
  /** 95 % interval of the difference; null when the spread cannot be known. */
  interval: [low: number, high: number] | null;
  /** `differs`: the interval excludes 0. `within-noise`: it does not. `spread-unknown`: too few blocks on a side, or nothing in them. */
  outcome: 'differs' | 'within-noise' | 'spread-unknown';
}

/** Rows for every key of either selection, largest absolute difference first. */
export function compareSelections(a: SelectionCounts, b: SelectionCounts, seed = 1): DifferenceRow[] {
  const keys = new Set([...a.byKey.keys(), ...b.byKey.keys()]);
  const resampled =
    a.blocks >= LEAST_BLOCKS && b.blocks >= LEAST_BLOCKS ? drawings(a.blocks, b.blocks, seed) : null;
  const rows = [...keys].map((key): DifferenceRow => {
    const ofA = rateOf(a, key);
    const ofB = rateOf(b, key);
    const difference = ofB.rate - ofA.rate;
    const interval =
      resampled && ofA.size > 0 && ofB.size > 0 ? differenceInterval(a, b, key, resampled) : null;
    return {
      key,
      a: ofA.rate,
      b: ofB.rate,
      difference,
      relative: ofA.rate === 0 ? null : ofB.rate / ofA.rate - 1,
      interval,
      outcome:
        interval === null
          ? 'spread-unknown'
          : interval[0] > 0 || interval[1] < 0
            ? 'differs'
            : 'within-noise',
    };
  });
  return rows.sort((x, y) => Math.abs(y.difference) - Math.abs(x.difference) || (x.key < y.key ? -1 : 1));
}

function rateOf(selection: SelectionCounts, key: string): { rate: number; size: number } {
  const counts = selection.byKey.get(key);
  let count = 0;
  let size = 0;
  for (let block = 0; block < selection.blocks; block++) {
    count += counts ? counts[block] : 0;
    size += selection.size[block];
  }
  return { rate: size === 0 ? 0 : count / size, size };
}

/** The same drawings for all keys: rows of one table then move together, as they do in the run. */
interface Drawings {
  a: Int32Array[];
  b: Int32Array[];
}

function drawings(blocksA: number, blocksB: number, seed: number): Drawings {
  const random = randomGenerator(seed);
  const draw = (blocks: number): Int32Array =>
    Int32Array.from({ length: blocks }, () => Math.floor(random() * blocks));
  return {
    a: Array.from({ length: RESAMPLES }, () => draw(blocksA)),
    b: Array.from({ length: RESAMPLES }, () => draw(blocksB)),
  };
}

function differenceInterval(
  a: SelectionCounts,
  b: SelectionCounts,
  key: string,
  resampled: Drawings,
): [number, number] {
  const values = resampled.a.map((drawn, i) => drawnRate(b, key, resampled.b[i]) - drawnRate(a, key, drawn));
  values.sort((x, y) => x - y);
  const [ofA, ofB] = [a, b].map((selection) => spreadOf(selection, key));
  return widened(
    [percentile(values, LOW), percentile(values, HIGH)],
    ofB.ratio - ofA.ratio,
    differenceWidening(ofA, ofB),
  );
}

function spreadOf({ byKey, size, blocks }: SelectionCounts, key: string): RatioSpread {
  return ratioSpread(byKey.get(key) ?? new Float64Array(blocks), size, blocks);
}

function drawnRate(selection: SelectionCounts, key: string, drawn: Int32Array): number {
  const counts = selection.byKey.get(key);
  let count = 0;
  let size = 0;
  for (const block of drawn) {
    count += counts ? counts[block] : 0;
    size += selection.size[block];
  }
  return size === 0 ? 0 : count / size;
}
