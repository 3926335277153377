import { describe, expect, it } from 'vitest';
import { analyseRun } from '../../src/analysis/analyseRun.ts';
import type { CoreTypeMetrics } from '../../src/analysis/selectionMetrics.ts';
import type { Profile } from '../../src/profile/types.ts';
import { countedRun, type CountedRunOptions } from '../support/countedRun.ts';
import { functionsOfRun } from '../support/llamaRun.ts';

/** One second of Prefill, four of Decode; a sample each 10 ms. */
const DRAWING = 'load/1000 0+100/1000 100+1/1000 101+1/1000 102+1/1000 103+1/1000 close/10';
const EVENTS = ['CPU_CYCLES', 'LL_CACHE_MISS_RD', 'BUS_ACCESS'];

function drawn(options: CountedRunOptions = {}, events: readonly string[] = EVENTS): Profile {
  const profile = countedRun(
    DRAWING,
    [
      {
        events,
        readings: [
          [1000, 2000, [2.6e9, 1e7, 5e7]],
          [2000, 6000, [9.6e9, 1e8, 3e8]],
        ],
      },
    ],
    { calls: 'probes', sampleMs: 10, cpus: ['Neoverse-V1'], ...options },
  );
  // Sampled 100 times a second: a sample stands for 10 ms.
  profile.events[0].frequencyHz = 100;
  return profile;
}

const rowsOf = (profile: Profile): CoreTypeMetrics => {
  const { metrics } = analyseRun(profile, functionsOfRun(profile));
  return metrics.coreTypes[0];
};
const row = (type: CoreTypeMetrics, id: string) => type.rows.find((one) => one.id === id)!;

describe('bandwidth', () => {
  it('is a line for each read that missed the last cache, over the time of the stage', () => {
    const { prefill, decode, formula } = row(rowsOf(drawn()), 'memory-read-bandwidth');
    // 64 B × 1e7 in 1 s, 64 B × 1e8 in 4 s.
    expect([prefill.value, decode.value]).toEqual([640e6, 1600e6]);
    expect(decode).toMatchObject({ unit: 'B/s', status: 'counted' });
    expect(decode.working?.note).toContain('demand reads only');
    expect(formula).toBe('64 B × LL_CACHE_MISS_RD ÷ time');
  });

  it('of the bus takes the width that the PMU states, and says when it does not', () => {
    const assumed = row(rowsOf(drawn()), 'bus-bandwidth').decode;
    // 32 B × 3e8 in 4 s.
    expect(assumed).toMatchObject({ value: 2400e6, status: 'estimated' });
    expect(assumed.working?.note).toContain('caps/bus_width of the PMU was not recorded');
    const stated = drawn();
    stated.facts.push({ name: 'pmu-bus-width', value: '0x00000010', source: 'drawn', private: false });
    const known = row(rowsOf(stated), 'bus-bandwidth').decode;
    expect(known).toMatchObject({ value: 1200e6, status: 'counted' });
    expect(known.working?.note).not.toContain('bus_width');
  });

  it('has no value where time is not that of hardware', () => {
    for (const origin of ['emulated', 'simulated'] as const) {
      const type = rowsOf(drawn({ origin }));
      for (const id of ['memory-read-bandwidth', 'bus-bandwidth', 'clock-frequency']) {
        expect([id, row(type, id).decode.value]).toEqual([id, null]);
        expect(row(type, id).decode.reason).toContain(origin);
      }
    }
  });
});

describe('the clock', () => {
  it('is cycles over the time that threads were on a CPU', () => {
    const { prefill, decode, run } = row(rowsOf(drawn()), 'clock-frequency');
    // 2.6e9 cycles in 1 s, 9.6e9 in 4 s.
    expect([prefill.value, decode.value]).toEqual([2.6e9, 2.4e9]);
    expect(decode).toMatchObject({ unit: 'Hz', status: 'sampled' });
    expect(run.reason).toBe('the time of threads on CPUs is told by stage');
  });

  it('leaves out time that the threads did not run', () => {
    const profile = drawn();
    const { switches } = profile;
    // On the CPU to 3 s, and from 4 s on: three of Decode's four seconds.
    profile.switches = {
      ...switches,
      length: 3,
      timeNs: Float64Array.of(1e6, 3e9, 4e9),
      thread: new Int32Array(3),
      cpu: new Int32Array(3),
      kind: Uint8Array.of(0, 1, 0),
      ...('state' in switches ? { state: new Uint8Array(3) } : {}),
    };
    const { decode } = row(rowsOf(profile), 'clock-frequency');
    expect(decode.value).toBeCloseTo(9.6e9 / 3, -3);
    expect(decode.status).toBe('counted');
  });

  it('is not known where whole CPUs were counted, or user mode only, or no time was sampled', () => {
    const ofCpus = drawn();
    ofCpus.readings[0].thread.fill(-1);
    expect(row(rowsOf(ofCpus), 'clock-frequency').decode.reason).toContain('whole CPUs');
    const userOnly = drawn();
    userOnly.counters[0].excludesKernel = true;
    expect(row(rowsOf(userOnly), 'clock-frequency').decode.reason).toContain('user mode');
    const untimed = drawn();
    untimed.events[0].frequencyHz = null;
    expect(row(rowsOf(untimed), 'clock-frequency').decode.reason).toContain('was not sampled by time');
  });
});
