/** Derived metrics over the run: their events summed per bin, then divided. */
import type { CoreTypeMetrics } from './selectionMetrics.ts';
import type { MetricDefinition } from './metricDefinitions.ts';
import { countedTogether } from './countedTogether.ts';
import type { CountedEvent } from './metrics.ts';
import { countedEvents } from './stageCounts.ts';
import { counterPerBin, type Bins } from './timelineBins.ts';

/** A bin with less than this part of the fullest bin's denominator has next to nothing in it: its ratio would be noise. */
export const LEAST_SHARE_OF_FULLEST_BIN = 0.02;

export interface MetricBins {
  definition: MetricDefinition;
  /** NaN where nothing was counted. */
  values: Float64Array;
}

/**
 * The given metrics of one type of core, per bin. Left out are those that the run does not have, and those whose events
 * were multiplexed in different groups: within a bin they were not counted together.
 */
export function metricsPerBin(type: CoreTypeMetrics, ids: readonly string[], bins: Bins): MetricBins[] {
  const { counts, definitions, rows } = type;
  if (counts.refusal !== null) return [];
  const counted = countedEvents(counts, counts.totals, null);
  const sums = new Map<string, Float64Array>();
  const sumOf = ({ mnemonic, group }: CountedEvent): Float64Array => {
    const key = `${group} ${mnemonic}`;
    let sum = sums.get(key);
    if (!sum) {
      const table = counts.readings[group];
      const column = table.counters.findIndex((counter) => counts.counters[counter].mnemonic === mnemonic);
      sums.set(key, (sum = counterPerBin(table, column, bins)));
    }
    return sum;
  };
  return ids.flatMap((id): MetricBins[] => {
    const definition = definitions.find((candidate) => candidate.id === id);
    const row = rows.find((candidate) => candidate.id === id);
    if (!definition || !row || row.run.value === null) return [];
    const [events] = countedTogether(definition.needs, counted);
    const isTogether =
      new Set(events.map(({ group }) => group)).size === 1 ||
      events.every(({ runningShare }) => runningShare === null || runningShare === 1);
    if (!isTogether || events.some(({ group }) => group < 0)) return [];
    const columns = events.map((event) => [event.mnemonic, sumOf(event)] as const);
    const denominator = sumOf(events.find(({ mnemonic }) => mnemonic === definition.denominator)!);
    const least = LEAST_SHARE_OF_FULLEST_BIN * denominator.reduce((a, b) => Math.max(a, b), 0);
    const values = denominator.map((whole, bin) =>
      whole > 0 && whole >= least
        ? definition.compute(Object.fromEntries(columns.map(([mnemonic, sum]) => [mnemonic, sum[bin]])))
        : NaN,
    );
    return [{ definition, values }];
  });
}
