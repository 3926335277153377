/** Function symbols of `.symtab` or `.dynsym` (System V ABI, "Symbol Table"). */
import { InputError } from '../../readers/reader.ts';
import { BLOCK_BYTES } from '../../platform/bytes.ts';
import type { FunctionRangesBuilder } from '../functionRanges.ts';
import { ElfFields, readPart, type ElfFile } from './fields.ts';
import { SHF_EXECUTE, SHT_NOBITS, type ElfHeaders, type SectionHeader } from './headers.ts';

const STT_NOTYPE = 0;
const STT_FUNC = 2;
const STT_GNU_IFUNC = 10;
const STB_LOCAL = 0;
const STB_WEAK = 2;
const SHN_UNDEF = 0;
/** Indexes from here on are no sections: absolute values, common blocks, "see SHT_SYMTAB_SHNDX". */
const SHN_LORESERVE = 0xff00;
const SHN_XINDEX = 0xffff;
const EM_ARM = 40;

/** A string of V8 holds up to 2^29 characters; string tables of the largest programs are below half of that. */
const MAX_STRING_TABLE_BYTES = 1 << 28;
/** Longer names are damage: the longest of real C++ programs are some 20,000 characters. */
const MAX_NAME_BYTES = 1 << 16;

/**
 * Adds the function symbols of a symbol section: code of type FUNC or IFUNC, and symbols without a type in executable
 * sections (assembly). Data, files, sections and undefined symbols are none.
 *
 * @returns how many symbols had a name that lies outside of the string table
 */
export async function addFunctionSymbols(
  headers: ElfHeaders,
  section: SectionHeader,
  functions: FunctionRangesBuilder,
): Promise<{ badNames: number }> {
  const { file } = headers;
  const entryBytes = file.is64 ? 24 : 16;
  if (section.entrySize !== entryBytes) {
    throw new InputError(file.path, `a symbol table with entries of ${section.entrySize} bytes`);
  }
  const strings = await readStringTable(file, headers.sections[section.link]);
  const end = section.offset + Math.floor(section.size / entryBytes) * entryBytes;
  if (end > file.source.size) {
    throw new InputError(
      file.path,
      `the symbol table is said to end at byte ${end} of ${file.source.size}: the file is cut or damaged`,
      { offset: section.offset, fix: 'Copy the file again' },
    );
  }
  const blockBytes = Math.floor(BLOCK_BYTES / entryBytes) * entryBytes;
  let badNames = 0;
  for (let at = section.offset; at < end; at += blockBytes) {
    const length = Math.min(blockBytes, end - at);
    const fields = new ElfFields(file, await readPart(file, at, length, blockBytes, 'the symbol table'));
    for (let entry = 0; entry < length; entry += entryBytes) {
      badNames += addSymbol(headers, fields, entry, strings, functions);
    }
  }
  return { badNames };
}

function addSymbol(
  headers: ElfHeaders,
  fields: ElfFields,
  at: number,
  strings: StringTable,
  functions: FunctionRangesBuilder,
): 0 | 1 {
  const { is64 } = headers.file;
  const info = fields.u8(at + (is64 ? 4 : 12));
  const type = info & 0xf;
  const sectionIndex = fields.u16(at + (is64 ? 6 : 14));
  if (sectionIndex === SHN_UNDEF) return 0;
  if (type === STT_NOTYPE) {
    const section = sectionIndex < SHN_LORESERVE ? headers.sections[sectionIndex] : undefined;
    if (!section || (section.flags & SHF_EXECUTE) === 0) return 0;
  } else if (type !== STT_FUNC && type !== STT_GNU_IFUNC) {
    return 0;
  } else if (sectionIndex >= SHN_LORESERVE && sectionIndex !== SHN_XINDEX) {
    return 0;
  }
  const nameOffset = fields.u32(at);
  if (nameOffset === 0) return 0;
  const name = strings.nameAt(nameOffset);
  if (name === null) return 1;

  const value = fields.word(at + (is64 ? 8 : 4));
  // Bit 0 of a function's address tells Thumb code, it is no part of the address (ELF for the Arm architecture, 5.5.3).
  const isThumb = headers.machine === EM_ARM && type === STT_FUNC && value % 2 === 1;
  functions.add(isThumb ? value - 1 : value, fields.word(at + (is64 ? 16 : 8)), name, {
    isWeak: info >> 4 === STB_WEAK,
    isLocal: info >> 4 === STB_LOCAL,
  });
  return 0;
}

/** Names by offset. All names together may not be much longer than their table: damaged offsets share no end. */
class StringTable {
  readonly #bytes: Uint8Array;
  /** One character per byte, so that offsets are those of the bytes. */
  readonly #text: string;
  readonly #path: string;
  #budget: number;

  constructor(path: string, bytes: Uint8Array) {
    this.#path = path;
    this.#bytes = bytes;
    this.#text = new TextDecoder('latin1').decode(bytes);
    // Linkers merge common ends of names, which makes the sum larger than the table, but not many times.
    this.#budget = 16 * bytes.byteLength + MAX_NAME_BYTES;
  }

  nameAt(offset: number): string | null {
    if (offset >= this.#bytes.byteLength) return null;
    const length = this.#bytes.subarray(offset, offset + MAX_NAME_BYTES).indexOf(0);
    if (length < 0) return null;
    this.#budget -= length;
    if (this.#budget < 0) {
      throw new InputError(this.#path, 'the names of the symbol table overlap: the file is damaged', {
        fix: 'Copy the file again',
      });
    }
    const name = this.#text.slice(offset, offset + length);
    return isAscii(name) ? name : new TextDecoder().decode(this.#bytes.subarray(offset, offset + length));
  }
}

async function readStringTable(file: ElfFile, section: SectionHeader | undefined): Promise<StringTable> {
  if (!section || section.type === SHT_NOBITS) {
    throw new InputError(file.path, 'the symbol table has no string table');
  }
  const bytes = await readPart(
    file,
    section.offset,
    section.size,
    MAX_STRING_TABLE_BYTES,
    'the string table',
  );
  return new StringTable(file.path, new Uint8Array(bytes));
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
