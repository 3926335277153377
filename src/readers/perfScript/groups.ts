/**
 * Sampled groups (`perf record -e '{a,b,c}:S'`). perf script prints one record for each member of the group that counted
 * something: same time, thread, CPU and stack, the leader first, each with what it counted since the last sample as its
 * period. Together they are one sample with a reading of several counters.
 */
import type { RecordReader } from './recordReader.ts';

/** Rows of the reader's events, leader first. */
export type EventGroup = number[];

/**
 * The groups of a text. What the header states is taken; without a header, events are one group when each of their
 * records stands directly behind one of the leader at the same time, thread, CPU and stack.
 */
export function findGroups(reader: RecordReader): EventGroup[] {
  if (reader.header.groups.length > 0) return statedGroups(reader);
  return reader.baseSeconds === null ? [] : groupsByPlace(reader);
}

function statedGroups(reader: RecordReader): EventGroup[] {
  const rowOf = new Map(reader.events.map((name, row) => [name, row]));
  return reader.header.groups
    .map((names) => names.map((name) => rowOf.get(name)).filter((row) => row !== undefined))
    .filter((rows) => rows.length > 1 && rows.every((row) => hasPeriods(reader, row)));
}

/** Without periods there is nothing that the members counted: then they stay events of their own. */
function hasPeriods(reader: RecordReader, event: number): boolean {
  const first = reader.event.data.subarray(0, reader.event.length).indexOf(event);
  return first !== -1 && reader.period.data[first] >= 0;
}

const MANY = -2;
const NEVER = -1;

function groupsByPlace(reader: RecordReader): EventGroup[] {
  /** For each event the leader of the runs that it stands in; itself when it leads them. */
  const leaderOf = new Int32Array(reader.events.length).fill(NEVER);
  const rank = new Int32Array(reader.events.length);
  forEachRun(reader, null, (from, to) => {
    const leader = reader.event.data[from];
    for (let row = from; row < to; row++) {
      const event = reader.event.data[row];
      if (leaderOf[event] === NEVER) leaderOf[event] = leader;
      else if (leaderOf[event] !== leader) leaderOf[event] = MANY;
      rank[event] = Math.max(rank[event], row - from);
    }
  });
  const groups = new Map<number, EventGroup>();
  for (let event = 0; event < leaderOf.length; event++) {
    const leader = leaderOf[event];
    if (leader < 0 || leader === event || leaderOf[leader] !== leader) continue;
    if (!hasPeriods(reader, event) || !hasPeriods(reader, leader)) continue;
    const group = groups.get(leader) ?? [leader];
    group.push(event);
    groups.set(leader, group);
  }
  for (const group of groups.values()) group.sort((a, b) => rank[a] - rank[b]);
  return [...groups.values()];
}

/**
 * Calls `visit` with each stretch `[from, to)` of records that are one sample: same time, thread, CPU and stack, no event
 * twice. With `groupOf` (for each event its group or -1) a stretch stays within one group.
 */
export function forEachRun(
  reader: RecordReader,
  groupOf: Int32Array | null,
  visit: (from: number, to: number) => void,
): void {
  const rows = reader.event.length;
  const { data: event } = reader.event;
  const seenInRun = new Int32Array(reader.events.length).fill(-1);
  for (let from = 0; from < rows;) {
    let to = from + 1;
    seenInRun[event[from]] = from;
    while (to < rows && isSamePlace(reader, from, to) && seenInRun[event[to]] !== from) {
      if (groupOf && (groupOf[event[to]] === -1 || groupOf[event[to]] !== groupOf[event[from]])) break;
      seenInRun[event[to]] = from;
      to++;
    }
    visit(from, to);
    from = to;
  }
}

function isSamePlace(reader: RecordReader, a: number, b: number): boolean {
  return (
    reader.timeNs.data[a] === reader.timeNs.data[b] &&
    reader.thread.data[a] === reader.thread.data[b] &&
    reader.stack.data[a] === reader.stack.data[b] &&
    reader.cpu.data[a] === reader.cpu.data[b]
  );
}
