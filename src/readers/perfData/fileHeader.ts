/** The header of a perf.data file or pipe stream: `struct perf_file_header`, `struct perf_pipe_file_header`. */
import type { ByteSource } from '../../platform/bytes.ts';
import { InputError } from '../reader.ts';
import { MAX_ATTRIBUTE_BYTES, MIN_ATTRIBUTE_BYTES, readAttribute } from './eventAttribute.ts';
import type { EventTable } from './eventTable.ts';
import { FieldReader, MalformedField } from './fieldReader.ts';
import { FEATURE } from './format.ts';
import type { Problems } from './problems.ts';

/** A part of the file. */
export interface Section {
  offset: number;
  bytes: number;
}

export interface FileLayout {
  littleEndian: boolean;
  /** Records to the end of the input; nothing else. */
  isPipe: boolean;
  attributes: Section;
  /** Bytes from one entry of the attribute section to the next. */
  attributeStride: number;
  data: Section;
  /** Where each feature's payload lies, by feature number. */
  features: Map<number, Section>;
}

const MAGIC = 'PERFILE2';
const MAGIC_BIG_ENDIAN = '2ELIFREP';
const MAGIC_VERSION_1 = 'PERFFILE';
const FILE_HEADER_BYTES = 104;
/** Written before there was a feature bitmap. */
const OLD_FILE_HEADER_BYTES = 72;
const PIPE_HEADER_BYTES = 16;
const FEATURE_BITS = 256;
const SECTION_BYTES = 16;
const MAX_ATTRIBUTES = 100_000;

/** True for what starts as perf.data does, in any version and byte order. */
export function looksLikePerfData(head: Uint8Array): boolean {
  return [MAGIC, MAGIC_BIG_ENDIAN, MAGIC_VERSION_1].includes(magicOf(head));
}

function magicOf(head: Uint8Array): string {
  return String.fromCharCode(...head.subarray(0, 8));
}

/** Reads the header; throws an InputError for what is no perf.data that can be read. */
export async function readFileLayout(
  path: string,
  source: ByteSource,
  problems: Problems,
): Promise<FileLayout> {
  const head = new Uint8Array(await source.read(0, FILE_HEADER_BYTES));
  const magic = magicOf(head);
  if (magic === MAGIC_VERSION_1) {
    throw new InputError(path, 'this is perf.data version 1, written by a perf older than Linux 3.2', {
      offset: 0,
      fix: 'Record with a newer perf, or give the text of perf script',
    });
  }
  if (magic !== MAGIC && magic !== MAGIC_BIG_ENDIAN) {
    throw new InputError(path, 'this is no perf.data file', { offset: 0 });
  }
  const littleEndian = magic === MAGIC;
  if (head.byteLength < PIPE_HEADER_BYTES) throw tooShort(path, head.byteLength);
  const reader = new FieldReader(head, littleEndian, 8);
  const headerBytes = reader.u64();
  if (headerBytes === BigInt(PIPE_HEADER_BYTES)) {
    const data = { offset: PIPE_HEADER_BYTES, bytes: source.size - PIPE_HEADER_BYTES };
    const none = { offset: 0, bytes: 0 };
    return { littleEndian, isPipe: true, attributes: none, attributeStride: 0, data, features: new Map() };
  }
  if (headerBytes !== BigInt(FILE_HEADER_BYTES) && headerBytes !== BigInt(OLD_FILE_HEADER_BYTES)) {
    throw new InputError(path, `the header claims ${headerBytes} bytes instead of ${FILE_HEADER_BYTES}`, {
      offset: 8,
    });
  }
  if (head.byteLength < Number(headerBytes)) throw tooShort(path, head.byteLength);

  const attributeStride = reader.u64();
  const section = (): { offset: bigint; bytes: bigint } => ({ offset: reader.u64(), bytes: reader.u64() });
  const attributes = section();
  const data = section();
  const fileBytes = BigInt(source.size);
  if (
    attributeStride < BigInt(MIN_ATTRIBUTE_BYTES + SECTION_BYTES) ||
    attributeStride > BigInt(MAX_ATTRIBUTE_BYTES) ||
    attributes.offset + attributes.bytes > fileBytes ||
    attributes.bytes / attributeStride > BigInt(MAX_ATTRIBUTES)
  ) {
    throw new InputError(path, 'the table of events lies outside the file or has impossible sizes', {
      offset: 16,
      fix: 'Copy the file again, or record again',
    });
  }
  if (data.offset > fileBytes) {
    throw new InputError(path, `the records should start at byte ${data.offset}, after the end of the file`, {
      offset: 40,
      fix: 'Copy the whole file, or record again',
    });
  }

  const dataOffset = Number(data.offset);
  const available = source.size - dataOffset;
  // A recorder that was killed has not filled in the size of its data, and written nothing after them.
  const isKilled = data.bytes === 0n;
  const isCut = data.bytes > BigInt(available);
  const dataBytes = isKilled || isCut ? available : Number(data.bytes);
  if (isKilled) problems.add('perf-killed');
  if (isCut) problems.add('perf-truncated', null, Number(data.bytes - BigInt(available)));
  const bits =
    headerBytes === BigInt(OLD_FILE_HEADER_BYTES) || isKilled || isCut
      ? []
      : featureBits(head.subarray(72, 72 + FEATURE_BITS / 8), littleEndian);
  return {
    littleEndian,
    isPipe: false,
    attributes: { offset: Number(attributes.offset), bytes: Number(attributes.bytes) },
    attributeStride: Number(attributeStride),
    data: { offset: dataOffset, bytes: dataBytes },
    features: await readFeatureTable(source, dataOffset + dataBytes, bits, littleEndian, problems),
  };
}

function tooShort(path: string, bytes: number): InputError {
  return new InputError(path, `the file has only ${bytes} bytes, less than a perf.data header`, {
    fix: 'Copy the whole file, or record again',
  });
}

/** Numbers of the set bits, ascending. The bitmap is an array of `unsigned long` of the recording machine. */
function featureBits(bitmap: Uint8Array, littleEndian: boolean): number[] {
  const setBits = (wordBytes: number): number[] => {
    const bits: number[] = [];
    for (let bit = 0; bit < FEATURE_BITS; bit++) {
      const word = Math.floor(bit / (wordBytes * 8));
      const byteInWord = Math.floor((bit % (wordBytes * 8)) / 8);
      const byte = word * wordBytes + (littleEndian ? byteInWord : wordBytes - 1 - byteInWord);
      if ((bitmap[byte] >> (bit % 8)) & 1) bits.push(bit);
    }
    return bits;
  };
  const bits = setBits(8);
  // A 32-bit big-endian machine swaps the halves of each 64-bit word. Every file has a host name.
  return littleEndian || bits.includes(FEATURE.hostname) ? bits : setBits(4);
}

/** One section per set bit, in the order of the bits, right after the records. */
async function readFeatureTable(
  source: ByteSource,
  start: number,
  bits: readonly number[],
  littleEndian: boolean,
  problems: Problems,
): Promise<Map<number, Section>> {
  const features = new Map<number, Section>();
  const table = new Uint8Array(await source.read(start, bits.length * SECTION_BYTES));
  const reader = new FieldReader(table, littleEndian);
  for (const bit of bits) {
    if (reader.remaining < SECTION_BYTES) {
      problems.add('perf-bad-feature', start);
      break;
    }
    const offset = reader.u64();
    const bytes = reader.u64();
    if (offset + bytes > BigInt(source.size)) problems.add('perf-bad-feature', start);
    else features.set(bit, { offset: Number(offset), bytes: Number(bytes) });
  }
  return features;
}

/** Reads the attribute section into `events`, with the ids that each entry points to. A pipe has none. */
export async function readAttributeSection(
  source: ByteSource,
  layout: FileLayout,
  events: EventTable,
  problems: Problems,
): Promise<void> {
  const { attributes, attributeStride, littleEndian } = layout;
  if (layout.isPipe) return;
  const section = new Uint8Array(await source.read(attributes.offset, attributes.bytes));
  // Id lists do not overlap: all together they cannot be longer than the file.
  let idBytesLeft = source.size;
  for (let at = 0; at + attributeStride <= section.byteLength; at += attributeStride) {
    try {
      const attributeBytes = attributeStride - SECTION_BYTES;
      const attribute = readAttribute(section, at, attributeBytes, littleEndian);
      const reader = new FieldReader(section, littleEndian, at + attributeBytes);
      const ids = { offset: reader.size(), bytes: reader.size() };
      const isSound =
        ids.bytes % 8 === 0 && ids.offset + ids.bytes <= source.size && ids.bytes <= idBytesLeft;
      if (!isSound) problems.add('perf-bad-attribute', attributes.offset + at);
      idBytesLeft -= isSound ? ids.bytes : 0;
      events.add(attribute, isSound ? await readIds(source, ids, littleEndian) : []);
    } catch (error) {
      if (!(error instanceof MalformedField)) throw error;
      problems.add('perf-bad-attribute', attributes.offset + at);
    }
  }
}

async function readIds(source: ByteSource, ids: Section, littleEndian: boolean): Promise<bigint[]> {
  const reader = new FieldReader(new Uint8Array(await source.read(ids.offset, ids.bytes)), littleEndian);
  return Array.from({ length: Math.floor(reader.remaining / 8) }, () => reader.u64());
}

/** The bytes of a section, at most `limitBytes` of it. */
export async function readSection(
  source: ByteSource,
  section: Section,
  limitBytes: number,
): Promise<Uint8Array> {
  const bytes = await source.read(section.offset, Math.min(section.bytes, limitBytes));
  return new Uint8Array(bytes);
}
