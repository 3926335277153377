import { describe, expect, it } from 'vitest';
import type { Profile } from '../../../src/profile/types.ts';
import { pair, record } from '../../support/apcBytes.ts';
import { readApc, stackText, totalOf, warningCodes } from '../../support/apcReading.ts';
import { ApcWriter } from '../../support/apcWriter.ts';
import type { ApcCounter, ApcOptions } from '../../support/apcWriter.ts';

const CYCLES: ApcCounter = {
  id: 'cycles',
  type: 'ARMv8_Neoverse_V1_ccnt',
  code: 0x11,
  title: 'Cycles',
  name: 'CPU Cycles',
  units: 'cycles',
};
const REFILLS: ApcCounter = {
  id: 'refills',
  type: 'ARMv8_Neoverse_V1_cnt2',
  code: 0x2a,
  title: 'L3 Data Cache',
  name: 'Refill',
};

const MAIN = { pid: 100, tid: 100 };
const WORKER = { pid: 100, tid: 101 };

function capture(shape: ApcOptions['shape'], options: Partial<ApcOptions> = {}): ApcWriter {
  const apc = new ApcWriter({ shape, counters: [CYCLES, REFILLS], ...options });
  apc.thread(100, 100, 'llama-cli', '/bin/llama-cli');
  apc.thread(100, 101, 'worker', '/bin/llama-cli');
  return apc;
}

const samplesOf = (profile: Profile): string[] =>
  Array.from({ length: profile.samples.length }, (_, row) => {
    const { samples } = profile;
    const { name } = profile.threads[samples.thread[row]];
    const event = profile.events[samples.event[row]].name;
    return `${samples.timeNs[row]} cpu${samples.cpu[row]} ${name} ${event} ${samples.period[row]}: ${stackText(profile, row)}`;
  });

/** Readings of one counter that counted something: interval, thread, CPU, count, and the sample that carried it. */
function readingsOf(profile: Profile, counterName: string): string[] {
  const counter = profile.counters.findIndex((each) => each.name === counterName);
  return profile.readings.flatMap((table) => {
    const column = table.counters.indexOf(counter);
    if (column < 0) return [];
    return Array.from({ length: table.length }, (_, row) => {
      const thread = table.thread[row] < 0 ? '-' : profile.threads[table.thread[row]].name;
      return `${table.startNs[row]}-${table.timeNs[row]} ${thread} cpu${table.cpu[row]} +${table.deltas[column][row]} @${table.sample[row]}`;
    });
  });
}

const switchesOf = (profile: Profile): string[] =>
  Array.from({ length: profile.switches.length }, (_, row) => {
    const { switches } = profile;
    const kind = ['in', 'out', 'preempted'][switches.kind[row]];
    return `${switches.timeNs[row]} cpu${switches.cpu[row]} ${profile.threads[switches.thread[row]].name} ${kind}`;
  });

describe('system-wide: groups read at every sched_switch', () => {
  function twoThreads(): ApcWriter {
    const apc = capture('system-wide');
    apc.switchOut({ timeNs: 1000, cpu: 0, thread: { pid: 0, tid: 0 }, next: MAIN, counts: { cycles: 5 } });
    apc.sample({ timeNs: 2000, cpu: 0, thread: MAIN, user: [0x1000], counts: { cycles: 100, refills: 7 } });
    apc.switchOut({ timeNs: 2500, cpu: 0, thread: MAIN, next: WORKER, counts: { cycles: 40, refills: 1 } });
    apc.switchOut({ timeNs: 4000, cpu: 0, thread: WORKER, isPreempted: true, counts: { cycles: 60 } });
    apc.sample({
      timeNs: 3000,
      cpu: 1,
      thread: MAIN,
      kernel: [0xffff_8000_8000_1000n],
      counts: { cycles: 9 },
    });
    return apc;
  }

  it('gives counts to the thread that goes, over the time since the reading before on its CPU', async () => {
    const profile = await readApc(twoThreads());
    expect(readingsOf(profile, 'Cycles: CPU Cycles')).toEqual([
      '0-1000 idle cpu0 +5 @-1',
      '1000-2000 llama-cli cpu0 +100 @0',
      '2000-2500 llama-cli cpu0 +40 @-1',
      '0-3000 llama-cli cpu1 +9 @1',
      '2500-4000 worker cpu0 +60 @-1',
    ]);
    expect(totalOf(profile, 'L3 Data Cache: Refill')).toBe(8);
    expect(profile.facts).toContainEqual(
      expect.objectContaining({ name: 'recording-shape', value: 'system-wide' }),
    );
  });

  it('takes the samples of the clock for the profile, those of the leader for switches only', async () => {
    const profile = await readApc(twoThreads());
    expect(samplesOf(profile)).toEqual([
      '2000 cpu0 llama-cli cpu-clock 991080: 0x1000',
      '3000 cpu1 llama-cli cpu-clock 991080: 0xffff800080001000k',
    ]);
    expect(profile.events.map(({ name, role }) => `${name}: ${role}`)).toEqual([
      'cpu-clock: sampling',
      'Cycles: CPU Cycles: group-member',
      'L3 Data Cache: Refill: group-member',
      'sched:sched_switch: context-switch',
    ]);
    expect(switchesOf(profile)).toEqual([
      '1000 cpu0 llama-cli in',
      '2500 cpu0 llama-cli out',
      '2500 cpu0 worker in',
      '4000 cpu0 worker preempted',
    ]);
  });

  it('finds the thread of a switch that was dead when it was sampled', async () => {
    const apc = capture('system-wide');
    const DEAD = { pid: -1, tid: -1 };
    apc.switchOut({ timeNs: 1000, cpu: 0, thread: MAIN, next: WORKER, counts: { cycles: 5 } });
    apc.sample({
      timeNs: 1500,
      cpu: 0,
      thread: WORKER,
      shownThread: DEAD,
      user: [0x1000],
      counts: { cycles: 1 },
    });
    apc.switchOut({ timeNs: 2000, cpu: 0, thread: WORKER, shownThread: DEAD, counts: { cycles: 20 } });
    const profile = await readApc(apc);
    expect(readingsOf(profile, 'Cycles: CPU Cycles')).toEqual([
      '0-1000 llama-cli cpu0 +5 @-1',
      '1000-1500 worker cpu0 +1 @0',
      '1500-2000 worker cpu0 +20 @-1',
    ]);
    expect(switchesOf(profile)).toEqual([
      '1000 cpu0 llama-cli out',
      '1000 cpu0 worker in',
      '2000 cpu0 worker out',
    ]);
  });

  it('calls a thread exited that was dead when it was sampled and that nothing else tells', async () => {
    const apc = capture('system-wide');
    const DEAD = { pid: -1, tid: -1 };
    apc.sample({ timeNs: 1500, cpu: 0, thread: DEAD, user: [0x1000] });
    const profile = await readApc(apc);
    expect(profile.threads).toMatchObject([{ tid: -1, name: 'exited thread' }]);
    expect(stackText(profile, 0)).toBe('0x1000');
    expect(profile.addressSpaces).toHaveLength(1);
  });

  it('reads CPU frequencies: a start level in Hz, changes in kHz', async () => {
    const apc = capture('system-wide', {
      counters: [
        {
          id: 'frequency',
          type: 'ARMv8_Neoverse_V1_freq',
          code: 77,
          title: 'Clock',
          name: 'Frequency',
          units: 'Hz',
          class: 'absolute',
          perCpu: true,
          tracepoint:
            'name: cpu_frequency\nID: 77\nformat:\n\tfield:u32 state;\toffset:8;\tsize:4;\tsigned:0;\n\tfield:u32 cpu_id;\toffset:12;\tsize:4;\tsigned:0;\n',
        },
      ],
    });
    apc.startLevel('frequency', 1000, 1, 1_200_000_000);
    apc.tracepoint('frequency', { timeNs: 5000, cpu: 0, thread: MAIN }, [pair(77, 0), pair(2_600_000, 1)]);
    const profile = await readApc(apc);
    expect(profile.counters[0]).toMatchObject({ name: 'Clock: Frequency', kind: 'absolute', unit: 'Hz' });
    expect(readingsOf(profile, 'Clock: Frequency')).toEqual([
      '1000-1000 - cpu1 +1200000000 @-1',
      '5000-5000 - cpu1 +2600000000 @-1',
    ]);
  });
});

describe('per thread with groups that are inherited', () => {
  it('keeps one history for each id and thread, whoever reports it', async () => {
    const apc = capture('per-thread-groups');
    apc.switchIn({ timeNs: 900, cpu: 0, thread: MAIN });
    apc.sample({ timeNs: 1000, cpu: 0, thread: MAIN, user: [0x1000], counts: { cycles: 10 } });
    apc.switchOut({ timeNs: 1100, cpu: 0, thread: MAIN, counts: { cycles: 3 } });
    apc.switchIn({ timeNs: 5000, cpu: 0, thread: WORKER });
    apc.sample({ timeNs: 5500, cpu: 0, thread: WORKER, user: [0x2000], counts: { cycles: 70, refills: 2 } });
    apc.switchOut({ timeNs: 5600, cpu: 0, thread: WORKER, isPreempted: true, counts: { cycles: 4 } });
    apc.switchIn({ timeNs: 5600, cpu: 0, thread: MAIN });
    apc.sample({ timeNs: 6000, cpu: 0, thread: MAIN, user: [0x1000], counts: { cycles: 20 } });
    apc.sample({ timeNs: 6500, cpu: 1, thread: WORKER, user: [0x2000], counts: { cycles: 1 } });
    const profile = await readApc(apc);
    // Off-CPU time is in no interval: a thread's begins when it is switched in.
    expect(readingsOf(profile, 'Cycles: CPU Cycles')).toEqual([
      '900-1000 llama-cli cpu0 +10 @0',
      '1000-1100 llama-cli cpu0 +3 @-1',
      '5000-5500 worker cpu0 +70 @1',
      '5500-5600 worker cpu0 +4 @-1',
      '5600-6000 llama-cli cpu0 +20 @2',
      '0-6500 worker cpu1 +1 @3',
    ]);
    expect(totalOf(profile, 'L3 Data Cache: Refill')).toBe(2);
    expect(switchesOf(profile)).toEqual([
      '900 cpu0 llama-cli in',
      '1100 cpu0 llama-cli out',
      '5000 cpu0 worker in',
      '5600 cpu0 worker preempted',
      '5600 cpu0 llama-cli in',
    ]);
    expect(profile.samples.length).toBe(4);
    expect(totalOf(profile, 'cpu-clock')).toBe(4 * 991_080);
  });

  it('takes the last values of a thread from READ records, once', async () => {
    const apc = capture('per-thread-groups');
    apc.sample({ timeNs: 5500, cpu: 0, thread: WORKER, user: [0x2000], counts: { cycles: 70 } });
    apc.lastReads(0, WORKER, 6000, { cycles: 30 });
    const profile = await readApc(apc);
    expect(readingsOf(profile, 'Cycles: CPU Cycles')).toEqual([
      '0-5500 worker cpu0 +70 @0',
      '5500-6000 worker cpu0 +30 @-1',
    ]);
  });

  it('counts on when a counter begins anew, and says so', async () => {
    const apc = capture('per-thread-groups');
    apc.sample({ timeNs: 1000, cpu: 0, thread: MAIN, user: [0x1000], counts: { cycles: 100 } });
    apc.sample({ timeNs: 2000, cpu: 0, thread: MAIN, user: [0x1000], counts: { cycles: -60 } });
    apc.sample({ timeNs: 3000, cpu: 0, thread: MAIN, user: [0x1000], counts: { cycles: 5 } });
    const profile = await readApc(apc);
    expect(readingsOf(profile, 'Cycles: CPU Cycles').map((each) => each.split(' ')[3])).toEqual([
      '+100',
      '+40',
      '+5',
    ]);
    expect(warningCodes(profile)).toEqual(['apc-counter-restarts']);
  });

  it('lets records that come late change nothing', async () => {
    const apc = capture('per-thread-groups');
    apc.sample({ timeNs: 1000, cpu: 0, thread: MAIN, user: [0x1000], counts: { cycles: 100 } });
    apc.sample({ timeNs: 900, cpu: 0, thread: MAIN, user: [0x1000], counts: { cycles: -10 } });
    apc.sample({ timeNs: 2000, cpu: 0, thread: MAIN, user: [0x1000], counts: { cycles: 15 } });
    const profile = await readApc(apc);
    expect(totalOf(profile, 'Cycles: CPU Cycles')).toBe(105);
    expect([...profile.samples.timeNs]).toEqual([900, 1000, 2000]);
    expect(warningCodes(profile)).toEqual([]);
  });

  it('reads counters beyond 32 and 53 bits exactly', async () => {
    const apc = capture('per-thread-groups');
    apc.sample({ timeNs: 1000, cpu: 0, thread: MAIN, user: [0x1000], counts: { cycles: 2 ** 52 } });
    apc.sample({ timeNs: 2000, cpu: 0, thread: MAIN, user: [0x1000], counts: { cycles: 2 ** 53 - 1 } });
    apc.sample({ timeNs: 3000, cpu: 0, thread: MAIN, user: [0x1000], counts: { cycles: 1 } });
    expect(readingsOf(await readApc(apc), 'Cycles: CPU Cycles').map((each) => each.split(' ')[3])).toEqual([
      `+${2 ** 52}`,
      `+${2 ** 53 - 1}`,
      '+1',
    ]);
  });

  it('knows a capture without call stacks', async () => {
    const apc = capture('per-thread-groups', { withoutStacks: true });
    apc.sample({ timeNs: 1000, cpu: 0, thread: MAIN, user: [0x1000, 0x2000], counts: { cycles: 1 } });
    const profile = await readApc(apc);
    expect(stackText(profile, 0)).toBe('0x1000');
    expect(profile.facts).toContainEqual(expect.objectContaining({ name: 'call-stacks', value: 'no' }));
  });
});

describe('per thread with events of their own', () => {
  it('takes the period of each overflow for what was counted since the one before', async () => {
    const apc = capture('per-thread-periods');
    apc.switchIn({ timeNs: 900, cpu: 0, thread: MAIN });
    apc.sample({ timeNs: 1000, cpu: 0, thread: MAIN, user: [0x1000], counts: { cycles: 1 } });
    apc.sample({ timeNs: 2000, cpu: 0, thread: MAIN, user: [0x1000], counts: { cycles: 500, refills: 3 } });
    apc.switchOut({ timeNs: 2500, cpu: 0, thread: MAIN });
    const profile = await readApc(apc);
    expect(readingsOf(profile, 'Cycles: CPU Cycles')).toEqual([
      '900-1000 llama-cli cpu0 +1 @-1',
      '1000-2000 llama-cli cpu0 +500 @-1',
    ]);
    expect(readingsOf(profile, 'L3 Data Cache: Refill')).toEqual(['900-2000 llama-cli cpu0 +3 @-1']);
    expect(samplesOf(profile)).toEqual([
      '1000 cpu0 llama-cli cpu-clock 991080: 0x1000',
      '2000 cpu0 llama-cli cpu-clock 991080: 0x1000',
    ]);
    expect(profile.events.find(({ name }) => name === 'Cycles: CPU Cycles')).toMatchObject({
      role: 'group-member',
      period: null,
      frequencyHz: 1009,
    });
    expect(switchesOf(profile)).toEqual(['900 cpu0 llama-cli in', '2500 cpu0 llama-cli out']);
    expect(warningCodes(profile)).toEqual(['apc-period-counters']);
  });

  it('does not believe READ records', async () => {
    const apc = capture('per-thread-periods');
    apc.sample({ timeNs: 1000, cpu: 0, thread: WORKER, user: [0x1000], counts: { cycles: 10 } });
    const id = apc.eventId('cycles', 0);
    apc.rawRecord(
      0,
      record(8, 0, [pair(100, 101), 999_999, 5, 5, id, pair(100, 101), apc.zeroNs + 2000n, id, id]),
    );
    expect(totalOf(await readApc(apc), 'Cycles: CPU Cycles')).toBe(10);
  });
});

describe('event-based sampling', () => {
  const SAMPLED = { ...REFILLS, samplingPeriod: 10_000 };

  it.each(['system-wide', 'per-thread-groups'] as const)(
    'takes the samples of the event for the profile and its counts from READ (%s)',
    async (shape) => {
      const apc = capture(shape, { counters: [CYCLES, SAMPLED] });
      apc.overflow('refills', { timeNs: 1000, cpu: 0, thread: MAIN, user: [0x1000, 0x2000] });
      apc.overflow('refills', { timeNs: 2000, cpu: 0, thread: MAIN, user: [0x1004, 0x2000] }, 10_002);
      apc.switchOut({ timeNs: 2100, cpu: 0, thread: MAIN, counts: { cycles: 77 } });
      const profile = await readApc(apc);
      expect(samplesOf(profile)).toEqual([
        '1000 cpu0 llama-cli L3 Data Cache: Refill 10000: 0x2000r 0x1000',
        '2000 cpu0 llama-cli L3 Data Cache: Refill 10000: 0x2000r 0x1004',
      ]);
      expect(readingsOf(profile, 'L3 Data Cache: Refill')).toEqual([
        '0-1000 llama-cli cpu0 +10000 @0',
        '1000-2000 llama-cli cpu0 +10002 @1',
      ]);
      expect(totalOf(profile, 'Cycles: CPU Cycles')).toBe(77);
      expect(profile.events[0]).toMatchObject({
        name: 'L3 Data Cache: Refill',
        code: '0x2a',
        mnemonic: 'L3D_CACHE_REFILL',
        role: 'sampling',
        period: 10_000,
      });
    },
  );

  it('takes its counts from the period where events are read alone', async () => {
    const apc = capture('per-thread-periods', { counters: [SAMPLED] });
    apc.overflow('refills', { timeNs: 1000, cpu: 0, thread: MAIN, user: [0x1000] });
    apc.overflow('refills', { timeNs: 3000, cpu: 0, thread: MAIN, user: [0x1000] }, 9_990);
    const profile = await readApc(apc);
    expect(samplesOf(profile).map((each) => each.split(':')[1])).toEqual([' Refill 10000', ' Refill 9990']);
    expect(readingsOf(profile, 'L3 Data Cache: Refill')).toEqual([
      '1000-1000 llama-cli cpu0 +10000 @0',
      '1000-3000 llama-cli cpu0 +9990 @1',
    ]);
  });
});

describe('what the kernel lost', () => {
  it('is added up and told', async () => {
    const apc = capture('per-thread-groups');
    apc.sample({ timeNs: 1000, cpu: 0, thread: MAIN, user: [0x1000], counts: { cycles: 1, refills: 1 } });
    apc.lost(0, MAIN, 1100, 40);
    apc.lost(1, MAIN, 1200, 2);
    apc.rawRecord(0, record(13, 0, [8, pair(100, 100), apc.zeroNs, 1000, 1000]));
    apc.throttle(0, MAIN, 1300);
    const profile = await readApc(apc);
    expect(profile.losses).toEqual({ records: 50, throttles: 1 });
    expect(warningCodes(profile)).toEqual(['apc-lost-records', 'apc-throttled']);
  });
});
