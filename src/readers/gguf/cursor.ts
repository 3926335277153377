/** Reads a header front to back in blocks: numbers and strings are taken from memory, what is not wanted is jumped over. */
import { decodeText, type ByteSource } from '../../platform/bytes.ts';

const HEADER_BLOCK_BYTES = 1 << 20;

/** The file is not what its header says: where, and what is wrong. */
export class HeaderDamage extends Error {
  override readonly name = 'HeaderDamage';
  readonly offset: number;

  constructor(offset: number, problem: string) {
    super(problem);
    this.offset = offset;
  }
}

/**
 * A position in a byte source. `need(n)` brings the next n bytes into memory, or throws {@link HeaderDamage} when the
 * file ends before them; the typed reads after it are synchronous. A length from the file is safe to hand to `need`
 * and `skip`: it is compared with what is left before anything is allocated.
 */
export class HeaderCursor {
  littleEndian = true;
  readonly #source: ByteSource;
  readonly #limit: number;
  #block: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Offset in the file of the first byte of the block. */
  #blockStart = 0;
  #at = 0;

  /** `limitBytes` is how far a header may reach, so that a lying file costs bounded time. */
  constructor(source: ByteSource, limitBytes: number) {
    this.#source = source;
    this.#limit = Math.min(source.size, limitBytes);
  }

  /** Offset in the file of the next byte. */
  get offset(): number {
    return this.#blockStart + this.#at;
  }

  /** Bytes between here and the end of the file (or the limit). */
  get remaining(): number {
    return this.#limit - this.offset;
  }

  /** Bytes that can be read without asking the source. */
  get buffered(): number {
    return this.#block.byteLength - this.#at;
  }

  async need(bytes: number, what: string): Promise<void> {
    if (bytes <= this.buffered) return;
    if (bytes > this.remaining) throw this.#tooShort(bytes, what);
    const offset = this.offset;
    const wanted = Math.min(Math.max(bytes, HEADER_BLOCK_BYTES), this.#limit - offset);
    this.#block = await this.#source.read(offset, wanted);
    this.#view = new DataView(this.#block.buffer, this.#block.byteOffset, this.#block.byteLength);
    this.#blockStart = offset;
    this.#at = 0;
    if (bytes > this.#block.byteLength) throw this.#tooShort(bytes, what);
  }

  /** Moves on without reading. */
  skip(bytes: number, what: string): void {
    if (bytes > this.remaining) throw this.#tooShort(bytes, what);
    if (bytes <= this.buffered) {
      this.#at += bytes;
      return;
    }
    this.#blockStart = this.offset + bytes;
    this.#block = this.#block.subarray(0, 0);
    this.#at = 0;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }
  i8(): number {
    return this.#view.getInt8(this.#advance(1));
  }
  u16(): number {
    return this.#view.getUint16(this.#advance(2), this.littleEndian);
  }
  i16(): number {
    return this.#view.getInt16(this.#advance(2), this.littleEndian);
  }
  u32(): number {
    return this.#view.getUint32(this.#advance(4), this.littleEndian);
  }
  i32(): number {
    return this.#view.getInt32(this.#advance(4), this.littleEndian);
  }
  f32(): number {
    return this.#view.getFloat32(this.#advance(4), this.littleEndian);
  }
  f64(): number {
    return this.#view.getFloat64(this.#advance(8), this.littleEndian);
  }
  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), this.littleEndian);
  }
  i64(): bigint {
    return this.#view.getBigInt64(this.#advance(8), this.littleEndian);
  }

  /**
   * A 64-bit count or length as a number. Exact up to 2^53; larger values are only ever compared with the size of the
   * file, which they exceed.
   */
  length64(): number {
    const first = this.u32();
    const second = this.u32();
    return this.littleEndian ? second * 0x1_0000_0000 + first : first * 0x1_0000_0000 + second;
  }

  text(bytes: number): string {
    const at = this.#advance(bytes);
    return decodeText(this.#block.subarray(at, at + bytes));
  }

  #advance(bytes: number): number {
    const at = this.#at;
    this.#at = at + bytes;
    return at;
  }

  #tooShort(bytes: number, what: string): HeaderDamage {
    return new HeaderDamage(
      this.offset,
      `${what} needs ${bytes} bytes and ${Math.max(0, this.remaining)} are left in the file`,
    );
  }
}
