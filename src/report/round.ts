/** Numbers as report.json keeps them: short, and without a digit that anyone would miss. */
import type { Quantity } from '../analysis/quantity.ts';
import type { ReportQuantity } from './schema.ts';

/** Seconds with nanosecond resolution. */
export function seconds(timeNs: number): number {
  return Math.round(timeNs) / 1e9;
}

/** A value with 9 significant digits: far beyond what is shown, and free of binary noise. */
export function significant(value: number, digits = 9): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(digits));
}

/** A track's value with 4 significant digits: a pixel cannot show more. */
export function coarse(value: number): number | null {
  return Number.isFinite(value) ? significant(value, 4) : null;
}

/** A Quantity as the report keeps it. */
export function reportQuantity(quantity: Quantity): ReportQuantity {
  return {
    ...quantity,
    value: quantity.value === null ? null : significant(quantity.value),
    working: quantity.working && {
      ...quantity.working,
      inputs: quantity.working.inputs.map((input) => ({
        ...input,
        value: input.value === null ? null : significant(input.value),
      })),
      runningShare:
        quantity.working.runningShare === null ? null : significant(quantity.working.runningShare, 4),
    },
    interval: quantity.interval && [significant(quantity.interval[0]), significant(quantity.interval[1])],
  };
}
