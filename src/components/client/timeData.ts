/**
 * What a part of the run's time shows, drawn by the code that drew the page, from the run's published report. Loaded when
 * somebody first asks for a part.
 */
import type { ChartCell, ChartSize, ChartTable } from '../../charts/chart.ts';
import { describedPicture } from '../../charts/postprocess.ts';
import { TIME_CHARTS } from '../../charts/timeCharts.ts';
import { isSeenIn, type TimeSpan } from '../../charts/timeSpan.ts';
import { binsIn, trackColumns } from '../../charts/tracks/trackChart.ts';
import type { Report, ReportTimeline } from '../../report/schema.ts';
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

/**
 * Null when the report is not the one that the page was made from: the run was published anew since, as below the pinned
 * address of a chart. Rejects when there is none.
 */
export async function loadTimeData(address: string, contentHash: string): Promise<TimeData | null> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(String(response.status));
  const report = (await response.json()) as Report;
  if (report.run.contentHash !== contentHash) return null;
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
      const inPart = rowsIn(table, span, timeline);
      const shown = inPart.slice(0, SHOWN_ROWS);
      return { markup: tableRowsMarkup(table, shown), shown: shown.length, all: inPart.length };
    },
    columns(span, size) {
      const { bins } = trackColumns(timeline, span, size);
      return { lengthS: bins * binS, isFinest: bins === 1 };
    },
  };
}

/** Rows of a chart's table that are seen in the part: of bins where a row has no end, each row being one. */
function rowsIn({ columns, rows }: ChartTable, span: TimeSpan, timeline: ReportTimeline): ChartCell[][] {
  const column = (name: string) => columns.findIndex((candidate) => candidate.id === name);
  const [start, end] = [column('start'), column('end')];
  if (end < 0) {
    const bins = binsIn(timeline, span);
    return rows.slice(bins.first, bins.end);
  }
  return rows.filter((row) => {
    const startS = Number(row[start]);
    return isSeenIn(span, { startS, endS: Number(row[end] ?? startS) });
  });
}
