import { describe, expect, it } from 'vitest';
import { columnKey, freeKey, readOrder, writeOrder } from '../../src/components/client/tableOrder.ts';

describe('the order of tables in the address', () => {
  it('names columns by what their headers say', () => {
    expect(columnKey('To the next')).toBe('to-the-next');
    expect(columnKey(' Prefill, per call ')).toBe('prefill-per-call');
    expect(columnKey('%')).toBe('column');
    const taken = new Map([
      ['self', 1],
      ['self-2', 1],
    ]);
    expect(freeKey(taken, 'self')).toBe('self-3');
    expect(freeKey(taken, 'total')).toBe('total');
  });

  it('is that of each table, and is written over', () => {
    const query = new URLSearchParams('x=1');
    writeOrder(query, 'calls', { column: 'start', isDescending: true });
    writeOrder(query, 'phases', { column: 'end', isDescending: false });
    writeOrder(query, 'calls', { column: 'samples', isDescending: false });
    expect(query.toString()).toBe('x=1&sort=phases.end.up&sort=calls.samples.up');
    expect(readOrder(query, 'calls')).toEqual({ column: 'samples', isDescending: false });
    expect(readOrder(query, 'call')).toBeNull();
    for (const broken of ['calls', 'calls.start', 'calls.start.left', 'calls..down'])
      expect(readOrder(new URLSearchParams({ sort: broken }), 'calls'), broken).toBeNull();
  });
});
