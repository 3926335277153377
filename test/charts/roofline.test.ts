import { describe, expect, it } from 'vitest';
import { chartById } from '../../src/charts/registry.ts';
import type { Report } from '../../src/report/schema.ts';
import { reportSchema } from '../../src/report/schema.ts';
import { serverDocument } from '../../src/components/charts/serverDocument.ts';
import { emulatedTinyReport } from '../support/reportFixture.ts';
import { rooflineFixture } from '../support/reportFixtureRoofline.ts';
import type { RooflineRun } from '../support/rooflineRun.ts';

function reportOf(run?: RooflineRun): Report {
  const report = emulatedTinyReport();
  report.roofline = rooflineFixture(run);
  reportSchema.parse(report);
  return report;
}

const plain = (text: string): string => text.replaceAll('&#160;', ' ').replaceAll('\u00A0', ' ');

const drawn = (report: Report, id: string): string =>
  plain(chartById(id).draw(report, { size: 'wide', idPrefix: 'x', document: serverDocument() }));

describe('the roofline chart', () => {
  const chart = chartById('roofline');

  it('on hardware names the nearer limit of each stage', () => {
    const report = reportOf();
    // (301.53 MB + 78.5 × 98.3 kB) ÷ 20 ms = 15.46 GB/s of 22.4; 47.7 G ÷ 0.1 s of 4 × 358.4 G.
    expect(plain(chart.words(report).title)).toBe(
      'Prefill reaches 33.3 % of the SDOT peak; Decode reaches 69.0 % of the measured bandwidth',
    );
    const svg = drawn(report, 'roofline');
    expect(svg).toContain('bandwidth, measured 22.4 GB/s');
    expect(svg).toContain('SDOT, quoted 1.43 T operations/s');
    expect(svg).toContain('Decode 46.8 G operations/s');
    expect(chart.words(report).how.join(' ')).toContain(
      'read-bandwidth measured on this machine with 4 threads',
    );
  });

  it('without peaks says the rates and why there are no limits', () => {
    const report = reportOf({ machine: undefined, peaks: [] });
    expect(plain(chart.words(report).title)).toBe(
      'Prefill computes 477 G operations/s; Decode computes 46.8 G operations/s',
    );
    expect(chart.words(report).how.join(' ')).toContain(
      'Decode: no bandwidth limit is drawn: no peak was measured and the machine is not known',
    );
    expect(drawn(report, 'roofline')).not.toContain('bandwidth, measured');
  });

  it('of an emulated run has demand and no rate', () => {
    const report = reportOf({ origin: 'emulated' });
    const { title, subtitle, description, how } = chart.words(report);
    expect(title).toBe('Each byte is used in 154 operations in Prefill and 3.02 in Decode');
    expect([title, subtitle, description, how.join(' '), drawn(report, 'roofline')].join(' ')).not.toMatch(
      /operations\/s|B\/s|peak/,
    );
    const svg = drawn(report, 'roofline');
    expect(svg).toContain('3.02 operations a byte');
    // Each dot is named beside it, not only under the pointer.
    expect([...svg.matchAll(/<text[^>]*mono halo[^>]*>(kai_run_matmul[^<]*)/g)]).toHaveLength(2);
    expect(how).toContain(
      'No rates and no limits are drawn: the run was emulated: its time is no time of hardware.',
    );
  });

  it('has a table with every stage and kernel that is drawn', () => {
    const { columns, rows } = chart.table(reportOf());
    expect(columns[0].label).toBe('Stage or kernel');
    expect(rows.map(([what]) => what)).toEqual([
      'all of Prefill',
      'all of Decode',
      ...Array.from({ length: 2 }, () => expect.stringContaining('kai_run_matmul')),
    ]);
  });

  it('is not there without a model file', () => {
    expect(chart.missing(emulatedTinyReport())).toBe(
      'The model file was not given: bytes and operations are not known.',
    );
  });
});

describe('the chart of bytes by context', () => {
  const chart = chartById('context-bytes');

  it('says what a token asks for at the end of the run and far on', () => {
    const words = chart.words(reportOf());
    // 301,530,688 + 80 × 98,304 and + 4,097 × 98,304
    expect(plain(words.title)).toBe('A token asks for 309 MB at position 79 and 704 MB at position 4,096');
    expect(plain(words.subtitle)).toContain('the KV cache adds 98.3 kB a position');
    expect(words.how.join(' ')).toContain('The cache equals the weights at position 3,067.');
  });

  it('draws a bar for each position, weights alike and the cache growing', () => {
    const report = reportOf();
    const svg = drawn(report, 'context-bytes');
    expect(svg.match(/<title>Layers 174 MB/g)).toHaveLength(report.roofline!.depths.length);
    expect(svg).toContain('KV cache 403 MB');
    expect(svg).toContain('first and last of this run');
  });

  it('has the parts of each position in its table', () => {
    const { rows } = chart.table(reportOf());
    const [past, layers, output, embedding, read, written, bytes] = rows.at(-1) as number[];
    expect([past, layers, output, embedding, read, written]).toEqual([
      4096,
      173_408_256 + 495_616,
      127_626_240,
      576,
      4096 * 98_304,
      98_304,
    ]);
    expect(bytes).toBe(301_530_688 + 4097 * 98_304);
  });
});
