/** What the names of matrix-product kernels say beyond their rule: operands, tile, instruction set, and a sentence. */
import { kleidiaiInstruction, parseKleidiaiMatmul } from './kleidiai.ts';
import type { KernelRule } from './rules.ts';
import {
  arithmeticOf,
  dotProductWords,
  ggmlWeights,
  kleidiaiWords,
  productWords,
  repackWords,
  sentence,
} from './words.ts';

/** Types of the operands as the name spells them: `qsi4c32p4x8` in KleidiAI, `q4_0` in ggml. `lhs` are the activations. */
export interface KernelTypes {
  dst: string | null;
  lhs: string | null;
  rhs: string | null;
}

export interface ProductFacts {
  shape: 'GEMM' | 'GEMV' | 'AMBIGUOUS';
  dtypes: KernelTypes;
  /** As in the name: KleidiAI's output tile `16x4`, repack's columns × interleave `4x8`. */
  tile: string | null;
  /** `neon_i8mm`, `sme2_mopa`: engine and technology; null when the name does not say. */
  isa: string | null;
  /** The instruction that does the work (`SMMLA`): which peak it is measured against. */
  instruction: string | null;
  words: string;
}

export const NO_TYPES: KernelTypes = { dst: null, lhs: null, rhs: null };

/** Facts about a kernel that a rule for matrix products fits; `match` is the rule's. */
export function productFacts(rule: KernelRule, name: string, match: RegExpExecArray): ProductFacts {
  switch (rule.id) {
    case 'K1':
      return kleidiaiFacts(name);
    case 'V1':
      return dotProduct(match[1], match[2]);
    case 'V2':
      return {
        ...dotProduct('f16', 'f16'),
        words: sentence(['fp16 dot products of attention', 'keys or values in an F16 KV cache', 'ggml']),
      };
    case 'V3':
      return dotProduct(match[1], match[1]);
    case 'G1':
    case 'G2':
      return repackFacts(rule.id === 'G1' ? 'GEMM' : 'GEMV', name, match);
    case 'G5':
      return genericRepackFacts(match[1] === 'v' ? 'GEMV' : 'GEMM', name);
    case 'T1':
    case 'T2':
      return tinyBlasFacts(rule, name);
    default:
      return {
        shape: rule.shape === 'GEMM' || rule.shape === 'GEMV' ? rule.shape : 'AMBIGUOUS',
        dtypes: NO_TYPES,
        tile: null,
        isa: null,
        instruction: null,
        words: rule.words ?? DRIVER_WORDS.get(rule.id) ?? productWords('GEMM'),
      };
  }
}

const DRIVER_WORDS = new Map([
  ['T3', 'matrix multiply, llamafile tinyBLAS (entry)'],
  ['B1', 'matrix multiply in a BLAS library'],
  ['M0', 'matrix multiply by the experts that the router chose: shares rows among threads'],
  ['M1', 'matrix multiply: shares rows among threads'],
]);

function kleidiaiFacts(name: string): ProductFacts {
  const kernel = parseKleidiaiMatmul(name);
  if (!kernel) {
    return {
      shape: 'AMBIGUOUS',
      dtypes: NO_TYPES,
      tile: null,
      isa: null,
      instruction: null,
      words: 'matrix multiply, KleidiAI',
    };
  }
  const instruction = kleidiaiInstruction(kernel);
  return {
    shape: kernel.shape,
    dtypes: { dst: kernel.dst, lhs: kernel.lhs, rhs: kernel.rhs },
    tile: kernel.tile,
    isa: kernel.technology ? `${kernel.engine}_${kernel.technology}` : kernel.engine,
    instruction,
    words: kleidiaiWords(kernel, instruction),
  };
}

function dotProduct(weights: string, activations: string): ProductFacts {
  return {
    shape: 'AMBIGUOUS',
    dtypes: { dst: 'f32', lhs: activations, rhs: weights },
    tile: null,
    isa: null,
    instruction: arithmeticOf(activations) === 'fp32' ? 'FMLA' : null,
    words: dotProductWords(weights, activations),
  };
}

function repackFacts(shape: 'GEMM' | 'GEMV', name: string, match: RegExpExecArray): ProductFacts {
  const [, weights, columns, depth, activations] = match;
  const isa = name.endsWith('_generic') ? null : repackIsa(shape, weights, columns, depth);
  const instruction = isa === null ? null : isa.endsWith('i8mm') ? 'SMMLA' : 'SDOT';
  return {
    shape,
    dtypes: { dst: 'f32', lhs: activations, rhs: weights },
    tile: `${columns}x${depth}`,
    isa,
    instruction,
    words: repackWords(shape, instruction, weights, Number(columns), Number(depth)),
  };
}

/**
 * What the kernel for an interleaving is written with on Arm (ggml-cpu/arch/arm/repack.cpp): 8-deep matrix kernels use
 * SMMLA, everything else SDOT; Q4_0 in 8×8 is the layout for SVE of 256 bits.
 */
function repackIsa(shape: 'GEMM' | 'GEMV', weights: string, columns: string, depth: string): string {
  const engine = weights === 'q4_0' && columns === '8' && depth === '8' ? 'sve' : 'neon';
  return `${engine}_${shape === 'GEMM' && depth === '8' ? 'i8mm' : 'dotprod'}`;
}

function genericRepackFacts(shape: 'GEMM' | 'GEMV', name: string): ProductFacts {
  const weights = /_(q\d_K)_NxM/.exec(name)?.[1] ?? null;
  return {
    shape,
    dtypes: { dst: 'f32', lhs: 'q8_K', rhs: weights },
    tile: null,
    isa: null,
    instruction: null,
    words: sentence([
      `int8 ${productWords(shape)} in plain C`,
      weights && `${weights} weights`,
      'ggml repack',
    ]),
  };
}

const C_TYPES = new Map([
  ['unsigned short', 'f16'],
  ['ggml_fp16_t', 'f16'],
  ['__fp16', 'f16'],
  ['ggml_bf16_t', 'bf16'],
  ['float', 'f32'],
]);

/** `tinyBLAS<8, V, V, weights, activations, result>` and `tinyBLAS_Q0_ARM<block_q4_0>`. */
function tinyBlasFacts(rule: KernelRule, name: string): ProductFacts {
  const quantised = /tinyBLAS_Q0_ARM<block_(\w+)>/.exec(name)?.[1] ?? null;
  const operands = /tinyBLAS<\d+, *[^,]+, *[^,]+, *([^,]+), *([^,]+), *([^,>]+)>/.exec(name);
  const types = operands?.slice(1).map((type) => C_TYPES.get(type.trim()) ?? null) ?? [null, null, null];
  const [rhs, lhs, dst] = quantised ? [quantised, 'q8_0', 'f32'] : types;
  const arithmetic = quantised ? 'int8' : rhs && arithmeticOf(rhs);
  const instruction = quantised ? 'SDOT' : arithmetic ? 'FMLA' : null;
  return {
    shape: 'GEMM',
    dtypes: { dst, lhs, rhs },
    tile: null,
    isa: instruction === null ? null : quantised ? 'neon_dotprod' : 'neon_mla',
    instruction,
    words: sentence([
      `${arithmetic ? `${arithmetic} ` : ''}matrix multiply${instruction ? ` (${instruction})` : ''}`,
      rule.id === 'T1' ? 'attention over an F16 KV cache' : null,
      quantised ? ggmlWeights(quantised) : null,
      'llamafile tinyBLAS',
    ]),
  };
}
