import { describe, expect, it } from 'vitest';
import {
  classifyKernel,
  extendContext,
  NO_CONTEXT,
  refineByCallers,
} from '../../../src/llama/kernels/index.ts';

/** Class of the last function of a stack written from the outermost caller to the leaf. */
function leafOf(...stack: string[]) {
  const classes = stack.map((name) => classifyKernel(name));
  const leaf = classes.pop()!;
  const { category, operator, shape } = refineByCallers(leaf, classes);
  return [category, operator, shape];
}

describe('callers', () => {
  const graph = ['ggml_graph_compute_thread', 'ggml_compute_forward'];

  it.each([
    [['ggml_compute_forward_soft_max', 'expf'], 'softmax', 'SOFT_MAX'],
    [['ggml_compute_forward_rope', 'ggml_compute_forward_rope_f32(ggml_tensor*)', 'cosf'], 'rope', 'ROPE'],
    [['ggml_compute_forward_rms_norm', 'ggml_vec_scale_f32'], 'norm', 'RMS_NORM'],
    [['ggml_compute_forward_set_rows', '__memcpy_generic'], 'kv_write', 'SET_ROWS'],
    [['ggml_compute_forward_mul_mat', 'memset'], 'matmul', 'MUL_MAT'],
    [['void ggml_compute_forward_rope_flt<float>(ggml_tensor*)', 'sinf'], 'rope', 'ROPE'],
  ])('give libraries and element-wise helpers their category: %j', (stack, category, operator) => {
    expect(leafOf(...graph, ...stack)).toEqual([category, operator, null]);
  });

  it('leave what says itself what it is', () => {
    expect(leafOf(...graph, 'ggml_compute_forward_mul_mat', 'quantize_row_q8_0')).toEqual([
      'quantize',
      'ACT_QUANT',
      null,
    ]);
    expect(leafOf(...graph, 'ggml_compute_forward_mul_mat', 'ggml_barrier')).toEqual([
      'sync',
      'BARRIER',
      null,
    ]);
    expect(leafOf(...graph, 'ggml_compute_forward_mul_mat', 'ggml_vec_dot_f16')).toEqual([
      'attention',
      'MUL_MAT_KQ_KQV',
      'AMBIGUOUS',
    ]);
  });

  it('leave libraries alone outside operators', () => {
    expect(leafOf('llama_decode', 'ggml_graph_compute_thread', 'memcpy')).toEqual(['libc', 'MEMCPY', null]);
    expect(leafOf('main', 'expf')).toEqual(['libm', 'LIBM', null]);
    expect(leafOf('expf')).toEqual(['libm', 'LIBM', null]);
  });

  it('the nearest operator counts', () => {
    expect(leafOf('ggml_compute_forward_mul_mat', 'ggml_compute_forward_soft_max', 'expf')).toEqual([
      'softmax',
      'SOFT_MAX',
      null,
    ]);
  });

  it('everything that computes below flash attention is attention', () => {
    const stack = [...graph, 'ggml_compute_forward_flash_attn_ext'];
    expect(leafOf(...stack, 'ggml_vec_dot_f16')).toEqual(['attention', 'FLASH_ATTN_EXT', 'AMBIGUOUS']);
    expect(leafOf(...stack, 'simd_gemm')).toEqual(['attention', 'FLASH_ATTN_EXT', null]);
    expect(leafOf(...stack, 'ggml_vec_mad_f16')).toEqual(['attention', 'FLASH_ATTN_EXT', null]);
    expect(leafOf(...stack, 'some_lambda', 'expf')).toEqual(['attention', 'FLASH_ATTN_EXT', null]);
    expect(leafOf(...stack, 'ggml_barrier')).toEqual(['sync', 'BARRIER', null]);
    expect(leafOf(...stack, 'do_page_fault')).toEqual(['kernel_mem', 'PAGE_FAULT', null]);
  });

  it('cost one step a frame: frames without meaning keep the context as it is', () => {
    expect(extendContext(NO_CONTEXT, classifyKernel('main'))).toBe(NO_CONTEXT);
  });
});
