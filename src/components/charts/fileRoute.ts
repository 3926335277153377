/** The address of a chart as a file. */
import type { APIRoute } from 'astro';
import type { ChartDefinition } from '../../charts/chart.ts';
import { chartById } from '../../charts/registry.ts';
import type { Report } from '../../report/schema.ts';
import { loadReport } from '../data/runs.ts';

/** A route that answers with one form of the chart that its address names. */
export function chartFileRoute(
  type: string,
  make: (chart: ChartDefinition, report: Report) => string,
): APIRoute {
  return async ({ params }) => {
    const report = await loadReport(params.run!);
    return new Response(make(chartById(params.chart!), report), { headers: { 'content-type': type } });
  };
}
