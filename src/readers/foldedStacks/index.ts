/**
 * Reader of folded stacks. The lines have no time, CPU or order: all samples are at 0 on the clock `none`.
 *
 * A row of the sample table is one sample wherever the counts are samples (see {@link meaningOf}): then `self` and
 * `total` are what the tool that wrote the file counted. Where the counts are weights of an event, a row is a line and
 * its period the weight, and a warning says that numbers of samples are not known.
 */
import { ProfileBuilder } from '../../profile/builder.ts';
import { KERNEL_SPACE, NONE } from '../../profile/types.ts';
import type { InputFile, Profile } from '../../profile/types.ts';
import { InputError } from '../reader.ts';
import type { InputHead, RawInput, Reader } from '../reader.ts';
import { fileSource, headLines, textLines } from '../textInput.ts';
import { UnknownPids } from '../unknownPid.ts';
import { parseFoldedFrame, parseFoldedLine } from './lines.ts';
import type { FoldedFrame } from './lines.ts';
import { firstFrameKind, parseFoldedProcess } from './processes.ts';
import type { FirstFrameKind } from './processes.ts';
import { meaningOf } from './samples.ts';
import type { CountMeaning } from './samples.ts';

const FORMAT = 'folded-stacks';

/** With more lines than this that are none, the text is something else. */
const MAX_REJECTED_SHARE = 0.2;
const FLAG_KERNEL = 2;
const QUOTED_CHARACTERS = 100;
/** Stands for the process where the text names none. */
const UNNAMED = 'unknown';

export const foldedStacksReader: Reader = {
  format: FORMAT,

  detect(head: InputHead, input: RawInput): boolean {
    return input.content.kind === 'file' && looksFolded(headLines(head, input));
  },

  async read(input: RawInput): Promise<Profile> {
    const file: InputFile = { path: input.path, format: FORMAT, tool: null, bytes: input.bytes };
    const builder = new ProfileBuilder(file);
    const survey = await surveyLines(input);
    refuse(input, survey);
    const meaning = meaningOf(survey.counts);
    builder.events.push({
      name: meaning.kind === 'weights' ? 'weights' : 'samples',
      role: 'sampling',
      code: null,
      mnemonic: null,
      unit: meaning.kind === 'samples' ? 'samples' : 'events',
      period: meaning.kind === 'periods' ? meaning.period : null,
      frequencyHz: null,
      counter: null,
    });
    await addSamples(input, builder, firstFrameKind(survey.firstFrames), meaning);
    warn(builder, survey, meaning);
    return builder.finish();
  },
};

/** What must be known of all lines before the first can be understood. */
interface Survey {
  counts: number[];
  firstFrames: Set<string>;
  differential: number;
  rejected: number;
  firstRejected: { lineNumber: number; text: string } | null;
}

/** At least one stack of two frames, and nothing that is no stack. Prose ends with a number now and then. */
function looksFolded(lines: readonly string[]): boolean {
  const contents = lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const parsed = contents.map(parseFoldedLine);
  const stacks = parsed.filter((line) => line !== null);
  if (stacks.length === 0 || stacks.length < contents.length * (1 - MAX_REJECTED_SHARE)) return false;
  const isStack = (frames: readonly string[]): boolean => frames.length > 1;
  if (stacks.some(({ frames }) => isStack(frames))) return true;
  // Without call chains a line is a process and a count: no blank within the name, no punctuation of other formats.
  return stacks.every(({ frames }) => /^[A-Za-z_[][\w.+\-/[\]@]*$/.test(frames[0]));
}

async function surveyLines(input: RawInput): Promise<Survey> {
  const survey: Survey = {
    counts: [],
    firstFrames: new Set(),
    differential: 0,
    rejected: 0,
    firstRejected: null,
  };
  let lineNumber = 0;
  for await (const line of textLines(fileSource(input))) {
    lineNumber++;
    if (isEmpty(line)) continue;
    const parsed = parseFoldedLine(line);
    if (!parsed) {
      survey.rejected++;
      survey.firstRejected ??= { lineNumber, text: line.trim().slice(0, QUOTED_CHARACTERS) };
      continue;
    }
    survey.counts.push(parsed.count);
    survey.firstFrames.add(parsed.frames[0]);
    if (parsed.otherCount !== null) survey.differential++;
  }
  return survey;
}

async function addSamples(
  input: RawInput,
  builder: ProfileBuilder,
  firstFrame: FirstFrameKind,
  meaning: CountMeaning,
): Promise<void> {
  const threads = new FoldedThreads(builder, firstFrame);
  for await (const line of textLines(fileSource(input))) {
    const parsed = isEmpty(line) ? null : parseFoldedLine(line);
    if (!parsed) continue;
    const thread = threads.of(parsed.frames[0]);
    const frames = firstFrame === 'frames' ? parsed.frames : parsed.frames.slice(1);
    let stack = NONE;
    let isKernel = false;
    for (const text of frames) {
      const frame = parseFoldedFrame(text);
      isKernel = frame.isKernel;
      stack = builder.stacks.intern(stack, internFrame(builder, frame));
    }
    const rows =
      meaning.kind === 'samples'
        ? parsed.count
        : meaning.kind === 'periods'
          ? parsed.count / meaning.period
          : 1;
    const period =
      meaning.kind === 'samples' ? 1 : meaning.kind === 'periods' ? meaning.period : parsed.count;
    for (let row = 0; row < rows; row++) builder.addSample(0, thread, NONE, stack, 0, period, isKernel);
  }
}

function internFrame(builder: ProfileBuilder, frame: FoldedFrame): number {
  const { symbol, image, offset, isKernel } = frame;
  return builder.frames.intern(
    offset >>> 0,
    Math.floor(offset / 2 ** 32),
    isKernel ? KERNEL_SPACE : NONE,
    isKernel ? FLAG_KERNEL : 0,
    symbol === null ? NONE : builder.strings.intern(symbol),
    image === null ? NONE : builder.strings.intern(image),
  );
}

/** Threads by the text of the first frame. */
class FoldedThreads {
  readonly #builder: ProfileBuilder;
  readonly #kind: FirstFrameKind;
  readonly #pids = new UnknownPids();
  readonly #rows = new Map<string, number>();

  constructor(builder: ProfileBuilder, kind: FirstFrameKind) {
    this.#builder = builder;
    this.#kind = kind;
  }

  of(firstFrame: string): number {
    const text = this.#kind === 'frames' ? UNNAMED : firstFrame;
    let row = this.#rows.get(text);
    if (row === undefined) {
      const { comm, pid, tid } = parseFoldedProcess(text, this.#kind === 'with-ids');
      const name = comm.trim() === '' ? UNNAMED : comm.trim();
      // The idle task is process 0 on every Linux.
      const process = pid ?? (name === 'swapper' ? 0 : this.#pids.of(name));
      this.#builder.nameProcess(process, name);
      this.#builder.nameThread(process, tid ?? process, name);
      row = this.#builder.thread(process, tid ?? process);
      this.#rows.set(text, row);
    }
    return row;
  }
}

function isEmpty(line: string): boolean {
  return line.startsWith('#') || line.trim() === '';
}

function refuse(input: RawInput, { counts, rejected, firstRejected }: Survey): void {
  const total = counts.length + rejected;
  if (counts.length > 0 && rejected <= total * MAX_REJECTED_SHARE) return;
  const fix = 'Write it with: perf script | stackcollapse-perf.pl';
  if (!firstRejected) throw new InputError(input.path, 'holds no folded stacks', { fix });
  const share = Math.round((100 * rejected) / total);
  throw new InputError(
    input.path,
    `${share} % of its lines are no folded stacks; the first is line ${firstRejected.lineNumber}: “${firstRejected.text}”`,
    { fix },
  );
}

function warn(builder: ProfileBuilder, survey: Survey, meaning: CountMeaning): void {
  const { counts, rejected, firstRejected, differential } = survey;
  if (rejected > 0) {
    builder.warn(
      'lines-not-understood',
      `${rejected} of ${counts.length + rejected} lines are no folded stacks and were left out, the first is line ${firstRejected?.lineNumber}`,
    );
  }
  if (differential > 0) {
    builder.warn(
      'folded-differential',
      `${differential} lines have two counts: the first is shown`,
      'Give the two folded files as two runs to compare them',
    );
  }
  if (meaning.kind === 'weights') {
    builder.warn(
      'folded-weights',
      `The counts are weights of an event, not numbers of samples: each of the ${counts.length} lines is shown as one sample with its weight`,
      'Give the perf script text that the stacks were folded from',
    );
  }
  if (meaning.kind === 'periods') {
    builder.warn(
      'folded-periods',
      `All counts are multiples of ${meaning.period}: they are taken as samples of that period`,
    );
  }
}
