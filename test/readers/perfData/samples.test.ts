/** Which event a sample belongs to, what its fields say, and what its call chain becomes. */
import { describe, expect, it } from 'vitest';
import { samplesByEvent } from '../../../src/profile/eventTotals.ts';
import { readPerfData, stackOfSample, warningCodes } from '../../support/perfDataRead.ts';
import {
  CONTEXT_KERNEL,
  CONTEXT_USER,
  PerfDataWriter,
  type SampleField,
  type SampleOptions,
} from '../../support/perfDataWriter.ts';

const EVERY_FIXED_FIELD: SampleField[] = [
  'identifier',
  'ip',
  'tid',
  'time',
  'addr',
  'id',
  'streamId',
  'cpu',
  'period',
];

/** One event, one sample. */
function oneSample(fields: readonly SampleField[], sample: Partial<SampleOptions>, arch = 'aarch64') {
  const file = new PerfDataWriter();
  file.describe({ arch });
  const registers = fields.includes('regsUser') ? (1n << 32n) | (1n << 30n) : 0n;
  const event = file.event({ name: 'cycles', fields, registers });
  file.sample(event, { pid: 7, tid: 8, timeNs: 5000, ip: 0x1000, cpu: 3, period: 42, ...sample });
  return readPerfData(file.toFile());
}

describe('fields of a sample', () => {
  it.each([
    [['ip', 'tid', 'time', 'cpu', 'period', 'callchain']],
    [[...EVERY_FIXED_FIELD, 'callchain']],
    [['identifier', 'ip', 'tid', 'time', 'cpu', 'period', 'read', 'callchain', 'raw']],
    [[...EVERY_FIXED_FIELD, 'read', 'callchain', 'raw', 'branchStack', 'regsUser', 'stackUser', 'weight']],
  ] as const)('are found whatever stands between them: %s', async (fields) => {
    const profile = await oneSample(fields, {
      chain: [CONTEXT_USER, 0x1000n, 0x2004n],
      raw: new Uint8Array(12),
      registerValues: [1n, 2n],
      stack: new Uint8Array(64),
    });
    expect(profile.threads).toMatchObject([{ pid: 7, tid: 8 }]);
    expect(profile.samples.cpu[0]).toBe(3);
    expect(profile.clock.startNs).toBe('5000');
    expect(stackOfSample(profile, 0)).toBe('0x1000 < 0x2004r');
  });

  it('counts the period of the record, else that of the event, else one', async () => {
    const withoutPeriod: SampleField[] = ['identifier', 'ip', 'tid', 'time'];
    const file = new PerfDataWriter();
    const stated = file.event({ name: 'stated', period: 9, fields: [...withoutPeriod, 'period'] });
    const fixed = file.event({ name: 'fixed', period: 2500, fields: withoutPeriod });
    const frequency = file.event({ name: 'frequency', frequencyHz: 999, fields: withoutPeriod });
    file.sample(stated, { pid: 1, timeNs: 1, period: 123_456_789_012 });
    file.sample(fixed, { pid: 1, timeNs: 2 });
    file.sample(frequency, { pid: 1, timeNs: 3 });
    const profile = await readPerfData(file.toFile());
    expect([...profile.samples.period]).toEqual([123_456_789_012, 2500, 1]);
    expect(profile.events.map(({ period, frequencyHz }) => [period, frequencyHz])).toEqual([
      [9, null],
      [2500, null],
      [null, 999],
    ]);
  });

  it('takes the CPU from the id when the record has none', async () => {
    const file = new PerfDataWriter();
    const event = file.event({ name: 'cycles', fields: ['identifier', 'ip', 'tid', 'time'], instances: 2 });
    file.idIndex([
      { id: event.ids[0], cpu: 4, tid: -1 },
      { id: event.ids[1], cpu: 5, tid: -1 },
    ]);
    file.sample(event, { pid: 1, timeNs: 1, instance: 1 });
    file.sample(event, { pid: 1, timeNs: 2, instance: 0 });
    expect([...(await readPerfData(file.toFile())).samples.cpu]).toEqual([5, 4]);
  });

  it('leaves the CPU open when nothing tells it', async () => {
    const profile = await oneSample(['ip', 'tid', 'time'], {});
    expect([...profile.samples.cpu]).toEqual([-1]);
  });

  it('puts samples in order of time, whatever their order in the file', async () => {
    const file = new PerfDataWriter();
    const event = file.event({ name: 'cycles' });
    for (const timeNs of [50, 60, 70, 10, 20, 65, 30]) file.sample(event, { pid: 1, timeNs, ip: timeNs });
    const profile = await readPerfData(file.toFile());
    expect([...profile.samples.timeNs]).toEqual([0, 10, 20, 40, 50, 55, 60]);
    expect([...profile.samples.timeNs.keys()].map((row) => stackOfSample(profile, row))).toEqual(
      [10, 20, 30, 50, 60, 65, 70].map((ip) => `0x${ip.toString(16)}`),
    );
  });

  it('keeps a sample with time 0, and skips one that lies ages away', async () => {
    const file = new PerfDataWriter();
    const event = file.event({ name: 'cycles' });
    file.sample(event, { pid: 1, timeNs: 1000 });
    file.sample(event, { pid: 1, timeNs: 0 });
    file.sample(event, { pid: 1, timeNs: 0xffff_ffff_ffff_fff0n });
    const profile = await readPerfData(file.toFile());
    expect([...profile.samples.timeNs]).toEqual([0, 0]);
    expect(warningCodes(profile)).toEqual(['perf-no-time', 'perf-impossible-time']);
  });
});

describe('the event of a sample', () => {
  const twoEvents = (fields: readonly SampleField[]) => {
    const file = new PerfDataWriter();
    const cycles = file.event({ name: 'cycles', fields, instances: 3 });
    const clock = file.event({ name: 'cpu-clock', type: 1, fields, instances: 3 });
    return { file, cycles, clock };
  };

  it.each([[['identifier', 'ip', 'tid', 'time']], [['ip', 'tid', 'time', 'addr', 'id', 'cpu']]] as const)(
    'is told by the id, in IDENTIFIER or ID: %s',
    async (fields) => {
      const { file, cycles, clock } = twoEvents(fields);
      file.sample(clock, { pid: 1, timeNs: 1, instance: 2 });
      file.sample(cycles, { pid: 1, timeNs: 2, instance: 1 });
      file.sample(clock, { pid: 1, timeNs: 3 });
      expect(samplesByEvent(await readPerfData(file.toFile()))).toMatchObject([
        { event: 'cycles', count: 1 },
        { event: 'cpu-clock', count: 2 },
      ]);
    },
  );

  it('does not charge unknown ids to anybody', async () => {
    const { file, cycles } = twoEvents(['identifier', 'ip', 'tid', 'time']);
    file.sample(cycles, { pid: 1, timeNs: 1 });
    file.sample(cycles, { pid: 1, timeNs: 2, id: 0xdead_beef_0000_0001n });
    const profile = await readPerfData(file.toFile());
    expect(profile.samples.length).toBe(1);
    expect(warningCodes(profile)).toEqual(['perf-unknown-id']);
  });

  it('is the only one there is, whatever the id', async () => {
    const file = new PerfDataWriter();
    const event = file.event({ name: 'cycles' });
    file.sample(event, { pid: 1, timeNs: 1, id: 99_999n });
    expect((await readPerfData(file.toFile())).samples.length).toBe(1);
  });

  it('is the first one when nothing tells, with a warning', async () => {
    const { file, clock } = twoEvents(['ip', 'tid', 'time']);
    file.sample(clock, { pid: 1, timeNs: 1 });
    const profile = await readPerfData(file.toFile());
    expect(samplesByEvent(profile)).toMatchObject([{ event: 'cycles', count: 1 }, { count: 0 }]);
    expect(warningCodes(profile)).toEqual(['perf-ambiguous-events']);
  });

  it('leaves out the dummy that carries side-band records', async () => {
    const file = new PerfDataWriter();
    file.event({ name: 'dummy:HG', type: 1, config: 9 });
    const event = file.event({ name: 'cycles' });
    file.sample(event, { pid: 1, timeNs: 1 });
    expect((await readPerfData(file.toFile())).events.map(({ name }) => name)).toEqual(['cycles']);
  });
});

describe('call chains', () => {
  const fields: SampleField[] = ['ip', 'tid', 'time', 'callchain'];
  const stack = async (sample: Partial<SampleOptions>, arch?: string): Promise<string> =>
    stackOfSample(await oneSample(fields, sample, arch), 0);

  it('switch between kernel and user; each part begins where it was interrupted', async () => {
    const chain = [
      CONTEXT_KERNEL,
      0xffff_0000_0000_1000n,
      0xffff_0000_0000_2000n,
      CONTEXT_USER,
      0x400n,
      0x500n,
    ];
    expect(await stack({ ip: 0xffff_0000_0000_1000n, mode: 'kernel', chain })).toBe(
      '0xffff000000001000k < 0xffff000000002000kr < 0x400 < 0x500r',
    );
  });

  it('fall back to the instruction pointer when they are empty', async () => {
    expect(await stack({ ip: 0x1234n, chain: [] })).toBe('0x1234');
    expect(stackOfSample(await oneSample(['ip', 'tid', 'time'], { ip: 0x1234n }), 0)).toBe('0x1234');
  });

  it('have the instruction pointer as their leaf even where it was left out or moved', async () => {
    // Kernel part excluded from the chain.
    expect(await stack({ ip: 0xffff_0000_0000_1000n, mode: 'kernel', chain: [CONTEXT_USER, 0x400n] })).toBe(
      '0xffff000000001000k < 0x400',
    );
    // A precise event: the chain starts at the instruction after.
    expect(await stack({ ip: 0x400n, chain: [CONTEXT_USER, 0x404n, 0x500n] })).toBe('0x400 < 0x500r');
  });

  it('lose entries that cannot be code, and contexts that hold nothing', async () => {
    expect(await stack({ ip: 0x400n, chain: [CONTEXT_KERNEL, CONTEXT_USER, 0x400n, 0n, 1n, 0x500n] })).toBe(
      '0x400 < 0x500r',
    );
  });

  it('lose the signatures of pointer authentication on arm64 only', async () => {
    const chain = [CONTEXT_USER, 0x40_0000n, 0x0035_0000_0040_0104n, 0xb42a_ffff_0040_0208n];
    expect(await stack({ ip: 0x40_0000n, chain })).toBe('0x400000 < 0x400104r < 0xffff00400208r');
    expect(await stack({ ip: 0x40_0000n, chain }, 'x86_64')).toBe(
      '0x400000 < 0x35000000400104r < 0xb42affff00400208r',
    );
  });

  it('say once that their user parts were recorded apart, in words that hold for any number of samples', async () => {
    const file = new PerfDataWriter();
    const event = file.event({ name: 'cycles' });
    // PERF_CONTEXT_USER_DEFERRED and the cookie that the chain's other part carries; all five samples have one chain.
    const deferred = BigInt.asUintN(64, -640n);
    for (let i = 0; i < 5; i++) {
      const ip = 0xffff_0000_0000_0400n;
      file.sample(event, {
        pid: 1,
        timeNs: 10 + i,
        ip,
        mode: 'kernel',
        chain: [CONTEXT_KERNEL, ip, deferred, 7n],
      });
    }
    const profile = await readPerfData(file.toFile());
    expect(profile.warnings).toEqual([
      {
        code: 'perf-chains-deferred',
        message: 'the user parts of call chains were recorded apart and are not joined',
        fix: null,
      },
    ]);
  });

  it('share rows when they are equal, and never across processes', async () => {
    const file = new PerfDataWriter();
    const event = file.event({ name: 'cycles' });
    const chain = [CONTEXT_USER, 0x400n, 0x500n];
    for (const pid of [1, 1, 2]) file.sample(event, { pid, timeNs: 10, ip: 0x400n, chain });
    file.sample(event, { pid: 1, timeNs: 11, ip: 0x408n, chain: [CONTEXT_USER, 0x408n, 0x500n] });
    const { samples, stacks, frames } = await readPerfData(file.toFile());
    expect(samples.stack[0]).toBe(samples.stack[1]);
    expect(samples.stack[0]).not.toBe(samples.stack[2]);
    expect(frames.space[stacks.frame[samples.stack[0]]]).not.toBe(
      frames.space[stacks.frame[samples.stack[2]]],
    );
    expect(stacks.prefix[samples.stack[3]]).toBe(stacks.prefix[samples.stack[0]]);
  });

  it('with the same callers differ by their leaf, by where it ran and by what it returns to', async () => {
    const file = new PerfDataWriter();
    const event = file.event({ name: 'cycles' });
    const high = 0xffff_0000_0000_0400n;
    const samples: Partial<SampleOptions>[] = [
      { ip: 0x400n, chain: [CONTEXT_USER, 0x400n, 0x500n] },
      { ip: 0x404n, chain: [CONTEXT_USER, 0x404n, 0x500n] },
      // The same low word, the same callers; then the same words in the other mode; then no callers.
      { ip: 0x1_0000_0400n, chain: [CONTEXT_USER, 0x1_0000_0400n, 0x500n] },
      { ip: 0x400n, mode: 'kernel', chain: [CONTEXT_KERNEL, 0x400n, 0x500n] },
      { ip: 0x400n, chain: [CONTEXT_USER, 0x400n] },
      { ip: 0x400n, mode: 'kernel', chain: [CONTEXT_KERNEL, 0x400n] },
      // The callers go on in user space; and a chain whose words are the callers of another.
      { ip: high, mode: 'kernel', chain: [CONTEXT_KERNEL, high, 0x500n, CONTEXT_USER, 0x600n, 0x700n] },
      { ip: 0x400n, chain: [0x500n] },
      { ip: 0x400n, chain: [CONTEXT_USER, 0x400n, 0x500n] },
    ];
    for (const [i, sample] of samples.entries()) {
      file.sample(event, { pid: 1, timeNs: 10 + i, ip: 0n, ...sample });
    }
    const profile = await readPerfData(file.toFile());
    expect(samples.map((_, i) => stackOfSample(profile, i))).toEqual([
      '0x400 < 0x500r',
      '0x404 < 0x500r',
      '0x100000400 < 0x500r',
      '0x400k < 0x500kr',
      '0x400',
      '0x400k',
      '0xffff000000000400k < 0x500kr < 0x600 < 0x700r',
      '0x400',
      '0x400 < 0x500r',
    ]);
  });

  it('of dwarf recordings end at the first user frame, with a warning', async () => {
    const withStack: SampleField[] = ['ip', 'tid', 'time', 'callchain', 'regsUser', 'stackUser'];
    const kernel = await oneSample(withStack, {
      ip: 0xffff_0000_0000_1000n,
      mode: 'kernel',
      chain: [CONTEXT_KERNEL, 0xffff_0000_0000_1000n],
      // lr, then pc
      registerValues: [0x999n, 0x40_0abcn],
      stack: new Uint8Array(32),
    });
    expect(stackOfSample(kernel, 0)).toBe('0xffff000000001000k < 0x400abc');
    expect(warningCodes(kernel)).toEqual(['perf-stacks-not-unwound']);
    const user = await oneSample(withStack, { ip: 0x40_0abcn, chain: [], stack: new Uint8Array(32) });
    expect(stackOfSample(user, 0)).toBe('0x400abc');
  });

  it('are refused when they are longer than their record', async () => {
    const file = new PerfDataWriter();
    const event = file.event({ name: 'cycles', fields });
    file.sample(event, { pid: 1, timeNs: 1, ip: 0x400n });
    file.sample(event, { pid: 1, timeNs: 2, ip: 0x400n });
    // Number of entries of the second sample: 8 + ip, tid, time.
    new DataView(file.records[1].buffer).setBigUint64(32, 1n << 31n, true);
    const profile = await readPerfData(file.toFile());
    expect(profile.samples.length).toBe(1);
    expect(warningCodes(profile)).toEqual(['perf-bad-record']);
  });
});
