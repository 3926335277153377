/** Builds bytes field by field in either byte order. */
export class Bytes {
  readonly littleEndian: boolean;
  #data = new Uint8Array(1024);
  #view = new DataView(this.#data.buffer);
  #length = 0;

  constructor(littleEndian: boolean) {
    this.littleEndian = littleEndian;
  }

  get length(): number {
    return this.#length;
  }

  /** Makes room; returns where it is. May replace the buffer: call it before the buffer is named. */
  #grow(bytes: number): number {
    const at = this.#length;
    this.#length += bytes;
    if (this.#length > this.#data.length) {
      const larger = new Uint8Array(this.#length * 2);
      larger.set(this.#data);
      this.#data = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }

  u8(value: number): this {
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.#grow(2);
    this.#view.setUint16(at, value, this.littleEndian);
    return this;
  }

  u32(value: number): this {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, this.littleEndian);
    return this;
  }

  u64(value: bigint | number): this {
    const at = this.#grow(8);
    this.#view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), this.littleEndian);
    return this;
  }

  f64(value: number): this {
    const at = this.#grow(8);
    this.#view.setFloat64(at, value, this.littleEndian);
    return this;
  }

  bytes(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length);
    this.#data.set(bytes, at);
    return this;
  }

  /** Text as UTF-8, without a NUL. */
  text(text: string): this {
    return this.bytes(new TextEncoder().encode(text));
  }

  zeros(count: number): this {
    this.#grow(count);
    return this;
  }

  /** Zeros up to a multiple of `multiple`. */
  pad(multiple: number): this {
    return this.zeros((multiple - (this.#length % multiple)) % multiple);
  }

  /** Overwrites a u64 written before. */
  setU64(at: number, value: bigint | number): void {
    this.#view.setBigUint64(at, BigInt(value), this.littleEndian);
  }

  done(): Uint8Array<ArrayBuffer> {
    return this.#data.slice(0, this.#length);
  }
}
