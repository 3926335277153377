/**
 * `simpleperf stat` (AOSP system/extras/simpleperf/cmd_stat.cpp, `CounterSummaries::Show`), as text
 *
 *     Performance counter statistics:
 *
 *     #          count  event_name                # count / runtime
 *            9,654,318  cpu-cycles                # 1.234 GHz
 *       12888.605049(ms)  task-clock              # 5.478707 cpus used
 *
 *     Total test time: 2.352 seconds.
 *
 * and with `--csv` (`Performance counter statistics,`, then `9654318,cpu-cycles,1.234,GHz,`). With `--interval` the whole
 * block repeats; its counts go on from the start of the recording unless `--interval-only-values` was given.
 */
import { addBadLine, emptyOutput } from './rows.ts';
import type { Aggregate, StatOutput, StatRow } from './rows.ts';

const TITLE = /^Performance counter statistics[:,]\s*$/;
const TOTAL_TIME = /^Total test time[:,]\s*(\d{1,9}(?:\.\d{1,9})?)[, ]\s*seconds/;
const TEXT_VALUE = /^(\d[\d,]{0,40}(?:\.\d{1,9})?)(\(ms\))?$/;
const CSV_VALUE = /^(\d{1,20}(?:\.\d{1,9})?)(\(ms\))?$/;
const SHARE = /\((\d{1,3})%\)\s*$/;
const GENERATED = ' (generated)';
const MAX_ROW_LENGTH = 4096;

/** True for the title that tells this form. */
export function isSimpleperfLine(line: string): boolean {
  return TITLE.test(line.slice(0, 100));
}

export function parseSimpleperfStat(lines: Iterable<string>): StatOutput {
  const output = emptyOutput();
  const blocks: StatRow[][] = [];
  const times: (number | null)[] = [];
  let isCsv = false;
  let lineNumber = 0;
  for (const line of lines) {
    lineNumber++;
    if (isSimpleperfLine(line)) {
      isCsv = line.includes('statistics,');
      blocks.push([]);
      times.push(null);
      continue;
    }
    const block = blocks.at(-1);
    if (!block || line.trim() === '' || line.startsWith('#') || line.length > MAX_ROW_LENGTH) continue;
    const total = TOTAL_TIME.exec(line);
    if (total) {
      times[times.length - 1] = Number(total[1]) * 1e9;
      continue;
    }
    const row = isCsv ? parseCsvRow(line) : parseTextRow(line);
    if (row) block.push(row);
    else if (times.at(-1) === null) addBadLine(output, lineNumber, line);
  }
  if (blocks.length === 1) {
    output.rows = blocks[0];
    if (times[0] !== null) output.elapsed = { seconds: times[0] / 1e9, spreadSeconds: null };
  } else {
    output.rows = intervalRows(blocks, times);
  }
  return output;
}

/** `  9,654,318  cpu-cycles   # 1.2 GHz`, with `--per-thread` and `--per-core` columns in front. */
function parseTextRow(line: string): StatRow | null {
  const comment = line.search(/\s#(?:\s|$)/);
  const share = SHARE.exec(line);
  const columns = (comment >= 0 ? line.slice(0, comment) : line.replace(SHARE, '')).trim().split(/ {2,}|\t/);
  const valueAt = columns.findIndex((column, at) => at === columns.length - 2 && TEXT_VALUE.test(column));
  if (valueAt === -1) return null;
  return toRow(columns[valueAt].replaceAll(',', ''), columns[valueAt + 1], columns.slice(0, valueAt), share);
}

/** `[thread,pid,tid,][cpu,]count,event,comment value,comment unit,[(generated),]`. */
function parseCsvRow(line: string): StatRow | null {
  const fields = line.split(',').map((field) => field.trim());
  const eventAt = fields.findIndex(
    (field, at) => at > 0 && /^[A-Za-z]/.test(field) && CSV_VALUE.test(fields[at - 1]),
  );
  if (eventAt === -1) return null;
  const name = fields.includes('(generated)') ? fields[eventAt] + GENERATED : fields[eventAt];
  return toRow(fields[eventAt - 1], name, fields.slice(0, eventAt - 1), SHARE.exec(line));
}

function toRow(
  valueText: string,
  name: string,
  place: readonly string[],
  share: RegExpExecArray | null,
): StatRow | null {
  const value = CSV_VALUE.exec(valueText);
  if (!value) return null;
  return {
    timeNs: null,
    aggregate: aggregateOf(place),
    value: Number(value[1]),
    missing: null,
    unit: value[2] ? 'msec' : '',
    event: name.endsWith(GENERATED) ? name.slice(0, -GENERATED.length) : name,
    runtimeNs: null,
    share: share ? Number(share[1]) / 100 : null,
    spreadShare: null,
  };
}

/** Columns in front: `thread_name pid tid`, or the CPU. */
function aggregateOf(place: readonly string[]): Aggregate | null {
  const last = place.at(-1);
  if (last === undefined || !/^\d{1,10}$/.test(last)) return null;
  if (place.length >= 3) return { kind: 'thread', comm: place[0], tid: Number(last) };
  return place.length === 1 ? { kind: 'cpu', cpu: Number(last) } : null;
}

/** Counts that never fall from block to block go on from the start: each block's own share is the difference. */
function intervalRows(blocks: readonly StatRow[][], times: readonly (number | null)[]): StatRow[] {
  const last = new Map<string, number>();
  const keyOf = (row: StatRow): string => `${row.event}\0${JSON.stringify(row.aggregate)}`;
  const isCumulative = blocks.every((block) =>
    block.every((row) => {
      const before = last.get(keyOf(row)) ?? 0;
      last.set(keyOf(row), row.value ?? 0);
      return (row.value ?? 0) >= before;
    }),
  );
  last.clear();
  return blocks.flatMap((block, index) =>
    block.map((row) => {
      const before = isCumulative ? (last.get(keyOf(row)) ?? 0) : 0;
      last.set(keyOf(row), row.value ?? 0);
      return { ...row, value: (row.value ?? 0) - before, timeNs: times[index] };
    }),
  );
}
