/** Rows of the functions table as markup: the page holds the first, a file the rest, made by the same code. */
import { categoryGroup } from '../../charts/colours.ts';
import { formatCount, formatShare, formatText } from '../../charts/format.ts';
import { escaped } from '../../charts/text.ts';
import type { Report, ReportFunction } from '../../report/schema.ts';
import { metricColumnLabel } from '../../report/sections/functions.ts';
import { absent } from '../numbers/absent.ts';
import { symbolMarkup } from '../numbers/symbolMarkup.ts';
import { shareBar } from './shareBar.ts';

/** Samples of the whole run by stage: what shares are of. */
export interface SampleTotals {
  all: number;
  prefill: number;
  decode: number;
}

export interface FunctionColumn {
  label: string;
  sort: 'text' | 'number';
}

/** Columns of a metric that a run may have or not. */
export type MetricColumn = Report['metrics']['functionColumns'][number];

/**
 * The columns of every run, with those of metrics between the counts and what the function is. The self columns stand
 * together and first: Prefill beside Decode is what the table is read for, and a narrow page shows no more than those.
 */
export function functionColumns(metrics: readonly MetricColumn[]): FunctionColumn[] {
  return [
    { label: 'Function', sort: 'text' },
    { label: 'Self', sort: 'number' },
    { label: 'Prefill self', sort: 'number' },
    { label: 'Decode self', sort: 'number' },
    { label: 'Total', sort: 'number' },
    { label: 'Prefill total', sort: 'number' },
    { label: 'Decode total', sort: 'number' },
    { label: 'Load self', sort: 'number' },
    { label: 'Other self', sort: 'number' },
    ...metrics.map((column): FunctionColumn => ({ label: metricColumnLabel(column), sort: 'number' })),
    { label: 'Category', sort: 'text' },
    { label: 'Operator', sort: 'text' },
    { label: 'Shape', sort: 'text' },
    { label: 'Image', sort: 'text' },
  ];
}

/** A kernel that does both shapes runs as GEMM in Prefill and as GEMV in Decode. */
const SHAPES = { GEMM: 'GEMM', GEMV: 'GEMV', AMBIGUOUS: 'by stage' } as const;

export function functionRowsMarkup(
  rows: readonly ReportFunction[],
  totals: SampleTotals,
  metrics: readonly MetricColumn[] = [],
  anchors: readonly string[] = [],
): string {
  return rows.map((row, index) => functionRow(row, totals, metrics, anchors[index])).join('');
}

function functionRow(
  row: ReportFunction,
  totals: SampleTotals,
  metrics: readonly MetricColumn[],
  anchor: string | undefined,
): string {
  const [id, anchorLink] =
    anchor === undefined
      ? ['', '']
      : [
          ` id="${anchor}"`,
          `<a class="anchor" href="#${anchor}" data-copy aria-label="Link to this function">#</a>`,
        ];
  const words = row.words ? `<small>${escaped(row.words)}</small>` : '';
  return [
    `<tr${id}><th scope="row" class="symbol-cell">${symbolMarkup(row.name)}${anchorLink}${words}</th>`,
    shareCell(row.self.all, totals.all, 'chart-mark'),
    shareCell(row.self.prefill, totals.prefill, 'stage-prefill', row.intervals?.prefill.self),
    shareCell(row.self.decode, totals.decode, 'stage-decode', row.intervals?.decode.self),
    shareCell(row.total.all, totals.all, null),
    shareCell(row.total.prefill, totals.prefill, null, row.intervals?.prefill.total),
    shareCell(row.total.decode, totals.decode, null, row.intervals?.decode.total),
    countCell(row.self.load),
    countCell(row.self.other),
    ...metrics.map((_, column) => metricCell(row.metrics?.[column] ?? null)),
    `<td>${categoryMarkup(row.category)}</td>`,
    `<td>${escaped(row.operator ?? '') || '–'}</td>`,
    `<td>${row.shape === null ? '–' : SHAPES[row.shape]}</td>`,
    `<td class="symbol-cell">${symbolMarkup(row.image)}</td></tr>`,
  ].join('');
}

/** A category with the mark of its group. */
export function categoryMarkup(category: string | null): string {
  if (category === null) return '–';
  return `<span class="category" data-group="${categoryGroup(category).id}">${escaped(category.replaceAll('_', ' '))}</span>`;
}

/** The unit stands in the header. */
function metricCell(value: number | null): string {
  return value === null
    ? `<td class="number" data-v="">${absent('not counted, or too few samples')}</td>`
    : `<td class="number" data-v="${value}">${escaped(formatText(value, ''))}</td>`;
}

function countCell(count: number): string {
  return `<td class="number" data-v="${count}">${formatCount(count)}</td>`;
}

/** Count, its share of the stage with the interval where there is one, and with a colour the share as a bar. */
function shareCell(
  count: number,
  whole: number,
  token: string | null,
  interval: [low: number, high: number] | null = null,
): string {
  if (count === 0) return `<td class="number" data-v="0">0</td>`;
  const bar = token === null ? '' : shareBar(count / whole, token);
  const ends = interval
    ? `<small class="quiet interval">${interval.map((end) => formatText(end, 'share')).join(' to ')}</small>`
    : '';
  return `<td class="number share" data-v="${count}">${formatCount(count)} · ${formatShare(count, whole)}${ends}${bar}</td>`;
}
