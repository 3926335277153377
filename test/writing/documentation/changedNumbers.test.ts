import { describe, expect, it } from 'vitest';
import { changedNumbers } from '../../../src/writing/documentation/changedNumbers.ts';

const TABLE = `## Metrics

| Metric | Formula | Prefill | Decode |
| --- | --- | --- | --- |
| IPC | a ÷ b | 1.20 (counted) | 1.10 (counted) |
| Refills | c | 3 (counted) | not counted |
`;

describe('numbers of an exported text', () => {
  it('are named by label and column of a table', () => {
    const next = TABLE.replace('1.10', '1.35').replace('not counted', '4 (counted)');
    expect(changedNumbers(TABLE, next)).toEqual({
      changed: [
        { line: 4, what: 'IPC, Decode', old: '1.10 (counted)', new: '1.35 (counted)' },
        { line: 5, what: 'Refills, Decode', old: 'not counted', new: '4 (counted)' },
      ],
      saysMore: false,
    });
  });

  it('are named by as many labels as tell rows apart', () => {
    const table = '| Stage | Thread | Waiting |\n|---|:-:|--:|\n| Decode | 1 | 5 % |\n| Decode | 2 | 6 % |\n';
    expect(changedNumbers(table, table.replace('6 %', '16 %')).changed).toEqual([
      { line: 3, what: 'Decode, 2, Waiting', old: '6 %', new: '16 %' },
    ]);
  });

  it('are named by their sentence, with other prefixes too, also among words of the author', () => {
    const text = 'Mine, 3 times.\n\n- Decode takes **950 ms**, 12 % of it.\n';
    expect(changedNumbers(text, '- Decode takes **1.2 s**, 14 % of it.\n')).toEqual({
      changed: [
        {
          line: 2,
          what: 'a sentence',
          old: '- Decode takes 950 ms, 12 % of it.',
          new: '- Decode takes 1.2 s, 14 % of it.',
        },
      ],
      saysMore: false,
    });
  });

  it('are not told where lines only moved, nor for markers', () => {
    const text = 'A 1.\n\nA 2.\n\n[gemview run.x]: # "gemview: one:run.x = 1"\n';
    expect(changedNumbers(text, 'A 2.\n\nA 1.\n\n[gemview run.x]: # "gemview: one:run.x = 2"\n')).toEqual({
      changed: [],
      saysMore: false,
    });
  });

  it('say when there is more than other numbers', () => {
    expect(changedNumbers(TABLE, `${TABLE}| New | d | 1 | 2 |\n`)).toEqual({ changed: [], saysMore: true });
    expect(changedNumbers('A 1.', 'A 2.\n\nB 3.')).toMatchObject({
      changed: [{ new: 'A 2.' }],
      saysMore: true,
    });
    expect(changedNumbers('', '')).toEqual({ changed: [], saysMore: false });
  });
});
