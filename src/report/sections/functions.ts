/** The functions table: as many rows as report.json can hold, all of them in the CSV. */
import type { RunAnalysis } from '../../analysis/analyseRun.ts';
import type { Interval } from '../../analysis/pathIntervals.ts';
import { groupCounts, type GroupCounts } from '../../analysis/stageGroups.ts';
import { toCsv } from '../csv.ts';
import { significant } from '../round.ts';
import type { Report, ReportFunction } from '../schema.ts';

/** Rows beyond this, or beyond so many characters of JSON, are in the CSV only: report.json stays below 500 kB. */
const MAXIMUM_ROWS = 400;
const MAXIMUM_LENGTH = 150_000;

/** All functions that any sample has in its stack, by self, largest first. */
export function functionRows(analysis: RunAnalysis): ReportFunction[] {
  const { functions, functionCounts, kernelOf } = analysis;
  if (!functionCounts) return [];
  return functions.functions
    .map((row, index): ReportFunction => {
      const kernel = kernelOf(index);
      return {
        name: row.name,
        rawName: row.rawName,
        image: row.image,
        isKernel: row.isKernel,
        self: groupCounts(functionCounts.self, index),
        total: groupCounts(functionCounts.total, index),
        category: kernel.category,
        operator: kernel.operator,
        shape: kernel.shape,
        words: kernel.words,
        ...metricValues(analysis, index),
        ...shareIntervals(analysis, index),
      };
    })
    .filter((row) => row.total.all > 0)
    .sort((a, b) => b.self.all - a.self.all || b.total.all - a.total.all || (a.name < b.name ? -1 : 1));
}

export function functionsSection(
  { tokenBlocks }: Pick<RunAnalysis, 'tokenBlocks'>,
  rows: readonly ReportFunction[],
): Report['functions'] {
  const shown = shownRows(rows);
  return {
    rows: rows.slice(0, shown),
    omitted: rows.length - shown,
    noInterval: { prefill: tokenBlocks.prefill.reason, decode: tokenBlocks.decode.reason },
  };
}

/** How many rows fit: names of C++ functions may have a thousand characters, and stand there twice. */
function shownRows(rows: readonly ReportFunction[]): number {
  let [count, length] = [0, 0];
  while (count < Math.min(rows.length, MAXIMUM_ROWS)) {
    length += JSON.stringify(rows[count]).length;
    if (length > MAXIMUM_LENGTH) break;
    count++;
  }
  return count;
}

/** Intervals of a function's shares; nothing for a function that has none. */
function shareIntervals(
  { sampleIntervals }: Pick<RunAnalysis, 'sampleIntervals'>,
  index: number,
): Pick<ReportFunction, 'intervals'> {
  if (!sampleIntervals) return {};
  const { functions } = sampleIntervals;
  const rounded = (interval: Interval | undefined): Interval | null =>
    interval ? [significant(interval[0], 4), significant(interval[1], 4)] : null;
  const of = (stage: 'prefill' | 'decode') => ({
    self: rounded(functions[stage].self.get(index)),
    total: rounded(functions[stage].total.get(index)),
  });
  const [prefill, decode] = [of('prefill'), of('decode')];
  const has = [prefill, decode].some(({ self, total }) => self !== null || total !== null);
  return has ? { intervals: { prefill, decode } } : {};
}

/** Ratios of a function's counters, where its samples carry counts. */
function metricValues({ metrics }: RunAnalysis, index: number): Pick<ReportFunction, 'metrics'> {
  const values = metrics.functions.quantitiesOf(index).map(({ value }) => value);
  if (values.every((value) => value === null)) return {};
  return { metrics: values.map((value) => (value === null ? null : significant(value, 6))) };
}

/** A column of the table that the run may have or not: a metric. */
type MetricColumn = Report['metrics']['functionColumns'][number];

/** Label of a metric's column: with its unit, and its core type on a target of several. */
export function metricColumnLabel({ label, unit, core }: MetricColumn): string {
  return [label, unit === '' ? null : unit, core === null ? null : `on ${core}`].filter(Boolean).join(', ');
}

/** Shares of a stage that have an interval where the stage has enough calls. */
const INTERVAL_COLUMNS = [
  { stage: 'prefill', of: 'self', label: 'self share of prefill' },
  { stage: 'prefill', of: 'total', label: 'total share of prefill' },
  { stage: 'decode', of: 'self', label: 'self share of decode' },
  { stage: 'decode', of: 'total', label: 'total share of decode' },
] as const;

/** The complete table as CSV. */
export function functionsCsv(
  rows: readonly ReportFunction[],
  metricColumns: readonly MetricColumn[] = [],
): string {
  const groups = ['all', 'load', 'prefill', 'decode', 'other'] as const;
  const counts = (values: GroupCounts): number[] => groups.map((group) => values[group]);
  return toCsv(
    [
      'function',
      'raw name',
      'image',
      'category',
      'operator',
      'shape',
      ...groups.map((group) => `self samples ${group}`),
      ...groups.map((group) => `total samples ${group}`),
      ...INTERVAL_COLUMNS.flatMap(({ label }) => [`${label} low`, `${label} high`]),
      ...metricColumns.map(metricColumnLabel),
    ],
    rows.map((row) => [
      row.name,
      row.rawName,
      row.image,
      row.category,
      row.operator,
      row.shape,
      ...counts(row.self),
      ...counts(row.total),
      ...INTERVAL_COLUMNS.flatMap(({ stage, of }) => row.intervals?.[stage][of] ?? [null, null]),
      ...metricColumns.map((_, column) => row.metrics?.[column] ?? null),
    ]),
  );
}
