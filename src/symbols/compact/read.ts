import { decodeText, readAll, type ByteSource } from '../../platform/bytes.ts';
import { float64Column } from '../../profile/columns.ts';
import { InputError } from '../../readers/reader.ts';
import type { LoadSegment, SymbolTable } from '../types.ts';
import { FIRST_LINE, FIRST_LINE_PATTERN, MAX_NAME_LENGTH, SHORTENED } from './format.ts';
import { MAX_WORD_LENGTH, MAX_WORDS, WordCoder } from './words.ts';

const FIX = 'Write the table again: gemview symbols <elf>';
const MAX_TABLE_BYTES = 256 << 20;
/** All names together, restored. The largest programs have some 200 million characters of names. */
const MAX_NAME_CHARACTERS = 1 << 29;
const MAX_LOADS = 64;
const LOAD_LINE = /^load ([0-9a-f]{1,16}) ([0-9a-f]{1,16}) ([0-9a-f]{1,16}) (rx?)$/;
const FUNCTION_LINE = /^(?:([0-9a-f]{1,14})\+)?([0-9a-f]{1,14}) (.+)$/;
const SHORTENED_NAME = /^~([0-9a-z]{2})/;

/** True when a text begins like a compact table, of whatever version. */
export function isCompactTable(headText: string): boolean {
  return FIRST_LINE_PATTERN.test(headText);
}

/**
 * Reads a compact table (format.ts). Whatever follows a line that is not understood cannot be placed, so the table ends
 * there with a warning; a table without any function is an InputError.
 */
export async function readCompactTable(path: string, source: ByteSource): Promise<SymbolTable> {
  if (source.size > MAX_TABLE_BYTES) {
    throw new InputError(
      path,
      `a symbol table of ${source.size} bytes is larger than any that gemview writes`,
    );
  }
  const lines = new Lines(decodeText(await readAll(source, MAX_TABLE_BYTES)));
  const version = FIRST_LINE_PATTERN.exec(lines.next() ?? '')?.[1];
  if (`gemview symbols ${version}` !== FIRST_LINE) {
    throw new InputError(
      path,
      version === undefined
        ? 'this is no symbol table of gemview'
        : `this symbol table has version ${version}, which this version of gemview does not know`,
      { fix: FIX },
    );
  }
  const table: SymbolTable = {
    buildId: null,
    path: null,
    source: 'compact',
    loads: [],
    functions: { length: 0, start: new Float64Array(0), end: new Float64Array(0), rawNames: [] },
    warnings: [],
  };
  const count = readPreamble(path, lines, table);
  const damage = readFunctions(lines, count.functions, new WordCoder(count.words), table);
  if (damage !== null) {
    if (table.functions.length === 0) throw new InputError(path, damage, { fix: FIX });
    table.warnings.push({
      code: 'symbols-cut',
      message: `${path}: ${damage}; ${table.functions.length} of ${count.functions} functions were read`,
      fix: FIX,
    });
  }
  return table;
}

/** Everything before the functions. Unknown lines are skipped: later versions may say more about an image. */
function readPreamble(
  path: string,
  lines: Lines,
  table: SymbolTable,
): { words: string[]; functions: number } {
  let words: string[] = [];
  for (let line = lines.next(); line !== null; line = lines.next()) {
    const space = line.indexOf(' ');
    const value = line.slice(space + 1);
    switch (line.slice(0, Math.max(0, space))) {
      case 'build-id':
        if (/^[0-9a-f]{2,128}$/.test(value)) table.buildId = value;
        break;
      case 'file':
        table.path = value;
        break;
      case 'load':
        addLoad(table.loads, line);
        break;
      case 'words':
        words = readWords(path, lines, Number(value));
        break;
      case 'functions': {
        const functions = Number(value);
        if (Number.isSafeInteger(functions) && functions > 0) return { words, functions };
        throw new InputError(path, `line ${lines.number}: it holds no functions`, { fix: FIX });
      }
      default:
    }
  }
  throw new InputError(path, 'the symbol table ends before its functions: it is cut', { fix: FIX });
}

function addLoad(loads: LoadSegment[], line: string): void {
  const match = LOAD_LINE.exec(line);
  if (!match || loads.length >= MAX_LOADS) return;
  const [offset, vaddr, fileSize] = match.slice(1, 4).map((digits) => BigInt(`0x${digits}`));
  loads.push({ offset, vaddr, fileSize, executable: match[4] === 'rx' });
}

function readWords(path: string, lines: Lines, count: number): string[] {
  const words: string[] = [];
  while (words.length < count) {
    const word = lines.next();
    if (!(count <= MAX_WORDS) || word === null || word.length > MAX_WORD_LENGTH) {
      throw new InputError(path, `line ${lines.number}: the list of words is damaged`, { fix: FIX });
    }
    words.push(word);
  }
  return words;
}

/** Fills the table's functions; returns what went wrong on the way, null when all were read. */
function readFunctions(lines: Lines, count: number, coder: WordCoder, table: SymbolTable): string | null {
  const start = float64Column();
  const end = float64Column();
  const rawNames: string[] = [];
  let at = 0;
  let previous = '';
  let characters = 0;
  let damage: string | null = null;
  while (rawNames.length < count) {
    const line = lines.next();
    const match = line === null ? null : FUNCTION_LINE.exec(line);
    const from = at + parseInt(match?.[1] ?? '0', 16);
    const to = from + parseInt(match?.[2] ?? '0', 16);
    const name = match && restoreName(match[3], previous, coder);
    characters += name?.length ?? 0;
    if (!match || name === null || !Number.isSafeInteger(to) || characters > MAX_NAME_CHARACTERS) {
      damage = line === null ? 'the table is cut' : `line ${lines.number} is damaged`;
      break;
    }
    start.push(from);
    end.push(to);
    rawNames.push(name);
    if (match[3].startsWith(SHORTENED)) previous = name;
    at = to;
  }
  table.functions = { length: rawNames.length, start: start.finish(), end: end.finish(), rawNames };
  return damage;
}

function restoreName(code: string, previous: string, coder: WordCoder): string | null {
  if (!code.startsWith(SHORTENED)) return code.length <= MAX_NAME_LENGTH ? code : null;
  const match = SHORTENED_NAME.exec(code);
  const shared = match ? parseInt(match[1], 36) : Infinity;
  if (shared > previous.length) return null;
  const rest = coder.decode(code.slice(3), MAX_NAME_LENGTH - shared);
  return rest === null ? null : previous.slice(0, shared) + rest;
}

/** Lines of a text, with or without carriage returns, and the number of the last one. */
class Lines {
  readonly #text: string;
  #at = 0;
  number = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next line, null behind the last one. */
  next(): string | null {
    if (this.#at >= this.#text.length) return null;
    const end = this.#text.indexOf('\n', this.#at);
    const to = end < 0 ? this.#text.length : end;
    const line = this.#text.slice(this.#at, this.#text[to - 1] === '\r' ? to - 1 : to);
    this.#at = to + 1;
    this.number++;
    return line;
  }
}
