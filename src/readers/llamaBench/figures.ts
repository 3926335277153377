/** What the rows of llama-bench say about speed, model and settings. */
import type { ModelInfo } from '../../profile/model.ts';
import type { LlamaSettings, ReportedFigure } from '../../profile/types.ts';
import { unknownModel } from '../../profile/unknownModel.ts';
import { numberOf, scalarText } from '../tolerantJson.ts';
import type { JsonObject } from '../tolerantJson.ts';

/** Fields that are the result, or that say something about people's files. */
const NO_SETTINGS = new Set([
  'avg_ns',
  'stddev_ns',
  'avg_ts',
  'stddev_ts',
  'samples_ns',
  'samples_ts',
  'test_time',
  'model_filename',
]);

/** Printed and recomputed deviations differ by rounding only, unless the sum of squares overflowed. */
const STDDEV_TOLERANCE = 0.01;

/** The speed of one row; null when the row has no test or no speed. */
export function figureOf(row: JsonObject, source: string): ReportedFigure | null {
  const prompt = numberOf(row.get('n_prompt')) ?? 0;
  const generated = numberOf(row.get('n_gen')) ?? 0;
  const subject = testName(prompt, generated, numberOf(row.get('n_depth')) ?? 0);
  const exact = rates(row, prompt + generated);
  const printed = numbers(row.get('samples_ts'));
  const value = numberOf(row.get('avg_ts')) ?? (exact.length > 0 ? mean(exact) : null);
  if (subject === null || value === null || value < 0) return null;
  const samples = exact.length > 0 ? exact : printed;
  return {
    kind: 'rate',
    subject,
    value,
    unit: 'tokens/s',
    spread: samples.length > 0 ? deviation(samples) : numberOf(row.get('stddev_ts')),
    repetitions: printed.length > 0 ? printed : exact,
    settings: settingsOf(row),
    source,
  };
}

/** As llama-bench names tests in its tables: `pp512`, `tg128 @ d4096`, `pp512+tg128`. */
function testName(prompt: number, generated: number, depth: number): string | null {
  const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  if (![prompt, generated, depth].every(isCount) || prompt + generated === 0) return null;
  const parts = [...(prompt > 0 ? [`pp${prompt}`] : []), ...(generated > 0 ? [`tg${generated}`] : [])];
  return parts.join('+') + (depth > 0 ? ` @ d${depth}` : '');
}

/** Tokens per second of each repetition from its nanoseconds, which are exact. */
function rates(row: JsonObject, tokens: number): number[] {
  const durations = numbers(row.get('samples_ns'));
  return durations.every((ns) => ns > 0) ? durations.map((ns) => (1e9 * tokens) / ns) : [];
}

function numbers(value: unknown): number[] {
  if (!Array.isArray(value)) return [];
  const result = value.map(numberOf);
  return result.every((number) => number !== null) ? result : [];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation (n − 1); null for a single repetition, which has none. */
export function deviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const center = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/**
 * llama-bench adds up the squares of nanoseconds in 64 bits, which overflow from one sample of about 4.3 s on: true when
 * the printed deviation is not that of the samples.
 */
export function hasOverflown(row: JsonObject): boolean {
  const printed = numberOf(row.get('stddev_ns'));
  const exact = deviation(numbers(row.get('samples_ns')));
  return printed !== null && exact !== null && Math.abs(printed - exact) > STDDEV_TOLERANCE * exact + 1;
}

function settingsOf(row: JsonObject): Record<string, string> {
  const entries: [string, string][] = [];
  for (const [name, value] of row) {
    const text = NO_SETTINGS.has(name) ? null : scalarText(value);
    if (text !== null && text !== '') entries.push([name, text]);
  }
  return Object.fromEntries(entries);
}

/** The value that all rows have; null when they differ or lack it. */
export function common(rows: readonly JsonObject[], name: string): string | null {
  const values = new Set(rows.map((row) => scalarText(row.get(name))));
  const [value] = values;
  return values.size === 1 ? value : null;
}

function commonNumber(rows: readonly JsonObject[], name: string): number | null {
  return numberOf(common(rows, name));
}

/** Settings of the run: those in which no row differs. */
export function llamaSettings(rows: readonly JsonObject[], tableBuild: string | null): LlamaSettings {
  const commit = common(rows, 'build_commit');
  const number = common(rows, 'build_number');
  return {
    build: commit !== null && number !== null ? `${number} (${commit})` : tableBuild,
    compiler: null,
    threads: commonNumber(rows, 'n_threads'),
    // llama-bench sets both to the same.
    threadsBatch: commonNumber(rows, 'n_threads'),
    contextLength: null,
    batch: commonNumber(rows, 'n_batch'),
    microBatch: commonNumber(rows, 'n_ubatch'),
    flashAttention: common(rows, 'flash_attn'),
    features: {},
    buffers: {},
  };
}

/** `llama 256M Q4_K - Medium`: architecture, size class, file type (`llama_model_desc`). */
const MODEL_TYPE = /^(\S{1,64}) (\S{1,64}) (.{1,64})$/;

/** The model when all rows are of one; null otherwise. */
export function modelInfo(rows: readonly JsonObject[], source: string): ModelInfo | null {
  const type = common(rows, 'model_type');
  const bytes = commonNumber(rows, 'model_size');
  const parameters = commonNumber(rows, 'model_n_params');
  const file = fileName(common(rows, 'model_filename'));
  if (type === null) return null;
  const parts = MODEL_TYPE.exec(type);
  return {
    ...unknownModel(source),
    name: file ?? type,
    architecture: parts?.[1] ?? null,
    fileType: parts?.[3] ?? null,
    fileBytes: bytes,
    parameterCount: parameters,
    bitsPerWeight: bytes !== null && parameters ? (8 * bytes) / parameters : null,
  };
}

/** The last part of a path without `.gguf`. */
function fileName(path: string | null): string | null {
  const name = path
    ?.split(/[/\\]/)
    .at(-1)
    ?.replace(/\.gguf$/i, '');
  return name === undefined || name === '' ? null : name;
}
