import { describe, expect, it } from 'vitest';
import { isRecorded, printersOf, recordersOf, recordersOrFormatsOf } from '../../src/analysis/recorders.ts';

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

  it('are told by formats that one tool writes; other formats only tell runs apart', () => {
    expect(recordersOf([input('perf-script', null), input('llama-log', 'llama.cpp')])).toEqual(['perf']);
    expect(isRecorded([input('folded-stacks', null)])).toBe(true);
    expect(isRecorded([input('llama-log', 'llama.cpp')])).toBe(false);
    expect(recordersOf([input('folded-stacks', null)])).toEqual([]);
    expect(recordersOrFormatsOf([input('folded-stacks', null)])).toEqual(['folded-stacks']);
  });
});
