/** Reads fields one after the other from bytes of either byte order, never beyond their end. For rare data: it makes BigInts. */
import { decodeText } from '../../platform/bytes.ts';

/** The bytes end before the field does, or a count cannot be true. Callers turn it into a warning. */
export class MalformedField extends Error {
  override readonly name = 'MalformedField';
}

export class FieldReader {
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  readonly #view: DataView;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, littleEndian: boolean, start = 0, end = bytes.byteLength) {
    if (start < 0 || end > bytes.byteLength || start > end) throw new MalformedField('outside the bytes');
    this.bytes = bytes;
    this.littleEndian = littleEndian;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#end = end;
  }

  get at(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  /** Moves on by `length` bytes and returns where they started. */
  #take(length: number): number {
    if (!(length >= 0 && length <= this.remaining)) {
      throw new MalformedField(`${length} bytes wanted, ${this.remaining} there`);
    }
    const start = this.#at;
    this.#at += length;
    return start;
  }

  skip(length: number): void {
    this.#take(length);
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), this.littleEndian);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), this.littleEndian);
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4), this.littleEndian);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), this.littleEndian);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), this.littleEndian);
  }

  /** A u64 that counts or measures bytes: exact as a number or malformed. */
  size(): number {
    const value = this.u64();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new MalformedField(`size ${value}`);
    return Number(value);
  }

  /** A count of items that take at least `itemBytes` each: checked before anything is allocated for them. */
  count(value: number, itemBytes: number): number {
    if (value * itemBytes > this.remaining) {
      throw new MalformedField(`${value} items of ${itemBytes} bytes wanted, ${this.remaining} bytes there`);
    }
    return value;
  }

  take(length: number): Uint8Array {
    const start = this.#take(length);
    return this.bytes.subarray(start, start + length);
  }

  /** `length` bytes as text, cut at the first NUL. */
  text(length: number): string {
    const bytes = this.take(length);
    const end = bytes.indexOf(0);
    return decodeText(end < 0 ? bytes : bytes.subarray(0, end));
  }

  /** Text up to a NUL, which is consumed; to the end when there is none. */
  nulText(): string {
    const nul = this.bytes.indexOf(0, this.#at);
    const end = nul < 0 || nul >= this.#end ? this.#end : nul;
    const text = decodeText(this.bytes.subarray(this.#at, end));
    this.#at = Math.min(end + 1, this.#end);
    return text;
  }

  /** `perf_header_string`: u32 length, then that many bytes of padded, NUL-ended text. */
  string(): string {
    return this.text(this.u32());
  }

  /** u32 count, then strings. */
  stringList(): string[] {
    const count = this.u32();
    this.count(count, 4);
    return Array.from({ length: count }, () => this.string());
  }
}

/** Bytes as lower-case hex. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
