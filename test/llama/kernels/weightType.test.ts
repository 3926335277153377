import { describe, expect, it } from 'vitest';
import { classifyKernel } from '../../../src/llama/kernels/classify.ts';
import { isFloatType, weightTypeOf } from '../../../src/llama/kernels/weightType.ts';

describe('the weights of a kernel', () => {
  it.each([
    ['kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm', 'q4_0'],
    ['kai_run_matmul_clamp_f32_qai8dxp1x8_qsi8cxp4x8_1x4_neon_dotprod', 'q8_0'],
    ['kai_run_matmul_clamp_f32_bf16p2vlx2_bf16p2vlx2_2vlx2vl_sme2_mopa', 'f16'],
    ['ggml_vec_dot_q6_K_q8_K', 'q6_K'],
    ['ggml_gemv_q4_K_8x8_q8_K', 'q4_K'],
    ['ggml_gemm_iq4_nl_4x4_q8_0', 'iq4_nl'],
    ['ggml_vec_dot_bf16', 'bf16'],
    ['ggml_compute_forward_mul_mat', null],
    ['ggml_vec_swiglu_f32', null],
  ])('%s are %s', (name, type) => {
    expect(weightTypeOf(classifyKernel(name))).toBe(type);
  });

  it('are quantised unless they are floats', () => {
    expect(['f32', 'f16', 'bf16', 'q4_0', 'i8'].filter(isFloatType)).toEqual(['f32', 'f16', 'bf16']);
  });
});
