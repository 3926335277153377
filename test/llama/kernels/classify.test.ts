import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  CATEGORIES,
  categoryFacts,
  CATEGORY_GROUP_IDS,
  classifyKernel,
} from '../../../src/llama/kernels/index.ts';
import { KERNEL_RULES } from '../../../src/llama/kernels/rules.ts';
import { describeWithSamples } from '../../support/samples.ts';

/** One line for each kind of function, in the order of the rules; names as nm, perf and demanglers print them. */
const FUNCTIONS: [
  name: string,
  category: string,
  operator: string | null,
  shape: string | null,
  rule: string,
][] = [
  ['ggml_vec_dot_q4_0_q8_0', 'matmul', 'MUL_MAT', 'AMBIGUOUS', 'V1'],
  ['ggml_vec_dot_q6_K_q8_K', 'matmul', 'MUL_MAT', 'AMBIGUOUS', 'V1'],
  ['ggml_vec_dot_iq4_xs_q8_K', 'matmul', 'MUL_MAT', 'AMBIGUOUS', 'V1'],
  ['ggml_vec_dot_tq2_0_q8_K_generic', 'matmul', 'MUL_MAT', 'AMBIGUOUS', 'V1'],
  ['ggml_vec_dot_f16', 'attention', 'MUL_MAT_KQ_KQV', 'AMBIGUOUS', 'V2'],
  ['ggml_vec_dot_f32', 'matmul', 'MUL_MAT', 'AMBIGUOUS', 'V3'],
  ['ggml_vec_dot_bf16', 'matmul', 'MUL_MAT', 'AMBIGUOUS', 'V3'],
  ['ggml_gemm_q4_0_4x8_q8_0', 'matmul', 'MUL_MAT', 'GEMM', 'G1'],
  ['ggml_gemm_q4_K_8x8_q8_K', 'matmul', 'MUL_MAT', 'GEMM', 'G1'],
  ['ggml_gemv_q8_0_4x8_q8_0', 'matmul', 'MUL_MAT', 'GEMV', 'G2'],
  ['ggml_gemv_iq4_nl_4x4_q8_0_generic', 'matmul', 'MUL_MAT', 'GEMV', 'G2'],
  ['void ggml_gemv_q5_K_NxM_q8_K_generic_impl<8l, 4l>(int, float*)', 'matmul', 'MUL_MAT', 'GEMV', 'G5'],
  ['void ggml_gemm_q6_K_NxM_q8_K_generic_impl<8l, 4l>(int, float*)', 'matmul', 'MUL_MAT', 'GEMM', 'G5'],
  [
    'ggml::cpu::repack::tensor_traits<block_q4_0, 4l, 4l, (ggml_type)8>::repack(ggml_tensor*, void const*, unsigned long)',
    'load',
    'WEIGHT_REPACK',
    null,
    'G3',
  ],
  ['make_block_q4_0x4', 'load', 'WEIGHT_REPACK', null, 'G3'],
  [
    'int repack<block_q4_0, 8l, 4l>(ggml_tensor*, void const*, unsigned long)',
    'load',
    'WEIGHT_REPACK',
    null,
    'G3',
  ],
  [
    'ggml::cpu::repack::tensor_traits<block_q4_0, 4l, 4l, (ggml_type)8>::compute_forward(ggml_compute_params*, ggml_tensor*)',
    'graph',
    'REPACK_DISPATCH',
    null,
    'G4',
  ],
  [
    '(anonymous namespace)::tinyBLAS<8, __Float16x8_t, __Float16x8_t, unsigned short, unsigned short, float>::mnpack<4, 6, 4>(long, long, long)',
    'attention',
    'MUL_MAT_KQ_KQV',
    'GEMM',
    'T1',
  ],
  [
    '(anonymous namespace)::tinyBLAS<4, __Float32x4_t, __Float32x4_t, float, float, float>::matmul(long, long)',
    'matmul',
    'MUL_MAT',
    'GEMM',
    'T2',
  ],
  [
    '(anonymous namespace)::tinyBLAS_Q0_ARM<block_q4_0>::mnpack(long, long, long, long)',
    'matmul',
    'MUL_MAT',
    'GEMM',
    'T2',
  ],
  ['_ZN12_GLOBAL__N_115tinyBLAS_Q0_ARMI10block_q4_0E6mnpackEllll', 'matmul', 'MUL_MAT', 'GEMM', 'T2'],
  ['llamafile_sgemm', 'matmul', 'MUL_MAT', 'GEMM', 'T3'],
  ['cblas_sgemm', 'blas', 'MUL_MAT', 'GEMM', 'B1'],
  ['sgemm_kernel_NEOVERSEV1', 'blas', 'MUL_MAT', 'GEMM', 'B1'],
  ['ggml_compute_forward_mul_mat_id', 'matmul', 'MUL_MAT_ID', 'AMBIGUOUS', 'M0'],
  ['ggml_compute_forward_mul_mat', 'matmul', 'MUL_MAT', 'AMBIGUOUS', 'M1'],
  ['ggml_compute_forward_mul_mat_one_chunk.isra.0', 'matmul', 'MUL_MAT', 'AMBIGUOUS', 'M1'],
  ['ggml_compute_forward_flash_attn_ext', 'attention', 'FLASH_ATTN_EXT', null, 'A1'],
  ['ggml_vec_soft_max_f32', 'softmax', 'SOFT_MAX', null, 'A2'],
  ['ggml_compute_forward_soft_max', 'softmax', 'SOFT_MAX', null, 'A2'],
  ['ggml_compute_forward_rms_norm', 'norm', 'RMS_NORM', null, 'N1'],
  ['ggml_compute_forward_group_norm', 'norm', 'NORM', null, 'N2'],
  [
    'ggml_compute_forward_rope_f32(ggml_compute_params const*, ggml_tensor*, bool)',
    'rope',
    'ROPE',
    null,
    'R1',
  ],
  [
    'void ggml_compute_forward_rope_flt<float>(ggml_compute_params const*, ggml_tensor*, bool)',
    'rope',
    'ROPE',
    null,
    'R1',
  ],
  ['ggml_vec_swiglu_f32', 'activation', 'GLU', null, 'S1'],
  ['ggml_compute_forward_glu', 'activation', 'GLU', null, 'S1'],
  ['ggml_vec_silu_f32', 'activation', 'UNARY', null, 'S2'],
  ['ggml_compute_forward_get_rows', 'embedding', 'GET_ROWS', null, 'E1'],
  ['dequantize_row_q4_0', 'embedding', 'GET_ROWS', null, 'E1'],
  ['ggml_compute_forward_set_rows', 'kv_write', 'SET_ROWS', null, 'E2'],
  ['ggml_compute_forward_dup_bytes(ggml_compute_params const*, ggml_tensor*)', 'copy', 'CPY', null, 'C1'],
  ['ggml_compute_forward_add', 'elementwise', 'ADD', null, 'C2'],
  ['ggml_compute_forward_add_non_quantized', 'elementwise', 'ADD', null, 'C2'],
  ['ggml_compute_forward_add_id', 'elementwise', 'ADD_ID', null, 'C2'],
  ['ggml_compute_forward_sum_rows', 'elementwise', 'SUM_ROWS', null, 'C2'],
  ['ggml_compute_forward_mul', 'elementwise', 'MUL', null, 'C2'],
  ['ggml_vec_mad_f16', 'elementwise', 'MAD', null, 'C2'],
  [
    'void apply_binary_op<&(op_div(float, float)), float, float, float>(ggml_compute_params const*)',
    'elementwise',
    'DIV',
    null,
    'C2',
  ],
  ['ggml_compute_forward_ssm_scan', 'recurrent', 'SSM', null, 'M2'],
  ['ggml_compute_forward_im2col_f16', 'other_op', 'IM2COL', null, 'M3'],
  ['ggml_compute_forward_conv_2d_dw', 'other_op', 'CONV_2D_DW', null, 'M3'],
  ['quantize_row_q8_0', 'quantize', 'ACT_QUANT', null, 'Q1'],
  ['ggml_quantize_mat_q8_0_4x8', 'quantize', 'ACT_QUANT', null, 'Q1'],
  ['ggml_cpu_fp32_to_fp16', 'quantize', 'CONVERT', null, 'Q2'],
  ['quantize_row_q4_0_ref', 'quantize', 'QUANTIZE', null, 'Q3'],
  ['ggml_barrier', 'sync', 'BARRIER', null, 'Y1'],
  ['ggml_graph_compute_secondary_thread', 'sync', 'POLL', null, 'Y2'],
  ['gomp_team_barrier_wait_end', 'sync', 'OMP_BARRIER', null, 'Y3'],
  ['__kmp_hyper_barrier_release', 'sync', 'OMP_BARRIER', null, 'Y4'],
  ['__aarch64_ldadd4_acq_rel', 'sync', 'LOCK', null, 'Y5'],
  ['pthread_cond_wait@@GLIBC_2.17', 'sync', 'LOCK', null, 'Y5'],
  ['ggml_graph_compute._omp_fn.0', 'graph', 'GRAPH', null, 'X1'],
  ['ggml_graph_compute_thread', 'graph', 'GRAPH', null, 'X1'],
  ['llama_kv_cache_unified::find_slot(llama_ubatch const&, bool) const', 'graph', 'GRAPH', null, 'X1'],
  ['llama_sampler_sample', 'sampling', 'SAMPLE', null, 'P1'],
  ['llama_sampler_top_k_impl(llama_token_data_array*, int)', 'sampling', 'SAMPLE', null, 'P1'],
  ['std::__adjust_heap<llama_token_data*, long>(llama_token_data*, long)', 'sampling', 'SAMPLE', null, 'P1'],
  ['llama_tokenize', 'tokenizer', 'TOKENIZE', null, 'P2'],
  ['llama_model_loader::load_all_data(ggml_context*)', 'load', 'MODEL_LOAD', null, 'L1'],
  ['llama_decode', 'graph', 'LLAMA_API', null, 'L2'],
  ['clear_page_mte', 'kernel_mem', 'PAGE_FAULT', null, 'O1'],
  ['filemap_map_pages', 'kernel_mem', 'PAGE_FAULT', null, 'O1'],
  ['filemap_read', 'kernel_io', 'FILE_READ', null, 'O2'],
  ['cpu_do_idle', 'idle', 'IDLE', null, 'O3'],
  ['finish_task_switch.isra.0', 'kernel_sched', 'SCHED', null, 'O4'],
  ['__memcpy_generic', 'libc', 'MEMCPY', null, 'D1'],
  ['memset@plt', 'libc', 'MEMCPY', null, 'D1'],
  ['expf@@GLIBC_2.27', 'libm', 'LIBM', null, 'D2'],
  ['_ZGVnN4v_expf', 'libm', 'LIBM', null, 'D2'],
  ['operator new(unsigned long)', 'libc', 'MALLOC', null, 'D3'],
];

describe('the classifier', () => {
  it.each(FUNCTIONS)('%s', (name, category, operator, shape, rule) => {
    expect(classifyKernel(name)).toMatchObject({ category, operator, shape, rule });
  });

  it('has an example for every rule', () => {
    const shown = new Set(FUNCTIONS.map((row) => row[4]));
    const inOwnTest = new Set(['K0', 'K1', 'K2', 'K3', 'K4', 'K5', 'K6', 'K7', 'K8']);
    expect(KERNEL_RULES.filter((rule) => !shown.has(rule.id) && !inOwnTest.has(rule.id))).toEqual([]);
  });

  it('has each id of a rule once', () => {
    const ids = KERNEL_RULES.map(({ id }) => id);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  });

  it('leaves what it does not know alone', () => {
    for (const name of [
      'main',
      'ggml_new_context',
      '',
      'std::vector<int>::push_back(int const&)',
      'ggml_vec_dot_q4_0',
    ]) {
      expect(classifyKernel(name)).toMatchObject({
        normalised: name,
        category: 'other',
        operator: null,
        shape: null,
        words: null,
        rule: null,
      });
    }
  });

  it.each([
    ['  ggml_barrier ', 'ggml_barrier'],
    ['ggml_vec_dot_q4_0_q8_0.part.0.constprop.1', 'ggml_vec_dot_q4_0_q8_0'],
    ['ggml_compute_forward_rms_norm.cold', 'ggml_compute_forward_rms_norm'],
    ['ggml_graph_compute._omp_fn.0', 'ggml_graph_compute._omp_fn.0'],
    ['ggml_graph_compute_thread.lto_priv.0', 'ggml_graph_compute_thread'],
    ['quantize_row_q8_0.llvm.1234567', 'quantize_row_q8_0'],
    [
      'ggml::cpu::kleidiai::tensor_traits::compute_forward_q4_0(ggml_tensor*) [clone .isra.0]',
      'ggml::cpu::kleidiai::tensor_traits::compute_forward_q4_0(ggml_tensor*)',
    ],
  ])('normalises %s first', (name, normalised) => {
    const kernel = classifyKernel(name);
    expect(kernel.normalised).toBe(normalised);
    expect(kernel.category).not.toBe('other');
  });

  it('tries the raw name when the demangled one fits no rule', () => {
    const raw = '_ZN12_GLOBAL__N_18tinyBLASI4BROKEN';
    expect(classifyKernel('some unreadable thing', raw)).toMatchObject({
      normalised: 'some unreadable thing',
      rule: 'T2',
    });
  });

  it('knows whose matrix products they are, and on what', () => {
    expect(classifyKernel('ggml_gemm_q4_0_4x8_q8_0')).toMatchObject({
      family: 'repack',
      dtypes: { dst: 'f32', lhs: 'q8_0', rhs: 'q4_0' },
      tile: '4x8',
      isa: 'neon_i8mm',
      instruction: 'SMMLA',
      stage: 'prefill',
      words:
        'int8 matrix multiply (SMMLA), 4 columns interleaved by 8, 4-bit weights in blocks of 32 (q4_0), ggml repack',
    });
    expect(classifyKernel('ggml_gemv_q4_0_4x8_q8_0')).toMatchObject({
      isa: 'neon_dotprod',
      instruction: 'SDOT',
      stage: 'decode',
    });
    expect(classifyKernel('ggml_gemv_q4_0_8x8_q8_0')).toMatchObject({ isa: 'sve_dotprod' });
    expect(classifyKernel('ggml_gemm_q4_0_8x8_q8_0')).toMatchObject({ isa: 'sve_i8mm' });
    expect(classifyKernel('ggml_gemm_q4_K_8x8_q8_K')).toMatchObject({ isa: 'neon_i8mm' });
    expect(classifyKernel('ggml_gemm_q4_0_4x8_q8_0_generic')).toMatchObject({
      isa: null,
      instruction: null,
      words:
        'int8 matrix multiply in plain C, 4 columns interleaved by 8, 4-bit weights in blocks of 32 (q4_0), ggml repack',
    });
    expect(classifyKernel('ggml_vec_dot_q6_K_q8_K')).toMatchObject({
      family: 'generic',
      dtypes: { dst: 'f32', lhs: 'q8_K', rhs: 'q6_K' },
      isa: null,
      stage: null,
      words:
        'int8 dot products, one output at a time, 6-bit weights in blocks of 256 (q6_K), ggml without repacking',
    });
    expect(
      classifyKernel(
        '(anonymous namespace)::tinyBLAS<4, __Float32x4_t, __Float32x4_t, float, float, float>::matmul()',
      ),
    ).toMatchObject({ family: 'tinyBLAS', dtypes: { dst: 'f32', lhs: 'f32', rhs: 'f32' }, isa: 'neon_mla' });
    expect(classifyKernel('cblas_sgemm').family).toBe('BLAS');
    expect(classifyKernel('ggml_compute_forward_rope_f32').family).toBeNull();
  });
});

describe('categories', () => {
  it('are those that rules use, and fit into eight groups and the rest', () => {
    const used = new Set<string>(KERNEL_RULES.map((rule) => rule.category));
    expect(Object.keys(CATEGORIES).filter((category) => !used.has(category))).toEqual(['other']);
    expect(CATEGORY_GROUP_IDS).toHaveLength(9);
    expect(new Set(Object.values(CATEGORIES).map((facts) => facts.group))).toEqual(
      new Set(CATEGORY_GROUP_IDS),
    );
  });

  it('take what is no category for other', () => {
    expect(categoryFacts('matmul').label).toBe('Matrix multiplication');
    expect(categoryFacts(null).label).toBe('Other');
    expect(categoryFacts('toString').label).toBe('Other');
  });
});

describeWithSamples('the functions of the recorded binaries', (folder) => {
  let names: string[];
  let classes: Map<string, ReturnType<typeof classifyKernel>>;

  /** Names from the function table of the binary with one annotation channel per node. */
  beforeAll(() => {
    const path = join(folder, 'symbols', '9365dbc2cbffb0669b8a523cbd47ff4585287e8c.nm.txt');
    const lines = readFileSync(path, 'utf8').split('\n');
    const symbols = lines.filter((line) => line !== '' && !line.startsWith('#'));
    names = [...new Set(symbols.map((line) => line.slice(36)))];
    classes = new Map(names.map((name) => [name, classifyKernel(name)]));
  });

  it('has its four KleidiAI kernels, two of each shape, and knows every other function of KleidiAI but one', () => {
    const kernels = names.filter((name) => name.startsWith('kai_run_matmul'));
    expect(kernels).toHaveLength(4);
    expect(kernels.map((name) => classes.get(name)?.shape).sort()).toEqual(['GEMM', 'GEMM', 'GEMV', 'GEMV']);
    const unknown = names.filter(
      (name) => name.startsWith('kai_') && classes.get(name)?.category === 'other',
    );
    expect(unknown).toEqual(['kai_num_blocks_per_row.part.0']);
  });

  it('knows every function that computes', () => {
    const computing = names.filter((name) =>
      /^(?:ggml_(?:vec_|gemm_|gemv_|compute_forward)|quantize_row|dequantize_row)/.test(name),
    );
    expect(computing.length).toBeGreaterThan(150);
    expect(computing.filter((name) => classes.get(name)?.category === 'other')).toEqual([]);
  });
});
