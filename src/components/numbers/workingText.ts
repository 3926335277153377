/** The working behind a number, in sentences. */
import { formatPlural, formatShare, formatText } from '../../charts/format.ts';
import type { ReportQuantity } from '../../report/schema.ts';

/** Formula, inputs, samples, running share and limits; the reason for a number that is not known. */
export function workingSentences(quantity: ReportQuantity): string[] {
  if (quantity.value === null) return [quantity.reason ?? 'not known'];
  const { working } = quantity;
  if (!working) return [];
  const inputs = working.inputs
    .filter((input) => input.value !== null)
    .map(({ name, value, unit }) =>
      name === unit ? formatText(value!, unit) : `${name} ${formatText(value!, unit)}`,
    );
  return [
    inputs.length > 0 ? `${working.formula}; ${inputs.join(', ')}` : working.formula,
    working.samples === null ? null : `from ${formatPlural(working.samples, 'sample')}`,
    working.runningShare === null || working.runningShare === 1
      ? null
      : `its counter ran ${formatShare(working.runningShare, 1)} of the time`,
    working.note,
  ].filter((sentence) => sentence !== null);
}
