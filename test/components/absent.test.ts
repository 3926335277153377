import { describe, expect, it } from 'vitest';
import { absent, quantityOrAbsent, valueOrAbsent } from '../../src/components/numbers/absent.ts';
import { stageShareCell } from '../../src/components/tables/shareCell.ts';

const quantity = (value: number | null, reason: string | null) => ({
  value,
  unit: 'B/s',
  status: null,
  reason,
  interval: null,
  working: null,
});

describe('a cell without a number', () => {
  it('is a dash that says why, to the pointer and to readers of the screen', () => {
    expect(absent('needs <2> & "more"')).toBe(
      '<span class="absent" role="img" aria-label="none: needs &lt;2&gt; &amp; &quot;more&quot;" title="needs &lt;2&gt; &amp; &quot;more&quot;">–</span>',
    );
    expect(valueOrAbsent(null, 'B', 'not counted')).toBe(absent('not counted'));
    expect(valueOrAbsent(undefined, 'B', 'not counted')).toBe(absent('not counted'));
    expect(quantityOrAbsent(quantity(null, 'too short'))).toBe(absent('too short'));
    expect(quantityOrAbsent(quantity(null, null))).toBe(absent('not known'));
  });

  it('is not one whose number is zero', () => {
    expect(valueOrAbsent(0, 'B', 'not counted')).toBe('0\u00A0B');
    expect(quantityOrAbsent(quantity(0, null))).toBe('0\u00A0B/s');
    const cell = { samples: 0, share: 0, interval: null };
    expect(stageShareCell(cell, 'stage-decode')).toBe('<td class="number" data-v="0">0\u00A0%</td>');
    // A share of no samples at all is not zero, and sorts with what is not known.
    expect(stageShareCell({ ...cell, share: null }, 'stage-decode')).toMatch(
      /^<td class="number" data-v=""><span class="absent".*–<\/span><\/td>$/,
    );
  });
});
