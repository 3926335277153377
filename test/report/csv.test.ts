import { describe, expect, it } from 'vitest';
import { toCsv } from '../../src/report/csv.ts';

describe('cells of CSV files', () => {
  it.each(['=cmd', '+1', '-1', '@x', '\tx', '\rx', '\n=x', '  =x', '\uFEFF=x', '＝x', '＋x', '－x', '＠x'])(
    'that a spreadsheet would compute are text: %j',
    (cell) => {
      expect(toCsv(['a'], [[cell]]).split('a\r\n')[1]).toMatch(/^"?'/);
    },
  );

  it('turn no text around, hide none and steer no terminal', () => {
    expect(toCsv(['a'], [['safe\u202Egnp.exe \u001B[31mred \u009B2J zero\u200Bwidth']])).toBe(
      'a\r\nsafe\uFFFDgnp.exe \uFFFD[31mred \uFFFD2J zero\uFFFDwidth\r\n',
    );
  });

  it('that are numbers stay numbers, and words stay words', () => {
    expect(toCsv(['a', 'b', 'c'], [[-1.5, 'a=b', ' x']])).toBe('a,b,c\r\n-1.5,a=b, x\r\n');
  });
});
