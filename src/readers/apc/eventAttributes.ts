/**
 * `struct perf_event_attr` as gatord recorded it for every event it opened, and what it says about the layout of the
 * records of that event.
 */
import { EVENT_TYPE, READ_FORMAT, SAMPLE } from '../perfAbi.ts';
import { signedNumber } from './packed.ts';

/** The parts of `struct perf_event_attr` that matter, numbers as they are. */
export interface EventAttributes {
  /** gator's key for the event; several event ids (one per CPU, thread…) share it. */
  key: number;
  /** `enum perf_type_id`, or the number of a PMU of the target. */
  type: number;
  config: bigint;
  /** Period, or samples a second when `isFrequency`. */
  samplePeriod: number;
  sampleType: number;
  readFormat: number;
  isFrequency: boolean;
  inherit: boolean;
  pinned: boolean;
  excludesKernel: boolean;
  layout: RecordLayout;
}

/** Where things stand in the records of one event. Positions are in 64-bit words behind the record's header; -1 is absent. */
export interface RecordLayout {
  ip: number;
  thread: number;
  time: number;
  period: number;
  /** Words before the parts of variable length, which follow in the order READ, CALLCHAIN, RAW. */
  fixedWords: number;
  hasRead: boolean;
  hasCallchain: boolean;
  hasRaw: boolean;
  /** Words of `{ value[, id] }`, of `nr` and the times before it, for READ. */
  readIsGroup: boolean;
  readHasEnabled: boolean;
  readHasRunning: boolean;
  readHasId: boolean;
  readHasLost: boolean;
  /** The id trailer of records that are no samples, counted from its first word. */
  trailerWords: number;
  trailerThread: number;
  trailerTime: number;
}

/** `PERF_ATTR_SIZE_VER0`: what the first kernels had, up to and including the flag bits and `config1`'s predecessor. */
const SMALLEST_BYTES = 64;
/** No kernel has a longer one; a larger size is a damaged or byte-swapped one. */
const LARGEST_BYTES = 4096;

const FLAG_INHERIT = 1 << 1;
const FLAG_PINNED = 1 << 2;
const FLAG_EXCLUDE_KERNEL = 1 << 5;
const FLAG_FREQ = 1 << 10;

/** Size of the struct that begins at `offset`: it says so itself. Null when that cannot be. */
export function attributesSize(bytes: Uint8Array, offset: number): number | null {
  if (offset + SMALLEST_BYTES > bytes.length) return null;
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset + 4, true);
  return size < SMALLEST_BYTES || size > LARGEST_BYTES || offset + size > bytes.length ? null : size;
}

/** True when the size only makes sense with its bytes swapped: recorded on a big-endian target. */
export function isBigEndian(bytes: Uint8Array, offset: number): boolean {
  if (offset + SMALLEST_BYTES > bytes.length) return false;
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset + 4, false);
  return size >= SMALLEST_BYTES && size <= LARGEST_BYTES;
}

/** Reads the struct. `bytes` is exactly the struct, little endian, as long as {@link attributesSize} said. */
export function parseAttributes(bytes: Uint8Array, key: number): EventAttributes {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sampleType = view.getUint32(24, true);
  const readFormat = view.getUint32(32, true);
  const flags = view.getUint32(40, true);
  return {
    key,
    type: view.getUint32(0, true),
    config: view.getBigUint64(8, true),
    samplePeriod: signedNumber(view.getInt32(16, true), view.getInt32(20, true)),
    sampleType,
    readFormat,
    isFrequency: (flags & FLAG_FREQ) !== 0,
    inherit: (flags & FLAG_INHERIT) !== 0,
    pinned: (flags & FLAG_PINNED) !== 0,
    excludesKernel: (flags & FLAG_EXCLUDE_KERNEL) !== 0,
    layout: recordLayout(sampleType, readFormat),
  };
}

/** The layout that `sample_type` and `read_format` imply (man perf_event_open, PERF_RECORD_SAMPLE and `sample_id`). */
export function recordLayout(sampleType: number, readFormat: number): RecordLayout {
  const has = (bit: number): boolean => (sampleType & bit) !== 0;
  let words = 0;
  const next = (bit: number): number => (has(bit) ? words++ : -1);
  next(SAMPLE.identifier);
  const ip = next(SAMPLE.ip);
  const thread = next(SAMPLE.tid);
  const time = next(SAMPLE.time);
  next(SAMPLE.addr);
  next(SAMPLE.id);
  next(SAMPLE.streamId);
  next(SAMPLE.cpu);
  const period = next(SAMPLE.period);
  const fixedWords = words;

  words = 0;
  const trailerThread = next(SAMPLE.tid);
  const trailerTime = next(SAMPLE.time);
  next(SAMPLE.id);
  next(SAMPLE.streamId);
  next(SAMPLE.cpu);
  next(SAMPLE.identifier);
  return {
    ip,
    thread,
    time,
    period,
    fixedWords,
    hasRead: has(SAMPLE.read),
    hasCallchain: has(SAMPLE.callchain),
    hasRaw: has(SAMPLE.raw),
    readIsGroup: (readFormat & READ_FORMAT.group) !== 0,
    readHasEnabled: (readFormat & READ_FORMAT.timeEnabled) !== 0,
    readHasRunning: (readFormat & READ_FORMAT.timeRunning) !== 0,
    readHasId: (readFormat & READ_FORMAT.id) !== 0,
    readHasLost: (readFormat & READ_FORMAT.lost) !== 0,
    trailerWords: words,
    trailerThread,
    trailerTime,
  };
}

/** A sampled event of software, hardware or tracepoint type that counts events of a core's PMU: its code means an event. */
export function isPmuType(type: number): boolean {
  return type === EVENT_TYPE.raw || type > EVENT_TYPE.breakpoint;
}
