/** Frequencies of CPUs: a level at the start of the capture, then a power/cpu_frequency record for each change. */
import type { ProfileBuilder, ReadingsBuilder } from '../../profile/builder.ts';
import { NONE } from '../../profile/types.ts';
import type { CounterIndex, Nanoseconds } from '../../profile/types.ts';
import { plausibleTime } from './captureClock.ts';
import type { CounterBook } from './counters.ts';
import type { CaptureMetadata } from './metadata.ts';
import { int32At, rawDataAt, rawDataBytes } from './perfRecords.ts';
import type { PlannedEvent } from './recordingPlan.ts';

const FIELD_BYTES = 4;

/** The tracepoint speaks of kHz, gator's counters of Hz. */
const HERTZ_PER_KILOHERTZ = 1000;

/** Writes frequencies into a Profile, as levels of their counter. */
export class CpuFrequencies {
  readonly #builder: ProfileBuilder;
  readonly #metadata: CaptureMetadata;
  readonly #tables = new Map<CounterIndex, ReadingsBuilder>();

  constructor(metadata: CaptureMetadata, builder: ProfileBuilder, book: CounterBook) {
    this.#builder = builder;
    this.#metadata = metadata;
    for (const { timeNs, cpu, key, value } of metadata.levels) {
      const counter = book.ofKey(key);
      const at = plausibleTime(timeNs);
      if (counter >= 0 && !Number.isNaN(at)) this.#take(counter, at, cpu, value);
    }
  }

  /** A record with raw data at word `rawAt`, -1 for none; false when it does not hold what it should. */
  change(event: PlannedEvent, words: Int32Array, rawAt: number, end: number, timeNs: Nanoseconds): boolean {
    const offsets = this.#metadata.formats.get(Number(event.attributes.config))?.offsets;
    const [state, cpu] = [offsets?.get('state'), offsets?.get('cpu_id')];
    if (rawAt < 0 || state === undefined || cpu === undefined) return false;
    if (Math.max(state, cpu) + FIELD_BYTES > rawDataBytes(words, rawAt, end)) return false;
    const data = rawDataAt(rawAt);
    const hertz = (int32At(words, data + state) >>> 0) * HERTZ_PER_KILOHERTZ;
    this.#take(event.counter, timeNs, int32At(words, data + cpu), hertz);
    return true;
  }

  #take(counter: CounterIndex, timeNs: Nanoseconds, cpu: number, value: number): void {
    let table = this.#tables.get(counter);
    if (!table) {
      table = this.#builder.addReadings([counter]);
      this.#tables.set(counter, table);
    }
    table.push(timeNs, timeNs, NONE, cpu, NONE, [value]);
  }
}
