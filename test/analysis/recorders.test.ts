import { describe, expect, it } from 'vitest';
import { printersOf, recordersOf } from '../../src/analysis/recorders.ts';

const input = (format: string, tool: string | null) => ({ path: 'x', format, tool, bytes: 1 });

describe('the tools of a run', () => {
  it('are told apart in one text of two programs', () => {
    const inputs = [input('llama-log + perf-stat', 'llama.cpp 6202 (abcdef12), perf')];
    expect(recordersOf(inputs)).toEqual(['perf']);
    expect(printersOf(inputs)).toEqual(['llama.cpp 6202 (abcdef12)']);
  });

  it('are those of a recording, not of the text printed from it', () => {
    expect(recordersOf([input('perf.data', 'perf 6.1'), input('perf-script', 'perf 6.2')])).toEqual([
      'perf 6.1',
    ]);
    expect(recordersOf([input('perf-script', 'perf 6.2')])).toEqual(['perf 6.2']);
  });
});
