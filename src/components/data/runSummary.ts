/** The part of a report that other pages than the run's own show. */
import type { Report } from '../../report/schema.ts';
import { availableCharts } from '../../charts/registry.ts';

export interface RunSummary {
  id: string;
  title: string;
  description: string | null;
  tags: string[];
  contentHash: string;
  origin: Report['origin'];
  /** First line of the identity card about the machine; null when nothing is known. */
  machine: string | null;
  model: string | null;
  headline: Report['headline'];
  /** Decode latency over the run, milliseconds; for the sparkline. */
  latencyMs: (number | null)[];
  /** Ids of the charts this run can show. */
  charts: string[];
  /** Names of the files published beside the report. */
  files: string[];
}

export function summaryOf(report: Report): RunSummary {
  const first = (group: Report['identity'][number]['group']): string | null =>
    report.identity.find((row) => row.group === group)?.value ?? null;
  const { tokens } = report;
  return {
    ...report.run,
    origin: report.origin,
    machine: first('machine'),
    model: first('model'),
    headline: report.headline,
    latencyMs: tokens.latencyMs.filter((_, row) => tokens.stage[row] === 'decode'),
    charts: availableCharts(report).map((chart) => chart.id),
    files: report.files.map((file) => file.name),
  };
}
