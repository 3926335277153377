import { describe, expect, it } from 'vitest';
import { analyseRun } from '../../src/analysis/analyseRun.ts';
import { firefoxProfile } from '../../src/exports/firefoxProfile.ts';
import { speedscopeFile } from '../../src/exports/speedscope.ts';
import { functionsOfRun, runFromText } from '../support/llamaRun.ts';

interface Table {
  length: number;
  [column: string]: unknown;
}

interface File {
  meta: {
    preprocessedProfileVersion: number;
    categories: { name: string; color: string; subcategories: string[] }[];
    markerSchema: { name: string; fields: { key: string; format: string }[] }[];
    interval: number;
  };
  shared: Record<
    'stackTable' | 'frameTable' | 'funcTable' | 'resourceTable' | 'nativeSymbols' | 'sources',
    Table
  > & {
    stringArray: string[];
  };
  threads: {
    name: string;
    pid: string;
    samples: Table & { stack: number[]; time: number[] };
    markers: Table & {
      name: number[];
      data: Record<string, unknown>[];
      startTime: number[];
      endTime: number[];
    };
  }[];
}

const options = { title: 'a run', publish: (text: string) => text, exporter: 'gemview test' };

function fileOf(drawing: string): File {
  const profile = runFromText(drawing);
  return JSON.parse(firefoxProfile(analyseRun(profile, functionsOfRun(profile)), options)!) as File;
}

describe('a file for the Firefox Profiler', () => {
  const file = fileOf('load/3 0+8/5 8+1/2 9+1/2');
  const { shared, threads, meta } = file;

  it('has columns of equal length and rows that point at rows that are there', () => {
    const tables = [
      ...['stackTable', 'frameTable', 'funcTable', 'resourceTable', 'nativeSymbols', 'sources'].map(
        (name) => shared[name as 'stackTable'],
      ),
      ...threads.flatMap(({ samples, markers }): Table[] => [samples, markers]),
    ];
    for (const table of tables) {
      for (const column of Object.values(table)) {
        if (Array.isArray(column)) expect(column).toHaveLength(table.length);
      }
    }
    const { prefix, frame } = shared.stackTable as unknown as { prefix: (number | null)[]; frame: number[] };
    prefix.forEach((parent, row) => expect(parent === null || parent < row).toBe(true));
    for (const row of frame) expect(row).toBeLessThan(shared.frameTable.length);
    for (const row of shared.funcTable.name as number[]) expect(shared.stringArray[row]).toBeTypeOf('string');
    for (const row of shared.frameTable.category as number[]) expect(meta.categories[row]).toBeDefined();
  });

  it('has the columns of version 60, by the names that the site looks for', () => {
    expect(meta.preprocessedProfileVersion).toBe(60);
    // src/types/profile.ts of firefox-devtools/profiler as of that version.
    const columns: Record<string, string> = {
      stackTable: 'frame length prefix',
      frameTable:
        'address category column func inlineDepth innerWindowID length line nativeSymbol subcategory',
      funcTable: 'columnNumber isJS length lineNumber name relevantForJS resource source',
      resourceTable: 'host length lib name type',
      nativeSymbols: 'address functionSize length libIndex name',
      sources: 'filename length uuid',
    };
    for (const [table, names] of Object.entries(columns)) {
      expect(
        Object.keys(shared[table as 'stackTable'])
          .sort()
          .join(' '),
        table,
      ).toBe(names);
    }
    for (const { samples, markers } of threads) {
      expect(Object.keys(samples).sort().join(' ')).toBe('length stack time weight weightType');
      expect(Object.keys(markers).sort().join(' ')).toBe('category data endTime length name phase startTime');
    }
  });

  it('leads from each sample to the function and the library that it fell into', () => {
    const { stackTable, frameTable, funcTable, resourceTable, stringArray } = shared;
    const at = (table: Table, column: string, row: number): number => (table[column] as number[])[row];
    const fellInto = new Map<string, number>();
    for (const stack of threads[0].samples.stack) {
      const func = at(frameTable, 'func', at(stackTable, 'frame', stack));
      const library = at(resourceTable, 'name', at(funcTable, 'resource', func));
      const name = `${stringArray[at(funcTable, 'name', func)]} in ${stringArray[library]}`;
      fellInto.set(name, (fellInto.get(name) ?? 0) + 1);
    }
    // Three milliseconds of loading, five of Prefill and two of each Decode call, a sample each.
    expect([...fellInto]).toEqual([
      ['llama_model_load_from_file in llama', 3],
      ['gemm in llama', 9],
    ]);
    const { samples } = threads[0];
    expect(samples.time.every((time, row) => row === 0 || time >= samples.time[row - 1])).toBe(true);
  });

  it('has a grey category and a first subcategory everywhere, as the format demands', () => {
    expect(meta.categories.some(({ color }) => color === 'grey')).toBe(true);
    for (const { subcategories } of meta.categories) expect(subcategories[0]).toBe('Other');
  });

  it('keeps samples with their times in milliseconds', () => {
    const [{ samples, pid }] = threads;
    expect(pid).toBe('100');
    expect(samples.length).toBe(12);
    expect(samples.time.slice(0, 3)).toEqual([0.5, 1.5, 2.5]);
    expect(meta.interval).toBe(1);
  });

  it('marks stages and calls, each with a schema for its kind', () => {
    const [{ markers }] = threads;
    const rows = markers.data.map((data, row) => [
      shared.stringArray[markers.name[row]],
      data.name,
      markers.startTime[row],
      markers.endTime[row],
    ]);
    expect(rows).toEqual([
      ['Stage', 'load', expect.any(Number), 3],
      ['Stage', 'prefill 1', 3, 8],
      ['Stage', 'decode 1', 8, 12],
      ['Call', 'llama_decode, prefill', 3, 8],
      ['Call', 'llama_decode, decode', 8, 10],
      ['Call', 'llama_decode, decode', 10, 12],
    ]);
    const kinds = new Set(meta.markerSchema.map(({ name }) => name));
    for (const { type } of markers.data) expect(kinds).toContain(type);
  });
});

it('is published without what run.yaml redacts, in every text of both files', () => {
  const profile = runFromText('load/3 0+8/5 8+1/2', { program: 'alice-cli' });
  profile.processes[0].name = 'alice-process';
  profile.events[0].name = 'alice-event';
  const analysis = analyseRun(profile, functionsOfRun(profile));
  const publish = (text: string): string => text.replaceAll('alice', '[redacted]');
  for (const write of [firefoxProfile, speedscopeFile]) {
    const text = write(analysis, { title: 'run of alice', publish, exporter: 'gemview test' })!;
    expect(text).not.toContain('alice');
    expect(text).toContain('[redacted]');
  }
});

it('turns no text around, hides none and steers no terminal, in both files', () => {
  const profile = runFromText('load/3 0+8/5 8+1/2', { program: 'safe\u202Egnp.exe' });
  profile.events[0].name = '\u009B31mred zero\u200Bwidth';
  const functions = functionsOfRun(profile);
  functions.functions[0].name = 'two\nlines\u2066';
  const analysis = analyseRun(profile, functions);
  const options = { title: 'a\u202Eb', publish: (text: string) => text, exporter: 'gemview test' };
  for (const write of [firefoxProfile, speedscopeFile]) {
    const text = write(analysis, options)!;
    expect(text).not.toMatch(/[\u007F-\u009F\u200B\u202E\u2066]|\\n|\\u00/);
    expect(text).toContain('two\uFFFDlines\uFFFD');
    expect(text).toContain('a\uFFFDb');
  }
});
