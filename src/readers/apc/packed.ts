/**
 * gator's packed integers: signed LEB128 (DWARF's SLEB128). Seven bits a byte, low group first, bit 7 says that more
 * follow, bit 6 of the last byte is the sign. An unsigned 64-bit value is packed as if it were signed.
 *
 * Two ways to read them: {@link PackedReader} for messages, {@link decodeWords} for the bulk of a capture, perf records
 * whose 64-bit words are packed one by one. Both keep 64-bit values as two 32-bit halves.
 */
import { decodeText } from '../../platform/bytes.ts';

const TWO_TO_32 = 0x1_0000_0000;

/** The longest packed 64-bit value. */
const MAX_PACKED_BYTES = 10;

/**
 * Reads one message. What lies beyond its end reads as zero and sets `overrun`, so a message is read without a check at
 * every field and judged at the end.
 */
export class PackedReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  position: number;
  /** True once something was read that is not there. */
  overrun = false;
  /** Halves of the last packed value, as signed 32-bit numbers. */
  low = 0;
  high = 0;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  /** A packed value of up to 64 bits into `low` and `high`. */
  packed(): void {
    const word = scratch;
    const limit = Math.min(this.end, this.position + MAX_PACKED_BYTES);
    let last = this.position;
    while (last < limit && this.bytes[last] >= 0x80) last++;
    if (last >= limit) {
      this.#fail();
      this.low = 0;
      this.high = 0;
      return;
    }
    this.position = decodeWords(this.bytes, this.position, 1, word);
    this.low = word[0];
    this.high = word[1];
  }

  /** A packed 32-bit value. */
  int32(): number {
    this.packed();
    return this.low;
  }

  /** A packed 32-bit value that is an id or a number of a channel: its bits as an unsigned number. */
  uint32(): number {
    this.packed();
    return this.low >>> 0;
  }

  /** A packed 64-bit value as a number; inexact beyond 2^53. */
  int64(): number {
    this.packed();
    return signedNumber(this.low, this.high);
  }

  /** A packed 64-bit pattern as an unsigned BigInt. */
  uint64(): bigint {
    this.packed();
    return unsignedBigInt(this.low, this.high);
  }

  /** Four bytes, little endian whatever the target. */
  uint32le(): number {
    const { bytes, position } = this;
    if (this.remaining < 4) {
      this.#fail();
      return 0;
    }
    this.position += 4;
    return (
      (bytes[position] |
        (bytes[position + 1] << 8) |
        (bytes[position + 2] << 16) |
        (bytes[position + 3] << 24)) >>>
      0
    );
  }

  byte(): number {
    return this.raw(1)[0] ?? 0;
  }

  /** The next `length` bytes, a view. */
  raw(length: number): Uint8Array {
    if (length < 0 || length > this.remaining) {
      this.#fail();
      return empty;
    }
    this.position += length;
    return this.bytes.subarray(this.position - length, this.position);
  }

  /** Everything up to the end, a view. */
  rest(): Uint8Array {
    return this.raw(this.remaining);
  }

  /** A packed length and that many bytes of text. */
  string(): string {
    return decodeText(this.raw(this.int32()));
  }

  /** Bytes up to a NUL, which is passed over, a view. */
  cBytes(): Uint8Array {
    const nul = this.bytes.indexOf(0, this.position);
    if (nul < 0 || nul >= this.end) {
      this.#fail();
      return empty;
    }
    const bytes = this.bytes.subarray(this.position, nul);
    this.position = nul + 1;
    return bytes;
  }

  cString(): string {
    return decodeText(this.cBytes());
  }

  #fail(): void {
    this.overrun = true;
    this.position = this.end;
  }
}

const empty = new Uint8Array(0);
const scratch = new Int32Array(2);

/** A 64-bit value in two halves as a number; inexact beyond 2^53. */
export function signedNumber(low: number, high: number): number {
  return (high | 0) * TWO_TO_32 + (low >>> 0);
}

/** The same pattern read as unsigned. */
export function unsignedNumber(low: number, high: number): number {
  return (high >>> 0) * TWO_TO_32 + (low >>> 0);
}

export function unsignedBigInt(low: number, high: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

/** `a - b` of two unsigned 64-bit values in halves, exact while the difference fits 53 bits. */
export function difference(aLow: number, aHigh: number, bLow: number, bHigh: number): number {
  return ((aHigh >>> 0) - (bHigh >>> 0)) * TWO_TO_32 + ((aLow >>> 0) - (bLow >>> 0));
}

/**
 * Unpacks `count` words from `position` into pairs of 32-bit halves, low first, and returns the position behind them. No
 * checks in the loop: the caller compares the returned position with the end of its data. A word ends after ten bytes.
 */
export function decodeWords(bytes: Uint8Array, position: number, count: number, words: Int32Array): number {
  const end = count * 2;
  for (let at = 0; at < end; at += 2) {
    let byte = bytes[position++];
    if (byte < 0x80) {
      const value = (byte << 25) >> 25;
      words[at] = value;
      words[at + 1] = value >> 31;
      continue;
    }
    let low = byte & 0x7f;
    byte = bytes[position++];
    low |= (byte & 0x7f) << 7;
    if (byte < 0x80) {
      const value = (low << 18) >> 18;
      words[at] = value;
      words[at + 1] = value >> 31;
      continue;
    }
    byte = bytes[position++];
    low |= (byte & 0x7f) << 14;
    if (byte < 0x80) {
      const value = (low << 11) >> 11;
      words[at] = value;
      words[at + 1] = value >> 31;
      continue;
    }
    byte = bytes[position++];
    low |= (byte & 0x7f) << 21;
    if (byte < 0x80) {
      const value = (low << 4) >> 4;
      words[at] = value;
      words[at + 1] = value >> 31;
      continue;
    }
    byte = bytes[position++];
    words[at] = low | (byte << 28);
    let high = (byte >>> 4) & 7;
    let unused = 29;
    // Bytes 6 to 10 hold bits 3, 10, 17, 24 and 31 of the high half and up.
    for (let shift = 3; byte >= 0x80 && shift < 32; shift += 7) {
      byte = bytes[position++];
      high |= (byte & 0x7f) << shift;
      unused = shift < 25 ? 25 - shift : 0;
    }
    words[at + 1] = (high << unused) >> unused;
  }
  return position;
}

/**
 * Passes over packed words without unpacking them, four bytes at a time: a word ends at each byte below 0x80. Bound to one
 * array of bytes, whose memory it looks at in aligned 32-bit pieces.
 */
export class WordSkipper {
  readonly #bytes: Uint8Array;
  readonly #quads: Int32Array;
  /** Position in the bytes of the first aligned piece. */
  readonly #firstQuad: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#firstQuad = (4 - (bytes.byteOffset & 3)) & 3;
    const aligned = Math.max(0, bytes.length - this.#firstQuad);
    this.#quads =
      aligned < 4 ? noQuads : new Int32Array(bytes.buffer, bytes.byteOffset + this.#firstQuad, aligned >> 2);
  }

  /** The position behind the next `count` words from `position`; beyond `end` when there are fewer. */
  skip(position: number, count: number, end: number): number {
    let left = count;
    while (left > 0 && position < end && ((position - this.#firstQuad) & 3) !== 0) {
      if (this.#bytes[position++] < 0x80) left--;
    }
    if (left > 0) {
      const quads = this.#quads;
      let quad = (position - this.#firstQuad) >> 2;
      const lastQuad = Math.min(quads.length, (end - this.#firstQuad) >> 2);
      for (; quad < lastQuad; quad++) {
        const ends = Math.imul((~quads[quad] & 0x80808080) >>> 7, 0x01010101) >>> 24;
        if (ends >= left) break;
        left -= ends;
      }
      position = Math.max(position, this.#firstQuad + quad * 4);
    }
    while (left > 0 && position < end) if (this.#bytes[position++] < 0x80) left--;
    return left > 0 ? end + 1 : position;
  }
}

const noQuads = new Int32Array(0);
