import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { analyseRun } from '../../src/analysis/analyseRun.ts';
import { speedscopeFile } from '../../src/exports/speedscope.ts';
import { functionsOfRun, runFromText } from '../support/llamaRun.ts';

/** The schema that speedscope itself ships. */
const speedscope = dirname(createRequire(import.meta.url).resolve('speedscope/package.json'));
const schema = JSON.parse(
  readFileSync(join(speedscope, 'dist/release/file-format-schema.json'), 'utf8'),
) as object;
const isSpeedscopeFile = new Ajv({ strict: false }).compile(schema);

interface File {
  name: string;
  activeProfileIndex: number;
  shared: { frames: { name: string; file: string }[] };
  profiles: { name: string; samples: number[][]; weights: number[]; endValue: number }[];
}

const options = { title: 'a run', publish: (text: string) => text, exporter: 'gemview test' };

describe('a file for speedscope', () => {
  const profile = runFromText('load/3 0+8/5 8+1/2 sample/1 9+1/2', { calls: 'both' });
  const text = speedscopeFile(analyseRun(profile, functionsOfRun(profile)), options)!;
  const file = JSON.parse(text) as File;

  it('holds to the schema that speedscope ships', () => {
    expect(isSpeedscopeFile(file), JSON.stringify(isSpeedscopeFile.errors)).toBe(true);
  });

  it('has one profile a stage, Decode first to be seen, in samples', () => {
    expect(file.profiles.map(({ name, endValue }) => [name, endValue])).toEqual([
      ['Load (cycles)', 3],
      ['Prefill (cycles)', 5],
      ['Decode (cycles)', 4],
      ['Outside of stages (cycles)', 1],
    ]);
    expect(file.activeProfileIndex).toBe(2);
  });

  it('spells stacks out root first, equal neighbours together', () => {
    const [, prefill] = file.profiles;
    expect(prefill.samples.map((stack) => stack.map((frame) => file.shared.frames[frame].name))).toEqual([
      ['main', 'llama_decode', 'gemm'],
    ]);
    expect(prefill.weights).toEqual([5]);
  });

  it('is null without samples', () => {
    const empty = runFromText('0+8/5 8+1/2', { sampleMs: 0 });
    expect(speedscopeFile(analyseRun(empty, functionsOfRun(empty)), options)).toBeNull();
  });

  it('merges paths of a run with very many samples', () => {
    const long = runFromText('load/30 0+8/20 8+1/10', { sampleMs: 0.002 });
    const merged = JSON.parse(speedscopeFile(analyseRun(long, functionsOfRun(long)), options)!) as File;
    expect(merged.profiles.map(({ name, weights }) => [name, weights])).toEqual([
      ['Load (cycles, merged)', [15_000]],
      ['Prefill (cycles, merged)', [10_000]],
      ['Decode (cycles, merged)', [5_000]],
    ]);
  });
});
