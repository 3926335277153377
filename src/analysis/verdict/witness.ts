/** How witnesses are written down: measured, then voting or silent. */
import type { Family, Vote, Witness } from './types.ts';

/** A witness before it is known whether it votes. */
export function witness(
  family: Family,
  metric: string,
  value: number | null,
  unit: string,
  threshold: string,
  sources: string[],
): Witness {
  return {
    family,
    metric,
    value,
    unit,
    threshold,
    vote: null,
    silentBecause: null,
    margin: null,
    weakness: null,
    note: null,
    sources,
  };
}

/** A threshold that is a share, as it is printed: `40 %`. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(4))} %`;
}

/** @param margin distance from the threshold relative to it */
export function voting(of: Witness, vote: Vote, margin: number, weakness: string | null = null): Witness {
  return { ...of, vote, margin, weakness };
}

export function silent(of: Witness, silentBecause: string): Witness {
  return { ...of, silentBecause };
}

/** Relative distance of a value that lies above its threshold. */
export const above = (value: number, threshold: number): number => (value - threshold) / threshold;
/** Relative distance of a value that lies below its threshold. */
export const below = (value: number, threshold: number): number => (threshold - value) / threshold;

/** Demand never votes: it says where the limit could be. */
export function demandWitness(
  metric: string,
  value: number | null,
  unit: string,
  sources: string[],
  note: string | null = null,
): Witness {
  return {
    ...silent(
      witness('demand', metric, value, unit, 'never votes', sources),
      'says what is asked for, not what limits',
    ),
    note,
  };
}
