/** What the shares of the functions table are of. */
import { allSamples } from '../../charts/functionBars/functionBarsChart.ts';
import { sum } from '../../charts/statistics.ts';
import type { Report } from '../../report/schema.ts';
import type { SampleTotals } from './functionRows.ts';

/** Stage totals are sums over the functions: rows that report.json leaves out have next to no self samples. */
export function functionTotals(report: Report): SampleTotals {
  const { rows } = report.functions;
  return {
    all: allSamples(report),
    prefill: sum(rows.map((row) => row.self.prefill)),
    decode: sum(rows.map((row) => row.self.decode)),
  };
}
