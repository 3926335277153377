/** What the lines of llama.cpp's log have in common, whatever they say. */

/** llama.cpp's own lines are short; what is longer is somebody's text, of which the start is enough. */
export const MAX_LINE_CHARACTERS = 4096;

/**
 * What llama.cpp's log puts before a message: `M.SS.mmm.uuu L ` with --log-prefix --log-timestamps, the letter of the
 * level alone with --log-prefix (common/log.cpp, `common_log_entry::print`).
 */
const LOG_PREFIX = /^(?:\d+\.\d\d\.\d{3}\.\d{3} )?[IWED] /;

/**
 * What programs that carry a log put before each line: journald (`Nov 24 20:00:00 host llama-server[123]: `, with
 * `-o short-iso` `2026-11-24T20:00:00+0100 host llama-server[123]: `), docker compose (`llama-1  | `), llama-server for the servers
 * it started (`[42027] `), times of docker,
 * kubectl and CI services (`2026-11-24T20:00:00.123456789Z `), Android's logcat (`11-24 20:00:00.123  1234  1240 I llama   : `).
 */
const CARRIER =
  /^(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,9})? \S{1,255} [^\s[\]]{1,64}\[\d{1,10}\]: |\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.,\d]{0,10}(?:Z|[+-]\d\d:?\d\d) (?:\S{1,255} [^\s[\]]{1,64}\[\d{1,10}\]: )?|[\w.-]{1,64} {1,64}\| |\[\d{1,5}\] |\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} {1,8}\d{1,10} {1,8}\d{1,10} [VDIWEF] [^:]{1,64}: )/;

/** The line without what a log's carrier put before it, cut at a length no line of llama.cpp reaches. */
export function carriedLine(line: string): string {
  return line.slice(0, MAX_LINE_CHARACTERS).replace(CARRIER, '');
}

/** What llama-server put before the lines of a request's timings, from 2024 to 2025: a carriage return. */
const CARRIAGE_RETURN = /^\r/;

/** The line without the prefixes of its carrier and of the log itself. */
export function bareLine(line: string): string {
  return carriedLine(line).replace(LOG_PREFIX, '').replace(CARRIAGE_RETURN, '');
}

/** One `function: key = value` line. */
export interface KeyValue {
  /** The C++ function that printed it: `print_info`, `llama_context`. */
  scope: string;
  key: string;
  value: string;
}

/** Splits `print_info: n_embd           = 512`; null for any other line. */
export function keyValue(line: string): KeyValue | null {
  const colon = line.indexOf(':');
  const equals = line.indexOf('=', colon);
  if (colon <= 0 || equals < 0) return null;
  const scope = line.slice(0, colon).trim();
  if (scope.includes(' ')) return null;
  return { scope, key: line.slice(colon + 1, equals).trim(), value: line.slice(equals + 1).trim() };
}

/**
 * A number as C's printf wrote it, with a decimal point or, in some locales, a comma; null for `inf`, `nan`, `-nan` and
 * what is no number.
 */
export function decimal(text: string): number | null {
  if (!/^-?\d+(?:[.,]\d+)?$/.test(text)) return null;
  return Number(text.replace(',', '.'));
}

/** A non-negative integer that a number holds exactly; null for anything else. */
export function count(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}
