/**
 * Which function does what: an ordered table, the first rule whose pattern fits a normalised name decides. It is the one
 * place for patterns of kernel names.
 *
 * Sources: symbols of libggml-cpu and llama built for aarch64 (ggml of August 2025 to August 2026, KleidiAI 1.11 to 1.24),
 * ggml/src/ggml-cpu/{ggml-cpu.c,ops.cpp,vec.h,repack.cpp,llamafile/sgemm.cpp,kleidiai/*}, llama.cpp's src and common;
 * libgomp and the LLVM OpenMP runtime; functions of the Linux kernel as perf names them on arm64.
 */
import type { KernelCategory } from './categories.ts';
import type { KernelFamily } from './families.ts';

/** How a rule knows the shape of a matrix product. `AMBIGUOUS`: one function serves both, the stage tells. */
export type ShapeRule = 'GEMM' | 'GEMV' | 'AMBIGUOUS' | 'kleidiai' | 'gemm-or-gemv' | null;

/** Where code of this kind belongs, whatever the time it runs at; null when it can run in any stage. */
export type StageHint = 'load' | 'prefill' | 'decode' | 'sampling' | 'idle' | null;

export interface KernelRule {
  id: string;
  pattern: RegExp;
  category: KernelCategory;
  /** ggml's operator, or a name for work that is none. `by-name`: the function's name says it. */
  operator: string;
  shape: ShapeRule;
  stage: StageHint;
  family: KernelFamily | null;
  /** What the function does, for people; rules for matrix products build a sentence from the name instead. */
  words: string | null;
}

export const OPERATOR_BY_NAME = 'by-name';

/** Quantised weight types as they stand in function names. */
const WEIGHTS = '(iq[1-4]_(?:xxs|xs|nl|s|m)|tq[12]_0|q[1-8]_[01K]|mxfp4|nvfp4)';

/** A matrix product; its words and, where the name tells its shape, its stage come from the name. */
function product(
  id: string,
  pattern: RegExp,
  shape: ShapeRule,
  family: KernelFamily,
  more: Partial<KernelRule> = {},
): KernelRule {
  const matmul = { category: 'matmul', operator: 'MUL_MAT', stage: null, words: null } as const;
  return { id, pattern, shape, family, ...matmul, ...more };
}

function work(
  id: string,
  pattern: RegExp,
  category: KernelCategory,
  operator: string,
  words: string,
  stage: StageHint = null,
): KernelRule {
  return { id, pattern, category, operator, shape: null, stage, family: null, words };
}

export const KERNEL_RULES: readonly KernelRule[] = [
  // KleidiAI. A name with a tile of one row is a matrix–vector kernel.
  product(
    'K1',
    /^kai_(?:run_|kernel_)?i?matmul_(?:clamp_)?(?!pack)(?:f32|f16|bf16|qai8)_/,
    'kleidiai',
    'KleidiAI',
  ),
  work(
    'K2',
    /^kai_(?:run_)?(?:lhs_quant_pack)_/,
    'quantize',
    'LHS_QUANT_PACK',
    'quantises activations and packs them for a KleidiAI kernel',
  ),
  work(
    'K3',
    /^kai_(?:run_)?(?:lhs_(?:imatmul_)?pack|i?matmul_pack_lhs)/,
    'pack',
    'LHS_PACK',
    'packs activations for a KleidiAI kernel',
  ),
  work(
    'K4',
    /^kai_(?:run_)?rhs_(?:quant_)?pack_kxn_bf16p2vlx2b_f32_x32_sme/,
    'attention',
    'RHS_PACK',
    'packs keys or values at run time for a KleidiAI SME kernel',
    'prefill',
  ),
  work(
    'K5',
    /^kai_(?:run_)?(?:rhs_(?:imatmul_|quant_|dwconv_)?pack|i?matmul_pack_rhs)/,
    'load',
    'RHS_PACK',
    'packs weights for a KleidiAI kernel, once while loading',
    'load',
  ),
  work('K6', /^kai_(?:run_)?dwconv_/, 'conv', 'CONV_2D_DW', 'depthwise convolution, KleidiAI'),
  work('K7', /^kai_get_/, 'graph', 'KAI_QUERY', 'asks a KleidiAI kernel for sizes and offsets'),
  // The SVE objects keep local labels as symbols, so that tools name the hottest code label_3.
  product('K0', /^label_\d+$/, 'AMBIGUOUS', 'KleidiAI', {
    words: 'part of a KleidiAI assembly kernel, whose name is the symbol before this label',
  }),
  work(
    'K8',
    /<&kai_(?:run|get)_|ggml::cpu::kleidiai::|^kernel_(?:run|offs)_f/,
    'graph',
    'KLEIDIAI_DISPATCH',
    'hands work to a KleidiAI kernel',
  ),

  // ggml's dot products: one function for both shapes.
  product('V1', new RegExp(`^ggml_vec_dot_${WEIGHTS}_(q8_[01K])(?:_generic)?$`), 'AMBIGUOUS', 'generic'),
  product('V2', /^ggml_vec_dot_f16(?:_unroll)?$/, 'AMBIGUOUS', 'generic', {
    category: 'attention',
    operator: 'MUL_MAT_KQ_KQV',
  }),
  product('V3', /^ggml_vec_dot_(f32|bf16)(?:_unroll)?$/, 'AMBIGUOUS', 'generic'),

  // ggml's repacked weights. A prefill's last one to three rows run in the GEMV.
  product('G1', new RegExp(`^ggml_gemm_${WEIGHTS}_(\\d+)x(\\d+)_(q8_[0K])(?:_generic)?$`), 'GEMM', 'repack'),
  product('G2', new RegExp(`^ggml_gemv_${WEIGHTS}_(\\d+)x(\\d+)_(q8_[0K])(?:_generic)?$`), 'GEMV', 'repack'),
  product('G5', /ggml_gem([mv])_q\d_K_NxM_q8_K_generic_impl</, 'gemm-or-gemv', 'repack'),
  work(
    'G3',
    /ggml::cpu::repack::tensor_traits<.*>::repack\(|^(?:int )?(?:ggml::cpu::repack::)?repack(?:<|_)|^ggml_backend_cpu_(?:repack|kleidiai)_buffer_set_tensor|^make_block_/,
    'load',
    'WEIGHT_REPACK',
    'reorders weights, once while loading',
    'load',
  ),
  work(
    'G4',
    /ggml::cpu::repack::(?:tensor_traits|gemm|gemv)/,
    'graph',
    'REPACK_DISPATCH',
    'hands work to a kernel for repacked weights',
  ),

  // llamafile's tinyBLAS returns for fewer than two rows: always matrix–matrix.
  product(
    'T1',
    /tinyBLAS<\d+, *(?:__Float16x8_t|float16x8_t|__Float32x4_t|float32x4_t), *\S+, *(?:unsigned short|ggml_fp16_t|__fp16), /,
    'GEMM',
    'tinyBLAS',
    { category: 'attention', operator: 'MUL_MAT_KQ_KQV' },
  ),
  product('T2', /tinyBLAS(?:_Q0_ARM)?<|^_ZN12_GLOBAL__N_1(?:8|15)tinyBLAS/, 'GEMM', 'tinyBLAS'),
  product('T3', /^llamafile_sgemm$/, 'GEMM', 'tinyBLAS'),
  product(
    'B1',
    /^(?:cblas_)?[sdh]b?gemm(?:_|$)|^[sd]gemm_kernel|^ggml_backend_blas_|^armpl_|^openblas_|^exec_blas/,
    'GEMM',
    'BLAS',
    { category: 'blas' },
  ),
  product('M0', /^ggml_compute_forward_mul_mat_id/, 'AMBIGUOUS', 'generic', { operator: 'MUL_MAT_ID' }),
  product('M1', /^ggml_compute_forward_(?:mul_mat|out_prod|fwht)|^ggml_call_mul_mat/, 'AMBIGUOUS', 'generic'),

  // Other operators of ggml.
  work(
    'A1',
    /^ggml_compute_forward_flash_attn|^ggml_flash_attn_ext_|^simd_gemm/,
    'attention',
    'FLASH_ATTN_EXT',
    'flash attention',
  ),
  work(
    'A2',
    /^ggml_vec_soft_max_|^ggml_vec_log_soft_max_|^ggml_compute_forward_soft_max/,
    'softmax',
    'SOFT_MAX',
    'softmax of attention scores',
  ),
  work('N1', /^ggml_compute_forward_rms_norm/, 'norm', 'RMS_NORM', 'root-mean-square normalisation'),
  work('N2', /^ggml_compute_forward_(?:norm|group_norm|l2_norm)/, 'norm', 'NORM', 'layer normalisation'),
  work(
    'R1',
    /^ggml_compute_forward_rope|^ggml_(?:m?rope)_cache_init|^rope_yarn|^rotate_pairs/,
    'rope',
    'ROPE',
    'rotary position embedding',
  ),
  work(
    'S1',
    /^ggml_(?:compute_forward_)?(?:vec_)?(?:swiglu|geglu|reglu|glu)|^ggml_compute_forward_(?:glu|swiglu|geglu|reglu)/,
    'activation',
    'GLU',
    'gated activation',
  ),
  work(
    'S2',
    /^ggml_vec_(?:silu|gelu|relu|sigmoid|tanh|exp)|^ggml_compute_forward_(?:silu|gelu|relu|sigmoid|tanh|unary|leaky_relu|hardswish|hardsigmoid|softplus|elu|exp|expm1|xielu)|^ggml_v_(?:silu|expf)/,
    'activation',
    'UNARY',
    'activation function',
  ),
  work(
    'E1',
    /^ggml_compute_forward_get_rows|^dequantize_row_/,
    'embedding',
    'GET_ROWS',
    'looks up rows (embeddings) and dequantises them',
  ),
  work('E2', /^ggml_compute_forward_set_rows/, 'kv_write', 'SET_ROWS', 'writes keys and values to the cache'),
  work('C1', /^ggml_compute_forward_(?:cpy|dup|cont)/, 'copy', 'CPY', 'copies a tensor'),
  work(
    'C2',
    /^ggml_compute_forward_(?:add|add1|add_id|sub|mul|div|scale|acc|sqr|sqrt|clamp|repeat|sum|sum_rows|concat|non_quantized)(?:_|$)|^ggml_vec_(?:add|mul|scale|mad|acc|sub)|^binary_op|^void apply_binary_op|apply_binary_op</,
    'elementwise',
    OPERATOR_BY_NAME,
    'element-wise arithmetic',
  ),
  work(
    'M2',
    /^ggml_compute_forward_(?:ssm|rwkv|gla|gated_delta|solve_tri)/,
    'recurrent',
    'SSM',
    'recurrent state (state-space or linear attention)',
  ),
  work('M3', /^ggml_compute_forward_/, 'other_op', OPERATOR_BY_NAME, 'operator of ggml'),

  // Conversions.
  work(
    'Q1',
    /^quantize_row_q8_[01K](?:_ref|_generic)?$|^ggml_quantize_mat_q8_[0K]_4x\d(?:_generic)?$|^ggml_quantize_mat_t/,
    'quantize',
    'ACT_QUANT',
    'quantises activations to 8 bit',
  ),
  work(
    'Q2',
    /^ggml_cpu_fp32_to_(?:fp16|bf16|fp32|i32)$|^ggml_cpu_(?:fp16|bf16)_to_fp32$|^ggml_(?:fp32_to_fp16|fp16_to_fp32|bf16_to_fp32|fp32_to_bf16)_row/,
    'quantize',
    'CONVERT',
    'converts between float types',
  ),
  work('Q3', /^quantize_(?:row_)?/, 'quantize', 'QUANTIZE', 'quantises rows, usually offline', 'load'),

  // Waiting for other threads.
  work('Y1', /^ggml_barrier$/, 'sync', 'BARRIER', 'spins at the barrier between graph nodes'),
  work(
    'Y2',
    /^ggml_graph_compute_(?:secondary_thread|poll_for_work|check_for_work|thread_ready)/,
    'sync',
    'POLL',
    'worker thread polls for the next graph',
  ),
  work(
    'Y3',
    /^(?:GOMP_barrier|gomp_(?:team_)?barrier_|gomp_barrier|gomp_sem_wait|gomp_thread_start|gomp_mutex_lock_slow|gomp_simple_barrier|do_spin|do_wait|futex_wait$)/,
    'sync',
    'OMP_BARRIER',
    'waits in OpenMP (libgomp)',
  ),
  work(
    'Y4',
    /^(?:__kmp_(?:wait|flag|hyper_|hierarchical_|barrier|fork_barrier|join_barrier|suspend|yield|launch_thread|x86_pause|test_then)|__kmpc_barrier|kmp_flag_|kmp_basic_flag|bool __kmp_wait_template|void __kmp_suspend|__kmp_wait_template)/,
    'sync',
    'OMP_BARRIER',
    'waits in OpenMP (LLVM)',
  ),
  work(
    'Y5',
    /^(?:pthread_(?:cond_(?:timed)?wait|mutex_lock|barrier_wait)|___?pthread_|__pthread_|__lll_lock_wait|__futex_abstimed_wait|sched_yield|__sched_yield|__aarch64_(?:ldadd|cas|swp|ldset|ldclr)\d)/,
    'sync',
    'LOCK',
    'lock, condition or atomic counter',
  ),

  // llama.cpp around the kernels.
  work(
    'X1',
    /^ggml_graph_compute(?:_thread|_with_ctx|_kickoff)?(?:\._omp_fn\.\d+)?$|^ggml_compute_forward$|^ggml_cpu_extra_compute_forward|^ggml_graph_plan|^ggml_backend_(?:sched|cpu_graph|graph)_|^ggml_backend_sched|^ggml_gallocr_|^ggml_threadpool_|^ggml_(?:new_tensor|build_forward|visit_parents|view_|reshape_|permute|mul_mat$|set_name)|^llama_(?:context|kv_cache\w*|batch_allocr|graph\w*|memory\w*)::|^llm_(?:graph|build)_\w*/,
    'graph',
    'GRAPH',
    'builds, plans or walks the graph',
  ),
  work(
    'P1',
    /^llama_sampler_|^common_sampler_|^llama_sample_|^llama_grammar_|^llama_token_data|<llama_token_data|llama_token_data\s*[*&]/,
    'sampling',
    'SAMPLE',
    'chooses the next token',
    'sampling',
  ),
  work(
    'P2',
    /^llama_(?:tokenize|detokenize|token_to_piece)|^llama_vocab::(?:impl::)?(?:tokenize|token_to_piece|detokenize)|^llm_tokenizer_|^unicode_|^common_(?:tokenize|token_to_piece|detokenize)/,
    'tokenizer',
    'TOKENIZE',
    'text to tokens or tokens to text',
  ),
  work(
    'L1',
    /^llama_model_load|^llama_model_loader::|^llama_model::load|^llama_mmap|^llama_mlock|^gguf_|^llama_file::|^common_init_from_params/,
    'load',
    'MODEL_LOAD',
    'loads the model',
    'load',
  ),
  work(
    'L2',
    /^llama_(?:decode|encode|synchronize|get_logits|batch_)|^llama_perf_|^common_perf_print/,
    'graph',
    'LLAMA_API',
    'entry of llama.cpp',
  ),

  // The operating system.
  work(
    'O1',
    /^(?:do_page_fault|do_mem_abort|do_translation_fault|do_anonymous_page|do_fault\w*|do_wp_page|handle_mm_fault|__handle_mm_fault|handle_pte_fault|filemap_(?:fault|map_pages|map_folio_range|get_pages)|next_uptodate_(?:page|folio)|set_pte_range|do_set_pte|finish_fault|clear_(?:huge_|user_)?page\w*|__pi_clear_page|folio_zero_user|copy_page|__pi_copy_page|el[01]_(?:da|ia)\b|el[01]t?_\w*abort\w*|alloc_pages\w*|__alloc_pages\w*|get_page_from_freelist|zap_\w+|unmap_\w+|free_unref_page\w*|mem_cgroup_\w+|__mem_cgroup_\w+|charge_memcg|lru_add\w*|folio_\w+|page_(?:add|remove)_\w*rmap\w*|flush_tlb\w*|__flush_tlb\w*)/,
    'kernel_mem',
    'PAGE_FAULT',
    'maps, zeroes or frees pages in the kernel',
  ),
  work(
    'O2',
    /^(?:submit_bio\w*|blk_\w+|nvme_\w+|ext4_\w+|xfs_\w+|btrfs_\w+|f2fs_\w+|mpage_\w+|page_cache_ra_\w+|read_pages|vfs_read|ksys_(?:p)?read\w*|new_sync_read|io_schedule\w*|iomap_\w+|generic_file_\w+|filemap_read)/,
    'kernel_io',
    'FILE_READ',
    'reads files in the kernel',
    'load',
  ),
  work(
    'O3',
    /^(?:cpu_do_idle|arch_cpu_idle|default_idle_call|do_idle|cpuidle_\w+|psci_\w*suspend\w*|cpu_startup_entry|acpi_idle\w*|arch_local_irq_enable|tick_nohz_\w+|swapper)/,
    'idle',
    'IDLE',
    'the CPU is idle',
    'idle',
  ),
  work(
    'O4',
    /^(?:schedule\w*|__schedule|finish_task_switch|futex_\w+|do_futex|__arm64_sys_(?:futex|sched_yield)|do_sched_yield|try_to_wake_up|wake_up_q|dequeue_\w+|enqueue_\w+|pick_next_\w+|update_curr\w*|_raw_spin_\w+|queued_spin_lock_slowpath|el0_svc\w*|invoke_syscall\w*|do_el0_svc|ret_to_user)/,
    'kernel_sched',
    'SCHED',
    'scheduler or system call in the kernel',
  ),

  // Libraries, last: their callers say what they work for.
  work(
    'D1',
    /^(?:__)?mem(?:cpy|move|set|cmp)(?:_\w+)?$|^__memcpy_|^__memmove_|^__memset_|^__pi_mem(?:cpy|move|set)$/,
    'libc',
    'MEMCPY',
    'copies or fills memory',
  ),
  work(
    'D2',
    /^(?:__)?(?:expf|exp2f|powf|logf|sinf|cosf|sincosf|tanhf)(?:_\w+)?$|^_ZGVn/,
    'libm',
    'LIBM',
    'function of the mathematical library',
  ),
  work(
    'D3',
    /^(?:malloc|free|calloc|realloc|_int_malloc|_int_free|operator new|operator delete|cfree)/,
    'libc',
    'MALLOC',
    'allocates or frees memory',
  ),
];
