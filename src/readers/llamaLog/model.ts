/** The model as llama.cpp describes it while loading: `llama_model_loader:`, `print_info:`, older `llm_load_print_meta:`. */
import type { ModelInfo } from '../../profile/model.ts';
import { unknownModel } from '../../profile/unknownModel.ts';
import { count, decimal, type KeyValue } from './lines.ts';

const INFO_SCOPES = new Set(['print_info', 'llm_load_print_meta']);
/** `llama_model_loader: loaded meta data with 22 key-value pairs and 51 tensors from PATH (version GGUF V3 (latest))` */
const LOADED = 'llama_model_loader: loaded meta data with ';
const TENSOR_TYPE = /^llama_model_loader: - type\s+(\S+):\s+(\d+) tensors/;
/** `12.46 MiB (4.92 BPW)` */
const SIZE = /^(\S+) ([KMGT])iB \((\S+) BPW\)/;
/** `21.24 M`; below 1,000 without a letter. */
const PARAMETERS = /^(\S+)(?: ([KMBT]))?$/;

const BINARY_UNITS = new Map([
  ['K', 2 ** 10],
  ['M', 2 ** 20],
  ['G', 2 ** 30],
  ['T', 2 ** 40],
]);
const DECIMAL_UNITS = new Map([
  ['K', 1e3],
  ['M', 1e6],
  ['B', 1e9],
  ['T', 1e12],
]);

const COUNT_FIELDS = new Map<string, keyof ModelInfo & string>([
  ['n_layer', 'layers'],
  ['n_embd', 'embeddingLength'],
  ['n_ff', 'feedForwardLength'],
  ['n_head', 'headCount'],
  ['n_head_kv', 'headCountKv'],
  ['n_embd_head_k', 'headLength'],
  ['n_vocab', 'vocabulary'],
  ['n_ctx_train', 'contextTrained'],
  ['n_expert', 'expertCount'],
  ['n_expert_used', 'expertUsedCount'],
]);

/** Collects the description of the first model a log loads; a draft model that follows is only named. */
export class ModelLines {
  /** Path of the first model's file as it was given. */
  path: string | null = null;
  /** Names of models loaded after the first. */
  readonly laterModels: string[] = [];
  /** Tensors per ggml type of the first model, in the order printed. */
  readonly tensorTypes: [type: string, tensors: number][] = [];
  #loadings = 0;
  #isKnown = false;
  readonly #model: ModelInfo;

  constructor(source: string) {
    this.#model = unknownModel(source);
  }

  /** The first model, null when the log describes none. */
  get model(): ModelInfo | null {
    return this.#isKnown ? this.#model : null;
  }

  /** True once a model's file was opened. */
  get hasLoaded(): boolean {
    return this.#loadings > 0;
  }

  /** Whether lines about buffers and contexts still belong to the first model. */
  get isFirst(): boolean {
    return this.#loadings <= 1;
  }

  /** True when the line was about a model. */
  add(line: string, pair: KeyValue | null): boolean {
    if (line.startsWith(LOADED)) {
      this.#loadings++;
      if (this.#loadings === 1) this.path = pathIn(line);
      return true;
    }
    const type = TENSOR_TYPE.exec(line);
    if (type) {
      if (this.isFirst) this.tensorTypes.push([type[1], Number(type[2])]);
      return true;
    }
    if (!pair || !INFO_SCOPES.has(pair.scope)) return false;
    if (this.isFirst) this.#describe(pair.key, pair.value);
    else if (pair.key === 'general.name') this.laterModels.push(pair.value);
    return true;
  }

  #describe(key: string, value: string): void {
    const model = this.#model;
    const field = COUNT_FIELDS.get(key);
    if (field) {
      // Models whose layers differ print a list: then there is no one number.
      const number = count(value);
      if (number !== null) Object.assign(model, { [field]: number });
    } else if (key === 'arch') model.architecture = value;
    else if (key === 'general.name') model.name = value;
    else if (key === 'file type' || key === 'model ftype') model.fileType = value;
    else if (key === 'file size' || key === 'model size') this.#size(value);
    else if (key === 'model params') model.parameterCount = parameters(value);
    else return;
    this.#isKnown = true;
  }

  #size(value: string): void {
    const match = SIZE.exec(value);
    if (!match) return;
    const size = decimal(match[1]);
    this.#model.fileBytes = size === null ? null : Math.round(size * (BINARY_UNITS.get(match[2]) ?? 1));
    this.#model.bitsPerWeight = decimal(match[3]);
  }
}

function pathIn(line: string): string | null {
  const from = line.indexOf(' from ');
  const version = line.lastIndexOf(' (version ');
  return from < 0 || version < from ? null : line.slice(from + ' from '.length, version);
}

function parameters(value: string): number | null {
  const match = PARAMETERS.exec(value);
  const number = match ? decimal(match[1]) : null;
  return number === null ? null : Math.round(number * (DECIMAL_UNITS.get(match?.[2] ?? '') ?? 1));
}
