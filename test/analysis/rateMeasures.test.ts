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

  it('of the bus says when the PMUs state several widths, or none', () => {
    const noteOf = (value: string) => {
      const profile = drawn();
      profile.facts.push({ name: 'pmu-bus-width', value, source: 'drawn', private: false });
      const { decode } = row(rowsOf(profile), 'bus-bandwidth');
      expect(decode).toMatchObject({ value: 2400e6, status: 'estimated' });
      return decode.working?.note;
    };
    expect(noteOf('0x00000020, 0x00000010')).toContain(
      'a beat is taken as 32 B: the PMUs state several widths in caps/bus_width (0x00000020, 0x00000010)',
    );
    expect(noteOf('0x00000000')).toContain('caps/bus_width of the PMU states no width (0x00000000)');
    expect(noteOf('0x00000000')).not.toContain('not recorded');
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

  /** Prefill of so many milliseconds at 2.6 GHz, a sample each 10 ms; Decode of two seconds at 2.6 GHz. */
  function withPrefillOf(ms: number): Profile {
    const profile = countedRun(
      `load/1000 0+100/${ms} 100+1/1000 101+1/1000 close/10`,
      [
        {
          events: ['CPU_CYCLES'],
          readings: [
            [1000, 1000 + ms, [2.6e6 * ms]],
            [1000 + ms, 3000 + ms, [5.2e9]],
          ],
        },
      ],
      { calls: 'probes', sampleMs: 10, cpus: ['Neoverse-V1'] },
    );
    profile.events[0].frequencyHz = 100;
    return profile;
  }

  it('is not told from a few samples', () => {
    // A sample each 10 ms.
    for (const [ms, samples] of [
      [20, 2],
      [490, 49],
    ]) {
      const { prefill } = row(rowsOf(withPrefillOf(ms)), 'clock-frequency');
      expect(prefill.value).toBeNull();
      expect(prefill.reason).toBe(
        `time on a CPU is told from samples, for want of context switches: ${samples} of the 50 that it needs`,
      );
    }
    const { prefill, decode } = row(rowsOf(withPrefillOf(500)), 'clock-frequency');
    expect(prefill).toMatchObject({ value: 2.6e9, working: { samples: 50 } });
    expect(decode).toMatchObject({ value: 2.6e9, working: { samples: 200 } });
  });

  it('is not told from samples when some were lost, but from context switches', () => {
    const lost = withPrefillOf(500);
    lost.losses.records = 7;
    expect(row(rowsOf(lost), 'clock-frequency').decode).toMatchObject({
      value: null,
      reason:
        'time on a CPU is told from samples, for want of context switches, and the kernel lost 7 records',
    });
    const throttled = withPrefillOf(500);
    throttled.losses.throttles = 3;
    expect(row(rowsOf(throttled), 'clock-frequency').decode.reason).toContain('throttled sampling 3 times');
    lost.switches = {
      ...lost.switches,
      length: 1,
      timeNs: Float64Array.of(1e6),
      thread: new Int32Array(1),
      cpu: new Int32Array(1),
      kind: Uint8Array.of(0),
      ...('state' in lost.switches ? { state: new Uint8Array(1) } : {}),
    };
    expect(row(rowsOf(lost), 'clock-frequency').decode).toMatchObject({ value: 2.6e9, status: 'counted' });
  });

  it('is not above the maximum that the machine states', () => {
    const stated = (kilohertz: string): Profile => {
      const profile = withPrefillOf(500);
      profile.facts.push({ name: 'cpu-max-khz', value: kilohertz, source: 'drawn', private: false });
      return profile;
    };
    const { decode } = row(rowsOf(stated('1300000, 2000000')), 'clock-frequency');
    expect(decode.value).toBeNull();
    expect(decode.reason).toContain('would be 2.60 GHz, above the 2.00 GHz that the machine states');
    // At its maximum, and less above it than one sample of fifty.
    expect(row(rowsOf(stated('2600000')), 'clock-frequency').decode.value).toBe(2.6e9);
    expect(row(rowsOf(stated('2560000')), 'clock-frequency').decode.value).toBe(2.6e9);
  });
});
