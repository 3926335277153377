/** Rows of a chart's table as markup: the page's, and those that its script puts in their place. */
import type { ChartCell, ChartColumn, ChartTable } from '../../charts/chart.ts';
import { formatText } from '../../charts/format.ts';
import { escaped } from '../../charts/text.ts';
import { symbolMarkup } from '../numbers/symbolMarkup.ts';

/** A chart may have more columns than a page can show: a track each. */
const SHOWN_COLUMNS = 14;

/** The columns that a page shows. */
export function shownColumns({ columns }: ChartTable): ChartColumn[] {
  return columns.slice(0, SHOWN_COLUMNS);
}

/** `<tr>` elements of some rows of the table. */
export function tableRowsMarkup(table: ChartTable, rows: readonly ChartCell[][]): string {
  const columns = shownColumns(table);
  return rows
    .map((row) => `<tr>${columns.map((column, index) => cellMarkup(row[index], column)).join('')}</tr>`)
    .join('');
}

function cellMarkup(cell: ChartCell, column: ChartColumn): string {
  const classes = { number: 'number', symbol: 'symbol-cell', text: null }[column.kind];
  return `<td${classes === null ? '' : ` class="${classes}"`}>${cellContent(cell, column)}</td>`;
}

function cellContent(cell: ChartCell, { kind, unit, none }: ChartColumn): string {
  if (cell === null) return `<span class="unknown">${escaped(none ?? 'not known')}</span>`;
  if (kind === 'symbol') return symbolMarkup(String(cell));
  if (typeof cell === 'number') return escaped(formatText(cell, unit ?? ''));
  return escaped(String(cell));
}
