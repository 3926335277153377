import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import type { ChartSize } from '../../src/charts/chart.ts';
import { CHARTS, chartById } from '../../src/charts/registry.ts';
import {
  chartCsv,
  chartJson,
  chartMarkup,
  chartSvgFile,
  chartWords,
} from '../../src/components/charts/pictures.ts';
import type { Report } from '../../src/report/schema.ts';
import { emulatedTinyReport } from '../support/reportFixture.ts';
import {
  allFixtureReports,
  hardwareServerReport,
  HOSTILE_TEXTS,
  hostileTextReport,
} from '../support/reportFixtureVariants.ts';

const MARKS = new Set(['rect', 'path', 'circle', 'line', 'text', 'use']);

/** What an XML parser sees in a picture; fails where it is not well-formed. */
function read(svg: string): {
  marks: number;
  names: Set<string>;
  attributes: Set<string>;
  ids: string[];
  root: Record<string, string>;
} {
  const seen = {
    marks: 0,
    names: new Set<string>(),
    attributes: new Set<string>(),
    ids: [] as string[],
    root: {} as Record<string, string>,
  };
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  let isRoot = true;
  parser.on('opentag', ({ name, attributes }) => {
    if (isRoot) seen.root = attributes as Record<string, string>;
    isRoot = false;
    if (MARKS.has(name)) seen.marks++;
    seen.names.add(name);
    for (const [key, value] of Object.entries(attributes)) {
      seen.attributes.add(key);
      if (key === 'id') seen.ids.push(String(value));
    }
  });
  parser.write(svg).close();
  return seen;
}

function drawn(report: Report, id: string, size: ChartSize): string {
  const chart = chartById(id);
  return chartMarkup(chart, report, chartWords(chart, report), size);
}

describe('pictures of every chart of every run', () => {
  for (const report of [...allFixtureReports(), manyCallsReport()]) {
    it(`are sound: ${report.run.id}`, () => {
      for (const chart of CHARTS) {
        if (chart.missing(report) !== null) continue;
        for (const size of ['wide', 'narrow'] as const) {
          const svg = drawn(report, chart.id, size);
          const seen = read(svg);
          const name = `${chart.id} ${size}`;
          expect(seen.marks, name).toBeLessThan(2000);
          expect(seen.marks, name).toBeGreaterThan(0);
          expect(svg, name).not.toMatch(/NaN|undefined|Infinity/);
          expect(
            [...seen.attributes].filter((key) => key === 'style' || key.startsWith('on')),
            name,
          ).toEqual([]);
          expect(
            ['style', 'script', 'foreignObject', 'image', 'a'].filter((tag) => seen.names.has(tag)),
            name,
          ).toEqual([]);
          expect(seen.root.role, name).toBe('img');
          expect(new Set(seen.ids).size, name).toBe(seen.ids.length);
          expect(
            seen.ids.every((id) => id.startsWith(`${chart.id}-${size}`)),
            name,
          ).toBe(true);
          const [titleId, descriptionId] = [seen.root['aria-labelledby'], seen.root['aria-describedby']];
          expect(seen.ids, name).toEqual(expect.arrayContaining([titleId, descriptionId]));
        }
      }
    });
  }
});

/** A long generation: 20,000 tokens and as many markers. */
function manyCallsReport(): Report {
  const report = hardwareServerReport();
  report.run.id = 'many-calls';
  const count = 20_000;
  const column = <T>(make: (row: number) => T): T[] => Array.from({ length: count }, (_, row) => make(row));
  report.tokens = {
    startS: column((row) => row * 0.01),
    endS: column((row) => row * 0.01 + 0.009),
    endIsEstimated: column(() => false),
    past: column((row) => row),
    nEval: column(() => 1),
    stage: column(() => 'decode'),
    latencyMs: column((row) => 10 + (row % 7) / 10),
    notes: column(() => []),
    samples: column(() => 1),
  };
  report.stages.growth = null;
  const timeline = report.timeline!;
  timeline.endS = count * 0.01;
  timeline.bands = column((row) => ({
    stage: row % 2 === 0 ? ('decode' as const) : ('sampling' as const),
    startS: row * 0.01,
    endS: row * 0.01 + 0.01,
    label: '1',
  }));
  timeline.markers = column((row) => ({ timeS: row * 0.01, text: `past ${row}, n_eval 1` }));
  return report;
}

describe('golden pictures', () => {
  it.each(['stage-split', 'tokens', 'token-latency', 'prefill-decode'])('%s', async (id) => {
    const picture = drawn(emulatedTinyReport(), id, 'narrow').replaceAll('><', '>\n<');
    await expect(`${picture}\n`).toMatchFileSnapshot(`golden/${id}.svg`);
  });

  it('place marks where the numbers say', () => {
    const report = emulatedTinyReport();
    // 20 calls: one prefill and 19 decode cells on a strip of 720 px for 1.726487 s.
    const wide = drawn(report, 'tokens', 'wide');
    const cells = [
      ...wide.matchAll(
        /<rect x="([\d.]+)" y="42" width="([\d.]+)" height="26" fill="var\(--stage-(\w+)\)"\/>/g,
      ),
    ];
    expect(cells).toHaveLength(20);
    const [, x, width, stage] = cells[0];
    expect(stage).toBe('prefill');
    // 152 + 720 × 0.64447 ÷ 1.726487 = 420.77; 720 × 0.634341 ÷ 1.726487 − 0.75 = 263.79.
    expect(Number(x)).toBeCloseTo(420.77, 1);
    expect(Number(width)).toBeCloseTo(263.79, 1);
    expect(cells.slice(1).every((cell) => cell[3] === 'decode')).toBe(true);
  });

  it('draw one point for each latency and the median as a line', () => {
    const svg = drawn(emulatedTinyReport(), 'token-latency', 'wide');
    expect(svg.match(/<circle /g)).toHaveLength(18);
    expect(svg.replaceAll('\u00A0', ' ')).toContain('median 22.5 ms');
  });
});

describe('charts as files', () => {
  it('stand on their own: resolved colours, title, source, nothing loaded', () => {
    const report = hardwareServerReport();
    const drawable = CHARTS.filter((chart) => chart.missing(report) === null);
    // A capture has stages, and so no rates of whole tests.
    expect(CHARTS.length - drawable.length).toBe(1);
    for (const chart of drawable) {
      for (const theme of ['light', 'dark'] as const) {
        const file = chartSvgFile(chart, report, theme);
        read(file);
        expect(file).not.toMatch(/var\(--|class="|currentColor|url\((?!#)|href=/);
        expect(file).toContain('hardware · gemview');
      }
    }
  });

  it('differ between themes', () => {
    const report = emulatedTinyReport();
    const chart = chartById('stage-split');
    expect(chartSvgFile(chart, report, 'light')).toContain('#0072b2');
    expect(chartSvgFile(chart, report, 'dark')).not.toContain('#0072b2');
  });
});

describe('hostile names', () => {
  it('reach no picture as markup', () => {
    const report = hostileTextReport();
    for (const chart of CHARTS) {
      if (chart.missing(report) !== null) continue;
      for (const text of [drawn(report, chart.id, 'wide'), chartSvgFile(chart, report, 'light')]) {
        expect(read(text).names.has('script')).toBe(false);
        expect(text).not.toContain('\u202E');
        expect(text).not.toContain('\u0000');
      }
    }
  });

  it('reach no CSV as a formula', () => {
    const csv = chartCsv(chartById('functions'), hostileTextReport());
    expect(HOSTILE_TEXTS.some((text) => text.startsWith('='))).toBe(true);
    const cells = csv.split(/,|\r\n/);
    expect(cells.filter((cell) => /^"?[=+@]/.test(cell))).toEqual([]);
    expect(csv).toContain("'+1+1|cmd");
  });
});

describe('the data of a chart', () => {
  it('is complete in CSV, with units in the header', () => {
    const lines = chartCsv(chartById('tokens'), emulatedTinyReport()).trim().split('\r\n');
    expect(lines[0]).toBe('Call,Stage,Start (s),End (s),Tokens before,Tokens evaluated,Samples');
    expect(lines[1]).toBe('0,prefill,0.64447,1.278811,0,109,636');
    expect(lines).toHaveLength(21);
  });

  it('is the same in JSON', () => {
    const json = JSON.parse(chartJson(chartById('token-latency'), emulatedTinyReport())) as {
      rows: unknown[][];
      run: string;
      origin: string;
    };
    expect(json.run).toBe('emulated-tiny-t1');
    expect(json.origin).toBe('emulated');
    expect(json.rows[0]).toEqual([109, 22.973, '']);
  });
});
