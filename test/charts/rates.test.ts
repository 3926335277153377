import { readFileSync } from 'node:fs';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { ratePanels } from '../../src/charts/rates/ratesState.ts';
import { chartSvgFile } from '../../src/components/charts/pictures.ts';
import { ratesChart } from '../../src/charts/rates/ratesChart.ts';
import type { Report } from '../../src/report/schema.ts';
import { reportOf } from '../support/reportOf.ts';
import { emulatedTinyReport } from '../support/reportFixture.ts';

const published = (run: string): Promise<Report> =>
  reportOf({ 'run.yaml': readFileSync(`captures/${run}/run.yaml`, 'utf8') }).then(({ report }) => report);

/** A report of llama-bench's table: `threads test rate deviation` a line. */
async function bench(...rows: string[]): Promise<Report> {
  const lines = rows.map((row) => {
    const [threads, test, rate, deviation] = row.split(' ');
    return `| m 1B Q4_0 | 100.00 MiB | 1.00 B | CPU | ${threads} | ${test} | ${rate} ± ${deviation} |`;
  });
  const header =
    '| model | size | params | backend | threads | test | t/s |\n| --- | --- | --- | --- | --- | --- | --- |';
  return (await reportOf({ 'bench.md': `${header}\n${lines.join('\n')}\n` })).report;
}

const plain = (text: string): string => text.replaceAll('\u00A0', ' ');
const draw = (report: Report, size: 'wide' | 'narrow') =>
  ratesChart.draw(report, { size, idPrefix: 'x', document: parseHTML('<html></html>').document });

describe('the chart of rates', () => {
  it('draws bars with whiskers for two tests', async () => {
    const report = await published('reported-rpi5-tinyllama');
    expect(ratePanels(report).map(({ kind, axis, series }) => [kind, axis, series[0].points.length])).toEqual(
      [
        ['prompt', null, 1],
        ['generation', null, 1],
      ],
    );
    expect(plain(ratesChart.words(report).title)).toBe(
      'Prompt runs at 14.9 tokens/s, 1.68× the 8.85 tokens/s of generation',
    );
    const svg = draw(report, 'wide');
    // 880 − 148 pixels for the largest whisker end, 14.90.
    expect(svg).toContain('width="730.53"');
    expect(svg).toContain('width="434.78"');
    expect(plain(svg)).toContain('8.85 tokens/s ± 0.09');
  });

  it('draws a line where a number has three values or more, bars beside it', async () => {
    const report = await published('reported-n2-qwen25-15b');
    expect(ratePanels(report).map(({ kind, axis }) => [kind, axis])).toEqual([
      ['prompt', 'prompt tokens'],
      ['generation', null],
    ]);
    expect(plain(ratesChart.words(report).title)).toBe(
      'Prompt rate falls from 95.3 tokens/s to 20.5 tokens/s over 1,024 to 8,192 prompt tokens',
    );
  });

  it('draws a line for each kind over threads, and names a peak', async () => {
    const report = await bench(
      '1 pp512 14.87 0.03',
      '1 tg128 8.85 0.09',
      '2 pp512 29.10 0.13',
      '2 tg128 14.85 0.39',
      '3 pp512 42.87 0.33',
      '3 tg128 16.15 0.19',
      '4 pp512 54.87 0.93',
      '4 tg128 13.85 0.49',
    );
    expect(ratePanels(report).map(({ axis }) => axis)).toEqual(['threads', 'threads']);
    expect(plain(ratesChart.words(report).title)).toBe(
      'Prompt rate rises from 14.9 tokens/s to 54.9 tokens/s over 1 to 4 threads; generation is fastest at 3 (16.1 tokens/s)',
    );
  });

  it('draws one line for each other setting', async () => {
    const rows = [1, 2, 4].flatMap((threads) => [
      `${threads} pp128 ${10 * threads} 0.1`,
      `${threads} pp512 ${9 * threads} 0.1`,
    ]);
    const [panel] = ratePanels(await bench(...rows));
    expect(panel.series.map(({ label, points }) => [label, points.map(({ x, rate }) => [x, rate])])).toEqual([
      [
        'prompt tokens 128',
        [
          [1, 10],
          [2, 20],
          [4, 40],
        ],
      ],
      [
        'prompt tokens 512',
        [
          [1, 9],
          [2, 18],
          [4, 36],
        ],
      ],
    ]);
  });

  it('says in emulated time what is emulated', async () => {
    const report = await published('reported-rpi5-tinyllama');
    const emulated = { ...report, origin: { ...report.origin, value: 'emulated' as const } };
    expect(ratesChart.words(emulated).title).toMatch(/, in emulated time$/);
  });

  it('has the same rows as its table twin at both sizes, and stands nowhere else', async () => {
    const report = await published('reported-n2-qwen25-15b');
    expect(ratesChart.table(report).rows.map(([test, rate]) => [test, rate])).toEqual([
      ['pp1024', 95.322968],
      ['pp2048', 62.372306],
      ['pp4096', 37.008312],
      ['pp8192', 20.462044],
      ['tg32', 35.149064],
    ]);
    for (const size of ['wide', 'narrow'] as const) {
      expect(draw(report, size)).not.toMatch(/NaN|Infinity|undefined/);
      expect(draw(report, size).match(/<circle/g)).toHaveLength(4);
    }
    expect(ratesChart.missing(emulatedTinyReport())).not.toBeNull();
  });

  it('stands on its own as a file, whatever the tests are called', async () => {
    const hostile = '<script>x</script> & "quoted"';
    const { report } = await reportOf({
      'run.yaml': `source: somebody
figures:
  - { kind: rate, subject: '${hostile}', value: 2, unit: tokens/s, spread: 1, repetitions: [1, 3] }
  - { kind: rate, subject: tg1, value: 4, unit: tokens/s, settings: { '${hostile}': '${hostile}' } }
`,
    });
    for (const theme of ['light', 'dark'] as const) {
      const file = chartSvgFile(ratesChart, report, theme);
      expect(file).not.toMatch(/var\(--|class="|currentColor|url\((?!#)|href=|<script/);
      expect(file).toContain('&lt;script&gt;x&lt;/script&gt; &amp; &quot;quoted&quot;');
      expect(file).toContain('reported elsewhere · gemview');
    }
  });
});
