import { describe, expect, it } from 'vitest';
import { attributeSamples, counterTotals } from '../../src/analysis/attribution.ts';
import { STAGE_GROUPS } from '../../src/analysis/stageGroups.ts';
import type { Stage, StageInterval, StageTimeline } from '../../src/llama/types.ts';
import { ProfileBuilder } from '../../src/profile/builder.ts';
import { profileViolations } from '../../src/profile/integrity.ts';

/**
 *     time    0        10        20   22        30        40
 *     stage   | load    | prefill | sampling | decode  | (nothing)
 *     phase   0         1                    2
 *     token             0                    1
 */
const interval = (
  stage: Stage,
  startNs: number,
  endNs: number,
  phase: number,
  token: number,
): StageInterval => ({
  stage,
  startNs,
  endNs,
  phase,
  token,
});
const phase = (stage: Stage) => ({ stage }) as StageTimeline['phases'][number];
const timeline: StageTimeline = {
  source: 'markers',
  reason: null,
  fix: null,
  calls: [],
  tokens: [{}, {}] as StageTimeline['tokens'],
  phases: [phase('load'), phase('prefill'), phase('decode')],
  intervals: [
    interval('load', 0, 10, 0, -1),
    interval('prefill', 10, 20, 1, 0),
    interval('sampling', 20, 22, -1, -1),
    interval('decode', 22, 40, 2, 1),
  ],
  pid: 7,
  warnings: [],
};

function profile() {
  const builder = new ProfileBuilder({ path: 'drawn', format: 'drawing', tool: null, bytes: 0 });
  builder.clock.name = 'perf';
  builder.events.push({
    name: 'cycles',
    role: 'sampling',
    code: null,
    mnemonic: null,
    unit: 'cycles',
    period: 1,
    frequencyHz: null,
    counter: null,
  });
  for (const name of ['instructions', 'refills', 'dead']) {
    builder.counters.push({
      name,
      code: null,
      mnemonic: null,
      unit: 'events',
      kind: 'delta',
      multiplier: 1,
      status: 'counted',
      pmu: null,
      runningShare: null,
      unavailable: name === 'dead' ? 'not implemented by this target' : null,
      excludesKernel: false,
    });
  }
  return builder;
}

describe('attributeSamples', () => {
  it('goes by time and process; the end of an interval belongs to the next one', () => {
    const builder = profile();
    const own = builder.thread(7, 8);
    const other = builder.thread(9, 9);
    for (const timeNs of [0, 9, 10, 19, 20, 22, 39, 40]) builder.addSample(timeNs, own, 0, -1, 0, 1, false);
    builder.addSample(15, other, 0, -1, 0, 1, false);
    const built = builder.finish();
    expect(profileViolations(built)).toEqual([]);
    const { group, token } = attributeSamples(built, timeline);
    const stages = Array.from(group, (row) => STAGE_GROUPS[row]);
    // In time order: 0 9 10 15(other process) 19 20 22 39 40
    expect(stages).toEqual([
      'load',
      'load',
      'prefill',
      'other',
      'prefill',
      'other',
      'decode',
      'decode',
      'other',
    ]);
    expect([...token]).toEqual([-1, -1, 0, -1, 0, -1, 1, 1, -1]);
  });
});

describe('counterTotals', () => {
  it('splits a reading over the intervals it covers and says how much was split', () => {
    const builder = profile();
    const own = builder.thread(7, 8);
    const other = builder.thread(9, 9);
    const readings = builder.addReadings([0, 1, 2]);
    readings.push(0, 10, own, 0, -1, [100, 0, 0]); // all of it load
    readings.push(10, 30, own, 1, -1, [200, 20, 0]); // 10 prefill, 2 sampling, 8 decode
    readings.push(30, 30, own, 1, -1, [5, 0, 0]); // an instant within decode
    readings.push(12, 14, other, 0, -1, [1000, 0, 0]); // another process
    const built = builder.finish();
    expect(profileViolations(built)).toEqual([]);
    const [instructions, refills, dead] = counterTotals(built, timeline);
    expect(instructions.total).toBe(1305);
    expect([...instructions.byCpu]).toEqual([
      ['0', 1100],
      ['1', 205],
    ]);
    expect([...instructions.byPhase!]).toEqual([100, 100, 85]);
    expect([...instructions.byToken!]).toEqual([100, 85]);
    expect(instructions.splitShare).toBeCloseTo(200 / 1305, 12);
    expect([...refills.byPhase!]).toEqual([0, 10, 8]);
    expect(dead.total).toBeNull();
  });

  it('has totals but no stages where stages are not known', () => {
    const builder = profile();
    builder.addReadings([0]).push(0, 10, builder.thread(7, 8), 0, -1, [3]);
    const [instructions] = counterTotals(builder.finish(), { ...timeline, source: null });
    expect(instructions).toMatchObject({ total: 3, byPhase: null, byToken: null });
  });
});
