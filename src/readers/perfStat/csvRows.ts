/**
 * `perf stat -x SEP` (tools/perf/util/stat-display.c, `printout` and `print_*_csv`). Columns:
 *
 *     [time] [CPU0 | S0-D0-C0,count | comm-tid] value, unit, event, [cgroup], [variance%], run time, % running, [metric, unit]
 *     0.104647843,CPU0,104.90,msec,cpu-clock,104896865,100.00,1.049,CPUs utilized
 *     <not supported>,,cycles,0.00%,0,100.00,,
 *
 * A locale with a decimal comma and `-x,` tears value and percentage apart (`40,84,msec,cpu-clock,40867487,100,00,0,…`):
 * they are joined again where the columns around them leave no doubt.
 */
import {
  addBadLine,
  emptyOutput,
  hasNumberOfMembers,
  intervalTimeNs,
  parseAggregate,
  parseMissing,
  startedOn,
} from './rows.ts';
import type { Aggregate, StatOutput, StatRow } from './rows.ts';

/** In the order they are tried; `:` last, since events have it in their names. */
const SEPARATORS = [',', ';', '\t', '|', '@', ' ', ':'] as const;
/** Rows are looked at before a separator is settled on. */
const PROBED_LINES = 32;
const MAX_ROW_LENGTH = 4096;

/** The separator with which the first line is a row and nearly all others are too; null when there is none. */
export function separatorOf(lines: readonly string[]): string | null {
  const rows = lines.filter(isContent).slice(0, PROBED_LINES);
  const fits = (separator: string): boolean => {
    const parsed = rows.map((line) => parseLine(line, separator));
    const isRow = typeof parsed[0] === 'object' && parsed[0] !== null;
    return isRow && parsed.filter((row) => row === null).length * 5 <= rows.length;
  };
  return SEPARATORS.find(fits) ?? null;
}

export function parseStatCsv(lines: Iterable<string>, separator: string): StatOutput {
  const output = emptyOutput();
  let lineNumber = 0;
  for (const line of lines) {
    lineNumber++;
    output.startedOn ??= startedOn(line);
    if (!isContent(line)) continue;
    const row = parseLine(line, separator);
    if (row === null) addBadLine(output, lineNumber, line);
    else if (row !== 'continuation') output.rows.push(row);
  }
  return output;
}

function isContent(line: string): boolean {
  return line.trim() !== '' && !line.startsWith('#');
}

/** Null when the line is no row; `continuation` for a further metric of the row above. */
function parseLine(line: string, separator: string): StatRow | 'continuation' | null {
  if (line.length > MAX_ROW_LENGTH) return null;
  const fields = line.split(separator);
  const timeNs = intervalTimeNs(fields[0]);
  if (timeNs !== null) fields.shift();
  const aggregate = takeAggregate(fields);
  if (fields.length > 4 && fields.slice(0, 4).every((field) => field.trim() === '')) return 'continuation';
  const columns = { timeNs, aggregate };
  const decimalMark = separator === ',' ? '.' : '[.,]';
  return (
    parseColumns(fields, columns, separator, decimalMark) ??
    (separator === ',' ? parseColumns(joinTornNumbers(fields), columns, separator, '.') : null)
  );
}

function takeAggregate(fields: string[]): Aggregate | null {
  const first = fields[0]?.trim() ?? '';
  if (hasNumberOfMembers(first)) {
    fields.splice(0, 2);
    return { kind: 'other', label: first };
  }
  const aggregate = parseAggregate(first);
  if (aggregate) fields.shift();
  return aggregate;
}

/** value, unit, event… from the left; run time and percentage are the first such pair behind them. */
function parseColumns(
  fields: readonly string[],
  place: { timeNs: number | null; aggregate: Aggregate | null },
  separator: string,
  decimalMark: string,
): StatRow | null {
  const number = new RegExp(`^\\d{1,20}(?:${decimalMark}\\d{1,9})?$`);
  const percentage = new RegExp(`^\\d{1,3}${decimalMark}\\d{2}$`);
  const [valueText = '', unit = ''] = fields.slice(0, 2).map((field) => field.trim());
  const missing = parseMissing(valueText);
  if (!missing && !number.test(valueText)) return null;
  if (/^\d/.test(unit)) return null;
  let runtimeAt = 3;
  while (runtimeAt < fields.length) {
    if (/^\d{1,20}$/.test(fields[runtimeAt]) && percentage.test(fields[runtimeAt + 1] ?? '')) break;
    runtimeAt++;
  }
  if (runtimeAt + 1 >= fields.length) return null;
  const names = fields.slice(2, runtimeAt);
  const spread = /^(\d{1,9}(?:[.,]\d{1,4})?)%$/.exec(names.length > 1 ? names[names.length - 1] : '');
  if (spread) names.pop();
  const event = eventName(names, separator);
  if (event === '') return null;
  return {
    ...place,
    value: missing ? null : toNumber(valueText),
    missing,
    unit,
    event,
    runtimeNs: Number(fields[runtimeAt]),
    share: toNumber(fields[runtimeAt + 1]) / 100,
    spreadShare: spread ? toNumber(spread[1]) / 100 : null,
  };
}

/** `cpu/event=0x3c` and `umask=1/` are one name that the separator cut; a name behind a whole one is the cgroup. */
function eventName(names: readonly string[], separator: string): string {
  let name = names[0].trim();
  for (let at = 1; at < names.length && (name.match(/\//g)?.length ?? 0) === 1; at++) {
    name += separator + names[at].trim();
  }
  return name;
}

/** Joins `40` and `84` before `msec`, `100` and `00` behind the run time, `1` and `90%` before it. */
function joinTornNumbers(fields: readonly string[]): string[] {
  const joined = [...fields];
  const join = (at: number): void => {
    joined.splice(at, 2, `${joined[at]}.${joined[at + 1]}`);
  };
  const isTornValue =
    /^\d+$/.test(joined[0] ?? '') && /^\d{2}$/.test(joined[1] ?? '') && /^[A-Za-z]/.test(joined[2] ?? '');
  if (isTornValue) join(0);
  for (let at = 3; at + 2 < joined.length; at++) {
    const isRuntimeAndPercentage =
      /^\d+$/.test(joined[at]) && /^\d{1,3}$/.test(joined[at + 1]) && /^\d{2}$/.test(joined[at + 2]);
    if (/^\d+$/.test(joined[at]) && /^\d{2}%$/.test(joined[at + 1])) join(at);
    else if (isRuntimeAndPercentage) {
      join(at + 1);
      break;
    }
  }
  return joined;
}

function toNumber(text: string): number {
  return Number(text.replace(',', '.'));
}
