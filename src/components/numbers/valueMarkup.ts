/** A number as markup: digits, unit, interval; or the reason why it is not known. */
import { formatText, formatValue } from '../../charts/format.ts';
import { escaped } from '../../charts/text.ts';
import type { ReportQuantity } from '../../report/schema.ts';

/** Units up to this length stay on the line of their number; longer ones may wrap, after a slash too. */
const SHORT_UNIT = 4;

export function valueMarkup({ value, unit, reason, interval }: ReportQuantity): string {
  if (value === null) return `<span class="unknown">${escaped(reason ?? 'not known')}</span>`;
  const formatted = formatValue(value, unit);
  const ends = interval?.map((end) => escaped(formatText(end, unit))).join(' to ');
  return (
    `<span class="value">${escaped(formatted.number)}${unitMarkup(formatted.unit)}</span>` +
    (ends ? `<small class="quiet interval">${ends}</small>` : '')
  );
}

function unitMarkup(unit: string): string {
  if (unit === '') return '';
  const space = unit.length <= SHORT_UNIT ? '&nbsp;' : ' ';
  return `<span class="unit">${space}${escaped(unit).replaceAll('/', '/<wbr>')}</span>`;
}
