/**
 * Whether products with F16 operands are attention (keys and values in an F16 cache) or weights: their kernels have one
 * name. The model's tensors decide, and whether attention runs in a function of its own (flash attention).
 */
import { tensorDemands } from '../../llama/rooflineTensors.ts';
import type { ModelInfo } from '../../profile/types.ts';

export interface F16Meaning {
  meaning: 'attention' | 'weights' | 'ambiguous';
  /** Why, a sentence. */
  reason: string;
}

/** What products with F16 operands outside flash attention are in this run. */
export function meaningOfF16Products(model: ModelInfo | null, usesFlashAttention: boolean): F16Meaning {
  if (!model?.tensors) {
    const isF16File = /^(?:MOSTLY_)?F16$/i.test(model?.fileType ?? '');
    if (!isF16File) {
      return {
        meaning: 'attention',
        reason: 'Products with F16 operands are taken as attention: the model’s tensors are not at hand.',
      };
    }
  } else if (f16Matrices(model) === 0) {
    return {
      meaning: 'attention',
      reason: 'Products with F16 operands are attention: no weight matrix of the model is F16.',
    };
  }
  const weights = model?.tensors
    ? `${f16Matrices(model)} weight matrices of the model are F16`
    : 'the model is an F16 file';
  return usesFlashAttention
    ? {
        meaning: 'weights',
        reason: `Products with F16 operands outside flash attention are weights: ${weights}, and attention runs in flash attention.`,
      }
    : {
        meaning: 'ambiguous',
        reason: `Products with F16 operands may be weights or attention: ${weights}, and attention runs in the same kernels. They stand under matrix multiplication.`,
      };
}

function f16Matrices(model: ModelInfo): number {
  return tensorDemands(model, 1).filter(
    ({ type, role }) => type === 'f16' && (role === 'matmul' || role === 'experts' || role === 'output'),
  ).length;
}
