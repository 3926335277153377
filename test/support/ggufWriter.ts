/** Writes GGUF files byte by byte, as docs/gguf.md of ggml describes them. */

export type GgufValue =
  | { type: 'u8' | 'i8' | 'u16' | 'i16' | 'u32' | 'i32' | 'f32' | 'u64' | 'i64' | 'f64'; value: number }
  | { type: 'bool'; value: boolean }
  | { type: 'string'; value: string }
  | { type: 'array'; of: GgufValue['type']; values: GgufValue[] };

export interface GgufTensor {
  name: string;
  dimensions: number[];
  /** `enum ggml_type` */
  type: number;
  /** Bytes of its data; they decide where the next tensor begins. */
  bytes: number;
}

export interface GgufFile {
  version?: 1 | 2 | 3;
  byteOrder?: 'little' | 'big';
  metadata: [key: string, value: GgufValue][];
  tensors: GgufTensor[];
  alignment?: number;
  /** Counts that are not true, for files that lie. */
  lies?: { tensorCount?: bigint; metadataCount?: bigint };
}

const TYPE_IDS = {
  u8: 0,
  i8: 1,
  u16: 2,
  i16: 3,
  u32: 4,
  i32: 5,
  f32: 6,
  bool: 7,
  string: 8,
  array: 9,
  u64: 10,
  i64: 11,
  f64: 12,
};

export const u32 = (value: number): GgufValue => ({ type: 'u32', value });
export const text = (value: string): GgufValue => ({ type: 'string', value });
export const list = (of: GgufValue['type'], values: GgufValue[]): GgufValue => ({
  type: 'array',
  of,
  values,
});

/** The file up to where the tensor data begin. */
export function ggufHeader(file: GgufFile): Uint8Array {
  const { version = 3, byteOrder = 'little', alignment = 32 } = file;
  const bytes = new Bytes(byteOrder === 'little');
  const length = (value: number | bigint) =>
    version === 1 ? bytes.u32(Number(value)) : bytes.u64(BigInt(value));
  const string = (value: string) => {
    const encoded = new TextEncoder().encode(value);
    length(encoded.byteLength);
    bytes.raw(encoded);
  };
  const value = (item: GgufValue): void => {
    if (item.type === 'string') string(item.value);
    else if (item.type === 'bool') bytes.u8(item.value ? 1 : 0);
    else if (item.type === 'array') {
      bytes.u32(TYPE_IDS[item.of]);
      length(item.values.length);
      item.values.forEach(value);
    } else bytes[item.type](item.value as never);
  };

  bytes.raw(new TextEncoder().encode('GGUF'));
  bytes.u32(version);
  length(file.lies?.tensorCount ?? file.tensors.length);
  length(file.lies?.metadataCount ?? file.metadata.length);
  for (const [key, item] of file.metadata) {
    string(key);
    bytes.u32(TYPE_IDS[item.type]);
    value(item);
  }
  let offset = 0;
  for (const tensor of file.tensors) {
    string(tensor.name);
    bytes.u32(tensor.dimensions.length);
    tensor.dimensions.forEach(length);
    bytes.u32(tensor.type);
    bytes.u64(BigInt(offset));
    offset += Math.ceil(tensor.bytes / alignment) * alignment;
  }
  bytes.pad(alignment);
  return bytes.finish();
}

/** The whole file: header and tensor data (zeros). */
export function ggufBytes(file: GgufFile): Uint8Array {
  const header = ggufHeader(file);
  const alignment = file.alignment ?? 32;
  const data = file.tensors.reduce((sum, tensor) => sum + Math.ceil(tensor.bytes / alignment) * alignment, 0);
  const whole = new Uint8Array(header.byteLength + data);
  whole.set(header);
  return whole;
}

class Bytes {
  #bytes = new Uint8Array(1024);
  #length = 0;
  readonly #little: boolean;

  constructor(little: boolean) {
    this.#little = little;
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.byteLength);
    this.#bytes.set(bytes, this.#length - bytes.byteLength);
  }
  u8(value: number): void {
    this.#room(1).setUint8(0, value);
  }
  i8(value: number): void {
    this.#room(1).setInt8(0, value);
  }
  u16(value: number): void {
    this.#room(2).setUint16(0, value, this.#little);
  }
  i16(value: number): void {
    this.#room(2).setInt16(0, value, this.#little);
  }
  u32(value: number): void {
    this.#room(4).setUint32(0, value, this.#little);
  }
  i32(value: number): void {
    this.#room(4).setInt32(0, value, this.#little);
  }
  f32(value: number): void {
    this.#room(4).setFloat32(0, value, this.#little);
  }
  f64(value: number): void {
    this.#room(8).setFloat64(0, value, this.#little);
  }
  u64(value: bigint | number): void {
    this.#room(8).setBigUint64(0, BigInt(value), this.#little);
  }
  i64(value: bigint | number): void {
    this.#room(8).setBigInt64(0, BigInt(value), this.#little);
  }
  pad(alignment: number): void {
    this.#room((alignment - (this.#length % alignment)) % alignment);
  }
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #room(bytes: number): DataView {
    const start = this.#length;
    this.#length += bytes;
    while (this.#length > this.#bytes.byteLength) {
      const larger = new Uint8Array(this.#bytes.byteLength * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return new DataView(this.#bytes.buffer, start, bytes);
  }
}
