import { describe, expect, it } from 'vitest';
import { int32Column, movedStretches, reorder, timeOrder } from '../../src/profile/columns.ts';

describe('timeOrder', () => {
  const order = (times: readonly number[]): number[] | null => {
    const result = timeOrder(Float64Array.from(times));
    return result && [...result];
  };

  it('is null for what is in order already', () => {
    expect(order([])).toBeNull();
    expect(order([1])).toBeNull();
    expect(order([1, 1, 2, 5])).toBeNull();
  });

  it('merges runs, earlier rows first among equal times', () => {
    expect(order([3, 1, 2])).toEqual([1, 2, 0]);
    expect(order([10, 20, 30, 10, 20, 30])).toEqual([0, 3, 1, 4, 2, 5]);
    expect(order([5, 5, 4, 4, 5])).toEqual([2, 3, 0, 1, 4]);
    expect(order([5, 4, 3, 2, 1])).toEqual([4, 3, 2, 1, 0]);
    expect(order([1, 2, 9, 3, 4, 0, 8])).toEqual([5, 0, 1, 3, 4, 6, 2]);
  });

  it('agrees with a plain stable sort on buffers of several CPUs', () => {
    // Rounds of three CPUs: each CPU's part is in order, rounds overlap a little.
    const times: number[] = [];
    for (let round = 0; round < 40; round++) {
      for (let cpu = 0; cpu < 3; cpu++) {
        for (let i = 0; i < 7; i++) times.push(round * 10 + ((i * 13 + cpu) >> 3));
      }
    }
    const expected = times.map((_, row) => row).sort((a, b) => times[a] - times[b]);
    expect(order(times)).toEqual(expected);
  });
});

describe('a column', () => {
  it('grows, and gives its rows away once', () => {
    const column = int32Column(2);
    for (let value = 0; value < 5; value++) column.push(value);
    expect([...column.finish()]).toEqual([0, 1, 2, 3, 4]);
    expect(column.length).toBe(0);
    column.push(9);
    expect([...column.finish()]).toEqual([9]);
  });

  it('is not copied when its size was known', () => {
    const column = int32Column(1);
    column.reserve(3);
    for (let value = 0; value < 3; value++) column.push(value);
    const { data } = column;
    expect(column.finish()).toBe(data);
  });

  it('is put in an order', () => {
    // Rows 0 to 2 change places among themselves, row 3 stays, rows 4 and 5 swap.
    const order = Uint32Array.of(2, 0, 1, 3, 5, 4);
    const values = [7, 8, 9, 10, 11, 12];
    const expected = [9, 7, 8, 10, 12, 11];
    for (const column of [Int32Array.from(values), Float64Array.from(values), Uint8Array.from(values)]) {
      expect(reorder<Int32Array | Float64Array | Uint8Array>(column, order)).toBe(column);
      expect([...column]).toEqual(expected);
    }
    expect(movedStretches(order)).toEqual(Uint32Array.of(0, 3, 4, 6));
    expect([...reorder(Int32Array.from(values), order, Uint32Array.of(0, 3, 4, 6))]).toEqual(expected);
    expect([...reorder(Uint32Array.of(0xffff_ffff, 1), Uint32Array.of(1, 0))]).toEqual([1, 0xffff_ffff]);
  });

  it('is put in an order by what moves alone: rows that stay cost no memory', () => {
    const rows = 1_000_000;
    const times = Float64Array.from({ length: rows }, (_, row) => row);
    [times[5], times[6]] = [6, 5];
    const order = timeOrder(times)!;
    expect(movedStretches(order)).toEqual(Uint32Array.of(5, 7));
    expect([...reorder(times, order, movedStretches(order)).subarray(4, 8)]).toEqual([4, 5, 6, 7]);
    // Every row stays: no stretch.
    expect(movedStretches(Uint32Array.of(0, 1, 2))).toEqual(new Uint32Array(0));
  });
});
