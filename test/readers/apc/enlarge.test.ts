/** The enlarged captures that speed is measured with hold what they should. */
import { describe, expect, it } from 'vitest';
import { concat } from '../../support/apcBytes.ts';
import { readApc, totalOf } from '../../support/apcReading.ts';
import { ApcWriter, inputOf } from '../../support/apcWriter.ts';
import { enlargeApc } from '../../support/enlargeApc.ts';

describe('enlargeApc', () => {
  it('repeats samples later, as other threads, with counters that count on', async () => {
    const apc = new ApcWriter({
      shape: 'per-thread-groups',
      counters: [
        { id: 'cycles', type: 'ARMv8_Neoverse_V1_ccnt', code: 0x11, title: 'Cycles', name: 'CPU Cycles' },
      ],
    });
    const main = { pid: 100, tid: 100 };
    for (let step = 1; step <= 10; step++) {
      const at = { cpu: step % 2, thread: main, counts: { cycles: 100 } };
      apc.sample({ ...at, timeNs: step * 1e6, user: [0x1000 + step, 0x2000] });
      apc.switchOut({ ...at, timeNs: step * 1e6 + 500 });
    }
    const files = apc.files();
    const data = files.get('0000000000') as Uint8Array;
    const pieces = [...enlargeApc(data, data.length * 3)];
    files.set('0000000000', concat(pieces));

    const profile = await readApc(inputOf(files));
    expect(profile.warnings).toEqual([]);
    const rounds = profile.samples.length / 10;
    expect(rounds).toBeGreaterThan(3);
    expect(Number.isInteger(rounds)).toBe(true);
    expect(totalOf(profile, 'Cycles: CPU Cycles')).toBe(rounds * 2000);
    expect(profile.switches.length).toBe(rounds * 10);
    expect(profile.threads.map(({ tid }) => tid).sort((a, b) => a - b)).toEqual([100, 20_100]);
    // The stacks are those of the original.
    expect(profile.stacks.length).toBe(11 * 2);
  });
});
