/**
 * Zero and nothing, as every table of the site tells them apart: what was measured as zero is printed like any other
 * number of its column (`0`, `0 %`, `0 B`); where there is no number stands a dash that says why to the pointer and to
 * readers of the screen. Reasons that many cells share stand in words below the table as well.
 */
import { formatText } from '../../charts/format.ts';
import { escaped } from '../../charts/text.ts';
import type { ReportQuantity } from '../../report/schema.ts';

/** The mark of a number that is not there, as markup; the reason takes no part in filters over the cell's text. */
export function absent(reason: string): string {
  const text = escaped(reason);
  return `<span class="absent" role="img" aria-label="none: ${text}" title="${text}">–</span>`;
}

/** A value as markup, or the mark with the reason why there is none. */
export function valueOrAbsent(value: number | null | undefined, unit: string, reason: string): string {
  return value === null || value === undefined ? absent(reason) : escaped(formatText(value, unit));
}

/** The same for a quantity that knows its reason; `unit` where the column's head says the rest of it. */
export function quantityOrAbsent(quantity: ReportQuantity, unit = quantity.unit): string {
  return valueOrAbsent(quantity.value, unit, quantity.reason ?? 'not known');
}
