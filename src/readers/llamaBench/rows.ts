/**
 * The rows of llama-bench (llama.cpp `tools/llama-bench/llama-bench.cpp`), whatever they were printed as. Fields are
 * taken by name: they change from build to build, and only the test and its speed are always there.
 */
import { outermostObjects } from '../tolerantJson.ts';
import type { JsonObject } from '../tolerantJson.ts';

/** Rows by llama-bench's own field names. */
export interface BenchRows {
  rows: JsonObject[];
  /** Rows that could not be read. */
  broken: number;
  /** `build: a3cb0474 (6735)` below a Markdown table. */
  build: string | null;
}

export type BenchForm = 'json' | 'csv' | 'markdown' | 'sql';

/** Fields of a test in JSON; the first test stands at the start of the text. */
const JSON_FIELDS = [/"n_prompt"\s{0,4}:/, /"n_gen"\s{0,4}:/, /"(?:avg_ts|samples_ns)"\s{0,4}:/];
const JSON_START_CHARACTERS = 65_536;
const SQL = /^[ \t]{0,16}(?:CREATE TABLE IF NOT EXISTS|INSERT INTO) (?:llama_bench|test) ?\(/m;
const BUILD = /^build: ([0-9a-f]{6,40}|unknown) \((\d{1,9})\)\s*$/;

/** Names that Markdown headings stand for: llama-bench shortens some (`get_field_display_name`). */
const MARKDOWN_FIELDS: ReadonlyMap<string, string> = new Map([
  ['model', 'model_type'],
  ['size', 'model_size'],
  ['params', 'model_n_params'],
  ['backend', 'backends'],
  ['ngl', 'n_gpu_layers'],
  ['sm', 'split_mode'],
  ['threads', 'n_threads'],
  ['nkvo', 'no_kv_offload'],
  ['fa', 'flash_attn'],
  ['lm', 'load_mode'],
  ['mmap', 'use_mmap'],
  ['embd', 'embeddings'],
  ['nopo', 'no_op_offload'],
  ['noh', 'no_host'],
  ['dev', 'devices'],
  ['ts', 'tensor_split'],
  ['ot', 'tensor_buft_overrides'],
  ['fitt', 'fit_target'],
  ['fitc', 'fit_min_ctx'],
]);

/** How the text was written; null when it is not llama-bench's. */
export function benchFormOf(text: string): BenchForm | null {
  const start = text.trimStart();
  if (hasJsonFields(start, JSON_FIELDS)) return 'json';
  const lines = start.split(/\r?\n/);
  if (isCsvHeader(lines[0])) return 'csv';
  if (lines.some((line) => markdownHeader(line) !== null)) return 'markdown';
  return SQL.test(text) && text.includes('n_prompt') ? 'sql' : null;
}

/** True when a text starts like JSON and its first part has all fields. */
export function hasJsonFields(text: string, fields: readonly RegExp[]): boolean {
  const start = text.slice(0, JSON_START_CHARACTERS);
  return (start.startsWith('[') || start.startsWith('{')) && fields.every((field) => field.test(start));
}

export function readBenchRows(text: string, form: BenchForm): BenchRows {
  switch (form) {
    case 'json': {
      const { objects, broken } = outermostObjects(text);
      return { rows: objects, broken, build: null };
    }
    case 'csv':
      return readCsv(text);
    case 'markdown':
      return readMarkdown(text);
    case 'sql':
      return readSql(text);
  }
}

function isCsvHeader(line: string): boolean {
  const fields = new Set(line.split(','));
  return fields.has('n_prompt') && fields.has('n_gen') && fields.has('avg_ts');
}

function readCsv(text: string): BenchRows {
  const [header, ...records] = csvRecords(text);
  let broken = 0;
  const rows: JsonObject[] = [];
  for (const record of records) {
    if (record.length === header.length) rows.push(new Map(header.map((name, at) => [name, record[at]])));
    else broken++;
  }
  return { rows, broken, build: null };
}

/** Longer fields are no settings: `tensor_buft_overrides`, the longest, has a few thousand characters. */
const MAX_FIELD_CHARACTERS = 1 << 20;
/** llama-bench writes some forty; what has more is no record of it. */
const MAX_FIELDS = 1024;
const [COMMA, NEWLINE, QUOTE] = [0x2c, 0x0a, 0x22];

/** Where a part that is not quoted ends: the next comma, line end or quote, or the end of the text. */
function unquotedEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === COMMA || code === NEWLINE || code === QUOTE) return at;
  }
  return text.length;
}

/** Records of RFC 4180: quotes are doubled within quoted fields, which may hold line breaks. */
function csvRecords(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let field = '';
  const keep = (from: number, to: number): void => {
    if (field.length < MAX_FIELD_CHARACTERS)
      field += text.slice(from, Math.min(to, from + MAX_FIELD_CHARACTERS));
  };
  const endField = (): void => {
    if (record.length < MAX_FIELDS) record.push(field.replaceAll('\r', ''));
    field = '';
  };
  const endRecord = (): void => {
    endField();
    if (record.length > 1 || record[0] !== '') records.push(record);
    record = [];
  };
  for (let at = 0; at < text.length;) {
    const mark = unquotedEnd(text, at);
    keep(at, mark);
    at = mark + 1;
    if (text[mark] === ',') endField();
    else if (text[mark] === '\n') endRecord();
    else if (text[mark] === '"') {
      for (;;) {
        const close = text.indexOf('"', at);
        const end = close === -1 ? text.length : close;
        keep(at, end);
        at = end + 1;
        if (text[at] !== '"') break;
        keep(at, at + 1);
        at++;
      }
    }
  }
  endRecord();
  return records;
}

const INSERT = /^[ \t]{0,16}INSERT INTO (?:llama_bench|test) ?\(([\w, ]{1,8192})\) VALUES \('(.*)'\);\s*$/;

/** Statements of one line, `INSERT INTO llama_bench (build_commit, …) VALUES ('a3cb0474', …);`: every value in quotes. */
function readSql(text: string): BenchRows {
  const rows: JsonObject[] = [];
  let broken = 0;
  for (const line of text.split('\n')) {
    if (!/^[ \t]{0,16}INSERT INTO /.test(line)) continue;
    const statement = INSERT.exec(line);
    const names = statement?.[1].split(',').map((name) => name.trim()) ?? [];
    // llama-bench does not double quotes within values: only `', '` parts them.
    const values = statement?.[2].split("', '") ?? [];
    if (names.length === values.length && names.length > 0) {
      rows.push(new Map(names.map((name, at) => [name, values[at]])));
    } else broken++;
  }
  return { rows, broken, build: null };
}

/** Cells of a table line; null when it is none. */
export function markdownCells(line: string): string[] | null {
  const text = line.trim();
  if (!text.startsWith('|') || !text.endsWith('|') || text.length < 3 || text.length > 65_536) return null;
  return text
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
}

/** Headings of a llama-bench table; null for any other line. */
function markdownHeader(line: string): string[] | null {
  const cells = markdownCells(line);
  return cells?.includes('test') && cells.includes('t/s') && cells.includes('model') ? cells : null;
}

function readMarkdown(text: string): BenchRows {
  const rows: JsonObject[] = [];
  let header: string[] | null = null;
  let broken = 0;
  let build: string | null = null;
  for (const line of text.split(/\r?\n/)) {
    const stated = BUILD.exec(line);
    if (stated) build = `${stated[2]} (${stated[1]})`;
    const newHeader = markdownHeader(line);
    if (newHeader) {
      header = newHeader;
      continue;
    }
    const cells = markdownCells(line);
    if (!cells || !header || cells.every((cell) => /^:?-+:?$/.test(cell))) continue;
    const row = cells.length === header.length ? markdownRow(header, cells) : null;
    if (row) rows.push(row);
    else broken++;
  }
  return { rows, broken, build };
}

const TEST = /^(?:pp(\d{1,9}))?\+?(?:tg(\d{1,9}))?(?: @ d(\d{1,9}))?$/;
/** `14.87 ± 0.03`; the sign may have been lost to another encoding. */
const SPEED = /^(\d{1,12}(?:\.\d{1,6})?)(?: \S{1,8} (\d{1,12}(?:\.\d{1,6})?))?$/;
const SCALED = /^(\d{1,12}(?:\.\d{1,6})?) ([KMGT]iB|[KMBT])$/;
const SCALES: ReadonlyMap<string, number> = new Map([
  ['KiB', 2 ** 10],
  ['MiB', 2 ** 20],
  ['GiB', 2 ** 30],
  ['TiB', 2 ** 40],
  ['K', 1e3],
  ['M', 1e6],
  ['B', 1e9],
  ['T', 1e12],
]);

/** The cells under the names that JSON has; sizes as they were printed, with two decimals. */
function markdownRow(header: readonly string[], cells: readonly string[]): JsonObject | null {
  const row = new Map<string, unknown>();
  header.forEach((heading, at) => {
    const scaled = SCALED.exec(cells[at]);
    const scale = scaled ? SCALES.get(scaled[2]) : undefined;
    const name = MARKDOWN_FIELDS.get(heading) ?? heading;
    const isSize = name === 'model_size' || name === 'model_n_params';
    row.set(name, isSize && scaled && scale ? Math.round(Number(scaled[1]) * scale) : cells[at]);
  });
  const test = TEST.exec(String(row.get('test')));
  const speed = SPEED.exec(String(row.get('t/s')));
  if (!test || !speed || (test[1] === undefined && test[2] === undefined)) return null;
  row.delete('test');
  row.delete('t/s');
  row.set('n_prompt', Number(test[1] ?? 0));
  row.set('n_gen', Number(test[2] ?? 0));
  row.set('n_depth', Number(test[3] ?? 0));
  row.set('avg_ts', Number(speed[1]));
  if (speed[2] !== undefined) row.set('stddev_ts', Number(speed[2]));
  return row;
}
