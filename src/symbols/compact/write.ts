import { baseName } from '../paths.ts';
import type { LoadSegment, SymbolTable } from '../types.ts';
import { FIRST_LINE, MAX_NAME_LENGTH, MAX_SHARED_START, SHORTENED } from './format.ts';
import { learnWords, WordCoder } from './words.ts';

/** Names of C++ and Rust functions, which are long and alike. */
const MANGLED = /^_{1,2}[ZR]/;

/**
 * A symbol table as text (format.ts). Of the image's path only the file name is written unless `fullPath` asks for all of
 * it: folders tell about people and machines.
 */
export function writeCompactTable(table: SymbolTable, options: { fullPath?: boolean } = {}): string {
  const names = table.functions.rawNames.map(printable);
  const isShortened = names.map((name) => MANGLED.test(name) || name.startsWith(SHORTENED));
  const starts = sharedStarts(names, isShortened);
  const rests = names.map((name, row) => name.slice(starts[row]));
  const coder = new WordCoder(learnWords(rests.filter((_, row) => isShortened[row])));

  const lines = [FIRST_LINE];
  if (table.buildId !== null) lines.push(`build-id ${table.buildId}`);
  if (table.path !== null)
    lines.push(`file ${printable(options.fullPath ? table.path : baseName(table.path))}`);
  lines.push(...table.loads.map(loadLine));
  lines.push(`words ${coder.words.length}`, ...coder.words);
  lines.push(`functions ${names.length}`);
  let at = 0;
  names.forEach((name, row) => {
    const gap = table.functions.start[row] - at;
    const size = table.functions.end[row] - table.functions.start[row];
    at = table.functions.end[row];
    const range = gap === 0 ? size.toString(16) : `${gap.toString(16)}+${size.toString(16)}`;
    const start = starts[row].toString(36).padStart(2, '0');
    lines.push(`${range} ${isShortened[row] ? SHORTENED + start + coder.encode(rests[row]) : name}`);
  });
  return `${lines.join('\n')}\n`;
}

/** For each shortened name the length of the start that it shares with the shortened name before; 0 for the others. */
function sharedStarts(names: readonly string[], isShortened: readonly boolean[]): number[] {
  let previous = '';
  return names.map((name, row) => {
    if (!isShortened[row]) return 0;
    let shared = 0;
    const limit = Math.min(name.length, previous.length, MAX_SHARED_START);
    while (shared < limit && name[shared] === previous[shared]) shared++;
    previous = name;
    return shared;
  });
}

function loadLine({ offset, vaddr, fileSize, executable }: LoadSegment): string {
  const numbers = [offset, vaddr, fileSize].map((value) => value.toString(16)).join(' ');
  return `load ${numbers} ${executable ? 'rx' : 'r'}`;
}

/** A line of this format cannot hold control characters; no compiler writes them into names. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are the characters to replace
  return text.slice(0, MAX_NAME_LENGTH).replace(/[\u0000-\u001f\u007f]/g, '\ufffd');
}
