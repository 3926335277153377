/**
 * Walks the records of a file or a pipe stream in file order, block by block, and decompresses those that perf wrote with
 * zstd (`perf record -z`) in place.
 */
import { BLOCK_BYTES, type ByteSource } from '../../platform/bytes.ts';
import type { PlatformServices, ZstdStream } from '../../platform/services.ts';
import { FieldReader } from './fieldReader.ts';
import { FIRST_SIMPLEPERF_RECORD, LAST_SIMPLEPERF_RECORD, LAST_TOOL_RECORD, TOOL_RECORD } from './format.ts';
import type { Problems } from './problems.ts';

/**
 * One record, as a window into the block that holds it. The same object is used for every record: copy what must stay.
 * `words` are the block's 32-bit words as numbers of this machine, whatever byte order the file has; of a 64-bit field the
 * file's order says which word comes first ({@link wordOrder}).
 */
export interface RecordView {
  type: number;
  misc: number;
  /** Bytes of the record, its 8-byte header included. */
  size: number;
  words: Uint32Array;
  /** Index of the record's first word. */
  word: number;
  bytes: Uint8Array;
  /** Index of the record's first byte. */
  byte: number;
  /** Where it starts in the file; for a decompressed record, where the compressed one does. */
  offset: number;
  /**
   * A part of the file: bytes that follow a TRACING_DATA or AUXTRACE record and belong to it, or the body of a record of
   * simpleperf's that is too large for a window.
   */
  payload: { offset: number; bytes: number } | null;
}

/** Index of the low and high word within a 64-bit field. */
export function wordOrder(littleEndian: boolean): { low: 0 | 1; high: 0 | 1 } {
  return littleEndian ? { low: 0, high: 1 } : { low: 1, high: 0 };
}

export interface RecordRange {
  source: ByteSource;
  /** First byte of the records in the source, and the byte after the last. */
  start: number;
  end: number;
  littleEndian: boolean;
  /** Records to the end of the input, with the possibility of text after them. */
  isPipe: boolean;
}

const HEADER_BYTES = 8;
/** A record's 16-bit size cannot say more. */
const MAX_RECORD_BYTES = 1 << 16;
const machineIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * How much compressed records may decompress to: real ones reach about 20 times, and zstd itself more than 30,000 times,
 * so a bomb is refused long before it hurts.
 */
const DECOMPRESSED_RATIO = 128;
const DECOMPRESSED_SLACK_BYTES = 64 << 20;

/**
 * Calls `visit` for every record in file order. Problems with the structure itself (a cut record, an impossible size, text
 * after the records, damaged compression) are noted in `problems`; the walk then ends, and what was visited stays.
 */
export async function walkRecords(
  range: RecordRange,
  services: PlatformServices,
  problems: Problems,
  visit: (record: RecordView) => void,
): Promise<void> {
  await new RecordWalker(range, services, problems, visit).walk();
}

class RecordWalker {
  readonly #range: RecordRange;
  readonly #services: PlatformServices;
  readonly #problems: Problems;
  readonly #visit: (record: RecordView) => void;
  readonly #swap: boolean;
  readonly #record: RecordView = {
    type: 0,
    misc: 0,
    size: 0,
    words: new Uint32Array(0),
    word: 0,
    bytes: new Uint8Array(0),
    byte: 0,
    offset: 0,
    payload: null,
  };
  /** Holds the one record that does not start on a multiple of 4 bytes. */
  readonly #scratch = new Uint8Array(MAX_RECORD_BYTES);
  #visited = 0;
  #ended = false;
  /** The compressed record that the walk stopped at. */
  #compressed: Uint8Array | null = null;
  #decoder: ZstdStream | null = null;
  #decoderFailed = false;
  #decompressedBytes = 0;
  /** Bytes of a record that continues in the next compressed record. */
  #carry = new Uint8Array(0);

  constructor(
    range: RecordRange,
    services: PlatformServices,
    problems: Problems,
    visit: (record: RecordView) => void,
  ) {
    this.#range = range;
    this.#services = services;
    this.#problems = problems;
    this.#visit = visit;
    this.#swap = range.littleEndian !== machineIsLittleEndian;
  }

  async walk(): Promise<void> {
    const { source, end } = this.#range;
    let position = this.#range.start;
    while (!this.#ended && position < end) {
      const block = await source.read(position, Math.min(BLOCK_BYTES, end - position));
      if (block.byteLength === 0) break;
      const used = await this.#walkBlock(block, position);
      if (used === 0 && !this.#ended) this.#end('perf-cut-record', position);
      position += used;
    }
    if (this.#carry.byteLength > 0) this.#problems.add('perf-cut-record', end);
  }

  /** Walks the whole records of a block; returns how many bytes they take. */
  async #walkBlock(block: Uint8Array, position: number): Promise<number> {
    const { bytes, words } = aligned(block, this.#swap);
    let at = 0;
    while (!this.#ended) {
      at = this.#walkPlain(bytes, words, at, position, false);
      if (this.#compressed === null) break;
      await this.#walkCompressed(this.#compressed, this.#record.offset);
      this.#compressed = null;
    }
    return at;
  }

  /**
   * Visits records from byte `at` on, until the block ends, the walk ends, or a compressed record must be decompressed
   * first. Returns the byte after the last record dealt with.
   */
  #walkPlain(bytes: Uint8Array, words: Uint32Array, at: number, position: number, nested: boolean): number {
    const { littleEndian } = this.#range;
    const record = this.#record;
    const blockEnd = bytes.byteLength;
    const recordsEnd = nested ? Infinity : this.#range.end - position;
    const offsetOf = (at: number): number => (nested ? position : position + at);
    while (at < blockEnd) {
      if (at + HEADER_BYTES > blockEnd) {
        if (blockEnd >= recordsEnd) this.#end('perf-cut-record', offsetOf(at));
        return at;
      }
      let type: number;
      let sizeWord: number;
      if ((at & 3) === 0) {
        type = words[at >>> 2];
        sizeWord = words[(at >>> 2) + 1];
      } else {
        const header = new FieldReader(bytes, littleEndian, at, at + HEADER_BYTES);
        type = header.u32();
        sizeWord = header.u32();
      }
      let misc: number;
      let size: number;
      if (type >= FIRST_SIMPLEPERF_RECORD && type <= LAST_SIMPLEPERF_RECORD && littleEndian) {
        misc = 0;
        size = (((sizeWord & 0xffff) << 16) | (sizeWord >>> 16)) >>> 0;
      } else if (littleEndian) {
        misc = sizeWord & 0xffff;
        size = sizeWord >>> 16;
      } else {
        misc = sizeWord >>> 16;
        size = sizeWord & 0xffff;
      }

      if (this.#range.isPipe && this.#visited > 0 && !isRecordType(type)) {
        this.#problems.add('perf-trailing-bytes', position + at, recordsEnd - at);
        this.#ended = true;
        return at;
      }
      if (size < HEADER_BYTES) {
        this.#end('perf-bad-record-size', offsetOf(at));
        return at;
      }
      if (at + size > recordsEnd) {
        this.#end('perf-cut-record', offsetOf(at));
        return at;
      }
      if (at + size > blockEnd && size < BLOCK_BYTES) return at;

      record.type = type;
      record.misc = misc;
      record.size = size;
      record.offset = offsetOf(at);
      record.payload = null;
      if (size >= MAX_RECORD_BYTES) {
        // Only simpleperf's own records.
        if (!nested) record.payload = { offset: record.offset + HEADER_BYTES, bytes: size - HEADER_BYTES };
        record.size = HEADER_BYTES;
        record.words = words;
        record.word = 0;
        record.bytes = bytes;
        record.byte = at;
      } else if ((at & 3) === 0) {
        record.words = words;
        record.word = at >>> 2;
        record.bytes = bytes;
        record.byte = at;
      } else {
        this.#copyToScratch(bytes.subarray(at, at + size));
      }
      this.#visited++;

      if (type === TOOL_RECORD.compressed || type === TOOL_RECORD.compressed2) {
        if (nested) this.#problems.add('perf-zstd-damaged', record.offset);
        else {
          this.#compressed = compressedBytes(record, littleEndian);
          return at + size;
        }
      } else {
        const payloadBytes = nested ? 0 : this.#payloadBytes(record);
        if (payloadBytes > 0) {
          if (at + size + payloadBytes > recordsEnd) {
            this.#end('perf-cut-record', position + at);
            return at;
          }
          record.payload = { offset: position + at + size, bytes: payloadBytes };
        }
        this.#visit(record);
        at += payloadBytes;
      }
      at += size;
    }
    return at;
  }

  #end(code: 'perf-cut-record' | 'perf-bad-record-size', offset: number): void {
    this.#problems.add(code, offset);
    this.#ended = true;
  }

  #copyToScratch(record: Uint8Array): void {
    this.#scratch.set(record);
    const { bytes, words } = aligned(this.#scratch.subarray(0, (record.byteLength + 3) & ~3), this.#swap);
    this.#record.words = words;
    this.#record.word = 0;
    this.#record.bytes = bytes;
    this.#record.byte = 0;
  }

  /** Bytes after a record that are its own although its size does not count them. */
  #payloadBytes(record: RecordView): number {
    if (record.type === TOOL_RECORD.tracingData && record.size >= 12) {
      const bytes = record.words[record.word + 2];
      // simpleperf once kept the data inside the record.
      return bytes <= record.size - 12 ? 0 : bytes;
    }
    if (record.type === TOOL_RECORD.auxtrace && record.size >= 16) {
      const { low, high } = wordOrder(this.#range.littleEndian);
      return record.words[record.word + 2 + high] * 2 ** 32 + record.words[record.word + 2 + low];
    }
    return 0;
  }

  /** All compressed records of a file are one zstd frame, and a record may begin in one and end in the next. */
  async #walkCompressed(piece: Uint8Array, offset: number): Promise<void> {
    if (this.#decoderFailed) {
      this.#problems.add('perf-zstd-damaged', offset);
      return;
    }
    const limitBytes = this.#range.source.size * DECOMPRESSED_RATIO + DECOMPRESSED_SLACK_BYTES;
    this.#decoder ??= this.#services.zstdStream();
    let decoded: Uint8Array;
    try {
      decoded = await this.#decoder.push(piece, limitBytes - this.#decompressedBytes);
    } catch (error) {
      this.#decoderFailed = true;
      this.#problems.add(error instanceof RangeError ? 'perf-zstd-limit' : 'perf-zstd-damaged', offset);
      return;
    }
    this.#decompressedBytes += decoded.byteLength;
    const whole = new Uint8Array(this.#carry.byteLength + decoded.byteLength);
    whole.set(this.#carry);
    whole.set(decoded, this.#carry.byteLength);
    const { bytes, words } = aligned(whole, this.#swap);
    const used = this.#walkPlain(bytes, words, 0, offset, true);
    this.#carry = this.#ended ? new Uint8Array(0) : whole.slice(used);
  }
}

function isRecordType(type: number): boolean {
  return type <= LAST_TOOL_RECORD || (type >= FIRST_SIMPLEPERF_RECORD && type <= LAST_SIMPLEPERF_RECORD);
}

/** The zstd bytes of a COMPRESSED (to its end) or COMPRESSED2 record (their number is stated, padding follows). */
function compressedBytes(record: RecordView, littleEndian: boolean): Uint8Array {
  const start = record.byte + HEADER_BYTES;
  const end = record.byte + record.size;
  if (record.type === TOOL_RECORD.compressed) return record.bytes.slice(start, end);
  if (end - start < 8) return new Uint8Array(0);
  const { low, high } = wordOrder(littleEndian);
  const stated = record.words[record.word + 2 + high] > 0 ? Infinity : record.words[record.word + 2 + low];
  return record.bytes.slice(start + 8, Math.min(end, start + 8 + stated));
}

/** Words over bytes: a view where they are aligned and of this machine's byte order, else a copy. */
function aligned(bytes: Uint8Array, swap: boolean): { bytes: Uint8Array; words: Uint32Array } {
  const wordCount = bytes.byteLength >>> 2;
  if (!swap && bytes.byteOffset % 4 === 0) {
    return { bytes, words: new Uint32Array(bytes.buffer, bytes.byteOffset, wordCount) };
  }
  const copy = new Uint8Array(wordCount * 4);
  copy.set(bytes.subarray(0, wordCount * 4));
  const words = new Uint32Array(copy.buffer);
  if (swap) {
    for (let i = 0; i < wordCount; i++) {
      const word = words[i];
      words[i] = (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
    }
  }
  return { bytes, words };
}
