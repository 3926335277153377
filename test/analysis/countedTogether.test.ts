import { describe, expect, it } from 'vitest';
import { analyseRun } from '../../src/analysis/analyseRun.ts';
import { countedTogether } from '../../src/analysis/countedTogether.ts';
import type { CountedEvent } from '../../src/analysis/metrics.ts';
import { countedRun, type CountedGroup } from '../support/countedRun.ts';
import { functionsOfRun } from '../support/llamaRun.ts';

function event(mnemonic: string, group: number, value: number | null, others?: CountedEvent[]): CountedEvent {
  const plain = { mnemonic, group, value, reason: null, status: 'counted' as const, runningShare: null };
  return others ? { ...plain, others } : plain;
}
const values = (needs: string[], events: CountedEvent[]) =>
  countedTogether(needs, new Map(events.map((one) => [one.mnemonic, one]))).map((set) =>
    set.map(({ value }) => value),
  );

describe('countedTogether', () => {
  const cycles = event('CPU_CYCLES', 0, 100, [event('CPU_CYCLES', 1, 90)]);
  const instructions = event('INST_RETIRED', 0, 200);
  const stalls = event('STALL_BACKEND', 1, 45);

  it('takes the events of the group that holds them all', () => {
    expect(values(['INST_RETIRED', 'CPU_CYCLES'], [cycles, instructions, stalls])[0]).toEqual([200, 100]);
    expect(values(['STALL_BACKEND', 'CPU_CYCLES'], [cycles, instructions, stalls])[0]).toEqual([45, 90]);
    expect(values(['INST_RETIRED'], [instructions])).toEqual([[200]]);
  });

  it('takes the first of each event where no group has them all', () => {
    expect(values(['STALL_BACKEND', 'INST_RETIRED', 'CPU_CYCLES'], [cycles, instructions, stalls])).toEqual([
      [45, 200, 100],
    ]);
  });

  it('takes no counts that stand in no table of readings for a group', () => {
    const apart = [event('A', -1, 1, [event('A', 2, 3)]), event('B', -1, 5, [event('B', 2, 7)])];
    expect(values(['A', 'B'], apart)).toEqual([
      [3, 7],
      [1, 5],
    ]);
  });
});

describe('an event that stands in two groups', () => {
  const DRAWING = 'load/1000 0+100/1000 100+1/1000 101+1/1000 102+1/1000 103+1/1000 close/10';
  const groups: CountedGroup[] = [
    {
      events: ['CPU_CYCLES', 'INST_RETIRED', 'LL_CACHE_MISS_RD'],
      readings: [
        [1000, 2000, [2e9, 4e9, 3e6]],
        [2000, 6000, [8e9, 8e9, 4e6]],
      ],
    },
    {
      events: ['CPU_CYCLES', 'STALL_BACKEND', 'LL_CACHE_MISS_RD'],
      readings: [
        [1000, 2000, [1.9e9, 0.19e9, 3.1e6]],
        [2000, 6000, [7.6e9, 3.8e9, 4.4e6]],
      ],
    },
  ];
  const profile = countedRun(DRAWING, groups, { calls: 'probes', sampleMs: 10, cpus: ['Neoverse-V1'] });
  profile.events[0].frequencyHz = 100;
  const analysis = analyseRun(profile, functionsOfRun(profile));
  const [type] = analysis.metrics.coreTypes;
  const stages = (id: string): (number | null)[] => {
    const { prefill, decode } = type.rows.find((row) => row.id === id)!;
    return [prefill.value, decode.value];
  };

  it('is counted once in ratios, each of its own group', () => {
    expect(stages('ipc')).toEqual([2, 1]);
    // 0.19 of 1.9, 3.8 of 7.6.
    expect(stages('backend-stalled')).toEqual([10, 50]);
  });

  it('is counted once in bytes and in the clock', () => {
    // 64 B × 3e6 of one call, 64 B × 4e6 of four.
    expect(stages('refill-bytes-per-call')).toEqual([192e6, 64e6]);
    expect(stages('clock-frequency')).toEqual([2e9, 2e9]);
  });

  it('is counted once in calls and in the findings', () => {
    const lines = analysis.findings.map(({ sentence }) => sentence).join('\n');
    expect(lines).toMatch(/The back end stalls in 10\.0\s% of Prefill’s and 50\.0\s% of Decode’s cycles\./);
    const { decode } = analysis.verdicts;
    expect(decode.witnesses.find(({ metric }) => metric === 'backend stalls')?.value).toBe(0.5);
  });
});

describe('a last-level event that reads a constant 0', () => {
  it('leaves its place to the next one', () => {
    const profile = countedRun(
      'load/1000 0+100/1000 100+1/1000 101+1/1000 close/10',
      [
        {
          events: ['CPU_CYCLES', 'INST_RETIRED', 'L3D_CACHE_REFILL', 'LL_CACHE_MISS_RD', 'L2D_CACHE_REFILL'],
          readings: [
            [1000, 2000, [2e9, 4e9, 0, 0, 5e6]],
            [2000, 4000, [4e9, 4e9, 0, 0, 8e6]],
          ],
        },
      ],
      { calls: 'probes', sampleMs: 10, cpus: ['Neoverse-V1'] },
    );
    const [type] = analyseRun(profile, functionsOfRun(profile)).metrics.coreTypes;
    expect(type.lastLevel?.mnemonic).toBe('L2D_CACHE_REFILL');
    const row = (id: string) => type.rows.find((one) => one.id === id)!;
    // 64 B × 5e6.
    expect(row('refill-bytes-per-call').prefill.value).toBe(320e6);
    expect(row('memory-read-bandwidth').decode).toMatchObject({
      value: null,
      reason: 'LL_CACHE_MISS_RD: reads a constant 0: not counted by this target',
    });
  });
});
