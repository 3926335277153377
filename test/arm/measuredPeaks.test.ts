import { describe, expect, it } from 'vitest';
import {
  highestBandwidth,
  measuredBandwidth,
  measuredOperations,
  measuredPeaks,
  type PeakFigure,
} from '../../src/arm/measuredPeaks.ts';

const figure = (subject: string, value: number, unit: string, threads?: number): PeakFigure => ({
  kind: 'peak',
  subject,
  value,
  unit,
  settings: threads === undefined ? {} : { threads: String(threads) },
  source: 'run.yaml',
});

describe('measured peaks', () => {
  it('come in any usual unit', () => {
    const units = [
      figure('read-bandwidth', 13.2, 'GB/s'),
      figure('stream-triad', 9e9, 'B/s'),
      figure('read', 2, 'GiB/s'),
      figure('sdot', 150, 'GOP/s'),
      figure('smmla', 0.3, 'TOPS'),
      figure('fma', 38, 'GFLOP/s'),
    ];
    const found = measuredPeaks(units).map(({ instruction, perSecond }) => [instruction, perSecond]);
    expect(found).toEqual([
      [null, 13.2e9],
      [null, 9e9],
      [null, 2 ** 31],
      ['SDOT', 150e9],
      ['SMMLA', 0.3e12],
      ['FMLA fp32', 38e9],
    ]);
  });

  it('are only what was given as a peak, in a unit of a rate', () => {
    expect(measuredPeaks([{ ...figure('dram', 5, 'GB/s'), kind: 'metric' }])).toEqual([]);
    expect(measuredPeaks([figure('clock', 2.4, 'GHz')])).toEqual([]);
  });

  it('count at the number of threads they were measured with', () => {
    const peaks = measuredPeaks([
      figure('read-bandwidth', 9.26, 'GB/s', 1),
      figure('read-bandwidth', 13.23, 'GB/s', 2),
      figure('stream-copy', 11, 'GB/s', 4),
      figure('stream-triad', 11.59, 'GB/s', 4),
    ]);
    expect(measuredBandwidth(peaks, 1)?.perSecond).toBe(9.26e9);
    expect(measuredBandwidth(peaks, 4)).toEqual({
      perSecond: 11.59e9,
      kind: 'measured',
      status: 'measured',
      source: 'stream-triad measured on this machine with 4 threads (run.yaml)',
    });
    expect(measuredBandwidth(peaks, 3)).toBeNull();
    expect(measuredBandwidth(peaks, null)).toBeNull();
    expect(highestBandwidth(peaks)?.perSecond).toBe(13.23e9);
  });

  it('without a number of threads count for any', () => {
    const peaks = measuredPeaks([figure('read-bandwidth', 400, 'GB/s'), figure('i8mm', 8, 'TOP/s')]);
    expect(measuredBandwidth(peaks, 64)?.perSecond).toBe(400e9);
    expect(measuredOperations(peaks, 'SMMLA', 64)?.perSecond).toBe(8e12);
    expect(measuredOperations(peaks, 'SDOT', 64)).toBeNull();
  });
});
