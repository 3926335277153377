import { describe, expect, it } from 'vitest';
import type { KernelUse } from '../../../src/analysis/kernelUse.ts';
import { stageInstruction } from '../../../src/analysis/roofline/instruction.ts';
import { kernelRates, type KernelRoofline } from '../../../src/analysis/roofline/kernelRates.ts';
import { rooflineSettings } from '../../../src/analysis/roofline/settings.ts';
import type { SizedCall } from '../../../src/analysis/roofline/stageCalls.ts';
import { STAGE_GROUPS } from '../../../src/analysis/stageGroups.ts';
import { classifyKernel } from '../../../src/llama/kernels/index.ts';
import { modelDemand } from '../../../src/llama/roofline.ts';
import { model, qwen05b, tensor } from '../../support/modelFixtures.ts';

const GEMM = 'kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm';
const GEMV = 'kai_run_matmul_clamp_f32_qsi8d32p1x8_qsi4c32p4x8_1x4x32_neon_dotprod';
const OUTPUT = 'ggml_vec_dot_q6_K_q8_K';

/** Names of functions with the samples that fell into them in one stage. */
function useOf(
  stage: 'prefill' | 'decode',
  samples: Record<string, number>,
): { use: KernelUse; names: string[] } {
  const names = Object.keys(samples);
  const classes = names.map((name) => classifyKernel(name));
  const group = STAGE_GROUPS.indexOf(stage);
  const rows = names.map((name, index) => ({
    index,
    category: classes[index].category,
    operator: classes[index].operator,
    shape: classes[index].shape,
    family: classes[index].family,
    function: index,
    samples: STAGE_GROUPS.map((_, row) => (row === group ? samples[name] : 0)),
  }));
  const use = { rows, classes, classOfStack: new Int32Array(0), stackClasses: [], rowOfClass: [] };
  return { use, names };
}

function ratesOf(
  stage: 'prefill' | 'decode',
  samples: Record<string, number>,
  { tokens = stage === 'prefill' ? 78 : 1, of = qwen05b(), noHardware = null as string | null } = {},
): Map<string, KernelRoofline> {
  const { use, names } = useOf(stage, samples);
  const { demand, reason } = modelDemand(of);
  const calls: SizedCall[] = [{ token: 0, tokens, past: 0 }];
  const rows = kernelRates({
    stage,
    use,
    nameOf: (index) => names[index],
    stageSamples: 1000,
    demand,
    demandReason: reason,
    stageCalls: { calls, seconds: 0.1, timeStatus: 'counted', timeNote: null, source: 'calls', reason: null },
    settings: rooflineSettings({ settings: null }),
    noHardware,
  });
  return new Map(rows.map((row) => [row.name, row]));
}

describe('kernels of Decode', () => {
  const rows = ratesOf('decode', { [GEMV]: 600, [OUTPUT]: 300 });

  it('split the weights by their types', () => {
    expect(rows.get(GEMV)).toMatchObject({ weightType: 'q4_0', tensors: 168 });
    expect(rows.get(GEMV)?.bytesPerCall.value).toBe(173_408_256);
    expect(rows.get(OUTPUT)?.bytesPerCall.value).toBe(127_626_240);
    expect(rows.get(OUTPUT)?.operationsPerCall.value).toBe(311_164_928);
  });

  it('have 60 and 30 % of the time', () => {
    expect(rows.get(GEMV)?.achievedBytesPerSecond.value).toBeCloseTo(173_408_256 / 0.06, -3);
    expect(rows.get(OUTPUT)?.achievedOperationsPerSecond.value).toBeCloseTo(311_164_928 / 0.03, -3);
    // 2 operations for 18 ⁄ 32 and for 210 ⁄ 256 bytes.
    expect(rows.get(GEMV)?.intensity.value).toBeCloseTo(64 / 18, 9);
    expect(rows.get(OUTPUT)?.intensity.value).toBeCloseTo(512 / 210, 9);
  });

  it('have no rate where time is not of hardware', () => {
    const emulated = ratesOf('decode', { [GEMV]: 600 }, { noHardware: 'emulated' }).get(GEMV);
    expect(emulated?.bytesPerCall.value).toBe(173_408_256);
    expect(emulated?.achievedBytesPerSecond).toMatchObject({ value: null, reason: 'emulated' });
  });
});

describe('kernels of Prefill', () => {
  it('share a type by the rows they are made for', () => {
    const rows = ratesOf('prefill', { [GEMM]: 800, [GEMV]: 10, [OUTPUT]: 50 });
    // Gate, up and down of the last layer see one row.
    expect(rows.get(GEMM)).toMatchObject({ tensors: 165 });
    expect(rows.get(GEMM)?.bytesPerCall.value).toBe(173_408_256 - 3 * 1_622_016);
    expect(rows.get(GEMM)?.operationsPerCall.value).toBe(78 * (616_562_688 - 3 * 5_767_168));
    expect(rows.get(GEMV)).toMatchObject({ tensors: 3 });
    expect(rows.get(GEMV)?.operationsPerCall.value).toBe(3 * 5_767_168);
    expect(rows.get(OUTPUT)?.operationsPerCall.value).toBe(311_164_928);
  });

  it('for repacked weights leave rows over when the tokens are no multiple of four', () => {
    const repacked = { ggml_gemm_q4_0_4x8_q8_0: 800, ggml_gemv_q4_0_4x8_q8_0: 20 };
    expect(ratesOf('prefill', repacked).get('ggml_gemv_q4_0_4x8_q8_0')?.bytesPerCall.reason).toBe(
      'it also runs the last one to three rows of products that another kernel began',
    );
    const whole = ratesOf('prefill', repacked, { tokens: 80 });
    expect(whole.get('ggml_gemv_q4_0_4x8_q8_0')?.tensors).toBe(3);
  });
});

describe('kernels whose tensors cannot be told', () => {
  it('run the same type as another one', () => {
    const both = ratesOf('decode', { [GEMV]: 500, ggml_vec_dot_q4_0_q8_0: 100 });
    expect(both.get(GEMV)?.bytesPerCall.reason).toBe('several kernels run q4_0 weights in Decode');
    expect(both.get('ggml_vec_dot_q4_0_q8_0')?.tensors).toBeNull();
  });

  it('name no type, or one that the model does not have', () => {
    const rows = ratesOf('decode', { ggml_compute_forward_mul_mat: 5, ggml_vec_dot_q5_K_q8_K: 7 });
    expect(rows.get('ggml_compute_forward_mul_mat')?.bytesPerCall.reason).toBe(
      'its name does not say which weights it multiplies with',
    );
    expect(rows.get('ggml_vec_dot_q5_K_q8_K')?.bytesPerCall.reason).toBe(
      'the model has no q5_K weights that this stage multiplies with in such a kernel',
    );
  });

  it('have no model file', () => {
    expect(ratesOf('decode', { [GEMV]: 5 }, { of: model(null) }).get(GEMV)?.bytesPerCall.reason).toContain(
      'the sizes of the tensors are not known',
    );
  });

  it('are told apart from those of unknown types', () => {
    const of = model([
      tensor('token_embd.weight', 'f16', 64, 10),
      tensor('output.weight', 'q6_K', 256, 10),
      { name: 'blk.0.ffn_up.weight', type: 'type99', dimensions: [64, 64], bytes: 3000 },
    ]);
    expect(ratesOf('decode', { [OUTPUT]: 5 }, { of }).get(OUTPUT)?.bytesPerCall.value).toBe(2100);
  });
});

it('KleidiAI’s entry and its assembly are one kernel', () => {
  const assembly = GEMV.replace('kai_run_', 'kai_kernel_');
  const rows = ratesOf('decode', { [GEMV]: 100, [assembly]: 500 });
  expect([...rows.keys()]).toEqual([assembly]);
  expect(rows.get(assembly)?.share.value).toBe(60);
});

describe('the instruction of a stage', () => {
  const of = (
    stage: 'prefill' | 'decode',
    samples: Record<string, number>,
    features: Record<string, string> = {},
  ) => {
    const { use, names } = useOf(stage, samples);
    return stageInstruction(use, (index) => names[index], stage, features);
  };

  it('is that of the kernel with most samples', () => {
    expect(of('prefill', { [GEMM]: 800, [GEMV]: 10 }).instruction).toBe('SMMLA');
    expect(of('prefill', { [GEMM]: 10, [GEMV]: 800 }).instruction).toBe('SDOT');
    expect(of('decode', { ggml_vec_dot_f32: 5 }).instruction).toBe('FMLA fp32');
  });

  it('of a dot product is the build’s, in Decode', () => {
    expect(of('decode', { [OUTPUT]: 5 }, { DOTPROD: '1' }).instruction).toBe('SDOT');
    expect(of('decode', { [OUTPUT]: 5 }).instruction).toBeNull();
    expect(of('prefill', { [OUTPUT]: 5 }, { DOTPROD: '1', MATMUL_INT8: '1' }).instruction).toBeNull();
  });

  it('has no peak for SME, and none is guessed without a kernel', () => {
    const sme = 'kai_run_matmul_clamp_f32_qsi8d32p1vlx4_qsi4c32p4vlx4_1vlx4vl_sme2_mopa';
    expect(of('prefill', { [sme]: 5 })).toMatchObject({ instruction: null, kernel: sme });
    expect(of('prefill', { [sme]: 5 }).reason).toContain('SMOPA, whose peak is not known');
    expect(of('decode', { ggml_vec_swiglu_f32: 9 })).toEqual({
      instruction: null,
      kernel: null,
      reason: 'no sample names the kernel that ran',
    });
  });
});
