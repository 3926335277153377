import { describe, expect, it } from 'vitest';
import { counterPerBin, runningPerBin, spansPerBin } from '../../src/analysis/timelineBins.ts';

const bins = { startNs: 0, endNs: 100, count: 4 };

describe('counterPerBin', () => {
  it('splits a reading over the bins it covers in proportion to time', () => {
    // (10, 60] → 15 ns in bin 0, 25 in bin 1, 10 in bin 2.
    const readings = {
      counters: [0],
      length: 1,
      startNs: Float64Array.of(10),
      timeNs: Float64Array.of(60),
      thread: Int32Array.of(0),
      cpu: Int32Array.of(0),
      sample: Int32Array.of(-1),
      deltas: [Float64Array.of(500)],
    };
    expect([...counterPerBin(readings, 0, bins)]).toEqual([150, 250, 100, 0]);
  });

  it('gives a reading without extent to the bin it falls into', () => {
    const readings = {
      counters: [0],
      length: 1,
      startNs: Float64Array.of(80),
      timeNs: Float64Array.of(80),
      thread: Int32Array.of(0),
      cpu: Int32Array.of(0),
      sample: Int32Array.of(-1),
      deltas: [Float64Array.of(7)],
    };
    expect([...counterPerBin(readings, 0, bins)]).toEqual([0, 0, 0, 7]);
  });
});

describe('runningPerBin', () => {
  //  time   0    25    50    75   100
  //  thread ======|          |=====…      out at 30, in at 75
  it('takes a first switch out as running since the start, a last switch in as running to the end', () => {
    const switches = {
      length: 2,
      timeNs: Float64Array.of(30, 75),
      thread: Int32Array.of(5, 5),
      cpu: Int32Array.of(0, 0),
      kind: Uint8Array.of(1, 0),
    };
    const threads = Array.from({ length: 7 }, () => ({ startNs: null, endNs: null }));
    const running = runningPerBin({ switches, threads }, bins);
    expect([...running[5]!]).toEqual([1, 0.2, 0, 1]);
    expect(running[6]).toBeNull();
  });

  //  time       0    25    50    75   100
  //  thread 0   |=========|                 in at 0 on CPU 1; it ends, and no record says that it went out
  //  thread 1             |=========…       in at 50 on CPU 1
  //  thread 2   |====|                      in at 0 on CPU 0; its record says that it ended at 25
  it('ends with the next thread on the CPU, or with the thread', () => {
    const switches = {
      length: 3,
      timeNs: Float64Array.of(0, 0, 50),
      thread: Int32Array.of(0, 2, 1),
      cpu: Int32Array.of(1, 0, 1),
      kind: Uint8Array.of(0, 0, 0),
    };
    const threads = [null, null, 25].map((endNs) => ({ startNs: null, endNs }));
    const running = runningPerBin({ switches, threads }, bins);
    expect(running.map((share) => [...share!])).toEqual([
      [1, 1, 0, 0],
      [0, 0, 1, 1],
      [1, 0, 0, 0],
    ]);
  });

  //  time       0    25    50    75   100
  //  thread 0             |====|            its record says that it began at 50; the first switch is out, at 75
  it('does not begin before the thread does', () => {
    const switches = {
      length: 1,
      timeNs: Float64Array.of(75),
      thread: Int32Array.of(0),
      cpu: Int32Array.of(0),
      kind: Uint8Array.of(1),
    };
    const [running] = runningPerBin({ switches, threads: [{ startNs: 50, endNs: null }] }, bins);
    expect([...running!]).toEqual([0, 0, 1, 0]);
  });

  //  time       0    25    50    75   100
  //  thread 0   |====|====|====|====|       on CPU 0 to 25, then on CPU 1
  //  thread 1             |====|            in at 50 on CPU 0, which thread 0 has left
  it('goes on where a thread has moved to another CPU', () => {
    const switches = {
      length: 6,
      timeNs: Float64Array.of(0, 25, 25, 50, 75, 100),
      thread: Int32Array.of(0, 0, 0, 1, 1, 0),
      cpu: Int32Array.of(0, 0, 1, 0, 0, 1),
      kind: Uint8Array.of(0, 1, 0, 0, 1, 1),
    };
    const threads = [null, null].map((startNs) => ({ startNs, endNs: null }));
    const running = runningPerBin({ switches, threads }, bins);
    expect(running.map((share) => [...share!])).toEqual([
      [1, 1, 1, 1],
      [0, 0, 1, 0],
    ]);
  });
});

describe('spansPerBin', () => {
  it('is the covered share of each bin', () => {
    const spans = {
      length: 2,
      startNs: Float64Array.of(0, 50),
      endNs: Float64Array.of(10, 75),
      channel: Int32Array.of(3, 3),
      text: Int32Array.of(0, 0),
      endIsEstimated: Uint8Array.of(0, 0),
    };
    expect([...spansPerBin(spans, 3, bins)]).toEqual([0.4, 0, 1, 0]);
  });
});
