import { describe, expect, it } from 'vitest';
import { analyseRun } from '../../src/analysis/analyseRun.ts';
import { metricsPerBin } from '../../src/analysis/metricBins.ts';
import { countedRun, type CountedGroup, type CountedRunOptions } from '../support/countedRun.ts';
import { functionsOfRun } from '../support/llamaRun.ts';

const DRAWING = 'load/1000 0+100/1000 100+1/1000 101+1/1000 close/10';
const BINS = { startNs: 0, endNs: 4e9, count: 4 };

function bins(groups: readonly CountedGroup[], options: CountedRunOptions = {}, ids = ['ipc']) {
  const profile = countedRun(DRAWING, groups, { calls: 'probes', sampleMs: 10, ...options });
  const { coreTypes } = analyseRun(profile, functionsOfRun(profile)).metrics;
  return coreTypes.map((type) =>
    metricsPerBin(type, ids, BINS).map(({ definition, values }) => [definition.id, Array.from(values)]),
  );
}

describe('metricsPerBin', () => {
  it('divides what was counted in each bin, and leaves bins with next to nothing empty', () => {
    const [[ipc]] = bins([
      {
        events: ['CPU_CYCLES', 'INST_RETIRED'],
        readings: [
          [1000, 2000, [1000, 3000]],
          // Half of it in each of the two bins it covers.
          [2000, 4000, [1000, 500]],
        ],
      },
    ]);
    expect(ipc).toEqual(['ipc', [NaN, 3, 0.5, 0.5]]);
    const [[sparse]] = bins([
      {
        events: ['CPU_CYCLES', 'INST_RETIRED'],
        readings: [
          [0, 1000, [19, 50]],
          [1000, 2000, [1000, 3000]],
        ],
      },
    ]);
    expect(sparse).toEqual(['ipc', [NaN, 3, NaN, NaN]]);
  });

  it('has no track of events that were multiplexed in different groups', () => {
    const readings = (value: number): CountedGroup['readings'] => [[1000, 4000, [value]]];
    const groups = (runningShare: number): CountedGroup[] => [
      { events: ['CPU_CYCLES'], readings: readings(12), runningShare },
      { events: ['INST_RETIRED'], readings: readings(36), runningShare },
    ];
    expect(bins(groups(0.8))).toEqual([[]]);
    expect(bins(groups(1))).toEqual([[['ipc', [NaN, 3, 3, 3]]]]);
  });

  it('keeps core types apart, and draws nothing where they cannot be told', () => {
    const group = (cpu: number): CountedGroup => ({
      events: ['CPU_CYCLES', 'INST_RETIRED'],
      readings: [
        [1000, 2000, [10, 5], cpu],
        [2000, 3000, [10, 20], cpu + 1],
      ],
    });
    expect(bins([group(0)], { cpus: ['Cortex-A55', 'Cortex-A76'] })).toEqual([
      [['ipc', [NaN, 0.5, NaN, NaN]]],
      [['ipc', [NaN, NaN, 2, NaN]]],
    ]);
    expect(bins([group(-2)], { cpus: ['Cortex-A55', 'Cortex-A76'] })).toEqual([[]]);
  });

  it('knows only metrics that the run has', () => {
    expect(
      bins([{ events: ['CPU_CYCLES'], readings: [[1000, 2000, [10]]] }], {}, ['ipc', 'no-such-metric']),
    ).toEqual([[]]);
  });
});
