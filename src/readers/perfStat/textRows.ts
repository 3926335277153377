/**
 * `perf stat` for people (tools/perf/util/stat-display.c, `print_counter_aggr` and `print_footer`), in any locale:
 *
 *      Performance counter stats for './demo 8 20000000' (3 runs):
 *
 *                 85.53 msec cpu-clock                        #    0.984 CPUs utilized            ( +-  2.54% )
 *                 2.104      page-faults                      #   25,312 K/sec                    ( +-  0,07% )  (33,33%)
 *       <not supported>      cycles
 *
 *               0.08687 +- 0.00321 seconds time elapsed  ( +-  3.70% )
 *
 * and with `-I`, where each row starts with the time:
 *
 *     #           time             counts unit events
 *          0.103759230              97.94 msec cpu-clock                        #    0.979 CPUs utilized
 *
 * The text stands among whatever the program printed, so only what is between title and footer, or behind a time, counts.
 */
import {
  addBadLine,
  emptyOutput,
  hasNumberOfMembers,
  intervalTimeNs,
  localisedNumber,
  parseAggregate,
  parseMissing,
  startedOn,
} from './rows.ts';
import type { Aggregate, StatDuration, StatOutput, StatRow } from './rows.ts';

const TITLE = /^ ?Performance counter stats for (.*):$/;
const INTERVAL_HEADER = /^# +time +(?:\S+ +){0,3}counts +unit +events/;
const DURATION = /^\s*(\d[\d.,]{0,30})(?: \+- (\d[\d.,]{0,30}))?\s+seconds (time elapsed|user|sys)\b/;
const RUNS = / \((\d{1,6}) runs\)$/;
const SPREAD = /\( *\+- *(\d[\d.,]{0,12})% *\)/;
const SHARE = /\((\d[\d.,]{0,12})%\)\s*$/;
/** What stands beside a number in a table of metrics (`--metric-only`). */
const NO_EVENT = /^[\d.,%]+$/;
/** Only blanks of ASCII part columns: French prints a thin space between thousands. */
const COLUMN_GAP = /[ \t]+/;
/** Longer lines are no rows. */
const MAX_ROW_LENGTH = 2048;

/** True when a line is a title or the header of intervals: what tells this form of output. */
export function isStatTextLine(line: string): boolean {
  return line.length <= 65_536 && (TITLE.test(line) || INTERVAL_HEADER.test(line));
}

export function parseStatText(lines: Iterable<string>): StatOutput {
  const output = emptyOutput();
  let isInTable = false;
  let isInFooter = false;
  let lineNumber = 0;
  for (const line of lines) {
    lineNumber++;
    output.startedOn ??= startedOn(line);
    const title = line.length <= 65_536 ? TITLE.exec(line) : null;
    if (title) {
      isInTable = true;
      isInFooter = false;
      addTitle(output, title[1]);
      continue;
    }
    if (line.length > MAX_ROW_LENGTH || line.startsWith('#') || line.trim() === '') continue;
    if (isInTable && addDuration(output, line)) {
      isInFooter = true;
      continue;
    }
    // Behind the first duration only others belong to the table.
    if (isInFooter) isInTable = false;
    const row = parseRow(line, isInTable);
    if (row) output.rows.push(row);
    else if (isInTable && !isContinuation(line)) addBadLine(output, lineNumber, line);
  }
  return output;
}

function addTitle(output: StatOutput, subject: string): void {
  const runs = RUNS.exec(subject);
  output.runs = runs ? Number(runs[1]) : null;
  const what = runs ? subject.slice(0, runs.index) : subject;
  output.command = what.startsWith("'") && what.endsWith("'") ? what.slice(1, -1) : what;
}

function addDuration(output: StatOutput, line: string): boolean {
  const match = DURATION.exec(line);
  if (!match) return false;
  const seconds = localisedNumber(match[1], true);
  const spreadSeconds = match[2] === undefined ? null : localisedNumber(match[2], true);
  if (seconds === null) return false;
  const duration: StatDuration = { seconds, spreadSeconds };
  if (match[3] === 'time elapsed') output.elapsed = duration;
  else if (match[3] === 'user') output.user = duration;
  else output.system = duration;
  return true;
}

/** A further metric of the event above: nothing but a comment. */
function isContinuation(line: string): boolean {
  return /^\s*(?:\d+\.\d{9}\s+)?#/.test(line);
}

/** A row of the table; without a table only one that starts with a time. */
function parseRow(line: string, isInTable: boolean): StatRow | null {
  const comment = line.search(/\s#\s/);
  const tail = line.slice(Math.max(comment, 0));
  const spread = SPREAD.exec(tail);
  const share = SHARE.exec(tail);
  const bare = comment >= 0 ? line.slice(0, comment) : line.replace(SPREAD, '').replace(SHARE, '');
  const columns = bare.trim().split(COLUMN_GAP);
  const timeNs = intervalTimeNs(columns[0]);
  if (timeNs !== null) columns.shift();
  else if (!isInTable) return null;

  const aggregate = takeAggregate(columns);
  const missing = columns[0] === '<not' ? parseMissing(`${columns.shift()} ${columns.shift()}`) : null;
  const valueText = missing ? '' : (columns.shift() ?? '');
  const { unit, event } = unitAndEvent(columns, valueText);
  if (event === '' || NO_EVENT.test(event)) return null;
  const value = missing ? null : localisedNumber(valueText, unit !== '');
  if (!missing && value === null) return null;
  return {
    timeNs,
    aggregate,
    value,
    missing,
    unit,
    event,
    runtimeNs: null,
    // perf prints the share only when it is not the whole time.
    share: share ? percent(share[1]) : 1,
    spreadShare: spread ? percent(spread[1]) : null,
  };
}

/** Takes `CPU0`, `S0-D0-C0  1` or a thread (whose name may have blanks) off the front. */
function takeAggregate(columns: string[]): Aggregate | null {
  const first = columns[0] ?? '';
  if (hasNumberOfMembers(first) && /^\d+$/.test(columns[1] ?? '')) {
    columns.splice(0, 2);
    return { kind: 'other', label: first };
  }
  // A thread's name and id stand before the value: look at the column before it.
  const valueAt = columns.findIndex(
    (column) => column === '<not' || /^\d[\d.,'’\u00a0\u202f]*$/.test(column),
  );
  if (valueAt <= 0) return null;
  const aggregate = parseAggregate(columns.slice(0, valueAt).join(' '));
  if (aggregate) columns.splice(0, valueAt);
  return aggregate;
}

/** `msec cpu-clock`, `page-faults`, `cycles [armv8_cortex_a55]`; a third word is the cgroup. */
function unitAndEvent(columns: readonly string[], valueText: string): { unit: string; event: string } {
  const names = columns.filter((column) => column !== '');
  const pmu = names.length > 1 && /^\[[\w.-]+\]$/.test(names[names.length - 1]) ? ` ${names.pop()}` : '';
  const [first = '', second] = names;
  if (second === undefined) return { unit: '', event: `${first}${pmu}` };
  // Values with a unit have two decimals; a whole number followed by two words is an event and its cgroup.
  const hasUnit = /[.,]\d{2}$/.test(valueText) || (valueText === '' && /^[A-Za-z%]{1,8}$/.test(first));
  return hasUnit ? { unit: first, event: `${second}${pmu}` } : { unit: '', event: `${first}${pmu}` };
}

function percent(text: string): number | null {
  const value = localisedNumber(text, true);
  return value === null ? null : value / 100;
}
