/** From a matrix-product kernel to the tensors it multiplies with. */
import { tensorTypeByName } from '../quantisation.ts';
import type { KernelClass } from './classify.ts';

/**
 * Packed weights of KleidiAI, as its names spell them, and the ggml type they were packed from
 * (ggml/src/ggml-cpu/kleidiai/kernels.cpp: Q4_0 and Q8_0; its bf16 copies are made of F16 tensors while it runs).
 */
const PACKED: readonly (readonly [RegExp, string])[] = [
  [/^qs[iu]4c32/, 'q4_0'],
  [/^qs[iu]8cx/, 'q8_0'],
  [/^f32(?:p|$)/, 'f32'],
  [/^f16(?:p|$)/, 'f16'],
  [/^bf16p/, 'f16'],
  [/^bf16$/, 'bf16'],
];

/** The ggml type of the weights that a kernel multiplies with; null when its name does not say one. */
export function weightTypeOf({ dtypes: { rhs } }: Pick<KernelClass, 'dtypes'>): string | null {
  if (rhs === null) return null;
  const packed = PACKED.find(([buffer]) => buffer.test(rhs));
  return packed?.[1] ?? tensorTypeByName(rhs)?.name ?? null;
}

/** Types whose weights are numbers of their own, without a scale for a block. */
const FLOAT_TYPES = new Set(['f32', 'f16', 'bf16']);

/** True for weights that are not quantised. */
export function isFloatType(type: string): boolean {
  return FLOAT_TYPES.has(type);
}
