/**
 * What a part of the run's time shows, drawn by the code that drew the page, from the run's published report. Loaded when
 * somebody first asks for a part.
 */
import type { ChartSize } from '../../charts/chart.ts';
import { describedPicture } from '../../charts/postprocess.ts';
import { TIME_CHARTS } from '../../charts/timeCharts.ts';
import { isSeenIn, type TimeSpan } from '../../charts/timeSpan.ts';
import { trackColumns } from '../../charts/tracks/trackChart.ts';
import type { Report } from '../../report/schema.ts';
import { tableRowsMarkup } from '../charts/tableRows.ts';
import { SHOWN_ROWS } from '../tables/limits.ts';

export interface TimeData {
  /** The picture of a chart; what it says to those who cannot see it begins with `partText`. */
  picture(chart: string, size: ChartSize, span: TimeSpan, partText: string): string;
  /** The rows of a chart's table that lie in the part, the first of them as markup. */
  rows(chart: string, span: TimeSpan): { markup: string; shown: number; all: number };
  /** Seconds in a column of the tracks, and whether nothing finer is published */
  columns(span: TimeSpan, size: ChartSize): { lengthS: number; isFinest: boolean };
}

/** Rejects when the report cannot be loaded, or is not the one that the page was made from. */
export async function loadTimeData(address: string, contentHash: string): Promise<TimeData> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(String(response.status));
  const report = (await response.json()) as Report;
  if (report.run.contentHash !== contentHash) throw new Error('another report');
  const timeline = report.timeline!;
  const definition = (id: string) => TIME_CHARTS.find((chart) => chart.id === id)!;
  const binS = (timeline.endS - timeline.startS) / timeline.bins;
  return {
    picture(id, size, span, partText) {
      const chart = definition(id);
      const idPrefix = `${id}-${size}`;
      const { title, description } = chart.words(report);
      const words = { title, description: `${partText} Of the whole run: ${description}` };
      return describedPicture(chart.draw(report, { size, idPrefix, document, span }), words, idPrefix);
    },
    rows(id, span) {
      const table = definition(id).table(report);
      const column = (name: string) => table.columns.findIndex((candidate) => candidate.id === name);
      const [start, end] = [column('start'), column('end')];
      const inPart = table.rows.filter((row) => {
        const startS = row[start];
        const endS = end < 0 ? Number(startS) + binS : (row[end] ?? startS);
        return startS !== null && isSeenIn(span, { startS: Number(startS), endS: Number(endS) });
      });
      const shown = inPart.slice(0, SHOWN_ROWS);
      return { markup: tableRowsMarkup(table, shown), shown: shown.length, all: inPart.length };
    },
    columns(span, size) {
      const { bins } = trackColumns(timeline, span, size);
      return { lengthS: bins * binS, isFinest: bins === 1 };
    },
  };
}
