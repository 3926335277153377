/** A chart's picture as heads of pages and snippets name it: where it is, and how large. */
import type { ChartDefinition } from '../../charts/chart.ts';
import { chartFileAddress } from '../../report/addresses.ts';
import type { Report } from '../../report/schema.ts';
import { loadPreparedFile } from '../data/runs.ts';
import type { HeadMatter } from '../layout/head.ts';
import { chartSvgFile, chartWords, preparedChartName } from './pictures.ts';

/** A file's size stands in its first tag. */
const HEAD_BYTES = 1000;

/** PNG files are twice as large as the SVG that they are drawn from. */
const PNG_SCALE = 2;

/** Size of a chart's SVG file in pixels, from the file that the build prepared or one that is drawn now. */
export async function chartFileSize(
  chart: ChartDefinition,
  report: Report,
): Promise<{ width: number; height: number }> {
  const prepared = await loadPreparedFile(report.run.id, preparedChartName(chart.id, 'svg'));
  const svg =
    prepared === null
      ? chartSvgFile(chart, report, 'light')
      : new TextDecoder().decode(prepared.subarray(0, HEAD_BYTES));
  const [, width, height] = /width="([\d.]+)" height="([\d.]+)"/.exec(svg)!;
  return { width: Math.round(Number(width)), height: Math.round(Number(height)) };
}

/** The chart's PNG, for the head of its page. */
export async function chartHeadPicture(
  chart: ChartDefinition,
  report: Report,
): Promise<HeadMatter['picture']> {
  const { width, height } = await chartFileSize(chart, report);
  const { title, description } = chartWords(chart, report);
  return {
    address: chartFileAddress(report.run.id, chart.id, 'png'),
    width: PNG_SCALE * width,
    height: PNG_SCALE * height,
    alt: `${title}. Origin: ${report.origin.label}. ${description}`,
  };
}
