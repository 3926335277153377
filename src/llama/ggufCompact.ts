/**
 * The compact form of a model: its settings and its tensor table as text, one tensor a line, without vocabulary and
 * weights. `gemview model FILE.gguf --out FILE` writes it, to be kept beside a capture where the model is too large.
 *
 * ```
 * {"gemviewModel":1,
 * "model":{"name":"Qwen1.5-0.5B-Chat","architecture":"qwen2","fileType":"Q4_0",…},
 * "split":null,
 * "attention":{"headCountByLayer":null,…},
 * "tensors":[
 * ["token_embd.weight","q4_0",[1024,151936],87515136],
 * …
 * ]}
 * ```
 * The same model gives the same bytes.
 */
import type { AttentionSettings, ModelInfo, ModelSplit, ModelTensor } from '../profile/model.ts';

/** Grows when the form changes; readers accept every version up to theirs. */
const COMPACT_VERSION = 1;
const OPENING = '{"gemviewModel":';

/** The compact form cannot be used; the message is a sentence. */
export class CompactModelError extends Error {
  override readonly name = 'CompactModelError';
}

type Settings = Omit<ModelInfo, 'tensors' | 'attention' | 'split' | 'source'>;

const TEXT_SETTINGS = ['name', 'architecture', 'fileType'] as const satisfies readonly (keyof Settings)[];
const COUNT_SETTINGS = [
  'fileBytes',
  'parameterCount',
  'bitsPerWeight',
  'layers',
  'embeddingLength',
  'feedForwardLength',
  'headCount',
  'headCountKv',
  'headLength',
  'vocabulary',
  'contextTrained',
  'expertCount',
  'expertUsedCount',
] as const satisfies readonly (keyof Settings)[];

const SPLIT_KEYS = ['part', 'parts', 'tensors'] as const satisfies readonly (keyof ModelSplit)[];
const ATTENTION_KEYS = [
  'headCountByLayer',
  'headCountKvByLayer',
  'valueLength',
  'kvLoraRank',
  'slidingWindow',
  'slidingPattern',
] as const satisfies readonly (keyof AttentionSettings)[];

/** True when a text begins like a compact model. */
export function isCompactModel(text: string): boolean {
  return text.startsWith(OPENING);
}

/** The compact form of a model, ending in a line feed. */
export function writeCompactModel(model: ModelInfo): string {
  const settings = Object.fromEntries([...TEXT_SETTINGS, ...COUNT_SETTINGS].map((key) => [key, model[key]]));
  const tensors = model.tensors?.map(({ name, type, dimensions, bytes }) =>
    JSON.stringify([name, type, dimensions, bytes]),
  );
  const parts = [
    `${OPENING}${COMPACT_VERSION}`,
    `"model":${JSON.stringify(settings)}`,
    `"split":${JSON.stringify(model.split ? inOrder(model.split, SPLIT_KEYS) : null)}`,
    `"attention":${JSON.stringify(model.attention ? inOrder(model.attention, ATTENTION_KEYS) : null)}`,
    `"tensors":${tensors ? `[\n${tensors.join(',\n')}\n]` : 'null'}`,
  ];
  return `${parts.join(',\n')}}\n`;
}

/** Fields in one order, whatever order they were set in. */
function inOrder<Fields extends object>(fields: Fields, keys: readonly (keyof Fields)[]): Partial<Fields> {
  return Object.fromEntries(keys.map((key) => [key, fields[key]])) as Partial<Fields>;
}

/** Reads a compact model; `source` becomes the model's source. Throws a {@link CompactModelError}. */
export function parseCompactModel(json: string, source: string): ModelInfo {
  const root = asRecord(parseJson(json), 'the file');
  const version = root.get('gemviewModel');
  if (!isCount(version) || version < 1) throw new CompactModelError('it is no compact model of gemview');
  if (version > COMPACT_VERSION) {
    throw new CompactModelError(
      `it has version ${version} of the compact form and this gemview reads up to ${COMPACT_VERSION}`,
    );
  }
  const settings = asRecord(root.get('model'), '"model"');
  const text = (key: (typeof TEXT_SETTINGS)[number]) => textOrNull(settings.get(key), key);
  const count = (key: (typeof COUNT_SETTINGS)[number]) => numberOrNull(settings.get(key), key);
  return {
    name: text('name'),
    architecture: text('architecture'),
    fileType: text('fileType'),
    fileBytes: count('fileBytes'),
    parameterCount: count('parameterCount'),
    bitsPerWeight: count('bitsPerWeight'),
    layers: count('layers'),
    embeddingLength: count('embeddingLength'),
    feedForwardLength: count('feedForwardLength'),
    headCount: count('headCount'),
    headCountKv: count('headCountKv'),
    headLength: count('headLength'),
    vocabulary: count('vocabulary'),
    contextTrained: count('contextTrained'),
    expertCount: count('expertCount'),
    expertUsedCount: count('expertUsedCount'),
    tensors: listOrNull(root.get('tensors'), 'tensors')?.map(asTensor) ?? null,
    attention: asAttention(root.get('attention')),
    split: asSplit(root.get('split')),
    source,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CompactModelError('it is cut or is no JSON');
  }
}

function asTensor(row: unknown, index: number): ModelTensor {
  const [name, type, dimensions, bytes] = Array.isArray(row) ? (row as unknown[]) : [];
  if (
    typeof name !== 'string' ||
    typeof type !== 'string' ||
    !Array.isArray(dimensions) ||
    dimensions.length > 4 ||
    !dimensions.every(isCount) ||
    !isCount(dimensions.reduce((product, dimension) => product * dimension, 1)) ||
    !isCount(bytes)
  ) {
    throw new CompactModelError(`row ${index + 1} of "tensors" is not [name, type, [dimensions], bytes]`);
  }
  return { name, type, dimensions, bytes };
}

function asAttention(value: unknown): AttentionSettings | null {
  if (value === null || value === undefined) return null;
  const record = asRecord(value, '"attention"');
  const pattern = record.get('slidingPattern');
  return {
    headCountByLayer: countsOrNull(record.get('headCountByLayer'), 'headCountByLayer'),
    headCountKvByLayer: countsOrNull(record.get('headCountKvByLayer'), 'headCountKvByLayer'),
    valueLength: numberOrNull(record.get('valueLength'), 'valueLength'),
    kvLoraRank: numberOrNull(record.get('kvLoraRank'), 'kvLoraRank'),
    slidingWindow: numberOrNull(record.get('slidingWindow'), 'slidingWindow'),
    slidingPattern: Array.isArray(pattern)
      ? pattern.map((slides) => slides === true)
      : numberOrNull(pattern, 'slidingPattern'),
  };
}

function asSplit(value: unknown): ModelSplit | null {
  if (value === null || value === undefined) return null;
  const record = asRecord(value, '"split"');
  const [part, parts, tensors] = [record.get('part'), record.get('parts'), record.get('tensors')];
  if (!isCount(part) || !isCount(parts)) throw new CompactModelError('"split" needs part and parts');
  return { part, parts, tensors: numberOrNull(tensors, 'tensors') };
}

function asRecord(value: unknown, what: string): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CompactModelError(`${what} is no object`);
  }
  return new Map(Object.entries(value));
}

function listOrNull(value: unknown, name: string): unknown[] | null {
  if (value === null || value === undefined) return null;
  if (!Array.isArray(value)) throw new CompactModelError(`"${name}" is no list`);
  return value as unknown[];
}

function countsOrNull(value: unknown, name: string): number[] | null {
  const list = listOrNull(value, name);
  if (list === null || list.every(isCount)) return list;
  throw new CompactModelError(`"${name}" is no list of numbers`);
}

function textOrNull(value: unknown, name: string): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'string') throw new CompactModelError(`"${name}" is no text`);
  return value;
}

function numberOrNull(value: unknown, name: string): number | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw new CompactModelError(`"${name}" is no number`);
  }
  return value;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
