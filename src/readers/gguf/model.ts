/** From the GGUF container to what a Profile knows about a model. */
import { modelTotals } from '../../profile/modelTotals.ts';
import { bytesOfWeights, fileTypeName, tensorTypeById } from '../../llama/quantisation.ts';
import type { ModelInfo, ModelSplit, ModelTensor } from '../../profile/model.ts';
import type { Warning } from '../../profile/types.ts';
import type { GgufContainer, MetadataValue, TensorEntry } from './container.ts';

/** A model with what was odd about its file. */
export interface GgufModel {
  model: ModelInfo;
  warnings: Warning[];
}

/**
 * The model of a container. `fileBytes` is what is there of the file: a file that ends where the tensor data would
 * begin is a header kept on purpose, one that ends within the data is a download that broke off.
 */
export function modelOfContainer(container: GgufContainer, fileBytes: number, source: string): GgufModel {
  const settings = new Settings(container.metadata);
  const warnings: Warning[] = [];
  const isWhole = container.damage === null;
  const tensors = isWhole ? modelTensors(container, fileBytes, warnings) : null;
  if (isWhole) warnCutData(container, tensors ?? [], fileBytes, warnings);

  const embeddingLength = settings.ofModel('embedding_length');
  const heads = settings.perLayer('attention.head_count');
  const headsKv = settings.perLayer('attention.head_count_kv') ?? heads;
  const headCount = uniform(heads);
  const totals = tensors ? modelTotals(tensors) : null;

  const model: ModelInfo = {
    name: settings.text('general.name'),
    architecture: settings.architecture,
    fileType: settings.fileType(),
    fileBytes: tensors ? Math.max(fileBytes, endOfData(container, tensors)) : fileBytes,
    parameterCount: totals?.parameters ?? null,
    bitsPerWeight: totals?.bitsPerWeight ?? null,
    layers: settings.ofModel('block_count'),
    embeddingLength,
    feedForwardLength: uniform(settings.perLayer('feed_forward_length')),
    headCount,
    headCountKv: uniform(headsKv),
    headLength:
      settings.ofModel('attention.key_length') ??
      (embeddingLength !== null && headCount ? embeddingLength / headCount : null),
    vocabulary: settings.vocabulary() ?? rowsOf(tensors, 'token_embd.weight'),
    contextTrained: settings.ofModel('context_length'),
    expertCount: settings.ofModel('expert_count'),
    expertUsedCount: settings.ofModel('expert_used_count'),
    tensors,
    attention: {
      headCountByLayer: Array.isArray(heads) && headCount === null ? heads : null,
      headCountKvByLayer: Array.isArray(headsKv) && uniform(headsKv) === null ? headsKv : null,
      valueLength: settings.ofModel('attention.value_length'),
      kvLoraRank: settings.ofModel('attention.kv_lora_rank'),
      slidingWindow: settings.ofModel('attention.sliding_window'),
      slidingPattern: settings.slidingPattern(),
    },
    split: settings.split(),
    source,
  };
  return { model, warnings };
}

function modelTensors(container: GgufContainer, fileBytes: number, warnings: Warning[]): ModelTensor[] {
  const names = new Set<string>();
  const unknownTypes = new Set<number>();
  let repeated = 0;
  let unaligned = 0;
  const gaps = new GapsBetweenTensors(container, fileBytes);
  const tensors: ModelTensor[] = [];
  for (const entry of container.tensors) {
    if (names.has(entry.name)) {
      repeated++;
      continue;
    }
    names.add(entry.name);
    const type = tensorTypeById(entry.typeId);
    const rowWeights = entry.dimensions[0] ?? 1;
    const rows = entry.dimensions.slice(1).reduce((product, dimension) => product * dimension, 1);
    if (type && rowWeights % type.blockWeights !== 0) unaligned++;
    if (!type) unknownTypes.add(entry.typeId);
    tensors.push({
      name: entry.name,
      type: type?.name ?? `type${entry.typeId}`,
      dimensions: entry.dimensions,
      bytes: type ? bytesOfWeights(type, rowWeights, rows) : gaps.bytesFrom(entry),
    });
  }
  const warn = (code: string, message: string, fix: string | null) => warnings.push({ code, message, fix });
  if (unknownTypes.size > 0) {
    warn(
      'gguf-unknown-type',
      `Tensor types ${shownTypes(unknownTypes)} are not in gemview's table; their sizes were taken from the distance to the next tensor.`,
      'Use a newer gemview if the model was made with a newer llama.cpp.',
    );
  }
  if (repeated > 0) {
    warn(
      'gguf-repeated-tensor',
      `${repeated} tensors have a name that came before; the first one counts.`,
      null,
    );
  }
  if (unaligned > 0) {
    warn(
      'gguf-odd-row',
      `${unaligned} tensors have rows that are no whole number of blocks; their sizes are rounded up.`,
      null,
    );
  }
  return tensors;
}

/** Types named in one warning: a damaged table may hold any number. */
const SHOWN_TYPES = 8;

function shownTypes(types: ReadonlySet<number>): string {
  const shown = [...types].slice(0, SHOWN_TYPES).join(', ');
  return types.size > SHOWN_TYPES ? `${shown} and ${types.size - SHOWN_TYPES} more` : shown;
}

/** What lies between a tensor and the next one: the size of a type that no table knows. */
class GapsBetweenTensors {
  readonly #container: GgufContainer;
  readonly #dataBytes: number;
  /** Ascending; made when a tensor first needs them. */
  #offsets: Float64Array | null = null;

  constructor(container: GgufContainer, fileBytes: number) {
    this.#container = container;
    this.#dataBytes = Math.max(0, fileBytes - (container.dataStart ?? fileBytes));
  }

  /** Bytes from a tensor to the next one, the last one's to the end of the file; 0 when they overlap or lie outside. */
  bytesFrom({ dataOffset }: TensorEntry): number {
    this.#offsets ??= Float64Array.from(this.#container.tensors, (entry) => entry.dataOffset).sort();
    const next = firstBeyond(this.#offsets, dataOffset) ?? this.#dataBytes;
    const bytes = next - dataOffset;
    return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : 0;
  }
}

/** The first of ascending values that is larger; null when none is. */
function firstBeyond(values: Float64Array, limit: number): number | null {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low < values.length ? values[low] : null;
}

/** Size of the whole file as the tensor table describes it; every tensor is padded, the last one too. */
function endOfData(container: GgufContainer, tensors: readonly ModelTensor[]): number {
  const bytes = new Map(tensors.map((tensor) => [tensor.name, tensor.bytes]));
  const padded = (size: number) => Math.ceil(size / container.alignment) * container.alignment;
  const end = container.tensors.reduce(
    (furthest, entry) => Math.max(furthest, entry.dataOffset + padded(bytes.get(entry.name) ?? 0)),
    0,
  );
  return Number.isSafeInteger(end) ? (container.dataStart ?? 0) + end : 0;
}

function warnCutData(
  container: GgufContainer,
  tensors: readonly ModelTensor[],
  fileBytes: number,
  warnings: Warning[],
): void {
  const dataStart = container.dataStart ?? 0;
  // The padding of the last tensor may be missing without harm.
  const missing = endOfData(container, tensors) - container.alignment - fileBytes;
  if (fileBytes <= dataStart || missing <= 0) return;
  warnings.push({
    code: 'gguf-cut-data',
    message: `The file ends at byte ${fileBytes}, about ${missing} bytes before the tensor data do; its header is complete and was used.`,
    fix: 'Download or copy the model again before running it.',
  });
}

function rowsOf(tensors: readonly ModelTensor[] | null, name: string): number | null {
  return tensors?.find((tensor) => tensor.name === name)?.dimensions[1] ?? null;
}

/** The one value that all layers share; null when they differ. */
function uniform(value: number | number[] | null): number | null {
  if (!Array.isArray(value)) return value;
  return value.length > 0 && value.every((other) => other === value[0]) ? value[0] : null;
}

/** The metadata by meaning. Keys of the model begin with its architecture: `qwen2.block_count`. */
class Settings {
  readonly #metadata: ReadonlyMap<string, MetadataValue>;
  readonly architecture: string | null;

  constructor(metadata: ReadonlyMap<string, MetadataValue>) {
    this.#metadata = metadata;
    this.architecture = this.text('general.architecture');
  }

  text(key: string): string | null {
    const value = this.#metadata.get(key);
    return typeof value === 'string' && value !== '' ? value : null;
  }

  count(key: string): number | null {
    return asCount(this.#metadata.get(key));
  }

  ofModel(key: string): number | null {
    return this.count(`${this.architecture}.${key}`);
  }

  perLayer(key: string): number | number[] | null {
    const value = this.#metadata.get(`${this.architecture}.${key}`);
    if (typeof value !== 'object') return asCount(value);
    const counts = value.values?.map(asCount) ?? [];
    return counts.length > 0 && counts.every((count) => count !== null) ? counts : null;
  }

  /** A period, or one truth value a layer. */
  slidingPattern(): number | boolean[] | null {
    const value = this.#metadata.get(`${this.architecture}.attention.sliding_window_pattern`);
    if (typeof value !== 'object') return asCount(value);
    return (
      value.values?.map((slides) => slides === true || (typeof slides === 'number' && slides !== 0)) ?? null
    );
  }

  vocabulary(): number | null {
    const tokens = this.#metadata.get('tokenizer.ggml.tokens');
    return this.ofModel('vocab_size') ?? (typeof tokens === 'object' ? tokens.length : null);
  }

  fileType(): string | null {
    const value = this.count('general.file_type');
    return value === null ? null : fileTypeName(value);
  }

  split(): ModelSplit | null {
    const parts = this.count('split.count');
    const part = this.count('split.no');
    if (parts === null || part === null || parts < 2 || part >= parts) return null;
    return { part, parts, tensors: this.count('split.tensors.count') };
  }
}

function asCount(value: MetadataValue | undefined): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
