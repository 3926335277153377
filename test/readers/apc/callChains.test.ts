import { describe, expect, it } from 'vitest';
import { KERNEL_SPACE } from '../../../src/profile/types.ts';
import { pair, record } from '../../support/apcBytes.ts';
import { readApc, stackText, warningCodes } from '../../support/apcReading.ts';
import { ApcWriter, CLOCK_PERIOD_NS } from '../../support/apcWriter.ts';
import type { ApcSample } from '../../support/apcWriter.ts';

const MAIN = { pid: 100, tid: 100 };
const KERNEL_LEAF = 0xffff_8000_8001_0000n;
const KERNEL_RETURN = 0xffff_8000_8002_0000n;

async function stackOf(sample: Partial<ApcSample>): Promise<string> {
  const apc = new ApcWriter({ shape: 'per-thread-periods' });
  apc.sample({ timeNs: 1000, cpu: 0, thread: MAIN, ...sample });
  return stackText(await readApc(apc), 0);
}

describe('call chains', () => {
  it('end in the frame that was hit; the others are return addresses', async () => {
    expect(await stackOf({ user: [0x1000, 0x2000, 0xaaaa_bbbb_cccc] })).toBe(
      '0xaaaabbbbccccr 0x2000r 0x1000',
    );
  });

  it('go on from the user side into the kernel, whose entry point is no return address', async () => {
    expect(await stackOf({ kernel: [KERNEL_LEAF, KERNEL_RETURN], user: [0x1000, 0x2000] })).toBe(
      '0x2000r 0x1000 0xffff800080020000kr 0xffff800080010000k',
    );
  });

  it('hang above the instruction pointer when kernel chains are excluded', async () => {
    expect(await stackOf({ ip: KERNEL_LEAF, isKernel: true, user: [0x1000, 0x2000] })).toBe(
      '0x2000r 0x1000 0xffff800080010000k',
    );
  });

  it('are the instruction pointer alone when they are empty or hold a marker only', async () => {
    expect(await stackOf({ ip: KERNEL_LEAF, isKernel: true })).toBe('0xffff800080010000k');
    expect(await stackOf({ ip: 0x1000 })).toBe('0x1000');
  });

  it('follow every context marker', async () => {
    const apc = new ApcWriter({ shape: 'per-thread-periods' });
    const id = apc.eventId('clock', 0);
    const chain = [-32, 0x10, -128, KERNEL_LEAF, -2048, 0x20, -2176, 0x30, -2560, 0x40, -512, 0x50, 0x60];
    apc.rawRecord(
      0,
      record(9, 3, [id, 0x10, pair(100, 100), apc.zeroNs, id, CLOCK_PERIOD_NS, chain.length, ...chain]),
    );
    expect(stackText(await readApc(apc), 0)).toBe('0x60r 0x50 0x40 0x30k 0x20 0xffff800080010000k 0x10k');
  });

  it('give equal chains one stack and share their outer frames, on every CPU', async () => {
    const apc = new ApcWriter({ shape: 'per-thread-periods' });
    const user = [0x1000, 0x2000, 0x3000];
    apc.sample({ timeNs: 1000, cpu: 0, thread: MAIN, user });
    apc.sample({ timeNs: 2000, cpu: 0, thread: MAIN, user: [0x1004, 0x2000, 0x3000] });
    apc.sample({ timeNs: 3000, cpu: 0, thread: MAIN, user });
    apc.sample({ timeNs: 4000, cpu: 1, thread: MAIN, user });
    apc.sample({ timeNs: 5000, cpu: 0, thread: MAIN, user: [0x2000, 0x3000] });
    const profile = await readApc(apc);
    const { stack } = profile.samples;
    expect(stack[2]).toBe(stack[0]);
    expect(stack[3]).toBe(stack[0]);
    expect(stack[1]).not.toBe(stack[0]);
    // 0x3000r, 0x2000r, then 0x1000, 0x1004, and 0x2000 as a leaf.
    expect(profile.stacks.length).toBe(5);
    expect(stackText(profile, 4)).toBe('0x3000r 0x2000');
  });

  it('keep kernel frames of all processes in one space and user frames in that of their process', async () => {
    const apc = new ApcWriter({ shape: 'per-thread-periods' });
    for (const pid of [100, 200]) {
      apc.maps(pid, `00001000-00002000 r-xp 00000000 fe:00 1 /bin/${pid}\n`);
      apc.sample({ timeNs: pid, cpu: 0, thread: { pid, tid: pid }, kernel: [KERNEL_LEAF], user: [0x1000] });
    }
    const { frames, addressSpaces } = await readApc(apc);
    const spaces = [...frames.space].map((space) =>
      space === KERNEL_SPACE ? 'kernel' : addressSpaces[space].mappings[0].path,
    );
    expect(spaces.sort()).toEqual(['/bin/100', '/bin/200', 'kernel']);
  });

  it('lose the signatures of return addresses on arm64, and only there', async () => {
    // PAC stands in bits 48 to 54; the leaf and the kernel's addresses carry none.
    const user = [0x0000_aaaa_0000_1000n, 0x0035_aaaa_0000_2000n, 0x007f_aaaa_0000_3000n];
    expect(await stackOf({ kernel: [KERNEL_LEAF, KERNEL_RETURN], user })).toBe(
      '0xaaaa00003000r 0xaaaa00002000r 0xaaaa00001000 0xffff800080020000kr 0xffff800080010000k',
    );
    const apc = new ApcWriter({ shape: 'per-thread-periods', uname: 'Linux x 6.1 #1 x86_64 GNU/Linux' });
    apc.sample({ timeNs: 1000, cpu: 0, thread: MAIN, user });
    expect(stackText(await readApc(apc), 0)).toMatch(/^0x7faaaa00003000r /);
  });

  it('count samples in the kernel by the mode of the record', async () => {
    const apc = new ApcWriter({ shape: 'per-thread-periods' });
    apc.sample({ timeNs: 1, cpu: 0, thread: MAIN, user: [0x1000] });
    apc.sample({ timeNs: 2, cpu: 0, thread: MAIN, ip: KERNEL_LEAF, isKernel: true, user: [0x1000] });
    expect([...(await readApc(apc)).samples.isKernel]).toEqual([0, 1]);
  });

  it('that claim more entries than the record has are left out and counted', async () => {
    const apc = new ApcWriter({ shape: 'per-thread-periods' });
    const id = apc.eventId('clock', 0);
    for (const claimed of [3, 2 ** 33, -1]) {
      apc.rawRecord(
        0,
        record(9, 2, [id, 0x10, pair(100, 100), apc.zeroNs, id, CLOCK_PERIOD_NS, claimed, -512, 0x10]),
      );
    }
    apc.sample({ timeNs: 5, cpu: 0, thread: MAIN, user: [0x1000] });
    const profile = await readApc(apc);
    expect(profile.samples.length).toBe(1);
    expect(profile.warnings).toMatchObject([{ code: 'apc-damaged-samples' }]);
    expect(profile.warnings[0].message).toMatch(/^3 samples /);
    expect(warningCodes(profile)).toHaveLength(1);
  });
});
