/** Findings of the captures that ship with the project, against what the simulator counted and what models hold. */
import { describe, expect, it } from 'vitest';
import { findings, type Finding } from '../../../src/analysis/findings/index.ts';
import { CHARTS } from '../../../src/charts/registry.ts';
import { CHAPTERS } from '../../../src/report/chapters.ts';
import { strayNumbers } from '../../support/findingNumbers.ts';
import { SETTINGS } from '../../support/rooflineRun.ts';
import { SHIPPED_RUNS, shippedRun } from '../../support/shippedRuns.ts';

const plain = (text: string): string => text.replaceAll('\u00A0', ' ');

async function findingsOf(run: string): Promise<Map<string, Finding>> {
  return new Map(findings(await shippedRun(run)).map((row) => [row.id, row]));
}

async function sentenceOf(run: string, id: string): Promise<string> {
  return plain((await findingsOf(run)).get(id)?.sentence ?? 'silent');
}

function numberOf(row: Finding | undefined, name: string): number {
  return row?.values.find((entry) => entry.name === name)?.quantity.value ?? NaN;
}

describe.each(SHIPPED_RUNS)('findings of %s', (run) => {
  it('hold no number that is not among their values', async () => {
    const rows = findings(await shippedRun(run));
    expect(rows.map((row) => [row.id, strayNumbers(row)])).toEqual(rows.map((row) => [row.id, []]));
  });

  it('have addresses of their own and evidence that exists', async () => {
    const rows = findings(await shippedRun(run));
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    const [charts, chapters] = [CHARTS.map(({ id }) => id), CHAPTERS.map(({ id }) => String(id))];
    for (const { id, evidence, values } of rows) {
      expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(chapters).toContain(evidence.chapter);
      if (evidence.chart !== null) expect(charts).toContain(evidence.chart);
      for (const { quantity } of values) expect([quantity.value, quantity.working]).not.toContain(null);
    }
  });

  it('stand in order of importance and say nothing of the speed of hardware', async () => {
    const rows = findings(await shippedRun(run));
    const order = rows.map(({ importance }) => importance);
    expect(order).toEqual([...order].sort((a, b) => b - a));
    // Every shipped run is emulated or simulated: whatever has a time says whose it is, and there are no stalls.
    for (const { sentence } of rows) {
      if (/\d[\s\u00A0](ms|s|µs)\b/.test(sentence)) expect(sentence).toMatch(/emulated time|simulated time/);
      expect(sentence).not.toMatch(/stall|tokens\/s|GB\/s|faster|slower/);
    }
  });
});

it('are many for a recording, and none for figures that others published', async () => {
  for (const run of SHIPPED_RUNS) {
    const count = (await findingsOf(run)).size;
    if (run.startsWith('reported-')) expect([run, count]).toEqual([run, 0]);
    else expect(count).toBeGreaterThan(7);
  }
});

describe('the simulated 0.5B run', () => {
  const run = 'sim-qwen05b-t1';

  it('reads its weights once per call and shares them among the tokens of a prompt', async () => {
    const row = (await findingsOf(run)).get('traffic-per-token');
    // Counted by the simulator: 2,848,799,744 bytes in 9 decode calls, 505,924,800 in the prefill call of 110 tokens.
    expect(numberOf(row, 'Decode, per call') / (2_848_799_744 / 9)).toBeCloseTo(1, 2);
    expect(numberOf(row, 'Prefill, per call') / 505_924_800).toBeCloseTo(1, 2);
    expect(numberOf(row, 'Prefill, per token') / 4_599_316).toBeCloseTo(1, 2);
    expect(numberOf(row, 'Prefill, per thousand instructions') / 1.536).toBeCloseTo(1, 2);
    expect(numberOf(row, 'Decode, per thousand instructions') / 18.42).toBeCloseTo(1, 2);
    expect(plain(row?.sentence ?? '')).toMatch(
      /^By L3D_CACHE_REFILL, a decode call brings in 31[67] MB for one token, the prefill call 50[56] MB for 110 tokens: 4\.\d\d MB each, because a micro-batch reads the weights once for all its tokens\.$/,
    );
  });

  it('brings in what the model file demands', async () => {
    const row = (await findingsOf(run)).get('traffic-against-model');
    expect(numberOf(row, 'counted over demanded')).toBeCloseTo(1.01, 2);
  });

  it('executes 5.74 times the instructions for a token of Decode', async () => {
    // 268,538,726 and 46,796,230 by the simulator.
    expect(await sentenceOf(run, 'instructions-per-token')).toBe(
      'A token of Decode executes 269 M instructions, 5.74 × the 46.8 M instructions of a token of the prompt.',
    );
    expect(await sentenceOf(run, 'stage-split')).toBe(
      'Prefill executes 5.15 G instructions and Decode 2.42 G instructions: 68.0 % and 32.0 % of both.',
    );
  });

  it('spends more than half of Decode in the output layer, which holds two fifths of its bytes', async () => {
    // 878 of 1,612 samples; 151,936 × 1,024 weights in blocks of 256 that take 210 bytes.
    const row = (await findingsOf(run)).get('output-layer');
    expect(numberOf(row, 'share of samples')).toBeCloseTo((100 * 878) / 1612, 6);
    const modelled = row?.values[1].quantity.working?.inputs[0].value;
    expect(modelled).toBe((151_936 * 1024 * 210) / 256);
    // A token at position 110 reads 301,530,112 bytes of weights, a row of 576 and 110 positions of 98,304; what it writes
    // to the cache is not read.
    const read = 301_530_112 + 576 + 110 * 98_304;
    expect(numberOf(row, 'share of the bytes a token reads')).toBeCloseTo((100 * 127_626_240) / read, 6);
  });

  it('divides what is told of a call by calls', async () => {
    const row = (await findingsOf(run)).get('traffic-per-token');
    const ofCalls = row?.values.filter(({ name }) => name.endsWith('per call')) ?? [];
    expect(ofCalls.map(({ name, quantity }) => `${name}: ${quantity.working?.formula}`)).toEqual([
      'Decode, per call: L3D_CACHE_REFILL × 64 bytes of Decode ÷ its calls',
      'Prefill, per call: L3D_CACHE_REFILL × 64 bytes of Prefill ÷ its calls',
    ]);
  });

  it('compares the instructions of tokens, not latencies, where time is an instruction count', async () => {
    const row = (await findingsOf(run)).get('token-steadiness');
    expect(row?.values.map(({ name }) => name)).toEqual(['variation', 'largest over median']);
    expect(row?.values[0].quantity.working?.inputs.map(({ name, unit }) => `${name}, ${unit}`)).toEqual([
      'standard deviation, instructions',
      'mean, instructions',
      'tokens, tokens',
    ]);
  });

  it('names the kernels that hold most samples of each stage', async () => {
    // perf script between the hits of llama_decode: 2,426 of 3,432 samples in Prefill; 878 and 568 of 1,612 in Decode.
    expect(await sentenceOf(run, 'dominant-kernels-prefill')).toBe(
      'Of Prefill’s samples, 70.7 % are in kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm.',
    );
    expect(await sentenceOf(run, 'dominant-kernels-decode')).toBe(
      'Of Decode’s samples, 54.5 % are in ggml_vec_dot_q6_K_q8_K and 35.2 % in kai_run_matmul_clamp_f32_qsi8d32p1x8_qsi4c32p4x8_1x4x32_neon_dotprod.',
    );
  });

  it('multiplies matrices in Prefill and vectors in Decode, and says how dot products count', async () => {
    // Of 2,528 samples in products of Prefill 2 are in a GEMV kernel, and 98 multiply the output layer's one row; none of
    // Decode's 1,466 is in a GEMM kernel.
    const row = (await findingsOf(run)).get('matmul-shape');
    expect(numberOf(row, 'Prefill in GEMM')).toBeCloseTo((100 * 2428) / 2528, 6);
    expect(plain(row?.sentence ?? '')).toBe(
      'Of the samples in matrix products of weights, 96.0 % of Prefill’s are GEMM and 100 % of Decode’s GEMV; functions that serve both count by the stage.',
    );
    expect(await sentenceOf(run, 'tail-rows-prefill')).toBe(
      'Prefill runs 3.96 % of its matrix-product samples in GEMV kernels: the end of the last layer and the output evaluate one row only.',
    );
  });

  it('tells what is small by how much it can be at most', async () => {
    expect(await sentenceOf(run, 'negligible-decode')).toMatch(
      /^In Decode, normalisation, rotary embedding, .* together take at most 1\.\d\d % of the samples\.$/,
    );
  });
});

describe('its twin without repacking', () => {
  it('falls through in Decode, at a cost in instructions', async () => {
    const row = (await findingsOf('sim-qwen05b-t1-norepack')).get('fall-through-decode-q4-0');
    // 24 layers of 7 matrices; 1,268 samples of 1.5 million instructions over 9 tokens.
    expect(numberOf(row, 'tensors')).toBe(168);
    expect(numberOf(row, 'cost of a token')).toBeCloseTo((1268 * 1_500_000) / 9, -6);
    expect(plain(row?.sentence ?? 'silent')).toBe(
      'In Decode, 168 tensors of type q4_0 fall through to ggml_vec_dot_q4_0_q8_0: 55.0 % of the samples, 211 M instructions a token; in Prefill the same weights run in KleidiAI.',
    );
  });

  it('has no such finding where the weights are repacked', async () => {
    expect(await sentenceOf('sim-qwen05b-t1', 'fall-through-decode-q4-0')).toBe('silent');
  });
});

describe('emulated runs', () => {
  it('tell the output layer by its own spans', async () => {
    const row = (await findingsOf('gator-channels-t2')).get('output-layer');
    expect(plain(row?.sentence ?? '')).toBe(
      'The output layer takes 46.3 % of the time in Decode’s spans, in emulated time.',
    );
  });

  it('say whose time it is, and count no instructions of a machine whose CPUs count together', async () => {
    expect(await sentenceOf('gator-app-t1', 'stage-split')).toBe(
      'Prefill takes 634 ms and Decode 421 ms of emulated time: 60.1 % and 39.9 % of the time in both.',
    );
    expect(await sentenceOf('gator-app-t1', 'instructions-per-token')).toBe('silent');
  });

  it('choose as many tokens as they print: between calls, and one after the last', async () => {
    // 20 tokens were asked for (-n 20): one after the prompt, one after each of 19 decode calls.
    const row = (await findingsOf('perf-uprobe-t1')).get('sampling-share');
    const working = row?.values[0].quantity.working;
    expect(working?.formula).toBe(
      'time between calls and after the last, idle removed ÷ (that time + time in decode calls)',
    );
    expect(working?.inputs.map(({ name, value }) => [name, value])).toContainEqual(['stretches', 20]);
  });

  it('tell waiting only where threads can wait', async () => {
    expect(await sentenceOf('gator-channels-t2', 'sync-share-decode')).toMatch(
      /^The threads of Decode wait for each other in 10\.9 % of their samples\.$/,
    );
    expect(await sentenceOf('gator-app-t1', 'sync-share-decode')).toBe('silent');
  });
});

it('nothing is said of a device’s share in the work by what cores counted and waited', async () => {
  const offloaded = async (run: string): Promise<string[]> => {
    const analysis = await shippedRun(run);
    const { profile } = analysis;
    const settings = { ...SETTINGS, ...profile.settings, buffers: { CPU_Mapped: 83, Vulkan0: 288 } };
    return findings({ ...analysis, profile: { ...profile, settings } }).map(({ id }) => id);
  };
  expect(await offloaded('sim-qwen05b-t1')).not.toContain('traffic-against-model');
  expect(await offloaded('gator-channels-t2')).not.toContain('sync-share-decode');
});

it('the bytes that a token demands are those of the cache that the log states', async () => {
  const run = await shippedRun('sim-qwen05b-t1');
  const cache = { value: { key: 'q8_0', value: 'q8_0' }, source: 'printed by llama.cpp' };
  const quantised = {
    ...run,
    roofline: { ...run.roofline, settings: { ...run.roofline.settings, cache } },
  };
  const demanded = (of: typeof run): number | null | undefined =>
    findings(of)
      .find(({ id }) => id === 'traffic-against-model')
      ?.values.find(({ name }) => name === 'demanded')?.quantity.value;
  // 301,530,688 bytes of weights; positions 110 to 118, read, and one written: 115 in the mean; 98,304 bytes each with F16,
  // 34 bytes for 32 values instead of 64 with Q8_0.
  expect(demanded(run)).toBe(301_530_688 + 115 * 98_304);
  expect(demanded(quantised)).toBe(301_530_688 + 115 * 52_224);
});
