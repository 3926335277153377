import { describe, expect, it } from 'vitest';
import { kernelUse, matmulCoverage } from '../../src/analysis/kernelUse.ts';
import { weightOf } from '../../src/analysis/weight.ts';
import { functionsFromText, profileFromText } from '../support/profileFromText.ts';

const GEMM = 'kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm';
const GEMV = 'kai_run_matmul_clamp_f32_qsi8d32p1x8_qsi4c32p4x8_1x4x32_neon_dotprod';

function used(drawing: string, groups: number[]) {
  const profile = profileFromText(drawing);
  const functions = functionsFromText(profile);
  const use = kernelUse(profile, functions, weightOf(profile, 0), Uint8Array.from(groups));
  const rows = use.rows.map((row) => ({
    name: functions.functions[row.function].name,
    category: row.category,
    operator: row.operator,
    shape: row.shape,
    samples: row.samples,
  }));
  return { use, rows };
}

describe('kernelUse', () => {
  it('takes the shape of a dot product from the stage, never from its name', () => {
    const { rows } = used('ggml_vec_dot_q6_K_q8_K ggml_vec_dot_q6_K_q8_K ggml_vec_dot_q6_K_q8_K', [1, 2, 0]);
    expect(rows.map(({ shape, samples }) => [shape, samples])).toEqual([
      ['AMBIGUOUS', [1, 0, 0, 0]],
      ['GEMM', [0, 1, 0, 0]],
      ['GEMV', [0, 0, 1, 0]],
    ]);
  });

  it('lets callers say what a library function works for', () => {
    const { rows } = used(
      `
      ggml_compute_forward_soft_max  main   ggml_compute_forward_flash_attn_ext
      expf                           expf   ggml_vec_dot_f16
      `,
      [2, 2, 2],
    );
    expect(rows.map(({ name, category }) => `${name}: ${category}`)).toEqual([
      'expf: softmax',
      'expf: libm',
      'ggml_vec_dot_f16: attention',
    ]);
  });

  it('tells which family runs the matrix products of a stage', () => {
    const { use } = used(
      `${GEMM} ${GEMM} ggml_vec_dot_q6_K_q8_K ${GEMV} ggml_vec_dot_q6_K_q8_K`,
      [1, 1, 1, 2, 2],
    );
    expect(matmulCoverage(use, 1)).toEqual({
      samples: 3,
      byFamily: [
        { family: 'KleidiAI', samples: 2 },
        { family: 'generic', samples: 1 },
      ],
      byShape: { GEMM: 3, GEMV: 0, AMBIGUOUS: 0 },
    });
    expect(matmulCoverage(use, 2).byShape).toEqual({ GEMM: 0, GEMV: 2, AMBIGUOUS: 0 });
  });
});
