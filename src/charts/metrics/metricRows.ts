/** Rows of the report's metrics as charts want them: one group, the rows in a given order, by type of core. */
import type { Report, ReportStage } from '../../report/schema.ts';
import type { ReportMetricGroup, ReportMetricRow } from '../../report/schema/metrics.ts';
import { known } from '../statistics.ts';
import type { ChartTable } from '../chart.ts';
import { STAGE_NAMES } from '../colours.ts';

export const COMPARED = ['prefill', 'decode'] as const satisfies readonly ReportStage[];
export type ComparedStage = (typeof COMPARED)[number];

/** The rows of one type of core. */
export interface CoreRows {
  /** `Neoverse-V1`; null when the target has one type only, or does not say. */
  core: string | null;
  rows: ReportMetricRow[];
}

/**
 * Rows of a group that have a value in Prefill or in Decode.
 *
 * @param ids in drawing order; all rows of the group when left out
 */
export function coreRows(
  report: Report,
  group: ReportMetricGroup['id'],
  ids?: readonly string[],
): CoreRows[] {
  const { coreTypes } = report.metrics;
  return coreTypes
    .map(({ core, groups }) => {
      const all = groups.find(({ id }) => id === group)?.rows ?? [];
      const wanted = ids === undefined ? all : ids.flatMap((id) => all.filter((row) => row.id === id));
      return {
        core: coreTypes.length > 1 ? (core ?? 'Unknown cores') : null,
        rows: wanted.filter(({ prefill, decode }) => prefill.value !== null || decode.value !== null),
      };
    })
    .filter(({ rows }) => rows.length > 0);
}

/** Why a group has nothing to draw: the reason of the stages, or what was not recorded. */
export function missingRows(report: Report, group: ReportMetricGroup['id']): string {
  if (report.stages.source === null && report.stages.reason !== null) return report.stages.reason;
  const sentences = report.metrics.coreTypes.map(
    ({ groups }) => groups.find(({ id }) => id === group)?.missing ?? null,
  );
  return sentences.find((sentence) => sentence !== null) ?? 'No counter for it was recorded in both stages.';
}

/** `On Cortex-A76, `, to begin a title with; empty on a target of one type. */
export function onCore({ core }: CoreRows, rest: string): string {
  return core === null ? rest : `On ${core}, ${rest.charAt(0).toLowerCase()}${rest.slice(1)}`;
}

/** The data of a picture of rows. */
export function rowTable(sections: readonly CoreRows[]): ChartTable {
  return {
    columns: [
      ...(sections.some(({ core }) => core !== null)
        ? [{ id: 'core', label: 'Core', unit: null, kind: 'text' as const }]
        : []),
      { id: 'metric', label: 'Metric', unit: null, kind: 'text' },
      { id: 'unit', label: 'Unit', unit: null, kind: 'text' },
      ...COMPARED.map((stage) => ({
        id: stage,
        label: STAGE_NAMES[stage],
        unit: null,
        kind: 'number' as const,
      })),
    ],
    rows: sections.flatMap(({ core, rows }) =>
      rows.map((row) => [
        ...(sections.some((section) => section.core !== null) ? [core] : []),
        row.label,
        row.prefill.unit,
        row.prefill.value,
        row.decode.value,
      ]),
    ),
  };
}

/** Formulas, events and limits of the rows, each once. */
export function rowWorking(sections: readonly CoreRows[]): string[] {
  const rows = sections.flatMap((section) => section.rows);
  const notes = rows.flatMap(({ prefill, decode }) => [prefill.working?.note, decode.working?.note]);
  return [
    ...new Set(rows.map(({ label, formula }) => `${label}: ${formula}.`)),
    ...new Set(notes.filter((note) => note != null).map((note) => `${note}.`)),
  ];
}

/** The largest value in any stage of any row. */
export function largestValue(rows: readonly ReportMetricRow[]): number {
  return Math.max(0, ...known(rows.flatMap(({ prefill, decode }) => [prefill.value, decode.value])));
}
