/** Charts of operators: their words, tables, and what they do without stages. */
import { describe, expect, it } from 'vitest';
import { chartById } from '../../src/charts/registry.ts';
import type { Report } from '../../src/report/schema.ts';
import { operatorsFixture } from '../support/reportFixtureOperators.ts';
import { hardwareServerReport, noMarkersReport } from '../support/reportFixtureVariants.ts';

const plain = (text: string): string => text.replaceAll('\u00A0', ' ');
const title = (report: Report, chart: string): string => plain(chartById(chart).words(report).title);

describe('what each stage computes', () => {
  it('names the largest part of each stage', () => {
    const report = hardwareServerReport();
    expect(title(report, 'operator-shares')).toBe(
      'Matrix multiplication takes 70.0 % of Prefill and 80.0 % of Decode',
    );
    report.operators!.groups[1].prefill.samples = 900;
    expect(title(report, 'operator-shares')).toBe(
      'Attention takes 90.0 % of Prefill; Matrix multiplication takes 80.0 % of Decode',
    );
  });

  it('has shares with intervals in its table', () => {
    const { rows } = chartById('operator-shares').table(hardwareServerReport());
    expect(rows).toEqual([
      ['Matrix multiplication', 700, 0.7, null, null, 400, 0.8, 0.78, 0.82],
      ['Attention', 250, 0.25, null, null, 100, 0.2, 0.18, 0.22],
      ['Norm, activation, element-wise', 50, 0.05, null, null, 0, 0, null, null],
    ]);
  });

  it('cannot be drawn without stages or samples', () => {
    const report = noMarkersReport();
    expect(chartById('operator-shares').missing(report)).toBe('The capture holds no samples.');
    report.operators = { ...operatorsFixture(), stageSamples: { prefill: 0, decode: 0 } };
    expect(chartById('operator-shares').missing(report)).toContain('Stages are not known');
  });
});

describe('whose kernels multiply', () => {
  it('names the largest family of each stage', () => {
    expect(title(hardwareServerReport(), 'kernel-coverage')).toBe(
      'KleidiAI: 97.1 % of Prefill’s matrix products; ggml dot products: 60.0 % of Decode’s',
    );
  });

  it('says why a stage has no intervals', () => {
    expect(chartById('kernel-coverage').words(hardwareServerReport()).how).toContain(
      'Prefill has no intervals: one call: its spread is unknown.',
    );
  });

  it('draws a whisker for each interval that has a width', () => {
    const svg = chartById('kernel-coverage').draw(hardwareServerReport(), {
      size: 'wide',
      idPrefix: 'x',
      document: null as unknown as Document,
    });
    // Two families of Decode; the shape's interval is a point.
    expect(svg.match(/<path /g)).toHaveLength(2);
  });
});

describe('annotations beside call stacks', () => {
  it('say how far they agree', () => {
    const report = hardwareServerReport();
    expect(title(report, 'operator-lanes')).toBe(
      'Annotations and call stacks name the same operator for 99.0 % of Prefill’s samples and 100 % of Decode’s samples',
    );
    const { rows } = chartById('operator-lanes').table(report);
    expect(rows[0]).toEqual(['Prefill', 'MUL_MAT', 0.7, 58, 0.7, 640, 0.711, -0.011]);
    report.operators!.lanes = null;
    expect(chartById('operator-lanes').missing(report)).toContain('no channel annotations');
  });
});

describe('a run whose stages are guessed', () => {
  const guessed = (): Report => {
    const report = noMarkersReport();
    report.stages.estimated = {
      phases: [
        { stage: 'prefill', name: '1', startS: 0.1, endS: 0.6, samples: 500 },
        { stage: 'decode', name: '1', startS: 0.6, endS: 1.6, samples: 1000 },
      ],
      reason: null,
      basis: 'Told from 400 samples in matrix–matrix kernels.',
      score: null,
    };
    return report;
  };

  it('shows the guess as estimated in the timeline', () => {
    const report = guessed();
    report.timeline!.bands = [];
    report.timeline!.markers = [];
    expect(title(report, 'tokens')).toBe(
      'Estimated from kernels: Prefill 500 ms of emulated time, Decode 1.00 s of emulated time',
    );
    const svg = chartById('tokens').draw(report, {
      size: 'wide',
      idPrefix: 'x',
      document: null as unknown as Document,
    });
    expect(svg).toContain('Stages, estimated');
    expect(svg.match(/stroke-dasharray/g)).toHaveLength(2);
    expect(chartById('tokens').words(report).how[0]).toContain('estimated from the kernels that ran');
  });

  it('does not show it where markers or probes tell the stages', () => {
    const report = guessed();
    report.stages.source = 'markers';
    expect(title(report, 'tokens')).not.toContain('Estimated');
  });
});
