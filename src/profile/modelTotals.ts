/** Sums over a model's tensor table. */
import type { ModelTensor } from './model.ts';

/** Weights of one type, summed. */
export interface TypeTotal {
  type: string;
  tensors: number;
  parameters: number;
  bytes: number;
}

/** All weights of a model. `bitsPerWeight` is over all tensors, as llama.cpp prints it; null for a model without weights. */
export interface ModelTotals {
  tensors: number;
  parameters: number;
  bytes: number;
  bitsPerWeight: number | null;
  /** Largest share of the bytes first. */
  byType: TypeTotal[];
}

/** Weights of a tensor: the product of its dimensions. */
export function parametersOf(tensor: Pick<ModelTensor, 'dimensions'>): number {
  return tensor.dimensions.reduce((product, dimension) => product * dimension, 1);
}

/** Parameters and bytes of a tensor table, in all and by type. */
export function modelTotals(tensors: readonly ModelTensor[]): ModelTotals {
  const types = new Map<string, TypeTotal>();
  let parameters = 0;
  let bytes = 0;
  for (const tensor of tensors) {
    const type = types.get(tensor.type) ?? { type: tensor.type, tensors: 0, parameters: 0, bytes: 0 };
    types.set(tensor.type, type);
    type.tensors += 1;
    type.parameters += parametersOf(tensor);
    type.bytes += tensor.bytes;
    parameters += parametersOf(tensor);
    bytes += tensor.bytes;
  }
  const byType = [...types.values()].sort((a, b) => b.bytes - a.bytes || (a.type < b.type ? -1 : 1));
  return {
    tensors: tensors.length,
    parameters,
    bytes,
    bitsPerWeight: parameters > 0 ? (bytes * 8) / parameters : null,
    byType,
  };
}
