/**
 * The kernel's own symbol list, `/proc/kallsyms`, as captures carry it: lines of `address type name[\t[module]]`
 * (kernel/kallsyms.c, `s_show`). It has 150,000 lines and more, so it is parsed from bytes into columns and a name is
 * only decoded when somebody asks for it.
 */
import { uint32Column, uint8Column } from './columns.ts';
import type { KernelSymbols } from './types.ts';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const UNDERSCORE = 0x5f;
const DOLLAR = 0x24;
const DOT = 0x2e;
const CAPITAL_L = 0x4c;

/** nm letters of code: `t`, `T`, and the weak `w`, `W`. */
const TYPE_IS_TEXT = new Set([0x54, 0x74, 0x57, 0x77]);
const TYPE_IS_WEAK = new Set([0x57, 0x77]);

/** More modules than any kernel loads; later ones count as the kernel proper. */
const MAX_MODULES = 0xffff;

/**
 * Code symbols of a kallsyms text in ascending order of address, one per address (see {@link aliasRank}). Lines that are
 * no symbol lines, data symbols and assembler marks (`$x`, `.L…`) are left out. Null when nothing usable is there: an
 * empty text, or one whose addresses are all 0 because the reader was not allowed to see them (`kptr_restrict`).
 * The result keeps no reference to the input.
 */
export function parseKallsyms(input: Uint8Array | string): KernelSymbols | null {
  const bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input;
  const lines = scanLines(bytes);
  if (lines.low.length === 0) return null;

  const order = addressOrder(lines.low, lines.high);
  const kept = oneRowPerAddress(bytes, lines, order);
  return compact(bytes, lines, kept);
}

/** The name of one symbol. */
export function kernelSymbolName(symbols: KernelSymbols, row: number): string {
  return decode(symbols.nameBytes.subarray(symbols.nameStart[row], symbols.nameStart[row + 1]));
}

interface SymbolLines {
  low: Uint32Array;
  high: Uint32Array;
  nameFrom: Uint32Array;
  nameTo: Uint32Array;
  isWeak: Uint8Array;
  module: Uint32Array;
  modules: string[];
}

function scanLines(bytes: Uint8Array): SymbolLines {
  const low = uint32Column();
  const high = uint32Column();
  const nameFrom = uint32Column();
  const nameTo = uint32Column();
  const isWeak = uint8Column();
  const module = uint32Column();
  const moduleRows = new ModuleNames(bytes);

  for (let at = 0, lineEnd = 0; at < bytes.length; at = lineEnd + 1) {
    lineEnd = bytes.indexOf(NEWLINE, at);
    if (lineEnd === -1) lineEnd = bytes.length;

    let addressLow = 0;
    let addressHigh = 0;
    let cursor = at;
    for (; cursor < lineEnd; cursor++) {
      const digit = hexDigit(bytes[cursor]);
      if (digit < 0) break;
      addressHigh = (addressHigh << 4) | (addressLow >>> 28);
      addressLow = (addressLow << 4) | digit;
    }
    const isSymbolLine =
      cursor > at && cursor + 3 < lineEnd && bytes[cursor] === SPACE && bytes[cursor + 2] === SPACE;
    const type = bytes[cursor + 1];
    if (!isSymbolLine || (addressLow === 0 && addressHigh === 0) || !TYPE_IS_TEXT.has(type)) continue;

    const from = cursor + 3;
    let to = from;
    while (to < lineEnd && bytes[to] > SPACE) to++;
    if (to === from || isAssemblerMark(bytes, from)) continue;
    low.push(addressLow);
    high.push(addressHigh);
    nameFrom.push(from);
    nameTo.push(to);
    isWeak.push(TYPE_IS_WEAK.has(type) ? 1 : 0);
    module.push(moduleRows.rowOf(to, lineEnd));
  }
  return {
    low: low.finish(),
    high: high.finish(),
    nameFrom: nameFrom.finish(),
    nameTo: nameTo.finish(),
    isWeak: isWeak.finish(),
    module: module.finish(),
    modules: moduleRows.names,
  };
}

/** Gives module names rows. A module's lines follow each other, so most look-ups compare with the line before. */
class ModuleNames {
  readonly names = [''];
  readonly #rows = new Map<string, number>();
  readonly #bytes: Uint8Array;
  #last = '';
  #lastRow = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Row of the module in `\t[module]` behind a name; 0, the kernel proper, when there is none. */
  rowOf(from: number, lineEnd: number): number {
    const bytes = this.#bytes;
    while (from < lineEnd && (bytes[from] === TAB || bytes[from] === SPACE)) from++;
    let to = lineEnd;
    while (to > from && (bytes[to - 1] === CARRIAGE_RETURN || bytes[to - 1] === SPACE)) to--;
    if (to - from < 3 || bytes[from] !== OPENING_BRACKET || bytes[to - 1] !== CLOSING_BRACKET) return 0;
    if (!this.#isLast(from + 1, to - 1)) {
      this.#last = decode(bytes.subarray(from + 1, to - 1));
      this.#lastRow = this.#intern(this.#last);
    }
    return this.#lastRow;
  }

  #isLast(from: number, to: number): boolean {
    if (to - from !== this.#last.length) return false;
    for (let i = 0; i < this.#last.length; i++) {
      if (this.#bytes[from + i] !== this.#last.charCodeAt(i)) return false;
    }
    return true;
  }

  #intern(name: string): number {
    let row = this.#rows.get(name);
    if (row === undefined) {
      if (this.names.length > MAX_MODULES) return 0;
      row = this.names.push(name) - 1;
      this.#rows.set(name, row);
    }
    return row;
  }
}

/** `$x`, `$d.12`: where code and data begin (ELF for the Arm architecture); `.L…`: labels of the compiler. */
function isAssemblerMark(bytes: Uint8Array, from: number): boolean {
  return bytes[from] === DOLLAR || (bytes[from] === DOT && bytes[from + 1] === CAPITAL_L);
}

function addressOrder(low: Uint32Array, high: Uint32Array): Uint32Array {
  const order = new Uint32Array(low.length);
  let isSorted = true;
  for (let row = 0; row < order.length; row++) {
    order[row] = row;
    if (row > 0 && (high[row - 1] - high[row] || low[row - 1] - low[row]) > 0) isSorted = false;
  }
  return isSorted ? order : order.sort((a, b) => high[a] - high[b] || low[a] - low[b] || a - b);
}

function oneRowPerAddress(bytes: Uint8Array, lines: SymbolLines, order: Uint32Array): Uint32Array {
  const kept = new Uint32Array(order.length);
  let length = 0;
  for (const row of order) {
    const last = kept[length - 1];
    const isAlias = length > 0 && lines.low[last] === lines.low[row] && lines.high[last] === lines.high[row];
    if (!isAlias) kept[length++] = row;
    else if (aliasRank(bytes, lines, row) > aliasRank(bytes, lines, last)) kept[length - 1] = row;
  }
  return kept.subarray(0, length);
}

/**
 * Of several names of one address the one with the highest rank stands for it: a non-weak one, then the one with the
 * fewest leading underscores, then the longest (the order that perf's `symbol__best` uses).
 */
function aliasRank(bytes: Uint8Array, lines: SymbolLines, row: number): number {
  const from = lines.nameFrom[row];
  const length = lines.nameTo[row] - from;
  let underscores = 0;
  while (underscores < length && bytes[from + underscores] === UNDERSCORE) underscores++;
  return (lines.isWeak[row] ? 0 : 1e12) + (1000 - Math.min(underscores, 1000)) * 1e8 + Math.min(length, 1e7);
}

function compact(bytes: Uint8Array, lines: SymbolLines, rows: Uint32Array): KernelSymbols {
  let nameBytesLength = 0;
  for (const row of rows) nameBytesLength += lines.nameTo[row] - lines.nameFrom[row];
  const symbols: KernelSymbols = {
    length: rows.length,
    addressLow: new Uint32Array(rows.length),
    addressHigh: new Uint32Array(rows.length),
    nameBytes: new Uint8Array(nameBytesLength),
    nameStart: new Uint32Array(rows.length + 1),
    module: new Uint16Array(rows.length),
    modules: lines.modules,
  };
  let nameAt = 0;
  rows.forEach((row, index) => {
    symbols.addressLow[index] = lines.low[row];
    symbols.addressHigh[index] = lines.high[row];
    symbols.module[index] = lines.module[row];
    symbols.nameStart[index] = nameAt;
    symbols.nameBytes.set(bytes.subarray(lines.nameFrom[row], lines.nameTo[row]), nameAt);
    nameAt += lines.nameTo[row] - lines.nameFrom[row];
  });
  symbols.nameStart[rows.length] = nameAt;
  return symbols;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

const decoder = new TextDecoder();

function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The kernel's code begins with these; what comes first of them has the lowest address but for some bytes of start-up code. */
const START_UP_BYTES = 0x1_0000;

/** Whether a symbol of the kernel proper stands at an address, among the first that there are. */
export function kernelSymbolAtStart(symbols: KernelSymbols, address: bigint): boolean {
  let lowest: bigint | null = null;
  for (let row = 0; row < symbols.length; row++) {
    if (symbols.module[row] !== 0) continue;
    const at = (BigInt(symbols.addressHigh[row]) << 32n) | BigInt(symbols.addressLow[row]);
    lowest ??= at;
    if (at > address || at > lowest + BigInt(START_UP_BYTES)) return false;
    if (at === address) return true;
  }
  return false;
}
