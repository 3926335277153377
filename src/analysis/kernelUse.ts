/** What the samples of each stage were spent on: category → operator → kernel, refined by callers and by stage. */
import {
  classifyKernel,
  extendContext,
  NO_CONTEXT,
  refineByContext,
  weightTypeOf,
  type CallContext,
  type KernelClass,
  type KernelFamily,
} from '../llama/kernels/index.ts';
import { typesOfOutputAlone } from '../llama/rooflineTensors.ts';
import type { Profile } from '../profile/types.ts';
import type { FunctionTable } from '../symbols/types.ts';
import { STAGE_GROUPS } from './stageGroups.ts';
import type { Weight } from './weight.ts';

/** Row of {@link KernelUse.rows}. */
export interface KernelUseRow {
  index: number;
  category: string;
  operator: string | null;
  /** Shape of a matrix product: of the kernel, or for kernels that do both, of what it multiplied ({@link shapeInStage}). */
  shape: 'GEMM' | 'GEMV' | 'AMBIGUOUS' | null;
  family: KernelFamily | null;
  /** Row of the FunctionTable. */
  function: number;
  /** Samples by stage group (rows of STAGE_GROUPS). */
  samples: number[];
}

export interface KernelUse {
  rows: KernelUseRow[];
  /** Class of every function by its name alone. */
  classes: KernelClass[];
  /** For each stack the row of `stackClasses`, so that callers of the same leaf share one. */
  classOfStack: Int32Array;
  stackClasses: StackClass[];
  /** Row of `rows` by stage group and row of `stackClasses`; -1 where no sample fell. */
  rowOfClass: Int32Array[];
}

/** A leaf function in the light of its callers. */
export interface StackClass {
  function: number;
  kernel: KernelClass;
  /** A product with weights of a type that only the output layer has. */
  isOutputAlone: boolean;
}

/**
 * Classifies the leaf of every stack in the context of its callers, and counts samples.
 *
 * @param groupOfSample stage group per row of the sample table
 */
export function kernelUse(
  profile: Profile,
  functions: FunctionTable,
  weight: Weight,
  groupOfSample: Uint8Array,
): KernelUse {
  const classes = functions.functions.map((row) => classifyKernel(row.name, row.rawName));
  const outputTypes = typesOfOutputAlone(profile.model);
  const { classOfStack, stackClasses } = classifyStacks(profile, functions, classes, outputTypes);

  const rows = new Map<string, KernelUseRow>();
  const { samples } = profile;
  const counts = STAGE_GROUPS.map(() => new Float64Array(stackClasses.length));
  for (let at = 0; at < weight.rows.length; at++) {
    const row = weight.rows[at];
    const stack = samples.stack[row];
    if (stack >= 0) counts[groupOfSample[row]][classOfStack[stack]]++;
  }
  const rowOfClass = STAGE_GROUPS.map(() => new Int32Array(stackClasses.length).fill(-1));
  stackClasses.forEach((of, row) => {
    const { function: index, kernel } = of;
    STAGE_GROUPS.forEach((stage, group) => {
      const count = counts[group][row];
      if (count === 0) return;
      const shape = shapeInStage(of, stage);
      const key = `${kernel.category}\n${kernel.operator}\n${shape}\n${index}`;
      let entry = rows.get(key);
      if (!entry) {
        entry = {
          index: rows.size,
          category: kernel.category,
          operator: kernel.operator,
          shape,
          family: kernel.family,
          function: index,
          samples: STAGE_GROUPS.map(() => 0),
        };
        rows.set(key, entry);
      }
      entry.samples[group] += count;
      rowOfClass[group][row] = entry.index;
    });
  });
  return { rows: [...rows.values()], classes, classOfStack, stackClasses, rowOfClass };
}

/**
 * A kernel that does both shapes does what its stage asks for: one token is a vector. The output layer takes a vector in
 * every stage: of a prompt only the last token's logits are wanted.
 */
export function shapeInStage(
  { kernel, isOutputAlone }: StackClass,
  stage: (typeof STAGE_GROUPS)[number],
): KernelUseRow['shape'] {
  if (kernel.shape !== 'AMBIGUOUS') return kernel.shape;
  if (isOutputAlone) return 'GEMV';
  return stage === 'prefill' ? 'GEMM' : stage === 'decode' ? 'GEMV' : 'AMBIGUOUS';
}

/** One pass over the stacks: the context of a stack is its prefix's, extended by the prefix's own function. */
function classifyStacks(
  { stacks }: Profile,
  functions: FunctionTable,
  classes: readonly KernelClass[],
  outputTypes: ReadonlySet<string>,
): Pick<KernelUse, 'classOfStack' | 'stackClasses'> {
  const contexts: CallContext[] = [NO_CONTEXT];
  const contextRows = new Map<CallContext, number>([[NO_CONTEXT, 0]]);
  /** Context of what a stack's top frame calls. */
  const contextBelow = new Int32Array(stacks.length);
  const classOfStack = new Int32Array(stacks.length);
  const stackClasses: StackClass[] = [];
  const classRows = new Map<string, number>();
  /** `context,function` → context below: contexts are few, so each step is computed once. */
  const steps = new Map<number, number>();

  for (let stack = 0; stack < stacks.length; stack++) {
    const prefix = stacks.prefix[stack];
    const index = functions.functionOfFrame[stacks.frame[stack]];
    const context = prefix < 0 ? 0 : contextBelow[prefix];

    const refined = refineByContext(classes[index], contexts[context]);
    const key = `${index}\n${refined.category}\n${refined.operator}`;
    let row = classRows.get(key);
    if (row === undefined) {
      const isOutputAlone = refined.category === 'matmul' && outputTypes.has(weightTypeOf(refined) ?? '');
      row = stackClasses.push({ function: index, kernel: refined, isOutputAlone }) - 1;
      classRows.set(key, row);
    }
    classOfStack[stack] = row;

    const step = context * classes.length + index;
    let below = steps.get(step);
    if (below === undefined) {
      const extended = extendContext(contexts[context], classes[index]);
      below = contextRows.get(extended) ?? contexts.findIndex((known) => sameContext(known, extended));
      if (below < 0) {
        below = contexts.push(extended) - 1;
        contextRows.set(extended, below);
      }
      steps.set(step, below);
    }
    contextBelow[stack] = below;
  }
  return { classOfStack, stackClasses };
}

function sameContext(a: CallContext, b: CallContext): boolean {
  return a.operator === b.operator && a.inFlashAttention === b.inFlashAttention;
}

/** Share of matrix-product samples by kernel family, and GEMM against GEMV, in one stage. */
export interface MatmulCoverage {
  samples: number;
  byFamily: { family: string; samples: number }[];
  byShape: Record<'GEMM' | 'GEMV' | 'AMBIGUOUS', number>;
}

/** Matrix products of one stage group: which code ran them, and in which shape. */
export function matmulCoverage(use: KernelUse, group: number): MatmulCoverage {
  const byFamily = new Map<string, number>();
  const byShape = { GEMM: 0, GEMV: 0, AMBIGUOUS: 0 };
  let samples = 0;
  for (const row of use.rows) {
    if (row.shape === null || (row.category !== 'matmul' && row.category !== 'blas')) continue;
    const count = row.samples[group];
    if (count === 0) continue;
    samples += count;
    byShape[row.shape] += count;
    const family = row.family ?? 'unnamed';
    byFamily.set(family, (byFamily.get(family) ?? 0) + count);
  }
  return {
    samples,
    byFamily: [...byFamily]
      .map(([family, count]) => ({ family, samples: count }))
      .sort((a, b) => b.samples - a.samples || (a.family < b.family ? -1 : 1)),
    byShape,
  };
}
