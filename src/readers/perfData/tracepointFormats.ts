/**
 * Formats of tracepoints and probes: perf copies tracefs's `format` files into the recording
 * (`tools/perf/util/trace-event-info.c`), and each hit's RAW bytes are read by them.
 */
import { decodeText } from '../../platform/bytes.ts';
import { FieldReader, MalformedField, hex } from './fieldReader.ts';

/** One argument of a tracepoint or probe. Offsets are in the hit's RAW bytes. */
export interface RawField {
  name: string;
  offset: number;
  size: number;
  isSigned: boolean;
  /**
   * `integer` of 1, 2, 4 or 8 bytes; `text` in place, up to a NUL; `text-at`, `bytes-at`: a u32 whose low half is the offset
   * and high half the length of what is meant (`__data_loc`); `text-after`, `bytes-after`: the offset counts from the end
   * of this field (`__rel_loc`); `bytes`: anything else, shown in hex.
   */
  kind: 'integer' | 'text' | 'bytes' | 'text-at' | 'bytes-at' | 'text-after' | 'bytes-after';
}

export interface TracepointFormat {
  /** What `perf_event_attr.config` of the event says; differs from boot to boot. */
  id: number;
  system: string;
  name: string;
  /** Own fields, without the common ones. */
  fields: RawField[];
}

export interface TracingData {
  formats: Map<number, TracepointFormat>;
  pageBytes: number;
}

const MAGIC = [0x17, 0x08, 0x44, ...Array.from('tracing', (char) => char.charCodeAt(0))];

/** Reads the tracing blob. Throws MalformedField; formats read before the damage are lost, they are useless without the rest. */
export function readTracingData(blob: Uint8Array): TracingData {
  if (!MAGIC.every((byte, i) => blob[i] === byte)) throw new MalformedField('no tracing data');
  // The byte order is stated after the version text: read up to there with either.
  const preamble = new FieldReader(blob, true, MAGIC.length);
  preamble.nulText();
  const littleEndian = preamble.u8() === 0;
  const reader = new FieldReader(blob, littleEndian, preamble.at);
  reader.skip(1); // bytes of a long
  const pageBytes = reader.u32();
  for (const name of ['header_page', 'header_event']) {
    if (reader.nulText() !== name) throw new MalformedField(`${name} expected`);
    reader.skip(reader.size());
  }
  for (let left = reader.count(reader.u32(), 8); left > 0; left--) reader.skip(reader.size());

  const formats = new Map<number, TracepointFormat>();
  for (let systems = reader.count(reader.u32(), 5); systems > 0; systems--) {
    const system = reader.nulText();
    for (let events = reader.count(reader.u32(), 8); events > 0; events--) {
      const format = parseFormat(system, decodeText(reader.take(reader.size())));
      // Ids are unique; of damaged doubles the first stays.
      if (format && !formats.has(format.id)) formats.set(format.id, format);
    }
  }
  return { formats, pageBytes };
}

/** Parses the text of one `format` file; null when it names no event. */
export function parseFormat(system: string, text: string): TracepointFormat | null {
  const name = /^name: (\S+)/m.exec(text)?.[1];
  const id = /^ID: (\d+)/m.exec(text)?.[1];
  if (name === undefined || id === undefined) return null;
  const fields: RawField[] = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith('\tfield:')) continue;
    const field = parseField(line);
    if (field && !field.name.startsWith('common_')) fields.push(field);
  }
  return { id: Number(id), system, name, fields };
}

/** `\tfield:DECLARATION;\toffset:O;\tsize:S;\tsigned:F;` */
function parseField(line: string): RawField | null {
  const parts = new Map<string, string>();
  for (const part of line.trim().split(';')) {
    const colon = part.indexOf(':');
    if (colon > 0) parts.set(part.slice(0, colon).trim(), part.slice(colon + 1));
  }
  const declaration = parts.get('field') ?? '';
  const offset = Number(parts.get('offset') ?? NaN);
  const size = Number(parts.get('size') ?? NaN);
  const name = nameOf(declaration);
  if (!name || !Number.isSafeInteger(offset) || !Number.isSafeInteger(size) || size < 0) return null;
  const isText = /\bchar\b/.test(declaration) && !declaration.includes('unsigned char');
  let kind: RawField['kind'];
  if (declaration.startsWith('__data_loc')) kind = isText ? 'text-at' : 'bytes-at';
  else if (declaration.startsWith('__rel_loc')) kind = isText ? 'text-after' : 'bytes-after';
  else if (declaration.includes('[')) kind = isText ? 'text' : 'bytes';
  else kind = [1, 2, 4, 8].includes(size) ? 'integer' : 'bytes';
  return { name, offset, size, isSigned: parts.get('signed') === '1', kind };
}

/** The last identifier of a C declaration: `__data_loc char[] s` and `char comm[16]` both name it last. */
function nameOf(declaration: string): string | null {
  return /([A-Za-z_]\w*)(?:\[[^\]]*\])?\s*$/.exec(declaration)?.[1] ?? null;
}

export interface RawArguments {
  values: Map<string, bigint | string>;
  /** Fields that lie outside the RAW bytes. */
  missing: number;
}

/** The arguments of one hit. 64-bit values stay BigInts. */
export function readArguments(
  format: TracepointFormat,
  raw: Uint8Array,
  littleEndian: boolean,
): RawArguments {
  const values = new Map<string, bigint | string>();
  let missing = 0;
  for (const field of format.fields) {
    const value = readField(field, raw, littleEndian);
    if (value === null) missing++;
    else values.set(field.name, value);
  }
  return { values, missing };
}

function readField(field: RawField, raw: Uint8Array, littleEndian: boolean): bigint | string | null {
  const { offset, size, kind } = field;
  if (offset + size > raw.byteLength) return null;
  if (kind === 'integer') return integer(raw, offset, size, field.isSigned, littleEndian);
  if (kind === 'text') return textUpToNul(raw.subarray(offset, offset + size));
  if (kind === 'bytes') return hex(raw.subarray(offset, offset + size));
  if (size !== 4) return null;
  const location = Number(integer(raw, offset, 4, false, littleEndian));
  const start = (location & 0xffff) + (kind.endsWith('-after') ? offset + size : 0);
  const end = start + (location >>> 16);
  if (end > raw.byteLength) return null;
  const bytes = raw.subarray(start, end);
  return kind.startsWith('text') ? textUpToNul(bytes) : hex(bytes);
}

function integer(
  raw: Uint8Array,
  offset: number,
  size: number,
  isSigned: boolean,
  littleEndian: boolean,
): bigint {
  const view = new DataView(raw.buffer, raw.byteOffset + offset, size);
  const bits = size * 8;
  let value: bigint;
  if (size === 1) value = BigInt(view.getUint8(0));
  else if (size === 2) value = BigInt(view.getUint16(0, littleEndian));
  else if (size === 4) value = BigInt(view.getUint32(0, littleEndian));
  else value = view.getBigUint64(0, littleEndian);
  return isSigned ? BigInt.asIntN(bits, value) : value;
}

function textUpToNul(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0);
  return decodeText(nul < 0 ? bytes : bytes.subarray(0, nul));
}
