/**
 * `perf stat -j` (tools/perf/util/stat-display.c, `print_*_json`): one object a line.
 *
 *     {"interval" : 0.101738624, "counter-value" : "100346744.000000", "unit" : "", "event" : "cycles",
 *      "event-runtime" : 100391664, "pcnt-running" : 100.00, "metric-value" : "0.997701", "metric-unit" : "GHz"}
 *
 * In a locale with a decimal comma perf writes `100,00` and the line is no JSON: the comma is mended.
 */
import { MAX_SECONDS, addBadLine, emptyOutput, parseAggregate, parseMissing, startedOn } from './rows.ts';
import type { Aggregate, StatOutput, StatRow } from './rows.ts';

const MAX_LINE_LENGTH = 65_536;
/** Names of the aggregate, by the mode it was printed in. */
const AGGREGATE_KEYS = ['core', 'die', 'cluster', 'cache', 'socket', 'node'] as const;

/** True for a line of this form, whole or damaged by a locale. */
export function isStatJsonLine(line: string): boolean {
  return /^\s*\{/.test(line) && line.includes('"counter-value"') && line.includes('"event"');
}

export function parseStatJson(lines: Iterable<string>): StatOutput {
  const output = emptyOutput();
  let lineNumber = 0;
  for (const line of lines) {
    lineNumber++;
    output.startedOn ??= startedOn(line);
    if (line.trim() === '' || line.startsWith('#')) continue;
    const fields = parseObject(line);
    const row = fields && parseFields(fields);
    if (row) output.rows.push(row);
    // An object with metrics only belongs to the event before it.
    else if (!fields || fields.has('counter-value')) addBadLine(output, lineNumber, line);
  }
  return output;
}

function parseObject(line: string): Map<string, unknown> | null {
  if (line.length > MAX_LINE_LENGTH) return null;
  for (const text of [line, withoutDecimalCommas(line)]) {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        return new Map(Object.entries(value));
      }
    } catch {
      // The second spelling is the last.
    }
  }
  return null;
}

/** `: 100,00, "` is a number that a locale tore apart; within quotes nothing follows a colon directly. */
function withoutDecimalCommas(line: string): string {
  return line.replace(/: (-?\d{1,20}),(\d{1,9})(?=\s?[,}])/g, ': $1.$2');
}

function parseFields(fields: ReadonlyMap<string, unknown>): StatRow | null {
  const valueText = fields.get('counter-value');
  const event = fields.get('event');
  if (typeof valueText !== 'string' || typeof event !== 'string' || event === '') return null;
  const missing = parseMissing(valueText);
  const value = missing ? null : decimal(valueText);
  if (!missing && (value === null || value < 0)) return null;
  const interval = fields.get('interval') ?? fields.get('timestamp');
  if (typeof interval === 'number' && !(interval >= 0 && interval <= MAX_SECONDS)) return null;
  const running = decimal(fields.get('pcnt-running'));
  const spread = decimal(fields.get('variance'));
  return {
    timeNs: typeof interval === 'number' ? Math.round(interval * 1e9) : null,
    aggregate: aggregateOf(fields),
    value,
    missing,
    unit: typeof fields.get('unit') === 'string' ? (fields.get('unit') as string) : '',
    event,
    runtimeNs: decimal(fields.get('event-runtime')),
    share: running === null ? null : running / 100,
    spreadShare: spread === null ? null : spread / 100,
  };
}

function aggregateOf(fields: ReadonlyMap<string, unknown>): Aggregate | null {
  const cpu = decimal(fields.get('cpu'));
  if (cpu !== null) return Number.isInteger(cpu) && cpu >= 0 ? { kind: 'cpu', cpu } : null;
  const thread = fields.get('thread');
  if (typeof thread === 'string') return parseAggregate(thread) ?? { kind: 'other', label: thread };
  for (const key of AGGREGATE_KEYS) {
    const label = fields.get(key);
    if (typeof label === 'string') return { kind: 'other', label };
  }
  return null;
}

/** A number, or one as text with a decimal point or comma; null for anything else. */
function decimal(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || !/^-?\d{1,20}(?:[.,]\d{1,9})?$/.test(value)) return null;
  return Number(value.replace(',', '.'));
}
