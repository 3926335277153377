/** Operators that stand in the names of ggml's functions. */

const SUFFIXES = /(?:_(?:f16|f32|bf16|i8|i16|i32|i64|q|any|impl|ref|generic|non_quantized))+$/;

/**
 * The operator in a name like `ggml_compute_forward_im2col_f16` (IM2COL), `ggml_vec_mad_f32` (MAD) or
 * `binary_op<&op_add, …>` (ADD); null when the name has none of these forms.
 */
export function operatorOfName(name: string): string | null {
  const inTemplate = /\bop_(\w+)/.exec(name)?.[1];
  const inFunction = /^ggml_(?:compute_forward|vec)_(\w+)/.exec(name)?.[1];
  const operator = inFunction ?? inTemplate;
  if (operator === undefined) return /binary_op/.test(name) ? 'BINARY' : null;
  return operator.replace(SUFFIXES, '').toUpperCase() || null;
}
