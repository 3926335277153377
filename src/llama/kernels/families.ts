/** Whose matrix products there are, as pages name them. */

export interface FamilyFacts {
  label: string;
  /** What such kernels are, one sentence without its full stop. */
  words: string;
}

const FAMILIES = {
  KleidiAI: { label: 'KleidiAI', words: 'Arm’s micro-kernels, on weights that were packed while loading' },
  repack: { label: 'ggml repack', words: 'ggml’s kernels for weights that were interleaved while loading' },
  generic: {
    label: 'ggml dot products',
    words: 'one output at a time (ggml_vec_dot), and the functions that share rows among threads',
  },
  tinyBLAS: { label: 'tinyBLAS', words: 'llamafile’s kernels, for two rows and more' },
  BLAS: { label: 'BLAS', words: 'an external BLAS library, on dequantised weights' },
} as const satisfies Record<string, FamilyFacts>;

/** Whose matrix product it is, for the coverage of a run. */
export type KernelFamily = keyof typeof FAMILIES;

/** The families that this table knows, as kernels name them. */
export function familyNames(): string[] {
  return Object.keys(FAMILIES);
}

/** Facts about a kernel family; its own name for one this table does not know. */
export function familyFacts(family: string | null): FamilyFacts {
  const name = family ?? 'unnamed';
  return Object.hasOwn(FAMILIES, name) ? FAMILIES[name as KernelFamily] : { label: name, words: name };
}
