/** Operators as the Report keeps them: a tree short enough for a page, and the whole of it as CSV. */
import type { RunAnalysis } from '../../analysis/analyseRun.ts';
import { formatShare } from '../../analysis/format.ts';
import type { StageCoverage } from '../../analysis/operators/coverage.ts';
import { total, type ShareInterval, type StageShares } from '../../analysis/operators/operatorRows.ts';
import type { OperatorAnalysis } from '../../analysis/operators/operators.ts';
import type { TensorKernel } from '../../analysis/operators/tensorKernels.ts';
import { STAGE_GROUPS } from '../../analysis/stageGroups.ts';
import { categoryFacts } from '../../llama/kernels/categories.ts';
import { familyFacts } from '../../llama/kernels/families.ts';
import { toCsv } from '../csv.ts';
import { seconds, significant } from '../round.ts';
import type { Report } from '../schema.ts';
import type {
  ReportCoverage,
  ReportOperators,
  ReportStageShare,
  ReportTensorKernel,
} from '../schema/operators.ts';

/** Kernels of one operator beyond these stand in the CSV only. */
const SHOWN_KERNELS = 12;
/** And those below this share of both stages and of the run. */
const SMALLEST_SHARE = 0.001;
const DIGITS = 5;

/** Null without samples. */
export function operatorsSection({ operators, functions }: RunAnalysis): ReportOperators | null {
  if (!operators) return null;
  const shares = sharesIn(operators);
  const all = operators.rows.reduce((sum, row) => sum + total(row.samples), 0);
  const isWorthARow = (row: StageShares): boolean => {
    const { prefill, decode } = shares(row);
    return Math.max(total(row.samples) / all, prefill.share ?? 0, decode.share ?? 0) >= SMALLEST_SHARE;
  };
  return {
    stageSamples: operators.stageSamples,
    categories: operators.categories.map((category) => ({
      category: category.name,
      label: categoryFacts(category.name).label,
      samples: total(category.samples),
      ...shares(category),
      operators: category.operators.map((group) => {
        const shown = group.rows
          .slice(0, SHOWN_KERNELS)
          .filter((index) => isWorthARow(operators.rows[index]));
        return {
          operator: group.operator,
          shape: group.shape,
          samples: total(group.samples),
          ...shares(group),
          kernels: shown.map((index) => {
            const row = operators.rows[index];
            return {
              name: functions.functions[row.function].name,
              family: row.family,
              weightType: row.weightType,
              mayBeAttention: row.mayBeAttention,
              samples: total(row.samples),
              ...shares(row),
            };
          }),
          omittedKernels: group.rows.length - shown.length,
        };
      }),
    })),
    groups: operators.colourGroups.map((group) => ({ group: group.name, ...shares(group) })),
    coverage: [coverage(operators.coverage.prefill), coverage(operators.coverage.decode)],
    tensors: operators.tensorTypes.map(({ type, tensors, parameters, bytes, roles, kernels, notes }) => ({
      type,
      tensors,
      parameters,
      bytes,
      roles,
      kernels: kernels.map(tensorKernel),
      notes,
    })),
    untyped: operators.untypedProducts.map(tensorKernel),
    fallThrough: operators.fallThrough.map((row) => ({
      stage: row.stage,
      type: row.type,
      kernel: row.kernel,
      tensors: row.tensors,
      roles: row.roles,
      samples: row.samples,
      shareOfStage: significant(row.shareOfStage, DIGITS),
      shareOfProducts: significant(row.shareOfProducts, DIGITS),
      interval: interval(row.interval),
      kind: row.reason.kind,
      reason: row.reason.words,
      fix: row.reason.fix,
      familyInSameStage: row.familyInSameStage,
      familyInOtherStage: row.familyInOtherStage,
    })),
    f16: [...operators.cache.values()].map(({ reason }) => reason).join(' '),
    lanes: lanes(operators.lanes),
  };
}

function interval(ends: ShareInterval): ShareInterval {
  return ends && [significant(ends[0], DIGITS), significant(ends[1], DIGITS)];
}

function share(samples: number, whole: number, ends: ShareInterval): ReportStageShare {
  return {
    samples,
    share: whole === 0 ? null : significant(samples / whole, DIGITS),
    interval: interval(ends),
  };
}

/** Samples of each compared stage with their shares of it. */
function sharesIn({ stageSamples }: OperatorAnalysis) {
  return ({ samples, intervals }: StageShares) => ({
    prefill: share(samples[STAGE_GROUPS.indexOf('prefill')], stageSamples.prefill, intervals.prefill),
    decode: share(samples[STAGE_GROUPS.indexOf('decode')], stageSamples.decode, intervals.decode),
  });
}

function coverage(stage: StageCoverage): ReportCoverage {
  const parts = (rows: StageCoverage['families']) =>
    rows.map((row) => ({
      ...row,
      share: significant(row.share, DIGITS),
      interval: interval(row.interval),
    }));
  return {
    stage: stage.stage,
    products: share(stage.samples, stage.stageSamples, stage.interval),
    stageSamples: stage.stageSamples,
    families: parts(stage.families),
    shapes: parts(stage.shapes),
    mayBeAttention: stage.mayBeAttention,
    intervalReason: stage.intervalReason,
  };
}

function tensorKernel(kernel: TensorKernel): ReportTensorKernel {
  const { stage, name, family, shape, samples } = kernel;
  return {
    stage,
    name,
    family,
    shape,
    samples,
    share: significant(kernel.share, DIGITS),
    interval: interval(kernel.interval),
  };
}

type Lanes = NonNullable<OperatorAnalysis['lanes']>;

function lanes(comparison: Lanes | null): ReportOperators['lanes'] {
  if (!comparison) return null;
  const shares = (row: Lanes['rows'][number]['prefill']) => ({
    laneS: seconds(row.laneNs),
    spans: row.spans,
    laneShare: row.laneShare === null ? null : significant(row.laneShare, DIGITS),
    samples: row.samples,
    sampleShare: row.sampleShare === null ? null : significant(row.sampleShare, DIGITS),
  });
  const stage = ({
    laneNs,
    gemmNs,
    gemvNs,
    samples,
    samplesInLanes,
    sameOperator,
  }: Lanes['stages']['prefill']) => ({
    laneS: seconds(laneNs),
    gemmS: seconds(gemmNs),
    gemvS: seconds(gemvNs),
    samples,
    samplesInLanes,
    sameOperator,
  });
  return {
    sentence: comparison.sentence,
    rows: comparison.rows.map((row) => ({
      operator: row.operator,
      prefill: shares(row.prefill),
      decode: shares(row.decode),
    })),
    stages: { prefill: stage(comparison.stages.prefill), decode: stage(comparison.stages.decode) },
    products: comparison.products.map(({ node, shape, weights, prefill, decode }) => ({
      node,
      shape,
      weights,
      prefillS: seconds(prefill.laneNs),
      decodeS: seconds(decode.laneNs),
      spans: prefill.spans + decode.spans,
    })),
  };
}

/** Every kernel in every role, with samples by stage and the shares of the compared stages. */
export function operatorsCsv({ operators, functions }: RunAnalysis): string {
  const rows = operators
    ? operators.categories.flatMap(({ operators: groups }) => groups.flatMap((g) => g.rows))
    : [];
  const shares = operators && sharesIn(operators);
  return toCsv(
    [
      'category',
      'operator',
      'shape',
      'kernel',
      'image',
      'family',
      'weights',
      'samples all',
      ...STAGE_GROUPS.map((group) => `samples ${group}`),
      ...['prefill', 'decode'].flatMap((stage) => [
        `share of ${stage}`,
        `${stage} interval low`,
        `${stage} interval high`,
      ]),
    ],
    rows.map((index) => {
      const row = operators!.rows[index];
      const { prefill, decode } = shares!(row);
      const { name, image } = functions.functions[row.function];
      return [
        row.category,
        row.operator,
        row.shape,
        name,
        image,
        row.family,
        row.weightType,
        total(row.samples),
        ...row.samples,
        ...[prefill, decode].flatMap((part) => [
          part.share,
          part.interval?.[0] ?? null,
          part.interval?.[1] ?? null,
        ]),
      ];
    }),
  );
}

/** The sentence that opens the chapter. */
export function operatorsAnswer(operators: Report['operators']): string {
  if (!operators) return 'There are no samples: what ran cannot be told.';
  const stages = operators.coverage.filter(({ products }) => products.samples > 0);
  if (stages.length === 0) {
    return operators.stageSamples.prefill + operators.stageSamples.decode === 0
      ? 'Stages are not known, or no sample fell into them: operators stand for the whole run.'
      : 'No sample of Prefill or Decode lies in a matrix product.';
  }
  // The first share is that of the chapter's first chart; the others are of products with weights, which leave out what a
  // product calls besides its kernel.
  const products = operators.groups.find(({ group }) => group === 'matmul');
  const parts = stages.map((coverage, index) => {
    const { stage, stageSamples } = coverage;
    const samples = products?.[stage].samples ?? coverage.products.samples;
    const shares = coverage.families
      .slice(0, 2)
      .map(
        ({ name, samples: own }) =>
          `${formatShare(own, coverage.products.samples)} in ${familyFacts(name).label}`,
      );
    const what =
      index === 0 ? ' of its samples in matrix multiplication: of the products with weights, ' : ': ';
    return `${stage === 'prefill' ? 'Prefill' : 'Decode'} spends ${formatShare(samples, stageSamples)}${what}${shares.join(' and ')}`;
  });
  return `${parts.join('; ')}.`;
}
