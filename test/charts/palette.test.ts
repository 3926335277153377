import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { paletteModule } from '../../scripts/dev/paletteModule.ts';
import { CATEGORY_GROUPS, categoryGroup, stageToken } from '../../src/charts/colours.ts';
import { PALETTE, type ColourToken } from '../../src/charts/palette.ts';
import { STAGES } from '../../src/llama/types.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** Contrast ratio of WCAG 2.2, 1.4.3. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string): number => {
    const [r, g, b] = [1, 3, 5]
      .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [light, dark] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

describe('colours', () => {
  it('of files are those of the stylesheet', () => {
    const names = [
      ...read('src/styles/tokens.css').matchAll(/--([a-z-]+): light-dark\((#\w{6}), (#\w{6})\)/g),
    ];
    expect(names.length).toBeGreaterThan(25);
    expect(Object.fromEntries(names.map(([, name, light, dark]) => [name, { light, dark }]))).toEqual(
      PALETTE,
    );
  });

  it('are written by the script that says so', () => {
    const values = (text: string): string[] => [...text.matchAll(/#[0-9a-f]{6}/g)].map(([value]) => value);
    expect(values(paletteModule(read('src/styles/tokens.css')))).toEqual(
      values(read('src/charts/palette.ts')),
    );
  });

  it.each(['light', 'dark'] as const)('have contrast in the %s theme: 4.5 for text, 3 for marks', (theme) => {
    const grounds = (['page', 'panel'] as const).map((token) => PALETTE[token][theme]);
    for (const token of Object.keys(PALETTE) as ColourToken[]) {
      const isText = /^(ink|ink-quiet|link|link-hover|warn|good|bad|chart-axis)$/.test(token);
      const isMark = /^(stage-|cat-|chart-mark|focus)/.test(token);
      if (!isText && !isMark) continue;
      // Charts stand on panels only.
      for (const ground of isText ? grounds : grounds.slice(1)) {
        expect(contrast(PALETTE[token][theme], ground), token).toBeGreaterThanOrEqual(isText ? 4.5 : 3);
      }
    }
  });

  it('name every stage', () => {
    for (const stage of STAGES) expect(PALETTE).toHaveProperty(stageToken(stage));
  });

  it('put every category of the kernel rules into at most eight groups and other', () => {
    expect(CATEGORY_GROUPS).toHaveLength(9);
    expect(categoryGroup('matmul').id).toBe('matmul');
    expect(categoryGroup('softmax').id).toBe('attention');
    expect(categoryGroup('kernel_mem').id).toBe('kernel');
    expect(categoryGroup(null).id).toBe('other');
    expect(categoryGroup('constructor').id).toBe('other');
  });
});
