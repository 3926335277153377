/** Repeated runs of one configuration: pooled into one figure with the spread between runs. */
import type { RunAnalysis } from '../analyseRun.ts';
import { quantity, unknown, type Quantity } from '../quantity.ts';
import type { StageMetric } from '../stageMetrics.ts';
import { criticalT } from '../studentT.ts';
import { CONFOUNDERS, sampleVariance, SAME, SUBJECTS, type RunSettings } from './sets.ts';

/** Runs whose settings are all equal, what is unknown in one being unknown in all; ids in order. */
export interface Configuration {
  runs: string[];
  settings: ReadonlyMap<string, string>;
}

/** Runs grouped by equal settings, in the order in which each configuration first occurs. */
export function configurations(runs: readonly RunSettings[]): Configuration[] {
  const keyOf = ({ settings }: RunSettings): string =>
    JSON.stringify([...SAME, ...SUBJECTS, ...CONFOUNDERS].map((name) => settings.get(name) ?? null));
  return [...Map.groupBy(runs, keyOf).values()].map((group) => ({
    runs: group.map(({ id }) => id).sort(),
    settings: group[0].settings,
  }));
}

/**
 * One figure of several runs: mean, with a 95 % interval of the mean from the spread between runs (Student's t). A single
 * run has no interval: what it would have been on another day is not known. The figures' own intervals tell of tokens
 * within a run and do not enter.
 */
export function pooled(values: readonly Quantity[]): Quantity {
  const unit = values[0]?.unit ?? '';
  const missing = values.find((row) => row.value === null);
  if (values.length === 0) return unknown(unit, 'no run');
  if (missing) return unknown(unit, `not known of every run: ${missing.reason}`);
  if (values.some((row) => row.unit !== unit)) return unknown(unit, 'the runs have it in different units');
  const numbers = values.map((row) => row.value ?? 0);
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const deviation = numbers.length < 2 ? null : Math.sqrt(sampleVariance(numbers, mean));
  const half =
    deviation === null ? null : (criticalT(numbers.length - 1) * deviation) / Math.sqrt(numbers.length);
  const isEstimated = values.some((row) => row.status === 'estimated');
  return quantity(
    mean,
    unit,
    isEstimated ? 'estimated' : (values[0].status ?? 'counted'),
    {
      formula: 'mean over runs of one configuration',
      inputs: [
        ...numbers.map((value, run) => ({ name: `run ${run + 1}`, value, unit })),
        { name: 'standard deviation between runs', value: deviation, unit },
      ],
      note: numbers.length < 2 ? 'one run: the spread between runs is not known' : null,
    },
    half === null ? null : [mean - half, mean + half],
  );
}

/** The timing metrics that all runs of a configuration have, pooled; a metric that one run lacks is unknown, with why. */
export function pooledMetrics(runs: readonly Pick<RunAnalysis, 'stageMetrics'>[]): StageMetric[] {
  const [first, ...others] = runs;
  return (first?.stageMetrics ?? []).flatMap((metric): StageMetric[] => {
    const same = others.map(({ stageMetrics }) => stageMetrics.find(({ id }) => id === metric.id));
    if (same.some((row) => row === undefined)) return [];
    const values = [metric, ...same.filter((row) => row !== undefined)].map((row) => row.quantity);
    return [{ ...metric, quantity: pooled(values) }];
  });
}
