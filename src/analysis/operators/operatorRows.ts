/** Category → operator → shape → kernel, with samples by stage and intervals of the shares of Prefill and Decode. */
import { CATEGORY_ORDER, type KernelFamily } from '../../llama/kernels/index.ts';
import { weightTypeOf } from '../../llama/kernels/weightType.ts';
import type { Profile } from '../../profile/types.ts';
import type { SampleAttribution } from '../attribution.ts';
import type { KernelUse } from '../kernelUse.ts';
import { STAGE_GROUPS } from '../stageGroups.ts';
import { ratioInterval, resampledWhole, type ResampledWhole, type TokenBlocks } from '../tokenBlocks.ts';
import type { Weight } from '../weight.ts';
import { mayMultiplyCache, type CacheProductsByType } from './cacheProducts.ts';

/** Stages whose shares have intervals: those that are made of calls. */
export const COMPARED_STAGES = ['prefill', 'decode'] as const;
export type ComparedStage = (typeof COMPARED_STAGES)[number];

/** Ends of a 95 % interval of a share, 0…1; null where the stage has too few calls. */
export type ShareInterval = [low: number, high: number] | null;

/** Samples of something by stage group (rows of STAGE_GROUPS), and how sure its shares of the two stages are. */
export interface StageShares {
  samples: number[];
  intervals: Record<ComparedStage, ShareInterval>;
}

/** One kernel in one role. */
export interface OperatorRow extends StageShares {
  category: string;
  operator: string | null;
  shape: 'GEMM' | 'GEMV' | 'AMBIGUOUS' | null;
  family: KernelFamily | null;
  /** Type of weights that the kernel's name states; null when it does not. */
  weightType: string | null;
  /** The same kernel serves weights and attention, and nothing tells which this was. */
  mayBeAttention: boolean;
  /** Row of the FunctionTable. */
  function: number;
}

/** The samples of the compared stages divided by blocks of calls: what shares and intervals are made of. */
export interface StageBasis {
  stage: ComparedStage;
  /** Row of STAGE_GROUPS. */
  group: number;
  /** All samples of the stage. */
  samples: number;
  blocks: TokenBlocks;
  /** Samples by row of KernelUse.rows and block; null for rows without any. */
  rowBlocks: (Float64Array | null)[];
  /** The samples of the stage, whatever their row. */
  all: ResampledWhole;
}

/** An interval of fewer samples says nothing; a run may have thousands of functions below this share of a stage. */
const LEAST_SAMPLES = 10;
const LEAST_SHARE = 0.001;

/** Divides the samples of a stage by kernel row and block of calls. One pass over the samples. */
export function stageBasis(
  profile: Profile,
  use: KernelUse,
  weight: Weight,
  attribution: SampleAttribution,
  blocks: TokenBlocks,
): StageBasis {
  const stage = blocks.stage as ComparedStage;
  const group = STAGE_GROUPS.indexOf(stage);
  const rowBlocks: (Float64Array | null)[] = use.rows.map(() => null);
  const allBlocks = new Float64Array(blocks.blocks);
  const rowOfClass = use.rowOfClass[group];
  const { group: groupOfSample, token: tokenOfSample } = attribution;
  const stackOfSample = profile.samples.stack;
  let samples = 0;
  for (let at = 0; at < weight.rows.length; at++) {
    const sample = weight.rows[at];
    if (groupOfSample[sample] !== group) continue;
    samples++;
    const token = tokenOfSample[sample];
    const block = token < 0 ? -1 : blocks.blockOfToken[token];
    if (block < 0) continue;
    allBlocks[block]++;
    const stack = stackOfSample[sample];
    const row = stack < 0 ? -1 : rowOfClass[use.classOfStack[stack]];
    if (row < 0) continue;
    const column = (rowBlocks[row] ??= new Float64Array(blocks.blocks));
    column[block]++;
  }
  return {
    stage,
    group,
    samples,
    blocks,
    rowBlocks,
    all: resampledWhole(blocks, allBlocks),
  };
}

/** Sum of the columns of some rows. */
export function sumOfRows(basis: StageBasis, rows: readonly number[]): Float64Array {
  const sum = new Float64Array(basis.blocks.blocks);
  for (const row of rows) {
    const column = basis.rowBlocks[row];
    if (column) for (let block = 0; block < sum.length; block++) sum[block] += column[block];
  }
  return sum;
}

/** Interval of the share that some rows have of a whole; the stage's samples unless another whole is given. */
export function intervalOfRows(
  basis: StageBasis,
  rows: readonly number[],
  whole: ResampledWhole = basis.all,
): ShareInterval {
  if (basis.blocks.reason !== null) return null;
  let samples = 0;
  for (const row of rows) {
    const column = basis.rowBlocks[row];
    if (column) for (let block = 0; block < column.length; block++) samples += column[block];
  }
  return samples < Math.max(LEAST_SAMPLES, LEAST_SHARE * basis.samples)
    ? null
    : ratioInterval(basis.blocks, sumOfRows(basis, rows), whole);
}

/** The rows of kernelUse with their roles decided, in the same order: row i belongs to `use.rows[i]`. */
export function operatorRows(
  use: KernelUse,
  cache: CacheProductsByType,
  bases: Record<ComparedStage, StageBasis>,
): OperatorRow[] {
  return use.rows.map((row, index) => {
    const weightType = row.shape === null ? null : weightTypeOf(use.classes[row.function]);
    const product = mayMultiplyCache(row, weightType) ? cache.get(weightType ?? '') : undefined;
    const role = !product
      ? { category: row.category, operator: row.operator }
      : product.meaning === 'attention'
        ? { category: 'attention', operator: 'MUL_MAT_KQ_KQV' }
        : { category: 'matmul', operator: 'MUL_MAT' };
    return {
      ...role,
      shape: row.shape,
      family: row.family,
      weightType,
      mayBeAttention: product?.meaning === 'ambiguous',
      function: row.function,
      samples: row.samples,
      intervals: intervalsOf(bases, [index]),
    };
  });
}

function intervalsOf(
  bases: Record<ComparedStage, StageBasis>,
  rows: readonly number[],
): Record<ComparedStage, ShareInterval> {
  return {
    prefill: intervalOfRows(bases.prefill, rows),
    decode: intervalOfRows(bases.decode, rows),
  };
}

/** Rows that belong together, under their common name. */
export interface OperatorGroup extends StageShares {
  /** Rows of the OperatorRow table, most samples first. */
  rows: number[];
}

/** Groups rows by a key; groups with most samples first. */
export function groupRows<Key extends string>(
  rows: readonly OperatorRow[],
  bases: Record<ComparedStage, StageBasis>,
  keyOf: (row: OperatorRow) => Key,
): Map<Key, OperatorGroup> {
  const members = Map.groupBy(rows.keys(), (index) => keyOf(rows[index]));
  return new Map(
    [...members]
      .map(([key, indexes]): [Key, OperatorGroup] => {
        const samples = STAGE_GROUPS.map((_, group) =>
          indexes.reduce((sum, index) => sum + rows[index].samples[group], 0),
        );
        indexes.sort((a, b) => total(rows[b].samples) - total(rows[a].samples) || a - b);
        return [key, { rows: indexes, samples, intervals: intervalsOf(bases, indexes) }];
      })
      .sort(([, a], [, b]) => total(b.samples) - total(a.samples)),
  );
}

export function total(samples: readonly number[]): number {
  return samples.reduce((sum, count) => sum + count, 0);
}

/** Place of a category in tables. */
export function categoryPlace(category: string): number {
  const place = (CATEGORY_ORDER as readonly string[]).indexOf(category);
  return place < 0 ? CATEGORY_ORDER.length : place;
}
