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
    expect([...runningPerBin(switches, 5, bins)!]).toEqual([1, 0.2, 0, 1]);
    expect(runningPerBin(switches, 6, bins)).toBeNull();
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
