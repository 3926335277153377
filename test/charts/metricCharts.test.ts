import { describe, expect, it } from 'vitest';
import { chartById } from '../../src/charts/registry.ts';
import { quantity, unknown } from '../../src/analysis/quantity.ts';
import type { Report } from '../../src/report/schema.ts';
import { emulatedTinyReport } from '../support/reportFixture.ts';
import { hardwareServerReport, noCountersReport, noMarkersReport } from '../support/reportFixtureVariants.ts';

const title = (report: Report, chart: string): string =>
  chartById(chart).words(report).title.replaceAll('\u00A0', ' ');
const drawn = (report: Report, chart: string): string =>
  chartById(chart)
    .draw(report, { size: 'wide', idPrefix: 'x', document: null as unknown as Document })
    .replaceAll('\u00A0', ' ');

describe('charts of metrics', () => {
  it('say what differs between the stages', () => {
    const report = hardwareServerReport();
    expect(title(report, 'l3-traffic')).toBe(
      'L3 refills: 612 MB per Prefill call and 318 MB per Decode call; 754 kB and 318 MB per token',
    );
    expect(title(report, 'stall-split')).toBe(
      'Memory stalls take 2.00 % of the cycles in Prefill and 33.0 % in Decode',
    );
    expect(title(report, 'topdown')).toBe(
      'Backend bound: 31.0 % of the slots in Prefill and 77.0 % in Decode',
    );
    expect(title(report, 'instruction-mix')).toBe('Advanced SIMD: 61.0 % in Prefill, 54.0 % in Decode');
    expect(title(report, 'cache-refills')).toBe(
      'L3 refills per 1,000 instructions: 0.260 in Prefill, 18.1 in Decode',
    );
    expect(title(report, 'context-growth')).toBe(
      'L3 refills per call, from L3D_CACHE_REFILL: grows 98.3 kB/call per position',
    );
    expect(title(report, 'metric-tracks')).toBe('Instructions per cycle: 3.10 in Prefill, 1.20 in Decode');
  });

  it('tell how weights are shared where traffic is explained', () => {
    expect(chartById('l3-traffic').words(hardwareServerReport()).how[0]).toContain(
      'read once per micro-batch and shared by its tokens',
    );
  });

  it('claim no growth whose interval holds zero', () => {
    const report = hardwareServerReport();
    report.metrics.coreTypes[0].tokens[0].growth!.slopeInterval = [-1, 1];
    expect(title(report, 'context-growth')).not.toMatch(/grows|falls/);
  });

  it('break a long name after its comma on a phone, where a wider face would not hold it', () => {
    const narrow = chartById('l3-traffic').draw(hardwareServerReport(), {
      size: 'narrow',
      idPrefix: 'x',
      document: null as unknown as Document,
    });
    expect(narrow).toContain('>L3 refills per 1,000 instructions,<');
    expect(narrow).toContain('>from L3D_CACHE_REFILL<');
    expect(drawn(hardwareServerReport(), 'l3-traffic')).toContain(
      '>L3 refills per 1,000 instructions, from L3D_CACHE_REFILL<',
    );
  });

  it('name a ratio that stays the same once, as a sentence begins', () => {
    const report = hardwareServerReport();
    const growth = report.metrics.coreTypes[0].tokens[0];
    Object.assign(growth, { label: 'Instructions per cycle', unit: '', growth: null });
    growth.values = growth.values.map((value) => value && 0.5);
    expect(title(report, 'context-growth')).toMatch(/^Instructions per cycle: 0\.500 at positions /);
    expect(chartById('context-growth').words(report).subtitle).toMatch(/^Ratio of each decode call/);
  });

  it('break the largest value of a track before its unit, not within', () => {
    const report = emulatedTinyReport();
    const [track] = report.timeline!.counterTracks;
    Object.assign(track, { unit: 'instructions/s', values: track.values.map(() => 1.48e9) });
    const texts = [...drawn(report, 'counter-tracks').matchAll(/>([^<]*)<\/text>/g)].map(([, text]) => text);
    expect(texts).toContain('to 1.48 G');
    expect(texts).toContain('instructions/s');
  });

  it('draw the back end as one part where memory stalls were not counted', () => {
    const report = hardwareServerReport();
    const stalls = report.metrics.coreTypes[0].groups.find(({ id }) => id === 'stalls')!;
    stalls.rows = stalls.rows.filter(
      ({ id }) => !id.startsWith('memory') && id !== 'backend-otherwise-stalled',
    );
    expect(title(report, 'stall-split')).toBe(
      'Backend stalls take 18.0 % of the cycles in Prefill and 61.0 % in Decode',
    );
    expect(drawn(report, 'stall-split')).not.toContain('memory');
    expect(drawn(report, 'stall-split')).toContain('Not stalled 79.0 %');
  });

  it('leave out a stage that a part of the whole is not known of', () => {
    const report = hardwareServerReport();
    const topdown = report.metrics.coreTypes[0].groups.find(({ id }) => id === 'topdown')!;
    topdown.rows[0].prefill = unknown('%', 'the counters ran only 20 % of the time');
    expect(title(report, 'topdown')).toBe('Backend bound: 77.0 % of the slots in Decode');
    expect(drawn(report, 'topdown')).not.toContain('Prefill');
  });

  it('name the core on a target of several types', () => {
    const report = hardwareServerReport();
    const [big] = report.metrics.coreTypes;
    const little = structuredClone(big);
    little.core = 'Cortex-A520';
    for (const { rows } of little.groups) {
      for (const row of rows) row.prefill = quantity(1, row.prefill.unit, 'counted', { formula: '' });
    }
    report.metrics.coreTypes = [big, little];
    expect(title(report, 'stall-split')).toMatch(/^On Neoverse-V2, memory stalls take 2\.00 %/);
    expect(drawn(report, 'stall-split')).toContain('Cortex-A520');
    expect(chartById('cache-refills').table(report).columns[0].id).toBe('core');
  });

  it('draw bars in proportion on one scale', () => {
    const bars = [
      ...drawn(hardwareServerReport(), 'instruction-mix').matchAll(/width="([\d.]+)" height="14"/g),
    ].map(([, width]) => Number(width));
    expect(bars).toHaveLength(6);
    // 61 % is the longest; loads are 19 % and 20 %.
    expect(bars[4] / bars[0]).toBeCloseTo(19 / 61, 3);
    expect(bars[5] / bars[0]).toBeCloseTo(20 / 61, 3);
  });

  it('say why they are missing', () => {
    expect(chartById('stall-split').missing(emulatedTinyReport())).toBe('Nothing of this was recorded.');
    expect(chartById('stall-split').missing(noCountersReport())).toBe(
      'No counter for it was recorded in both stages.',
    );
    const report = noMarkersReport();
    expect(chartById('l3-traffic').missing(report)).toBe(report.stages.reason);
  });
});
