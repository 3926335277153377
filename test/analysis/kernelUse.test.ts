import { describe, expect, it } from 'vitest';
import { kernelUse, matmulCoverage } from '../../src/analysis/kernelUse.ts';
import { weightOf } from '../../src/analysis/weight.ts';
import type { ModelInfo } from '../../src/profile/model.ts';
import { model, tensor } from '../support/modelFixtures.ts';
import { functionsFromText, profileFromText } from '../support/profileFromText.ts';

const GEMM = 'kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm';
const GEMV = 'kai_run_matmul_clamp_f32_qsi8d32p1x8_qsi4c32p4x8_1x4x32_neon_dotprod';

function used(drawing: string, groups: number[], modelOfRun: ModelInfo | null = null) {
  const profile = { ...profileFromText(drawing), model: modelOfRun };
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

  describe('of the output layer, which is evaluated for one row of a prompt', () => {
    const drawing = 'ggml_vec_dot_q6_K_q8_K ggml_vec_dot_q4_0_q8_0 ggml_vec_dot_q6_K_q8_K';
    const inPrompt = [1, 1, 2];
    const shapes = (tensors: ReturnType<typeof tensor>[]) =>
      used(drawing, inPrompt, model(tensors, { layers: 1 })).rows.map(
        ({ name, shape }) => `${name.slice(13, 17)} ${shape}`,
      );

    it('is a matrix–vector product where no other weights have its type', () => {
      const tensors = [
        tensor('blk.0.ffn_up.weight', 'q4_0', 64, 64),
        tensor('output.weight', 'q6_K', 256, 64),
      ];
      expect(shapes(tensors)).toEqual(['q6_K GEMV', 'q4_0 GEMM']);
    });

    it('takes its shape from the stage where other weights have its type too', () => {
      const tensors = [
        tensor('blk.0.ffn_up.weight', 'q4_0', 64, 64),
        tensor('blk.0.ffn_down.weight', 'q6_K', 256, 64),
        tensor('output.weight', 'q6_K', 256, 64),
      ];
      expect(shapes(tensors)).toEqual(['q6_K GEMM', 'q6_K GEMV', 'q4_0 GEMM']);
    });

    it('is the table of embeddings where a model has no output weights of its own', () => {
      const tensors = [
        tensor('token_embd.weight', 'q6_K', 256, 64),
        tensor('blk.0.ffn_up.weight', 'q4_0', 64, 64),
      ];
      expect(shapes(tensors)).toEqual(['q6_K GEMV', 'q4_0 GEMM']);
    });
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
