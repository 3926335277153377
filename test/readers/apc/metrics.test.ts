import { describe, expect, it } from 'vitest';
import { ByteWriter, pair, perfEventAttr, record } from '../../support/apcBytes.ts';
import { readApc, totalOf } from '../../support/apcReading.ts';
import { ApcWriter } from '../../support/apcWriter.ts';

const MAIN = { pid: 100, tid: 100 };
const LEADER = { key: 0x7fff_fff0, id: 501, type: 1, code: 3 };
const CYCLES = { key: 0x7fff_ffef, id: 502, type: 10, code: 0x11 };
const STALLS = { key: 0x7fff_ffee, id: 503, type: 10, code: 0x24 };
const EVENTS = [LEADER, CYCLES, STALLS];
/** IP, TID, TIME, READ, STREAM_ID, IDENTIFIER; groups with times and ids. */
const SAMPLE_TYPE = 0x10217;

/** A metric of two events, in a group that is not pinned and takes turns with others. */
function capture(): ApcWriter {
  const apc = new ApcWriter({
    shape: 'system-wide',
    counters: [
      { id: 'metric', type: 'ARMv8_Neoverse_V1_metric_backend', title: 'Top Down', name: 'Backend Bound' },
    ],
  });
  const frame = new ByteWriter();
  for (const { key, type, code } of EVENTS) {
    const attributes = perfEventAttr({
      type,
      config: code,
      samplePeriod: 1000,
      sampleType: SAMPLE_TYPE,
      readFormat: 0xf,
    });
    frame.packed(1).bytes(attributes).packed(key);
  }
  frame.packed(2).packed(EVENTS.length);
  for (const { id, key } of EVENTS) frame.packed(id).packed(key);
  for (const { code, key } of [CYCLES, STALLS]) {
    frame
      .packed(13)
      .packed(apc.keyOf('metric'))
      .packed(code)
      .packed(key)
      .packed(code === CYCLES.code ? 1 : 0);
  }
  apc.attributes(frame);
  return apc;
}

function group(
  apc: ApcWriter,
  timeNs: number,
  enabled: number,
  running: number,
  cycles: number,
  stalls: number,
): void {
  const values = [0, LEADER.id, cycles, CYCLES.id, stalls, STALLS.id];
  apc.rawRecord(
    0,
    record(9, 2, [
      CYCLES.id,
      0x1000,
      pair(MAIN.pid, MAIN.tid),
      apc.zeroNs + BigInt(timeNs),
      CYCLES.id,
      EVENTS.length,
      enabled,
      running,
      ...values,
    ]),
  );
}

describe('events of metrics', () => {
  it('are scaled by the time they ran, say so, and add no samples to those of the clock', async () => {
    const apc = capture();
    group(apc, 1000, 1000, 250, 100, 10);
    group(apc, 2000, 2000, 750, 300, 60);
    // It did not run at all since then: nothing can be said of that time.
    group(apc, 3000, 3000, 750, 300, 60);
    apc.sample({ timeNs: 2500, cpu: 0, thread: MAIN, user: [0x1000] });
    const profile = await readApc(apc);
    expect(totalOf(profile, 'Top Down: Backend Bound: CPU_CYCLES')).toBe(100 * 4 + 200 * 2);
    expect(totalOf(profile, 'Top Down: Backend Bound: STALL_BACKEND')).toBe(10 * 4 + 50 * 2);
    expect(
      profile.counters.find(({ name }) => name === 'Top Down: Backend Bound: STALL_BACKEND'),
    ).toMatchObject({
      code: '0x24',
      mnemonic: 'STALL_BACKEND',
      status: 'estimated',
      runningShare: 0.25,
      unavailable: null,
    });
    expect(profile.counters[0]).toMatchObject({
      name: 'Top Down: Backend Bound',
      unavailable: expect.stringMatching(/metric that Streamline computes/),
    });
    expect([...profile.samples.timeNs]).toEqual([2500]);
  });
});
