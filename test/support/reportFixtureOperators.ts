/** Operators of a report as a run with annotations of every node has them. */
import type { ReportOperators, ReportStageShare } from '../../src/report/schema/operators.ts';

const STAGE_SAMPLES = { prefill: 1000, decode: 500 };

/** Texts that stand where captures could have put anything. */
export interface OperatorTexts {
  kernel: string;
  operator: string;
  node: string;
  roles: string;
}

const PLAIN: OperatorTexts = {
  kernel: 'ggml_vec_dot_q6_K_q8_K',
  operator: 'MUL_MAT',
  node: 'ffn_up',
  roles: 'output',
};

const shareOf = (
  samples: number,
  whole: number,
  interval: [number, number] | null = null,
): ReportStageShare => ({
  samples,
  share: samples / whole,
  interval,
});

const both = (prefill: number, decode: number, interval: [number, number] | null = null) => ({
  prefill: shareOf(prefill, STAGE_SAMPLES.prefill),
  decode: shareOf(decode, STAGE_SAMPLES.decode, interval),
});

/**
 * 1,000 samples of Prefill: 700 in matrix products (680 in KleidiAI), 250 in attention, 50 elsewhere; 500 of Decode: 400 in
 * matrix products (160 in KleidiAI, 240 in dot products), 100 in attention.
 */
export function operatorsFixture(texts: Partial<OperatorTexts> = {}): ReportOperators {
  const { kernel, operator, node, roles } = { ...PLAIN, ...texts };
  const kernelRow = (
    name: string,
    family: string | null,
    weightType: string | null,
    prefill: number,
    decode: number,
  ) => ({
    name,
    family,
    weightType,
    mayBeAttention: false,
    samples: prefill + decode,
    ...both(prefill, decode),
  });
  const part = (name: string, samples: number, whole: number, interval: [number, number] | null = null) => ({
    name,
    samples,
    share: samples / whole,
    interval,
  });
  const lane = (laneS: number, spans: number, laneShare: number, samples: number, sampleShare: number) => ({
    laneS,
    spans,
    laneShare,
    samples,
    sampleShare,
  });
  return {
    stageSamples: STAGE_SAMPLES,
    categories: [
      {
        category: 'matmul',
        label: 'Matrix multiplication',
        samples: 1100,
        ...both(700, 400, [0.78, 0.82]),
        operators: [
          {
            operator,
            shape: 'GEMM',
            samples: 700,
            ...both(700, 0),
            kernels: [
              kernelRow(
                'kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm',
                'KleidiAI',
                'q4_0',
                680,
                0,
              ),
              kernelRow(kernel, 'generic', 'q6_K', 20, 0),
            ],
            omittedKernels: 0,
          },
          {
            operator,
            shape: 'GEMV',
            samples: 400,
            ...both(0, 400, [0.78, 0.82]),
            kernels: [
              kernelRow(kernel, 'generic', 'q6_K', 0, 240),
              kernelRow(
                'kai_run_matmul_clamp_f32_qsi8d32p1x8_qsi4c32p4x8_1x4x32_neon_dotprod',
                'KleidiAI',
                'q4_0',
                0,
                160,
              ),
            ],
            omittedKernels: 3,
          },
        ],
      },
      {
        category: 'attention',
        label: 'Attention',
        samples: 350,
        ...both(250, 100, [0.18, 0.22]),
        operators: [
          {
            operator: 'FLASH_ATTN_EXT',
            shape: null,
            samples: 350,
            ...both(250, 100, [0.18, 0.22]),
            kernels: [kernelRow('ggml_compute_forward_flash_attn_ext', null, null, 250, 100)],
            omittedKernels: 0,
          },
        ],
      },
      { category: 'rope', label: 'Rotary embedding', samples: 52, ...both(50, 2), operators: [] },
      {
        category: 'copy',
        label: 'Copy',
        samples: 2,
        ...both(2, 0),
        operators: [
          { operator: 'CPY', shape: null, samples: 2, ...both(2, 0), kernels: [], omittedKernels: 4 },
        ],
      },
    ],
    groups: [
      { group: 'matmul', ...both(700, 400, [0.78, 0.82]) },
      { group: 'attention', ...both(250, 100, [0.18, 0.22]) },
      { group: 'vector', ...both(50, 0) },
    ],
    coverage: [
      {
        stage: 'prefill',
        products: shareOf(700, STAGE_SAMPLES.prefill),
        stageSamples: STAGE_SAMPLES.prefill,
        families: [part('KleidiAI', 680, 700), part('generic', 20, 700)],
        shapes: [part('GEMM', 700, 700)],
        mayBeAttention: 0,
        intervalReason: 'one call: its spread is unknown',
      },
      {
        stage: 'decode',
        products: shareOf(400, STAGE_SAMPLES.decode, [0.78, 0.82]),
        stageSamples: STAGE_SAMPLES.decode,
        families: [part('generic', 240, 400, [0.57, 0.63]), part('KleidiAI', 160, 400, [0.37, 0.43])],
        shapes: [part('GEMV', 400, 400, [1, 1])],
        mayBeAttention: 0,
        intervalReason: null,
      },
    ],
    tensors: [
      {
        type: 'q6_K',
        tensors: 1,
        parameters: 4_194_304,
        bytes: 3_440_640,
        roles,
        kernels: [
          {
            stage: 'decode',
            name: kernel,
            family: 'generic',
            shape: 'GEMV',
            ...shareOf(240, STAGE_SAMPLES.decode, [0.45, 0.51]),
          },
        ],
        notes: ['In Decode in dot products: KleidiAI has no kernel for q6_K.'],
      },
    ],
    untyped: [],
    fallThrough: [
      {
        stage: 'decode',
        type: 'q6_K',
        kernel,
        tensors: 1,
        roles,
        samples: 240,
        shareOfStage: 0.48,
        shareOfProducts: 0.6,
        interval: [0.45, 0.51],
        kind: 'not-in-build',
        reason: 'KleidiAI has no kernel for q6_K, and this build has none for repacked q6_K',
        fix: 'Use a newer llama.cpp',
        familyInSameStage: null,
        familyInOtherStage: null,
      },
    ],
    f16: 'Products with F16 operands are attention: no weight matrix of the model is F16.',
    lanes: {
      sentence:
        'The stack of a sample names the operator of the lane it lies in for 99.0 % of 900 samples in Prefill.',
      rows: [
        { operator, prefill: lane(0.7, 58, 0.7, 640, 0.711), decode: lane(0.4, 638, 0.8, 360, 0.783) },
        {
          operator: 'FLASH_ATTN_EXT',
          prefill: lane(0.3, 8, 0.3, 260, 0.289),
          decode: lane(0.1, 88, 0.2, 100, 0.217),
        },
      ],
      stages: {
        prefill: { laneS: 1, gemmS: 0.68, gemvS: 0.02, samples: 900, samplesInLanes: 900, sameOperator: 891 },
        decode: { laneS: 0.5, gemmS: 0, gemvS: 0.4, samples: 460, samplesInLanes: 450, sameOperator: 450 },
      },
      products: [
        { node, shape: 'GEMM', weights: 'q4_0 512 × 1408', prefillS: 0.3, decodeS: 0, spans: 8 },
        { node: 'result_output', shape: 'GEMV', weights: null, prefillS: 0.02, decodeS: 0.24, spans: 24 },
      ],
    },
  };
}
