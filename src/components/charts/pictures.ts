/** Charts drawn on the server, as the page and as files. */
import type { ChartDefinition, ChartSize, ChartWords } from '../../charts/chart.ts';
import { chartFile, type Theme } from '../../charts/file.ts';
import { describedPicture } from '../../charts/postprocess.ts';
import { printable } from '../../charts/text.ts';
import type { ChartExtension } from '../../report/addresses.ts';
import { toCsv } from '../../report/csv.ts';
import type { Report } from '../../report/schema.ts';
import { serverDocument } from './serverDocument.ts';

/** The words of a chart without characters that no page may hold. */
export function chartWords(chart: ChartDefinition, report: Report): ChartWords {
  const { title, subtitle, description, how } = chart.words(report);
  return {
    title: printable(title),
    subtitle: printable(subtitle),
    description: printable(description),
    how: how.map(printable),
  };
}

/** Pictures of reports that are still in use: a chapter, the chart's own page and its embed show the same one. */
const drawings = new WeakMap<Report, Map<string, string>>();

function drawn(chart: ChartDefinition, report: Report, size: ChartSize, idPrefix: string): string {
  const ofReport = drawings.get(report) ?? new Map<string, string>();
  drawings.set(report, ofReport);
  const key = [chart.id, size, idPrefix].join(' ');
  const svg = ofReport.get(key) ?? chart.draw(report, { size, idPrefix, document: serverDocument() });
  ofReport.set(key, svg);
  return svg;
}

/** A chart as markup for a page. @param prefix of its ids, where charts of several runs share a page */
export function chartMarkup(
  chart: ChartDefinition,
  report: Report,
  words: ChartWords,
  size: ChartSize,
  prefix = '',
): string {
  const idPrefix = `${prefix}${chart.id}-${size}`;
  return describedPicture(drawn(chart, report, size, idPrefix), words, idPrefix);
}

/** A chart as an SVG file. */
export function chartSvgFile(chart: ChartDefinition, report: Report, theme: Theme): string {
  const idPrefix = chart.id;
  const svg = drawn(chart, report, 'wide', idPrefix);
  const source = `${printable(report.run.title)} · ${report.origin.label} · gemview`;
  return chartFile(svg, chartWords(chart, report), source, theme, idPrefix);
}

/** The data of a chart as CSV; units stand in the header. */
export function chartCsv(chart: ChartDefinition, report: Report): string {
  const { columns, rows } = chart.table(report);
  return toCsv(
    columns.map(({ label, unit }) => (unit === null ? label : `${label} (${unit})`)),
    rows,
  );
}

/** The data of a chart as JSON with what it shows and where it comes from. */
export function chartJson(chart: ChartDefinition, report: Report): string {
  const words = chartWords(chart, report);
  return JSON.stringify({
    chart: chart.id,
    run: report.run.id,
    contentHash: report.run.contentHash,
    origin: report.origin.value,
    ...words,
    citation: `${report.run.title}: ${words.title}. gemview, run ${report.run.id}, content ${report.run.contentHash}, ${report.origin.label}.`,
    ...chart.table(report),
  });
}

interface ChartFileForm {
  type: string;
  make(chart: ChartDefinition, report: Report): string;
}

/** The forms of a chart that are text, by the ending of their address. */
export const CHART_FILE_FORMS = {
  svg: { type: 'image/svg+xml', make: (chart, report) => chartSvgFile(chart, report, 'light') },
  'dark.svg': { type: 'image/svg+xml', make: (chart, report) => chartSvgFile(chart, report, 'dark') },
  csv: { type: 'text/csv', make: chartCsv },
  json: { type: 'application/json', make: chartJson },
} as const satisfies Partial<Record<ChartExtension, ChartFileForm>>;

/** Where the build leaves a chart's file beside the report. */
export function preparedChartName(chart: string, extension: ChartExtension): string {
  return `charts/${chart}.${extension}`;
}
