/**
 * Perf records inside PERF_DATA frames. A frame is `cpu`, `u32le length` and packed 64-bit words that unpack to the
 * records of that CPU's ring buffer. Records are unpacked one at a time into a small buffer, or passed over unread.
 */
import { PackedReader, WordSkipper, decodeWords } from './packed.ts';

/** `perf_event_header.size` has 16 bits. */
const MAX_RECORD_WORDS = 8192;
const HEADER_BYTES = 8;

/** Walks the records of one PERF_DATA frame after another. Its fields belong to the current record. */
export class RecordCursor {
  cpu = 0;
  /** `enum perf_event_type` */
  type = 0;
  misc = 0;
  /** 64-bit words of the payload. */
  wordCount = 0;
  /** The payload once {@link read} said true: low and high halves in turn. Overwritten by the next record. */
  readonly words = new Int32Array(2 * MAX_RECORD_WORDS);
  /** Sections that ended within a record, or whose records make no sense; the rest of such a section is lost. */
  damagedSections = 0;

  readonly #header = new Int32Array(2);
  #bytes: Uint8Array = new Uint8Array(0);
  #skipper = new WordSkipper(this.#bytes);
  #position = 0;
  #sectionEnd = 0;
  #unread = 0;

  /** Begins a frame. Use {@link nextSection} before the first record. */
  open(body: Uint8Array): void {
    this.#bytes = body;
    this.#skipper = new WordSkipper(body);
    this.#position = 0;
    this.#sectionEnd = 0;
    this.#unread = 0;
  }

  /** Goes to the next section of the frame (one in gator 9). False at the end of the frame. */
  nextSection(): boolean {
    this.#position = this.#sectionEnd;
    this.#unread = 0;
    if (this.#position >= this.#bytes.length) return false;
    const reader = new PackedReader(this.#bytes, this.#position);
    const cpu = reader.int32();
    const length = reader.uint32le();
    if (reader.overrun || length > reader.remaining) {
      this.damagedSections++;
      this.#sectionEnd = this.#bytes.length;
      return false;
    }
    this.cpu = cpu;
    this.#position = reader.position;
    this.#sectionEnd = reader.position + length;
    return true;
  }

  /** Goes to the next record of the section and reads its header. False at the end of the section. */
  next(): boolean {
    const end = this.#sectionEnd;
    if (this.#unread > 0) this.#position = this.#skipper.skip(this.#position, this.#unread, end);
    this.#unread = 0;
    if (this.#position >= end) {
      if (this.#position > end) this.#giveUp();
      return false;
    }
    this.#position = decodeWords(this.#bytes, this.#position, 1, this.#header);
    const sizeBytes = this.#header[1] >>> 16;
    if (this.#position > end || sizeBytes < HEADER_BYTES || sizeBytes % HEADER_BYTES !== 0) {
      this.#giveUp();
      return false;
    }
    this.type = this.#header[0];
    this.misc = this.#header[1] & 0xffff;
    this.wordCount = sizeBytes / HEADER_BYTES - 1;
    this.#unread = this.wordCount;
    return true;
  }

  /** Unpacks the first word of the payload into `words`, and no more. False when there is none. */
  readFirst(): boolean {
    if (this.#unread === 0) return false;
    this.#position = decodeWords(this.#bytes, this.#position, 1, this.words);
    this.#unread--;
    return this.#position <= this.#sectionEnd;
  }

  /** Unpacks the payload of the record into `words`. False when the section ends before it does. */
  read(): boolean {
    this.#position = decodeWords(this.#bytes, this.#position, this.wordCount, this.words);
    this.#unread = 0;
    if (this.#position <= this.#sectionEnd) return true;
    this.#giveUp();
    return false;
  }

  #giveUp(): void {
    this.damagedSections++;
    this.#position = this.#sectionEnd;
  }
}

/** The byte at `offset` of a record's payload. */
export function byteAt(words: Int32Array, offset: number): number {
  return (words[offset >> 2] >>> ((offset & 3) * 8)) & 0xff;
}

/** The signed 32-bit value at any byte offset of a payload. */
export function int32At(words: Int32Array, offset: number): number {
  if ((offset & 3) === 0) return words[offset >> 2];
  return (
    byteAt(words, offset) |
    (byteAt(words, offset + 1) << 8) |
    (byteAt(words, offset + 2) << 16) |
    (byteAt(words, offset + 3) << 24)
  );
}

/** PERF_SAMPLE_RAW is a 32-bit size and then the data, which for tracepoints begin with a 16-bit id. */
const RAW_SIZE_BYTES = 4;
export const RAW_ID_MASK = 0xffff;

/** Byte offset of the raw data whose size stands at word `rawAt`. */
export function rawDataAt(rawAt: number): number {
  return rawAt * 8 + RAW_SIZE_BYTES;
}

/** Bytes of raw data at word `rawAt` of a record of `end` words: as many as it says, if they are there. */
export function rawDataBytes(words: Int32Array, rawAt: number, end: number): number {
  return Math.min(words[rawAt * 2], end * 8 - rawDataAt(rawAt));
}

const textDecoder = new TextDecoder();

/** The text from `offset` up to a NUL or `endOffset`. */
export function textAt(words: Int32Array, offset: number, endOffset: number): string {
  const bytes: number[] = [];
  for (let at = offset; at < endOffset; at++) {
    const byte = byteAt(words, at);
    if (byte === 0) break;
    bytes.push(byte);
  }
  return textDecoder.decode(Uint8Array.from(bytes));
}

/** Bytes as lower-case hex. */
export function hexAt(words: Int32Array, offset: number, length: number): string {
  let text = '';
  for (let at = 0; at < length; at++)
    text += byteAt(words, offset + at)
      .toString(16)
      .padStart(2, '0');
  return text;
}
