import { describe, expect, it } from 'vitest';
import type { Counter, Profile } from '../../../src/profile/types.ts';
import { EventCatalogue } from '../../../src/readers/apc/eventsXml.ts';
import { hexBytes } from '../../support/apcBytes.ts';
import { readApc, totalOf, warningCodes } from '../../support/apcReading.ts';
import { ApcWriter } from '../../support/apcWriter.ts';
import type { ApcCounter, ApcOptions } from '../../support/apcWriter.ts';

const MAIN = { pid: 100, tid: 100 };
const CYCLES: ApcCounter = {
  id: 'cycles',
  type: 'ARMv8_Neoverse_V1_ccnt',
  code: 0x11,
  title: 'Cycles',
  name: 'CPU Cycles',
  units: 'cycles',
};
const STALLS: ApcCounter = {
  id: 'stalls',
  type: 'armv8_neoverse_v1_CNT0',
  code: 0x24,
  title: 'Stalls',
  name: 'Backend',
  units: 'cycles',
  excludesKernel: true,
};

async function read(
  counters: ApcCounter[],
  counts: Record<string, number>,
  options: Partial<ApcOptions> = {},
): Promise<Profile> {
  const apc = new ApcWriter({ shape: 'per-thread-groups', counters, ...options });
  apc.sample({ timeNs: 1000, cpu: 0, thread: MAIN, user: [0x1000], counts });
  return readApc(apc);
}

const counterNamed = (profile: Profile, name: string): Counter | undefined =>
  profile.counters.find((counter) => counter.name === name);

describe('names of counters', () => {
  it('are title and name of events.xml, found without regard to case, with code and mnemonic', async () => {
    const profile = await read([CYCLES, STALLS], { cycles: 10, stalls: 4 });
    expect(counterNamed(profile, 'Cycles: CPU Cycles')).toEqual({
      name: 'Cycles: CPU Cycles',
      code: '0x11',
      mnemonic: 'CPU_CYCLES',
      unit: 'cycles',
      kind: 'delta',
      multiplier: 1,
      status: 'counted',
      pmu: 'armv8_pmuv3',
      runningShare: null,
      unavailable: null,
      excludesKernel: false,
    });
    expect(counterNamed(profile, 'Stalls: Backend')).toMatchObject({
      code: '0x24',
      mnemonic: 'STALL_BACKEND',
      excludesKernel: true,
      unavailable: null,
    });
    expect(totalOf(profile, 'Stalls: Backend')).toBe(4);
  });

  it('are mnemonics, or else codes, without events.xml', async () => {
    const raw: ApcCounter = { ...STALLS, id: 'raw', type: 'ARMv8_Neoverse_V1_cnt1', code: 0x1e5 };
    const profile = await read([STALLS, raw], { stalls: 1, raw: 1 }, { withoutXml: ['events.xml'] });
    expect(profile.counters.slice(0, 2)).toMatchObject([
      { name: 'STALL_BACKEND', code: '0x24', unit: 'cycles' },
      { name: '0x1e5', code: '0x1e5', mnemonic: null, unit: 'events' },
    ]);
    expect(warningCodes(profile)).toEqual(['apc-events-xml']);
  });

  it('are found by the core and the code without captured.xml', async () => {
    const profile = await read([CYCLES, STALLS], { cycles: 10, stalls: 4 }, { withoutXml: ['captured.xml'] });
    expect(profile.counters.slice(0, 2)).toMatchObject([
      { name: 'Cycles: CPU Cycles', code: '0x11', unavailable: null },
      { name: 'Stalls: Backend', code: '0x24', unavailable: null },
    ]);
    expect(profile.inputs[0].tool).toBeNull();
    expect(warningCodes(profile)).toEqual(['apc-no-captured-xml']);
  });

  it('of one event on the kinds of core of a target are one', async () => {
    const little: ApcCounter = { ...CYCLES, id: 'little', type: 'ARMv8_Cortex_A55_ccnt', pmuType: 11 };
    const profile = await read(
      [CYCLES, little],
      { cycles: 10, little: 5 },
      { summaryAttributes: { 'perf.devices.armv8_cortex_a55.type': '11' } },
    );
    expect(profile.counters.filter(({ code }) => code === '0x11')).toMatchObject([
      { name: 'Cycles: CPU Cycles', pmu: 'armv8_pmuv3, armv8_cortex_a55' },
    ]);
    expect(totalOf(profile, 'Cycles: CPU Cycles')).toBe(15);
  });

  it('of PMUs outside the cores have no code, which would mean something else', async () => {
    const uncore: ApcCounter = {
      id: 'mesh',
      type: 'arm_cmn_0_cnt0',
      code: 0x11,
      title: 'Mesh',
      name: 'Flits',
      pmuType: 42,
    };
    const profile = await read(
      [uncore],
      { mesh: 3 },
      { summaryAttributes: { 'perf.devices.arm_cmn_0.type': '42' } },
    );
    expect(profile.counters[0]).toMatchObject({ code: null, mnemonic: null, pmu: 'arm_cmn_0' });
  });
});

describe('counters without a usable value', () => {
  it('that read 0 while cycles advance are not implemented by the target', async () => {
    const profile = await read([CYCLES, STALLS], { cycles: 1000, stalls: 0 });
    expect(counterNamed(profile, 'Cycles: CPU Cycles')?.unavailable).toBeNull();
    expect(counterNamed(profile, 'Stalls: Backend')?.unavailable).toBe(
      'reads a constant 0 while cycles advance: not implemented by this target',
    );
    expect(profile.warnings).toEqual([]);
  });

  it('that all read 0 never ran, and a warning says what to do', async () => {
    const profile = await read([CYCLES, STALLS], { cycles: 0, stalls: 0 });
    expect(counterNamed(profile, 'Stalls: Backend')?.unavailable).toMatch(/never ran/);
    expect(profile.warnings).toMatchObject([{ code: 'apc-counters-never-ran' }]);
  });

  it('that were not opened have no data', async () => {
    const profile = await read([CYCLES, { ...STALLS, isRejected: true }], { cycles: 1000 });
    expect(counterNamed(profile, 'Stalls: Backend')?.unavailable).toMatch(/did not open/);
    expect(totalOf(profile, 'Stalls: Backend')).toBeNaN();
  });

  it('that were asked for and never read are named too', async () => {
    const memory: ApcCounter = { id: 'free', type: 'Linux_meminfo_memfree', title: 'Memory', name: 'Free' };
    const profile = await read([CYCLES, memory], { cycles: 1000 });
    expect(counterNamed(profile, 'Memory: Free')?.unavailable).toMatch(/no readings/);
  });

  it('do not include the constants of a GPU, which every capture lists', async () => {
    expect((await read([CYCLES], { cycles: 1 })).counters.map(({ name }) => name)).toEqual([
      'Cycles: CPU Cycles',
      'cpu-clock',
      'context-switches',
    ]);
  });
});

describe('polled counters', () => {
  it('are read from the example: t = 0.1 s, key 6 = 123456; then core 1, key 8 = -5', async () => {
    const apc = new ApcWriter({ shape: 'per-thread-groups' });
    const [, ...body] = hexBytes('05 00 | 00 80 c2 d7 2f | 06 c0 c4 07 | 02 01 | 08 7b');
    apc.rawFrame(5, Uint8Array.from(body));
    const profile = await readApc(apc);
    expect(
      profile.readings.map((table) => [
        profile.counters[table.counters[0]].name,
        table.timeNs[0],
        table.deltas[0][0],
      ]),
    ).toEqual([
      ['counter 6', 100_000_000, 123_456],
      ['counter 8', 100_000_000, -5],
    ]);
  });

  it('have name, unit, class and factor of events.xml; those that are per CPU have one', async () => {
    const counters: ApcCounter[] = [
      {
        id: 'free',
        type: 'Linux_meminfo_memfree',
        title: 'Memory',
        name: 'Free',
        units: 'B',
        class: 'absolute',
        multiplier: 1024,
      },
      { id: 'read', type: 'Linux_block_rq_rd', title: 'Disk', name: 'Read', units: 'B' },
      { id: 'hot', type: 'hwmon_0', title: 'Core', name: 'Temperature', class: 'absolute', perCpu: true },
    ];
    const apc = new ApcWriter({ shape: 'per-thread-groups', counters });
    apc.thread(100, 101, 'worker');
    apc.poll(100_000_000, { free: 5_000, read: 7 });
    apc.poll(200_000_000, { free: 4_000, read: 9 }, { tid: 101 });
    apc.poll(200_000_000, { hot: 60 }, { cpu: 1 });
    const profile = await readApc(apc);
    expect(profile.counters.slice(0, 3)).toMatchObject([
      { name: 'Memory: Free', unit: 'B', kind: 'absolute', multiplier: 1024, code: null },
      { name: 'Disk: Read', unit: 'B', kind: 'delta' },
      { name: 'Core: Temperature', kind: 'absolute' },
    ]);
    const [free, read, hot] = profile.readings;
    expect([...free.deltas[0]]).toEqual([5_000, 4_000]);
    expect([...read.startNs]).toEqual([0, 100_000_000]);
    expect([...read.thread].map((row) => (row < 0 ? null : profile.threads[row].name))).toEqual([
      null,
      'worker',
    ]);
    expect([...read.cpu]).toEqual([-1, -1]);
    expect([...hot.cpu]).toEqual([1]);
  });
});

describe('EventCatalogue', () => {
  const XML = `<?xml version="1.0"?><!-- <event counter="no" title="no" name="no"/> -->
    <events>
      <category name="A &amp; B" counter_set="Set_cnt" per_cpu="yes">
        <event counter="Set_ccnt" event="0x11" title="Cycles" name="All > none" units="cycles"/>
        <event event="8" title="Instructions" name="All"/>
      </category>
      <category name="Linux">
        <event counter="Linux_x" title="Memory" name="Free &lt;now&gt;" class="absolute" multiplier="0.5" units=""/>
        <event event="0x08" title="Elsewhere" name="x"/>
      </category>
    </events>`;

  it('finds fixed counters, numbered ones by their code, and events by the core', () => {
    const catalogue = EventCatalogue.parse(XML);
    expect(catalogue.problem).toBeNull();
    expect(catalogue.ofCounter('SET_CCNT', null)).toEqual({
      name: 'Cycles: All > none',
      unit: 'cycles',
      isAbsolute: false,
      multiplier: 1,
      isPerCpu: true,
    });
    expect(catalogue.ofCounter('set_cnt4', 8)?.name).toBe('Instructions: All');
    expect(catalogue.ofCounter('set_cnt4', 9)).toBeNull();
    expect(catalogue.ofCounter('Linux_x', null)).toMatchObject({
      name: 'Memory: Free <now>',
      isAbsolute: true,
      multiplier: 0.5,
      unit: 'events',
      isPerCpu: false,
    });
    expect(catalogue.ofCore('A & B', 0x11)?.name).toBe('Cycles: All > none');
    expect(catalogue.ofCounter('no', null)).toBeNull();
  });

  it('keeps what stands before the place where the file breaks', () => {
    const catalogue = EventCatalogue.parse(XML.slice(0, XML.indexOf('<category name="Linux">') + 40));
    expect(catalogue.problem).toMatch(/unclosed|end/i);
    expect(catalogue.ofCounter('Set_cnt0', 8)?.name).toBe('Instructions: All');
  });
});
