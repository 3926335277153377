/** How llama.cpp was built and set up: build line, `system_info`, context parameters, buffers. */
import type { LlamaSettings } from '../../profile/types.ts';
import { count, decimal, type KeyValue } from './lines.ts';

/** `build: 6673 (50d26e8) with cc (Debian 14.2.0-19) 14.2.0 for aarch64-linux-gnu` */
const BUILD = /^(?:\w+: )?build: (\d+ \([0-9a-f]+\)) with (.+)$/;
/** Until early 2025: `main: build = 3741 (1d1ccce6)`, then `main: built with cc … for aarch64-linux-gnu`. */
const OLD_BUILD = /^\w+: build = (\d+ \([0-9a-f]+\))/;
const OLD_COMPILER = /^\w+: built with (.+)$/;
const SYSTEM_INFO = /\bsystem_info: n_threads = (\d+)(?: \(n_threads_batch = (\d+)\))?(?: \/ (\d+))? \|(.*)$/;
const BUFFER = /^\w+:\s+(\S+)(?:\s+(model|KV|compute|output))? buffer size =\s+(\S+) MiB/;
const FLASH_RESOLVED = /Flash Attention was auto, set to (\w+)/;
/** `llama_kv_cache: size = 48.00 MiB ( 512 cells, 24 layers, 1/1 seqs), K (f16): 24.00 MiB, V (f16): 24.00 MiB` */
const CACHE_TYPES =
  /^(?:llama_kv_cache\w*|llama_init_from_model|llama_new_context_with_model): .*\bK \((\w{1,16})\):.* V \((\w{1,16})\):/;
const SERVER_SLOTS = /\binitializing slots, n_slots = (\d+)/;

/** Functions that print the parameters of a context; the name changed over the years. */
const CONTEXT_SCOPES = new Set(['llama_context', 'llama_init_from_model', 'llama_new_context_with_model']);

/** True for the line that names the build. */
export function isBuildLine(line: string): boolean {
  return BUILD.test(line) || OLD_BUILD.test(line);
}

/** Collects {@link LlamaSettings} and what goes into facts beside them. */
export class SettingLines {
  readonly #features = new Map<string, string>();
  readonly #buffers = new Map<string, number>();
  readonly #numbers = new Map<
    'threads' | 'threadsBatch' | 'contextLength' | 'batch' | 'microBatch',
    number
  >();
  /** What llama-cli's loop was asked for; a context may have clamped it. */
  readonly #asked = new Map<'contextLength' | 'batch', number>();
  #build: string | null = null;
  #compiler: string | null = null;
  #flashAttention: string | null = null;
  #flashResolved: string | null = null;
  #cacheTypes: { key: string; value: string } | null = null;
  /** Processors of the machine, as `system_info` ends its thread counts. */
  processors: number | null = null;
  /** Sequences that one context serves: slots of a server. */
  sequences: number | null = null;
  predictTokens: string | null = null;
  didWarmup = false;

  /** True when the line was a setting. `isFirstModel` is false for what belongs to a draft model. */
  add(line: string, pair: KeyValue | null, isFirstModel: boolean): boolean {
    return (
      this.#addBuild(line) ||
      this.#addSystemInfo(line) ||
      this.#addBuffer(line, isFirstModel) ||
      this.#addContext(line, pair, isFirstModel)
    );
  }

  /** Architecture from the compiler's target triple: `aarch64`. */
  get arch(): string | null {
    return /\bfor ([a-z0-9_]+)-\S+$/.exec(this.#compiler ?? '')?.[1] ?? null;
  }

  /** Null when the log names no setting. */
  get settings(): LlamaSettings | null {
    const number = (name: 'threads' | 'threadsBatch' | 'microBatch'): number | null =>
      this.#numbers.get(name) ?? null;
    const settings: LlamaSettings = {
      build: this.#build,
      compiler: this.#compiler,
      threads: number('threads'),
      threadsBatch: number('threadsBatch'),
      contextLength: this.#numbers.get('contextLength') ?? this.#asked.get('contextLength') ?? null,
      batch: this.#numbers.get('batch') ?? this.#asked.get('batch') ?? null,
      microBatch: number('microBatch'),
      flashAttention: this.#flashResolved === null ? this.#flashAttention : `${this.#flashResolved} (auto)`,
      cacheTypes: this.#cacheTypes,
      features: Object.fromEntries(this.#features),
      buffers: Object.fromEntries(this.#buffers),
    };
    const isEmpty =
      Object.values(settings).every((value) => value === null || typeof value === 'object') &&
      this.#features.size === 0 &&
      this.#buffers.size === 0;
    return isEmpty ? null : settings;
  }

  #addBuild(line: string): boolean {
    const build = BUILD.exec(line);
    if (build) {
      this.#build = build[1];
      this.#compiler = build[2].trim();
      return true;
    }
    const old = OLD_BUILD.exec(line);
    if (old) {
      this.#build = old[1];
      return true;
    }
    const compiler = OLD_COMPILER.exec(line);
    if (!compiler) return false;
    this.#compiler = compiler[1].trim();
    return true;
  }

  #addSystemInfo(line: string): boolean {
    const match = SYSTEM_INFO.exec(line);
    if (!match) return false;
    this.#numbers.set('threads', Number(match[1]));
    if (match[2] !== undefined) this.#numbers.set('threadsBatch', Number(match[2]));
    if (match[3] !== undefined) this.processors = Number(match[3]);
    for (const part of match[4].split('|')) {
      // The first feature of a backend stands behind its name: `CPU : NEON = 1`.
      const equals = part.indexOf('=');
      if (equals < 0) continue;
      const name = part.slice(part.lastIndexOf(':', equals) + 1, equals).trim();
      if (name !== '') this.#features.set(name, part.slice(equals + 1).trim());
    }
    return true;
  }

  #addBuffer(line: string, isFirstModel: boolean): boolean {
    const match = BUFFER.exec(line);
    if (!match) return false;
    const size = decimal(match[3]);
    if (size === null || !isFirstModel) return true;
    const kind = match[2] ?? 'model';
    const name = kind === 'model' ? match[1] : `${match[1]} ${kind}`;
    // A split model is mapped in several pieces; other buffers are planned anew and the last size holds.
    const before = kind === 'model' ? (this.#buffers.get(name) ?? 0) : 0;
    this.#buffers.set(name, before + size);
    return true;
  }

  #addContext(line: string, pair: KeyValue | null, isFirstModel: boolean): boolean {
    const resolved = FLASH_RESOLVED.exec(line);
    if (resolved) {
      if (isFirstModel) this.#flashResolved = resolved[1];
      return true;
    }
    const cache = CACHE_TYPES.exec(line);
    if (cache) {
      if (isFirstModel) this.#cacheTypes ??= { key: cache[1], value: cache[2] };
      return true;
    }
    const slots = SERVER_SLOTS.exec(line);
    if (slots) {
      this.sequences = Number(slots[1]);
      return true;
    }
    if (line.includes(': warming up the model with an empty run')) {
      this.didWarmup = true;
      return true;
    }
    if (!pair) return false;
    if (pair.scope === 'generate') {
      this.#addGenerate(line);
      return true;
    }
    if (!CONTEXT_SCOPES.has(pair.scope)) return false;
    if (isFirstModel) this.#addContextField(pair.key, pair.value);
    return true;
  }

  /** `generate: n_ctx = 512, n_batch = 2048, n_predict = 20, n_keep = 0` */
  #addGenerate(line: string): void {
    for (const part of line.slice('generate:'.length).split(',')) {
      const [name, value = ''] = part.split('=').map((piece) => piece.trim());
      const number = count(value);
      if (name === 'n_ctx' && number !== null) this.#asked.set('contextLength', number);
      if (name === 'n_batch' && number !== null) this.#asked.set('batch', number);
      if (name === 'n_predict') this.predictTokens = value;
    }
  }

  #addContextField(key: string, value: string): void {
    const number = count(value);
    if (key === 'n_ctx' && number !== null) this.#numbers.set('contextLength', number);
    else if (key === 'n_batch' && number !== null) this.#numbers.set('batch', number);
    else if (key === 'n_ubatch' && number !== null) this.#numbers.set('microBatch', number);
    else if (key === 'n_seq_max' && number !== null) this.sequences ??= number;
    else if (key === 'flash_attn') this.#flashAttention = value;
  }
}
