/**
 * Intervals of many shares of one stage at once, by block bootstrap over its calls: what is drawn is drawn once for a stage,
 * so that the interval of each further share costs two short sums a resample.
 *
 * A long stage is resampled in blocks of consecutive calls, as many calls each as keep the number of blocks small.
 * Neighbouring tokens are alike (same frequency of the core, same neighbours on the machine): how much is measured, and the
 * interval widened by it (blockSpread.ts).
 */
import type { Stage, StageTimeline } from '../llama/types.ts';
import { ratioSpread, widened, widening } from './blockSpread.ts';
import { HIGH, LEAST_BLOCKS, LOW, percentile, randomGenerator, RESAMPLES } from './bootstrap.ts';

/** More blocks than this narrow no interval any further. */
export const MOST_BLOCKS = 200;
/** Any fixed seed: builds must repeat. */
const SEED = 41;

/** The calls of one stage as blocks, and how often each resample draws each block. */
export interface TokenBlocks {
  stage: Stage;
  /** Calls of the stage. */
  calls: number;
  blocks: number;
  /** Row of the timeline's tokens → block; -1 for calls of other stages. */
  blockOfToken: Int32Array;
  /** Why there are no intervals, a sentence without a full stop; null when there are. */
  reason: string | null;
  /** Row b holds how often each resample draws block b: `blocks` rows of RESAMPLES; empty when there are no intervals. */
  drawn: Uint8Array;
}

/** Divides the calls of a stage into blocks and draws the resamples. Same calls, same draws. */
export function tokenBlocks(timeline: Pick<StageTimeline, 'tokens'>, stage: Stage): TokenBlocks {
  const { tokens } = timeline;
  const rows = tokens.flatMap((token, row) => (token.stage === stage ? [row] : []));
  const blocks = Math.min(rows.length, MOST_BLOCKS);
  const blockOfToken = new Int32Array(tokens.length).fill(-1);
  rows.forEach((row, call) => (blockOfToken[row] = Math.floor((call * blocks) / rows.length)));
  const reason = rows.length < LEAST_BLOCKS ? fewCalls(rows.length) : null;
  const drawn = new Uint8Array(reason === null ? RESAMPLES * blocks : 0);
  if (reason === null) {
    const random = randomGenerator(SEED);
    for (let resample = 0; resample < RESAMPLES; resample++) {
      for (let i = 0; i < blocks; i++) drawn[Math.floor(random() * blocks) * RESAMPLES + resample]++;
    }
  }
  return { stage, calls: rows.length, blocks, blockOfToken, reason, drawn };
}

function fewCalls(calls: number): string {
  if (calls === 0) return 'the stage has no call';
  return calls === 1
    ? 'one call: its spread is unknown'
    : `${calls} calls: fewer than ${LEAST_BLOCKS} cannot show their spread`;
}

/** Sum of a column of blocks in every resample; empty when there are no intervals. */
export function resampledSums({ blocks, drawn }: TokenBlocks, column: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(drawn.length === 0 ? 0 : RESAMPLES);
  for (let block = 0; block < blocks; block++) {
    const value = column[block];
    // A function that few blocks saw is summed over those alone.
    if (value === 0) continue;
    const start = block * RESAMPLES;
    for (let resample = 0; resample < sums.length; resample++) {
      sums[resample] += drawn[start + resample] * value;
    }
  }
  return sums;
}

/** What shares are of: a value a block, and its {@link resampledSums}. */
export interface ResampledWhole {
  byBlock: ArrayLike<number>;
  sums: Float64Array;
}

export function resampledWhole(blocks: TokenBlocks, byBlock: ArrayLike<number>): ResampledWhole {
  return { byBlock, sums: resampledSums(blocks, byBlock) };
}

/**
 * 95 % interval of the share Σ part ÷ Σ whole over resampled blocks, within 0…1, wider for few blocks and for blocks that
 * resemble their neighbours; null when the stage has too few calls, or part is nowhere.
 *
 * @param part one value a block, a part of the whole there
 */
export function ratioInterval(
  blocks: TokenBlocks,
  part: ArrayLike<number>,
  whole: ResampledWhole,
): [low: number, high: number] | null {
  const sums = resampledSums(blocks, part);
  const plain = intervalOf(sums.map((sum, row) => sum / whole.sums[row]));
  if (plain === null) return null;
  const spread = ratioSpread(part, whole.byBlock, blocks.blocks);
  const [low, high] = widened(plain, spread.ratio, widening(spread));
  return [Math.max(0, low), Math.min(1, high)];
}

/** The middle 95 % of a statistic's resamples; what is no number does not count. Null for none. */
export function intervalOf(resampled: Float64Array): [low: number, high: number] | null {
  const values = resampled.filter(Number.isFinite).sort();
  return values.length === 0 ? null : [percentile(values, LOW), percentile(values, HIGH)];
}

/** Samples per block. @param rows of the sample table @param tokenOfSample row of the tokens per sample, -1 outside */
export function countByBlock(
  { blocks, blockOfToken }: TokenBlocks,
  rows: ArrayLike<number>,
  tokenOfSample: Int32Array,
): Float64Array {
  const counts = new Float64Array(blocks);
  for (let i = 0; i < rows.length; i++) {
    const token = tokenOfSample[rows[i]];
    if (token >= 0 && blockOfToken[token] >= 0) counts[blockOfToken[token]]++;
  }
  return counts;
}
