/**
 * The first of two passes over the records: everything but the samples. Mappings and names may stand after the samples
 * that need them, and the time that counts as 0 is known only at the end.
 */
import { READ_FORMAT, RECORD } from '../perfAbi.ts';
import { readAttribute, MIN_ATTRIBUTE_BYTES } from './eventAttribute.ts';
import type { EventUpdate } from './eventNames.ts';
import { UNKNOWN_EVENT, type EventTable } from './eventTable.ts';
import { isKnownFeature, readFeature, type HeaderFacts } from './features.ts';
import { MalformedField, FieldReader } from './fieldReader.ts';
import {
  FEATURE,
  FIRST_SIMPLEPERF_RECORD,
  FIRST_TOOL_RECORD,
  LAST_TOOL_RECORD,
  TOOL_RECORD,
} from './format.ts';
import { NO_ID } from './idTable.ts';
import type { Problems } from './problems.ts';
import { wordOrder, type RecordView } from './recordWalker.ts';
import { ABSENT } from './sampleLayout.ts';
import { SimpleperfRecords } from './simpleperfRecords.ts';
import { readSideBand, type SideBandEvent } from './sideBand.ts';
import { StatCollector } from './statRecords.ts';
import { ThreadReadings } from './threadReadings.ts';

/** Which CPU and thread an event id was opened for; -1 is any. */
export interface IdTarget {
  cpu: number;
  tid: number;
}

export class Survey {
  readonly sideBand: SideBandEvent[] = [];
  /** By event. */
  readonly updates = new Map<number, EventUpdate>();
  /** By row of the id table. */
  readonly idTargets = new Map<number, IdTarget>();
  readonly stat = new StatCollector();
  readonly threadReadings = new ThreadReadings();
  readonly simpleperf = new SimpleperfRecords();
  sampleCount = 0;
  /** By LOST records: what found no room in the ring buffer. */
  #lostForRoom = 0;
  /** By LOST_SAMPLES records. */
  #lostSamples = 0;
  throttles = 0;
  traceBytes = 0;
  /** Where the tracing data of a pipe (or of simpleperf) lie in the file. */
  tracingData: { offset: number; bytes: number } | null = null;

  readonly #events: EventTable;
  readonly #header: HeaderFacts;
  readonly #littleEndian: boolean;
  readonly #problems: Problems;
  readonly #lowWord: number;
  readonly #highWord: number;
  /** Earliest time that is not 0 of samples and switches, as two halves. */
  #earliestLow = 0xffff_ffff;
  #earliestHigh = 0xffff_ffff;

  /**
   * Records that are lost. Where the counters tell how many samples they lost (PERF_FORMAT_LOST), perf itself writes
   * these numbers as LOST_SAMPLES when it stops (tools/perf/builtin-record.c, `record__read_lost_samples`), and the LOST
   * records told of the same samples before. Else LOST_SAMPLES are the kernel's, of samples that no LOST record counts.
   */
  get lostRecords(): number {
    const isToldTwice = this.#events.attributes.some(
      ({ readFormat }) => (readFormat & READ_FORMAT.lost) !== 0,
    );
    return isToldTwice
      ? Math.max(this.#lostForRoom, this.#lostSamples)
      : this.#lostForRoom + this.#lostSamples;
  }

  constructor(events: EventTable, header: HeaderFacts, littleEndian: boolean, problems: Problems) {
    this.#events = events;
    this.#header = header;
    this.#littleEndian = littleEndian;
    this.#problems = problems;
    const order = wordOrder(littleEndian);
    this.#lowWord = order.low;
    this.#highWord = order.high;
  }

  /** The earliest time of a sample, probe hit or context switch, on the clock of the file; null when none has a time. */
  earliestNs(): bigint | null {
    const earliest = (BigInt(this.#earliestHigh) << 32n) | BigInt(this.#earliestLow);
    return earliest === 0xffff_ffff_ffff_ffffn ? null : earliest;
  }

  readonly visit = (record: RecordView): void => {
    if (record.type === RECORD.sample) {
      this.sampleCount++;
      this.#seeSampleTime(record);
      return;
    }
    try {
      if (record.type < FIRST_TOOL_RECORD) this.#visitKernelRecord(record);
      else this.#visitToolRecord(record);
    } catch (error) {
      if (!(error instanceof MalformedField)) throw error;
      this.#problems.add('perf-bad-record', record.offset);
    }
  };

  #seeSampleTime(record: RecordView): void {
    const layouts = this.#events.sampleLayouts;
    if (layouts.length === 0) return;
    let place = layouts[0].time;
    if (layouts.length > 1) {
      const event = this.#events.eventOfSample(record);
      if (event === UNKNOWN_EVENT) return;
      place = layouts[event].time;
    }
    if (place !== ABSENT && record.size >= (place + 2) * 4) this.#seeTime(record.words, record.word + place);
  }

  #seeTime(words: Uint32Array, at: number): void {
    const low = words[at + this.#lowWord];
    const high = words[at + this.#highWord];
    if ((low | high) === 0) return;
    if (high < this.#earliestHigh || (high === this.#earliestHigh && low < this.#earliestLow)) {
      this.#earliestHigh = high;
      this.#earliestLow = low;
    }
  }

  #visitKernelRecord(record: RecordView): void {
    const event = this.#events.eventOfOther(record);
    const trailer = event === UNKNOWN_EVENT ? null : this.#events.trailerLayouts[event];
    const trailerBytes = (trailer?.words ?? 0) * 4;
    const bodyEnd = record.size - trailerBytes;
    if (bodyEnd < 8) throw new MalformedField('the trailer is longer than the record');
    const trailerWord = record.word + (bodyEnd >>> 2);
    switch (record.type) {
      case RECORD.switch:
      case RECORD.switchCpuWide:
        if (trailer && trailer.time !== ABSENT) this.#seeTime(record.words, trailerWord + trailer.time);
        return;
      case RECORD.lost:
        this.#lostForRoom += this.#body(record, bodyEnd, 8).size();
        return;
      case RECORD.lostSamples:
        this.#lostSamples += this.#body(record, bodyEnd).size();
        return;
      case RECORD.throttle:
        this.throttles++;
        return;
      case RECORD.callchainDeferred:
        this.#problems.add('perf-chains-deferred', record.offset);
        return;
      default: {
        const timeAt = trailer && trailer.time !== ABSENT ? trailerWord + trailer.time : null;
        const timeNs = timeAt === null ? 0n : this.#u64(record.words, timeAt);
        if (record.type === RECORD.read && event !== UNKNOWN_EVENT) {
          const cpuOfId = (row: number): number => this.idTargets.get(row)?.cpu ?? -1;
          this.threadReadings.visit(this.#body(record, bodyEnd), this.#events, event, timeNs, cpuOfId);
          return;
        }
        const sideBand = readSideBand(record, bodyEnd, timeNs, this.#littleEndian);
        if (sideBand) this.sideBand.push(sideBand);
      }
    }
  }

  #u64(words: Uint32Array, at: number): bigint {
    return (BigInt(words[at + this.#highWord]) << 32n) | BigInt(words[at + this.#lowWord]);
  }

  /** The body of a record from `skip` bytes after its header on. */
  #body(record: RecordView, bodyEnd: number, skip = 0): FieldReader {
    const reader = new FieldReader(record.bytes, this.#littleEndian, record.byte + 8, record.byte + bodyEnd);
    reader.skip(skip);
    return reader;
  }

  #visitToolRecord(record: RecordView): void {
    const { type } = record;
    if (type >= FIRST_SIMPLEPERF_RECORD) {
      this.simpleperf.visit(record, this.#events, this.#problems);
      return;
    }
    if (type > LAST_TOOL_RECORD) {
      this.#problems.add('perf-unknown-records', record.offset);
      return;
    }
    switch (type) {
      case TOOL_RECORD.headerAttr:
        return this.#addAttribute(record);
      case TOOL_RECORD.headerFeature:
        return this.#readFeature(record);
      case TOOL_RECORD.tracingData:
        // simpleperf once kept the blob inside the record, after its size.
        this.tracingData ??= record.payload ?? { offset: record.offset + 12, bytes: record.size - 12 };
        return;
      case TOOL_RECORD.auxtrace:
        this.traceBytes += record.payload?.bytes ?? 0;
        return;
      case TOOL_RECORD.eventUpdate:
        return this.#updateEvent(record);
      case TOOL_RECORD.idIndex:
        return this.#readIdIndex(record);
      case TOOL_RECORD.buildId:
        return readFeature(
          FEATURE.buildId,
          this.#recordBytes(record),
          this.#littleEndian,
          this.#header,
          this.#problems,
          record.offset,
        );
      case TOOL_RECORD.threadMap:
      case TOOL_RECORD.stat:
      case TOOL_RECORD.statRound:
        return this.stat.visit(type, this.#body(record, record.size), (id) => this.#rowOf(id));
      default:
    }
  }

  #recordBytes(record: RecordView): Uint8Array {
    return record.bytes.slice(record.byte, record.byte + record.size);
  }

  /** HEADER_ATTR: the attribute in its own size, then ids to the end. */
  #addAttribute(record: RecordView): void {
    const reader = this.#body(record, record.size);
    const start = reader.at;
    reader.skip(4);
    const ownBytes = reader.u32() || MIN_ATTRIBUTE_BYTES;
    const attributeBytes = Math.min(ownBytes, record.size - 8);
    const attribute = readAttribute(record.bytes, start, attributeBytes, this.#littleEndian);
    const ids = this.#body(record, record.size, attributeBytes);
    this.#events.add(
      attribute,
      Array.from({ length: Math.floor(ids.remaining / 8) }, () => ids.u64()),
    );
  }

  /** An empty payload marks the end of the features. */
  #readFeature(record: RecordView): void {
    const reader = this.#body(record, record.size);
    const feature = reader.size();
    if (reader.remaining === 0 || !isKnownFeature(feature)) return;
    const payload = reader.take(reader.remaining).slice();
    readFeature(feature, payload, this.#littleEndian, this.#header, this.#problems, record.offset);
  }

  #updateEvent(record: RecordView): void {
    const reader = this.#body(record, record.size);
    const kind = reader.u64();
    const row = this.#rowOf(reader.u64());
    if (row === NO_ID) return;
    const event = this.#events.ids.eventOf(row);
    const update = this.updates.get(event) ?? { name: null, unit: null, scale: null };
    if (kind === 0n) update.unit = reader.text(reader.remaining);
    else if (kind === 1n) update.scale = reader.f64();
    else if (kind === 2n) update.name = reader.text(reader.remaining);
    this.updates.set(event, update);
  }

  #readIdIndex(record: RecordView): void {
    const reader = this.#body(record, record.size);
    const count = reader.count(reader.size(), 32);
    for (let i = 0; i < count; i++) {
      const row = this.#rowOf(reader.u64());
      reader.skip(8);
      const cpu = Number(BigInt.asIntN(32, reader.u64()));
      const tid = Number(BigInt.asIntN(32, reader.u64()));
      if (row !== NO_ID) this.idTargets.set(row, { cpu, tid });
    }
  }

  #rowOf(id: bigint): number {
    return this.#events.ids.find(Number(id & 0xffff_ffffn), Number(id >> 32n));
  }
}
