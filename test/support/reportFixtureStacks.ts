/** Stacks of the fixture runs, drawn as text: one line a stack, samples as load, prefill, decode, other. */

export interface StackLine {
  /** Root first. */
  stack: string[];
  samples: [load: number, prefill: number, decode: number, other: number];
}

/** Prefixes that most stacks share; `$name` at the start of a line stands for one of them. */
const PREFIXES: Record<string, string> = {
  $main: '_start;__libc_start_main_impl;__libc_start_call_main;main',
  $load:
    '$main;common_init_from_params(common_params&);llama_model_load_from_file;llama_model_load_from_file_impl(std::string const&, std::vector<std::string>&, llama_model_params)',
  $graph:
    '$main;llama_decode;llama_context::decode(llama_batch const&);llama_context::process_ubatch(llama_ubatch const&, llm_graph_type, llama_memory_context_i*, ggml_status&);llama_context::graph_compute(ggml_cgraph*, bool);ggml_backend_sched_compute_splits(ggml_backend_sched*);ggml_backend_cpu_graph_compute(ggml_backend*, ggml_cgraph*);ggml_graph_compute;ggml_graph_compute_thread.isra.0',
  $kleidi:
    '$graph;ggml_cpu_extra_compute_forward;ggml::cpu::kleidiai::tensor_traits::compute_forward(ggml_compute_params*, ggml_tensor*);ggml::cpu::kleidiai::tensor_traits::compute_forward_q4_0(ggml_compute_params*, ggml_tensor*)',
  $matmul: '$graph;ggml_compute_forward_mul_mat',
  $attention: '$graph;ggml_compute_forward_flash_attn_ext',
};

function expand(path: string): string[] {
  const [first, ...rest] = path.split(';');
  const prefix = PREFIXES[first];
  return prefix === undefined ? [first, ...rest] : [...expand(prefix), ...rest];
}

/** Reads `load prefill decode other  path;of;frames` lines; empty lines are skipped. */
export function drawStacks(drawing: string): StackLine[] {
  return drawing
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [load, prefill, decode, other, ...path] = line.split(/\s+(?=\S)/);
      return {
        stack: expand(path.join(' ')),
        samples: [Number(load), Number(prefill), Number(decode), Number(other)],
      };
    });
}

/** 1,734 samples of the emulated tiny run. */
export const EMULATED_STACKS: readonly StackLine[] = drawStacks(`
  13 276   0   0  $kleidi;kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm
   2   0 150   0  $kleidi;kai_run_matmul_clamp_f32_qsi8d32p1x8_qsi4c32p4x8_1x4x32_neon_dotprod
   0   1  18   0  $kleidi;kai_run_lhs_quant_pack_qsi8d32p_f32
   1   2   3   0  $kleidi
   9   9 162   0  $matmul;ggml_vec_dot_q6_K_q8_K
   0   1   2   0  $matmul
   0   2   5   0  $matmul;quantize_row_q8_K
   0 152  28   0  $attention
   0  71  19   0  $attention;ggml_vec_dot_f16
   0  21   6   3  $attention;expf32
   0  53   5   1  $graph;ggml_cpu_fp32_to_fp16
   0   1  16   0  $graph;ggml_compute_forward_dup
   0  11   2   0  $graph;ggml_compute_forward_rope_f32(ggml_compute_params const*, ggml_tensor*, bool)
   0   8   1   0  $graph;ggml_compute_forward_glu;ggml_vec_swiglu_f32
   0   6   1   0  $graph;ggml_compute_forward_rms_norm
   0   4   1   0  $graph;ggml_compute_forward_add
   0   3   2   0  $graph;ggml_barrier
   0   2   2   0  $graph
   0   3   3   0  $main;llama_decode;llama_context::decode(llama_batch const&);llama_context::process_ubatch(llama_ubatch const&, llm_graph_type, llama_memory_context_i*, ggml_status&);llm_graph_context::build_attn(llm_graph_input_attn_kv_unified*, ggml_tensor*)
   0   1   6   0  $main;llama_decode;llama_context::decode(llama_batch const&)
   0   0   8  14  $main;common_sampler_sample(common_sampler*, llama_context*, int, bool);llama_sampler_chain_apply(llama_sampler*, llama_token_data_array*)
   0   0   3   4  $main;common_token_to_piece(llama_context const*, int, bool)
  56   0   0   0  $load;ggml::cpu::kleidiai::tensor_traits::repack(ggml_tensor*, void const*, unsigned long);kai_run_rhs_pack_nxk_qsi4c32pscalef16_qsu4c32s16s0
  98   0   0   0  $load;llama_vocab::impl::load(llama_model_loader&, LLM_KV const&);std::_Hashtable<std::string, std::pair<std::string const, int>, std::allocator<std::pair<std::string const, int>>>::_M_insert_unique_node(unsigned long, unsigned long)
  22   0   0   0  $load;llama_vocab::impl::load(llama_model_loader&, LLM_KV const&);__strlen_asimd
  16   0   0   0  $load;llama_vocab::impl::load(llama_model_loader&, LLM_KV const&);malloc
  16   0   0   0  $load;llama_vocab::impl::load(llama_model_loader&, LLM_KV const&);bool std::operator==<char>(std::string const&, std::string const&)
  15   0   0   0  $load;llama_vocab::impl::load(llama_model_loader&, LLM_KV const&);std::string::_M_is_local() const
  64   0   0   0  $load;gguf_init_from_file_impl(_IO_FILE*, gguf_init_params);gguf_reader::read(std::string&) const
  31   0   0   0  $load;gguf_init_from_file_impl(_IO_FILE*, gguf_init_params);__memcpy_generic
  74   0   0   0  $load;llama_model_loader::load_all_data(ggml_context*, std::unordered_map<unsigned int, ggml_backend_buffer*>&, std::vector<std::unique_ptr<llama_mlock>>*, bool (*)(float, void*), void*);do_mem_abort;do_page_fault;handle_mm_fault
  41   0   0   0  $load;llama_model_loader::load_all_data(ggml_context*, std::unordered_map<unsigned int, ggml_backend_buffer*>&, std::vector<std::unique_ptr<llama_mlock>>*, bool (*)(float, void*), void*);do_mem_abort;do_page_fault;clear_page
  52   0   0   0  $main;common_init_from_params(common_params&);llama_init_from_model;llama_context::llama_context(llama_model const&, llama_context_params)
  38   0   0   0  $main;common_tokenize(llama_vocab const*, std::string const&, bool, bool);llm_tokenizer_bpe_session::tokenize(std::string const&, std::vector<int>&)
  50   0   0   0  _start;__libc_start_main_impl;_dl_relocate_static_pie
  18   0   0   0  clone;start_thread;common_log::resume()::{lambda()#1}::operator()() const
   3   0   0   0  clone;start_thread;gator_annotate_thread
   0   9   5   3  _start;el0_svc;do_el0_svc
   6   0   0   0  [unknown]
`);
