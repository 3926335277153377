/** An ELF file (program or shared library, 32 or 64 bits, either byte order) as a symbol table. */
import { MemorySource, type ByteSource } from '../../platform/bytes.ts';
import { InputError } from '../../readers/reader.ts';
import type { Warning } from '../../profile/types.ts';
import { FunctionRangesBuilder, lastAtOrBefore } from '../functionRanges.ts';
import type { LoadSegment, SymbolTable } from '../types.ts';
import { readBuildId } from './buildId.ts';
import { readPart } from './fields.ts';
import {
  PF_EXECUTE,
  PT_LOAD,
  readElfHeaders,
  SHF_EXECUTE,
  SHT_DYNSYM,
  SHT_NOBITS,
  SHT_SYMTAB,
  type ElfHeaders,
  type SectionHeader,
} from './headers.ts';
import { addFunctionSymbols } from './symbols.ts';

export { isElf } from './headers.ts';

/** Addresses of the upper half belong to the kernel. */
const KERNEL_HALF = 2 ** 63;

/** Linkers write two or three, up to ten with special layouts; more are not kept. */
const MAX_LOADS = 64;

/**
 * Reads headers, notes and symbol sections, never the program's code: an image of gigabytes costs what its symbols cost.
 * A stripped image gives a table without functions, or with the exported ones only, and warnings that say where its
 * symbols might be. Throws InputError for what is no linked ELF image or is damaged.
 */
export async function readElf(path: string, source: ByteSource): Promise<SymbolTable> {
  const headers = await readElfHeaders(path, source);
  refuseKernel(headers);
  const { functions, warnings } = await readFunctions(headers);
  return {
    buildId: await readBuildId(headers),
    path,
    source: 'elf',
    loads: loadSegments(headers),
    functions,
    warnings,
  };
}

/** The kernel moves itself at boot: only its own list of symbols says where functions really are. */
function refuseKernel({ file, programHeaders }: ElfHeaders): void {
  const isKernel = programHeaders.some(
    (header) => header.type === PT_LOAD && header.vaddr >= KERNEL_HALF && file.is64,
  );
  if (!isKernel) return;
  throw new InputError(
    file.path,
    'this is a kernel image, whose addresses are not those of the running kernel',
    {
      fix: 'Names of kernel functions come from /proc/kallsyms of the target, which captures of root contain',
    },
  );
}

/** The same for bytes in memory. */
export function readElfBytes(path: string, bytes: Uint8Array): Promise<SymbolTable> {
  return readElf(path, new MemorySource(bytes));
}

/**
 * Segments without bytes in the file say nothing about file offsets: pure `.bss`, or the code of a separate debug file. The
 * offsets of such a file are its own, those of its notes included, and not those of the program that ran.
 */
function loadSegments(headers: ElfHeaders): LoadSegment[] {
  const loads = headers.programHeaders.filter((header) => header.type === PT_LOAD && header.fileSize > 0);
  const isExecutable = (flags: number): boolean => (flags & PF_EXECUTE) !== 0;
  if (!loads.some(({ flags }) => isExecutable(flags))) return [];
  return loads
    .filter((header) => [header.offset, header.vaddr, header.fileSize].every(Number.isSafeInteger))
    .slice(0, MAX_LOADS)
    .map((header) => ({
      offset: BigInt(header.offset),
      vaddr: BigInt(header.vaddr),
      fileSize: BigInt(header.fileSize),
      executable: isExecutable(header.flags),
    }));
}

async function readFunctions(headers: ElfHeaders): Promise<Pick<SymbolTable, 'functions' | 'warnings'>> {
  const { path } = headers.file;
  const regionEnd = executableRegionEnd(headers.sections);
  const complete = await readSymbolSections(headers, SHT_SYMTAB);
  // A complete table holds the exported symbols again: those are read only where there is nothing better.
  const isStripped = complete.builder.length === 0;
  const { builder, badNames } = isStripped ? await readSymbolSections(headers, SHT_DYNSYM) : complete;
  const functions = builder.finish(regionEnd);
  const warnings: Warning[] = [];
  if (isStripped) warnings.push(await strippedWarning(headers, functions.length));
  if (badNames > 0) {
    warnings.push({
      code: 'symbols-without-name',
      message: `${path}: ${badNames} symbols have no readable name and were left out`,
      fix: null,
    });
  }
  return { functions, warnings };
}

async function readSymbolSections(
  headers: ElfHeaders,
  type: number,
): Promise<{ builder: FunctionRangesBuilder; badNames: number }> {
  const builder = new FunctionRangesBuilder();
  let badNames = 0;
  for (const section of headers.sections) {
    // Separate debug files keep the headers of sections that they leave out.
    if (section.type !== type || section.size === 0) continue;
    badNames += (await addFunctionSymbols(headers, section, builder)).badNames;
  }
  return { builder, badNames };
}

/** End of the executable section that holds an address: a function of unknown size does not reach into the next one. */
function executableRegionEnd(sections: readonly SectionHeader[]): (address: number) => number {
  const executable = sections
    .filter((section) => (section.flags & SHF_EXECUTE) !== 0 && section.size > 0)
    .sort((a, b) => a.vaddr - b.vaddr);
  return (address) => {
    const row = lastAtOrBefore(executable.length, (index) => executable[index].vaddr, address);
    if (row < 0) return Infinity;
    const end = executable[row].vaddr + executable[row].size;
    return address < end ? end : Infinity;
  };
}

/** Says that names are missing, and where the file itself says they are. */
async function strippedWarning(headers: ElfHeaders, exported: number): Promise<Warning> {
  const { path } = headers.file;
  const has = (name: string): boolean => headers.sections.some((section) => section.name === name);
  const debugFile = await debugLinkName(headers);
  const details = [
    debugFile === null ? null : `its symbols are in the separate file ${debugFile} (.gnu_debuglink)`,
    has('.gnu_debugdata') ? 'it holds a compressed symbol table (.gnu_debugdata, xz) that is not read' : null,
  ].filter((detail) => detail !== null);
  return {
    code: 'symbols-stripped',
    message: [`${path} is stripped: ${namedExports(exported)}`, ...details].join('; '),
    fix: strippedFix(debugFile, has('.gnu_debugdata')),
  };
}

function namedExports(exported: number): string {
  if (exported === 0) return 'it has no function symbols';
  return exported === 1
    ? 'only one exported function has a name'
    : `only ${exported} exported functions have names`;
}

function strippedFix(debugFile: string | null, hasDebugData: boolean): string {
  if (debugFile !== null) return `Give gemview ${debugFile} (it is in the package of debug symbols)`;
  if (hasDebugData) {
    return 'Unpack it: objcopy --dump-section .gnu_debugdata=mini.xz FILE && unxz mini.xz, and give gemview the result';
  }
  return 'Give gemview the file as it was before strip, or build without -s';
}

const MAX_DEBUG_LINK_BYTES = 4096;

/** File name in `.gnu_debuglink` (name, NUL, padding, CRC); null when there is none. */
async function debugLinkName(headers: ElfHeaders): Promise<string | null> {
  const { file } = headers;
  const section = headers.sections.find((candidate) => candidate.name === '.gnu_debuglink');
  if (!section || section.type === SHT_NOBITS || section.size > MAX_DEBUG_LINK_BYTES) return null;
  if (section.offset + section.size > file.source.size) return null;
  const bytes = await readPart(file, section.offset, section.size, MAX_DEBUG_LINK_BYTES, '.gnu_debuglink');
  const end = bytes.indexOf(0);
  return end > 0 ? new TextDecoder().decode(bytes.subarray(0, end)) : null;
}
