import { describe, expect, it } from 'vitest';
import { functionsSection } from '../../../src/report/sections/functions.ts';
import type { ReportFunction } from '../../../src/report/schema.ts';

const NONE = { all: 0, load: 0, prefill: 0, decode: 0, other: 0 };
const row = (name: string): ReportFunction => ({
  name,
  rawName: name,
  image: 'llama',
  isKernel: false,
  self: NONE,
  total: NONE,
  category: null,
  operator: null,
  shape: null,
  words: null,
});
const blocks = (reason: string) => ({ reason }) as never;

const section = (names: string[]) =>
  functionsSection(
    { tokenBlocks: { prefill: blocks('one call'), decode: blocks('none') } },
    names.map((name) => row(name)),
  );

describe('the functions of a report', () => {
  it('are all there when they are few', () => {
    expect(section(['a', 'b'])).toMatchObject({ omitted: 0, noInterval: { prefill: 'one call' } });
  });

  it('are at most 400, the others are counted', () => {
    const { rows, omitted } = section(Array.from({ length: 450 }, (_, index) => `f${index}`));
    expect([rows.length, omitted]).toEqual([400, 50]);
  });

  it('are fewer where names are long: a report is a page’s worth of bytes', () => {
    // Two names of 1,000 characters and 258 of the rest: 66 rows fit into 150,000 characters.
    const around = JSON.stringify(row('')).length;
    const { rows, omitted } = section(Array.from({ length: 200 }, () => 'n'.repeat(1000)));
    expect(rows).toHaveLength(Math.floor(150_000 / (around + 2000)));
    expect(rows.length + omitted).toBe(200);
    expect(JSON.stringify(rows).length).toBeLessThan(151_000);
  });
});
