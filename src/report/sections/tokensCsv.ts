/** `tokens.csv`: one row a call of llama_decode, with what the counters advanced by in it. */
import type { RunAnalysis } from '../../analysis/analyseRun.ts';
import { toCsv } from '../csv.ts';
import { seconds, significant } from '../round.ts';

/** Columns of the calls, then one a counter that tokens can be given a share of, then the metrics of core types. */
export function tokensCsv(analysis: RunAnalysis): string {
  const { profile, timeline, counterTotals } = analysis;
  const counted = profile.counters.flatMap((counter, index) =>
    counter.kind === 'delta' && counterTotals[index].byToken ? [{ name: counter.name, index }] : [],
  );
  const metricColumns = analysis.metrics.coreTypes.flatMap(({ core, tokens }, _, all) =>
    tokens.map(({ label, unit, values }) => ({
      label: all.length === 1 ? label : `${label} on ${core ?? 'unknown cores'}`,
      unit,
      values,
    })),
  );
  return toCsv(
    [
      'index',
      'stage',
      'start s',
      'end s',
      'end is estimated',
      'past',
      'n_eval',
      'latency ms',
      'samples',
      'notes',
      ...counted.map(({ name }) => name),
      ...metricColumns.map(({ label, unit }) => `${label} (${unit || 'ratio'})`),
    ],
    timeline.tokens.map((token, row) => [
      token.index,
      token.stage,
      seconds(token.startNs),
      seconds(token.endNs),
      token.endIsEstimated,
      token.past,
      token.nEval,
      analysis.tokenLatencyMs[row],
      analysis.tokenSamples[row],
      token.notes.join(', '),
      ...counted.map(({ index }) => significant(counterTotals[index].byToken![row], 12)),
      ...metricColumns.map(({ values }) => (values[row] === null ? null : significant(values[row]!))),
    ]),
  );
}
