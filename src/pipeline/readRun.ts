/** From the raw inputs of one run to its Profile: recognise each by content, read it, fuse all on one clock. */
import { PEAK_KIND } from '../arm/measuredPeaks.ts';
import { eventSeriesOf } from '../llama/eventSeries.ts';
import { decodeText } from '../platform/bytes.ts';
import type { PlatformServices } from '../platform/services.ts';
import { ProfileBuilder } from '../profile/builder.ts';
import { fuse } from '../profile/fuse.ts';
import { inputKind } from '../profile/inputFormats.ts';
import type { Profile, Warning } from '../profile/types.ts';
import { detectReader } from '../readers/registry.ts';
import { InputError, type InputHead, type RawInput } from '../readers/reader.ts';
import { detectSymbolSource, readSymbolSource } from '../symbols/sources.ts';
import type { SymbolTable } from '../symbols/types.ts';
import { isOnlyReported, reportedFragment } from './reportedFigures.ts';
import { emptyRunConfig, parseRunConfig, type RunConfig } from './runConfig.ts';

/** Enough for every detector: headers, and the first lines of a text behind a long preamble. */
const HEAD_BYTES = 64 * 1024;

/** A run as read: nothing analysed yet. */
export interface Run {
  profile: Profile;
  symbolTables: SymbolTable[];
  config: RunConfig;
}

/**
 * Reads all inputs of one run. An input that its reader refuses is a warning as long as another one could be read, and all
 * that nothing recognises are one; when none can be read, the first refusal is thrown (InputError).
 *
 * @param runYaml the run's `run.yaml`, when it has one
 */
export async function readRun(
  inputs: readonly RawInput[],
  runYaml: { path: string; text: string } | null,
  services: PlatformServices,
): Promise<Run> {
  const config = runYaml ? parseRunConfig(runYaml.path, runYaml.text) : emptyRunConfig;
  const fragments: Profile[] = [];
  const symbolTables: SymbolTable[] = [];
  const refusals: InputError[] = [];
  const unknown: RawInput[] = [];

  for (const input of inputs) {
    try {
      const head = await readHead(input);
      const symbolSource = detectSymbolSource(head);
      if (symbolSource) {
        symbolTables.push(await readSymbolSource(input));
        fragments.push(emptyFragment(input, SYMBOL_FORMATS[symbolSource]));
        continue;
      }
      const reader = detectReader(head, input);
      if (reader) fragments.push(await reader.read(input, { services }));
      else unknown.push(input);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      refusals.push(error);
    }
  }
  const reported = runYaml && reportedFragment(config, runYaml);
  if (reported) fragments.push(reported);
  if (fragments.length === 0) {
    throw refusals[0] ?? (unknown.length > 0 ? unrecognised(unknown) : nothingToRead(runYaml));
  }
  const profile = fuse(withoutCopies(fragments), { eventsOf: eventSeriesOf });
  for (const refusal of refusals) {
    profile.warnings.push({ code: 'input-unread', message: refusal.message, fix: null });
  }
  if (unknown.length > 0) profile.warnings.push(leftOut(unknown));
  const unread = inputs.filter(
    (input) => unknown.includes(input) || refusals.some(({ path }) => path === input.path),
  );
  for (const { path, bytes } of unread) profile.inputs.push({ path, format: null, tool: null, bytes });
  profile.inputs.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  applyConfig(profile, config);
  return { profile, symbolTables, config };
}

function nothingToRead(runYaml: { path: string } | null): InputError {
  if (!runYaml) return new InputError('.', 'no input files');
  return new InputError(runYaml.path, 'stands without files of a run and lists no figures', {
    fix: 'Put the files of a capture beside it, or list figures that were published elsewhere',
  });
}

const SYMBOL_FORMATS = { elf: 'elf', compact: 'gemview-symbols', listing: 'nm-listing' } as const;

async function readHead(input: RawInput): Promise<InputHead> {
  if (input.content.kind === 'bundle') return { path: input.path, bytes: new Uint8Array(0), text: '' };
  const bytes = new Uint8Array(await input.content.source.read(0, HEAD_BYTES));
  if (bytes.byteLength === 0) {
    throw new InputError(input.path, 'the file is empty', {
      fix: 'Record again, or take it out of the folder',
    });
  }
  return { path: input.path, bytes, text: decodeText(bytes) };
}

const WHAT_IS_READ =
  'gemview reads .apc captures, perf.data, perf script and perf stat text, llama.cpp logs, llama-bench output, GGUF files, symbol tables, kallsyms and target facts';

function unrecognised(inputs: readonly RawInput[]): InputError {
  const others = inputs.length - 1;
  const files = others === 1 ? 'the other file' : `the ${others} other files`;
  const problem = `no reader recognises this content${others > 0 ? `, nor that of ${files} here` : ''}`;
  return new InputError(inputs[0].path, problem, { fix: WHAT_IS_READ });
}

/** Names shown in one warning; a folder may hold hundreds of other files. */
const SHOWN_NAMES = 12;

/** Prompts, scripts and notes lie beside captures as a matter of course: one quiet line for all. */
function leftOut(unknown: readonly RawInput[]): Warning {
  const names = unknown.slice(0, SHOWN_NAMES).map(({ path }) => path);
  const more = unknown.length - names.length;
  const files = unknown.length === 1 ? '1 file was' : `${unknown.length} files were`;
  return {
    code: 'input-unread',
    message: `${files} not recognised and left out: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
    fix: WHAT_IS_READ,
  };
}

function emptyFragment(input: RawInput, format: string): Profile {
  return new ProfileBuilder({ path: input.path, format, tool: null, bytes: input.bytes }).finish();
}

/** Texts printed from a recording that is here too keep their place among the inputs and lose their content. */
function withoutCopies(fragments: readonly Profile[]): Profile[] {
  const isRecording = ({ inputs, samples }: Profile): boolean =>
    samples.length > 0 && inputKind(inputs[0].format) === 'recording';
  if (!fragments.some(isRecording)) return [...fragments];
  return fragments.map((fragment) => {
    const [input] = fragment.inputs;
    if (inputKind(input.format) !== 'printed') return fragment;
    const builder = new ProfileBuilder(input);
    builder.warn(
      'input-copy',
      `${input.path} is text printed from a recording, and a recording is among the inputs: its samples are not counted again.`,
      'To look at the text itself, inspect it alone',
    );
    return builder.finish();
  });
}

/** What run.yaml says wins over what the files left open: the origin, and which counters a model produced. */
function applyConfig(profile: Profile, config: RunConfig): void {
  if (config.origin) profile.origin = { value: config.origin, reason: 'run.yaml says so' };
  else if (isOnlyReported(profile, config)) {
    profile.origin = { value: 'reported', reason: 'run.yaml holds figures and no file of the run holds any' };
  }
  for (const counter of profile.counters) {
    if (counter.mnemonic !== null && config.modelled.includes(counter.mnemonic)) counter.status = 'modelled';
  }
  for (const peak of config.peaks) {
    profile.figures.push({
      kind: PEAK_KIND,
      subject: peak.name,
      value: peak.value,
      unit: peak.unit,
      spread: null,
      repetitions: [],
      settings: peak.threads === undefined ? {} : { threads: String(peak.threads) },
      source: 'run.yaml',
    });
  }
}
