import { describe, expect, it } from 'vitest';
import type { CounterTotals } from '../../src/analysis/attribution.ts';
import { countedEvents } from '../../src/analysis/stageCounts.ts';
import type { Counter } from '../../src/profile/types.ts';

function cycles(input: string | undefined, runningShare: number | null = null): Counter {
  return {
    name: 'cycles',
    code: '0x11',
    mnemonic: 'CPU_CYCLES',
    unit: 'cycles',
    kind: 'delta',
    multiplier: 1,
    status: 'counted',
    pmu: null,
    runningShare,
    unavailable: null,
    excludesKernel: false,
    input,
  };
}

const total = (value: number | null, byPhase: number[] | null): CounterTotals => ({
  total: value,
  byCpu: new Map(),
  byPhase: byPhase && Float64Array.from(byPhase),
  byToken: null,
  splitShare: 0,
});

const counted = (counters: Counter[], totals: CounterTotals[], phases: number[] | null) =>
  countedEvents({ counters, readings: [] }, totals, phases).get('CPU_CYCLES');

describe('countedEvents', () => {
  it('adds the PMUs of one input up', () => {
    const counters = [cycles('perf.data', 0.6), cycles('perf.data', 0.4)];
    expect(counted(counters, [total(100, [70, 30]), total(10, [8, 2])], [0])).toMatchObject({
      value: 78,
      runningShare: 0.4,
    });
  });

  it('takes one of two inputs that counted the same event', () => {
    const counters = [cycles('perf.data'), cycles('stat.txt'), cycles('stat.txt')];
    const totals = [total(100, [70, 30]), total(60, [40, 20]), total(41, [31, 10])];
    expect(counted(counters, totals, [0, 1])?.value).toBe(100);
    // What the first did not count in stages, the second may know.
    expect(counted(counters, [total(100, null), totals[1], totals[2]], [0, 1])?.value).toBe(101);
  });
});
