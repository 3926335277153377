/**
 * Reader of `perf stat` in all its forms (text, `-x`, `-j`, each with `-I`, `-r`, `-A`, `--per-…`) and of `simpleperf
 * stat`: counters without samples.
 */
import { ProfileBuilder } from '../../profile/builder.ts';
import type { InputFile, Profile } from '../../profile/types.ts';
import { InputError } from '../reader.ts';
import type { InputHead, RawInput, Reader } from '../reader.ts';
import { headLines, smallText, splitLines } from '../textInput.ts';
import { parseStatCsv, separatorOf } from './csvRows.ts';
import { isStatJsonLine, parseStatJson } from './jsonRows.ts';
import { addStatOutput } from './profile.ts';
import { startedOn } from './rows.ts';
import type { StatOutput } from './rows.ts';
import { isSimpleperfLine, parseSimpleperfStat } from './simpleperfRows.ts';
import { isStatTextLine, parseStatText } from './textRows.ts';

const FORMAT = 'perf-stat';

/** With more rows than this that cannot be read, the numbers cannot be trusted either. */
const MAX_BAD_SHARE = 0.2;

export const perfStatReader: Reader = {
  format: FORMAT,

  detect(head: InputHead, input: RawInput): boolean {
    return input.content.kind === 'file' && formOf(headLines(head, input)) !== null;
  },

  async read(input: RawInput): Promise<Profile> {
    const lines = splitLines(await smallText(input, 'perf stat output'));
    const form = formOf(lines);
    if (form === null) {
      throw new InputError(input.path, 'is no perf stat output', {
        fix: 'Write it with: perf stat -x, -o FILE',
      });
    }
    const tool = form.kind === 'simpleperf' ? 'simpleperf' : 'perf';
    const file: InputFile = { path: input.path, format: FORMAT, tool, bytes: input.bytes };
    const builder = new ProfileBuilder(file);
    const output = parse(form, lines);
    refuseMetrics(input, form, output);
    refuseDamaged(input, output);

    addStatOutput(builder, output, input.path);
    if (output.command !== null) builder.addFact('command-line', output.command, true);
    if (output.startedOn !== null) builder.addFact('recorded-at', output.startedOn);
    warnAboutOutput(builder, output);
    return builder.finish();
  },
};

type Form =
  | { kind: 'text' }
  | { kind: 'json' }
  | { kind: 'simpleperf' }
  | { kind: 'csv'; separator: string }
  | { kind: 'empty' }
  /** What `-o` writes first stands before something that is no counts. */
  | { kind: 'metrics' };

/** Which form the lines have; null when they are no perf stat output. */
function formOf(lines: readonly string[]): Form | null {
  if (lines.some(isStatTextLine)) return { kind: 'text' };
  if (lines.some(isSimpleperfLine)) return { kind: 'simpleperf' };
  const first = lines.find((line) => line.trim() !== '' && !line.startsWith('#'));
  if (first === undefined) return lines.some((line) => startedOn(line) !== null) ? { kind: 'empty' } : null;
  if (isStatJsonLine(first)) return { kind: 'json' };
  const separator = separatorOf(lines);
  if (separator !== null) return { kind: 'csv', separator };
  const beginning = lines.slice(0, 3);
  return beginning.some((line) => startedOn(line) !== null) ? { kind: 'metrics' } : null;
}

function parse(form: Form, lines: readonly string[]): StatOutput {
  switch (form.kind) {
    case 'json':
      return parseStatJson(lines);
    case 'csv':
      return parseStatCsv(lines, form.separator);
    case 'simpleperf':
      return parseSimpleperfStat(lines);
    case 'text':
    case 'empty':
    case 'metrics':
      return parseStatText(lines);
  }
}

/** With --metric-only perf computes and prints no count at all, in any form. */
function refuseMetrics(input: RawInput, { kind }: Form, { rows, badLines }: StatOutput): void {
  if (kind !== 'metrics' && (rows.length > 0 || badLines.count === 0 || kind !== 'text')) return;
  throw new InputError(input.path, 'holds no count of perf stat, as with --metric-only', {
    fix: 'Record again without --metric-only: gemview computes metrics from counts',
  });
}

function refuseDamaged(input: RawInput, { rows, badLines }: StatOutput): void {
  const { count, firstLineNumber, firstText } = badLines;
  if (count <= (rows.length + count) * MAX_BAD_SHARE) return;
  throw new InputError(
    input.path,
    `${count} of ${rows.length + count} rows of perf stat cannot be read; the first is line ${firstLineNumber}: “${firstText}”`,
    { fix: 'Write it again with LC_ALL=C perf stat -j, or with -x";"' },
  );
}

function warnAboutOutput(builder: ProfileBuilder, { rows, badLines }: StatOutput): void {
  if (rows.length === 0) {
    builder.warn(
      'perf-stat-empty',
      'perf stat wrote no counters: it was interrupted, or could not open its events',
      'Look at what perf stat printed on the terminal, and record again',
    );
  }
  if (badLines.count > 0) {
    builder.warn(
      'lines-not-understood',
      `${badLines.count} rows could not be read and were left out, the first is line ${badLines.firstLineNumber}`,
      'Write it again with LC_ALL=C perf stat -j',
    );
  }
}
