/**
 * ggml's tensor types: how many weights a block holds and how many bytes it takes. The one place for block sizes.
 *
 * Source: `type_traits` in ggml/src/ggml.c and the block structures of ggml/src/ggml-common.h; sizes checked against the
 * values the library prints.
 */

/** One ggml tensor type. `name` is spelled as `ggml_type_name` prints it. */
export interface TensorType {
  /** `enum ggml_type`, as stored in GGUF. */
  id: number;
  name: string;
  /** Weights in a block; a row holds a whole number of blocks. */
  blockWeights: number;
  blockBytes: number;
  /** Written by older versions, no longer loaded: llama.cpp repacks Q4_0 and IQ4_NL at load time instead. */
  removed?: true;
}

export const TENSOR_TYPES: readonly TensorType[] = [
  { id: 0, name: 'f32', blockWeights: 1, blockBytes: 4 },
  { id: 1, name: 'f16', blockWeights: 1, blockBytes: 2 },
  { id: 2, name: 'q4_0', blockWeights: 32, blockBytes: 18 },
  { id: 3, name: 'q4_1', blockWeights: 32, blockBytes: 20 },
  { id: 6, name: 'q5_0', blockWeights: 32, blockBytes: 22 },
  { id: 7, name: 'q5_1', blockWeights: 32, blockBytes: 24 },
  { id: 8, name: 'q8_0', blockWeights: 32, blockBytes: 34 },
  { id: 9, name: 'q8_1', blockWeights: 32, blockBytes: 36 },
  { id: 10, name: 'q2_K', blockWeights: 256, blockBytes: 84 },
  { id: 11, name: 'q3_K', blockWeights: 256, blockBytes: 110 },
  { id: 12, name: 'q4_K', blockWeights: 256, blockBytes: 144 },
  { id: 13, name: 'q5_K', blockWeights: 256, blockBytes: 176 },
  { id: 14, name: 'q6_K', blockWeights: 256, blockBytes: 210 },
  { id: 15, name: 'q8_K', blockWeights: 256, blockBytes: 292 },
  { id: 16, name: 'iq2_xxs', blockWeights: 256, blockBytes: 66 },
  { id: 17, name: 'iq2_xs', blockWeights: 256, blockBytes: 74 },
  { id: 18, name: 'iq3_xxs', blockWeights: 256, blockBytes: 98 },
  { id: 19, name: 'iq1_s', blockWeights: 256, blockBytes: 50 },
  { id: 20, name: 'iq4_nl', blockWeights: 32, blockBytes: 18 },
  { id: 21, name: 'iq3_s', blockWeights: 256, blockBytes: 110 },
  { id: 22, name: 'iq2_s', blockWeights: 256, blockBytes: 82 },
  { id: 23, name: 'iq4_xs', blockWeights: 256, blockBytes: 136 },
  { id: 24, name: 'i8', blockWeights: 1, blockBytes: 1 },
  { id: 25, name: 'i16', blockWeights: 1, blockBytes: 2 },
  { id: 26, name: 'i32', blockWeights: 1, blockBytes: 4 },
  { id: 27, name: 'i64', blockWeights: 1, blockBytes: 8 },
  { id: 28, name: 'f64', blockWeights: 1, blockBytes: 8 },
  { id: 29, name: 'iq1_m', blockWeights: 256, blockBytes: 56 },
  { id: 30, name: 'bf16', blockWeights: 1, blockBytes: 2 },
  { id: 31, name: 'q4_0_4x4', blockWeights: 32, blockBytes: 18, removed: true },
  { id: 32, name: 'q4_0_4x8', blockWeights: 32, blockBytes: 18, removed: true },
  { id: 33, name: 'q4_0_8x8', blockWeights: 32, blockBytes: 18, removed: true },
  { id: 34, name: 'tq1_0', blockWeights: 256, blockBytes: 54 },
  { id: 35, name: 'tq2_0', blockWeights: 256, blockBytes: 66 },
  { id: 36, name: 'iq4_nl_4x4', blockWeights: 32, blockBytes: 18, removed: true },
  { id: 37, name: 'iq4_nl_4x8', blockWeights: 32, blockBytes: 18, removed: true },
  { id: 38, name: 'iq4_nl_8x8', blockWeights: 32, blockBytes: 18, removed: true },
  { id: 39, name: 'mxfp4', blockWeights: 32, blockBytes: 17 },
  { id: 40, name: 'nvfp4', blockWeights: 64, blockBytes: 36 },
  { id: 41, name: 'q1_0', blockWeights: 128, blockBytes: 18 },
  { id: 42, name: 'q2_0', blockWeights: 64, blockBytes: 18 },
];

const byId = new Map(TENSOR_TYPES.map((type) => [type.id, type]));
const byName = new Map(TENSOR_TYPES.map((type) => [type.name, type]));

/** The type with this `enum ggml_type` value; null for one this table does not know. */
export function tensorTypeById(id: number): TensorType | null {
  return byId.get(id) ?? null;
}

/** The type that ggml calls `name` (`q4_0`, `q6_K`, `f32`); null for a name this table does not know. */
export function tensorTypeByName(name: string): TensorType | null {
  return byName.get(name) ?? null;
}

/**
 * Bytes of `weights` weights in rows of whole blocks: `ne0 / block × bytes × rows`. A row that is no whole number of
 * blocks is rounded up; ggml itself refuses such tensors.
 */
export function bytesOfWeights(type: TensorType, rowWeights: number, rows: number): number {
  return Math.ceil(rowWeights / type.blockWeights) * type.blockBytes * rows;
}

/** Bits that one weight takes: 4.5 for q4_0. */
export function bitsPerWeight(type: TensorType): number {
  return (type.blockBytes * 8) / type.blockWeights;
}

/** `enum llama_ftype` of include/llama.h, the key `general.file_type`: names as they are used for files (`Q4_K_M`). */
const FILE_TYPES = new Map<number, string>([
  [0, 'F32'],
  [1, 'F16'],
  [2, 'Q4_0'],
  [3, 'Q4_1'],
  [7, 'Q8_0'],
  [8, 'Q5_0'],
  [9, 'Q5_1'],
  [10, 'Q2_K'],
  [11, 'Q3_K_S'],
  [12, 'Q3_K_M'],
  [13, 'Q3_K_L'],
  [14, 'Q4_K_S'],
  [15, 'Q4_K_M'],
  [16, 'Q5_K_S'],
  [17, 'Q5_K_M'],
  [18, 'Q6_K'],
  [19, 'IQ2_XXS'],
  [20, 'IQ2_XS'],
  [21, 'Q2_K_S'],
  [22, 'IQ3_XS'],
  [23, 'IQ3_XXS'],
  [24, 'IQ1_S'],
  [25, 'IQ4_NL'],
  [26, 'IQ3_S'],
  [27, 'IQ3_M'],
  [28, 'IQ2_S'],
  [29, 'IQ2_M'],
  [30, 'IQ4_XS'],
  [31, 'IQ1_M'],
  [32, 'BF16'],
  [33, 'Q4_0_4_4'],
  [34, 'Q4_0_4_8'],
  [35, 'Q4_0_8_8'],
  [36, 'TQ1_0'],
  [37, 'TQ2_0'],
  [38, 'MXFP4_MOE'],
  [39, 'NVFP4'],
  [40, 'Q1_0'],
  [41, 'Q2_0'],
]);

/** The bit that marks a file type as guessed from the tensors (`LLAMA_FTYPE_GUESSED`). */
const FILE_TYPE_GUESSED = 1024;

/** Name of a `general.file_type` value; null for one this table does not know. */
export function fileTypeName(value: number): string | null {
  return FILE_TYPES.get(value & ~FILE_TYPE_GUESSED) ?? null;
}
