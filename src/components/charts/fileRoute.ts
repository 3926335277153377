/** The address of a chart as a file: as the build prepared it, else drawn now. */
import type { APIRoute } from 'astro';
import { chartById } from '../../charts/registry.ts';
import type { ChartExtension } from '../../report/addresses.ts';
import { loadPreparedFile, loadReport } from '../data/runs.ts';
import { CHART_FILE_FORMS, chartSvgFile, preparedChartName } from './pictures.ts';

type TextExtension = keyof typeof CHART_FILE_FORMS;

/** A route that answers with one form of the chart that its address names. */
export function chartFileRoute(extension: TextExtension): APIRoute {
  const { type, make } = CHART_FILE_FORMS[extension];
  return async ({ params }) => {
    const { run, chart } = params as { run: string; chart: string };
    const body = (await prepared(run, chart, extension)) ?? make(chartById(chart), await loadReport(run));
    return new Response(body, { headers: { 'content-type': type } });
  };
}

/** The same for the one form that takes an effect of the platform to make. */
export function chartPngRoute(pngOfSvg: (svg: string) => Promise<Uint8Array<ArrayBuffer>>): APIRoute {
  return async ({ params }) => {
    const { run, chart } = params as { run: string; chart: string };
    const body =
      (await prepared(run, chart, 'png')) ??
      (await pngOfSvg(chartSvgFile(chartById(chart), await loadReport(run), 'light')));
    return new Response(body, { headers: { 'content-type': 'image/png' } });
  };
}

function prepared(
  run: string,
  chart: string,
  extension: ChartExtension,
): Promise<Uint8Array<ArrayBuffer> | null> {
  return loadPreparedFile(run, preparedChartName(chart, extension));
}
