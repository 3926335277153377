import { describe, expect, it } from 'vitest';
import { textAdvance } from '../../../src/charts/socialCard/textAdvance.ts';
import { plainLine, textLines, type LineLimits } from '../../../src/charts/socialCard/textLines.ts';

const limits = (of: Partial<LineLimits> = {}): LineLimits => ({
  width: 400,
  fontSize: 20,
  lines: 3,
  hasSymbols: true,
  ...of,
});
const lines = (text: string, of?: Partial<LineLimits>): string[] =>
  textLines(text, limits(of)).map(plainLine);

describe('lines of a text', () => {
  it('break between words', () => {
    expect(lines('Prefill takes 506 ms and Decode 415 ms of emulated time')).toEqual([
      'Prefill takes 506 ms and Decode 415 ms',
      'of emulated time',
    ]);
    expect(lines('')).toEqual([]);
    expect(lines('   ')).toEqual([]);
  });

  it('end with an ellipsis where there are more of them', () => {
    expect(lines('one two, three four five six seven', { width: 120, lines: 2 })).toEqual([
      'one two,',
      'three four…',
    ]);
    expect(lines('one two, three', { width: 110, lines: 1 })).toEqual(['one two…']);
  });

  it('break a name between its parts, and punctuation stays with it', () => {
    expect(lines('samples are in kai_run_matmul_clamp_f32_16x4_neon_i8mm.', { width: 240 })).toEqual([
      'samples are in kai_',
      'run_matmul_clamp_',
      'f32_16x4_neon_i8mm.',
    ]);
  });

  it('keep names in mono, and what is around them not', () => {
    expect(textLines('in (ggml_vec_dot_q6_K_q8_K), mostly', limits({ width: 900 }))).toEqual([
      [
        { text: 'in (', face: 'text' },
        { text: 'ggml_vec_dot_q6_K_q8_K', face: 'mono' },
        { text: '), mostly', face: 'text' },
      ],
    ]);
    expect(textLines('on llama_decode', limits({ hasSymbols: false }))).toEqual([
      [{ text: 'on llama_decode', face: 'text' }],
    ]);
  });

  it('do not break a number', () => {
    for (let width = 120; width < 500; width += 7) {
      expect(lines('Decode reads 2,416.84 MB and 55.0 % of it', { width, lines: 9 }).join(' ')).toBe(
        'Decode reads 2,416.84 MB and 55.0 % of it',
      );
    }
  });

  it.each([
    ['one long word', 'W'.repeat(5000)],
    ['one long name', 'kai_run_'.repeat(5000)],
    ['brackets', '('.repeat(5000)],
    ['another script', '模型解码'.repeat(500)],
    ['no words', '🜁'.repeat(500)],
    ['control characters', 'a\u202E\u0000\u001B[31m'.repeat(500)],
    ['a megabyte', 'word '.repeat(200_000)],
    ['half a pair', '\uD83D'.repeat(500)],
  ])('fit, whatever the text: %s', (_, text) => {
    const found = textLines(text, limits());
    expect(found).toHaveLength(3);
    for (const line of found) {
      const width = line.reduce((sum, piece) => sum + textAdvance(piece.text, 20, piece.face), 0);
      expect(width).toBeLessThanOrEqual(400);
    }
    expect(plainLine(found[2])).toMatch(/…$/);
    // oxlint-disable-next-line no-control-regex -- none of them may be drawn
    expect(found.map(plainLine).join('')).not.toMatch(/[\u0000-\u001F\u202E]|\p{Surrogate}/u);
  });
});
