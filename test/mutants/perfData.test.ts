/** Damaged and hostile perf.data: a profile with warnings or one InputError, in bounded time and memory. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../src/platform/bytes.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import { mappingAt } from '../../src/profile/addressSpaces.ts';
import { profileViolations } from '../../src/profile/integrity.ts';
import type { Profile } from '../../src/profile/types.ts';
import { perfDataReader } from '../../src/readers/perfData/index.ts';
import { InputError } from '../../src/readers/reader.ts';
import { Bytes } from '../support/perfDataBytes.ts';
import { CONTEXT_KERNEL, CONTEXT_USER, PerfDataWriter } from '../support/perfDataWriter.ts';
import { samplesFolder } from '../support/samples.ts';

const SEED = 20_261_124;
const CUTS = 50;
const FLIPS = 50;
const BYTES_PER_FLIP = 200;
const MODEST_BYTES = 1 << 20;
/** CPU time for one mutant of a modest file. */
const MUTANT_LIMIT_MS = 5000;

/** Numbers in [0, 1) that are the same in every run: mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The profile, or the sentence it was refused with. */
async function readMutant(bytes: Uint8Array): Promise<Profile | string> {
  const source = new MemorySource(bytes);
  const input = { path: 'perf.data', bytes: bytes.length, content: { kind: 'file' as const, source } };
  const began = process.cpuUsage();
  try {
    const profile = await perfDataReader.read(input, { services: nodeServices });
    expect(profileViolations(profile)).toEqual([]);
    expect(profile.samples.length).toBeLessThanOrEqual(bytes.length * 128);
    return profile;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.message;
  } finally {
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1e3).toBeLessThan(MUTANT_LIMIT_MS);
  }
}

async function expectMutantsToBeRead(sound: Uint8Array): Promise<void> {
  const random = randomNumbers(SEED);
  for (let i = 0; i < CUTS; i++) {
    await readMutant(sound.slice(0, Math.floor(random() * sound.length)));
  }
  for (let i = 0; i < FLIPS; i++) {
    const mutant = sound.slice();
    for (let k = 0; k < BYTES_PER_FLIP; k++) mutant[Math.floor(random() * mutant.length)] = random() * 256;
    await readMutant(mutant);
  }
  // Damage of the first kilobyte only: sizes, offsets and counts.
  for (let i = 0; i < FLIPS; i++) {
    const mutant = sound.slice();
    for (let k = 0; k < 4; k++) {
      mutant[8 + Math.floor(random() * Math.min(1016, mutant.length - 8))] = random() * 256;
    }
    await readMutant(mutant);
  }
}

function recording(byteOrder: 'little' | 'big'): PerfDataWriter {
  const file = new PerfDataWriter({ byteOrder });
  file.describe({
    hostName: 'host',
    osRelease: '6.12',
    version: '6.12',
    arch: 'aarch64',
    cpus: 4,
    cpuId: '0x00000000411fd402',
    commandLine: ['perf', 'record'],
    pmus: { 8: 'armv8_pmuv3_0' },
    buildIds: [{ path: '/bin/llama-cli', id: 'ab'.repeat(20) }],
    clockData: { clockId: 1, wallNs: 10n ** 18n, clockNs: 10n ** 12n },
  });
  const [cycles, instructions] = file.group([
    { name: 'cycles', instances: 4, clockId: 1 },
    { name: 'instructions', config: 1 },
  ]);
  const probe = file.probe({
    name: 'probe_llama:llama_decode',
    arguments: { n_tokens: 's32', text: 'string' },
  });
  file.idIndex([0, 1, 2, 3].map((cpu) => ({ id: cycles.ids[cpu], cpu, tid: -1 })));
  file.threadMap([{ pid: 100, name: 'llama-cli' }]);
  file.eventUnit(instructions, 'insn', 1);
  file.comm({ pid: 100, name: 'llama-cli' });
  file.mmap({ pid: 100, start: 0x400000n, bytes: 0x100000n, path: '/bin/llama-cli' });
  for (let i = 0; i < 60; i++) {
    const pid = 100 + (i % 3);
    const timeNs = 1_000_000 + i * 1000 - (i % 7) * 1500;
    if (i % 10 === 0) {
      file.hit(probe, { pid, timeNs, address: 0x400100n, arguments: { n_tokens: i, text: `call ${i}` } });
      file.fork({ pid: 100, tid: 200 + i, parentPid: 100, timeNs });
      file.switch({ pid: 100, tid: 200 + i, kind: 'out', timeNs });
      file.mmap({ pid, timeNs, start: 0x400000n + BigInt(i) * 0x800n, bytes: 0x1000n, path: `/lib/${i}.so` });
    }
    file.sample(cycles, {
      pid,
      timeNs,
      instance: i % 4,
      ip: 0x400000n + BigInt(i),
      chain: [CONTEXT_KERNEL, 0xffff_8000_0000_0000n + BigInt(i), CONTEXT_USER, 0x400000n, 0x400200n],
      counts: [1000, 700],
      enabledNs: i * 1000,
    });
  }
  return file;
}

describe('mutants of a recording that holds something of everything', () => {
  it.each(['little', 'big'] as const)('as a file in %s endian', async (byteOrder) => {
    await expectMutantsToBeRead(recording(byteOrder).toFile());
  });
  it.each(['little', 'big'] as const)('as a pipe stream in %s endian', async (byteOrder) => {
    await expectMutantsToBeRead(recording(byteOrder).toPipe());
  });
  it('compressed', async () => {
    await expectMutantsToBeRead(await recording('little').toCompressedFile({ plain: 3, pieceBytes: 700 }));
  });
});

describe('mutants of captures', () => {
  const folders = ['captures'];
  const samples = samplesFolder();
  if (samples) {
    folders.push(...['perf-recorded', 'captures', 'public'].map((folder) => join(samples, folder)));
  }
  const files = folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    )
    .filter((path) => path.endsWith('.data') && statSync(path).size <= MODEST_BYTES)
    .sort();

  it('has captures to work on', () => {
    expect(files.length).toBeGreaterThan(0);
  });
  it.each(files)('%s', async (path) => {
    await expectMutantsToBeRead(readFileSync(path));
  });
});

describe('declared sizes that lie', () => {
  /** Overwrites a u64 of a record that was just added: `at` counts from the start of the record. */
  const lie = (file: PerfDataWriter, at: number, value: bigint): void => {
    const record = file.records.at(-1);
    if (!record) throw new TypeError('no record');
    new DataView(record.buffer).setBigUint64(at, value, true);
  };
  const COUNT = 1n << 31n;

  it.each([
    ['call chain', 48],
    ['raw data', 56],
  ])('in a sample: %s', async (_name, at) => {
    const file = new PerfDataWriter();
    const event = file.event({
      name: 'cycles',
      fields: ['identifier', 'ip', 'tid', 'time', 'period', 'callchain', 'raw'],
    });
    file.sample(event, { pid: 1, timeNs: 1, ip: 1n, chain: [] });
    file.sample(event, { pid: 1, timeNs: 2, ip: 1n, chain: [] });
    lie(file, at, COUNT);
    const profile = await readMutant(file.toFile());
    expect(profile).toMatchObject({ samples: { length: expect.any(Number) } });
  });

  it.each([COUNT, 1n << 32n, 1n << 61n, (1n << 64n) - 1n, 0n])('in a group: %s values', async (count) => {
    const file = new PerfDataWriter();
    const [cycles] = file.group([{ name: 'cycles' }, { name: 'instructions' }]);
    file.sample(cycles, { pid: 1, timeNs: 1, counts: [1, 1] });
    file.sample(cycles, { pid: 1, timeNs: 2, counts: [1, 1] });
    // header, identifier, ip, tid, time, cpu, period
    lie(file, 8 + 6 * 8, count);
    const profile = await readMutant(file.toFile());
    expect(profile).toMatchObject({ readings: [{ length: 1 }] });
  });

  it.each([
    ['ID_INDEX', 69],
    ['THREAD_MAP', 73],
  ])('in %s', async (_name, type) => {
    const file = new PerfDataWriter();
    file.sample(file.event({ name: 'cycles' }), { pid: 1, timeNs: 1 });
    file.record(type, 0, new Bytes(true).u64(COUNT).zeros(64).done());
    expect(await readMutant(file.toFile())).toMatchObject({
      samples: { length: 1 },
      warnings: [{ code: 'perf-bad-record' }],
    });
  });

  it.each([2, 4, 11, 12, 13, 16, 17, 20, 29, 129])('in feature %i', async (feature) => {
    const file = new PerfDataWriter();
    file.sample(file.event({ name: 'cycles' }), { pid: 1, timeNs: 1 });
    file.features.set(feature, new Bytes(true).u32(0x8000_0000).u32(0x8000_0000).zeros(40).done());
    expect(await readMutant(file.toFile())).toMatchObject({ samples: { length: 1 } });
  });

  it('in the formats of tracepoints', async () => {
    const file = new PerfDataWriter();
    const probe = file.probe({ name: 'probe_a:b', arguments: { n: 's32' } });
    file.hit(probe, { pid: 1, timeNs: 1, arguments: { n: 1 } });
    const blob = new Bytes(true).u8(0x17).u8(0x08).u8(0x44).text('tracing0.6').u8(0).u8(0).u8(8).u32(4096);
    blob.text('header_page').u8(0).u64(0).text('header_event').u8(0).u64(0).u32(0);
    blob
      .u32(0xffff_ffff)
      .text('system')
      .u8(0)
      .u32(0xffff_ffff)
      .u64(1n << 62n);
    file.features.set(1, blob.done());
    expect(await readMutant(file.toFile())).toMatchObject({ probeHits: [{ name: 'probe_a:b' }] });
  });

  it('in the table of events: id lists that are all the same part of the file', async () => {
    // 2000 events whose ids each claim the whole file.
    const file = new PerfDataWriter();
    for (let i = 0; i < 2000; i++) file.event({ name: 'cycles' });
    file.sample(file.events[0], { pid: 1, timeNs: 1 });
    const bytes = file.toFile({ descriptions: false });
    const view = new DataView(bytes.buffer);
    const attributes = Number(view.getBigUint64(24, true));
    for (let i = 0; i < 2000; i++) {
      const entry = attributes + i * 152 + 136;
      view.setBigUint64(entry, 0n, true);
      view.setBigUint64(entry + 8, BigInt(bytes.length - (bytes.length % 8)), true);
    }
    expect(await readMutant(bytes)).toMatchObject({ warnings: expect.arrayContaining([]) });
  });

  it('in compressed records: 256 MiB in 9 kilobytes is refused without being made', async () => {
    const bomb = zstdCompressSync(Buffer.alloc(1 << 28, 1));
    expect(bomb.length).toBeLessThan(10_000);
    const file = new PerfDataWriter();
    file.sample(file.event({ name: 'cycles' }), { pid: 1, timeNs: 1 });
    file.record(81, 0, bomb);
    const before = process.memoryUsage().rss;
    expect(await readMutant(file.toFile())).toMatchObject({
      samples: { length: 1 },
      warnings: [{ code: 'perf-zstd-limit' }],
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 2 ** 20);
  });

  it('does not follow compression inside compression', async () => {
    const inner = new Bytes(true).u32(81).u16(0).u16(16).zeros(8).done();
    const file = new PerfDataWriter();
    file.sample(file.event({ name: 'cycles' }), { pid: 1, timeNs: 1 });
    file.record(81, 0, zstdCompressSync(inner));
    expect(await readMutant(file.toFile())).toMatchObject({ warnings: [{ code: 'perf-zstd-damaged' }] });
  });
});

describe('many small records', () => {
  const COUNT = 30_000;
  const withSample = (): PerfDataWriter => {
    const file = new PerfDataWriter();
    file.sample(file.event({ name: 'cycles' }), { pid: 1, timeNs: 500, ip: 0x1000n });
    return file;
  };

  // The sample's time is 500: what was mapped later over its address must not be found.
  it.each([
    ['mappings side by side', 0x1000n, 0x1000n, '/0'],
    ['mappings over one another', 0n, 0x1000n, '/499'],
    ['mappings that overlap their neighbour', 0x800n, 0x1000n, '/0'],
  ])('of one process: %s', async (_name, step, bytes, path) => {
    const file = withSample();
    for (let i = 0; i < COUNT; i++) {
      file.mmap({ pid: 1, timeNs: 1 + i, start: 0x1000n + BigInt(i) * step, bytes, path: `/${i}` });
    }
    const profile = await readMutant(file.toFile());
    expect(profile).toMatchObject({ samples: { length: 1 }, warnings: [] });
    if (typeof profile === 'string') return;
    const space = profile.addressSpaces[profile.frames.space[0]];
    expect(mappingAt(space, 0x1000n)?.path).toBe(path);
  });

  it('forks of a process with many mappings, each with a sample', async () => {
    const file = withSample();
    const count = 5000;
    for (let i = 0; i < count; i++) {
      file.mmap({ pid: 1, timeNs: 1, start: BigInt(i + 1) * 0x1000n, bytes: 0x1000n, path: `/${i}` });
    }
    for (let i = 0; i < count; i++) {
      file.fork({ pid: 2 + i, parentPid: 1, timeNs: 10 + i });
      file.sample(file.events[0], { pid: 2 + i, tid: 2 + i, timeNs: 600 + i, ip: 0x1000n });
    }
    // 25 million mappings in all: four million are written out.
    expect(await readMutant(file.toFile())).toMatchObject({
      samples: { length: count + 1 },
      warnings: [{ code: 'too-many-mappings' }],
    });
  });

  it('programs begun and processes forked', async () => {
    const file = withSample();
    for (let i = 0; i < COUNT; i++) {
      file.comm({ pid: 1, timeNs: 1 + i, name: 'x', isExec: true });
      file.mmap({ pid: 1, timeNs: 1 + i, start: 0x1000n, bytes: 0x1000n, path: '/x' });
      file.fork({ pid: 2 + i, parentPid: 1, timeNs: 1 + i });
    }
    expect(await readMutant(file.toFile())).toMatchObject({ samples: { length: 1 } });
  });

  it('that start at odd addresses', async () => {
    const file = withSample();
    const odd = new Bytes(true).u32(40).u16(0).u16(9).zeros(1).done();
    for (let i = 0; i < COUNT; i++) file.records.push(odd);
    expect(await readMutant(file.toFile())).toMatchObject({ samples: { length: 1 } });
  });

  // Tables that know addresses by their low words alone look at every sample before for every sample.
  const LOW = 0x40_0000n;
  const inHighWord = (i: number): bigint => (BigInt(i + 1) << 32n) | LOW;
  it.each([
    ['low word of the leaf', (i: number) => [LOW + BigInt(i * 4), LOW]],
    ['high word of the leaf', (i: number) => [inHighWord(i), LOW]],
    ['high word of a caller', (i: number) => [LOW, inHighWord(i), LOW]],
    // Five callers, each in one of 16 places that lie 2^60 apart.
    [
      'highest bits of callers',
      (i: number) => [LOW, ...[0, 4, 8, 12, 16].map((shift) => (BigInt((i >> shift) & 15) << 60n) | LOW)],
    ],
  ])('samples that differ in the %s', async (_name, chainOf) => {
    const file = new PerfDataWriter();
    const event = file.event({ name: 'cycles' });
    const count = 60_000;
    for (let i = 0; i < count; i++) {
      const chain = chainOf(i);
      file.sample(event, { pid: 1, timeNs: 10 + i, ip: chain[0], chain: [CONTEXT_USER, ...chain] });
    }
    const began = process.cpuUsage();
    expect(await readMutant(file.toFile())).toMatchObject({ samples: { length: count } });
    const { user, system } = process.cpuUsage(began);
    // Quadratic time takes ten seconds here, and more.
    expect((user + system) / 1e3).toBeLessThan(3000);
  });
});
