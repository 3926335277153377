import { describe, expect, it } from 'vitest';
import { evaluateMetric, metricValue, type CountedEvent } from '../../src/analysis/metrics.ts';
import { METRICS, RETIRED_MIX } from '../../src/analysis/metricDefinitions.ts';
import { implementationEvent } from '../../src/arm/coreEvents.ts';
import { CORE_NAMES } from '../../src/arm/cores.ts';
import { codeOf } from '../../src/arm/pmuEvents.ts';
import { TRACKED_METRICS } from '../../src/report/sections/timeline.ts';

const metric = (id: string) => METRICS.find((definition) => definition.id === id)!;

function counts(values: Record<string, number>, more: Partial<CountedEvent> = {}): Map<string, CountedEvent> {
  return new Map(
    Object.entries(values).map(([mnemonic, value]) => [
      mnemonic,
      { mnemonic, value, reason: null, status: 'counted', runningShare: null, group: 0, ...more },
    ]),
  );
}

const hardware = { core: 'Neoverse-V1', seconds: 3 };

describe('the table of metrics', () => {
  const all = [...METRICS, ...RETIRED_MIX];

  it('has each id once, and needs events that the tables of src/arm know', () => {
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    const isKnown = (mnemonic: string): boolean =>
      codeOf(mnemonic) !== null ||
      CORE_NAMES.some((core) => implementationEvent(core, { code: null, name: mnemonic }) === mnemonic);
    const needed = all.flatMap(({ needs, denominator }) => [...needs, denominator]);
    expect([...new Set(needed)].filter((mnemonic) => !isKnown(mnemonic))).toEqual([]);
    expect(all.filter(({ needs, denominator }) => !needs.includes(denominator))).toEqual([]);
  });

  it('has the metrics that the timeline tracks', () => {
    expect(TRACKED_METRICS.filter((id) => !all.some((one) => one.id === id))).toEqual([]);
  });
});

describe('evaluateMetric', () => {
  it('divides what was counted and shows its working', () => {
    const ipc = evaluateMetric(metric('ipc'), counts({ INST_RETIRED: 2609, CPU_CYCLES: 1000 }), hardware);
    expect(ipc).toMatchObject({ value: 2.609, status: 'counted' });
    expect(ipc.working?.formula).toBe('INST_RETIRED ÷ CPU_CYCLES');
    expect(
      evaluateMetric(metric('l3-mpki'), counts({ L3D_CACHE_REFILL: 1842, INST_RETIRED: 100_000 }), hardware)
        .value,
    ).toBe(18.42);
  });

  it('gives the memory share of backend stalls, at most 100 %, and never on a core without the event', () => {
    const stalls = counts({ STALL_BACKEND: 200, STALL_BACKEND_MEM: 100 });
    expect(evaluateMetric(metric('memory-stall-share'), stalls, hardware).value).toBe(50);
    const rounded = counts({ STALL_BACKEND: 200, STALL_BACKEND_MEM: 203 });
    expect(evaluateMetric(metric('memory-stall-share'), rounded, hardware).value).toBe(100);
    expect(
      evaluateMetric(metric('memory-stall-share'), stalls, { core: 'Neoverse-N1', seconds: 3 }),
    ).toMatchObject({
      value: null,
      reason: 'not counted: Neoverse-N1 has no STALL_BACKEND_MEM',
    });
  });

  it('is unknown when stalls exceed what they are a part of: they were not counted over the same time', () => {
    const stalls = counts({ STALL_BACKEND: 192, STALL_BACKEND_MEM: 346, CPU_CYCLES: 100 });
    for (const [id, reason] of [
      ['backend-stalled', 'STALL_BACKEND counted more than CPU_CYCLES, of which it is a part'],
      ['memory-stall-share', 'STALL_BACKEND_MEM counted more than STALL_BACKEND, of which it is a part'],
      ['memory-stalled', 'STALL_BACKEND_MEM counted more than CPU_CYCLES, of which it is a part'],
    ]) {
      expect(evaluateMetric(metric(id), stalls, hardware)).toMatchObject({ value: null, reason });
      // The short way of calls and functions refuses what the long one does.
      expect([id, metricValue(metric(id), stalls, hardware)]).toEqual([id, null]);
    }
  });

  it('is unknown, with the reason, when an event is missing, unusable or zero below the line', () => {
    expect(evaluateMetric(metric('ipc'), counts({ CPU_CYCLES: 1 }), hardware).reason).toBe(
      'not counted: INST_RETIRED not recorded',
    );
    const zero = counts(
      { STALL_BACKEND: 5, CPU_CYCLES: 9 },
      { value: null, reason: 'not implemented by this target' },
    );
    expect(evaluateMetric(metric('backend-stalled'), zero, hardware).reason).toBe(
      'STALL_BACKEND: not implemented by this target',
    );
    expect(evaluateMetric(metric('ipc'), counts({ INST_RETIRED: 5, CPU_CYCLES: 0 }), hardware).reason).toBe(
      'CPU_CYCLES counted 0 here',
    );
  });

  it('follows the rules for multiplexed counters', () => {
    const ofShare = (runningShare: number) => counts({ INST_RETIRED: 2, CPU_CYCLES: 1 }, { runningShare });
    expect(evaluateMetric(metric('ipc'), ofShare(0.8), hardware).working?.note).toBeNull();
    expect(evaluateMetric(metric('ipc'), ofShare(0.5), hardware).working?.note).toBe(
      'the counters ran 50 % of the time',
    );
    expect(evaluateMetric(metric('ipc'), ofShare(0.5), { ...hardware, seconds: 0.3 }).value).toBeNull();
    expect(evaluateMetric(metric('ipc'), ofShare(0.2), hardware).value).toBeNull();
    const apart = ofShare(0.8);
    apart.get('CPU_CYCLES')!.group = 1;
    expect(evaluateMetric(metric('ipc'), apart, hardware).value).toBe(2);
    expect(evaluateMetric(metric('ipc'), apart, { ...hardware, seconds: 1.5 }).reason).toBe(
      'its events were counted in different groups at different times',
    );
  });

  it('is no better than the weakest count in it', () => {
    const mixed = counts({ L3D_CACHE_REFILL: 1, INST_RETIRED: 2 });
    mixed.get('L3D_CACHE_REFILL')!.status = 'modelled';
    expect(evaluateMetric(metric('l3-mpki'), mixed, hardware).status).toBe('modelled');
  });
});
