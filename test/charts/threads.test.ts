import { describe, expect, it } from 'vitest';
import { coreMapChart } from '../../src/charts/coreMap/coreMapChart.ts';
import { threadWorkChart } from '../../src/charts/threadWork/threadWorkChart.ts';
import { hardwareServerReport, zeroSamplesReport } from '../support/reportFixtureVariants.ts';
import { threadUseFixture } from '../support/reportFixtureThreads.ts';

const plain = (text: string): string => text.replaceAll('\u00A0', ' ');

function reportWith(prefill: [number[], number[]], decode: [number[], number[]]) {
  const report = hardwareServerReport();
  report.threadUse = threadUseFixture(
    { busy: prefill[0], sync: prefill[1] },
    { busy: decode[0], sync: decode[1] },
  );
  return report;
}

describe('work of threads', () => {
  const report = reportWith(
    [
      [100, 100],
      [0, 0],
    ],
    [
      [300, 100],
      [50, 150],
    ],
  );

  it('says in its title which stage waits most, and how uneven it is', () => {
    // Decode: 200 of 600 samples wait; busiest 300, mean 200.
    expect(plain(threadWorkChart.words(report).title)).toBe(
      'In Decode, 2 threads wait for each other in 33.3 % of their samples; the busiest works 50.0 % more than the mean',
    );
  });

  it('has an axis of whole percents', () => {
    const svg = threadWorkChart.draw(report, { size: 'wide', idPrefix: '', document: null as never });
    const ticks = [...svg.matchAll(/>([\d.]+)\u00A0%<\/text>/g)].map(([, tick]) => tick);
    expect(ticks.length).toBeGreaterThan(3);
    expect(ticks.filter((tick) => tick.includes('.0'))).toEqual([]);
  });

  it('has a row for each worker of each stage, with intervals where the stage has enough calls', () => {
    const { columns, rows } = threadWorkChart.table(report);
    expect(columns).toHaveLength(rows[0].length);
    expect(rows.map((row) => [row[0], row[2], row[3], row[4], row[5], row[8]])).toEqual([
      ['Prefill', 4100, 100, 0, 0.5, 0],
      ['Prefill', 4101, 100, 0, 0.5, 0],
      ['Decode', 4100, 300, 50, 0.75, 50 / 350],
      ['Decode', 4101, 100, 150, 0.25, 0.6],
    ]);
    expect(rows[0][6]).toBeNull();
    expect(rows[2][6]).toBeCloseTo(0.7125, 10);
  });

  it('draws nothing where one thread computes, and says so', () => {
    const alone = reportWith([[100], [0]], [[300], [0]]);
    expect(threadWorkChart.missing(alone)).toMatch(/^One thread computes/);
    expect(threadWorkChart.missing(zeroSamplesReport())).toBe('The capture holds no samples.');
  });
});

describe('map of cores', () => {
  it('counts the threads that ran on more than one CPU', () => {
    expect(plain(coreMapChart.words(hardwareServerReport()).title)).toBe(
      '1 of 4 threads runs on more than one CPU over Prefill and Decode',
    );
    const steady = reportWith(
      [
        [100, 100],
        [0, 0],
      ],
      [
        [300, 100],
        [50, 150],
      ],
    );
    expect(plain(coreMapChart.words(steady).title)).toBe(
      '2 threads stay on their CPUs in Prefill and Decode',
    );
  });

  it('lists a cell for each pair with samples', () => {
    const { rows } = coreMapChart.table(hardwareServerReport());
    expect(rows.filter((row) => row[1] === 4103)).toEqual([
      ['llama-cli', 4103, 3, 'Neoverse-V2', 3420, 0],
      ['llama-cli', 4103, 7, 'Neoverse-V2', 0, 9100],
    ]);
  });

  it('says why it cannot be drawn', () => {
    const alone = reportWith([[100], [0]], [[300], [0]]);
    expect(coreMapChart.missing(alone)).toBe(
      'One thread computes, on one CPU: all its samples of Prefill and Decode are on CPU 0.',
    );
    alone.threadUse!.cores = [];
    expect(coreMapChart.missing(alone)).toMatch(/^Samples carry no CPU/);
  });
});
