/** The run of Arm's tutorial on profiling llama.cpp, as a scenario: one thread on one core of a server. */
import { NEOVERSE_V1, type Scenario } from './scenario.ts';

export const GEMM = 'kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm';
export const GEMV = 'kai_run_matmul_clamp_f32_qsi8d32p1x8_qsi4c32p4x8_1x4x32_neon_dotprod';

/** 2.6 GHz: a quarter of Prefill's cycles stall, half of Decode's. */
export const TUTORIAL: Scenario = {
  cores: Array.from({ length: 8 }, () => NEOVERSE_V1),
  counters: [
    'CPU_CYCLES',
    'INST_RETIRED',
    'STALL_FRONTEND',
    'STALL_BACKEND',
    'STALL_BACKEND_MEM',
    'L3D_CACHE_REFILL',
  ],
  prefill: { tokens: 78, ms: 400 },
  decode: { calls: 30, ms: 20 },
  threads: [
    {
      prefill: {
        kernels: [GEMM, GEMM, GEMM, 'ggml_compute_forward_soft_max'],
        perMs: {
          CPU_CYCLES: 2_600_000,
          INST_RETIRED: 8_320_000,
          STALL_FRONTEND: 104_000,
          STALL_BACKEND: 650_000,
          STALL_BACKEND_MEM: 65_000,
          L3D_CACHE_REFILL: 4_875,
        },
      },
      decode: {
        kernels: [GEMV, GEMV, GEMV, GEMV, 'ggml_vec_dot_q6_K_q8_K'],
        perMs: {
          CPU_CYCLES: 2_600_000,
          INST_RETIRED: 3_640_000,
          STALL_FRONTEND: 78_000,
          STALL_BACKEND: 1_300_000,
          STALL_BACKEND_MEM: 650_000,
          L3D_CACHE_REFILL: 240_000,
        },
      },
    },
  ],
};
