/** The functions table: as many rows as report.json can hold, all of them in the CSV. */
import type { RunAnalysis } from '../../analysis/analyseRun.ts';
import { groupCounts, type GroupCounts } from '../../analysis/stageGroups.ts';
import { toCsv } from '../csv.ts';
import type { Report, ReportFunction } from '../schema.ts';

/** Rows beyond this are in the CSV only: a name has up to 200 bytes and report.json stays below 500 kB. */
const MAXIMUM_ROWS = 400;

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
      };
    })
    .filter((row) => row.total.all > 0)
    .sort((a, b) => b.self.all - a.self.all || b.total.all - a.total.all || (a.name < b.name ? -1 : 1));
}

export function functionsSection(rows: readonly ReportFunction[]): Report['functions'] {
  return { rows: rows.slice(0, MAXIMUM_ROWS), omitted: Math.max(0, rows.length - MAXIMUM_ROWS) };
}

/** The complete table as CSV. */
export function functionsCsv(rows: readonly ReportFunction[]): string {
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
    ]),
  );
}
