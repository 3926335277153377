/** What the lines of llama.cpp's log have in common, whatever they say. */

/** llama.cpp's own lines are short; what is longer is somebody's text, of which the start is enough. */
export const MAX_LINE_CHARACTERS = 4096;

/** `M.SS.mmm.uuu L `: minutes, seconds, milliseconds, microseconds and level, as `--log-timestamps --log-prefix` write it. */
const LOG_PREFIX = /^\d+\.\d\d\.\d{3}\.\d{3} [A-Z] /;

/** The line without the log's own prefix, cut at a length no line of llama.cpp reaches. */
export function bareLine(line: string): string {
  return line.slice(0, MAX_LINE_CHARACTERS).replace(LOG_PREFIX, '');
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
