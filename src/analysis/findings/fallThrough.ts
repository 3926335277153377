/** Weights whose matrix products run in ggml's plain dot products although this run or a later build has kernels for them. */
import type { StackClass } from '../kernelUse.ts';
import type { FallThrough } from '../operators/tensorKernels.ts';
import { quantity } from '../quantity.ts';
import { finding, name, say, value, type Finding } from './finding.ts';
import { IMPORTANCE } from './importance.ts';
import {
  LEAST_STAGE_SAMPLES,
  shareOfStage,
  STAGE_TITLE,
  weightPerToken,
  type FindingInput,
} from './input.ts';
import { isWeightProduct } from './kernels.ts';

/** Share of a stage's samples from which weights in dot products are worth a sentence. */
const LEAST_SHARE = 0.05;

export function fallThrough(input: FindingInput): Finding[] {
  return (input.run.operators?.fallThrough ?? [])
    .filter(({ stage, shareOfStage: share }) => {
      return share >= LEAST_SHARE && input.stages[stage].samples.length >= LEAST_STAGE_SAMPLES;
    })
    .flatMap((row) => sentenceOf(input, row));
}

function sentenceOf(input: FindingInput, row: FallThrough): Finding[] {
  const { run } = input;
  const view = input.stages[row.stage];
  const isKernel = (of: StackClass): boolean => of.function === row.function && isWeightProduct(of);
  const share = shareOfStage(input, view, 'samples of the kernel ÷ samples of the stage', isKernel);
  const cost = weightPerToken(input, view, isKernel);
  const count = quantity(row.tensors, row.tensors === 1 ? 'tensor' : 'tensors', 'counted', {
    formula: 'tensors of this type that a token is multiplied with, from the model file',
  });
  const weights =
    row.tensors === 0
      ? say`weights of type ${name(row.type)} fall`
      : row.familyInSameStage !== null && row.tensors > 1
        ? say`some of the ${value('tensors', count)} of type ${name(row.type)} fall`
        : say`${value('tensors', count)} of type ${name(row.type)} ${name(row.tensors === 1 ? 'falls' : 'fall')}`;
  const begin =
    weights &&
    say`In ${name(STAGE_TITLE[row.stage])}, ${weights} through to ${name(row.kernel)}: ${value('share', share)} of the samples`;
  if (!begin) return [];
  // Only a count of instructions is a cost that does not depend on the machine.
  const costly =
    cost && run.weight?.unit === 'instructions'
      ? say`${begin}, ${value('cost of a token', cost)} a token`
      : begin;
  const other = row.stage === 'decode' ? STAGE_TITLE.prefill : STAGE_TITLE.decode;
  const isAvoidable = row.familyInOtherStage !== null;
  return finding(
    {
      id: `fall-through-${row.stage}-${row.type.toLowerCase().replaceAll('_', '-')}`,
      kind: 'kernels',
      importance: isAvoidable ? IMPORTANCE.fallThroughAvoidable : IMPORTANCE.fallThrough,
      evidence: {
        chart: 'functions',
        chapter: 'operators',
        selection: { stage: row.stage, functions: [row.kernel] },
      },
    },
    costly &&
      (isAvoidable
        ? say`${costly}; in ${name(other)} the same weights run in ${name(row.familyInOtherStage ?? '')}.`
        : say`${costly}.`),
  );
}
