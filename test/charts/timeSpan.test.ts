import { describe, expect, it } from 'vitest';
import { moved, scaled, secondsText, spanOfQuery, within, writeSpan } from '../../src/charts/timeSpan.ts';
import { trackColumns } from '../../src/charts/tracks/trackChart.ts';
import { stripCells } from '../../src/charts/tokenStrip/tokenStripState.ts';
import { metricTracksChart } from '../../src/charts/tracks/trackCharts.ts';
import { tokenStripChart } from '../../src/charts/tokenStrip/tokenStripChart.ts';
import { stretches } from '../../src/components/charts/stageStretches.ts';
import { serverDocument } from '../../src/components/charts/serverDocument.ts';
import { hardwareServerReport } from '../support/reportFixtureVariants.ts';

const WHOLE = { startS: 10, endS: 20 };
const span = (startS: number, endS: number) => ({ startS, endS });

describe('a part of the run’s time', () => {
  it('lies within the run, and nearly all of it is the whole run', () => {
    expect(within(WHOLE, span(12, 13))).toEqual(span(12, 13));
    expect(within(WHOLE, span(13, 12))).toEqual(span(12, 13));
    expect(within(WHOLE, span(5, 13))).toEqual(span(10, 13));
    expect(within(WHOLE, span(10.001, 20))).toBeNull();
    expect(within(WHOLE, span(1, 2))).toBeNull();
    expect(within(WHOLE, span(12, 12))).toBeNull();
    expect(within(WHOLE, span(NaN, 13))).toBeNull();
  });

  it('is never shorter than a millionth of the run, at its end too', () => {
    expect(within(WHOLE, span(12, 12.000001))).toEqual(span(12, 12.00001));
    const last = within(WHOLE, span(19.9999999, 20))!;
    expect(last.startS).toBeCloseTo(19.99999, 9);
    expect(last.endS).toBeCloseTo(20, 9);
  });

  it('is scaled around a moment that keeps its place, and moved to the ends of the run at most', () => {
    expect(scaled(WHOLE, span(12, 16), 0.5, 15)).toEqual(span(13.5, 15.5));
    expect(scaled(WHOLE, span(12, 16), 0.5, 12)).toEqual(span(12, 14));
    // Twice as long around 11 would begin at 9: it is shifted.
    expect(scaled(WHOLE, span(10, 12), 2, 11)).toEqual(span(10, 14));
    expect(scaled(WHOLE, span(12, 18), 2, 15)).toBeNull();
    expect(moved(WHOLE, span(12, 16), 0.25)).toEqual(span(13, 17));
    expect(moved(WHOLE, span(12, 16), 5)).toEqual(span(16, 20));
    expect(moved(WHOLE, span(12, 16), -5)).toEqual(span(10, 14));
  });

  it('is read from an address in plain seconds, one end or both', () => {
    const of = (query: string) => spanOfQuery(new URLSearchParams(query), WHOLE);
    expect(of('from=12.5&to=13')).toEqual(span(12.5, 13));
    expect(of('from=12.5')).toEqual(span(12.5, 20));
    expect(of('to=13')).toEqual(span(10, 13));
    for (const none of [
      '',
      'from=10&to=20',
      'from=13&to=12',
      'from=1e1&to=12',
      'from=&to=12',
      'from=0x1&to=12',
    ])
      expect(of(none), none).toBeNull();
  });

  it('is written to a thousandth of its length, and other names of the query stay', () => {
    const query = new URLSearchParams('find=x&from=1');
    writeSpan(query, span(12.3456789, 12.3477));
    expect(query.toString()).toBe('find=x&from=12.345679&to=12.347700');
    writeSpan(query, null);
    expect(query.toString()).toBe('find=x');
    expect(secondsText(12.3456, span(10, 17))).toBe('12.346');
    expect(secondsText(1234.56, span(0, 5000))).toBe('1235');
    expect(secondsText(-0.0001, span(0, 5))).toBe('0.000');
  });
});

describe('columns of tracks', () => {
  const timeline = { startS: 0, endS: 40, bins: 400 };

  it('hold fewer bins the shorter the part is, down to the bins of the report', () => {
    // 720 pixels have room for 360 columns of two pixels, 356 for 178.
    expect(trackColumns(timeline, timeline, 'wide')).toEqual({ first: 0, end: 400, bins: 2 });
    expect(trackColumns(timeline, timeline, 'narrow')).toEqual({ first: 0, end: 400, bins: 3 });
    expect(trackColumns(timeline, span(10, 20), 'wide')).toEqual({ first: 100, end: 200, bins: 1 });
  });

  it('begin at multiples of their bins wherever the part begins', () => {
    // 390 bins from 5 on: columns of two begin at bin 4.
    expect(trackColumns(timeline, span(0.5, 39.5), 'wide')).toEqual({ first: 4, end: 396, bins: 2 });
    // Part of a bin at either end.
    expect(trackColumns(timeline, span(10.05, 10.12), 'wide')).toEqual({ first: 100, end: 102, bins: 1 });
  });

  it('end where the run ends on a phone, whose last column holds fewer bins', () => {
    const report = hardwareServerReport();
    const track = report.timeline!.metricTracks[0] ?? report.timeline!.counterTracks[0];
    report.timeline!.metricTracks = [{ ...track, values: Array<number>(400).fill(1) }];
    report.timeline!.bins = 400;
    const svg = metricTracksChart.draw(report, { size: 'narrow', idPrefix: 'x', document: serverDocument() });
    const ends = [...svg.matchAll(/H([\d.]+)/g)].map((match) => Number(match[1]));
    // 400 bins in columns of 3: the column of bin 396 to 398 ends at 399 of 400.
    expect(ends).toContain(Number((2 + (356 * 399) / 400).toFixed(1)));
    expect(Math.max(...ends)).toBe(358);
  });
});

describe('calls of a part', () => {
  it('are those seen in it, merged among themselves only', () => {
    const tokens = {
      startS: [0, 1, 2, 3, 4],
      endS: [1, 2, 3, 4, 5],
      stage: Array(5).fill('decode') as 'decode'[],
    };
    expect(stripCells(tokens, 0, span(1.5, 3)).map(({ startS }) => startS)).toEqual([1, 2]);
    expect(stripCells(tokens, 10, span(1.5, 3))).toEqual([{ startS: 1, endS: 3, stage: 'decode', calls: 2 }]);
  });

  it('and stages never leave the axis, and keep the rows of the whole run', () => {
    const report = hardwareServerReport();
    const draw = (part?: { startS: number; endS: number }) =>
      tokenStripChart.draw(report, { size: 'wide', idPrefix: 'x', document: serverDocument(), span: part });
    const { startS, endS, bands } = report.timeline!;
    const middle = (startS + endS) / 2;
    const svg = draw({ startS: middle, endS: middle + (endS - startS) / 100 });
    const heightOf = (text: string) => /viewBox="0 0 880 ([\d.]+)"/.exec(text)![1];
    expect(heightOf(svg)).toBe(heightOf(draw()));
    for (const [, x, width] of svg.matchAll(/<rect x="([\d.-]+)" y="[\d.]+" width="([\d.]+)"/g)) {
      expect(Number(x)).toBeGreaterThanOrEqual(152);
      // A mark is drawn at least three quarters of a pixel wide.
      expect(Number(x) + Number(width)).toBeLessThanOrEqual(873);
    }
    // The words of a band say its own times, not those of the part.
    const seen = bands.find((band) => band.startS < middle && band.endS > middle)!;
    expect(svg.match(/<title>/g)!.length).toBeLessThan(draw().match(/<title>/g)!.length);
    expect(svg).toContain(`${Number(seen.startS.toPrecision(3))}`);
  });
});

describe('stretches of stages', () => {
  const STAGES = { L: 'load', P: 'prefill', D: 'decode', '.': 'idle' } as const;

  /** One letter a second: `LPP.D`. */
  const stretchesOf = (line: string): ReturnType<typeof stretches> =>
    stretches({
      bands: [...line].map((letter, second) => {
        const stage = STAGES[letter as keyof typeof STAGES];
        return { stage, startS: second, endS: second + 1, label: stage };
      }),
    });

  it('join what follows, idle time between included', () => {
    expect(stretchesOf('LPP.PDD')).toEqual([
      { stage: 'load', startS: 0, endS: 1 },
      { stage: 'prefill', startS: 1, endS: 5 },
      { stage: 'decode', startS: 5, endS: 7 },
    ]);
  });

  it('leave out stages that come in turns', () => {
    expect(stretchesOf('LPDPD')).toEqual([{ stage: 'load', startS: 0, endS: 1 }]);
  });
});
