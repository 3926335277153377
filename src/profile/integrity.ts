/** Structural invariants of a Profile. Every reader's test runs this on what the reader produced. */
import type { Profile } from './types.ts';

/** All violations as sentences; empty for a sound profile. Linear in the size of the profile. */
export function profileViolations(profile: Profile): string[] {
  const violations: string[] = [];
  const check = (holds: boolean, sentence: string): void => {
    if (!holds && violations.length < 50) violations.push(sentence);
  };
  const indexColumn = (
    name: string,
    column: ArrayLike<number>,
    limit: number,
    noneAllowed: boolean,
  ): void => {
    for (let row = 0; row < column.length; row++) {
      const value = column[row];
      if ((value < 0 && !(noneAllowed && value === -1)) || value >= limit) {
        check(false, `${name}[${row}] is ${value}, outside 0…${limit - 1}`);
        return;
      }
    }
  };
  const ascending = (name: string, column: Float64Array): void => {
    for (let row = 0; row < column.length; row++) {
      if (!Number.isFinite(column[row])) return check(false, `${name}[${row}] is not finite`);
      if (row > 0 && column[row] < column[row - 1]) {
        return check(false, `${name} goes back in time at row ${row}`);
      }
    }
  };
  const sameLength = (name: string, length: number, columns: Record<string, unknown>): void => {
    for (const [field, column] of Object.entries(columns)) {
      if (ArrayBuffer.isView(column)) {
        const rows = (column as unknown as ArrayLike<number>).length;
        check(rows === length, `${name}.${field} has ${rows} rows instead of ${length}`);
      }
    }
  };

  const { frames, stacks, samples, spans, switches } = profile;
  sameLength('frames', frames.length, { ...frames });
  sameLength('stacks', stacks.length, { ...stacks });
  sameLength('samples', samples.length, { ...samples });
  sameLength('spans', spans.length, { ...spans });
  sameLength('switches', switches.length, { ...switches });

  indexColumn('frames.space', frames.space, profile.addressSpaces.length, true);
  indexColumn('frames.name', frames.name, profile.strings.length, true);
  indexColumn('frames.image', frames.image, profile.strings.length, true);
  indexColumn('stacks.frame', stacks.frame, frames.length, false);
  for (let row = 0; row < stacks.length; row++) {
    if (stacks.prefix[row] < -1 || stacks.prefix[row] >= row) {
      check(false, `stacks.prefix[${row}] is ${stacks.prefix[row]}: a prefix must come before its stack`);
      break;
    }
  }
  ascending('samples.timeNs', samples.timeNs);
  // Whoever reads times and leaves the clock of text without times loses the timeline without a word.
  check(
    profile.clock.name !== 'none' || samples.timeNs.every((timeNs) => timeNs === 0),
    'samples have times, but the clock is `none`: name the clock that they are on',
  );
  indexColumn('samples.thread', samples.thread, profile.threads.length, false);
  indexColumn('samples.stack', samples.stack, stacks.length, true);
  indexColumn('samples.event', samples.event, profile.events.length, false);
  for (let row = 0; row < samples.length; row++) {
    const event = profile.events[samples.event[row]];
    if (event && event.role !== 'sampling') {
      check(false, `sample ${row} belongs to ${event.name}, whose role is ${event.role}`);
      break;
    }
  }
  profile.readings.forEach((readings, index) => {
    const name = `readings[${index}]`;
    sameLength(name, readings.length, { ...readings });
    readings.deltas.forEach((column) => sameLength(name, readings.length, { delta: column }));
    check(
      readings.deltas.length === readings.counters.length,
      `${name} has ${readings.deltas.length} delta columns for ${readings.counters.length} counters`,
    );
    ascending(`${name}.timeNs`, readings.timeNs);
    indexColumn(`${name}.counters`, readings.counters, profile.counters.length, false);
    indexColumn(`${name}.thread`, readings.thread, profile.threads.length, true);
    indexColumn(`${name}.sample`, readings.sample, samples.length, true);
    for (let row = 0; row < readings.length; row++) {
      if (readings.startNs[row] > readings.timeNs[row]) {
        check(false, `${name} row ${row} ends before it starts`);
        break;
      }
    }
  });
  profile.threads.forEach((thread, row) => {
    check(thread.process in profile.processes, `threads[${row}] names process ${thread.process}`);
    check(thread.name !== '', `threads[${row}] has no name`);
  });
  profile.events.forEach((event, row) => {
    check(
      event.counter === null || event.counter in profile.counters,
      `events[${row}] names counter ${event.counter}`,
    );
  });
  profile.markers.forEach((marker, row) => {
    check(marker.thread in profile.threads, `markers[${row}] names thread ${marker.thread}`);
    check(Number.isFinite(marker.timeNs), `markers[${row}] has no time`);
  });
  profile.probeHits.forEach((hit, row) => {
    check(hit.thread in profile.threads, `probeHits[${row}] names thread ${hit.thread}`);
    check(hit.stack >= -1 && hit.stack < stacks.length, `probeHits[${row}] names stack ${hit.stack}`);
  });
  ascending('spans.startNs', spans.startNs);
  indexColumn('spans.channel', spans.channel, profile.spanChannels.length, false);
  indexColumn('spans.text', spans.text, profile.strings.length, false);
  for (let row = 0; row < spans.length; row++) {
    if (spans.endNs[row] < spans.startNs[row]) {
      check(false, `span ${row} ends before it starts`);
      break;
    }
  }
  ascending('switches.timeNs', switches.timeNs);
  indexColumn('switches.thread', switches.thread, profile.threads.length, false);
  const spaces = profile.addressSpaces;
  check(spaces.length > 0 && spaces[0].pid === -1, 'addressSpaces[0] is not the kernel space');
  return violations;
}
