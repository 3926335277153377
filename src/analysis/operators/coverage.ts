/** Which code runs the matrix products of a stage, and in which shape. */
import { resampledWhole } from '../tokenBlocks.ts';
import {
  intervalOfRows,
  sumOfRows,
  type ComparedStage,
  type OperatorRow,
  type ShareInterval,
  type StageBasis,
} from './operatorRows.ts';

/** A part of the stage's matrix-product samples. */
export interface CoveragePart {
  name: string;
  samples: number;
  /** Of the stage's matrix-product samples, 0…1. */
  share: number;
  interval: ShareInterval;
}

export interface StageCoverage {
  stage: ComparedStage;
  /** Samples in matrix products with weights; attention is not among them. */
  samples: number;
  stageSamples: number;
  /** Interval of samples ÷ stageSamples. */
  interval: ShareInterval;
  /** KleidiAI, repack, generic (ggml's dot products and drivers), tinyBLAS, BLAS: those that ran, most first. */
  families: CoveragePart[];
  /** GEMM, GEMV, AMBIGUOUS: those that ran, most first. */
  shapes: CoveragePart[];
  /** Samples among them that may be attention. */
  mayBeAttention: number;
  /** Why there are no intervals; null when there are. */
  intervalReason: string | null;
}

/** True for a matrix product with weights. */
export function isWeightProduct(row: Pick<OperatorRow, 'category' | 'shape'>): boolean {
  return row.shape !== null && (row.category === 'matmul' || row.category === 'blas');
}

/** Coverage of one stage; a stage without matrix products has no parts. */
export function stageCoverage(rows: readonly OperatorRow[], basis: StageBasis): StageCoverage {
  const products = [...rows.keys()].filter(
    (index) => isWeightProduct(rows[index]) && rows[index].samples[basis.group] > 0,
  );
  const samplesOf = (indexes: readonly number[]): number =>
    indexes.reduce((sum, index) => sum + rows[index].samples[basis.group], 0);
  const samples = samplesOf(products);
  const allProducts = resampledWhole(basis.blocks, sumOfRows(basis, products));
  const partsBy = (nameOf: (row: OperatorRow) => string): CoveragePart[] =>
    [...Map.groupBy(products, (index) => nameOf(rows[index]))]
      .map(([name, indexes]) => ({
        name,
        samples: samplesOf(indexes),
        share: samplesOf(indexes) / samples,
        interval: intervalOfRows(basis, indexes, allProducts),
      }))
      .sort((a, b) => b.samples - a.samples || (a.name < b.name ? -1 : 1));
  return {
    stage: basis.stage,
    samples,
    stageSamples: basis.samples,
    interval: intervalOfRows(basis, products),
    families: partsBy((row) => row.family ?? 'unnamed'),
    shapes: partsBy((row) => row.shape ?? 'AMBIGUOUS'),
    mayBeAttention: samplesOf(products.filter((index) => rows[index].mayBeAttention)),
    intervalReason: basis.blocks.reason,
  };
}
