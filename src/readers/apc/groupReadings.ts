/**
 * Counter readings out of perf records.
 *
 * READ values are cumulative since the event was opened, so a reading is the difference to the one before of the same
 * instance. An instance is an event id; with inherited events it is (id, thread), since each thread then counts for
 * itself under its parent's id. Readings of an instance come from several events (the leader's samples, the clock's,
 * READ records at a thread's exit) and share one history.
 *
 * Values of pinned groups are not scaled by enabled and running time: a pinned group is never multiplexed, and in
 * per-thread captures its enabled time goes on while the thread runs on another CPU. Only groups of metrics, which take
 * turns, are scaled.
 */
import type { ProfileBuilder, ReadingsBuilder } from '../../profile/builder.ts';
import type { CounterIndex, Nanoseconds, ThreadIndex } from '../../profile/types.ts';
import type { CounterBook } from './counters.ts';
import type { CpuState } from './cpuState.ts';
import type { RecordLayout } from './eventAttributes.ts';
import { EventIds } from './eventIds.ts';
import type { CaptureMetadata } from './metadata.ts';
import { difference } from './packed.ts';
import type { PlannedEvent, RecordingPlan } from './recordingPlan.ts';
import type { Problems } from './problems.ts';

/** More members than any group has; a larger number is a damaged record. */
const MAX_MEMBERS = 256;

/** Events whose values are read together, on one CPU (and for one followed thread). */
interface Group {
  /** Ids of the members, halves in turn. */
  ids: Int32Array;
  /** For each member the column of the table, -1 for none. */
  columns: Int32Array;
  counters: CounterIndex[];
  /** Null when no member is worth showing. */
  table: ReadingsBuilder | null;
  inherits: boolean;
  isScaled: boolean;
  lastNs: Nanoseconds;
  /** By thread id; by 0 when threads do not count for themselves. */
  histories: Map<number, History>;
  lastKey: number;
  lastHistory: History | null;
}

/** The last values of an instance. */
interface History {
  low: Int32Array;
  high: Int32Array;
  enabledLow: number;
  enabledHigh: number;
  runningLow: number;
  runningHigh: number;
  timeNs: Nanoseconds;
}

/** Where the record that carries a reading stands. */
export interface ReadingOrigin {
  timeNs: Nanoseconds;
  thread: ThreadIndex;
  tid: number;
  state: CpuState;
  /** Row of the sample, -1 for records that are none. */
  sample: number;
  /** A repeat of what is known already is left out. */
  skipsRepeats: boolean;
}

/** Turns READ and PERIOD values into rows of counter readings. */
export class GroupReadings {
  readonly #plan: RecordingPlan;
  readonly #ids: EventIds;
  readonly #builder: ProfileBuilder;
  readonly #book: CounterBook;
  readonly #problems: Problems;
  /** Samples that read a group. */
  readonly #groupSamples: number;
  readonly #groups: Group[] = [];
  /** Id of the first member → row of #groups of the group it led last. */
  readonly #groupOfLeader = new EventIds();
  readonly #rowOfMembers = new Map<string, number>();
  /** Tables by the counters they hold. */
  readonly #tables = new Map<string, ReadingsBuilder>();
  /** By counter: the readings of events that report their period. */
  readonly #periodTables: (ReadingsBuilder | undefined)[] = [];
  /** Time of the last PERIOD reading by event id. */
  readonly #periodRow = new EventIds();
  readonly #periodNs: Nanoseconds[] = [];
  #deltas = new Float64Array(8);

  constructor(
    metadata: CaptureMetadata,
    plan: RecordingPlan,
    builder: ProfileBuilder,
    book: CounterBook,
    problems: Problems,
  ) {
    this.#plan = plan;
    this.#ids = metadata.ids;
    this.#builder = builder;
    this.#groupSamples = plan.events.reduce(
      (sum, event, row) =>
        sum + (event && readsGroup(event.attributes.layout) ? (metadata.sampleCounts[row] ?? 0) : 0),
      0,
    );
    this.#book = book;
    this.#problems = problems;
  }

  /** Takes the READ values at word `at`, which {@link readEnd} found complete. */
  take(event: PlannedEvent, words: Int32Array, at: number, origin: ReadingOrigin): void {
    const { layout } = event.attributes;
    if (!layout.readHasId) return;
    const members = layout.readIsGroup ? words[at * 2] : 1;
    const stride = valueWords(layout);
    const enabledAt = layout.readHasEnabled ? at + 1 : -1;
    const runningAt = layout.readHasRunning ? at + (layout.readHasEnabled ? 2 : 1) : -1;
    // In a group the values follow the times; alone the value comes first and its id last.
    const timeWords = (layout.readHasEnabled ? 1 : 0) + (layout.readHasRunning ? 1 : 0);
    const values = layout.readIsGroup ? at + 1 + timeWords : at;
    const firstId = layout.readIsGroup ? values + 1 : at + 1 + timeWords;
    if (members < 1) return;

    const group = this.#group(event, words, firstId, members, stride);
    if (!group) {
      this.#problems.count('apc-damaged-samples');
      return;
    }
    const history = historyOf(group, group.inherits ? origin.tid : 0, members);
    const isLate = origin.timeNs < history.timeNs;
    if (this.#deltas.length < group.counters.length) {
      this.#deltas = new Float64Array(group.counters.length * 2);
    }
    const deltas = this.#deltas;
    for (let column = 0; column < group.counters.length; column++) deltas[column] = 0;

    let scale = 1;
    if (enabledAt >= 0 && runningAt >= 0 && !isLate) {
      if (group.isScaled) scale = this.#scale(group, history, words, enabledAt, runningAt);
      history.enabledLow = words[enabledAt * 2];
      history.enabledHigh = words[enabledAt * 2 + 1];
      history.runningLow = words[runningAt * 2];
      history.runningHigh = words[runningAt * 2 + 1];
    }
    let isRepeat = true;
    for (let member = 0; member < members; member++) {
      const word = (values + member * stride) * 2;
      const low = words[word];
      const high = words[word + 1];
      let delta = difference(low, high, history.low[member], history.high[member]);
      if (delta < 0) {
        // Older than what was read before, or counting from 0 again.
        if (isLate) continue;
        delta = difference(low, high, 0, 0);
        this.#problems.count('apc-counter-restarts');
      }
      if (delta > Number.MAX_SAFE_INTEGER) {
        this.#problems.count('apc-damaged-samples');
        continue;
      }
      history.low[member] = low;
      history.high[member] = high;
      if (delta !== 0) isRepeat = false;
      const column = group.columns[member];
      if (column >= 0) deltas[column] += delta * scale;
    }
    if (!isLate) history.timeNs = origin.timeNs;
    const startNs = intervalStart(Math.max(group.lastNs, origin.state.switchedInNs), origin.timeNs);
    if (origin.timeNs > group.lastNs) group.lastNs = origin.timeNs;
    if (!group.table || (isRepeat && origin.skipsRepeats)) return;
    group.table.push(startNs, origin.timeNs, origin.thread, origin.state.cpu, origin.sample, deltas);
  }

  /** Takes the PERIOD of a record of an event that is read alone: what it counted since its record before. */
  takePeriod(
    event: PlannedEvent,
    idLow: number,
    idHigh: number,
    period: number,
    origin: ReadingOrigin,
  ): void {
    if (event.counter < 0) return;
    let row = this.#periodRow.get(idLow, idHigh);
    if (row < 0) {
      row = this.#periodNs.push(-Infinity) - 1;
      this.#periodRow.set(idLow, idHigh, row);
    }
    const before = Math.max(this.#periodNs[row], origin.state.switchedInNs);
    const startNs = before === -Infinity ? origin.timeNs : Math.min(before, origin.timeNs);
    this.#periodNs[row] = Math.max(this.#periodNs[row], origin.timeNs);
    this.#deltas[0] = period;
    this.#periodTable(event.counter).push(
      startNs,
      origin.timeNs,
      origin.thread,
      origin.state.cpu,
      origin.sample,
      this.#deltas,
    );
  }

  /** enabled ÷ running since the reading before, 0 when the group did not run at all. */
  #scale(group: Group, history: History, words: Int32Array, enabledAt: number, runningAt: number): number {
    const enabledNs = difference(
      words[enabledAt * 2],
      words[enabledAt * 2 + 1],
      history.enabledLow,
      history.enabledHigh,
    );
    const runningNs = difference(
      words[runningAt * 2],
      words[runningAt * 2 + 1],
      history.runningLow,
      history.runningHigh,
    );
    if (enabledNs < 0 || runningNs < 0) return 1;
    for (const counter of group.counters) this.#book.ran(counter, enabledNs, runningNs);
    return runningNs > 0 ? Math.max(1, enabledNs / runningNs) : 0;
  }

  /** The group of these members; null when one of them is not known: the record is damaged. */
  #group(
    event: PlannedEvent,
    words: Int32Array,
    firstId: number,
    members: number,
    stride: number,
  ): Group | null {
    const known = this.#groups[this.#groupOfLeader.get(words[firstId * 2], words[firstId * 2 + 1])];
    if (known && hasMembers(known, words, firstId, members, stride)) return known;
    const ids = new Int32Array(members * 2);
    for (let member = 0; member < members; member++) {
      ids[member * 2] = words[(firstId + member * stride) * 2];
      ids[member * 2 + 1] = words[(firstId + member * stride) * 2 + 1];
      if (this.#ids.get(ids[member * 2], ids[member * 2 + 1]) < 0) return null;
    }
    const signature = ids.join(' ');
    let row = this.#rowOfMembers.get(signature);
    if (row === undefined) {
      row = this.#groups.push(this.#newGroup(event, ids)) - 1;
      this.#rowOfMembers.set(signature, row);
    }
    this.#groupOfLeader.set(ids[0], ids[1], row);
    return this.#groups[row];
  }

  #newGroup(event: PlannedEvent, ids: Int32Array): Group {
    const members = ids.length / 2;
    const columns = new Int32Array(members).fill(-1);
    const counters: CounterIndex[] = [];
    let isScaled = false;
    for (let member = 0; member < members; member++) {
      const planned = this.#plan.events[this.#ids.get(ids[member * 2], ids[member * 2 + 1])];
      if (!planned || planned.counter < 0) continue;
      isScaled ||= planned.isMetric;
      let column = counters.indexOf(planned.counter);
      if (column < 0) column = counters.push(planned.counter) - 1;
      columns[member] = column;
    }
    return {
      ids,
      columns,
      counters,
      table: counters.length > 0 ? this.#table(counters, this.#groupSamples) : null,
      inherits: event.attributes.inherit,
      isScaled,
      lastNs: -Infinity,
      histories: new Map(),
      lastKey: NaN,
      lastHistory: null,
    };
  }

  #periodTable(counter: CounterIndex): ReadingsBuilder {
    return (this.#periodTables[counter] ??= this.#builder.addReadings([counter]));
  }

  /** The table for these counters, made for about `expectedRows` readings. */
  #table(counters: CounterIndex[], expectedRows: number): ReadingsBuilder {
    const signature = counters.join(' ');
    let table = this.#tables.get(signature);
    if (!table) {
      table = this.#builder.addReadings(counters);
      table.reserve(expectedRows);
      this.#tables.set(signature, table);
    }
    return table;
  }
}

/**
 * The word behind the READ values at word `at` of a record, -1 when they reach beyond `end`. The format is that of
 * perf_event_open(2): a group is `nr, [enabled], [running], nr × (value, [id], [lost])`, one event is `value, [enabled],
 * [running], [id], [lost]`.
 */
export function readEnd(layout: RecordLayout, words: Int32Array, at: number, end: number): number {
  let length =
    (layout.readHasEnabled ? 1 : 0) + (layout.readHasRunning ? 1 : 0) + (layout.readIsGroup ? 1 : 0);
  let members = 1;
  if (layout.readIsGroup) {
    if (at >= end || words[at * 2 + 1] !== 0) return -1;
    members = words[at * 2];
    if (members < 0 || members > MAX_MEMBERS) return -1;
  }
  length += members * valueWords(layout);
  return at + length <= end ? at + length : -1;
}

function readsGroup(layout: RecordLayout): boolean {
  return layout.hasRead && layout.readIsGroup;
}

function valueWords(layout: RecordLayout): number {
  return 1 + (layout.readHasId ? 1 : 0) + (layout.readHasLost ? 1 : 0);
}

function hasMembers(
  group: Group,
  words: Int32Array,
  firstId: number,
  members: number,
  stride: number,
): boolean {
  const { ids } = group;
  if (ids.length !== members * 2) return false;
  for (let member = 0, word = firstId * 2; member < members; member++, word += stride * 2) {
    if (ids[member * 2] !== words[word] || ids[member * 2 + 1] !== words[word + 1]) return false;
  }
  return true;
}

function historyOf(group: Group, key: number, members: number): History {
  if (group.lastKey === key && group.lastHistory) return group.lastHistory;
  let history = group.histories.get(key);
  if (!history) {
    history = {
      low: new Int32Array(members),
      high: new Int32Array(members),
      enabledLow: 0,
      enabledHigh: 0,
      runningLow: 0,
      runningHigh: 0,
      timeNs: -Infinity,
    };
    group.histories.set(key, history);
  }
  group.lastKey = key;
  group.lastHistory = history;
  return history;
}

/** A first reading counts from when the event was opened, which is about when the capture began. */
function intervalStart(beforeNs: Nanoseconds, timeNs: Nanoseconds): Nanoseconds {
  return Math.min(beforeNs === -Infinity ? 0 : beforeNs, timeNs);
}
