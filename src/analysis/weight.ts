/** Which samples count, and how much: shares, functions and call trees belong to one event. */
import type { EventIndex, Profile, SampledEvent } from '../profile/types.ts';

/** CPU_CYCLES: the architectural cycle counter. */
const CYCLES_CODE = '0x11';
const CYCLES_OR_CLOCK = /(^|[/:_ -])(cpu[-_ ])?cycles|(cpu|task)[-_ ]clock/i;

/** The samples of one event. */
export interface Weight {
  event: EventIndex;
  name: string;
  unit: string;
  /** Rows of the sample table, ascending. */
  rows: Int32Array;
  /** Weight of each row in units of the event: its period, or its READ delta for a sampled group. */
  weights: Float64Array;
}

/**
 * The event that functions belong to: `name` when given, else the first cycles-like or clock event, else the first that
 * sampled. Null when the profile has no sampled event (or none of that name).
 */
export function weightEvent(profile: Profile, name?: string): EventIndex | null {
  const counted = profile.events
    .map((event, index) => ({ event, index }))
    .filter(({ event }) => event.role === 'sampling' || event.role === 'group-member');
  const wanted =
    name === undefined
      ? (counted.find(({ event }) => isCyclesOrClock(event)) ??
        counted.find(({ event }) => event.role === 'sampling'))
      : counted.find(({ event }) => event.name === name);
  return wanted ? wanted.index : null;
}

function isCyclesOrClock(event: SampledEvent): boolean {
  return event.code === CYCLES_CODE || CYCLES_OR_CLOCK.test(event.name);
}

/** The samples of an event with their weights. A member of a sampled group has those whose delta is not zero. */
export function weightOf(profile: Profile, event: EventIndex): Weight {
  const { name, unit, counter } = profile.events[event];
  const { samples } = profile;
  if (counter === null) {
    const rows = rowsWhere(samples.length, (row) => samples.event[row] === event);
    return { event, name, unit, rows, weights: valuesOf(rows, samples.period) };
  }
  const deltaOfSample = new Float64Array(samples.length);
  for (const readings of profile.readings) {
    const column = readings.counters.indexOf(counter);
    if (column < 0) continue;
    const { sample } = readings;
    const deltas = readings.deltas[column];
    for (let row = 0; row < readings.length; row++) {
      if (sample[row] >= 0) deltaOfSample[sample[row]] += deltas[row];
    }
  }
  const rows = rowsWhere(samples.length, (row) => deltaOfSample[row] !== 0);
  return { event, name, unit, rows, weights: valuesOf(rows, deltaOfSample) };
}

/** Rows that a test holds for. */
function rowsWhere(length: number, holds: (row: number) => boolean): Int32Array {
  const rows = new Int32Array(length);
  let count = 0;
  for (let row = 0; row < length; row++) if (holds(row)) rows[count++] = row;
  return count === length ? rows : rows.slice(0, count);
}

/** Values of rows, which ascend: all rows have the column as it is. */
function valuesOf(rows: Int32Array, column: Float64Array): Float64Array {
  if (rows.length === column.length) return column;
  const values = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at++) values[at] = column[rows[at]];
  return values;
}
