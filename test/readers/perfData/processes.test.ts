/** Processes, threads and what they had mapped: by time, wherever the records stand in the file. */
import { describe, expect, it } from 'vitest';
import { mappingAt } from '../../../src/profile/addressSpaces.ts';
import type { Profile } from '../../../src/profile/types.ts';
import { addressOfFrame, readPerfData, warningCodes } from '../../support/perfDataRead.ts';
import { PerfDataWriter } from '../../support/perfDataWriter.ts';

/** Path of the mapping that holds a sample's leaf; null when none does. */
function imageOfSample(profile: Profile, sample: number): string | null {
  const frame = profile.stacks.frame[profile.samples.stack[sample]];
  const space = profile.addressSpaces[profile.frames.space[frame]];
  return mappingAt(space, addressOfFrame(profile, frame))?.path ?? null;
}

describe('mappings', () => {
  it('are those of the time of the sample, though they stand after it in the file', async () => {
    const file = new PerfDataWriter();
    const event = file.event({ name: 'cycles' });
    const at = (timeNs: number): void => file.sample(event, { pid: 5, timeNs, ip: 0x1010n });
    at(100);
    at(300);
    at(500);
    file.mmap({ pid: 5, start: 0x1000n, bytes: 0x1000n, path: '/lib/first.so' });
    file.mmap({ pid: 5, start: 0x1000n, bytes: 0x1000n, path: '/lib/second.so', timeNs: 200 });
    file.comm({ pid: 5, name: 'other', isExec: true, timeNs: 400 });
    file.mmap({ pid: 5, start: 0x1000n, bytes: 0x1000n, path: '/bin/other', timeNs: 410 });
    const profile = await readPerfData(file.toFile());
    expect([0, 1, 2].map((row) => imageOfSample(profile, row))).toEqual([
      '/lib/first.so',
      '/lib/second.so',
      '/bin/other',
    ]);
    expect(profile.processes).toEqual([{ pid: 5, name: 'other', executable: '/bin/other' }]);
  });

  it('are copied by fork and gone after exec', async () => {
    const file = new PerfDataWriter();
    const event = file.event({ name: 'cycles' });
    file.comm({ pid: 1, name: 'shell' });
    file.mmap({ pid: 1, start: 0x1000n, bytes: 0x1000n, path: '/bin/shell' });
    file.fork({ pid: 2, parentPid: 1, timeNs: 100 });
    file.sample(event, { pid: 2, timeNs: 150, ip: 0x1010n });
    file.comm({ pid: 2, name: 'llama-cli', isExec: true, timeNs: 200 });
    file.sample(event, { pid: 2, timeNs: 250, ip: 0x1010n });
    const profile = await readPerfData(file.toFile());
    expect(imageOfSample(profile, 0)).toBe('/bin/shell');
    expect(imageOfSample(profile, 1)).toBeNull();
    expect(profile.threads).toMatchObject([{ pid: 2, tid: 2, name: 'llama-cli', startNs: -50 }]);
  });

  it('know their build-id from the record or from the list in the header', async () => {
    const file = new PerfDataWriter();
    file.describe({
      buildIds: [
        { path: '/lib/libc.so.6', id: 'aa'.repeat(20) },
        { path: '[kernel.kallsyms]', id: 'bb'.repeat(20), isKernel: true },
      ],
    });
    const event = file.event({ name: 'cycles' });
    file.mmap({
      pid: -1,
      start: 0xffff_8000n << 32n,
      bytes: 1n << 40n,
      path: '[kernel.kallsyms]_text',
      isKernel: true,
    });
    file.mmap({
      pid: -1,
      start: (0xffff_8000n << 32n) + 0x100n,
      bytes: 16n,
      path: '[nf_tables]',
      isKernel: true,
    });
    file.mmap({ pid: 3, start: 0x1000n, bytes: 0x1000n, path: '/lib/libc.so.6' });
    file.mmap({ pid: 3, start: 0x3000n, bytes: 0x1000n, path: '/bin/x', buildId: 'cc'.repeat(20) });
    file.mmap({ pid: 3, start: 0x5000n, bytes: 0x1000n, path: '[vdso]' });
    file.mmap({ pid: 3, start: 0x7000n, bytes: 0x1000n, path: '//anon' });
    // Data is not code.
    file.mmap({ pid: 3, start: 0x9000n, bytes: 0x1000n, path: '/models/tiny.gguf', protection: 1 });
    file.sample(event, { pid: 3, timeNs: 1, ip: 0x1010n });
    const { addressSpaces } = await readPerfData(file.toFile());
    const rows = (space: number) =>
      addressSpaces[space].mappings.map(({ path, kind, buildId }) => [
        path,
        kind,
        buildId?.slice(0, 4) ?? null,
      ]);
    // The module lies inside what the kernel claims: it must be found first.
    expect(rows(0)).toEqual([
      ['[nf_tables]', 'module', null],
      ['[kernel.kallsyms]', 'kernel', 'bbbb'],
    ]);
    expect(rows(1)).toEqual([
      ['/lib/libc.so.6', 'file', 'aaaa'],
      ['/bin/x', 'file', 'cccc'],
      ['[vdso]', 'vdso', null],
      ['//anon', 'anonymous', null],
    ]);
  });

  it('name the program of a process that ran already by its own name', async () => {
    const file = new PerfDataWriter();
    const event = file.event({ name: 'cycles' });
    file.comm({ pid: 9, name: 'llama-server-l' });
    file.mmap({ pid: 9, start: 0x1000n, bytes: 0x1000n, path: '/lib/boot.oat' });
    file.comm({ pid: 8, name: 'llama-server-lo' });
    file.mmap({ pid: 8, start: 0x1000n, bytes: 0x1000n, path: '/lib/boot.oat' });
    file.mmap({ pid: 8, start: 0x3000n, bytes: 0x1000n, path: '/opt/llama-server-long' });
    file.sample(event, { pid: 8, timeNs: 1, ip: 0x1010n });
    file.sample(event, { pid: 9, timeNs: 1, ip: 0x1010n });
    const { processes } = await readPerfData(file.toFile());
    expect(processes.map(({ pid, executable }) => [pid, executable])).toEqual([
      [8, '/opt/llama-server-long'],
      [9, null],
    ]);
  });
});

describe('threads', () => {
  it('are those that something happened to; names are the last they had', async () => {
    const file = new PerfDataWriter();
    const event = file.event({ name: 'cycles' });
    file.comm({ pid: 1, name: 'systemd' });
    file.comm({ pid: 7, name: 'llama-cli' });
    file.comm({ pid: 7, tid: 8, name: 'worker', timeNs: 30 });
    file.comm({ pid: 7, tid: 8, name: 'ggml', timeNs: 20 });
    file.sample(event, { pid: 7, tid: 8, timeNs: 10, ip: 1n });
    file.sample(event, { pid: 0, tid: 0, timeNs: 10, ip: 1n });
    file.sample(event, { pid: 50, tid: 51, timeNs: 10, ip: 1n });
    file.fork({ pid: 7, tid: 8, parentPid: 7, timeNs: 90, isExit: true });
    const { threads, processes } = await readPerfData(file.toFile());
    expect(threads.map(({ pid, tid, name, endNs }) => [pid, tid, name, endNs])).toEqual([
      [7, 8, 'worker', 80],
      [0, 0, 'swapper', null],
      [50, 51, ':50', null],
    ]);
    // The main thread has no row, but it names its process.
    expect(processes.map(({ name }) => name)).toEqual(['llama-cli', 'swapper', ':50']);
  });

  it('keep a row each when a tid comes back under another process', async () => {
    const file = new PerfDataWriter();
    const event = file.event({ name: 'cycles' });
    for (const pid of [1, 2, 1]) file.sample(event, { pid, tid: 9, timeNs: 10, ip: 1n });
    const profile = await readPerfData(file.toFile());
    expect([...profile.samples.thread]).toEqual([0, 1, 0]);
  });

  it('of exited processes have no address space', async () => {
    const file = new PerfDataWriter();
    const event = file.event({ name: 'cycles' });
    file.sample(event, { pid: -1, timeNs: 10, ip: 0x1000n });
    const profile = await readPerfData(file.toFile());
    expect(profile.threads).toMatchObject([{ pid: -1, tid: -1 }]);
    expect(profile.frames.space[0]).toBe(-1);
  });

  it('switch in and out', async () => {
    const file = new PerfDataWriter();
    const event = file.event({ name: 'cycles' });
    file.sample(event, { pid: 1, timeNs: 10 });
    file.switch({ pid: 1, kind: 'preempted', timeNs: 30, cpu: 2 });
    file.switch({ pid: 1, kind: 'in', timeNs: 20, cpu: 1 });
    file.switch({ pid: 1, kind: 'out', timeNs: 40 });
    const { switches } = await readPerfData(file.toFile());
    expect([...switches.timeNs]).toEqual([10, 20, 30]);
    expect([...switches.kind]).toEqual([0, 2, 1]);
    expect([...switches.cpu]).toEqual([1, 2, 0]);
  });
});

describe('losses', () => {
  it('count once where perf repeats as LOST_SAMPLES what LOST records told before', async () => {
    const file = new PerfDataWriter();
    const event = file.event({ name: 'cycles', read: ['id', 'lost'] });
    file.sample(event, { pid: 1, timeNs: 10 });
    file.lost(400);
    file.lost(190);
    file.lostSamples(600);
    expect((await readPerfData(file.toFile())).losses.records).toBe(600);
  });

  it('add up where LOST_SAMPLES are the kernel’s', async () => {
    const file = new PerfDataWriter();
    const event = file.event({ name: 'cycles' });
    file.sample(event, { pid: 1, timeNs: 10 });
    file.lost(400);
    file.lostSamples(7);
    expect((await readPerfData(file.toFile())).losses.records).toBe(407);
  });

  it('are summed, with what to do about them', async () => {
    const file = new PerfDataWriter();
    const event = file.event({ name: 'cycles' });
    file.sample(event, { pid: 1, timeNs: 10 });
    file.lost(400);
    file.lost(190);
    file.throttle(50);
    const profile = await readPerfData(file.toFile());
    expect(profile.losses).toEqual({ records: 590, throttles: 1 });
    expect(warningCodes(profile)).toEqual(['perf-lost', 'perf-throttled']);
    expect(profile.warnings[0]).toMatchObject({
      message: 'the kernel lost 590 records because the buffer was full',
      fix: expect.stringContaining('-m'),
    });
  });
});

describe('records without a trailer', () => {
  it('stand before all samples, in file order', async () => {
    const file = new PerfDataWriter();
    const event = file.event({ name: 'cycles', withoutTrailer: true });
    file.sample(event, { pid: 1, timeNs: 10, ip: 0x1010n });
    file.comm({ pid: 1, name: 'old' });
    file.mmap({ pid: 1, start: 0x1000n, bytes: 0x1000n, path: '/bin/old' });
    const profile = await readPerfData(file.toFile());
    expect(imageOfSample(profile, 0)).toBe('/bin/old');
    expect(profile.threads[0].name).toBe('old');
  });
});
