import { beforeAll, describe, expect, it } from 'vitest';
import { nodeServices } from '../../src/platform/node/services.ts';
import { loadDemangler } from '../../src/symbols/demangle.ts';

let demangle: (rawName: string) => string;
beforeAll(async () => {
  demangle = await loadDemangler(nodeServices);
});

describe('names of llama.cpp, as c++filt prints them', () => {
  it.each([
    ['_ZN13llama_context6decodeERK11llama_batch', 'llama_context::decode(llama_batch const&)'],
    [
      '_ZL29ggml_compute_forward_rope_f32PK19ggml_compute_paramsP11ggml_tensorb',
      'ggml_compute_forward_rope_f32(ggml_compute_params const*, ggml_tensor*, bool)',
    ],
    [
      '_ZN4ggml3cpu8kleidiai13tensor_traits20compute_forward_q4_0EP19ggml_compute_paramsP11ggml_tensor.isra.0',
      'ggml::cpu::kleidiai::tensor_traits::compute_forward_q4_0(ggml_compute_params*, ggml_tensor*) [clone .isra.0]',
    ],
    ['_ZN12_GLOBAL__N_110load_bytesEPKci', '(anonymous namespace)::load_bytes(char const*, int)'],
    [
      '_Z20unicode_utf8_to_byteRKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE',
      'unicode_utf8_to_byte(std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> > const&)',
    ],
    [
      '_ZNSt8__detail9_CompilerINSt7__cxx1112regex_traitsIcEEE14_M_disjunctionEv',
      'std::__detail::_Compiler<std::__cxx11::regex_traits<char> >::_M_disjunction()',
    ],
    ['_ZSt11_Hash_bytesPKvmm', 'std::_Hash_bytes(void const*, unsigned long, unsigned long)'],
    ['_ZNSt11_Tuple_implILm1EJEEC2Ev', 'std::_Tuple_impl<1ul>::_Tuple_impl()'],
    ['_ZN4core3fmt9Formatter9write_str17h0123456789abcdefE', 'core::fmt::Formatter::write_str'],
    ['_Z3foov._omp_fn.0', 'foo() [clone ._omp_fn.0]'],
    ['_ZN5llamaD1Ev', 'llama::~llama()'],
  ])('%s', (rawName, name) => {
    expect(demangle(rawName)).toBe(name);
  });
});

describe('where it differs from c++filt', () => {
  it('leaves out return types of templates', () => {
    // c++filt: void ggml_quantize_mat_t<4l, (ggml_type)8>(float const*, void*, long, long)
    expect(demangle('_Z19ggml_quantize_mat_tILl4EL9ggml_type8EEvPKfPvll')).toBe(
      'ggml_quantize_mat_t<4l, (ggml_type)8>(float const*, void*, long, long)',
    );
  });

  it('leaves out ABI tags and still counts substitutions right', () => {
    // c++filt: common_chat_format_single[abi:cxx11](…)
    expect(
      demangle(
        '_Z25common_chat_format_singleB5cxx11PK21common_chat_templatesRKSt6vectorI15common_chat_msgSaIS3_EERKS3_bb',
      ),
    ).toBe(
      'common_chat_format_single(common_chat_templates const*, std::vector<common_chat_msg, std::allocator<common_chat_msg> > const&, common_chat_msg const&, bool, bool)',
    );
  });

  it('writes std::ostream short', () => {
    // c++filt: std::basic_ostream<char, std::char_traits<char> >::flush()
    expect(demangle('_ZNSo5flushEv')).toBe('std::ostream::flush()');
  });
});

describe('what is not mangled', () => {
  it.each([
    'main',
    '_start',
    '__libc_start_main_impl',
    '_int_free_chunk',
    'ggml_graph_compute._omp_fn.0',
    '_Z',
    '_ZN',
    '_Rfoo',
    '__cxa_throw',
    '_D3foo',
    '',
    '[kernel]',
    'already::demangled(int)',
    `_Z${'x'.repeat(20_000)}`,
  ])('%s stays as it is', (name) => {
    expect(demangle(name)).toBe(name);
  });

  it('keeps versions and stubs behind the name', () => {
    expect(demangle('_Z3foov@plt')).toBe('foo()@plt');
    expect(demangle('_Z3foov@@LLAMA_1.0')).toBe('foo()@@LLAMA_1.0');
    expect(demangle('memcpy@plt')).toBe('memcpy@plt');
  });
});

describe('cost', () => {
  it('asks the library once for each name', async () => {
    let loads = 0;
    const counted = await loadDemangler({
      ...nodeServices,
      wasmBytes: (name) => {
        loads++;
        return nodeServices.wasmBytes(name);
      },
    });
    const names = Array.from({ length: 2000 }, (_, i) => `_ZN5llama4evalEi${'P'.repeat(i % 50)}${i}`);
    const started = performance.now();
    for (let i = 0; i < 500; i++) for (const name of names) counted(name);
    expect(performance.now() - started).toBeLessThan(5000);
    expect(loads).toBe(1);
  });

  it('gives up on names that grow without bound', async () => {
    // Each type holds the one before twice: 24 of them would make gigabytes of text.
    let bomb = '_Z1f1a1pIS_S_E';
    for (let depth = 0; depth < 24; depth++) {
      const last = `S${(depth + 1).toString(36).toUpperCase()}_`;
      bomb += `S0_I${last}${last}E`;
    }
    const bombs = Array.from({ length: 200 }, (_, i) => bomb.replace('1f', `3f${i + 10}`));
    const ofHostileFile = await loadDemangler(nodeServices);
    const started = performance.now();
    expect(bombs.map((name) => ofHostileFile(name))).toEqual(bombs);
    expect(performance.now() - started).toBeLessThan(20_000);
    // A single one does not spoil the names that follow.
    expect(demangle(bomb)).toBe(bomb);
    expect(demangle('_ZN5llama4stopEv')).toBe('llama::stop()');
  });
});
