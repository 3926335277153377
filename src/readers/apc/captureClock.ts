/** Turns clock values of a capture into its own time: nanoseconds from the moment SUMMARY names. */
import { difference } from './packed.ts';

/** 100 days: no capture is longer, and within it nanoseconds are exact in a number. */
const LARGEST_NS = 100 * 86_400e9;

/** Capture time. `NaN` stands for a time that cannot be true. */
export class CaptureClock {
  readonly #zeroLow: number;
  readonly #zeroHigh: number;

  constructor(zeroNs: bigint) {
    this.#zeroLow = Number(BigInt.asIntN(32, zeroNs));
    this.#zeroHigh = Number(BigInt.asIntN(32, zeroNs >> 32n));
  }

  /** Nanoseconds from time zero of an absolute time in two halves; NaN when it is implausibly far away. */
  at(low: number, high: number): number {
    return plausibleTime(difference(low, high, this.#zeroLow, this.#zeroHigh));
  }
}

/** The time itself, or NaN when no capture could reach it. */
export function plausibleTime(timeNs: number): number {
  return timeNs >= -LARGEST_NS && timeNs <= LARGEST_NS ? timeNs : NaN;
}
