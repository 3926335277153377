/**
 * Counters read with samples: `perf record -e '{leader,member,…}:S'` samples the leader only, and each of its samples
 * carries what every event of the group has counted so far. Differences between one reading and the next of the same
 * event instance are what happened in between.
 */
import { float64Column, int32Column, timeOrder, type Column } from '../../profile/columns.ts';
import type { ProfileBuilder } from '../../profile/builder.ts';
import type { CounterIndex } from '../../profile/types.ts';
import { NO_ID } from './idTable.ts';
import type { EventTable } from './eventTable.ts';
import type { Problems } from './problems.ts';
import { wordOrder, type RecordView } from './recordWalker.ts';
import type { ReadLayout } from './sampleLayout.ts';
import type { IdTarget } from './survey.ts';

const TWO_32 = 2 ** 32;

/** Readings of one leader. Values stay cumulative until {@link finish}: differences follow time, files do not. */
export class GroupReadings {
  /** Events of the group in the order of the values, the leader first; empty until the first reading. */
  members: number[] = [];

  readonly #events: EventTable;
  readonly #leader: number;
  readonly #layout: ReadLayout;
  /** Threads that inherit the event keep its id: then an instance is an id and a thread. */
  readonly #inherits: boolean;
  readonly #declaredMembers: readonly number[];
  readonly #lowWord: number;
  readonly #highWord: number;

  readonly #timeNs = float64Column();
  readonly #sample = int32Column();
  readonly #thread = int32Column();
  readonly #cpu = int32Column();
  readonly #instance = int32Column();
  readonly #values: Column<Float64Array>[] = [];
  #instances = new InstanceTable();
  readonly #scratch: number[] = [];

  /** `declaredMembers`: events of the group by GROUP_DESC, for files whose readings name no ids. */
  constructor(events: EventTable, leader: number, declaredMembers: readonly number[], littleEndian: boolean) {
    this.#events = events;
    this.#leader = leader;
    this.#declaredMembers = declaredMembers;
    this.#inherits = events.attributes[leader].inherit;
    const layout = events.sampleLayouts[leader].read;
    if (!layout) throw new TypeError('the event has no readings');
    this.#layout = layout;
    const order = wordOrder(littleEndian);
    this.#lowWord = order.low;
    this.#highWord = order.high;
  }

  /**
   * Takes the reading at word `at` of a sample. Returns false when it contradicts its size or names unknown events.
   *
   * @param idRow row of the sample's own id, or NO_ID
   * @param tid thread of the sample, which tells inherited instances apart
   */
  add(
    record: RecordView,
    at: number,
    idRow: number,
    tid: number,
    timeNs: number,
    thread: number,
    cpu: number,
    sample: number,
  ): boolean {
    const { words } = record;
    const { isGroup, hasEnabled, hasRunning, hasId, entryWords, firstValue } = this.#layout;
    const count = isGroup ? words[at + this.#lowWord] : 1;
    const valuesAt = at + firstValue;
    // A single event's times stand between its value and its id.
    const singleTimes = isGroup ? 0 : (hasEnabled ? 2 : 0) + (hasRunning ? 2 : 0);
    const idOffset = 2 + singleTimes;
    if (
      this.members.length === 0 &&
      !this.#learnMembers(words, valuesAt, count, entryWords, hasId ? idOffset : -1)
    ) {
      return false;
    }
    if (count !== this.members.length) return false;

    // The leader's id, if the reading names it, else that of the sample itself.
    let leaderRow = idRow;
    if (hasId) {
      for (let k = 0; k < count; k++) {
        const idAt = valuesAt + k * entryWords + idOffset;
        const row = this.#events.ids.find(words[idAt + this.#lowWord], words[idAt + this.#highWord]);
        if (row === NO_ID || this.#events.ids.eventOf(row) !== this.members[k]) return false;
        if (k === 0) leaderRow = row;
      }
    }
    const scratch = this.#scratch;
    for (let k = 0; k < count; k++) {
      const value = this.#u64(words, valuesAt + k * entryWords);
      if (value > Number.MAX_SAFE_INTEGER) return false;
      scratch[k] = value;
    }
    // The times follow the number of members, or the single value.
    const timesAt = at + 2;
    const enabledNs = hasEnabled ? this.#u64(words, timesAt) : NaN;
    const runningNs = hasRunning ? this.#u64(words, timesAt + (hasEnabled ? 2 : 0)) : NaN;

    const instance = this.#instances.row(leaderRow, this.#inherits ? tid : 0);
    this.#instances.see(instance, tid, enabledNs, runningNs);
    this.#timeNs.push(timeNs);
    this.#sample.push(sample);
    this.#thread.push(thread);
    this.#cpu.push(cpu);
    this.#instance.push(instance);
    for (let k = 0; k < count; k++) this.#values[k].push(scratch[k]);
    return true;
  }

  /** The first reading says which events the group has. */
  #learnMembers(
    words: Uint32Array,
    valuesAt: number,
    count: number,
    entryWords: number,
    idOffset: number,
  ): boolean {
    const members: number[] = [];
    for (let k = 0; k < count; k++) {
      let event = this.#declaredMembers[k];
      if (idOffset >= 0) {
        const idAt = valuesAt + k * entryWords + idOffset;
        const row = this.#events.ids.find(words[idAt + this.#lowWord], words[idAt + this.#highWord]);
        if (row === NO_ID) return false;
        event = this.#events.ids.eventOf(row);
      }
      if (event === undefined || members.includes(event)) return false;
      members.push(event);
    }
    if (members[0] !== this.#leader) return false;
    this.members = members;
    for (let k = 0; k < count; k++) this.#values.push(float64Column());
    return true;
  }

  #u64(words: Uint32Array, at: number): number {
    return words[at + this.#highWord] * TWO_32 + words[at + this.#lowWord];
  }

  /**
   * Turns cumulative values into differences and hands them to the builder: a reading covers the time since the one
   * before of the same instance. A value that falls (a counter reset, records lost) has no difference; it is noted.
   *
   * @param counters one for each of {@link members}
   * @param idTargets which thread ids were opened for: `-1` is a whole CPU
   * @param threadStartNs when a thread began, or null
   * @returns the share of their enabled time that the group's events ran; null when the file does not say
   */
  finish(
    counters: readonly CounterIndex[],
    idTargets: ReadonlyMap<number, IdTarget>,
    threadStartNs: (thread: number) => number | null,
    builder: ProfileBuilder,
    problems: Problems,
  ): number | null {
    const times = this.#timeNs.finish();
    const order = timeOrder(times);
    const instances = this.#instances;
    const previous = new Float64Array(instances.length * this.members.length);
    const previousNs = new Float64Array(instances.length).fill(NaN);
    const readings = builder.addReadings([...counters]);
    const deltas = new Float64Array(this.members.length);
    for (let i = 0; i < times.length; i++) {
      const row = order ? order[i] : i;
      const instance = this.#instance.data[row];
      const thread = this.#thread.data[row];
      for (let k = 0; k < deltas.length; k++) {
        const value = this.#values[k].data[row];
        const at = instance * deltas.length + k;
        const delta = value - previous[at];
        if (delta < 0) problems.add('perf-counter-went-back');
        deltas[k] = Math.max(0, delta);
        previous[at] = value;
      }
      const timeNs = times[row];
      const startNs = Number.isNaN(previousNs[instance])
        ? Math.min(timeNs, instances.startNs(instance, timeNs) ?? threadStartNs(thread) ?? 0)
        : previousNs[instance];
      previousNs[instance] = timeNs;
      const isShared = instances.isShared(instance, idTargets);
      readings.push(
        startNs,
        timeNs,
        isShared ? -1 : thread,
        this.#cpu.data[row],
        this.#sample.data[row],
        deltas,
      );
      // perf weighs a sample of the leader by what was counted, not by its nominal period.
      if (this.#sample.data[row] >= 0) builder.setSamplePeriod(this.#sample.data[row], deltas[0]);
    }
    return instances.runningShare(idTargets);
  }
}

/** Instances of a group: one for each CPU and thread that its events were opened for, or that inherited them. */
class InstanceTable {
  readonly #rows = new Map<number, number>();
  readonly #idRow: number[] = [];
  /** Thread of the readings; {@link SEVERAL} when they come from more than one. */
  readonly #tid: number[] = [];
  readonly #firstEnabledNs: number[] = [];
  readonly #enabledNs: number[] = [];
  readonly #runningNs: number[] = [];
  #lastKey = NaN;
  #lastRow = 0;

  get length(): number {
    return this.#idRow.length;
  }

  row(idRow: number, tid: number): number {
    const key = idRow * TWO_32 + tid;
    if (key === this.#lastKey) return this.#lastRow;
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = this.#idRow.push(idRow) - 1;
      this.#rows.set(key, row);
      this.#tid.push(NONE_YET);
      this.#firstEnabledNs.push(NaN);
      this.#enabledNs.push(0);
      this.#runningNs.push(0);
    }
    this.#lastKey = key;
    this.#lastRow = row;
    return row;
  }

  see(row: number, tid: number, enabledNs: number, runningNs: number): void {
    if (this.#tid[row] === NONE_YET) {
      this.#tid[row] = tid;
      this.#firstEnabledNs[row] = enabledNs;
    } else if (this.#tid[row] !== tid) this.#tid[row] = SEVERAL;
    // Cumulative: the largest is the last in time, wherever it stands in the file.
    if (enabledNs > this.#enabledNs[row]) this.#enabledNs[row] = enabledNs;
    if (runningNs > this.#runningNs[row]) this.#runningNs[row] = runningNs;
  }

  /** When the instance began to count: `enabled` before its first reading. */
  startNs(row: number, firstNs: number): number | null {
    const enabledNs = this.#firstEnabledNs[row];
    return Number.isNaN(enabledNs) ? null : firstNs - enabledNs;
  }

  /** Its counts are of whatever ran on a CPU, not of one thread. */
  isShared(row: number, idTargets: ReadonlyMap<number, IdTarget>): boolean {
    const target = idTargets.get(this.#idRow[row]);
    return target ? target.tid < 0 : this.#tid[row] === SEVERAL;
  }

  /**
   * Running time ÷ enabled time. An event opened for a thread on each CPU is enabled there while the thread runs on another:
   * of the instances of one thread, the running times add up and the enabled time is that of the longest.
   */
  runningShare(idTargets: ReadonlyMap<number, IdTarget>): number | null {
    const owners = new Map<string, { enabledNs: number; runningNs: number }>();
    for (let row = 0; row < this.length; row++) {
      const owner = this.isShared(row, idTargets) ? `cpu ${this.#idRow[row]}` : `thread ${this.#tid[row]}`;
      const sum = owners.get(owner) ?? { enabledNs: 0, runningNs: 0 };
      sum.enabledNs = Math.max(sum.enabledNs, this.#enabledNs[row]);
      sum.runningNs += this.#runningNs[row];
      owners.set(owner, sum);
    }
    let enabledNs = 0;
    let runningNs = 0;
    for (const owner of owners.values()) {
      enabledNs += owner.enabledNs;
      runningNs += owner.runningNs;
    }
    return enabledNs > 0 && runningNs > 0 ? Math.min(1, runningNs / enabledNs) : null;
  }
}

const NONE_YET = -2;
const SEVERAL = -3;
