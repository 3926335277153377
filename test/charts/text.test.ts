import { describe, expect, it } from 'vitest';
import { baseName, escaped, printable, sentenceHtml, shortened, symbolHtml } from '../../src/charts/text.ts';

describe('text from captures', () => {
  it('shows control characters and direction overrides as replacement characters', () => {
    expect(printable('a\u0000b\u001Bc\u202Ed\u2066e\uD800f')).toBe('a\uFFFDb\uFFFDc\uFFFDd\uFFFDe\uFFFDf');
    expect(printable('largest\u2028line \u200Ertl\u061C zero\u200Bwidth \uFEFFtag\u{E0041}')).toBe(
      'largest\uFFFDline \uFFFDrtl\uFFFD zero\uFFFDwidth \uFFFDtag\uFFFD',
    );
    expect(printable('größe 😀 👩\u200D💻')).toBe('größe 😀 👩\u200D💻');
  });

  it('stops marks from stacking up', () => {
    expect(printable(`z${'\u0301'.repeat(40)}o`)).toBe(`z${'\u0301'.repeat(4)}\uFFFDo`);
    // Vietnamese, Hebrew with points and accents: three marks on a letter.
    expect(printable('ê\u0323\u0301 ש\u05C1\u05B8\u0591')).toBe('ê\u0323\u0301 ש\u05C1\u05B8\u0591');
  });

  it('escapes what markup would read', () => {
    expect(escaped('<a href="x">&')).toBe('&lt;a href=&quot;x&quot;&gt;&amp;');
  });

  it.each([
    ['kai_run_f32', 'kai_|run_|f32'],
    ['ggml::cpu::f(int, char)', 'ggml::|cpu::|f(|int,| char)'],
    ['__libc_start', '__|libc_|start'],
    ['a_<b>', 'a_|&lt;|b&gt;'],
    ['x::', 'x::'],
    ['lib/libggml-cpu.so', 'lib/|libggml-cpu.|so'],
    ['', ''],
  ])('breaks %s after underscores, scopes, commas, brackets, dots and slashes', (name, expected) => {
    expect(symbolHtml(name).replaceAll('<wbr>', '|')).toBe(expected);
  });

  it('sets symbols inside a sentence in mono', () => {
    expect(sentenceHtml('Most time is in ggml_vec_dot_f16; 3 < 4.')).toBe(
      'Most time is in <code class="symbol">ggml_<wbr>vec_<wbr>dot_<wbr>f16</code>; 3 &lt; 4.',
    );
    expect(sentenceHtml('No symbol here.')).toBe('No symbol here.');
  });

  it('cuts in the middle and keeps both ends', () => {
    expect(shortened('kai_run_matmul_i8mm', 11)).toBe('kai_ru…i8mm');
    expect(shortened('short', 11)).toBe('short');
    expect([...shortened('a'.repeat(3000), 80)]).toHaveLength(80);
  });

  it.each([
    ['llama_context::graph_compute(ggml_cgraph*, bool)', 'graph_compute'],
    ['ggml_vec_dot_f16', 'ggml_vec_dot_f16'],
    ['std::vector<int, std::allocator<int> >::push_back(int&&)', 'push_back'],
    ['ggml::cpu::repack::tensor_traits<block_q4_0, 8l>::compute_forward', 'compute_forward'],
    ['(anonymous namespace)', '(anonymous namespace)'],
    ['[kernel]', '[kernel]'],
  ])('drops the namespaces of %s', (name, expected) => {
    expect(baseName(name)).toBe(expected);
  });
});
