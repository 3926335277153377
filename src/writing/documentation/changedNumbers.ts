/**
 * Numbers of an exported text that are others by now, line by line: sentences that differ in nothing else, and cells of table
 * rows with the same labels.
 */
import { plainText } from './references.ts';

export interface ChangedNumber {
  /** Of the first text, from 0. */
  line: number;
  /** Label and column of a table's cell, else `a sentence`. */
  what: string;
  old: string;
  new: string;
}

export interface ChangedNumbers {
  changed: ChangedNumber[];
  /** True when the second text says something beside that, which the first one does not. */
  saysMore: boolean;
}

/**
 * @param text as it is on disk, its author's own lines among gemview's
 * @param next the same part as it would be written today
 */
export function changedNumbers(text: string, next: string): ChangedNumbers {
  const there = linesOf(text);
  const taken = new Set<Line>();
  const changed: ChangedNumber[] = [];
  let saysMore = false;
  const wanted = linesOf(next);
  // What is still there is not taken for another line with other numbers.
  const missing = wanted.filter((line) => {
    const same = there.find((one) => one.text === line.text && !taken.has(one));
    if (same) taken.add(same);
    return !same;
  });
  for (const line of missing) {
    const before = there.find((one) => one.key === line.key && !taken.has(one));
    if (before === undefined) {
      saysMore = true;
      continue;
    }
    taken.add(before);
    changed.push(...differences(before, line));
  }
  return { changed: changed.sort((a, b) => a.line - b.line), saysMore };
}

interface Line {
  at: number;
  text: string;
  /** What lines with other numbers have in common. */
  key: string;
  /** Of a row: its cells, the names of its columns, and how many of them label it. */
  row: { cells: string[]; columns: string[]; labels: number } | null;
}

/** Lines that say something: no empty ones, no rules of tables, no invisible markers. */
function linesOf(text: string): Line[] {
  const lines = text.split('\n').map((line) => line.trim());
  const found: Line[] = [];
  for (let at = 0; at < lines.length; at++) {
    if (!lines[at].startsWith('|')) {
      if (lines[at] !== '' && !lines[at].startsWith('[gemview ')) found.push(sentence(lines[at], at));
      continue;
    }
    const first = at;
    while (lines[at + 1]?.startsWith('|')) at++;
    found.push(...rowsOf(lines.slice(first, at + 1), first));
  }
  return found;
}

function sentence(text: string, at: number): Line {
  return { at, text, key: `text ${withoutNumbers(plainText(text))}`, row: null };
}

function rowsOf(table: readonly string[], first: number): Line[] {
  const [head, ...rows] = table.map(cellsOf);
  const isRule = (cells: readonly string[]): boolean => cells.every((cell) => /^:?-+:?$/.test(cell));
  const content = rows.filter((cells) => !isRule(cells));
  const labels = labelColumns(content);
  return rows.flatMap((cells, index): Line[] => {
    if (isRule(cells)) return [];
    const key = `row ${[...head, ...cells.slice(0, labels)].join('|')}`;
    const at = first + 1 + index;
    return [{ at, text: table[index + 1], key, row: { cells, columns: head, labels } }];
  });
}

/** The fewest first cells that no two rows share; one cell at least is a value. */
function labelColumns(rows: readonly string[][]): number {
  const most = Math.max(1, (rows[0]?.length ?? 2) - 1);
  for (let count = 1; count < most; count++) {
    if (new Set(rows.map((cells) => cells.slice(0, count).join('|'))).size === rows.length) return count;
  }
  return most;
}

function cellsOf(row: string): string[] {
  return row
    .replaceAll(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => plainText(cell));
}

/** A text with a mark for each number and its prefix: `950 ms` and `1.2 s` differ in nothing else. */
export function withoutNumbers(text: string): string {
  return text.replaceAll(/[\d.,]*\d(?: ?[nµmkMGT](?=[A-Za-z])| )?/g, '#');
}

function differences(before: Line, now: Line): ChangedNumber[] {
  const line = before.at;
  if (before.row === null || now.row === null) {
    return [{ line, what: 'a sentence', old: plainText(before.text), new: plainText(now.text) }];
  }
  const { cells, columns, labels } = now.row;
  const had = before.row.cells;
  return cells.flatMap((cell, index): ChangedNumber[] => {
    if (cell === had[index]) return [];
    const what = [...cells.slice(0, labels), columns[index]].filter((name) => name).join(', ');
    return [{ line, what, old: had[index] ?? '', new: cell }];
  });
}
