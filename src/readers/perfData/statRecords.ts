/**
 * Counters of `perf stat record`: STAT records hold what an event counted on one CPU or thread since counting started, and
 * a STAT_ROUND after them says when they were read (`tools/perf/builtin-stat.c`).
 */
import { float64Column, int32Column } from '../../profile/columns.ts';
import type { ProfileBuilder } from '../../profile/builder.ts';
import type { EventDescription, EventUpdate } from './eventNames.ts';
import type { EventTable } from './eventTable.ts';
import { MalformedField, type FieldReader } from './fieldReader.ts';
import { TOOL_RECORD } from './format.ts';
import { NO_ID } from './idTable.ts';
import type { ThreadRegister } from './threadRegister.ts';

/** What STAT records hold, in columns: there is one for every event, CPU and interval. */
export class StatCollector {
  readonly #idRow = int32Column();
  readonly #cpu = int32Column();
  readonly #threadIndex = int32Column();
  readonly #value = float64Column();
  readonly #enabledNs = float64Column();
  readonly #runningNs = float64Column();
  /** Index of the round that ends the reading. */
  readonly #round = int32Column();
  /** Nanoseconds since counting started. */
  readonly #roundNs: number[] = [];
  /** Processes that were counted; -1 for the whole system. */
  readonly #threadMap: { tid: number; name: string }[] = [];

  get isEmpty(): boolean {
    return this.#idRow.length === 0;
  }

  /** Takes a THREAD_MAP, STAT or STAT_ROUND record; `rowOf` gives the row of an id. Throws MalformedField. */
  visit(type: number, body: FieldReader, rowOf: (id: bigint) => number): void {
    if (type === TOOL_RECORD.threadMap) {
      for (let left = body.count(body.size(), 24); left > 0; left--) {
        this.#threadMap.push({ tid: Number(BigInt.asIntN(32, body.u64())), name: body.text(16) });
      }
    } else if (type === TOOL_RECORD.statRound) {
      body.skip(8); // interval or final
      this.#roundNs.push(body.size());
    } else {
      const row = rowOf(body.u64());
      const cpu = body.i32();
      const threadIndex = body.u32();
      const [value, enabledNs, runningNs] = [body.size(), body.size(), body.size()];
      if (row === NO_ID) throw new MalformedField('an id of no event');
      this.#idRow.push(row);
      this.#cpu.push(cpu);
      this.#threadIndex.push(threadIndex);
      this.#value.push(value);
      this.#enabledNs.push(enabledNs);
      this.#runningNs.push(runningNs);
      this.#round.push(this.#roundNs.length);
    }
  }

  /**
   * Adds one counter for each event, with a reading for each CPU or thread and round. Where an event had to share its
   * counter with others, a reading is scaled to its whole interval as perf does, and the counter is called estimated;
   * an interval in which it never ran has no reading. STAT records without a round after them have no time: left out, as
   * perf leaves them out.
   *
   * @param canScale false on machines with several kinds of cores: there a counter does not run while its thread is on a
   *   core of the other kind, and there is nothing to scale
   */
  addCounters(
    builder: ProfileBuilder,
    threads: ThreadRegister,
    events: EventTable,
    descriptions: readonly EventDescription[],
    updates: ReadonlyMap<number, EventUpdate>,
    canScale: boolean,
  ): void {
    const threadRows = this.#threadMap.map(({ tid }) => (tid < 0 ? -1 : threads.row(tid, tid)));
    const columns = descriptions.map((description, event) => {
      const update = updates.get(event);
      const counter = builder.counters.length;
      builder.counters.push({
        name: description.name,
        code: description.code,
        mnemonic: description.mnemonic,
        unit: update?.unit ?? description.unit,
        kind: 'delta',
        multiplier: update?.scale ?? 1,
        status: 'counted',
        pmu: description.pmu,
        runningShare: null,
        unavailable: null,
        excludesKernel: events.attributes[event].excludeKernel,
      });
      return {
        counter,
        readings: builder.addReadings([counter]),
        enabledNs: 0,
        runningNs: 0,
        isScaled: false,
      };
    });

    const ids = events.ids.length;
    const last = {
      value: new Float64Array(ids),
      enabledNs: new Float64Array(ids),
      runningNs: new Float64Array(ids),
    };
    const lastNs = new Float64Array(ids);
    for (let row = 0; row < this.#idRow.length; row++) {
      const roundNs = this.#roundNs[this.#round.data[row]];
      if (roundNs === undefined) continue;
      const id = this.#idRow.data[row];
      const [value, enabledNs, runningNs] = [
        this.#value.data[row],
        this.#enabledNs.data[row],
        this.#runningNs.data[row],
      ];
      // Counts that fall have been reset: they start from 0 again.
      const restarted = enabledNs < last.enabledNs[id] || value < last.value[id];
      const since = (now: number, before: number): number => (restarted ? now : now - before);
      const delta = since(value, last.value[id]);
      const enabledDelta = since(enabledNs, last.enabledNs[id]);
      const runningDelta = Math.max(0, since(runningNs, last.runningNs[id]));
      const startNs = Math.min(lastNs[id], roundNs);
      last.value[id] = value;
      last.enabledNs[id] = enabledNs;
      last.runningNs[id] = runningNs;
      lastNs[id] = roundNs;

      const column = columns[events.ids.eventOf(id)];
      column.enabledNs += enabledDelta;
      column.runningNs += runningDelta;
      if (runningDelta === 0) continue;
      const scaled = canScale && runningDelta < enabledDelta ? (delta * enabledDelta) / runningDelta : delta;
      column.isScaled ||= scaled !== delta;
      const thread = threadRows[this.#threadIndex.data[row]] ?? -1;
      column.readings.push(startNs, roundNs, thread, this.#cpu.data[row], -1, [scaled]);
    }

    for (const { counter, readings, enabledNs, runningNs, isScaled } of columns) {
      const row = builder.counters[counter];
      if (isScaled) row.status = 'estimated';
      if (canScale && enabledNs > 0) row.runningShare = Math.min(1, runningNs / enabledNs);
      if (readings.length === 0)
        row.unavailable = 'never counted: not supported by this machine, or no counter was free';
    }
  }

  /** Names of the counted processes, for those that no COMM record names. */
  threadNames(): Map<number, string> {
    return new Map(
      this.#threadMap.filter(({ tid, name }) => tid >= 0 && name).map(({ tid, name }) => [tid, name]),
    );
  }
}
