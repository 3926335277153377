/** Which kernels run in a stage, and in which shape its matrix products are computed. */
import { weightTypeOf } from '../../llama/kernels/weightType.ts';
import { shapeInStage, type StackClass } from '../kernelUse.ts';
import { quantity } from '../quantity.ts';
import { enumeration, finding, name, say, value, type Finding, type Sentence } from './finding.ts';
import { IMPORTANCE } from './importance.ts';
import {
  COMPUTE_STAGES,
  LEAST_STAGE_SAMPLES,
  samplesWhere,
  shareOfStage,
  STAGE_TITLE,
  type FindingInput,
  type StageView,
} from './input.ts';

/** Kernels are named until they hold this share together; none below the second share is. */
const ENOUGH_PERCENT = 60;
const LEAST_PERCENT = 10;
const MOST_KERNELS = 3;

/** The functions that hold most samples of each stage. */
export function dominantKernels(input: FindingInput): Finding[] {
  return COMPUTE_STAGES.flatMap((stage) => dominantIn(input, input.stages[stage]));
}

function dominantIn(input: FindingInput, view: StageView): Finding[] {
  if (view.samples.length < LEAST_STAGE_SAMPLES) return [];
  const { stage } = view;
  const functions: string[] = [];
  const parts: Sentence[] = [];
  let named = 0;
  for (const [index, samples] of largestFunctions(view)) {
    const percent = (100 * samples) / view.samples.length;
    if (parts.length === MOST_KERNELS || percent < LEAST_PERCENT || named >= ENOUGH_PERCENT) break;
    const share = shareOfStage(
      input,
      view,
      'self samples of the function ÷ samples of the stage',
      (of) => of.function === index,
    );
    const kernel = input.run.functions.functions[index].name;
    const verb = name(parts.length === 0 ? 'are ' : '');
    const part = say`${value(`share of ${kernel}`, share)} ${verb}in ${name(kernel)}`;
    if (part) parts.push(part);
    functions.push(kernel);
    named += percent;
  }
  if (parts.length === 0) return [];
  return finding(
    {
      id: `dominant-kernels-${stage}`,
      kind: 'kernels',
      importance: stage === 'decode' ? IMPORTANCE.dominantDecode : IMPORTANCE.dominantPrefill,
      evidence: { chart: 'functions', chapter: 'functions', selection: { stage, functions } },
    },
    say`Of ${name(STAGE_TITLE[stage])}’s samples, ${enumeration(parts)}.`,
  );
}

/** Functions by self samples, most first. */
function largestFunctions(view: StageView): [index: number, samples: number][] {
  const counts = new Map<number, number>();
  view.stackClasses.forEach((of, row) => {
    const samples = view.samplesOfClass[row + 1];
    if (samples > 0) counts.set(of.function, (counts.get(of.function) ?? 0) + samples);
  });
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
}

/** True for samples in matrix products of weights; attention has a category of its own. */
export function isWeightProduct(of: StackClass | null): of is StackClass {
  return of !== null && of.kernel.shape !== null && ['matmul', 'blas'].includes(of.kernel.category);
}

/** GEMM in Prefill, GEMV in Decode: what the stage's shape asks for, and what its kernels are. */
export function matmulShape(input: FindingInput): Finding[] {
  const { prefill, decode } = input.stages;
  if (samplesWhere(prefill, isWeightProduct) < LEAST_STAGE_SAMPLES) return [];
  if (samplesWhere(decode, isWeightProduct) < LEAST_STAGE_SAMPLES) return [];
  const shapeShare = (view: StageView, shape: 'GEMM' | 'GEMV') =>
    shareOfStage(
      input,
      view,
      `samples in ${shape} kernels ÷ samples in matrix products of weights; kernels that do both take the stage’s shape, those of the output layer alone one row`,
      (of) => shapeInStage(of, view.stage) === shape,
      isWeightProduct,
    );
  const shares = say`Of the samples in matrix products of weights, ${value('Prefill in GEMM', shapeShare(prefill, 'GEMM'))} of Prefill’s are GEMM and ${value('Decode in GEMV', shapeShare(decode, 'GEMV'))} of Decode’s GEMV`;
  if (shares === null) return [];
  const isBoth = (of: StackClass): boolean =>
    isWeightProduct(of) && of.kernel.shape === 'AMBIGUOUS' && !of.isOutputAlone;
  const servesBoth = samplesWhere(prefill, isBoth) + samplesWhere(decode, isBoth) > 0;
  return finding(
    {
      id: 'matmul-shape',
      kind: 'kernels',
      importance: IMPORTANCE.matmulShape,
      evidence: { chart: null, chapter: 'operators', selection: {} },
    },
    servesBoth ? say`${shares}; functions that serve both count by the stage.` : say`${shares}.`,
  );
}

/** Rows of a GEMM kernel of ggml's repacked weights: the rest of a batch runs row by row (repack.cpp, `nrows > 3`). */
const REPACK_ROWS = 4;
/** Fewer samples than this show that such kernels run, not how much. */
const LEAST_TAIL_SAMPLES = 5;

/** GEMV kernels in Prefill: rows left over a multiple of four, and the last layer's one row. */
export function tailRows(input: FindingInput): Finding[] {
  const { run } = input;
  const view = input.stages.prefill;
  const isTail = (of: StackClass): boolean => isWeightProduct(of) && shapeInStage(of, 'prefill') === 'GEMV';
  if (
    samplesWhere(view, isTail) < LEAST_TAIL_SAMPLES ||
    samplesWhere(view, isWeightProduct) < LEAST_STAGE_SAMPLES
  )
    return [];
  const share = shareOfStage(
    input,
    view,
    'samples in GEMV kernels ÷ samples in matrix products of weights',
    isTail,
    isWeightProduct,
  );
  const isLeftOver = leftOverByGemm(view, isTail);
  const mostlyLeftOver = 2 * samplesWhere(view, isLeftOver) > samplesWhere(view, isTail);
  const microBatch = run.profile.settings?.microBatch ?? Infinity;
  const leftOver = run.timeline.tokens
    .filter((token) => token.stage === 'prefill')
    .reduce((rows, token) => rows + leftOverRows(token.nEval, microBatch), 0);
  const facts = {
    id: 'tail-rows-prefill',
    kind: 'kernels',
    importance: IMPORTANCE.tailRows,
    evidence: { chart: 'functions', chapter: 'operators', selection: { stage: 'prefill' } },
  } as const;
  const begin = say`Prefill runs ${value('share', share)} of its matrix-product samples in GEMV kernels`;
  if (begin === null) return [];
  if (!mostlyLeftOver || leftOver === 0) {
    return finding(facts, say`${begin}: the end of the last layer and the output evaluate one row only.`);
  }
  const rows = (count: number, formula: string) => quantity(count, 'rows', 'counted', { formula });
  return finding(
    facts,
    say`${begin}: ${value('left over', rows(leftOver, 'tokens of each micro-batch modulo the rows of the kernel, summed'))} are left over where its GEMM kernel takes ${value('at a time', rows(REPACK_ROWS, 'rows of ggml’s repacked GEMM kernels'))} at a time.`,
  );
}

/** True for repacked GEMV kernels of weights that the stage multiplies in a repacked GEMM kernel as well. */
function leftOverByGemm(view: StageView, isTail: (of: StackClass) => boolean): (of: StackClass) => boolean {
  const isRepacked = ({ kernel }: StackClass): boolean => kernel.family === 'repack';
  const inGemm = new Set<string | null>();
  for (const row of new Set(view.classes)) {
    const of = row < 0 ? null : view.stackClasses[row];
    if (of && isRepacked(of) && of.kernel.shape === 'GEMM') inGemm.add(weightTypeOf(of.kernel));
  }
  return (of) => isTail(of) && isRepacked(of) && inGemm.has(weightTypeOf(of.kernel));
}

function leftOverRows(tokens: number, microBatch: number): number {
  const whole = Number.isFinite(microBatch) ? Math.floor(tokens / microBatch) : 0;
  const last = Number.isFinite(microBatch) ? tokens % microBatch : tokens;
  return whole * (Number.isFinite(microBatch) ? microBatch % REPACK_ROWS : 0) + (last % REPACK_ROWS);
}
