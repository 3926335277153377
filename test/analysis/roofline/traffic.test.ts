import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { analyseRun } from '../../../src/analysis/analyseRun.ts';
import type { RunRoofline } from '../../../src/analysis/runRoofline.ts';
import { analyseInputs } from '../../../src/pipeline/analyseInputs.ts';
import { openInputs } from '../../../src/platform/node/inputs.ts';
import { nodeServices } from '../../../src/platform/node/services.ts';
import type { Counter, Profile } from '../../../src/profile/types.ts';
import { functionsOfRun, runFromText } from '../../support/llamaRun.ts';
import { qwen05b } from '../../support/modelFixtures.ts';

const WEIGHTS = 301_530_688;
const CACHE = 98_304;

describe('the simulated 0.5B run', () => {
  let roofline: RunRoofline;
  beforeAll(async () => {
    const opened = await openInputs([join('captures', 'sim-qwen05b-t1')], { cwd: process.cwd() });
    try {
      const { analysis } = await analyseInputs(opened.inputs, opened.runYaml, nodeServices);
      roofline = analysis.roofline;
    } finally {
      await opened.close();
    }
  });

  it('refills in Decode 1.01 times what the model file asks for', () => {
    const { decode } = roofline.traffic;
    // Nine tokens at positions 110 to 118.
    const expected = WEIGHTS + 114 * CACHE + CACHE;
    expect(decode.expected.value).toBe(expected);
    expect(decode.events).toEqual(['L3D_CACHE_REFILL']);
    // The simulator counted 44,512,496 refills at entry and return of the nine calls: 316.5 MB each.
    const counted = (44_512_496 * 64) / 9;
    expect(Math.abs((decode.measured.value ?? 0) / counted - 1)).toBeLessThan(0.01);
    expect(decode.ratio.value?.toFixed(2)).toBe('1.01');
    expect(decode.ratioToWeights.value?.toFixed(2)).toBe('1.05');
    expect(decode.difference.value).toBeCloseTo((decode.measured.value ?? 0) - expected, 3);
    expect(decode.measured.status).toBe('modelled');
  });

  it('refills in Prefill 1.6 times as much: its activations do not fit the cache', () => {
    const { prefill } = roofline.traffic;
    expect(prefill.expected.value).toBe(301_530_112 + 110 * 576 + 110 * CACHE);
    expect(Math.abs((prefill.measured.value ?? 0) / (7_905_075 * 64) - 1)).toBeLessThan(0.01);
    expect(prefill.ratio.value?.toFixed(1)).toBe('1.6');
  });

  it('has no rate', () => {
    for (const stage of [roofline.stages.prefill, roofline.stages.decode]) {
      expect(stage.achievedBytesPerSecond.value).toBeNull();
      expect(stage.reason).toBe('the run was simulated: its time is a count of instructions');
    }
  });
});

describe('counted on hardware', () => {
  /** Two tokens of 20 ms behind a prompt, with one counter read once a millisecond. */
  function run(
    mnemonic: string,
    perMs: number,
    core: string | null,
    more: Partial<Counter> = {},
  ): RunRoofline {
    const profile: Profile = runFromText('0+78/100 78+1/20 79+1/20 close/4', { calls: 'both' });
    profile.origin = { value: 'hardware', reason: 'drawn' };
    profile.model = qwen05b();
    if (core) profile.target.cpus = [{ cpu: 0, name: core, midr: null }];
    profile.counters.push({
      name: mnemonic.toLowerCase(),
      code: null,
      mnemonic,
      unit: 'lines',
      kind: 'delta',
      multiplier: 1,
      status: 'counted',
      pmu: null,
      runningShare: 1,
      unavailable: null,
      excludesKernel: false,
      ...more,
    } as Counter);
    const rows = 140;
    profile.readings.push({
      counters: [0],
      length: rows,
      startNs: Float64Array.from({ length: rows }, (_, row) => row * 1e6),
      timeNs: Float64Array.from({ length: rows }, (_, row) => (row + 1) * 1e6),
      thread: new Int32Array(rows).fill(0),
      cpu: new Int32Array(rows),
      sample: new Int32Array(rows).fill(-1),
      deltas: [new Float64Array(rows).fill(perMs)],
    });
    return analyseRun(profile, functionsOfRun(profile)).roofline;
  }
  const expected = WEIGHTS + 78.5 * CACHE + CACHE;

  it('read misses are a lower bound that prefetching lowers', () => {
    // 20 ms × 10,000 lines × 64 B = 12.8 MB of 309 MB.
    const { decode } = run('LL_CACHE_MISS_RD', 10_000, 'Neoverse-V3').traffic;
    expect(decode.events).toEqual(['LL_CACHE_MISS_RD']);
    expect(decode.measured.value).toBeCloseTo(12.8e6, 3);
    expect(decode.ratio.value).toBeCloseTo(12.8e6 / expected, 9);
    expect(decode.ratio.working?.note).toContain('prefetch-covered');
    expect(decode.ratio.status).toBe('counted');
  });

  it('that come near to the expected bytes are not', () => {
    const { decode } = run('LL_CACHE_MISS_RD', 240_000, 'Neoverse-V3').traffic;
    expect(decode.ratio.working?.note).not.toContain('prefetch-covered');
    expect(decode.difference.value).toBeCloseTo(20 * 240_000 * 64 - expected, 3);
  });

  it('nothing stands for refills that was not counted, or is not usable', () => {
    expect(run('CPU_CYCLES', 1000, 'Neoverse-V1').traffic.decode.ratio.reason).toBe(
      'not counted: no event for refills of the last cache level was recorded',
    );
    const rare = run('L3D_CACHE_REFILL', 1000, 'Neoverse-V1', { runningShare: 0.1 }).traffic.decode;
    expect(rare.ratio.reason).toBe('the counters ran only 10 % of the time');
    expect(rare.expected.value).toBe(expected);
  });
});
