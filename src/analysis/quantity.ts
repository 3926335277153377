/** A number that knows where it came from. Everything a page prints as a result is a Quantity. */
import type { NumberStatus } from '../profile/types.ts';

/** One thing a formula was fed with. */
export interface QuantityInput {
  name: string;
  value: number | null;
  unit: string;
}

/** The working behind a number: shown under "how this is computed". */
export interface Working {
  /** `prompt tokens ÷ duration of the prefill calls`. Words and event names, no code. */
  formula: string;
  inputs: QuantityInput[];
  /** Profile samples behind it; null when it is not made of samples. */
  samples: number | null;
  /** Share of time its counters ran, 0…1; null when not counted or not stated. */
  runningShare: number | null;
  /** Limits of the number in one sentence; null when there are none. */
  note: string | null;
}

export interface Quantity {
  /** Null when it cannot be known; then `reason` says why. */
  value: number | null;
  unit: string;
  status: NumberStatus | null;
  reason: string | null;
  working: Working | null;
  /** Interval of the value where one is known, in the same unit. */
  interval: [low: number, high: number] | null;
}

/** A known number. */
export function quantity(
  value: number,
  unit: string,
  status: NumberStatus,
  working: Partial<Working> & Pick<Working, 'formula'>,
  interval: [number, number] | null = null,
): Quantity {
  return {
    value,
    unit,
    status,
    reason: null,
    working: { inputs: [], samples: null, runningShare: null, note: null, ...working },
    interval,
  };
}

/** A number that cannot be known, with the reason that stands in its place. */
export function unknown(unit: string, reason: string): Quantity {
  return { value: null, unit, status: null, reason, working: null, interval: null };
}
