/** The instruction that a stage's main kernel is made of: which peak its operations are measured against. */
import type { MatrixInstruction } from '../../arm/machines.ts';
import { isFloatType, weightTypeOf } from '../../llama/kernels/weightType.ts';
import type { KernelClass } from '../../llama/kernels/index.ts';
import type { KernelUse } from '../kernelUse.ts';
import { STAGE_GROUPS } from '../stageGroups.ts';
import type { RooflineStage } from './stageCalls.ts';

export interface StageInstruction {
  instruction: MatrixInstruction | null;
  /** The main kernel by samples; null without one. */
  kernel: string | null;
  /** How it is known, or why not. */
  reason: string;
}

/**
 * The instruction of the matrix-product kernel with most samples in a stage.
 *
 * @param features `system_info` of the run: ggml's dot products are compiled for what the build may use
 */
export function stageInstruction(
  use: KernelUse | null,
  nameOf: (functionIndex: number) => string,
  stage: RooflineStage,
  features: Readonly<Record<string, string>> | null,
): StageInstruction {
  const group = STAGE_GROUPS.indexOf(stage);
  const bySamples = new Map<number, number>();
  for (const row of use?.rows ?? []) {
    if (row.category !== 'matmul' || row.samples[group] === 0) continue;
    bySamples.set(row.function, (bySamples.get(row.function) ?? 0) + row.samples[group]);
  }
  const [main] = [...bySamples].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  if (!use || !main) {
    return { instruction: null, kernel: null, reason: 'no sample names the kernel that ran' };
  }
  const kernel = nameOf(main[0]);
  return { ...instructionOfKernel(use.classes[main[0]], stage, features), kernel };
}

const INT8_DOT_PRODUCTS = /^ggml_vec_dot_/;

function instructionOfKernel(
  kernel: KernelClass,
  stage: RooflineStage,
  features: Readonly<Record<string, string>> | null,
): Omit<StageInstruction, 'kernel'> {
  const { instruction, dtypes, normalised } = kernel;
  if (instruction === 'SDOT' || instruction === 'SMMLA') {
    return { instruction, reason: `${normalised} is made of ${instruction}` };
  }
  if (instruction === 'FMLA') {
    const format = dtypes.lhs === 'f16' && dtypes.dst !== 'f32' ? 'FMLA fp16' : 'FMLA fp32';
    return { instruction: format, reason: `${normalised} is made of ${format}` };
  }
  if (instruction !== null) {
    return { instruction: null, reason: `${normalised} is made of ${instruction}, whose peak is not known` };
  }
  const weights = weightTypeOf(kernel);
  // One row at a time leaves SMMLA's second row empty: ggml asks for it with two rows only.
  if (stage === 'decode' && INT8_DOT_PRODUCTS.test(normalised) && weights !== null && !isFloatType(weights)) {
    return features?.DOTPROD === '1'
      ? { instruction: 'SDOT', reason: `${normalised} of a build with DOTPROD is made of SDOT` }
      : { instruction: null, reason: `what ${normalised} is made of depends on the build` };
  }
  return { instruction: null, reason: `the name ${normalised} does not say what it is made of` };
}
