import { describe, expect, it } from 'vitest';
import { isAnotherName } from '../../src/charts/counterComparison/counterComparisonChart.ts';
import { chartById, CHARTS } from '../../src/charts/registry.ts';
import type { Report } from '../../src/report/schema.ts';
import { emulatedTinyReport } from '../support/reportFixture.ts';
import {
  allFixtureReports,
  hardwareServerReport,
  noCountersReport,
  noMarkersReport,
  zeroSamplesReport,
} from '../support/reportFixtureVariants.ts';

const title = (report: Report, chart: string): string =>
  chartById(chart).words(report).title.replaceAll('\u00A0', ' ');
const missing = (report: Report, chart: string): string | null => chartById(chart).missing(report);

describe('chart titles say what is to be seen', () => {
  it('in an emulated run, with the word for its time', () => {
    const report = emulatedTinyReport();
    expect(title(report, 'tokens')).toBe(
      '109 prompt tokens take 634 ms of emulated time; 19 decode tokens follow, one every 22.5 ms',
    );
    expect(title(report, 'token-latency')).toBe(
      'A decode token takes 22.5 ms of emulated time in the median, 23.3 ms at most',
    );
    expect(title(report, 'stage-split')).toBe(
      'Prefill takes 36.7 % and Decode 24.9 % of the time of the capture',
    );
    // The same run where nothing says that its end is idle: what lies in no stage is part of the capture all the same.
    const bands = report.timeline!.bands.filter(({ stage }) => stage !== 'idle');
    const open = { ...report, timeline: { ...report.timeline!, bands } };
    expect(title(open, 'stage-split')).toBe(
      'Prefill takes 36.7 % and Decode 24.9 % of the time of the capture',
    );
    const rows = chartById('stage-split')
      .table(open)
      .rows.filter(([of]) => of === 'Time');
    expect(rows.map(([, stage]) => stage)).toEqual(['Load', 'Prefill', 'Decode', 'Other']);
    expect(rows.reduce((sum, [, , , share]) => sum + Number(share), 0)).toBeCloseTo(1, 5);
    // 289 + 180 + 180 + 152 = 801 samples are less than half of 1,734; 98 more are more.
    expect(title(report, 'functions')).toBe(
      '5 functions hold half of all samples; kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm holds 16.7 %',
    );
    expect(title(report, 'flame-graph-decode')).toBe(
      '36.2 % of the samples of Decode end on one path, in ggml_vec_dot_q6_K_q8_K',
    );
  });

  it('in a hardware run with growth', () => {
    const report = hardwareServerReport();
    expect(title(report, 'token-latency')).toBe('Token latency grows 2.40 µs per position');
    expect(title(report, 'prefill-decode')).toBe(
      'Per token, STALL_BACKEND_MEM differs most: 22.9 M cycles in Decode, 310 k cycles in Prefill (73.9×)',
    );
  });

  it('and never speak of hardware time in a run without it', () => {
    for (const value of ['emulated', 'simulated', null] as const) {
      const report = emulatedTinyReport();
      report.origin = { ...report.origin, value };
      for (const chart of ['tokens', 'token-latency', 'counter-tracks']) {
        expect(title(report, chart)).toContain(` of ${value ?? 'recorded'} time`);
      }
    }
  });

  it('do not claim growth whose interval holds zero', () => {
    const report = hardwareServerReport();
    report.stages.growth!.slopeInterval = [-0.001, 0.006];
    expect(title(report, 'token-latency')).not.toContain('grows');
  });

  it('say that latency falls when it does', () => {
    const report = hardwareServerReport();
    report.stages.growth = {
      ...report.stages.growth!,
      slopeMsPerPosition: -0.001,
      slopeInterval: [-0.002, -0.0005],
    };
    expect(title(report, 'token-latency')).toBe('Token latency falls 1.00 µs per position');
  });

  it('say when the axis does not start at zero, and what stands above it', () => {
    const { subtitle } = chartById('token-latency').words(hardwareServerReport());
    expect(subtitle.replaceAll('\u00A0', ' ')).toMatch(
      /axis from [\d.]+ ms, not from zero; 1 token above the axis/,
    );
  });

  it('take a PMU event for the largest difference, not a software event', () => {
    const report = hardwareServerReport();
    const [first] = report.counters;
    report.counters.push({
      ...first,
      name: 'context-switches',
      mnemonic: null,
      prefillPerToken: { ...first.prefillPerToken, value: 1 },
      decodePerToken: { ...first.decodePerToken, value: 1e6 },
    });
    expect(title(report, 'prefill-decode')).toContain('STALL_BACKEND_MEM');
  });
});

describe('a chart that cannot be drawn says why', () => {
  it('without markers', () => {
    const report = noMarkersReport();
    for (const chart of ['stage-split', 'tokens', 'token-latency', 'prefill-decode', 'flame-graph-prefill']) {
      expect(missing(report, chart), chart).toBe(report.stages.reason);
    }
    expect(missing(report, 'flame-graph')).toBeNull();
    expect(missing(report, 'functions')).toBeNull();
  });

  it('without counters', () => {
    expect(missing(noCountersReport(), 'prefill-decode')).toBe('No counter was recorded.');
    expect(missing(noCountersReport(), 'counter-tracks')).toBe('No counter was recorded over time.');
  });

  it('without samples', () => {
    expect(missing(zeroSamplesReport(), 'functions')).toBe('The capture holds no samples.');
    expect(missing(zeroSamplesReport(), 'flame-graph')).toBe('No sample carries a call stack.');
    expect(missing(zeroSamplesReport(), 'stage-split')).toBeNull();
  });
});

describe('words of every chart of every run', () => {
  it('are complete, without holes', () => {
    for (const report of allFixtureReports()) {
      for (const chart of CHARTS) {
        if (chart.missing(report) !== null) continue;
        const words = chart.words(report);
        for (const text of [words.title, words.subtitle, words.description, ...words.how]) {
          expect(text, `${report.run.id} ${chart.id}`).not.toMatch(/undefined|NaN|null|Infinity|\[object/);
          expect(text.length).toBeGreaterThan(10);
        }
        expect(words.title.length).toBeLessThan(260);
      }
    }
  });
});

describe('the name that a tool gave a counter', () => {
  it('stands beside the architecture’s only where it is another one', () => {
    expect(isAnotherName('inst_retired', 'INST_RETIRED')).toBe(false);
    expect(isAnotherName('Cycles: CPU Cycles', 'CPU_CYCLES')).toBe(true);
  });
});
