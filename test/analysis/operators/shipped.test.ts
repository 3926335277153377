/**
 * Operators, coverage, fall-through and lanes of the captures that ship with the project. Sample counts by stage and kernel
 * were counted in perf's own text of the same recordings (perf script: samples between the hits of llama_decode and its
 * return), and by an independent decoder of the gator captures.
 */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunAnalysis } from '../../../src/analysis/analyseRun.ts';
import type { OperatorAnalysis } from '../../../src/analysis/operators/operators.ts';
import { analyseInputs } from '../../../src/pipeline/analyseInputs.ts';
import { openInputs } from '../../../src/platform/node/inputs.ts';
import { nodeServices } from '../../../src/platform/node/services.ts';

async function operatorsOf(run: string): Promise<OperatorAnalysis> {
  const opened = await openInputs([join('captures', run)], { cwd: process.cwd() });
  try {
    const analysis: RunAnalysis = (await analyseInputs(opened.inputs, opened.runYaml, nodeServices)).analysis;
    return analysis.operators!;
  } finally {
    await opened.close();
  }
}

const parts = (rows: readonly { name: string; samples: number }[]): Record<string, number> =>
  Object.fromEntries(rows.map(({ name, samples }) => [name, samples]));

const GEMM = 'kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm';
const GEMV = 'kai_run_matmul_clamp_f32_qsi8d32p1x8_qsi4c32p4x8_1x4x32_neon_dotprod';

describe('sim-qwen05b-t1: Q4_0 weights in KleidiAI, the Q6_K output layer in dot products', () => {
  let operators: OperatorAnalysis;
  beforeAll(async () => {
    operators = await operatorsOf('sim-qwen05b-t1');
  });

  it('runs Prefill in matrix–matrix and Decode in matrix–vector kernels', () => {
    // 2426 samples in the GEMM kernel and 2 in the driver; 98 in the output layer's dot products, which take one row, and
    // 2 in the GEMV of the last layer.
    expect(parts(operators.coverage.prefill.shapes)).toEqual({ GEMM: 2428, GEMV: 100 });
    expect(operators.coverage.prefill.shapes[0].share).toBeCloseTo(2428 / 2528, 9);
    expect(parts(operators.coverage.decode.shapes)).toEqual({ GEMV: 1466 });
    expect(operators.stageSamples).toEqual({ prefill: 3432, decode: 1612 });
  });

  it('says whose kernels they are', () => {
    expect(parts(operators.coverage.prefill.families)).toEqual({ KleidiAI: 2428, generic: 100 });
    expect(parts(operators.coverage.decode.families)).toEqual({ generic: 878 + 20, KleidiAI: 568 });
    expect(operators.coverage.prefill.intervalReason).toBe('one call: its spread is unknown');
    const [low, high] = operators.coverage.decode.families[0].interval!;
    expect(low).toBeLessThan(898 / 1466);
    expect(high).toBeGreaterThan(898 / 1466);
    expect(high - low).toBeLessThan(0.03);
  });

  it('names the kernels of each type of weights', () => {
    const ran = operators.tensorTypes.map(({ type, tensors, bytes, kernels }) => ({
      type,
      tensors,
      bytes,
      kernels: kernels.map(({ stage, name, samples }) => `${stage} ${name} ${samples}`),
    }));
    expect(ran).toEqual([
      {
        type: 'q4_0',
        tensors: 168,
        bytes: 173_408_256,
        kernels: [`prefill ${GEMM} 2426`, `prefill ${GEMV} 2`, `decode ${GEMV} 568`],
      },
      {
        type: 'q6_K',
        tensors: 1,
        bytes: 127_626_240,
        kernels: ['prefill ggml_vec_dot_q6_K_q8_K 98', 'decode ggml_vec_dot_q6_K_q8_K 878'],
      },
    ]);
    expect(operators.untypedProducts.map(({ stage, name, samples }) => [stage, name, samples])).toEqual([
      ['prefill', 'ggml_compute_forward_mul_mat', 2],
      ['decode', 'ggml_compute_forward_mul_mat', 20],
    ]);
  });

  it('knows from the build’s symbols that nothing but dot products was there for q6_K', () => {
    expect(operators.fallThrough).toHaveLength(2);
    expect(operators.fallThrough[0]).toMatchObject({
      stage: 'decode',
      type: 'q6_K',
      kernel: 'ggml_vec_dot_q6_K_q8_K',
      tensors: 1,
      roles: 'output',
      samples: 878,
      reason: { kind: 'not-in-build' },
      familyInOtherStage: null,
    });
    expect(operators.fallThrough[0].shareOfStage).toBeCloseTo(878 / 1612, 9);
  });

  it('takes F16 products as attention: all weights are quantised', () => {
    expect(operators.cache.get('f16')?.meaning).toBe('attention');
    const attention = operators.categories.find(({ name }) => name === 'attention')!;
    const dotProducts = attention.rows.filter((row) => operators.rows[row].weightType === 'f16');
    const samples = dotProducts.map((row) => operators.rows[row].samples);
    // ggml_vec_dot_f16: 189 samples in Prefill, 32 in Decode; load, prefill, decode, other.
    expect(samples.map(([, prefill]) => prefill).reduce((a, b) => a + b)).toBe(189);
    expect(samples.map(([, , decode]) => decode).reduce((a, b) => a + b)).toBe(32);
  });
});

describe('sim-qwen05b-t1-norepack: the same weights, not repacked', () => {
  it('falls through to ggml_vec_dot_q4_0_q8_0 in Decode, and says why', async () => {
    const operators = await operatorsOf('sim-qwen05b-t1-norepack');
    expect(parts(operators.coverage.prefill.families)).toEqual({ KleidiAI: 2430, generic: 104 });
    expect(parts(operators.coverage.decode.families)).toEqual({ generic: 1268 + 867 + 62 });
    const [first, second] = operators.fallThrough;
    expect(first).toMatchObject({
      stage: 'decode',
      type: 'q4_0',
      kernel: 'ggml_vec_dot_q4_0_q8_0',
      tensors: 168,
      samples: 1268,
      familyInOtherStage: 'KleidiAI',
    });
    expect(first.shareOfStage).toBeCloseTo(1268 / 2307, 9);
    expect(first.shareOfProducts).toBeCloseTo(1268 / 2197, 9);
    expect(first.reason.kind).toBe('not-repacked');
    expect(first.reason.fix).toContain('--no-repack');
    expect([second.stage, second.type, second.reason.kind]).toEqual(['decode', 'q6_K', 'not-in-build']);
    const q4 = operators.tensorTypes.find(({ type }) => type === 'q4_0')!;
    expect(q4.notes.join(' ')).toContain('In Decode in dot products: the weights were not repacked');
    expect(q4.notes.join(' ')).toContain('Prefill runs the same weights in KleidiAI');
  });
});

describe('gator-channels-t2: annotations around every node', () => {
  let operators: OperatorAnalysis;
  beforeAll(async () => {
    operators = await operatorsOf('gator-channels-t2');
  });

  it('counts matrix products by lanes: 29 nodes a call on each of two threads', () => {
    const { lanes } = operators;
    const products = lanes!.rows.find(({ operator }) => operator === 'MUL_MAT')!;
    // 11 tokens; 4 layers of 7 products and the output layer.
    expect(products.decode.spans).toBe(11 * (4 * 7 + 1) * 2);
    expect(products.prefill.spans).toBe((4 * 7 + 1) * 2);
    // All of Decode's are matrix–vector. In Prefill those of the last layer's feed-forward part and the output are.
    expect(lanes!.stages.decode.gemmNs).toBe(0);
    const vectors = lanes!.products.filter(({ shape, prefill }) => shape === 'GEMV' && prefill.spans > 0);
    expect(vectors.map(({ node, prefill }) => [node, prefill.spans]).sort()).toEqual([
      ['ffn_gate', 2],
      ['ffn_out', 2],
      ['ffn_up', 2],
      ['result_output', 2],
    ]);
    expect(lanes!.products.find(({ node }) => node === 'result_output')!.weights).toBe('q6_K 512 × 8192');
    // Flash attention: a node a layer, 4 layers, 2 threads.
    expect(lanes!.rows.find(({ operator }) => operator === 'FLASH_ATTN_EXT')!.decode.spans).toBe(11 * 4 * 2);
  });

  it('leaves out nodes that move no data', () => {
    expect(operators.lanes!.rows.map(({ operator }) => operator)).not.toContain('VIEW');
  });

  it('agrees with the stacks of samples', () => {
    const { prefill, decode } = operators.lanes!.stages;
    expect(prefill.samplesInLanes).toBeGreaterThan(1000);
    expect(decode.samplesInLanes).toBeGreaterThan(400);
    expect(prefill.sameOperator / prefill.samplesInLanes).toBeGreaterThan(0.99);
    expect(decode.sameOperator / decode.samplesInLanes).toBeGreaterThan(0.99);
    expect(Math.abs(prefill.largestDifference!.difference)).toBeLessThan(0.02);
    expect(Math.abs(decode.largestDifference!.difference)).toBeLessThan(0.02);
    expect(operators.lanes!.sentence).toContain('names the operator of the lane it lies in');
  });

  it('counts the kernels that the decoder counted', () => {
    const kernels = operators.tensorTypes.flatMap((row) => row.kernels);
    const prefill = Object.fromEntries(
      kernels.filter(({ stage }) => stage === 'prefill').map(({ name, samples }) => [name, samples]),
    );
    expect(prefill).toMatchObject({ [GEMM]: 566, ggml_vec_dot_q6_K_q8_K: 17 });
    const decode = kernels.find(({ stage, name }) => stage === 'decode' && name === GEMV);
    expect(decode?.samples).toBe(164);
  });
});
