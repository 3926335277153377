/**
 * Reader of llama.cpp's log: the standard error of llama-cli, llama-completion or llama-server, also with gatord's own
 * lines mixed in: settings, the model and llama.cpp's own timings. Lines have times only with --log-timestamps, on a clock
 * that starts with the program: those that tell of calls of llama_decode can be matched with a capture's.
 */
import { ProfileBuilder, unknownClock } from '../../profile/builder.ts';
import type { InputFile, Profile } from '../../profile/types.ts';
import type { InputHead, RawInput, Reader } from '../reader.ts';
import { fileSource, headText, textLines } from '../textInput.ts';
import { isGatorLine, StartedCommand } from './commandLine.ts';
import { TimedLines } from './events.ts';
import { bareLine, keyValue } from './lines.ts';
import { ModelLines } from './model.ts';
import { SettingLines } from './settings.ts';
import { isTimingLine, TimingBlocks } from './timings.ts';

const FORMAT = 'llama-log';
/** The clock of lines with times: it starts with the program, and the log does not say when that was. */
const CLOCK = 'llama-log';

/** Starts of lines that only llama.cpp writes. The build line's order tells it from llama-bench's `build: hash (number)`. */
const OWN_LINE =
  /^(?:system_info: n_threads|llama_model_loader: |print_info: |llm_load_print_meta: |llama_context: |llama_new_context_with_model: |load_tensors: |llm_load_tensors: |(?:\w+: )?build: \d+ \([0-9a-f]+\) with |\w+: build = \d+ \([0-9a-f]+\)|srv  +\w+: |slot +\w+: )/;

/** `main: prompt: '…'`, with `--verbose-prompt`. */
const PROMPT = /^\w+: prompt: '(.*)'$/;
const SEED = /^(?:sampler seed|main: seed\s*)[:=]\s*(\d+)/;
/** `n_draft   = 16` of the speculative programs. */
const DRAFT_MAX = /^n_draft\s*= (\d+)$/;

export const llamaLogReader: Reader = {
  format: FORMAT,

  detect(head: InputHead, input: RawInput): boolean {
    if (input.content.kind !== 'file') return false;
    // gatord may write more lines before llama.cpp's first one than a head holds.
    return headText(head)
      .split('\n')
      .some((line) => {
        const bare = bareLine(line);
        return OWN_LINE.test(bare) || isTimingLine(bare) || isGatorLine(bare);
      });
  },

  async read(input: RawInput): Promise<Profile> {
    const file: InputFile = { path: input.path, format: FORMAT, tool: null, bytes: input.bytes };
    const builder = new ProfileBuilder(file);
    const timings = new TimingBlocks();
    const settings = new SettingLines();
    const model = new ModelLines(input.path);
    const started = new StartedCommand();
    const timed = new TimedLines();

    for await (const line of textLines(fileSource(input))) {
      if (started.add(line)) continue;
      timed.add(line);
      const bare = bareLine(line);
      if (timings.add(bare)) continue;
      const pair = keyValue(bare);
      if (model.add(bare, pair) || settings.add(bare, pair, model.isFirst)) continue;
      addFact(builder, bare);
    }

    builder.logEvents.push(...timed.events);
    if (timed.events.length > 0) builder.clock = unknownClock(CLOCK);
    builder.timings.push(...timings.blocks);
    for (const figure of timings.acceptance) builder.figures.push({ ...figure, source: input.path });
    builder.settings = settings.settings;
    builder.model = model.model;
    builder.target.arch = settings.arch;
    builder.target.cpuCount = settings.processors;
    file.tool = builder.settings?.build ? `llama.cpp ${builder.settings.build}` : null;
    addFacts(builder, model, settings, started);
    warnAboutGaps(builder);
    return builder.finish();
  },
};

function addFact(builder: ProfileBuilder, line: string): void {
  const prompt = PROMPT.exec(line);
  if (prompt) builder.addFact('prompt', prompt[1], true);
  const seed = SEED.exec(line);
  if (seed) builder.addFact('seed', seed[1]);
  const draftMax = DRAFT_MAX.exec(line);
  if (draftMax) builder.addFact('draft-max', draftMax[1]);
  if (line.startsWith('sampler chain: ')) builder.addFact('sampler-chain', line.slice(15).trim());
}

function addFacts(
  builder: ProfileBuilder,
  model: ModelLines,
  settings: SettingLines,
  started: StartedCommand,
): void {
  if (started.commandLine !== null) builder.addFact('command-line', started.commandLine, true);
  if (model.path !== null) builder.addFact('model-path', model.path, true);
  for (const name of model.laterModels) builder.addFact('draft-model', name);
  if (model.tensorTypes.length > 0) {
    const types = model.tensorTypes.map(([type, tensors]) => `${type}: ${tensors}`).join(', ');
    builder.addFact('tensor-types', types);
  }
  if (settings.sequences !== null) builder.addFact('sequences', String(settings.sequences));
  if (settings.predictTokens !== null) builder.addFact('predict-tokens', settings.predictTokens);
  if (settings.didWarmup) builder.addFact('warmup', 'yes');
}

function warnAboutGaps(builder: ProfileBuilder): void {
  const { timings } = builder;
  if (timings.length === 0) {
    builder.warn(
      'llama-log-without-timings',
      'the log has no timing lines: llama.cpp prints them when it ends',
      'Let the program end by itself, and keep its standard error (2> llama.log)',
    );
  }
  const untimed = timings.filter(
    (block) =>
      (block.promptMs === null && block.promptTokens !== null) ||
      (block.evalMs === null && block.evalRuns !== null),
  ).length;
  if (untimed > 0) {
    builder.warn(
      'llama-log-untimed',
      `${untimed} of ${timings.length} timing blocks count tokens in 0.00 ms: llama.cpp's timers were off`,
      'Run with --perf (without --no-perf)',
    );
  }
}
