/**
 * Symbol listings as people paste them: lines of `nm -nS` (`address size letter name`, also without sizes), with what names
 * the image before them, each line with or without `# `:
 *
 *     # build-id: 9365dbc2…                 Build ID: 9365dbc2…            readelf -n
 *     # file: /root/bin/llama-cli           File: /root/bin/llama-cli      readelf on several files
 *     # load: offset=0x0 vaddr=0x400000 filesz=0x624190 flags=RE
 *       LOAD  0x000000 0x0000000000400000 0x0000000000400000 0x624190 0x624190 R E 0x10000   readelf -lW
 *     0000000000400b2c 0000000000000024 T main
 */
import { readLines, type ByteSource } from '../platform/bytes.ts';
import { InputError } from '../readers/reader.ts';
import { FunctionRangesBuilder } from './functionRanges.ts';
import type { LoadSegment, SymbolTable } from './types.ts';

/** readelf -W writes it behind the note's type on the same line, file(1) among other things. */
const BUILD_ID_LINE = /(?:^build-id:|\bBuild ID:|\bBuildID\[\w+\]=)\s*([0-9a-f]{8,128})\b/i;
const FILE_LINE = /^(?:file|File):\s*(\S.*)$/;
/** nm's own heading when it is given several files. */
const NM_FILE_LINE = /^(\S.*):$/;
const LOAD_LINE =
  /^load:\s+offset=(0x[0-9a-f]+)\s+vaddr=(0x[0-9a-f]+)\s+filesz=(0x[0-9a-f]+)(?:\s+flags=(\w+))?/i;
/** readelf -lW: offset, virtual address, physical address, size in the file, in memory, flags. */
const READELF_LOAD_LINE =
  /^LOAD\s+(0x[0-9a-f]+)\s+(0x[0-9a-f]+)\s+0x[0-9a-f]+\s+(0x[0-9a-f]+)\s+0x[0-9a-f]+\s+([RWE ]*)/i;
/** Without -W, readelf breaks the same fields into two lines. */
const READELF_LOAD_FIRST = /^LOAD\s+(0x[0-9a-f]+)\s+(0x[0-9a-f]+)\s+0x[0-9a-f]+$/i;
const READELF_LOAD_SECOND = /^(0x[0-9a-f]+)\s+0x[0-9a-f]+\s+([RWE ]*)/i;
const SYMBOL_LINE = /^([0-9a-f]{8}|[0-9a-f]{16}) (?:([0-9a-f]{8}|[0-9a-f]{16}) )?([A-Za-z?-]) (\S.*)$/;
/** Undefined symbols have no address. */
const UNDEFINED_LINE = /^\s*[UwvV] \S/;

/** Code: global, local, weak, and indirect (IFUNC). `u`, `V`, `v` are data, as are B, D, R and the rest. */
const CODE_LETTERS = /^[TtWwi]$/;
const MAX_LOADS = 64;
/** Kernel addresses: that is a kallsyms text, not the listing of an image. */
const KERNEL_ADDRESS = /^f{4}[0-9a-f]{12}$/;

/** True when the first lines of a text are a listing as above. */
export function isListing(headText: string): boolean {
  const lines = headText.split('\n', 400).map(plainLine);
  // The head may end within a line.
  if (lines.length > 1) lines.pop();
  let symbols = 0;
  let headers = 0;
  let others = 0;
  let zeroAddresses = 0;
  for (const line of lines) {
    const symbol = SYMBOL_LINE.exec(line);
    if (symbol) {
      if (KERNEL_ADDRESS.test(symbol[1])) return false;
      if (/^0+$/.test(symbol[1])) zeroAddresses++;
      symbols++;
    } else if (isHeaderLine(line.trim())) headers++;
    else if (line.trim() !== '' && !UNDEFINED_LINE.test(line)) others++;
  }
  // A kallsyms text that hides its addresses looks like symbols at 0.
  if (symbols > 1 && zeroAddresses === symbols) return false;
  // Pasted readelf output is many lines of other tables, but no other text has its LOAD entries.
  const hasLoads = lines.some((line) => /^\s*(?:LOAD\s+0x|load:\s+offset=)/.test(line));
  return symbols > 0 ? hasLoads || symbols + headers > others : hasLoads && headers >= 2;
}

/** Reads a listing of one image. Throws InputError when it holds no symbols, or those of several images. */
export async function readListing(path: string, source: ByteSource): Promise<SymbolTable> {
  const table: SymbolTable = {
    buildId: null,
    path: null,
    source: 'listing',
    loads: [],
    functions: { length: 0, start: new Float64Array(0), end: new Float64Array(0), rawNames: [] },
    warnings: [],
  };
  const builder = new FunctionRangesBuilder();
  let openLoad: RegExpExecArray | null = null;
  let symbols = 0;

  for await (const rawLine of readLines(source)) {
    const line = plainLine(rawLine);
    const symbol = SYMBOL_LINE.exec(line);
    if (symbol) {
      symbols++;
      addSymbol(builder, symbol, table.loads);
      continue;
    }
    const text = line.trim();
    openLoad = applyHeaderLine(table, text, openLoad);
    const heading = symbols > 0 ? NM_FILE_LINE.exec(text) : null;
    if (heading) {
      throw new InputError(path, `the listing continues with the symbols of another file (${heading[1]})`, {
        fix: 'Write one listing for each file',
      });
    }
  }
  if (symbols === 0) {
    throw new InputError(path, 'no line of this listing is a symbol', {
      fix: 'Write it with: (readelf -lWn FILE; nm -nS FILE) > FILE.nm.txt',
    });
  }
  table.functions = builder.finish((address) => executableEnd(table.loads, address));
  if (table.functions.length === 0) {
    table.warnings.push({
      code: 'symbols-no-functions',
      message: `${path}: none of the ${symbols} symbols is a function`,
      fix: 'List a file that is not stripped with nm -nS',
    });
  }
  if (table.loads.length === 0) {
    table.warnings.push({
      code: 'symbols-without-segments',
      message: `${path} does not say where the image's segments are loaded: addresses may be matched wrongly`,
      fix: 'Put the output of readelf -lWn FILE before that of nm -nS FILE',
    });
  }
  return table;
}

function addSymbol(
  builder: FunctionRangesBuilder,
  [, address, size, letter, name]: RegExpExecArray,
  loads: readonly LoadSegment[],
): void {
  if (!CODE_LETTERS.test(letter)) return;
  const start = parseInt(address, 16);
  const isWeak = letter === 'W' || letter === 'w';
  // nm has one letter for all weak symbols that are no objects; some mark places in data (`data_start`).
  if (isWeak && loads.length > 0 && executableEnd(loads, start) === Infinity) return;
  // nm -l appends a tab with file and line.
  const tab = name.indexOf('\t');
  builder.add(
    start,
    size === undefined ? 0 : parseInt(size, 16),
    (tab < 0 ? name : name.slice(0, tab)).trimEnd(),
    { isWeak, isLocal: letter === 't' },
  );
}

/** Takes what a header line says about the image. Returns the first half of a LOAD entry that the next line completes. */
function applyHeaderLine(
  table: SymbolTable,
  text: string,
  openLoad: RegExpExecArray | null,
): RegExpExecArray | null {
  const second = openLoad && READELF_LOAD_SECOND.exec(text);
  if (openLoad && second) {
    addLoad(table.loads, openLoad[1], openLoad[2], second[1], second[2]);
    return null;
  }
  const load = LOAD_LINE.exec(text) ?? READELF_LOAD_LINE.exec(text);
  if (load) addLoad(table.loads, load[1], load[2], load[3], load[4] ?? 'RE');
  table.buildId ??= BUILD_ID_LINE.exec(text)?.[1].toLowerCase() ?? null;
  table.path ??= FILE_LINE.exec(text)?.[1] ?? null;
  return READELF_LOAD_FIRST.exec(text);
}

function addLoad(loads: LoadSegment[], offset: string, vaddr: string, fileSize: string, flags: string): void {
  if (loads.length >= MAX_LOADS || BigInt(fileSize) === 0n) return;
  loads.push({
    offset: BigInt(offset),
    vaddr: BigInt(vaddr),
    fileSize: BigInt(fileSize),
    executable: /e/i.test(flags),
  });
}

/** End of the executable segment that holds an address, Infinity when none does. */
function executableEnd(loads: readonly LoadSegment[], address: number): number {
  for (const { vaddr, fileSize, executable } of loads) {
    const start = Number(vaddr);
    const end = start + Number(fileSize);
    if (executable && start <= address && address < end) return end;
  }
  return Infinity;
}

function isHeaderLine(text: string): boolean {
  return [BUILD_ID_LINE, FILE_LINE, NM_FILE_LINE, LOAD_LINE, READELF_LOAD_LINE, READELF_LOAD_FIRST].some(
    (pattern) => pattern.test(text),
  );
}

/** Without the `# ` of a comment and without a carriage return. */
function plainLine(line: string): string {
  return line.replace(/^#\s?/, '').replace(/\r$/, '');
}
