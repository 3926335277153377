/** What each stage computes: operators and kernels, coverage, tensors that fell through, and lanes beside stacks. */
import { categoryFacts } from '../../llama/kernels/index.ts';
import type { StageTimeline } from '../../llama/types.ts';
import type { Profile, Warning } from '../../profile/types.ts';
import type { FunctionTable } from '../../symbols/types.ts';
import type { SampleAttribution } from '../attribution.ts';
import type { KernelUse } from '../kernelUse.ts';
import type { TokenBlocks } from '../tokenBlocks.ts';
import type { Weight } from '../weight.ts';
import { stageCoverage, type StageCoverage } from './coverage.ts';
import { cacheProducts, type CacheProductsByType } from './cacheProducts.ts';
import { compareLanes, type LaneComparison } from './lanes.ts';
import { nodeOperators } from './nodeOfStack.ts';
import {
  categoryPlace,
  groupRows,
  operatorRows,
  stageBasis,
  total,
  type ComparedStage,
  type OperatorGroup,
  type OperatorRow,
} from './operatorRows.ts';
import { tensorKernels, type FallThrough, type TensorKernel, type TensorType } from './tensorKernels.ts';

/** A named group of rows. */
export interface NamedGroup extends OperatorGroup {
  name: string;
}

/** One category with its operators. */
export interface CategoryGroup extends NamedGroup {
  /** Operators and shapes within it, most samples first: `MUL_MAT GEMM`. */
  operators: (OperatorGroup & { operator: string | null; shape: OperatorRow['shape'] })[];
}

export interface OperatorAnalysis {
  rows: OperatorRow[];
  /** In the order of tables: the model's work first. */
  categories: CategoryGroup[];
  /** The groups that charts tell apart by colour. */
  colourGroups: NamedGroup[];
  stageSamples: Record<ComparedStage, number>;
  /** Why shares of a stage have no interval; null when they have. */
  intervalReasons: Record<ComparedStage, string | null>;
  coverage: Record<ComparedStage, StageCoverage>;
  /** What products with operands of the KV cache's types were taken for. */
  cache: CacheProductsByType;
  tensorTypes: TensorType[];
  /** Products whose names state no type of weights. */
  untypedProducts: TensorKernel[];
  /** Weights in dot products by stage, largest share of its stage first. */
  fallThrough: FallThrough[];
  lanes: LaneComparison | null;
  warnings: Warning[];
}

/** What the analysis of operators is made of. */
export interface OperatorInputs {
  profile: Profile;
  functions: FunctionTable;
  timeline: StageTimeline;
  attribution: SampleAttribution;
  weight: Weight | null;
  kernelUse: KernelUse | null;
  blocks: Record<ComparedStage, TokenBlocks>;
}

/** Null without samples. */
export function analyseOperators(inputs: OperatorInputs): OperatorAnalysis | null {
  const { profile, functions, timeline, attribution, weight, kernelUse: use, blocks } = inputs;
  if (!weight || !use || use.rows.length === 0) return null;
  const bases = {
    prefill: stageBasis(profile, use, weight, attribution, blocks.prefill),
    decode: stageBasis(profile, use, weight, attribution, blocks.decode),
  };
  const usesFlashAttention = use.rows.some((row) => row.operator === 'FLASH_ATTN_EXT');
  const cache = cacheProducts(profile, usesFlashAttention);
  const rows = operatorRows(use, cache, bases);
  const tensors = tensorKernels(profile, functions, rows, bases);
  const lanes = compareLanes(
    profile,
    timeline,
    attribution,
    weight,
    profile.spans.length === 0 ? null : nodeOperators(profile, functions, use, cache, usesFlashAttention),
  );
  return {
    rows,
    categories: categories(rows, bases),
    colourGroups: [...groupRows(rows, bases, (row) => categoryFacts(row.category).group)].map(
      ([name, group]) => ({ name, ...group }),
    ),
    stageSamples: { prefill: bases.prefill.samples, decode: bases.decode.samples },
    intervalReasons: { prefill: bases.prefill.blocks.reason, decode: bases.decode.blocks.reason },
    coverage: {
      prefill: stageCoverage(rows, bases.prefill),
      decode: stageCoverage(rows, bases.decode),
    },
    cache,
    tensorTypes: tensors.types,
    untypedProducts: tensors.untyped,
    fallThrough: tensors.fallThrough,
    lanes,
    warnings: tensors.warnings,
  };
}

function categories(rows: readonly OperatorRow[], bases: Parameters<typeof groupRows>[1]): CategoryGroup[] {
  const byOperator = groupRows(rows, bases, (row) => `${row.category}\n${row.operator}\n${row.shape}`);
  const operators = Map.groupBy(byOperator.values(), (group) => rows[group.rows[0]].category);
  return [...groupRows(rows, bases, (row) => row.category)]
    .map(([name, group]): CategoryGroup => ({
      name,
      ...group,
      operators: (operators.get(name) ?? []).map((operator) => {
        const [first] = operator.rows;
        return { ...operator, operator: rows[first].operator, shape: rows[first].shape };
      }),
    }))
    .sort((a, b) => categoryPlace(a.name) - categoryPlace(b.name) || total(b.samples) - total(a.samples));
}
