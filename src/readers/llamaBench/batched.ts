/**
 * Reader of llama-batched-bench (llama.cpp `tools/batched-bench/batched-bench.cpp`), as JSONL or as the table
 *
 *     |    PP |     TG |    B |   N_KV |   T_PP s | S_PP t/s |   T_TG s | S_TG t/s |      T s |    S t/s |
 *     |   128 |    128 |    4 |   1024 |    0.418 |  1224.34 |    1.871 |   273.66 |    2.289 |   447.35 |
 *
 * A row is three speeds: of the prompts, of the generation, and of all tokens, over B sequences together.
 */
import { ProfileBuilder } from '../../profile/builder.ts';
import type { InputFile, LlamaSettings, Profile, ReportedFigure } from '../../profile/types.ts';
import { InputError } from '../reader.ts';
import type { InputHead, RawInput, Reader } from '../reader.ts';
import { headText, smallText } from '../textInput.ts';
import { common } from './figures.ts';
import { hasJsonFields, markdownCells } from './rows.ts';
import { numberOf, outermostObjects, scalarText } from '../tolerantJson.ts';
import type { JsonObject } from '../tolerantJson.ts';

const FORMAT = 'llama-batched-bench';

const JSON_FIELDS = [/"pl"\s{0,4}:/, /"speed_pp"\s{0,4}:/, /"speed_tg"\s{0,4}:/];
/** Headings of the table and the names that JSON has for them, in order. */
const COLUMNS: readonly (readonly [heading: string, field: string])[] = [
  ['PP', 'pp'],
  ['TG', 'tg'],
  ['B', 'pl'],
  ['N_KV', 'n_kv'],
  ['T_PP s', 't_pp'],
  ['S_PP t/s', 'speed_pp'],
  ['T_TG s', 't_tg'],
  ['S_TG t/s', 'speed_tg'],
  ['T s', 't'],
  ['S t/s', 'speed'],
];
/** `main: n_kv_max = 4096, n_batch = 2048, n_ubatch = 512, flash_attn = -1, …`, printed above the table. */
const SETTINGS_LINE = /(?:^|: )(n_kv_max = \d+(?:, \w{1,32} = -?\d{1,12}){1,20})\s*$/;
/** Results, which are no settings. */
const RESULTS = new Set(['t_pp', 'speed_pp', 't_tg', 'speed_tg', 't', 'speed']);

export const llamaBatchedBenchReader: Reader = {
  format: FORMAT,

  detect(head: InputHead, input: RawInput): boolean {
    return input.content.kind === 'file' && looksBatched(headText(head));
  },

  async read(input: RawInput): Promise<Profile> {
    const { rows, broken } = readRows(await smallText(input, 'llama-batched-bench output'));
    const figures = rows.flatMap((row) => figuresOf(row, input.path));
    if (figures.length === 0) {
      throw new InputError(input.path, 'holds no result of llama-batched-bench that can be read', {
        fix: 'Write it with: llama-batched-bench --output-format jsonl',
      });
    }
    const file: InputFile = { path: input.path, format: FORMAT, tool: FORMAT, bytes: input.bytes };
    const builder = new ProfileBuilder(file);
    for (const figure of figures) builder.figures.push(figure);
    builder.settings = settingsOf(rows);
    if (broken > 0) {
      builder.warn('bench-rows-unread', `${broken} rows cannot be read and were left out`);
    }
    return builder.finish();
  },
};

function looksBatched(text: string): boolean {
  if (hasJsonFields(text.trimStart(), JSON_FIELDS)) return true;
  return text.split(/\r?\n/).some(isHeader);
}

function isHeader(line: string): boolean {
  const cells = markdownCells(line);
  return cells !== null && COLUMNS.every(([heading], at) => cells[at] === heading);
}

function readRows(text: string): { rows: JsonObject[]; broken: number } {
  if (text.trimStart().startsWith('{')) {
    const { objects: rows, broken } = outermostObjects(text);
    return { rows, broken };
  }
  const rows: JsonObject[] = [];
  let settings: [string, unknown][] = [];
  let isInTable = false;
  let broken = 0;
  for (const line of text.split(/\r?\n/)) {
    const stated = SETTINGS_LINE.exec(line.slice(0, 4096));
    if (stated)
      settings = stated[1].split(', ').map((pair): [string, unknown] => {
        const [name, value] = pair.split(' = ');
        return [name, value];
      });
    if (isHeader(line)) {
      isInTable = true;
      continue;
    }
    const cells = markdownCells(line);
    if (!isInTable || !cells || cells.every((cell) => /^-+$/.test(cell))) continue;
    const values = cells.map(numberOf);
    if (values.length === COLUMNS.length && values.every((value) => value !== null)) {
      rows.push(
        new Map([...settings, ...COLUMNS.map(([, field], at): [string, number] => [field, values[at] ?? 0])]),
      );
    } else broken++;
  }
  return { rows, broken };
}

/** Speeds of prompt, generation and both; none for a part that was not run (printed as nan or inf). */
function figuresOf(row: JsonObject, source: string): ReportedFigure[] {
  const prompt = numberOf(row.get('pp'));
  const generated = numberOf(row.get('tg'));
  const sequences = numberOf(row.get('pl'));
  if (prompt === null || generated === null || sequences === null) return [];
  const settings: Record<string, string> = Object.fromEntries(
    [...row].flatMap(([name, value]): [string, string][] => {
      const text = RESULTS.has(name) ? null : scalarText(value);
      return text === null ? [] : [[name, text]];
    }),
  );
  const suffix = sequences > 1 ? ` b${sequences}` : '';
  const subjects: [subject: string, value: number | null, tokens: number][] = [
    [`pp${prompt}${suffix}`, numberOf(row.get('speed_pp')), prompt],
    [`tg${generated}${suffix}`, numberOf(row.get('speed_tg')), generated],
    [`pp${prompt}+tg${generated}${suffix}`, numberOf(row.get('speed')), Math.min(prompt, generated)],
  ];
  return subjects.flatMap(([subject, value, tokens]) =>
    value === null || tokens === 0
      ? []
      : [{ kind: 'rate', subject, value, unit: 'tokens/s', spread: null, repetitions: [], settings, source }],
  );
}

function settingsOf(rows: readonly JsonObject[]): LlamaSettings {
  const number = (name: string): number | null => numberOf(common(rows, name));
  return {
    build: null,
    compiler: null,
    threads: number('n_threads'),
    threadsBatch: number('n_threads_batch'),
    contextLength: number('n_kv_max'),
    batch: number('n_batch'),
    microBatch: number('n_ubatch'),
    flashAttention: common(rows, 'flash_attn'),
    features: {},
    buffers: {},
  };
}
