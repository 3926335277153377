/**
 * Records of simpleperf's own types that matter for a profile (AOSP system/extras/simpleperf, `record.h`): lists of kernel
 * symbols, formats of tracepoints, and ids of events that were opened later. A record of more than 64 KiB is written in
 * pieces, or as one with a larger size; where such records lie is noted in the walk and read behind it.
 */
import type { ByteSource } from '../../platform/bytes.ts';
import { parseKallsyms } from '../../profile/kallsyms.ts';
import type { KernelSymbols } from '../../profile/types.ts';
import type { EventTable } from './eventTable.ts';
import { FieldReader, MalformedField } from './fieldReader.ts';
import type { Section } from './fileHeader.ts';
import type { Problems } from './problems.ts';
import type { RecordView } from './recordWalker.ts';

const TYPE = {
  kernelSymbols: 32769,
  dso: 32770,
  symbol: 32771,
  split: 32772,
  splitEnd: 32773,
  eventId: 32774,
  tracingData: 32777,
} as const;

const HEADER_BYTES = 8;
/** /proc/kallsyms has 5 to 15 MB. */
const MAX_RECORD_BYTES = 64 << 20;
/** A piece holds up to 64 KiB: these are more than such a record has. */
const MOST_PIECES = 4096;
/** Records in pieces: the two kinds that are long come once. */
const MOST_WHOLE = 16;

/** What the records hold. */
export interface SimpleperfContent {
  /** The blob of {@link readTracingData}. */
  tracingData: Uint8Array | null;
  kernelSymbols: KernelSymbols | null;
}

/** Where the records lie; each as the pieces of its body. */
export class SimpleperfRecords {
  #kernelSymbols: Section[] | null = null;
  #tracingData: Section[] | null = null;
  readonly #whole: Section[][] = [];
  #pieces: Section[] = [];

  /** Takes note of a record. Throws MalformedField. */
  visit(record: RecordView, events: EventTable, problems: Problems): void {
    const body = record.payload ?? {
      offset: record.offset + HEADER_BYTES,
      bytes: record.size - HEADER_BYTES,
    };
    switch (record.type) {
      case TYPE.kernelSymbols:
        this.#kernelSymbols ??= [body];
        break;
      case TYPE.tracingData:
        this.#tracingData ??= [body];
        break;
      case TYPE.split:
        if (this.#pieces.length < MOST_PIECES) this.#pieces.push(body);
        else problems.add('perf-bad-record', record.offset);
        break;
      case TYPE.splitEnd:
        if (this.#pieces.length > 0 && this.#whole.length < MOST_WHOLE) this.#whole.push(this.#pieces);
        this.#pieces = [];
        break;
      case TYPE.eventId:
        if (!record.payload) addIds(record, events);
        break;
      case TYPE.dso:
      case TYPE.symbol:
        problems.add('simpleperf-records-skipped', record.offset);
        break;
      default:
      // Notes on how chains were unwound: they are in the samples.
    }
  }

  async read(source: ByteSource, problems: Problems): Promise<SimpleperfContent> {
    const content: SimpleperfContent = { tracingData: null, kernelSymbols: null };
    const take = (type: number, body: Uint8Array): void => {
      if (type === TYPE.tracingData) content.tracingData ??= sizedBytes(body);
      if (type === TYPE.kernelSymbols) content.kernelSymbols ??= parseKallsyms(sizedBytes(body));
    };
    const noted: [number, Section[] | null][] = [
      [TYPE.tracingData, this.#tracingData],
      [TYPE.kernelSymbols, this.#kernelSymbols],
      ...this.#whole.map((pieces): [number, Section[]] => [TYPE.split, pieces]),
    ];
    for (const [type, pieces] of noted) {
      if (pieces === null) continue;
      try {
        const bytes = await joined(source, pieces);
        if (type !== TYPE.split) take(type, bytes);
        // The pieces make up a record with its header.
        else take(new FieldReader(bytes, true).u32(), bytes.subarray(HEADER_BYTES));
      } catch (error) {
        if (!(error instanceof MalformedField)) throw error;
        problems.add('perf-bad-record', pieces[0].offset);
      }
    }
    return content;
  }
}

/** `u32 size`, that many bytes, padding. */
function sizedBytes(body: Uint8Array): Uint8Array {
  const reader = new FieldReader(body, true);
  return reader.take(reader.u32());
}

/** EVENT_ID: `u64 n; n × { u64 index of the attribute, u64 id }`. */
function addIds(record: RecordView, events: EventTable): void {
  const reader = new FieldReader(record.bytes, true, record.byte + HEADER_BYTES, record.byte + record.size);
  for (let left = reader.count(reader.size(), 16); left > 0; left--) {
    const event = reader.size();
    const id = reader.u64();
    if (event < events.attributes.length) events.ids.set(id, event);
  }
}

async function joined(source: ByteSource, pieces: readonly Section[]): Promise<Uint8Array> {
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
  if (bytes > MAX_RECORD_BYTES) throw new MalformedField(`a record of ${bytes} bytes`);
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(await source.read(piece.offset, piece.bytes), at);
    at += piece.bytes;
  }
  return whole;
}
