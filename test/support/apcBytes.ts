/** The bytes a gator capture is made of, for captures made up in tests. Written from gator's format, not from our reader. */

/** An address, an id, a time: whatever may exceed 2^53 can be given as BigInt. */
export type Word = bigint | number;

/** Grows by what is written to it. */
export class ByteWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  byte(value: number): this {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  u32(value: number): this {
    for (let shift = 0; shift < 32; shift += 8) this.byte(value >>> shift);
    return this;
  }

  /** Signed LEB128, at most ten bytes: what gator calls packed. */
  packed(value: Word): this {
    let rest = BigInt.asIntN(64, BigInt(value));
    for (;;) {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      const isLast = (rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40);
      this.byte(isLast ? low : low | 0x80);
      if (isLast) return this;
    }
  }

  bytes(bytes: ArrayLike<number>): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  text(text: string): this {
    return this.bytes(new TextEncoder().encode(text));
  }

  /** A packed length and the text. */
  string(text: string): this {
    const bytes = new TextEncoder().encode(text);
    return this.packed(bytes.length).bytes(bytes);
  }

  /** The text and a NUL. */
  cString(text: string): this {
    return this.text(text).byte(0);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** `12 00 00 | 01` → bytes; everything that is no pair of hex digits only separates. */
export function hexBytes(drawing: string): Uint8Array {
  return Uint8Array.from((drawing.match(/[0-9a-f]{2}/gi) ?? []).map((pair) => Number.parseInt(pair, 16)));
}

/** `u32le length`, type, body. */
export function frame(type: number, body: Uint8Array): Uint8Array {
  return new ByteWriter()
    .u32(body.length + 1)
    .packed(type)
    .bytes(body)
    .finish();
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Two 32-bit values in one word, low first. */
export function pair(low: number, high: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

/** Bytes as 64-bit little-endian words, the last one filled up with zeros. */
export function wordsOf(bytes: Uint8Array): bigint[] {
  const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  return Array.from({ length: padded.length / 8 }, (_, word) => view.getBigUint64(word * 8, true));
}

/** A perf record of a type: its header and the words of its payload. */
export function record(type: number, misc: number, payload: readonly Word[]): bigint[] {
  const sizeBytes = 8 * (payload.length + 1);
  const header = (BigInt(sizeBytes) << 48n) | (BigInt(misc) << 32n) | BigInt(type);
  return [header, ...payload.map((word) => BigInt.asUintN(64, BigInt(word)))];
}

/** The body of a PERF_DATA frame: one section of packed words. */
export function perfDataBody(cpu: number, words: readonly bigint[]): Uint8Array {
  const packed = new ByteWriter();
  for (const word of words) packed.packed(word);
  return new ByteWriter().packed(cpu).u32(packed.length).bytes(packed.finish()).finish();
}

/** Fields of `struct perf_event_attr` that gator captures differ in. */
export interface AttributeFields {
  type: number;
  config: Word;
  samplePeriod?: number;
  sampleType: number;
  readFormat: number;
  /** Bit numbers that are set: inherit 1, pinned 2, exclude_kernel 5, freq 10… */
  flags?: readonly number[];
}

/** `struct perf_event_attr` as gator 9.7 records it: 144 bytes. */
export function perfEventAttr(fields: AttributeFields, sizeBytes = 144): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, fields.type, true);
  view.setUint32(4, sizeBytes, true);
  view.setBigUint64(8, BigInt(fields.config), true);
  view.setBigUint64(16, BigInt(fields.samplePeriod ?? 0), true);
  view.setBigUint64(24, BigInt(fields.sampleType), true);
  view.setBigUint64(32, BigInt(fields.readFormat), true);
  const flags = (fields.flags ?? []).reduce((bits, bit) => bits | (1n << BigInt(bit)), 0n);
  view.setBigUint64(40, flags, true);
  view.setInt32(92, 4, true); // CLOCK_MONOTONIC_RAW
  return bytes;
}
