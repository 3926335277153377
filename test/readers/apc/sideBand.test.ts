import { describe, expect, it } from 'vitest';
import { mappingAt } from '../../../src/profile/addressSpaces.ts';
import { KERNEL_SPACE } from '../../../src/profile/types.ts';
import type { Profile } from '../../../src/profile/types.ts';
import { pair, record, wordsOf } from '../../support/apcBytes.ts';
import { readApc } from '../../support/apcReading.ts';
import { ApcWriter } from '../../support/apcWriter.ts';

const MAIN = { pid: 100, tid: 100 };
const BUILD_ID = 'e7ced0f7b98d650ec05ca5c755fc07d91fbb5a8f';

/** Where the leaf of a sample lies: path, and the build id when it is known. */
function imageOf(profile: Profile, sample: number): string {
  const { frames, stacks } = profile;
  const frame = stacks.frame[profile.samples.stack[sample]];
  if (frames.space[frame] === KERNEL_SPACE) return '[kernel]';
  const address = (BigInt(frames.addressHigh[frame]) << 32n) | BigInt(frames.addressLow[frame]);
  const mapping = mappingAt(profile.addressSpaces[frames.space[frame]], address);
  return mapping
    ? `${mapping.path}${mapping.buildId ? ` ${mapping.buildId.slice(0, 6)}` : ''}`
    : '[unmapped]';
}

const sampleAt = (apc: ApcWriter, timeNs: number, thread = MAIN, cpu = 0): void =>
  apc.sample({ timeNs, cpu, thread, user: [0x401000] });

const threadsOf = (profile: Profile): string[] =>
  profile.threads
    .map(({ pid, tid, name, startNs, endNs }) => `${pid}/${tid} ${name} ${startNs ?? ''}-${endNs ?? ''}`)
    .sort();

describe('address spaces', () => {
  it('follow the snapshot, exec and later mappings in time order, wherever they stand in the file', async () => {
    const apc = new ApcWriter({ shape: 'per-thread-groups' });
    apc.thread(100, 100, 'gatord', '/bin/gatord');
    apc.maps(100, '00400000-00500000 r-xp 00000000 fe:00 1   /bin/gatord\n');
    sampleAt(apc, 1000);
    sampleAt(apc, 2500);
    sampleAt(apc, 5000);
    apc.flush();
    // The other CPU's buffer is emptied later.
    apc.comm(1, MAIN, 2000, 'llama-cli', true);
    apc.comm(1, MAIN, 2001, 'llama-cli', true);
    apc.map(1, MAIN, 2100, { start: 0x400000, length: 0x10000, path: '/bin/llama-cli', buildId: BUILD_ID });
    apc.map(1, MAIN, 2101, { start: 0x400000, length: 0x10000, path: '/bin/llama-cli', buildId: BUILD_ID });
    apc.map(1, MAIN, 3000, { start: 0x401000, length: 0x1000, path: '//anon' });
    const profile = await readApc(apc);
    expect([0, 1, 2].map((sample) => imageOf(profile, sample))).toEqual([
      '/bin/gatord',
      '/bin/llama-cli e7ced0',
      '//anon',
    ]);
    expect(profile.processes).toEqual([{ pid: 100, name: 'llama-cli', executable: '/bin/llama-cli' }]);
  });

  it('are copied by a fork and end with an exec', async () => {
    const apc = new ApcWriter({ shape: 'per-thread-groups' });
    const child = { pid: 200, tid: 200 };
    apc.thread(100, 100, 'shell', '/bin/sh');
    apc.maps(100, '00400000-00500000 r-xp 00000000 fe:00 1   /bin/sh\n');
    apc.fork(0, MAIN, child, 1000);
    apc.fork(0, MAIN, child, 1002);
    sampleAt(apc, 1500, child);
    apc.comm(0, child, 2000, 'llama-cli', true);
    sampleAt(apc, 2500, child);
    apc.map(0, child, 3000, { start: 0x400000, length: 0x10000, path: '/bin/llama-cli' });
    apc.map(0, child, 3001, { start: 0x7f0000, length: 0x10000, path: '/lib/ld-linux-aarch64.so.1' });
    sampleAt(apc, 3500, child);
    const profile = await readApc(apc);
    expect([0, 1, 2].map((sample) => imageOf(profile, sample))).toEqual([
      '/bin/sh',
      // One space for the time after the exec: what the program maps later belongs to it.
      '/bin/llama-cli',
      '/bin/llama-cli',
    ]);
    expect(threadsOf(profile)).toEqual(['200/200 llama-cli 1000-']);
  });

  it('take old mapping records, and executable mappings only', async () => {
    const apc = new ApcWriter({ shape: 'per-thread-groups' });
    const path = wordsOf(new TextEncoder().encode('/bin/old\0'));
    const id = apc.eventId('leader', 0);
    const trailer = [pair(100, 100), apc.zeroNs + 10n, id, id];
    apc.rawRecord(0, record(1, 2, [pair(100, 100), 0x400000, 0x10000, 0, ...path, ...trailer]));
    const readOnly = [pair(100, 100), 0x401000, 0x1000, 0, 0, 0, 0, pair(1, 2), ...path, ...trailer];
    apc.rawRecord(0, record(10, 2, readOnly));
    sampleAt(apc, 1000);
    expect(imageOf(await readApc(apc), 0)).toBe('/bin/old');
  });
});

describe('threads', () => {
  it('are called as they were last, and by the one that made them until then', async () => {
    const apc = new ApcWriter({ shape: 'per-thread-groups' });
    const [worker, named, silent] = [101, 102, 103].map((tid) => ({ pid: 100, tid }));
    apc.thread(100, 100, 'gatord', '/bin/gatord');
    apc.comm(0, MAIN, 10, 'llama-cli', true);
    apc.fork(0, MAIN, worker, 1000);
    apc.fork(0, MAIN, named, 1100);
    apc.comm(0, named, 1200, 'annotate');
    for (const thread of [MAIN, worker, named, silent]) sampleAt(apc, 2000, thread);
    apc.exit(0, MAIN, worker, 3000);
    expect(threadsOf(await readApc(apc))).toEqual([
      '100/100 llama-cli -',
      '100/101 llama-cli 1000-3000',
      '100/102 annotate 1100-',
      // Nothing was recorded of its making: the process is what is known of it.
      '100/103 llama-cli -',
    ]);
  });

  it('enter the profile only when something was recorded of them', async () => {
    const apc = new ApcWriter({ shape: 'system-wide' });
    apc.thread(1, 1, 'init', '/sbin/init');
    apc.thread(50, 50, 'sshd', '/usr/sbin/sshd');
    sampleAt(apc, 1000, { pid: 0, tid: 0 });
    sampleAt(apc, 2000, { pid: 60, tid: 61 });
    expect(threadsOf(await readApc(apc))).toEqual(['0/0 idle -', '60/61 :60 -']);
  });

  it('are kept apart where ids reach the largest that Linux gives', async () => {
    const apc = new ApcWriter({ shape: 'per-thread-groups' });
    for (let tid = 4_194_300; tid < 4_194_304; tid++) sampleAt(apc, tid, { pid: 4_194_299, tid });
    expect((await readApc(apc)).threads).toHaveLength(4);
  });

  it('come back under another process', async () => {
    const apc = new ApcWriter({ shape: 'system-wide' });
    apc.fork(0, MAIN, { pid: 100, tid: 300 }, 1000);
    sampleAt(apc, 1500, { pid: 100, tid: 300 });
    apc.exit(0, MAIN, { pid: 100, tid: 300 }, 2000);
    apc.fork(0, { pid: 7, tid: 7 }, { pid: 300, tid: 300 }, 3_000_000);
    sampleAt(apc, 3_500_000, { pid: 300, tid: 300 });
    expect(threadsOf(await readApc(apc))).toEqual(['100/300 :100 1000-2000', '300/300 :300 3000000-']);
  });
});

describe('clocks of old kernels', () => {
  it('are related to that of the markers by the threads that gatord starts for it', async () => {
    const apc = new ApcWriter({
      shape: 'per-thread-groups',
      summaryAttributes: { nosync: undefined },
    });
    // The perf clock runs 5 s ahead of CLOCK_MONOTONIC_RAW: 0.25 s after time zero it says 5.25 s more than that.
    const AHEAD_NS = 5_000_000_000;
    apc.comm(0, { pid: 9, tid: 10 }, 250_000_000 + AHEAD_NS, 'gds-0000250000-');
    sampleAt(apc, 300_000_000 + AHEAD_NS);
    apc.annotate(MAIN).marker(310_000_000, 'past 0, n_eval 1');
    const profile = await readApc(apc);
    expect(profile.samples.timeNs[0]).toBe(300_000_000);
    expect(profile.markers[0].timeNs).toBe(310_000_000);
    expect(profile.warnings).toEqual([]);
  });

  it('are used as they are, with a warning, when nothing relates them', async () => {
    const apc = new ApcWriter({ shape: 'per-thread-groups', summaryAttributes: { nosync: undefined } });
    sampleAt(apc, 1000);
    const profile = await readApc(apc);
    expect(profile.samples.timeNs[0]).toBe(1000);
    expect(profile.warnings.map(({ code }) => code)).toEqual(['apc-unsynchronised-clock']);
  });
});
