/** Probes and tracepoints: formats as tracefs writes them, and the arguments of hits. */
import { describe, expect, it } from 'vitest';
import { parseFormat, readArguments } from '../../../src/readers/perfData/tracepointFormats.ts';
import { Bytes } from '../../support/perfDataBytes.ts';
import { readPerfData, stackText, warningCodes } from '../../support/perfDataRead.ts';
import { CONTEXT_USER, PerfDataWriter, type ArgumentType } from '../../support/perfDataWriter.ts';

/** As /sys/kernel/tracing/events/sched/sched_switch/format says it, cut. */
const SCHED_SWITCH = `name: sched_switch
ID: 316
format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

	field:char prev_comm[16];	offset:8;	size:16;	signed:0;
	field:pid_t prev_pid;	offset:24;	size:4;	signed:1;
	field:long prev_state;	offset:32;	size:8;	signed:1;
	field:__data_loc char[] name;	offset:40;	size:4;	signed:0;
	field:__rel_loc char[] tail;	offset:44;	size:4;	signed:0;
	field:unsigned char digest[4];	offset:48;	size:4;	signed:0;
	field:u8 flags;	offset:52;	size:1;	signed:0;
	field:u16 port;	offset:53;	size:2;	signed:0;
	field:unsigned long args[2];	offset:56;	size:16;	signed:0;

print fmt: "prev_comm=%s", REC->prev_comm
`;

describe('format texts', () => {
  it('name own fields and leave out the common ones', () => {
    const format = parseFormat('sched', SCHED_SWITCH);
    expect(format).toMatchObject({ id: 316, system: 'sched', name: 'sched_switch' });
    expect(format?.fields.map(({ name, kind }) => `${name}: ${kind}`)).toEqual([
      'prev_comm: text',
      'prev_pid: integer',
      'prev_state: integer',
      'name: text-at',
      'tail: text-after',
      'digest: bytes',
      'flags: integer',
      'port: integer',
      'args: bytes',
    ]);
  });

  it('without a name or an id are no formats', () => {
    expect(parseFormat('sched', 'ID: 3\nformat:\n')).toBeNull();
    expect(parseFormat('sched', 'name: x\nformat:\n')).toBeNull();
  });
});

describe.each([
  ['little', true],
  ['big', false],
] as const)('arguments in %s endian', (_name, littleEndian) => {
  const raw = (): Bytes => {
    const bytes = new Bytes(littleEndian).u16(316).u16(0).u32(1);
    bytes.text('swapper/0').zeros(7).u32(0xffff_ffff).u32(0).u64(-2n);
    // name: 5 bytes at 72; tail: 3 bytes, 29 after the end of its own field at 48.
    bytes.u32(72 | (5 << 16)).u32(29 | (3 << 16));
    bytes.u8(0xde).u8(0xad).u8(0xbe).u8(0xef).u8(200).u16(0x1234).u8(0).u64(1).u64(2);
    return bytes.text('abcd').u8(0).text('xyz');
  };

  it('are read by the format', () => {
    const format = parseFormat('sched', SCHED_SWITCH);
    const { values, missing } = readArguments(format!, raw().done(), littleEndian);
    expect(missing).toBe(0);
    expect(Object.fromEntries(values)).toEqual({
      prev_comm: 'swapper/0',
      prev_pid: -1n,
      prev_state: -2n,
      name: 'abcd',
      tail: 'xyz',
      digest: 'deadbeef',
      flags: 200n,
      port: 0x1234n,
      args: littleEndian ? '01000000000000000200000000000000' : '00000000000000010000000000000002',
    });
  });

  it('that lie outside their record are left out and counted', () => {
    const format = parseFormat('sched', SCHED_SWITCH);
    const cut = raw().done().subarray(0, 50);
    const { values, missing } = readArguments(format!, cut, littleEndian);
    expect([...values.keys()]).toEqual(['prev_comm', 'prev_pid', 'prev_state']);
    expect(missing).toBe(6);
  });
});

describe('probe hits', () => {
  it('are no samples; entry and return are told apart', async () => {
    const file = new PerfDataWriter();
    const clock = file.event({ name: 'cpu-clock', type: 1 });
    const entry = file.probe({ name: 'probe_llama:llama_decode', arguments: { n_tokens: 's32' } });
    const exit = file.probe({
      name: 'probe_llama:llama_decode__return',
      isReturn: true,
      arguments: { ret: 's32' },
    });
    file.sample(clock, { pid: 1, timeNs: 50, ip: 0x10n });
    file.hit(exit, {
      pid: 1,
      timeNs: 90,
      address: 0x400n,
      returnTo: 0x808n,
      ip: 0x808n,
      chain: [CONTEXT_USER, 0x808n, 0x900n],
      arguments: { ret: -1 },
    });
    file.hit(entry, { pid: 1, timeNs: 20, cpu: 3, address: 0x400n, arguments: { n_tokens: 512 } });
    const profile = await readPerfData(file.toFile());
    expect(profile.samples.length).toBe(1);
    // Time 0 is the first hit.
    expect([...profile.samples.timeNs]).toEqual([30]);
    expect(profile.probeHits).toMatchObject([
      { timeNs: 0, name: 'probe_llama:llama_decode', isReturn: false, cpu: 3, thread: 0 },
      { timeNs: 70, name: 'probe_llama:llama_decode__return', isReturn: true, thread: 0 },
    ]);
    expect([...profile.probeHits[0].arguments]).toEqual([
      ['__probe_ip', 0x400n],
      ['n_tokens', 512n],
    ]);
    expect([...profile.probeHits[1].arguments]).toEqual([
      ['__probe_func', 0x400n],
      ['__probe_ret_ip', 0x808n],
      ['ret', -1n],
    ]);
    expect(stackText(profile, profile.probeHits[1].stack)).toBe('0x808 < 0x900r');
    expect(profile.events.map(({ role }) => role)).toEqual(['sampling', 'tracepoint', 'tracepoint']);
  });

  it('that a frequency thinned out are told', async () => {
    const read = async (frequencyHz: number | undefined, period: number) => {
      const file = new PerfDataWriter();
      const probe = file.probe({ name: 'probe_llama:llama_decode', arguments: { n: 's32' } });
      probe.options.frequencyHz = frequencyHz;
      file.hit(probe, { pid: 1, timeNs: 1, period: 1, arguments: { n: 1 } });
      file.hit(probe, { pid: 1, timeNs: 2, period, arguments: { n: 1 } });
      return readPerfData(file.toFile());
    };
    const profile = await read(199, 51);
    expect(profile.probeHits).toHaveLength(2);
    expect(profile.warnings).toMatchObject([
      { code: 'perf-hits-sampled', message: expect.stringContaining('perf passed over 50 hits') },
    ]);
    expect(profile.warnings[0].fix).toContain('-e cpu-clock/freq=999/');
    expect(warningCodes(await read(199, 1))).toEqual([]);
    // sched_stat_runtime weighs its hits in nanoseconds.
    expect(warningCodes(await read(undefined, 400_000))).toEqual([]);
  });

  it('may have arguments that JavaScript would stumble over', async () => {
    const file = new PerfDataWriter();
    const types = new Map<string, ArgumentType>([
      ['toString', 'u64'],
      ['constructor', 's64'],
    ]);
    const probe = file.probe({ name: 'probe_x:y', arguments: Object.fromEntries(types) });
    file.hit(probe, {
      pid: 1,
      timeNs: 1,
      arguments: { toString: 2n ** 64n - 1n, constructor: -5n } as never,
    });
    const [hit] = (await readPerfData(file.toFile())).probeHits;
    expect(hit.arguments.get('toString')).toBe(2n ** 64n - 1n);
    expect(hit.arguments.get('constructor')).toBe(-5n);
  });

  it('without formats keep their times', async () => {
    const file = new PerfDataWriter();
    const probe = file.probe({ name: 'probe_x:y', arguments: { n: 's32' } });
    file.hit(probe, { pid: 1, timeNs: 1, arguments: { n: 3 } });
    file.features.set(1, new TextEncoder().encode('no tracing data'));
    const profile = await readPerfData(file.toFile());
    expect(profile.probeHits).toHaveLength(1);
    expect(profile.probeHits[0].arguments.size).toBe(0);
    expect(warningCodes(profile)).toEqual(['perf-bad-feature', 'perf-missing-format']);
  });
});
