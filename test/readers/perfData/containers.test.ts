/** The same recording in every container that perf writes, and what is wrong with broken ones. */
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../../src/platform/bytes.ts';
import { nodeServices } from '../../../src/platform/node/services.ts';
import { samplesByEvent } from '../../../src/profile/eventTotals.ts';
import type { Profile } from '../../../src/profile/types.ts';
import { perfDataReader } from '../../../src/readers/perfData/index.ts';
import { Bytes } from '../../support/perfDataBytes.ts';
import { readPerfData, stackOfSample, stackText, warningCodes } from '../../support/perfDataRead.ts';
import { CONTEXT_KERNEL, CONTEXT_USER, PerfDataWriter } from '../../support/perfDataWriter.ts';

/** A group, a probe, a new thread and a switch: something of everything. */
function recording(byteOrder: 'little' | 'big'): PerfDataWriter {
  const file = new PerfDataWriter({ byteOrder });
  file.describe({
    hostName: 'graviton',
    osRelease: '6.12.1',
    version: '6.12',
    arch: 'aarch64',
    cpus: 2,
    cpuId: '0x00000000411fd402',
    commandLine: ['perf', 'record', './llama-cli'],
    pmus: { 8: 'armv8_pmuv3_0' },
    clockData: { clockId: 1, wallNs: 1_700_000_000_000_000_000n, clockNs: 900_000n },
  });
  const [cycles] = file.group([
    { name: 'cycles', instances: 2, clockId: 1 },
    { name: 'stall_backend', type: 8, config: 0x24 },
  ]);
  const probe = file.probe({
    name: 'probe_llama:llama_decode',
    arguments: { n_tokens: 's32', ctx: 'u64', text: 'string' },
  });
  file.comm({ pid: 100, name: 'llama-cli' });
  file.mmap({ pid: 100, start: 0x400000n, bytes: 0x10000n, path: '/bin/llama-cli', buildId: 'c0ffee01' });
  file.sample(cycles, {
    pid: 100,
    timeNs: 1_000_000,
    ip: 0x400010n,
    chain: [CONTEXT_USER, 0x400010n, 0x400104n],
    counts: [1000, 300],
  });
  file.hit(probe, {
    pid: 100,
    timeNs: 1_500_000,
    address: 0x400020n,
    arguments: { n_tokens: -7, ctx: 0xfedc_ba98_7654_3210n, text: 'prompt' },
  });
  file.fork({ pid: 100, tid: 101, parentPid: 100, timeNs: 1_600_000 });
  file.switch({ pid: 100, tid: 101, cpu: 1, kind: 'in', timeNs: 1_600_100 });
  file.sample(cycles, {
    pid: 100,
    tid: 101,
    cpu: 1,
    instance: 1,
    timeNs: 2_000_000,
    ip: 0xffff_8000_0800_1234n,
    mode: 'kernel',
    chain: [CONTEXT_KERNEL, 0xffff_8000_0800_1234n, 0xffff_8000_0800_2000n, CONTEXT_USER, 0x400200n],
    counts: [700, 0],
  });
  return file;
}

function expectWhole(profile: Profile): void {
  expect(samplesByEvent(profile)).toEqual([
    { event: 'cycles', count: 2, periodSum: 1700 },
    { event: 'stall_backend', count: 1, periodSum: 300 },
    { event: 'probe_llama:llama_decode', count: 1, periodSum: 1 },
  ]);
  expect([...profile.samples.timeNs]).toEqual([0, 1_000_000]);
  expect([...profile.samples.cpu]).toEqual([0, 1]);
  expect([...profile.samples.isKernel]).toEqual([0, 1]);
  expect(stackOfSample(profile, 0)).toBe('0x400010 < 0x400104r');
  expect(stackOfSample(profile, 1)).toBe('0xffff800008001234k < 0xffff800008002000kr < 0x400200');
  expect(profile.threads.map(({ pid, tid, name, startNs }) => ({ pid, tid, name, startNs }))).toEqual(
    expect.arrayContaining([
      { pid: 100, tid: 100, name: 'llama-cli', startNs: null },
      { pid: 100, tid: 101, name: 'llama-cli', startNs: 600_000 },
    ]),
  );
  expect([...profile.switches.timeNs]).toEqual([600_100]);
  expect(profile.addressSpaces[1].mappings).toEqual([
    {
      start: 0x400000n,
      end: 0x410000n,
      fileOffset: 0n,
      path: '/bin/llama-cli',
      buildId: 'c0ffee01',
      kind: 'file',
    },
  ]);
  const [hit] = profile.probeHits;
  expect(hit).toMatchObject({ timeNs: 500_000, name: 'probe_llama:llama_decode', isReturn: false, cpu: 0 });
  expect([...hit.arguments]).toEqual([
    ['__probe_ip', 0x400020n],
    ['n_tokens', -7n],
    ['ctx', 0xfedc_ba98_7654_3210n],
    ['text', 'prompt'],
  ]);
  expect(stackText(profile, hit.stack)).toBe('0x400020');
  expect(profile.clock).toMatchObject({ name: 'CLOCK_MONOTONIC', startNs: '1000000' });
}

describe.each(['little', 'big'] as const)('a recording in %s endian', (byteOrder) => {
  it('is read from a file', async () => {
    const profile = await readPerfData(recording(byteOrder).toFile());
    expectWhole(profile);
    expect(profile.warnings).toEqual([]);
    expect(profile.inputs[0]).toMatchObject({ format: 'perf.data', tool: 'perf 6.12' });
    expect(profile.clock.anchors.realtimeNs).toBe('1700000000000100000');
  });

  it('is read from a pipe stream', async () => {
    const profile = await readPerfData(recording(byteOrder).toPipe());
    expectWhole(profile);
    expect(profile.warnings).toEqual([]);
    expect(profile.target).toMatchObject({ arch: 'aarch64', cpuCount: 2, kernel: '6.12.1', pageBytes: 4096 });
  });

  it.each([81, 83] as const)('is read when zstd cuts its records anywhere (type %i)', async (type) => {
    const file = recording(byteOrder);
    const profile = await readPerfData(await file.toCompressedFile({ plain: 2, pieceBytes: 61, type }));
    expectWhole(profile);
    expect(profile.warnings).toEqual([]);
  });

  it('is read up to where a killed recorder stopped', async () => {
    const profile = await readPerfData(recording(byteOrder).toFile({ isKilled: true }));
    // Without descriptions the probe has no format, and events are named by their numbers.
    expect(profile.events.map(({ name }) => name)).toEqual([
      'cycles',
      'type 8 config 0x24',
      'type 2 config 0x5dc',
    ]);
    expect(profile.samples.length).toBe(2);
    expect(warningCodes(profile)).toEqual(['perf-killed', 'perf-missing-format']);
  });

  it('is read when blocks and records start at odd addresses', async () => {
    const file = recording(byteOrder);
    // A record of 13 bytes moves all that follow off their alignment.
    file.records.unshift(oddRecord(byteOrder === 'little'));
    const whole = file.toFile();
    const shifted = new Uint8Array(whole.length + 1).subarray(1);
    shifted.set(whole);
    const profile = await readPerfData(shifted);
    expectWhole(profile);
    expect(warningCodes(profile)).toEqual(['perf-unknown-records']);
  });
});

function oddRecord(littleEndian: boolean): Uint8Array {
  return new Bytes(littleEndian).u32(999).u16(0).u16(13).zeros(5).done();
}

describe('old and foreign writers', () => {
  it('a 32-bit big-endian machine swaps the halves of the feature bitmap', async () => {
    const bytes = recording('big').toFile();
    const view = new DataView(bytes.buffer);
    for (let at = 72; at < 104; at += 8) {
      const [first, second] = [view.getUint32(at), view.getUint32(at + 4)];
      view.setUint32(at, second);
      view.setUint32(at + 4, first);
    }
    const profile = await readPerfData(bytes);
    expectWhole(profile);
    expect(profile.warnings).toEqual([]);
  });

  it('a header without features leaves names to the numbers', async () => {
    const bytes = recording('little').toFile();
    new DataView(bytes.buffer).setBigUint64(8, 72n, true);
    const profile = await readPerfData(bytes);
    expect(profile.samples.length).toBe(2);
    expect(profile.events[0].name).toBe('cycles');
    expect(profile.target.arch).toBeNull();
  });

  it.each([
    [64, 64],
    [80, 112],
    [120, 136],
    [136, 144],
  ])('attributes of %i and %i bytes stand in entries of one size', async (small, large) => {
    const file = new PerfDataWriter();
    const cycles = file.event({ name: 'cycles', attributeBytes: small });
    const clock = file.event({ name: 'cpu-clock', type: 1, attributeBytes: large, clockId: 4 });
    file.sample(cycles, { pid: 1, timeNs: 1 });
    file.sample(clock, { pid: 1, timeNs: 2 });
    for (const bytes of [file.toFile(), file.toPipe()]) {
      const profile = await readPerfData(bytes);
      expect(samplesByEvent(profile).map(({ event, count }) => [event, count])).toEqual([
        ['cycles', 1],
        ['cpu-clock', 1],
      ]);
      // Attributes of fewer than 96 bytes have no clock.
      expect(profile.clock.name).toBe(large >= 96 ? 'CLOCK_MONOTONIC_RAW' : 'perf');
      expect(profile.warnings).toEqual([]);
    }
  });
});

describe('facts of the header', () => {
  it('tells machine and recording, and marks what is private', async () => {
    const file = recording('little');
    file.describe({ cpuDescription: 'Neoverse-V1' });
    const profile = await readPerfData(file.toFile());
    expect(profile.target.cpus).toEqual([
      { cpu: 0, name: 'Neoverse-V1', midr: '0x411fd402' },
      { cpu: 1, name: 'Neoverse-V1', midr: '0x411fd402' },
    ]);
    const facts = profile.facts.map(({ name, value, private: isPrivate }) => [name, value, isPrivate]);
    expect(facts).toContainEqual(['host-name', 'graviton', true]);
    expect(facts).toContainEqual(['command-line', 'perf record ./llama-cli', true]);
    expect(facts).toContainEqual(['cpu-description', 'Neoverse-V1', false]);
    expect(profile.origin.value).toBeNull();
  });

  it('names no core when there are several kinds', async () => {
    const file = recording('little');
    file.describe({ pmus: { 8: 'armv8_cortex_a55', 9: 'armv8_cortex_a78' } });
    const { target } = await readPerfData(file.toFile());
    expect(target).toMatchObject({ cpuCount: 2, cpus: [] });
  });

  it('takes a simulated run for what it says it is', async () => {
    const file = recording('little');
    file.describe({ hostName: 'simulated' });
    expect((await readPerfData(file.toFile())).origin.value).toBe('simulated');
  });

  it('calls the scheduler clock perf, and one without times none', async () => {
    const file = new PerfDataWriter();
    file.sample(file.event({ name: 'cycles' }), { pid: 1, timeNs: 77n });
    expect((await readPerfData(file.toFile())).clock).toMatchObject({ name: 'perf', startNs: '77' });
    const untimed = new PerfDataWriter();
    untimed.sample(untimed.event({ name: 'cycles', fields: ['ip', 'tid', 'period'] }), { pid: 1 });
    const profile = await readPerfData(untimed.toFile());
    expect(profile.clock).toMatchObject({ name: 'none', startNs: null });
    expect(warningCodes(profile)).toEqual(['perf-no-time']);
    // Without -T, --per-thread leaves times out, though nobody asked for that.
    expect(profile.warnings[0].fix).toMatch(/perf record -T /);
  });

  it('keeps wall-clock nanoseconds exact', async () => {
    const file = new PerfDataWriter();
    const event = file.event({ name: 'cycles', clockId: 0 });
    file.sample(event, { pid: 1, timeNs: 1_795_488_215_819_594_001n });
    file.sample(event, { pid: 1, timeNs: 1_795_488_215_819_594_004n });
    const profile = await readPerfData(file.toFile());
    expect(profile.clock).toMatchObject({ name: 'CLOCK_REALTIME', startNs: '1795488215819594001' });
    expect([...profile.samples.timeNs]).toEqual([0, 3]);
  });
});

describe('what cannot be read', () => {
  const read = (bytes: Uint8Array): Promise<Profile> => readPerfData(bytes, 'x.data');
  const input = (bytes: Uint8Array, name = 'x.data') => ({
    path: name,
    bytes: bytes.length,
    content: { kind: 'file' as const, source: new MemorySource(bytes) },
  });

  it('refuses version 1 by name', async () => {
    const bytes = new TextEncoder().encode('PERFFILE and more that nobody reads');
    expect(perfDataReader.detect({ path: 'x', bytes, text: '' }, input(bytes))).toBe(true);
    await expect(read(bytes)).rejects.toThrow(/x\.data, byte 0: this is perf\.data version 1/);
  });

  it('refuses the directory of perf record --threads, as a directory and by its header', async () => {
    const members = new Map([
      ['header', new MemorySource(new Uint8Array(8))],
      ['data.0', new MemorySource(new Uint8Array(8))],
    ]);
    const bundle = { path: 'perf.data', bytes: 16, content: { kind: 'bundle' as const, members } };
    expect(perfDataReader.detect({ path: 'perf.data', bytes: new Uint8Array(0), text: '' }, bundle)).toBe(
      true,
    );
    await expect(perfDataReader.read(bundle, { services: nodeServices })).rejects.toThrow(/--threads/);
    const file = recording('little');
    file.describe({ isDirectory: true });
    await expect(read(file.toFile())).rejects.toThrow(/perf record --threads/);
  });

  it('does not take other files for perf.data', () => {
    for (const text of ['# captured on', 'GGUF', 'PERFILE1', '']) {
      const bytes = new TextEncoder().encode(text);
      expect(perfDataReader.detect({ path: 'x', bytes, text }, input(bytes))).toBe(false);
    }
  });

  it('refuses headers that point outside the file', async () => {
    const sound = recording('little').toFile();
    const withU64 = (at: number, value: bigint): Uint8Array => {
      const bytes = sound.slice();
      new DataView(bytes.buffer).setBigUint64(at, value, true);
      return bytes;
    };
    await expect(read(sound.subarray(0, 50))).rejects.toThrow(/only 50 bytes/);
    await expect(read(withU64(8, 200n))).rejects.toThrow(/claims 200 bytes/);
    await expect(read(withU64(16, 8n))).rejects.toThrow(/table of events/);
    await expect(read(withU64(24, 1n << 63n))).rejects.toThrow(/table of events/);
    await expect(read(withU64(40, 1n << 62n))).rejects.toThrow(/after the end of the file/);
    await expect(read(new PerfDataWriter().toPipe())).rejects.toThrow(/describes no event/);
  });

  it('reads what a cut file still has', async () => {
    const whole = recording('little').toFile({ descriptions: false });
    const cut = await read(whole.subarray(0, whole.length - 20));
    expect(cut.samples.length).toBe(1);
    expect(warningCodes(cut)).toEqual(['perf-truncated', 'perf-cut-record', 'perf-missing-format']);
  });

  it('stops at a record of impossible size and says where', async () => {
    const file = recording('little');
    file.records.push(new Bytes(true).u32(9).u16(0).u16(4).zeros(64).done());
    const profile = await read(file.toFile());
    expect(profile.samples.length).toBe(2);
    expect(profile.warnings[0].message).toMatch(/impossible size at byte \d+/);
  });

  it('leaves out the messages that follow a pipe stream', async () => {
    const stream = recording('little').toPipe();
    const message = new TextEncoder().encode('[ perf record: Woken up 1 times to write data ]\n');
    const joined = new Uint8Array(stream.length + message.length);
    joined.set(stream);
    joined.set(message, stream.length);
    const profile = await read(joined);
    expectWhole(profile);
    expect(profile.warnings).toMatchObject([{ code: 'perf-trailing-bytes' }]);
    expect(profile.warnings[0].message).toContain(`the last ${message.length} bytes`);
  });

  it('keeps what comes before damaged compression', async () => {
    const file = recording('little');
    file.record(81, 0, new TextEncoder().encode('this is no zstd frame at all'));
    const profile = await read(file.toFile());
    expectWhole(profile);
    expect(warningCodes(profile)).toEqual(['perf-zstd-damaged']);
  });

  it('skips hardware trace and counts it', async () => {
    const file = recording('little');
    // AUXTRACE: its 4096 bytes follow the record.
    file.record(71, 0, new Bytes(true).u64(4096).u64(0).u64(0).u32(0).u32(0).u32(0).u32(0).done());
    file.records.push(new Uint8Array(4096).fill(9));
    file.lost(5);
    const profile = await read(file.toFile());
    expectWhole(profile);
    expect(profile.losses.records).toBe(5);
    expect(warningCodes(profile)).toEqual(['perf-lost', 'perf-trace-data-skipped']);
    expect(profile.warnings[1].fix).toContain('-e arm_spe_0// -e cycles');
    expect(profile.warnings[1].message).toMatch(/^4096 bytes/);
  });

  it("counts simpleperf's own records and reads past them", async () => {
    const file = recording('little');
    file.describe({ simpleperfMeta: { simpleperf_version: '1.7' } });
    // Their size has 32 bits, high half first: 0x10 here, and 70,000 in the second.
    file.records.splice(2, 0, new Bytes(true).u32(32770).u16(0).u16(16).zeros(8).done());
    file.records.splice(
      3,
      0,
      new Bytes(true)
        .u32(32770)
        .u16(1)
        .u16(70_000 - 65_536)
        .zeros(69_992)
        .done(),
    );
    const profile = await read(file.toFile());
    expectWhole(profile);
    expect(profile.inputs[0].tool).toBe('simpleperf 1.7');
    expect(profile.warnings).toMatchObject([{ code: 'simpleperf-records-skipped' }]);
    expect(profile.warnings[0].message).toMatch(/^2 records/);
  });
});
