/** Writes small ELF images byte by byte: header, program headers, notes, symbol and string tables, section headers. */

export interface ElfSymbol {
  name: string;
  value: number;
  size?: number;
  /** `func`, as most; `ifunc`, `notype` (assembly labels), `object` (data). */
  type?: 'notype' | 'object' | 'func' | 'ifunc';
  binding?: 'local' | 'global' | 'weak';
  /** Section the symbol is in; `undefined` for imported ones. */
  section?: '.text' | '.fini' | '.data' | 'undefined' | 'absolute';
}

export interface ElfImage {
  bits?: 32 | 64;
  byteOrder?: 'little' | 'big';
  /** `e_type`: 1 object file, 2 executable, 3 shared object or PIE, 4 core dump. */
  type?: number;
  /** `e_machine`: 183 AArch64, 40 Arm, 62 x86-64. */
  machine?: number;
  /** Hex; written as a note in a PT_NOTE segment unless `buildIdIn` says otherwise. */
  buildId?: string;
  buildIdIn?: 'segment' | 'section';
  loads?: { offset: number; vaddr: number; fileSize: number; flags?: number }[];
  /** Addresses of `.text` and `.fini` (both executable) and of `.data`. */
  text?: { vaddr: number; size: number };
  fini?: { vaddr: number; size: number };
  symbols?: ElfSymbol[];
  dynamicSymbols?: ElfSymbol[];
  debugLink?: string;
  debugData?: boolean;
  /** Numbers of sections in section 0, as files with more than 65,279 sections have them. */
  extendedNumbering?: boolean;
  /** Leaves out the section header table (sstrip). */
  withoutSections?: boolean;
}

interface Section {
  name: string;
  type: number;
  flags: number;
  vaddr: number;
  size: number;
  link: string;
  entrySize: number;
  content: Uint8Array | null;
}

const SYMBOL_TYPES = { notype: 0, object: 1, func: 2, ifunc: 10 };
const BINDINGS = { local: 0, global: 1, weak: 2 };
const SPECIAL_SECTIONS = new Map([
  ['undefined', 0],
  ['absolute', 0xfff1],
]);
const PT_LOAD = 1;
const PT_NOTE = 4;
const READ_EXECUTE = 5;

export function elfBytes(image: ElfImage): Uint8Array {
  const is64 = image.bits !== 32;
  const little = image.byteOrder !== 'big';
  const write = new Writer(is64, little);
  const sections = sectionsOf(image, is64, little);
  const sectionRow = (name: string): number => sections.findIndex((section) => section.name === name);

  const headerBytes = is64 ? 64 : 52;
  const programEntry = is64 ? 56 : 32;
  const sectionEntry = is64 ? 64 : 40;
  const hasNoteSegment = image.buildId !== undefined && image.buildIdIn !== 'section';
  const loads = image.loads ?? [{ offset: 0, vaddr: 0, fileSize: 0x10000 }];
  const programs = loads.length + (hasNoteSegment ? 1 : 0);

  // Contents follow the program headers, the section header table is last, as linkers write it.
  let at = headerBytes + programs * programEntry;
  const offsets = sections.map((section) => {
    const offset = at;
    at += section.content?.byteLength ?? 0;
    at = Math.ceil(at / 8) * 8;
    return offset;
  });
  const sectionTable = image.withoutSections ? 0 : at;

  write.bytes(0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, little ? 1 : 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  write.u16(image.type ?? 3);
  write.u16(image.machine ?? 183);
  write.u32(1);
  write.word(0);
  write.word(headerBytes);
  write.word(sectionTable);
  write.u32(0);
  write.u16(headerBytes);
  write.u16(programEntry);
  write.u16(programs);
  write.u16(sectionEntry);
  write.u16(image.extendedNumbering || image.withoutSections ? 0 : sections.length);
  write.u16(image.extendedNumbering ? 0xffff : sectionRow('.shstrtab'));

  const program = (type: number, flags: number, offset: number, vaddr: number, size: number): void => {
    write.u32(type);
    if (is64) write.u32(flags);
    write.word(offset);
    write.word(vaddr);
    write.word(vaddr);
    write.word(size);
    write.word(size);
    if (!is64) write.u32(flags);
    write.word(4);
  };
  for (const { offset, vaddr, fileSize, flags } of loads) {
    program(PT_LOAD, flags ?? READ_EXECUTE, offset, vaddr, fileSize);
  }
  if (hasNoteSegment) {
    const row = sectionRow('.note.gnu.build-id');
    program(PT_NOTE, 4, offsets[row], 0, sections[row].size);
  }
  sections.forEach((section, row) => {
    write.padTo(offsets[row]);
    for (const byte of section.content ?? []) write.bytes(byte);
  });
  if (image.withoutSections) return write.finish();

  write.padTo(sectionTable);
  const names = stringTable(sections.map((section) => section.name)).offsets;
  sections.forEach((section, row) => {
    const first = image.extendedNumbering && row === 0;
    write.u32(names[row]);
    write.u32(section.type);
    write.word(section.flags);
    write.word(section.vaddr);
    write.word(section.content ? offsets[row] : 0);
    write.word(first ? sections.length : section.size);
    write.u32(first ? sectionRow('.shstrtab') : Math.max(0, sectionRow(section.link)));
    write.u32(0);
    write.word(1);
    write.word(section.entrySize);
  });
  return write.finish();
}

function sectionsOf(image: ElfImage, is64: boolean, little: boolean): Section[] {
  const text = image.text ?? { vaddr: 0x1000, size: 0x1000 };
  const fini = image.fini ?? { vaddr: text.vaddr + text.size, size: 0x100 };
  const section = (name: string, type: number, more: Partial<Section> = {}): Section => ({
    name,
    type,
    flags: 0,
    vaddr: 0,
    size: more.content?.byteLength ?? 0,
    link: '',
    entrySize: 0,
    content: null,
    ...more,
  });
  const sections = [
    section('', 0),
    // The code itself is not written: nothing reads it.
    section('.text', 1, { flags: 6, ...text }),
    section('.fini', 1, { flags: 6, ...fini }),
    section('.data', 1, { flags: 3, vaddr: 0x8000, size: 0x1000 }),
  ];
  if (image.buildId !== undefined) {
    const content = buildIdNote(image.buildId, is64, little);
    sections.push(section('.note.gnu.build-id', 7, { content }));
  }
  const tables = [
    ['.symtab', '.strtab', 2, image.symbols],
    ['.dynsym', '.dynstr', 11, image.dynamicSymbols],
  ] as const;
  for (const [name, link, type, symbols] of tables) {
    if (!symbols) continue;
    const strings = stringTable(symbols.map((symbol) => symbol.name));
    const content = symbolTable(symbols, strings.offsets, sections, is64, little);
    sections.push(section(name, type, { content, link, entrySize: is64 ? 24 : 16 }));
    sections.push(section(link, 3, { content: strings.bytes }));
  }
  if (image.debugLink !== undefined) {
    const content = new TextEncoder().encode(`${image.debugLink}\0\0\0\0CRC!`);
    sections.push(section('.gnu_debuglink', 1, { content }));
  }
  if (image.debugData) {
    sections.push(section('.gnu_debugdata', 1, { content: new Uint8Array([0xfd, 0x37, 0x7a, 0x58, 0x5a]) }));
  }
  sections.push(section('.shstrtab', 3));
  const names = stringTable(sections.map(({ name }) => name)).bytes;
  const last = sections[sections.length - 1];
  last.content = names;
  last.size = names.byteLength;
  return sections;
}

function symbolTable(
  symbols: readonly ElfSymbol[],
  names: readonly number[],
  sections: readonly Section[],
  is64: boolean,
  little: boolean,
): Uint8Array {
  const write = new Writer(is64, little);
  write.bytes(...new Uint8Array(is64 ? 24 : 16));
  symbols.forEach((symbol, row) => {
    const { value, size = 0, type = 'func', binding = 'global', section = '.text' } = symbol;
    const info = (BINDINGS[binding] << 4) | SYMBOL_TYPES[type];
    const index =
      SPECIAL_SECTIONS.get(section) ?? sections.findIndex((candidate) => candidate.name === section);
    write.u32(names[row]);
    if (is64) {
      write.bytes(info, 0);
      write.u16(index);
    }
    write.word(value);
    write.word(size);
    if (!is64) {
      write.bytes(info, 0);
      write.u16(index);
    }
  });
  return write.finish();
}

function buildIdNote(hex: string, is64: boolean, little: boolean): Uint8Array {
  const write = new Writer(is64, little);
  const id = Uint8Array.from(hex.match(/../g) ?? [], (digits) => parseInt(digits, 16));
  // Another note comes first (NT_GNU_ABI_TAG), as in real files.
  write.u32(4);
  write.u32(4);
  write.u32(1);
  write.bytes(0x47, 0x4e, 0x55, 0, 9, 9, 9, 9);
  write.u32(4);
  write.u32(id.byteLength);
  write.u32(3);
  write.bytes(0x47, 0x4e, 0x55, 0, ...id);
  return write.finish();
}

function stringTable(names: readonly string[]): { bytes: Uint8Array; offsets: number[] } {
  const encoder = new TextEncoder();
  const bytes = [0];
  const offsets = names.map((name) => {
    if (name === '') return 0;
    const offset = bytes.length;
    for (const byte of encoder.encode(name)) bytes.push(byte);
    bytes.push(0);
    return offset;
  });
  return { bytes: Uint8Array.from(bytes), offsets };
}

class Writer {
  readonly #bytes: number[] = [];
  readonly #is64: boolean;
  readonly #little: boolean;

  constructor(is64: boolean, little: boolean) {
    this.#is64 = is64;
    this.#little = little;
  }

  bytes(...values: number[]): void {
    for (const value of values) this.#bytes.push(value);
  }

  u16(value: number): void {
    this.#number(BigInt(value), 2);
  }

  u32(value: number): void {
    this.#number(BigInt(value), 4);
  }

  word(value: number): void {
    this.#number(BigInt(value), this.#is64 ? 8 : 4);
  }

  padTo(offset: number): void {
    while (this.#bytes.length < offset) this.#bytes.push(0);
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  #number(value: bigint, length: number): void {
    const digits = Array.from({ length }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
    this.bytes(...(this.#little ? digits : digits.reverse()));
  }
}
