/** What events are called, and which PMU event they are. */
import { describe, expect, it } from 'vitest';
import type { SampledEvent } from '../../../src/profile/types.ts';
import { Bytes } from '../../support/perfDataBytes.ts';
import { readPerfData } from '../../support/perfDataRead.ts';
import { PerfDataWriter, type Descriptions, type EventOptions } from '../../support/perfDataWriter.ts';

async function eventsOf(
  options: readonly EventOptions[],
  descriptions: Descriptions,
  change: (file: PerfDataWriter) => void = () => {},
): Promise<SampledEvent[]> {
  const file = new PerfDataWriter();
  file.describe(descriptions);
  const events = options.map((option) => file.event(option));
  file.sample(events[0], { pid: 1, timeNs: 1 });
  change(file);
  return (await readPerfData(file.toFile())).events;
}

const ARM: Descriptions = {
  arch: 'aarch64',
  osRelease: '6.6.0',
  pmus: { 8: 'armv8_pmuv3_0', 9: 'arm_dsu_0' },
};

describe('PMU event codes', () => {
  it('are those that the arm64 kernel counts for generic events', async () => {
    const events = await eventsOf(
      [
        { name: 'cycles:u', config: 0 },
        { name: 'instructions', config: 1 },
        { name: 'cache-references', config: 2 },
        { name: 'cache-misses', config: 3 },
        { name: 'branches', config: 4 },
        { name: 'branch-misses', config: 5 },
        { name: 'stalled-cycles-frontend', config: 7 },
        { name: 'stalled-cycles-backend', config: 8 },
        { name: 'ref-cycles', config: 9 },
        { name: 'L1-dcache-loads', type: 3, config: 0 },
        { name: 'L1-dcache-load-misses', type: 3, config: 0x10000 },
        { name: 'LLC-loads', type: 3, config: 2 },
        { name: 'LLC-load-misses', type: 3, config: 0x10002 },
        { name: 'dTLB-load-misses', type: 3, config: 0x10003 },
      ],
      ARM,
    );
    expect(events.map(({ code, mnemonic }) => `${code} ${mnemonic}`)).toEqual([
      '0x11 CPU_CYCLES',
      '0x8 INST_RETIRED',
      '0x4 L1D_CACHE',
      '0x3 L1D_CACHE_REFILL',
      '0xc PC_WRITE_RETIRED',
      '0x10 BR_MIS_PRED',
      '0x23 STALL_FRONTEND',
      '0x24 STALL_BACKEND',
      'null null',
      '0x4 L1D_CACHE',
      '0x3 L1D_CACHE_REFILL',
      '0x36 LL_CACHE_RD',
      '0x37 LL_CACHE_MISS_RD',
      '0x5 L1D_TLB_REFILL',
    ]);
  });

  it('are the numbers themselves for raw events and those of the core PMU', async () => {
    const events = await eventsOf(
      [
        { name: 'r24', type: 4, config: 0x24 },
        { name: 'armv8_pmuv3_0/event=0x4005/', type: 8, config: 0x4005 },
        { name: 'arm_dsu_0/cycles/', type: 9, config: 0x11 },
        { name: 'cpu-clock', type: 1, config: 0 },
        { name: 'r8005', type: 4, config: 0x8005 },
      ],
      ARM,
    );
    expect(events.map(({ code, mnemonic, unit }) => [code, mnemonic, unit])).toEqual([
      ['0x24', 'STALL_BACKEND', 'cycles'],
      ['0x4005', 'STALL_BACKEND_MEM', 'cycles'],
      // The cluster's own numbering: 0x11 there is not the core's CPU_CYCLES.
      [null, null, 'events'],
      [null, null, 'ns'],
      ['0x8005', 'ASE_INST_SPEC', 'instructions'],
    ]);
  });

  it('stay open on other machines, where a generic event is not translated', async () => {
    const events = await eventsOf(
      [
        { name: 'cycles', config: 0 },
        { name: 'instructions', config: 1 },
        { name: 'r1c2', type: 4, config: 0x1c2 },
      ],
      { arch: 'x86_64', pmus: { 4: 'cpu' } },
    );
    expect(events.map(({ code, mnemonic, unit }) => [code, mnemonic, unit])).toEqual([
      [null, null, 'cycles'],
      [null, null, 'instructions'],
      ['0x1c2', null, 'events'],
    ]);
  });

  it('ignore which kind of core the upper half of the config asks for', async () => {
    const [event] = await eventsOf([{ name: 'cycles', config: 0x8_0000_0000n }], ARM);
    expect(event.code).toBe('0x11');
  });

  it('of branches follow the kernel', async () => {
    const [event] = await eventsOf([{ name: 'branches', config: 4 }], { ...ARM, osRelease: '6.12.3-arm64' });
    expect(event).toMatchObject({ code: '0x21', mnemonic: 'BR_RETIRED' });
  });
});

describe('roles', () => {
  it('are told by the type, the PMU and whether the event samples', async () => {
    const events = await eventsOf(
      [
        { name: 'cycles' },
        { name: 'uprobe/config=1/', type: 9 },
        { name: 'bpf-output', type: 1, config: 10 },
        { name: 'mem:0x1000', type: 5 },
        { name: 'sched:sched_switch', type: 2, config: 316 },
      ],
      { ...ARM, pmus: { 8: 'armv8_pmuv3_0', 9: 'uprobe' } },
    );
    expect(events.map(({ role }) => role)).toEqual([
      'sampling',
      'tracepoint',
      'tracepoint',
      'sampling',
      'tracepoint',
    ]);
  });
});

describe('names', () => {
  const names = (events: readonly SampledEvent[]): string[] => events.map(({ name }) => name);
  const withoutDescriptions = (file: PerfDataWriter): void => {
    file.features.set(12, new Bytes(true).u32(0).u32(136).done());
  };

  it('are those that the user typed, when the file has them', async () => {
    const options = [
      { name: 'cpu-clock/freq=499/', type: 1 },
      { name: '__proto__', type: 1, config: 2 },
    ];
    expect(names(await eventsOf(options, ARM))).toEqual(['cpu-clock/freq=499/', '__proto__']);
  });

  it('come from an update of the event before the table', async () => {
    const events = await eventsOf([{ name: 'lost' }], ARM, (file) => {
      withoutDescriptions(file);
      const body = new Bytes(true).u64(2).u64(file.events[0].ids[0]).text('my-cycles').u8(0).pad(8);
      file.record(78, 0, body.done());
    });
    expect(names(events)).toEqual(['my-cycles']);
  });

  it('come from simpleperf, whose names may hold commas and colons', async () => {
    const meta = { event_type_info: 'cpu-cycles:u,0,0\nsched:sched_switch,2,45' };
    const options = [{ name: 'lost' }, { name: 'lost', type: 2, config: 45 }];
    const events = await eventsOf(options, { ...ARM, simpleperfMeta: meta }, withoutDescriptions);
    expect(names(events)).toEqual(['cpu-cycles:u', 'sched:sched_switch']);
  });

  it('come from the numbers when nothing names the event', async () => {
    const events = await eventsOf(
      [
        { name: '', config: 7 },
        { name: '', type: 1, config: 1 },
        { name: '', type: 3, config: 0x10002 },
        { name: '', type: 3, config: 0x203 },
        { name: '', type: 4, config: 0x1b },
        { name: '', type: 8, config: 0x24 },
        { name: '', type: 3, config: 0xff },
      ],
      ARM,
      withoutDescriptions,
    );
    expect(names(events)).toEqual([
      'stalled-cycles-frontend',
      'task-clock',
      'LLC-load-misses',
      'dTLB-prefetches',
      'r1b',
      'type 8 config 0x24',
      'type 3 config 0xff',
    ]);
  });
});
