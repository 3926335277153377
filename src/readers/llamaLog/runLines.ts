/** What the lines of one run of llama.cpp say; a log that was appended to (`2>> llama.log`) holds several. */
import type { LlamaSettings, LogEvent, ReportedFigure, LlamaTimings } from '../../profile/types.ts';
import type { ModelInfo } from '../../profile/model.ts';
import { TimedLines } from './events.ts';
import { bareLine, keyValue } from './lines.ts';
import { ModelLines } from './model.ts';
import { isBuildLine, SettingLines } from './settings.ts';
import { TimingBlocks } from './timings.ts';

/** `main: prompt: '…'`, with `--verbose-prompt`. */
const PROMPT = /^\w+: prompt: '(.*)'$/;
const SEED = /^(?:sampler seed|main: seed\s*)[:=]\s*(\d+)/;
/** `n_draft   = 16` of the speculative programs. */
const DRAFT_MAX = /^n_draft\s*= (\d+)$/;
const SAMPLER_CHAIN = 'sampler chain: ';

/** A fact of a run; `isPrivate` when it says something about people. */
export interface LogFact {
  name: string;
  value: string;
  isPrivate: boolean;
}

/** Collects the lines of one run. */
export class RunLines {
  readonly #timings = new TimingBlocks();
  readonly #settings = new SettingLines();
  readonly #model: ModelLines;
  readonly #timed = new TimedLines();
  readonly #lineFacts: LogFact[] = [];

  constructor(source: string) {
    this.#model = new ModelLines(source);
  }

  /** True when a line begins another run: llama.cpp names its build once, before it loads a model. */
  isEndedBy(line: string): boolean {
    return (this.#model.hasLoaded || this.hasTimings) && isBuildLine(bareLine(line));
  }

  add(line: string): void {
    this.#timed.add(line);
    const bare = bareLine(line);
    if (this.#timings.add(bare)) return;
    const pair = keyValue(bare);
    if (this.#model.add(bare, pair) || this.#settings.add(bare, pair, this.#model.isFirst)) return;
    this.#addFact(bare);
  }

  /** False for a run that was killed, and for one that has not ended. */
  get hasTimings(): boolean {
    return this.#timings.blocks.length > 0;
  }

  get timings(): readonly LlamaTimings[] {
    return this.#timings.blocks;
  }

  /** Share of drafted tokens that were accepted. */
  get acceptance(): readonly Omit<ReportedFigure, 'source'>[] {
    return this.#timings.acceptance;
  }

  get events(): readonly LogEvent[] {
    return this.#timed.events;
  }

  get settings(): LlamaSettings | null {
    return this.#settings.settings;
  }

  get model(): ModelInfo | null {
    return this.#model.model;
  }

  get arch(): string | null {
    return this.#settings.arch;
  }

  get processors(): number | null {
    return this.#settings.processors;
  }

  get facts(): LogFact[] {
    const facts = [...this.#lineFacts];
    const add = (name: string, value: string, isPrivate = false): void => {
      facts.push({ name, value, isPrivate });
    };
    const [model, settings] = [this.#model, this.#settings];
    if (model.path !== null) add('model-path', model.path, true);
    for (const name of model.laterModels) add('draft-model', name);
    if (model.tensorTypes.length > 0) {
      add('tensor-types', model.tensorTypes.map(([type, tensors]) => `${type}: ${tensors}`).join(', '));
    }
    if (settings.sequences !== null) add('sequences', String(settings.sequences));
    if (settings.predictTokens !== null) add('predict-tokens', settings.predictTokens);
    if (settings.didWarmup) add('warmup', 'yes');
    return facts;
  }

  #addFact(line: string): void {
    const add = (name: string, value: string | undefined, isPrivate = false): void => {
      if (value !== undefined) this.#lineFacts.push({ name, value, isPrivate });
    };
    add('prompt', PROMPT.exec(line)?.[1], true);
    add('seed', SEED.exec(line)?.[1]);
    add('draft-max', DRAFT_MAX.exec(line)?.[1]);
    if (line.startsWith(SAMPLER_CHAIN)) add('sampler-chain', line.slice(SAMPLER_CHAIN.length).trim());
  }
}
