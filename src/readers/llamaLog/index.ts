/**
 * Reader of llama.cpp's log: the standard error of llama-cli, llama-completion or llama-server, also with gatord's own
 * lines mixed in: settings, the model and llama.cpp's own timings. Lines have times only with --log-timestamps, on a clock
 * that starts with the program: those that tell of calls of llama_decode can be matched with a capture's.
 */
import { ProfileBuilder, unknownClock } from '../../profile/builder.ts';
import type { InputFile, LlamaTimings, Profile } from '../../profile/types.ts';
import type { InputHead, RawInput, Reader } from '../reader.ts';
import { fileSource, headText, textLines } from '../textInput.ts';
import { isGatorLine, StartedCommand } from './commandLine.ts';
import { bareLine } from './lines.ts';
import { RunLines } from './runLines.ts';
import { isTimingLine } from './timings.ts';

const FORMAT = 'llama-log';
/** The clock of lines with times: it starts with the program, and the log does not say when that was. */
const CLOCK = 'llama-log';

/** Starts of lines that only llama.cpp writes. The build line's order tells it from llama-bench's `build: hash (number)`. */
const OWN_LINE =
  /^(?:system_info: n_threads|llama_model_loader: |print_info: |llm_load_print_meta: |llama_context: |llama_new_context_with_model: |load_tensors: |llm_load_tensors: |(?:\w+: )?build: \d+ \([0-9a-f]+\) with |\w+: build = \d+ \([0-9a-f]+\)|srv  +\w+: |slot +\w+: )/;

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
    const started = new StartedCommand();
    const runs = [new RunLines(input.path)];
    let current = runs[0];
    let count = 1;
    for await (const line of textLines(fileSource(input))) {
      if (started.add(line)) continue;
      if (current.isEndedBy(line)) {
        current = new RunLines(input.path);
        count++;
        // Of those before, at most the last that ended is wanted.
        runs.splice(0, runs.length, ...runs.filter((run) => run.hasTimings).slice(-1), current);
      }
      current.add(line);
    }

    const run = runs.findLast(({ hasTimings }) => hasTimings) ?? current;
    for (const event of run.events) builder.logEvents.push(event);
    if (run.events.length > 0) builder.clock = unknownClock(CLOCK);
    for (const block of run.timings) builder.timings.push(block);
    for (const figure of run.acceptance) builder.figures.push({ ...figure, source: input.path });
    builder.settings = run.settings;
    builder.model = run.model;
    builder.target.arch = run.arch;
    builder.target.cpuCount = run.processors;
    file.tool = builder.settings?.build ? `llama.cpp ${builder.settings.build}` : null;
    if (started.commandLine !== null) builder.addFact('command-line', started.commandLine, true);
    for (const { name, value, isPrivate } of run.facts) builder.addFact(name, value, isPrivate);
    if (count > 1) {
      builder.warn(
        'llama-log-several-runs',
        `the log holds ${count} runs of llama.cpp: the last one ${run.hasTimings ? 'that ended ' : ''}was read`,
        'Keep the log of each run in a file of its own (2> instead of 2>>)',
      );
    }
    warnAboutGaps(builder);
    return builder.finish();
  },
};

function saysNothingOfCalls(block: LlamaTimings): boolean {
  const { promptMs, promptTokens, evalMs, totalMs, promptTokensPerSecond, evalTokensPerSecond } = block;
  const values = [promptMs, promptTokens, evalMs, totalMs, promptTokensPerSecond, evalTokensPerSecond];
  return values.every((value) => value === null) && (block.generatedTokens ?? null) === null;
}

function warnAboutGaps(builder: ProfileBuilder): void {
  const { timings } = builder;
  // Sampling and load time are printed first: a log that was cut behind them says nothing of prompt and generation.
  const hasBegun = timings.length > 0;
  if (timings.every(saysNothingOfCalls)) {
    builder.warn(
      'llama-log-without-timings',
      hasBegun
        ? 'the log breaks off within its timing lines, before those of prompt and generation'
        : 'the log has no timing lines: llama.cpp prints them when it ends',
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
