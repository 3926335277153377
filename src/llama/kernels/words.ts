/** Sentences about matrix-product kernels, built from what their names say. */
import { tensorTypeByName } from '../quantisation.ts';
import { parseKleidiaiBuffer, type KleidiaiBuffer, type KleidiaiKernel } from './kleidiai.ts';

/** Number format of the multiplications. */
export type Arithmetic = 'int8' | 'fp32' | 'fp16' | 'bf16';

const FLOAT_WORDS = new Map<string, Arithmetic>([
  ['f32', 'fp32'],
  ['f16', 'fp16'],
  ['bf16', 'bf16'],
]);

/** `int8 matrix multiply (SMMLA), 16×4 output tile, 4-bit weights in blocks of 32, KleidiAI`. */
export function kleidiaiWords(kernel: KleidiaiKernel, instruction: string | null): string {
  const activations = parseKleidiaiBuffer(kernel.lhs);
  const weights = parseKleidiaiBuffer(kernel.rhs);
  const arithmetic = activations?.isInteger ? 'int8' : arithmeticOf(activations?.float ?? '');
  const engine = kernel.engine === 'neon' ? null : kernel.engine.toUpperCase().replace('P', '.');
  const how = [instruction, engine].filter((part) => part !== null).join(', ');
  const product = kernel.isIndirect ? 'indirect matrix multiply' : productWords(kernel.shape);
  return sentence([
    `${arithmetic ? `${arithmetic} ` : ''}${product}${how ? ` (${how})` : ''}`,
    kernel.rows && kernel.columns ? `${kernel.rows}×${kernel.columns} output tile` : null,
    weights && kleidiaiWeights(weights, activations),
    'KleidiAI',
  ]);
}

function kleidiaiWeights(weights: KleidiaiBuffer, activations: KleidiaiBuffer | null): string | null {
  if (weights.isInteger) {
    const scale = weights.scale;
    const scaled =
      scale === 'block of 32' ? ' in blocks of 32' : scale === null ? '' : ` with a scale per ${scale}`;
    return `${weights.bits}-bit weights${scaled}`;
  }
  if (weights.float === activations?.float) return null;
  return `${arithmeticOf(weights.float ?? '') ?? 'float'} weights`;
}

/** `4-bit weights in blocks of 32 (q4_0)`, from ggml's name of a type. */
export function ggmlWeights(type: string): string {
  const block = tensorTypeByName(type)?.blockWeights ?? null;
  if (block === 1) return `${arithmeticOf(type) ?? type} weights`;
  const bits = /\d+/.exec(type.replace(/^mxfp|^nvfp/, ''))?.[0];
  const kind = type.startsWith('tq') ? 'ternary weights' : `${bits}-bit weights`;
  return `${kind}${block ? ` in blocks of ${block}` : ''} (${type})`;
}

/** Sentence about ggml's dot products, which serve both shapes. */
export function dotProductWords(weights: string, activations: string): string {
  const arithmetic = arithmeticOf(activations) ?? 'int8';
  const operands = weights === activations ? `${arithmetic} weights` : ggmlWeights(weights);
  return sentence([`${arithmetic} dot products, one output at a time`, operands, 'ggml without repacking']);
}

/** Sentence about a kernel for weights that ggml has interleaved. */
export function repackWords(
  shape: 'GEMM' | 'GEMV',
  instruction: string | null,
  weights: string,
  columns: number,
  depth: number,
): string {
  return sentence([
    `int8 ${productWords(shape)}${instruction ? ` (${instruction})` : ' in plain C'}`,
    `${columns} columns interleaved by ${depth}`,
    ggmlWeights(weights),
    'ggml repack',
  ]);
}

/** `matrix multiply` or `matrix–vector multiply`. */
export function productWords(shape: 'GEMM' | 'GEMV'): string {
  return shape === 'GEMV' ? 'matrix–vector multiply' : 'matrix multiply';
}

/** The arithmetic that a float type name stands for; null for a quantised type. */
export function arithmeticOf(type: string): Arithmetic | null {
  return FLOAT_WORDS.get(type) ?? null;
}

export function sentence(parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== '').join(', ');
}
