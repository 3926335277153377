/**
 * Reader of `perf report` as text: shares of functions, as figures. What samples were in which stage, and where in a call
 * chain, such a text does not say any more; a recording or `perf script` does.
 */
import { ProfileBuilder } from '../../profile/builder.ts';
import type { InputFile, Profile } from '../../profile/types.ts';
import { InputError } from '../reader.ts';
import type { InputHead, RawInput, Reader } from '../reader.ts';
import { fileSource, headLines, textLines } from '../textInput.ts';
import { MAX_SHARES, ReportParser, isReportHeader } from './rows.ts';
import type { ReportRow } from './rows.ts';

const FORMAT = 'perf-report';

export const perfReportReader: Reader = {
  format: FORMAT,

  detect(head: InputHead, input: RawInput): boolean {
    return input.content.kind === 'file' && headLines(head, input).some(isReportHeader);
  },

  async read(input: RawInput): Promise<Profile> {
    const parser = new ReportParser();
    for await (const line of textLines(fileSource(input))) parser.add(line);
    const { rows, unread, cut, lostSamples } = parser.report;
    if (rows.length === 0) {
      throw new InputError(input.path, 'holds no row of perf report that can be read', {
        fix: 'Give the output of perf script, or write it with: perf report --stdio --no-children -g none',
      });
    }
    const file: InputFile = { path: input.path, format: FORMAT, tool: 'perf', bytes: input.bytes };
    const builder = new ProfileBuilder(file);
    builder.losses.records = lostSamples;
    for (const row of rows) {
      builder.figures.push({
        kind: 'function-share',
        subject: row.symbol,
        value: row.selfPercent,
        unit: '%',
        spread: null,
        repetitions: [],
        settings: settingsOf(row),
        source: input.path,
      });
    }
    builder.warn(
      'report-only',
      'A perf report holds shares of functions for the whole recording: nothing can be said by stage or over time',
      'Give perf.data, or the text of perf script',
    );
    if (unread > 0) {
      builder.warn(
        'lines-not-understood',
        `${unread} rows have other columns than the heading and were left out`,
      );
    }
    if (cut.shares > 0) {
      builder.warn(
        'rows-left-out',
        `${cut.shares} shares behind the first ${MAX_SHARES} were left out; the largest of them is ${cut.largestPercent.toFixed(2)} %`,
        'Print the large ones only: perf report --percent-limit 0.01',
      );
    }
    return builder.finish();
  },
};

function settingsOf(row: ReportRow): Record<string, string> {
  const known: [string, string | null][] = [
    ['event', row.event],
    ['command', row.command],
    ['image', row.image],
    ['mode', row.isKernel ? 'kernel' : 'user'],
    ['samples', row.samples === null ? null : String(row.samples)],
    ['total', row.childrenPercent === null ? null : `${row.childrenPercent} %`],
  ];
  return Object.fromEntries(known.filter((entry): entry is [string, string] => entry[1] !== null));
}
