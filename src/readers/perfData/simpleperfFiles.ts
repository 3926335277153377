/**
 * What simpleperf writes at the end of its recording of each file that samples hit: where it is loaded, and the functions
 * of it. As structures of its own (feature FILE, to 2021) or as protobuf (FILE2); AOSP system/extras/simpleperf,
 * `record_file_reader.cpp` and `record_file.proto`.
 */
import { MalformedMessage, MessageReader } from '../protobuf.ts';
import { FieldReader, MalformedField } from './fieldReader.ts';

/** `enum DsoType`. */
export const DSO = { kernel: 0, kernelModule: 1, elf: 2, dex: 3, symbolMap: 4 } as const;

export interface SimpleperfFile {
  path: string;
  /** One of {@link DSO}, or a later one. */
  type: number;
  /** Lowest address of the executable segment. */
  minVaddr: bigint;
  /** Where in the file that segment begins; null where the recording does not say. */
  minVaddrOffset: bigint | null;
  /** Of a kernel module: where in its memory that segment begins. */
  minVaddrMemory: bigint;
  /** In order of address. */
  symbols: SimpleperfSymbol[];
}

export interface SimpleperfSymbol {
  start: bigint;
  bytes: number;
  /** As in the symbol table, not demangled. */
  name: string;
}

/** Files of a FILE section, `null` behind them when the rest is damaged. */
export function readFiles(payload: Uint8Array): (SimpleperfFile | null)[] {
  return readPieces(payload, readFile);
}

/** Files of a FILE2 section, `null` behind them when the rest is damaged. */
export function readFiles2(payload: Uint8Array): (SimpleperfFile | null)[] {
  return readPieces(payload, readFile2);
}

/** A section is `u32 size` and that many bytes again and again. */
function readPieces(
  payload: Uint8Array,
  read: (piece: Uint8Array) => SimpleperfFile,
): (SimpleperfFile | null)[] {
  const files: (SimpleperfFile | null)[] = [];
  const reader = new FieldReader(payload, true);
  try {
    while (reader.remaining > 0) {
      const file = read(reader.take(reader.u32()));
      file.symbols.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
      files.push(file);
    }
  } catch (error) {
    if (!(error instanceof MalformedField || error instanceof MalformedMessage)) throw error;
    files.push(null);
  }
  return files;
}

const OFFSET_BYTES = 8;

function readFile(piece: Uint8Array): SimpleperfFile {
  const reader = new FieldReader(piece, true);
  const path = reader.nulText();
  const type = reader.u32();
  const minVaddr = reader.u64();
  const count = reader.u32();
  const SMALLEST_SYMBOL_BYTES = 13;
  reader.count(count, SMALLEST_SYMBOL_BYTES);
  const symbols = Array.from({ length: count }, () => ({
    start: reader.u64(),
    bytes: reader.u32(),
    name: reader.nulText(),
  }));
  const file: SimpleperfFile = { path, type, minVaddr, minVaddrOffset: null, minVaddrMemory: 0n, symbols };
  // Recordings of 2017 and 2018 end here.
  if (type === DSO.elf && reader.remaining >= OFFSET_BYTES) file.minVaddrOffset = reader.u64();
  if (type === DSO.kernelModule && reader.remaining >= OFFSET_BYTES) file.minVaddrMemory = reader.u64();
  return file;
}

/** Numbers of the fields of `message FileFeature`; protobuf leaves out fields that are zero. */
const FILE2 = { path: 1, type: 2, minVaddr: 3, symbol: 4, dex: 5, elf: 6, kernelModule: 7 } as const;
const SYMBOL2 = { vaddr: 1, bytes: 2, name: 3 } as const;
const OFFSET_FIELD = 1;

function readFile2(piece: Uint8Array): SimpleperfFile {
  const file: SimpleperfFile = {
    path: '',
    type: DSO.kernel,
    minVaddr: 0n,
    minVaddrOffset: null,
    minVaddrMemory: 0n,
    symbols: [],
  };
  const reader = new MessageReader(piece);
  while (reader.next()) {
    switch (reader.field) {
      case FILE2.path:
        file.path = reader.text();
        break;
      case FILE2.type:
        file.type = reader.number();
        break;
      case FILE2.minVaddr:
        file.minVaddr = reader.bigint();
        break;
      case FILE2.symbol:
        file.symbols.push(readSymbol2(reader.message()));
        break;
      case FILE2.elf:
        file.minVaddrOffset = firstNumber(reader.message());
        break;
      case FILE2.kernelModule:
        file.minVaddrMemory = firstNumber(reader.message());
        break;
      default:
    }
  }
  return file;
}

function readSymbol2(reader: MessageReader): SimpleperfSymbol {
  const symbol: SimpleperfSymbol = { start: 0n, bytes: 0, name: '' };
  while (reader.next()) {
    if (reader.field === SYMBOL2.vaddr) symbol.start = reader.bigint();
    else if (reader.field === SYMBOL2.bytes) symbol.bytes = reader.low;
    else if (reader.field === SYMBOL2.name) symbol.name = reader.text();
  }
  return symbol;
}

/** The number in the first field of a message; zero when it is left out. */
function firstNumber(reader: MessageReader): bigint {
  let value = 0n;
  while (reader.next()) if (reader.field === OFFSET_FIELD) value = reader.bigint();
  return value;
}
