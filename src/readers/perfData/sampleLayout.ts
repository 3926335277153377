/** Where the fields of an event's records stand, worked out once per event. Offsets are in 32-bit words. */
import { BRANCH, READ_FORMAT, SAMPLE } from '../perfAbi.ts';
import type { EventAttribute } from './eventAttribute.ts';

export const ABSENT = -1;
const HEADER_WORDS = 2;

/** A SAMPLE record: fields of fixed place first, then those whose length the record itself says. */
export interface SampleLayout {
  /** Offsets from the start of the record; {@link ABSENT} when the event does not record the field. */
  ip: number;
  /** pid; tid is the next word. */
  tid: number;
  time: number;
  id: number;
  cpu: number;
  period: number;
  /** Words up to the fields of variable length, header included. */
  fixedWords: number;
  read: ReadLayout | null;
  hasChain: boolean;
  hasRaw: boolean;
  /** What stands between RAW and the user registers. */
  branch: { hasHardwareIndex: boolean; hasCounters: boolean } | null;
  /** Mask of the user registers in the record; 0 when there are none. */
  userRegisters: bigint;
  /** The record carries a copy of the user stack, for unwinding with DWARF. */
  hasUserStack: boolean;
}

/** `struct read_format`: the values of an event, or of a group. */
export interface ReadLayout {
  isGroup: boolean;
  hasEnabled: boolean;
  hasRunning: boolean;
  hasId: boolean;
  /** Words of one value with its id and lost count. */
  entryWords: number;
  /** Offset of the first value from the start of the read, in words. */
  firstValue: number;
}

/** The trailer (`struct sample_id`) of every other kernel record: offsets from its own start. */
export interface TrailerLayout {
  words: number;
  tid: number;
  time: number;
  id: number;
  cpu: number;
}

/** Gives fields their places in order of calling. */
class Places {
  at: number;
  readonly #sampleType: number;

  constructor(start: number, sampleType: number) {
    this.at = start;
    this.#sampleType = sampleType;
  }

  /** The place of an 8-byte field when its bit is set. */
  next(bit: number): number {
    if ((this.#sampleType & bit) === 0) return ABSENT;
    this.at += 2;
    return this.at - 2;
  }
}

export function sampleLayout(attribute: EventAttribute): SampleLayout {
  const { sampleType } = attribute;
  const places = new Places(HEADER_WORDS, sampleType);
  const identifier = places.next(SAMPLE.identifier);
  const ip = places.next(SAMPLE.ip);
  const tid = places.next(SAMPLE.tid);
  const time = places.next(SAMPLE.time);
  places.next(SAMPLE.addr);
  const id = places.next(SAMPLE.id);
  places.next(SAMPLE.streamId);
  const cpu = places.next(SAMPLE.cpu);
  const period = places.next(SAMPLE.period);
  const has = (bit: number): boolean => (sampleType & bit) !== 0;
  return {
    ip,
    tid,
    time,
    id: identifier === ABSENT ? id : identifier,
    cpu,
    period,
    fixedWords: places.at,
    read: has(SAMPLE.read) ? readLayout(attribute.readFormat) : null,
    hasChain: has(SAMPLE.callchain),
    hasRaw: has(SAMPLE.raw),
    branch: has(SAMPLE.branchStack)
      ? {
          hasHardwareIndex: (attribute.branchSampleType & BRANCH.hardwareIndex) !== 0n,
          hasCounters: (attribute.branchSampleType & BRANCH.counters) !== 0n,
        }
      : null,
    userRegisters: has(SAMPLE.regsUser) ? attribute.sampleRegsUser : 0n,
    hasUserStack: has(SAMPLE.stackUser),
  };
}

export function readLayout(readFormat: number): ReadLayout {
  const has = (bit: number): boolean => (readFormat & bit) !== 0;
  const isGroup = has(READ_FORMAT.group);
  const timeWords = (has(READ_FORMAT.timeEnabled) ? 2 : 0) + (has(READ_FORMAT.timeRunning) ? 2 : 0);
  const extraWords = (has(READ_FORMAT.id) ? 2 : 0) + (has(READ_FORMAT.lost) ? 2 : 0);
  return {
    isGroup,
    hasEnabled: has(READ_FORMAT.timeEnabled),
    hasRunning: has(READ_FORMAT.timeRunning),
    hasId: has(READ_FORMAT.id),
    entryWords: 2 + extraWords,
    // A group starts with the number of its members and the times; a single event with its value.
    firstValue: isGroup ? 2 + timeWords : 0,
  };
}

export function trailerLayout(attribute: EventAttribute): TrailerLayout {
  if (!attribute.sampleIdAll) return { words: 0, tid: ABSENT, time: ABSENT, id: ABSENT, cpu: ABSENT };
  const places = new Places(0, attribute.sampleType);
  const tid = places.next(SAMPLE.tid);
  const time = places.next(SAMPLE.time);
  const id = places.next(SAMPLE.id);
  places.next(SAMPLE.streamId);
  const cpu = places.next(SAMPLE.cpu);
  const identifier = places.next(SAMPLE.identifier);
  return { words: places.at, tid, time, id: identifier === ABSENT ? id : identifier, cpu };
}
