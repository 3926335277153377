/** READ records (`perf record -s`): what each event counted in a thread, written when the thread ends. */
import type { ProfileBuilder, ReadingsBuilder } from '../../profile/builder.ts';
import type { ThreadIndex } from '../../profile/types.ts';
import type { EventTable } from './eventTable.ts';
import { MalformedField, type FieldReader } from './fieldReader.ts';
import { NO_ID } from './idTable.ts';
import { readLayout } from './sampleLayout.ts';

interface ThreadReading {
  event: number;
  pid: number;
  tid: number;
  cpu: number;
  timeNs: bigint;
  value: number;
}

/** Collects READ records in the first pass. */
export class ThreadReadings {
  readonly #readings: ThreadReading[] = [];

  /** Takes the body of a READ record of `event`. Throws MalformedField. */
  visit(
    body: FieldReader,
    events: EventTable,
    event: number,
    timeNs: bigint,
    cpuOfId: (idRow: number) => number,
  ): void {
    const layout = readLayout(events.attributes[event].readFormat);
    // Several events in one reading are a sampled group, whose samples say more.
    if (layout.isGroup) return;
    const [pid, tid] = [body.i32(), body.i32()];
    const value = body.size();
    body.skip((layout.hasEnabled ? 8 : 0) + (layout.hasRunning ? 8 : 0));
    let owner = event;
    let idRow = NO_ID;
    if (layout.hasId) {
      const id = body.u64();
      idRow = events.ids.find(Number(id & 0xffff_ffffn), Number(id >> 32n));
      if (idRow === NO_ID) throw new MalformedField('an id of no event');
      owner = events.ids.eventOf(idRow);
    }
    this.#readings.push({ event: owner, pid, tid, cpu: cpuOfId(idRow), timeNs, value });
  }

  /**
   * Adds a counter for each event that was read, a reading for each thread and CPU: it covers the life of the thread.
   *
   * @param counterOf makes the counter of an event; null for events whose samples carry their counts already
   */
  addCounters(
    builder: ProfileBuilder,
    startNs: bigint,
    threadRow: (pid: number, tid: number) => ThreadIndex,
    threadStartNs: (thread: ThreadIndex) => number | null,
    counterOf: (event: number) => number | null,
  ): void {
    const columns = new Map<number, ReadingsBuilder | null>();
    for (const { event, pid, tid, cpu, timeNs, value } of this.#readings) {
      let column = columns.get(event);
      if (column === undefined) {
        const counter = counterOf(event);
        column = counter === null ? null : builder.addReadings([counter]);
        columns.set(event, column);
      }
      if (column === null || timeNs === 0n) continue;
      const thread = threadRow(pid, tid);
      const endNs = Number(timeNs - startNs);
      column.push(Math.min(threadStartNs(thread) ?? 0, endNs), endNs, thread, cpu, -1, [value]);
    }
  }
}
