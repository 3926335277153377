/**
 * The GGUF container: header, metadata and tensor table, versions 1 to 3 in either byte order. Reads from the front up
 * to the end of the tensor table and nothing more. Source: ggml/src/gguf.cpp and docs/gguf.md of ggml.
 */
import type { ByteSource } from '../../platform/bytes.ts';
import { HeaderCursor, HeaderDamage } from './cursor.ts';

/** A metadata array: its length, and its values when they are few enough to be settings (one a layer) rather than data. */
export interface MetadataArray {
  length: number;
  values: MetadataScalar[] | null;
}
export type MetadataScalar = number | bigint | boolean | string;
export type MetadataValue = MetadataScalar | MetadataArray;

/** One row of the tensor table. */
export interface TensorEntry {
  name: string;
  /** ne[0] first. */
  dimensions: number[];
  /** `enum ggml_type` */
  typeId: number;
  /** From the start of the data. */
  dataOffset: number;
  /** Where the row stands in the file, for messages. */
  fileOffset: number;
}

/** What stands before the tensor data. */
export interface GgufContainer {
  version: number;
  littleEndian: boolean;
  /** Scalars and short arrays; arrays of data keep their length only. Long strings and the tokenizer are left out. */
  metadata: Map<string, MetadataValue>;
  tensors: TensorEntry[];
  /** Tensors that the header announces. */
  tensorCount: number;
  alignment: number;
  /** File offset of the tensor data, when the table could be read to its end. */
  dataStart: number | null;
  /** Where reading had to stop before the end of the table, else null. */
  damage: HeaderDamage | null;
}

/** `GGUF`, the same in both byte orders. */
export const GGUF_MAGIC = 'GGUF';
const NEWEST_VERSION = 3;
const DEFAULT_ALIGNMENT = 32;
/** Far beyond any model (vocabularies take some 10 MB), near enough to bound the time a lying file costs. */
const MAX_HEADER_BYTES = 1 << 30;
/** Settings are short; a chat template or a licence text is not one. */
const MAX_KEPT_STRING_BYTES = 4096;
/** One value a layer is a setting; a vocabulary is not. */
const MAX_KEPT_ARRAY_LENGTH = 2048;
const MAX_KEY_BYTES = 65_535;
/** ggml's GGML_MAX_DIMS and GGML_MAX_NAME, the latter with room: longer names have been written. */
const MAX_DIMENSIONS = 4;
const MAX_NAME_BYTES = 4096;
const MAX_ARRAY_DEPTH = 8;
/** Far beyond any model: bounds of what is read one by one. */
const MAX_METADATA_ENTRIES = 100_000;
const MAX_TENSORS = 1_000_000;
const MAX_NESTED_ARRAYS = 100_000;

const BYTES_OF_VALUE_TYPE = [1, 1, 2, 2, 4, 4, 4, 1, null, null, 8, 8, 8] as const;
const STRING_TYPE = 8;
const ARRAY_TYPE = 9;

/** Fewest bytes that a metadata entry and a tensor row can take: what bounds their counts by the size of the file. */
const MIN_METADATA_BYTES = { wide: 8 + 4 + 1, narrow: 4 + 4 + 1 };
const MIN_TENSOR_BYTES = { wide: 8 + 4 + 4 + 8, narrow: 4 + 4 + 4 + 8 };

/**
 * Reads a GGUF header. Throws {@link HeaderDamage} when even the version cannot be used; damage further on ends the
 * reading and is told in `damage`, with everything before it kept.
 */
export async function readContainer(source: ByteSource): Promise<GgufContainer> {
  const cursor = new HeaderCursor(source, MAX_HEADER_BYTES);
  await cursor.need(8, 'the GGUF header');
  if (cursor.text(4) !== GGUF_MAGIC) throw new HeaderDamage(0, 'the file does not begin with GGUF');
  const version = readVersion(cursor);
  const container: GgufContainer = {
    version,
    littleEndian: cursor.littleEndian,
    metadata: new Map(),
    tensors: [],
    tensorCount: 0,
    alignment: DEFAULT_ALIGNMENT,
    dataStart: null,
    damage: null,
  };
  try {
    await new ContainerReader(cursor, container).read();
  } catch (error) {
    if (!(error instanceof HeaderDamage)) throw error;
    container.damage = error;
  }
  return container;
}

/** The version tells the byte order too: written in the other order its low half is zero. */
function readVersion(cursor: HeaderCursor): number {
  const offset = cursor.offset;
  let version = cursor.u32();
  if ((version & 0xffff) === 0) {
    cursor.littleEndian = false;
    version = swapBytes(version);
  }
  if (version < 1 || version > NEWEST_VERSION) {
    throw new HeaderDamage(offset, `GGUF version ${version} is not known (1 to ${NEWEST_VERSION} are)`);
  }
  return version;
}

function swapBytes(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

class ContainerReader {
  readonly #cursor: HeaderCursor;
  readonly #container: GgufContainer;
  /** Version 1 counts in 32 bits, later ones in 64. */
  readonly #wide: boolean;
  #nestedArrays = 0;

  constructor(cursor: HeaderCursor, container: GgufContainer) {
    this.#cursor = cursor;
    this.#container = container;
    this.#wide = container.version > 1;
  }

  async read(): Promise<void> {
    const container = this.#container;
    const size = this.#wide ? 'wide' : 'narrow';
    container.tensorCount = await this.#length('the number of tensors');
    const metadataCount = await this.#length('the number of metadata entries');
    this.#fits(container.tensorCount, MIN_TENSOR_BYTES[size], MAX_TENSORS, 'tensors');
    this.#fits(metadataCount, MIN_METADATA_BYTES[size], MAX_METADATA_ENTRIES, 'metadata entries');

    for (let entry = 0; entry < metadataCount; entry++) await this.#metadataEntry();
    const alignment = container.metadata.get('general.alignment');
    if (typeof alignment === 'number' && alignment > 0 && Number.isInteger(Math.log2(alignment))) {
      container.alignment = alignment;
    }
    for (let row = 0; row < container.tensorCount; row++) container.tensors.push(await this.#tensor());
    const end = this.#cursor.offset;
    container.dataStart = Math.ceil(end / container.alignment) * container.alignment;
  }

  async #metadataEntry(): Promise<void> {
    const key = await this.#string(MAX_KEY_BYTES, 'a metadata key');
    const value = await this.#value(await this.#type(key), key);
    if (value !== null && isSetting(key, value)) this.#container.metadata.set(key, value);
  }

  async #type(key: string): Promise<number> {
    await this.#cursor.need(4, `the type of ${key}`);
    const offset = this.#cursor.offset;
    const type = this.#cursor.u32();
    if (type >= BYTES_OF_VALUE_TYPE.length) {
      throw new HeaderDamage(offset, `metadata entry ${shortened(key)} has the unknown value type ${type}`);
    }
    return type;
  }

  /** The value, or null when it is too long to be a setting. */
  async #value(type: number, key: string, depth = 0): Promise<MetadataValue | null> {
    if (type === ARRAY_TYPE) return this.#array(key, depth);
    if (type === STRING_TYPE) return this.#shortString(key);
    const bytes = BYTES_OF_VALUE_TYPE[type] as number;
    await this.#cursor.need(bytes, `the value of ${shortened(key)}`);
    return this.#scalar(type);
  }

  #scalar(type: number): MetadataScalar {
    const cursor = this.#cursor;
    switch (type) {
      case 0:
        return cursor.u8();
      case 1:
        return cursor.i8();
      case 2:
        return cursor.u16();
      case 3:
        return cursor.i16();
      case 4:
        return cursor.u32();
      case 5:
        return cursor.i32();
      case 6:
        return cursor.f32();
      case 7:
        return cursor.u8() !== 0;
      case 10:
        return narrowed(cursor.u64());
      case 11:
        return narrowed(cursor.i64());
      default:
        return cursor.f64();
    }
  }

  async #array(key: string, depth: number): Promise<MetadataArray> {
    if (depth >= MAX_ARRAY_DEPTH) {
      throw new HeaderDamage(this.#cursor.offset, `metadata entry ${shortened(key)} nests arrays too deeply`);
    }
    const type = await this.#type(key);
    const length = await this.#length(`the length of ${shortened(key)}`);
    const bytes = BYTES_OF_VALUE_TYPE[type];
    if (type === STRING_TYPE) {
      this.#fits(length, this.#wide ? 8 : 4, Infinity, `strings in ${shortened(key)}`);
      await this.#skipStrings(length, key);
      return { length, values: null };
    }
    if (type === ARRAY_TYPE) {
      this.#nestedArrays += length;
      this.#fits(this.#nestedArrays, this.#wide ? 12 : 8, MAX_NESTED_ARRAYS, 'nested arrays');
      for (let element = 0; element < length; element++) await this.#array(key, depth + 1);
      return { length, values: null };
    }
    this.#fits(length, bytes as number, Infinity, `values in ${shortened(key)}`);
    if (length > MAX_KEPT_ARRAY_LENGTH) {
      this.#cursor.skip(length * (bytes as number), key);
      return { length, values: null };
    }
    await this.#cursor.need(length * (bytes as number), `the values of ${shortened(key)}`);
    return { length, values: Array.from({ length }, () => this.#scalar(type)) };
  }

  /** Steps over a vocabulary: 150,000 strings, of which only their number is wanted. */
  async #skipStrings(count: number, key: string): Promise<void> {
    const cursor = this.#cursor;
    const lengthBytes = this.#wide ? 8 : 4;
    for (let left = count; left > 0; left--) {
      if (cursor.buffered < lengthBytes) await cursor.need(lengthBytes, `a string of ${shortened(key)}`);
      cursor.skip(this.#wide ? cursor.length64() : cursor.u32(), `a string of ${shortened(key)}`);
    }
  }

  async #shortString(key: string): Promise<string | null> {
    const bytes = await this.#length(`the text of ${shortened(key)}`);
    if (bytes > MAX_KEPT_STRING_BYTES) {
      this.#cursor.skip(bytes, `the text of ${shortened(key)}`);
      return null;
    }
    await this.#cursor.need(bytes, `the text of ${shortened(key)}`);
    return this.#cursor.text(bytes);
  }

  async #string(maxBytes: number, what: string): Promise<string> {
    const offset = this.#cursor.offset;
    const bytes = await this.#length(what);
    if (bytes > maxBytes) throw new HeaderDamage(offset, `${what} has ${bytes} bytes`);
    await this.#cursor.need(bytes, what);
    return this.#cursor.text(bytes);
  }

  async #length(what: string): Promise<number> {
    await this.#cursor.need(this.#wide ? 8 : 4, what);
    return this.#wide ? this.#cursor.length64() : this.#cursor.u32();
  }

  /** A count is believed when that many of the smallest such things fit into what is left of the file. */
  #fits(count: number, leastBytes: number, most: number, what: string): void {
    const { offset, remaining } = this.#cursor;
    if (count * leastBytes > remaining) {
      throw new HeaderDamage(offset, `the file announces ${count} ${what} and has ${remaining} bytes left`);
    }
    if (count > most)
      throw new HeaderDamage(offset, `the file announces ${count} ${what}, more than ${most}`);
  }

  async #tensor(): Promise<TensorEntry> {
    const cursor = this.#cursor;
    const fileOffset = cursor.offset;
    const name = await this.#string(MAX_NAME_BYTES, 'a tensor name');
    await cursor.need(4, `tensor ${name}`);
    const dimensionCount = cursor.u32();
    if (dimensionCount > MAX_DIMENSIONS) {
      throw new HeaderDamage(fileOffset, `tensor ${shortened(name)} has ${dimensionCount} dimensions`);
    }
    await cursor.need(dimensionCount * (this.#wide ? 8 : 4) + 12, `tensor ${shortened(name)}`);
    const dimensions = Array.from({ length: dimensionCount }, () =>
      this.#wide ? cursor.length64() : cursor.u32(),
    );
    const elements = dimensions.reduce((product, dimension) => product * dimension, 1);
    if (!Number.isSafeInteger(elements) || dimensions.some((dimension) => !Number.isSafeInteger(dimension))) {
      throw new HeaderDamage(fileOffset, `tensor ${shortened(name)} has impossible dimensions`);
    }
    const typeId = cursor.u32();
    const dataOffset = cursor.length64();
    return { name, dimensions, typeId, dataOffset, fileOffset };
  }
}

/** What the reader keeps of the metadata: everything but the tokenizer, of which the size of the vocabulary is enough. */
function isSetting(key: string, value: MetadataValue): boolean {
  if (!key.startsWith('tokenizer.')) return true;
  return key === 'tokenizer.ggml.tokens' && typeof value === 'object';
}

function narrowed(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function shortened(name: string): string {
  return name.length > 80 ? `${name.slice(0, 80)}…` : name;
}
