/**
 * BLOCK_COUNTER frames: counters that gatord polls (memory, disk, network, GPU…), ten times a second. Pairs of a key and
 * a value; three small keys set what the pairs after them belong to.
 */
import type { ProfileBuilder, ReadingsBuilder } from '../../profile/builder.ts';
import { NONE } from '../../profile/types.ts';
import type { CounterIndex, Nanoseconds } from '../../profile/types.ts';
import { plausibleTime } from './captureClock.ts';
import type { CounterBook } from './counters.ts';
import { PackedReader, signedNumber } from './packed.ts';
import type { Problems } from './problems.ts';
import type { ThreadDirectory } from './threads.ts';

const KEY_TIME = 0;
const KEY_TID = 1;
const KEY_CORE = 2;

interface PolledCounter {
  counter: CounterIndex;
  table: ReadingsBuilder;
  /** By core: when it was read last. */
  lastNs: Map<number, Nanoseconds>;
}

/** Reads polled counters into a Profile. */
export class PolledCounters {
  readonly #builder: ProfileBuilder;
  readonly #book: CounterBook;
  readonly #threads: ThreadDirectory;
  readonly #problems: Problems;
  readonly #counters = new Map<number, PolledCounter>();

  constructor(builder: ProfileBuilder, book: CounterBook, threads: ThreadDirectory, problems: Problems) {
    this.#builder = builder;
    this.#book = book;
    this.#threads = threads;
    this.#problems = problems;
  }

  /** Reads one BLOCK_COUNTER frame. Values of "delta" counters are deltas already. */
  frame(body: Uint8Array): void {
    const reader = new PackedReader(body);
    reader.int32(); // a core number that is always 0
    let timeNs = 0;
    let tid = 0;
    let core = 0;
    while (reader.remaining > 0) {
      const key = reader.int32();
      reader.packed();
      if (reader.overrun) return this.#problems.count('apc-damaged-frames');
      const value = signedNumber(reader.low, reader.high);
      if (key === KEY_TIME) {
        timeNs = plausibleTime(value);
        tid = 0;
      } else if (key === KEY_TID) tid = value;
      else if (key === KEY_CORE) core = value;
      else if (Number.isNaN(timeNs)) this.#problems.count('apc-implausible-times');
      else this.#take(key, timeNs, tid, core, value);
    }
  }

  #take(key: number, timeNs: Nanoseconds, tid: number, core: number, value: number): void {
    const polled = this.#counter(key);
    const cpu = this.#book.isPerCpu(polled.counter) ? core : NONE;
    const before = polled.lastNs.get(cpu) ?? 0;
    polled.lastNs.set(cpu, timeNs);
    const thread = tid === 0 ? NONE : this.#threads.row(this.#threads.pidOf(tid), tid);
    polled.table.push(Math.min(before, timeNs), timeNs, thread, cpu, NONE, [value]);
  }

  #counter(key: number): PolledCounter {
    let polled = this.#counters.get(key);
    if (!polled) {
      const known = this.#book.ofKey(key);
      const counter = known >= 0 ? known : this.#book.addKey(key, null, null, true);
      polled = { counter, table: this.#builder.addReadings([counter]), lastNs: new Map() };
      this.#counters.set(key, polled);
    }
    return polled;
  }
}
