import { describe, expect, it } from 'vitest';
import type { CounterTotals } from '../../src/analysis/attribution.ts';
import { countedEvents } from '../../src/analysis/stageCounts.ts';
import type { Counter } from '../../src/profile/types.ts';

function cycles(
  input: string | undefined,
  runningShare: number | null = null,
  pmu: string | null = null,
  mnemonic = 'CPU_CYCLES',
): Counter {
  return {
    name: mnemonic,
    code: null,
    mnemonic,
    unit: 'cycles',
    kind: 'delta',
    multiplier: 1,
    status: 'counted',
    pmu,
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
    const counters = [
      cycles('perf.data', 0.6, 'armv8_cortex_a55'),
      cycles('perf.data', 0.4, 'armv8_cortex_x1'),
    ];
    expect(counted(counters, [total(100, [70, 30]), total(10, [8, 2])], [0])).toMatchObject({
      value: 78,
      runningShare: 0.4,
    });
  });

  it('takes one of two inputs that counted the same event', () => {
    const counters = [
      cycles('perf.data'),
      cycles('stat.txt', null, 'armv8_cortex_a55'),
      cycles('stat.txt', null, 'armv8_cortex_x1'),
    ];
    const totals = [total(100, [70, 30]), total(60, [40, 20]), total(41, [31, 10])];
    expect(counted(counters, totals, [0, 1])?.value).toBe(100);
    // What the first did not count in stages, the second may know.
    expect(counted(counters, [total(100, null), totals[1], totals[2]], [0, 1])?.value).toBe(101);
  });

  it('takes one of two counters of the same PMU, or of a PMU that is not named', () => {
    for (const pmu of ['armv8_pmuv3_0', null]) {
      const counters = [cycles('perf.data', 0.5, pmu), cycles('perf.data', 0.5, pmu)];
      expect(counted(counters, [total(100, [70, 30]), total(98, [69, 29])], [0])?.value).toBe(70);
      // A counter without a value does not stand before one that has it.
      expect(counted(counters, [total(null, null), total(98, [69, 29])], [0])?.value).toBe(69);
    }
  });

  it('adds up, of each PMU, the counters that stand at the same place', () => {
    const [little, big] = ['armv8_cortex_a55', 'armv8_cortex_x1'];
    const counters = [little, little, big, big].map((pmu) => cycles('perf.data', null, pmu));
    const totals = [100, 90, 10, 8].map((value) => total(value, [value]));
    expect(counted(counters, totals, null)).toMatchObject({ value: 110, others: [{ value: 98 }] });
  });

  it('has no value for stall and last-level events that stay at 0 while the PMU counts cycles', () => {
    for (const mnemonic of ['STALL_BACKEND', 'LL_CACHE_MISS_RD', 'L3D_CACHE_REFILL']) {
      const event = (totals: CounterTotals[], pmus: (string | null)[] = [null, null]) =>
        countedEvents(
          { counters: [cycles('a', null, pmus[0]), cycles('a', null, pmus[1], mnemonic)], readings: [] },
          totals,
          [0],
        ).get(mnemonic);
      expect(event([total(100, [70, 30]), total(0, [0, 0])])).toMatchObject({
        value: null,
        reason: 'reads a constant 0: not counted by this target',
      });
      // None in this stage, some in the other one.
      expect(event([total(100, [70, 30]), total(5, [0, 5])])?.value).toBe(0);
      // Nothing ran, or not on this PMU.
      expect(event([total(0, [0, 0]), total(0, [0, 0])])?.value).toBe(0);
      const pmus = ['armv8_cortex_a55', 'armv8_cortex_x1'];
      expect(event([total(100, [70, 30]), total(0, [0, 0])], pmus)?.value).toBe(0);
    }
    const refills = [cycles('a'), cycles('a', null, null, 'L1D_CACHE_REFILL')];
    const known = countedEvents({ counters: refills, readings: [] }, [total(9, null), total(0, null)], null);
    expect(known.get('L1D_CACHE_REFILL')?.value).toBe(0);
  });
});
