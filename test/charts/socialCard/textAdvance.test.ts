import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { textAdvance } from '../../../src/charts/socialCard/textAdvance.ts';
import { fontAdvances } from '../../support/fontAdvances.ts';

const font = (path: string) =>
  fontAdvances(createRequire(import.meta.url).resolve(`@expo-google-fonts/${path}`));
const SEMI_BOLD = font('inter/600SemiBold/Inter_600SemiBold.ttf');
const REGULAR = font('inter/400Regular/Inter_400Regular.ttf');
const MONO = font('jetbrains-mono/400Regular/JetBrainsMono_400Regular.ttf');
const ASCII = Array.from({ length: 95 }, (_, index) => String.fromCodePoint(0x20 + index));

describe('the width of a text', () => {
  it('is that of the font, letter by letter', () => {
    for (const character of [...ASCII, '·', '…', '’', '“', '”', '–', '÷', '×', '\u00A0']) {
      expect(textAdvance(character, 1000), character).toBeCloseTo(1000 * SEMI_BOLD(character), -0.3);
      expect(textAdvance(character, 10, 'mono'), character).toBeCloseTo(10 * MONO(character), 5);
    }
  });

  it('is not less than that of the regular weight', () => {
    const sentence = 'Of Decode’s samples, 54.5 % are in one kernel: 1.48 G cycles (41 to 45 %).';
    const real = [...sentence].reduce((sum, character) => sum + REGULAR(character), 0);
    expect(textAdvance(sentence, 1)).toBeGreaterThan(real);
    expect(textAdvance(sentence, 1)).toBeLessThan(1.06 * real);
  });

  it('is not less than that of any letter of the alphabets that the font has', () => {
    for (const character of 'ŴЩЮЖΩÆÄéßøłżğ') {
      expect(textAdvance(character, 1), character).toBeGreaterThanOrEqual(SEMI_BOLD(character));
    }
    expect(textAdvance('e\u0301', 1)).toBe(textAdvance('e', 1));
  });
});
