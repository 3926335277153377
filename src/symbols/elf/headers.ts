/** The ELF header, program headers and section headers (System V ABI, chapters 4 and 5; gABI for extended numbering). */
import type { ByteSource } from '../../platform/bytes.ts';
import { InputError } from '../../readers/reader.ts';
import { ElfFields, readPart, type ElfFile } from './fields.ts';

/** `e_type`. */
const FILE_TYPES = new Map([
  [1, 'an object file (.o) that is not linked yet'],
  [2, 'executable'],
  [3, 'shared object'],
  [4, 'a core dump'],
]);
const TYPE_EXECUTABLE = 2;
const TYPE_SHARED = 3;

/** `e_phnum` when the number does not fit: it stands in `sh_info` of section 0. */
const MANY_PROGRAM_HEADERS = 0xffff;
/** `e_shstrndx` when the index does not fit: it stands in `sh_link` of section 0. */
const FAR_SECTION_INDEX = 0xffff;

/** Far more than any linker writes; a larger count is damage. */
const MAX_PROGRAM_HEADERS = 4096;
/** `-ffunction-sections` gives object files tens of thousands; linked images have tens. */
const MAX_SECTION_TABLE_BYTES = 64 << 20;
const MAX_SECTION_NAME_BYTES = 16 << 20;

export interface ProgramHeader {
  type: number;
  flags: number;
  offset: number;
  vaddr: number;
  fileSize: number;
  align: number;
}

export interface SectionHeader {
  name: string;
  type: number;
  flags: number;
  vaddr: number;
  offset: number;
  size: number;
  link: number;
  entrySize: number;
}

/** `p_type`, `p_flags`, `sh_type` and `sh_flags` that matter here. */
export const PT_LOAD = 1;
export const PT_NOTE = 4;
export const PF_EXECUTE = 1;
export const SHT_SYMTAB = 2;
export const SHT_NOTE = 7;
export const SHT_NOBITS = 8;
export const SHT_DYNSYM = 11;
export const SHF_EXECUTE = 4;

export interface ElfHeaders {
  file: ElfFile;
  /** `e_machine`. */
  machine: number;
  programHeaders: ProgramHeader[];
  /** Row 0 is the undefined section. */
  sections: SectionHeader[];
}

/** True for the first bytes of an ELF file. */
export function isElf(head: Uint8Array): boolean {
  return head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46;
}

/** Reads all headers; InputError when the file is no linked ELF image or its tables lie outside of it. */
export async function readElfHeaders(path: string, source: ByteSource): Promise<ElfHeaders> {
  const identity = await source.read(0, 20);
  const elfClass = identity[4];
  const byteOrder = identity[5];
  if (!isElf(identity) || identity.byteLength < 20) {
    throw new InputError(path, 'this is no ELF file, or it is cut in its first bytes');
  }
  if ((elfClass !== 1 && elfClass !== 2) || (byteOrder !== 1 && byteOrder !== 2)) {
    throw new InputError(path, `unknown ELF class ${elfClass} or byte order ${byteOrder}`, { offset: 4 });
  }
  const file: ElfFile = { path, source, is64: elfClass === 2, littleEndian: byteOrder === 1 };
  const headerBytes = file.is64 ? 64 : 52;
  const header = new ElfFields(file, await readPart(file, 0, headerBytes, headerBytes, 'the ELF header'));
  const layout = file.is64
    ? { programOffset: 0x20, sectionOffset: 0x28, programEntry: 0x36 }
    : { programOffset: 0x1c, sectionOffset: 0x20, programEntry: 0x2a };

  const type = header.u16(0x10);
  if (type !== TYPE_EXECUTABLE && type !== TYPE_SHARED) {
    throw new InputError(path, `this is ${FILE_TYPES.get(type) ?? `an ELF file of type ${type}`}`, {
      offset: 0x10,
      fix: 'Give gemview the program or library that ran',
    });
  }
  const counts = {
    programs: header.u16(layout.programEntry + 2),
    sections: header.u16(layout.programEntry + 6),
    names: header.u16(layout.programEntry + 8),
  };
  const sectionOffset = header.word(layout.sectionOffset);
  const sectionEntry = header.u16(layout.programEntry + 4);
  if (sectionOffset !== 0) await applyExtendedCounts(file, sectionOffset, counts);

  return {
    file,
    machine: header.u16(0x12),
    programHeaders: await readProgramHeaders(
      file,
      header.word(layout.programOffset),
      header.u16(layout.programEntry),
      counts.programs,
    ),
    sections:
      sectionOffset === 0
        ? []
        : await readSections(file, sectionOffset, sectionEntry, counts.sections, counts.names),
  };
}

/** Numbers that do not fit the header stand in section 0 (gABI, "ELF Header", e_phnum, e_shnum, e_shstrndx). */
async function applyExtendedCounts(
  file: ElfFile,
  sectionOffset: number,
  counts: { programs: number; sections: number; names: number },
): Promise<void> {
  const isExtended =
    counts.sections === 0 || counts.names === FAR_SECTION_INDEX || counts.programs === MANY_PROGRAM_HEADERS;
  if (!isExtended) return;
  const bytes = sectionHeaderBytes(file);
  const first = new ElfFields(
    file,
    await readPart(file, sectionOffset, bytes, bytes, 'the first section header'),
  );
  const { size, link, info } = file.is64
    ? { size: first.word(0x20), link: first.u32(0x28), info: first.u32(0x2c) }
    : { size: first.word(0x14), link: first.u32(0x18), info: first.u32(0x1c) };
  if (counts.sections === 0) counts.sections = size;
  if (counts.names === FAR_SECTION_INDEX) counts.names = link;
  if (counts.programs === MANY_PROGRAM_HEADERS) counts.programs = info;
}

async function readProgramHeaders(
  file: ElfFile,
  offset: number,
  entryBytes: number,
  count: number,
): Promise<ProgramHeader[]> {
  if (count === 0) return [];
  const minimum = file.is64 ? 56 : 32;
  if (entryBytes < minimum || count > MAX_PROGRAM_HEADERS) {
    throw new InputError(file.path, `impossible program headers: ${count} of ${entryBytes} bytes`);
  }
  const length = count * entryBytes;
  const fields = new ElfFields(
    file,
    await readPart(file, offset, length, length, 'the program header table'),
  );
  return Array.from({ length: count }, (_, row) => {
    const at = row * entryBytes;
    return file.is64
      ? {
          type: fields.u32(at),
          flags: fields.u32(at + 4),
          offset: fields.word(at + 0x08),
          vaddr: fields.word(at + 0x10),
          fileSize: fields.word(at + 0x20),
          align: fields.word(at + 0x30),
        }
      : {
          type: fields.u32(at),
          flags: fields.u32(at + 0x18),
          offset: fields.word(at + 0x04),
          vaddr: fields.word(at + 0x08),
          fileSize: fields.word(at + 0x10),
          align: fields.word(at + 0x1c),
        };
  });
}

function sectionHeaderBytes(file: ElfFile): number {
  return file.is64 ? 64 : 40;
}

async function readSections(
  file: ElfFile,
  offset: number,
  entryBytes: number,
  count: number,
  nameSection: number,
): Promise<SectionHeader[]> {
  if (count === 0) return [];
  if (entryBytes < sectionHeaderBytes(file)) {
    throw new InputError(file.path, `impossible section headers: ${count} of ${entryBytes} bytes`);
  }
  const length = count * entryBytes;
  const table = await readPart(file, offset, length, MAX_SECTION_TABLE_BYTES, 'the section header table');
  const fields = new ElfFields(file, table);
  const nameOffsets: number[] = [];
  const sections = Array.from({ length: count }, (_, row): SectionHeader => {
    const at = row * entryBytes;
    nameOffsets.push(fields.u32(at));
    const common = { name: '', type: fields.u32(at + 4), flags: fields.u32(at + 8) };
    if (!file.is64) {
      return {
        ...common,
        vaddr: fields.word(at + 0x0c),
        offset: fields.word(at + 0x10),
        size: fields.word(at + 0x14),
        link: fields.u32(at + 0x18),
        entrySize: fields.word(at + 0x24),
      };
    }
    return {
      ...common,
      flags: fields.word(at + 0x08) % 0x1_0000_0000,
      vaddr: fields.word(at + 0x10),
      offset: fields.word(at + 0x18),
      size: fields.word(at + 0x20),
      link: fields.u32(at + 0x28),
      entrySize: fields.word(at + 0x38),
    };
  });
  await nameSections(file, sections, nameOffsets, sections[nameSection]);
  return sections;
}

/** Section names are a help only (debug links): without their table all stay empty. */
async function nameSections(
  file: ElfFile,
  sections: SectionHeader[],
  nameOffsets: readonly number[],
  nameSection: SectionHeader | undefined,
): Promise<void> {
  if (!nameSection || nameSection.type === SHT_NOBITS) return;
  if (nameSection.size > MAX_SECTION_NAME_BYTES || nameSection.offset + nameSection.size > file.source.size) {
    return;
  }
  const names = await readPart(
    file,
    nameSection.offset,
    nameSection.size,
    MAX_SECTION_NAME_BYTES,
    'the section name table',
  );
  const decoder = new TextDecoder();
  sections.forEach((section, row) => {
    const from = nameOffsets[row];
    const short = names.subarray(from, from + 64);
    const end = short.indexOf(0);
    section.name = decoder.decode(end < 0 ? short : short.subarray(0, end));
  });
}
