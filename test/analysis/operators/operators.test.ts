import { describe, expect, it } from 'vitest';
import type { OperatorAnalysis } from '../../../src/analysis/operators/operators.ts';
import { cacheProducts } from '../../../src/analysis/operators/cacheProducts.ts';
import type { LlamaSettings } from '../../../src/profile/types.ts';
import { analyseKernelRun, type KernelRun } from '../../support/kernelRun.ts';
import { model, tensor } from '../../support/modelFixtures.ts';

const REPACK_GEMM = 'ggml_gemm_q4_0_4x8_q8_0';
const REPACK_GEMV = 'ggml_gemv_q4_0_4x8_q8_0';

const QUANTISED = model(
  [
    tensor('token_embd.weight', 'q4_0', 64, 100),
    tensor('blk.0.attn_q.weight', 'q4_0', 64, 64),
    tensor('blk.0.attn_norm.weight', 'f32', 64),
    tensor('output.weight', 'q6_K', 256, 100),
  ],
  { layers: 1 },
);
const F16 = model([tensor('blk.0.attn_q.weight', 'f16', 64, 64), tensor('output.weight', 'f16', 64, 100)], {
  layers: 1,
});

const operatorsOf = (run: KernelRun): OperatorAnalysis => analyseKernelRun(run).operators!;

const repeated = (kernels: Record<string, number>, times: number) =>
  Array.from({ length: times }, () => kernels);

describe('shares and their intervals', () => {
  it('divides samples by category, operator, shape and kernel', () => {
    const operators = operatorsOf({
      prompt: { tokens: 8, kernels: { [REPACK_GEMM]: 60, ggml_vec_dot_q6_K_q8_K: 10, ggml_barrier: 30 } },
      tokens: repeated({ [REPACK_GEMV]: 6, ggml_vec_dot_q6_K_q8_K: 4 }, 10),
      model: QUANTISED,
    });
    expect(operators.stageSamples).toEqual({ prefill: 100, decode: 100 });
    const matmul = operators.categories.find(({ name }) => name === 'matmul')!;
    // Load, prefill, decode, other.
    expect(matmul.samples).toEqual([0, 70, 100, 0]);
    expect(matmul.operators.map(({ operator, shape, samples }) => [operator, shape, samples])).toEqual([
      // Only the output layer is q6_K: one row of the prompt, too.
      ['MUL_MAT', 'GEMV', [0, 10, 100, 0]],
      ['MUL_MAT', 'GEMM', [0, 60, 0, 0]],
    ]);
    expect(operators.coverage.decode.families.map(({ name, share }) => [name, share])).toEqual([
      ['repack', 0.6],
      ['generic', 0.4],
    ]);
    // Every token has the same shares: they have no spread.
    expect(operators.coverage.decode.families[0].interval).toEqual([0.6, 0.6]);
    expect(operators.coverage.prefill.families[0].interval).toBeNull();
    expect(operators.intervalReasons.prefill).toBe('one call: its spread is unknown');
  });

  it('has wider intervals where tokens differ', () => {
    const even = { [REPACK_GEMV]: 10, ggml_barrier: 10 };
    const [most, least] = [
      { [REPACK_GEMV]: 18, ggml_barrier: 2 },
      { [REPACK_GEMV]: 2, ggml_barrier: 18 },
    ];
    const tokens = Array.from({ length: 20 }, (_, token) => (token % 2 === 0 ? most : least));
    const afterEachOther = [...repeated(most, 10), ...repeated(least, 10)];
    const width = (run: KernelRun): number => {
      const [low, high] = operatorsOf(run).coverage.decode.interval!;
      return high - low;
    };
    const prompt = { tokens: 8, kernels: { [REPACK_GEMM]: 10 } };
    expect(width({ prompt, tokens: repeated(even, 20) })).toBe(0);
    // Half of 20 tokens at 0.9, half at 0.1: standard error 0.4 / √20 = 0.089, so about ± 0.175.
    expect(width({ prompt, tokens })).toBeGreaterThan(0.25);
    expect(width({ prompt, tokens })).toBeLessThan(0.45);
    // Two states that each last for ten tokens are little more than two observations.
    expect(width({ prompt, tokens: afterEachOther })).toBeGreaterThan(0.45);
  });

  it('has no interval for fewer than eight tokens', () => {
    const { coverage, intervalReasons } = operatorsOf({
      prompt: { tokens: 8, kernels: { [REPACK_GEMM]: 10 } },
      tokens: repeated({ [REPACK_GEMV]: 20 }, 7),
    });
    expect(coverage.decode.interval).toBeNull();
    expect(intervalReasons.decode).toContain('7 calls');
  });
});

describe('products with F16 operands', () => {
  const run = (more: Partial<KernelRun>): OperatorAnalysis =>
    operatorsOf({
      prompt: { tokens: 8, kernels: { 'ggml_compute_forward_mul_mat/ggml_vec_dot_f16': 20 } },
      tokens: repeated({ 'ggml_compute_forward_mul_mat/ggml_vec_dot_f16': 5 }, 2),
      ...more,
    });

  it('are attention when every weight is quantised', () => {
    const { categories, coverage } = run({ model: QUANTISED });
    expect(categories.map(({ name }) => name)).toEqual(['attention']);
    expect(categories[0].operators[0].operator).toBe('MUL_MAT_KQ_KQV');
    expect(coverage.prefill.samples).toBe(0);
  });

  it('are ambiguous when weights are F16, and counted as such', () => {
    const { categories, coverage, cache } = run({ model: F16 });
    expect(cache.get('f16')?.meaning).toBe('ambiguous');
    expect(cache.get('f16')?.reason).toContain('2 weight matrices of the model are F16');
    expect(categories.map(({ name }) => name)).toEqual(['matmul']);
    expect(coverage.prefill.mayBeAttention).toBe(20);
    expect(coverage.decode.mayBeAttention).toBe(10);
  });

  it('are weights when attention runs in flash attention', () => {
    const kernels = {
      'ggml_compute_forward_mul_mat/ggml_vec_dot_f16': 20,
      'ggml_compute_forward_flash_attn_ext/ggml_vec_dot_f16': 5,
    };
    const { categories, cache, coverage } = run({ model: F16, prompt: { tokens: 8, kernels } });
    expect(cache.get('f16')?.meaning).toBe('weights');
    expect(coverage.prefill.mayBeAttention).toBe(0);
    expect(categories.map(({ name, samples }) => [name, samples[1]])).toEqual([
      ['matmul', 20],
      ['attention', 5],
    ]);
  });

  it('are taken as attention without the model, unless its file type says F16', () => {
    expect(cacheProducts({ model: null, settings: null }, false).get('f16')).toMatchObject({
      meaning: 'attention',
      reason: expect.stringContaining('not at hand') as string,
    });
    const f16File = cacheProducts({ model: model(null, { fileType: 'F16' }), settings: null }, false);
    expect(f16File.get('f16')?.meaning).toBe('ambiguous');
  });
});

describe('products with a quantised KV cache', () => {
  const Q8 = model([tensor('blk.0.attn_q.weight', 'q8_0', 64, 64)], { layers: 1 });
  const run = (more: Partial<KernelRun>, operator = 'mul_mat'): OperatorAnalysis =>
    operatorsOf({
      prompt: { tokens: 8, kernels: { [REPACK_GEMM]: 20 } },
      tokens: repeated({ [`ggml_compute_forward_${operator}/ggml_vec_dot_q8_0_q8_0`]: 5 }, 2),
      settings: { cacheTypes: { key: 'q8_0', value: 'f16' } },
      ...more,
    });
  const parts = ({ categories, coverage, fallThrough }: OperatorAnalysis) => ({
    decode: categories.map(({ name, samples }) => [name, samples[2]]).filter(([, count]) => count !== 0),
    mayBeAttention: coverage.decode.mayBeAttention,
    fell: fallThrough.length,
  });

  it('are attention when no weight has the type of the keys', () => {
    expect(parts(run({ model: QUANTISED }))).toEqual({
      decode: [['attention', 10]],
      mayBeAttention: 0,
      fell: 0,
    });
  });

  it('are ambiguous when weights have it too, or when the model is not known', () => {
    // Of what may be attention nobody can say that weights fell through.
    const ambiguous = { decode: [['matmul', 10]], mayBeAttention: 10, fell: 0 };
    expect(parts(run({ model: Q8 }))).toEqual(ambiguous);
    expect(parts(run({}))).toEqual(ambiguous);
    expect(run({ model: Q8 }).tensorTypes.find(({ type }) => type === 'q8_0')!.notes).toEqual([
      'Products with q8_0 operands in dot products may be attention over the KV cache instead of weights.',
    ]);
  });

  it.each([
    [Q8, 'q8_0', 'kai_run_matmul_clamp_f32_qai8dxp1x8_qsi8cxp4x8_1x4_neon_dotprod', 'q8_0_q8_0'],
    [QUANTISED, 'q4_0', REPACK_GEMV, 'q4_0_q8_0'],
    [undefined, 'q4_0', REPACK_GEMV, 'q4_0_q8_0'],
  ])('are weights in packed kernels, which never read a cache', (ofRun, key, packed, dot) => {
    const analysis = analyseKernelRun({
      prompt: { tokens: 8, kernels: { [packed]: 20 } },
      tokens: repeated({ [packed]: 40, [`ggml_compute_forward_mul_mat/ggml_vec_dot_${dot}`]: 10 }, 6),
      settings: { cacheTypes: { key, value: 'f16' } },
      model: ofRun,
    });
    const operators = analysis.operators!;
    const ofPacked = operators.rows.filter(({ family }) => family !== 'generic');
    expect(ofPacked.map(({ category, mayBeAttention }) => [category, mayBeAttention])).toEqual([
      ['matmul', false],
    ]);
    expect(operators.coverage.prefill.mayBeAttention).toBe(0);
    // Six tokens with ten samples each in dot products.
    expect(operators.coverage.decode).toMatchObject({ samples: 300, mayBeAttention: 60 });
    expect(operators.fallThrough).toEqual([]);
    expect(analysis.findings.map(({ id }) => id).filter((id) => id.startsWith('fall-through'))).toEqual([]);
  });

  it('leave weights of a type that no cache has in packed kernels, also when the model lacks the type', () => {
    // The cache is q8_0 and no weight is: packed q8_0 kernels are of another model, and still no attention.
    const packed = 'kai_run_matmul_clamp_f32_qai8dxp1x8_qsi8cxp4x8_1x4_neon_dotprod';
    const { rows } = run({ model: QUANTISED, tokens: repeated({ [packed]: 5 }, 2) });
    expect(rows.find(({ weightType }) => weightType === 'q8_0')).toMatchObject({ category: 'matmul' });
  });

  it('are weights when the log names another cache, or none', () => {
    const f16: LlamaSettings['cacheTypes'] = { key: 'f16', value: 'f16' };
    expect(parts(run({ model: Q8, settings: { cacheTypes: f16 } }))).toMatchObject({ mayBeAttention: 0 });
    expect(parts(run({ model: Q8, settings: {} }))).toMatchObject({ mayBeAttention: 0 });
  });

  it('stay attention below flash attention, whatever the weights are', () => {
    expect(parts(run({ model: Q8 }, 'flash_attn_ext'))).toMatchObject({
      decode: [['attention', 10]],
      fell: 0,
    });
  });
});

describe('weights by type', () => {
  it('joins tensors with the kernels whose names state their type', () => {
    const { tensorTypes, untypedProducts, fallThrough } = operatorsOf({
      prompt: { tokens: 8, kernels: { [REPACK_GEMM]: 60, ggml_vec_dot_q6_K_q8_K: 10 } },
      tokens: repeated({ [REPACK_GEMV]: 6, ggml_vec_dot_q6_K_q8_K: 3, ggml_compute_forward_mul_mat: 1 }, 2),
      model: QUANTISED,
      symbols: [REPACK_GEMM, REPACK_GEMV, 'ggml_vec_dot_q6_K_q8_K'],
    });
    // The embedding table is looked up, not multiplied; 64 × 64 q4_0: 128 blocks of 18 bytes.
    expect(
      tensorTypes.map(({ type, tensors, parameters, bytes, roles }) => ({
        type,
        tensors,
        parameters,
        bytes,
        roles,
      })),
    ).toEqual([
      { type: 'q6_K', tensors: 1, parameters: 25_600, bytes: 100 * 210, roles: 'output' },
      { type: 'q4_0', tensors: 1, parameters: 4096, bytes: 128 * 18, roles: 'attn_q' },
    ]);
    expect(tensorTypes[1].kernels.map(({ stage, name, samples }) => [stage, name, samples])).toEqual([
      ['prefill', REPACK_GEMM, 60],
      ['decode', REPACK_GEMV, 12],
    ]);
    expect(untypedProducts.map(({ name, samples }) => [name, samples])).toEqual([
      ['ggml_compute_forward_mul_mat', 2],
    ]);
    expect(
      fallThrough.map(({ stage, type, samples, reason }) => [stage, type, samples, reason.kind]),
    ).toEqual([
      ['decode', 'q6_K', 6, 'not-in-build'],
      ['prefill', 'q6_K', 10, 'not-in-build'],
    ]);
    expect(fallThrough[0].shareOfStage).toBe(0.3);
    expect(tensorTypes[0].notes.join(' ')).toContain(
      'The output layer is evaluated only for tokens whose logits are wanted',
    );
  });

  it('says that a type cannot be told when no kernel states it', () => {
    const { tensorTypes } = operatorsOf({
      prompt: { tokens: 8, kernels: { cblas_sgemm: 60 } },
      tokens: repeated({ [REPACK_GEMV]: 6 }, 2),
      model: QUANTISED,
    });
    expect(tensorTypes.find(({ type }) => type === 'q6_K')!.notes).toContain(
      'No sample fell into a kernel whose name states this type.',
    );
  });

  it('warns of a model that does not match the kernels, and invents no reason for it', () => {
    const analysis = analyseKernelRun({
      prompt: { tokens: 8, kernels: { ggml_vec_dot_q5_K_q8_K: 60 } },
      tokens: repeated({ ggml_vec_dot_q5_K_q8_K: 6 }, 2),
      model: QUANTISED,
    });
    expect(analysis.operators!.fallThrough).toEqual([]);
    expect(analysis.warnings.map(({ code }) => code)).toContain('kernel-type-not-in-model');
  });

  it('warns of a type that it does not know', () => {
    const unknown = { ...tensor('blk.0.attn_q.weight', 'q4_0', 64, 64), type: 'q3_X' };
    const analysis = analyseKernelRun({
      prompt: { tokens: 8, kernels: { [REPACK_GEMM]: 60 } },
      tokens: repeated({ [REPACK_GEMV]: 6 }, 2),
      model: model([unknown], { layers: 1 }),
    });
    expect(analysis.warnings.find(({ code }) => code === 'tensor-type-unknown')?.message).toContain('q3_X');
  });

  it('does not claim all tensors of a type when another family ran that type in the same stage', () => {
    // A tied Q4_0 embedding as output layer: ggml keeps it unpacked, the layers run in packed kernels.
    const tied = model(
      [tensor('token_embd.weight', 'q4_0', 64, 100), tensor('blk.0.attn_q.weight', 'q4_0', 64, 64)],
      { layers: 1 },
    );
    const analysis = analyseKernelRun({
      prompt: { tokens: 8, kernels: { [REPACK_GEMM]: 100 } },
      tokens: repeated({ [REPACK_GEMV]: 30, ggml_vec_dot_q4_0_q8_0: 30 }, 4),
      model: tied,
      settings: { buffers: { CPU_REPACK: 12, CPU_Mapped: 12 } },
    });
    expect(analysis.operators!.fallThrough).toMatchObject([
      { stage: 'decode', tensors: 2, familyInSameStage: 'repack', familyInOtherStage: null },
    ]);
    expect(analysis.operators!.tensorTypes[0].notes).toContain(
      'Decode also runs weights of this type in repack: only some of the tensors fell through, and names of kernels do not tell which.',
    );
    const sentence = analysis.findings.find(({ id }) => id === 'fall-through-decode-q4-0')!.sentence;
    expect(sentence).toContain('some of the 2');
    expect(sentence).not.toContain('Prefill');
  });

  it('names what fell through even without the model', () => {
    const { fallThrough } = operatorsOf({
      prompt: { tokens: 8, kernels: { [REPACK_GEMM]: 60 } },
      tokens: repeated({ ggml_vec_dot_q4_0_q8_0: 6 }, 2),
      settings: { buffers: { CPU_Mapped: 12, 'CPU KV': 4 }, features: { DOTPROD: '1', REPACK: '1' } },
    });
    expect(fallThrough).toHaveLength(1);
    expect(fallThrough[0]).toMatchObject({
      stage: 'decode',
      type: 'q4_0',
      tensors: 0,
      reason: { kind: 'not-repacked', words: expect.stringMatching(/only CPU_Mapped$/) as string },
      familyInOtherStage: 'repack',
    });
  });
});

describe('a run without samples or stages', () => {
  it('has operators of the whole run only', () => {
    const analysis = analyseKernelRun({ prompt: { tokens: 8, kernels: {} }, tokens: [] });
    expect(analysis.operators).toBeNull();
  });
});
