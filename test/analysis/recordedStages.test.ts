/** Stages, tokens and totals of the captures that ship with the project, against what their recorders knew. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunAnalysis } from '../../src/analysis/analyseRun.ts';
import { analyseInputs } from '../../src/pipeline/analyseInputs.ts';
import { openInputs } from '../../src/platform/node/inputs.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import { describeWithSamples } from '../support/samples.ts';

async function analyse(paths: readonly string[]): Promise<RunAnalysis> {
  const opened = await openInputs(paths, { cwd: process.cwd() });
  try {
    return (await analyseInputs(opened.inputs, opened.runYaml, nodeServices)).analysis;
  } finally {
    await opened.close();
  }
}

const shipped = (run: string): Promise<RunAnalysis> => analyse([join('captures', run)]);

/** Counts of one counter by stage; warm-up is a phase of load. */
function countedBy(analysis: RunAnalysis, counter: string): Record<string, number> {
  const index = analysis.profile.counters.findIndex(({ name }) => name === counter);
  const sums: Record<string, number> = {};
  analysis.timeline.phases.forEach((phase, row) => {
    const key = phase.name === 'warmup' ? 'warmup' : phase.stage;
    sums[key] = (sums[key] ?? 0) + (analysis.counterTotals[index].byPhase?.[row] ?? NaN);
  });
  return sums;
}

const metric = (analysis: RunAnalysis, id: string): number | null | undefined =>
  analysis.stageMetrics.find((row) => row.id === id)?.quantity.value;

const agreements = (analysis: RunAnalysis): string[] =>
  analysis.logChecks.map(({ name, agrees }) => `${name}: ${agrees}`);

const ALL_AGREE = [
  'Prompt tokens: true',
  'Decode calls: true',
  'Prompt time: true',
  'Decode time: true',
  'Decode time with sampling: true',
];

describe('simulated runs: exact counts of the simulator', () => {
  // [instructions, ASE instructions, refills of the last-level cache] of llama_decode's calls, taken at entry and return.
  const exact = {
    'sim-tiny-t1': {
      prefill: [250_421_965, 130_916_020, 307_804],
      decode: [205_377_996, 98_194_822, 3_590_638],
      samples: { prefill: 1252, decode: 1025 },
    },
    'sim-qwen05b-t1': {
      prefill: [5_147_585_295, 3_164_380_686, 7_905_075],
      decode: [2_416_848_535, 1_309_713_375, 44_512_496],
      samples: { prefill: 3432, decode: 1612 },
    },
    'sim-qwen05b-t2': {
      prefill: [5_165_552_562, 3_164_386_591, 7_618_810],
      decode: [2_494_135_189, 1_309_717_947, 44_510_009],
      samples: { prefill: 3444, decode: 1664 },
    },
    'sim-qwen05b-t1-norepack': {
      prefill: [4_983_259_006, 3_137_885_788, 7_876_412],
      decode: [3_462_820_862, 1_676_350_366, 44_507_773],
      samples: { prefill: 3322, decode: 2307 },
    },
  };

  it.each(Object.entries(exact))('%s', async (run, { samples, ...stages }) => {
    const analysis = await shipped(run);
    for (const [stage, totals] of Object.entries(stages)) {
      const counted = ['inst_retired', 'ase_spec', 'l3d_cache_refill'].map(
        (name) => countedBy(analysis, name)[stage],
      );
      const worst = Math.max(...counted.map((value, row) => Math.abs(value / totals[row] - 1)));
      expect(worst).toBeLessThan(0.01);
    }
    const samplesOf = (stage: string): number =>
      analysis.phaseSamples.reduce(
        (sum, count, row) => (analysis.timeline.phases[row].stage === stage ? sum + count : sum),
        0,
      );
    expect({ prefill: samplesOf('prefill'), decode: samplesOf('decode') }).toEqual(samples);
  });
});

describe('perf-uprobe-t1: probes on llama_decode and its return', () => {
  let analysis: RunAnalysis;
  beforeAll(async () => {
    analysis = await shipped('perf-uprobe-t1');
  });

  it('has one warm-up, one prompt and 19 tokens at positions that were added up', () => {
    const { timeline } = analysis;
    expect(timeline.source).toBe('probes');
    expect(timeline.phases.map(({ stage, name, calls, tokens }) => [stage, name, calls, tokens])).toEqual([
      ['load', 'load', 0, 0],
      ['load', 'warmup', 1, 2],
      ['prefill', '1', 1, 110],
      ['decode', '1', 19, 19],
    ]);
    expect(timeline.tokens.map(({ past }) => past)).toEqual([
      0,
      ...Array.from({ length: 19 }, (_, n) => 110 + n),
    ]);
    expect(timeline.tokens.some(({ endIsEstimated }) => endIsEstimated)).toBe(false);
  });

  it('has the times that perf script prints, and those of the log', () => {
    // 827.862784 → 828.368616, 828.369211 → 828.391526, last return 828.789562 (seconds, perf script).
    const [prompt, first] = analysis.timeline.tokens;
    expect((prompt.endNs - prompt.startNs) / 1e6).toBeCloseTo(505.832, 2);
    expect((first.endNs - first.startNs) / 1e6).toBeCloseTo(22.315, 2);
    expect(metric(analysis, 'ttft')).toBeCloseTo(0.506427, 5);
    expect(agreements(analysis)).toEqual(ALL_AGREE);
  });
});

describe('gator captures: markers, ends told by samples', () => {
  // Tokens of the prompt, decode calls, and llama.cpp's own rates: 1000 × tokens ÷ its milliseconds.
  it.each([
    ['gator-app-t1', 109, 19, (1000 * 109) / 630.96, (1000 * 19) / 422.85],
    ['gator-channels-t2', 109, 11, (1000 * 109) / 702.54, (1000 * 11) / 296.58],
    ['gator-qwen05b-t1', 71, 9, (1000 * 71) / 7164.56, (1000 * 9) / 5409.83],
  ])('%s', async (run, promptTokens, decodeCalls, promptRate, decodeRate) => {
    const analysis = await shipped(run);
    const { timeline } = analysis;
    expect(timeline.source).toBe('markers');
    expect(timeline.phases.map(({ stage, name, calls, tokens }) => [stage, name, calls, tokens])).toEqual([
      ['load', 'load', 0, 0],
      ['prefill', '1', 1, promptTokens],
      ['decode', '1', decodeCalls, decodeCalls],
    ]);
    expect(timeline.tokens.some(({ endIsEstimated }) => endIsEstimated)).toBe(false);
    expect((metric(analysis, 'prefill-rate') ?? NaN) / promptRate).toBeCloseTo(1, 2);
    expect(Math.abs((metric(analysis, 'decode-rate') ?? NaN) / decodeRate - 1)).toBeLessThan(0.01);
    expect(metric(analysis, 'generated-tokens')).toBe(decodeCalls + 1);
    expect(agreements(analysis)).toEqual(ALL_AGREE);
  });
});

describeWithSamples('captures that do not ship', (folder) => {
  const capture = (run: string): string => join(folder, 'captures', run);

  it('gator-systemwide-t1: the kernel held sampling back within the prompt', async () => {
    const analysis = await analyse([
      join(capture('gator-systemwide-t1'), 'sw_markers_t1.apc.zip'),
      join(capture('gator-systemwide-t1'), 'gatord-and-llama.stderr.txt'),
    ]);
    expect(agreements(analysis).filter((text) => text.endsWith('false'))).toEqual([]);
    expect(analysis.timeline.tokens[0].endIsEstimated).toBe(true);
    expect(analysis.timeline.intervals.some(({ stage }) => stage === 'idle')).toBe(false);
  });

  it('gator-killed: no marker reached the capture', async () => {
    const { timeline } = await analyse([join(capture('gator-killed'), 'killed.apc.zip')]);
    expect(timeline).toMatchObject({ source: null, tokens: [] });
    expect(timeline.reason).toContain('no llama_decode markers or probe hits');
  });

  it.each(['sim-tiny-t1', 'sim-qwen05b-t1', 'sim-qwen05b-t2', 'sim-qwen05b-t1-norepack'])(
    '%s: all 15 counters by stage are as counted, to three percent',
    async (run) => {
      interface Truth {
        stages: Record<string, { totals: Record<string, number> }>;
        events: Record<string, string>;
      }
      const truth = JSON.parse(readFileSync(join(capture(run), 'truth.json'), 'utf8')) as Truth;
      const analysis = await analyse([join(capture(run), 'perf.data')]);
      const errors = Object.keys(truth.events).flatMap((event) =>
        ['prefill', 'decode'].map((stage) => {
          const share = countedBy(analysis, event)[stage] / truth.stages[stage].totals[event] - 1;
          return { event, stage, share };
        }),
      );
      expect(errors).toHaveLength(30);
      expect(errors.filter(({ share }) => !(Math.abs(share) < 0.03))).toEqual([]);
    },
  );
});
