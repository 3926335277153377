/** CSV twins of tables (RFC 4180), safe to open in a spreadsheet and in a terminal. */
import { printable } from './printable.ts';

/**
 * A text that a spreadsheet would take for a formula gets a leading apostrophe; it is shown as text then. Blanks before the
 * sign are skipped, and East Asian versions take the wide signs too.
 */
const LOOKS_LIKE_FORMULA = /^(?:[\s\uFEFF]*[=+\-@＝＋－＠]|[\t\r\n])/;

/** One CSV document with CRLF line ends; numbers as they are, null as an empty field. */
export function toCsv(
  header: readonly string[],
  rows: Iterable<readonly (string | number | boolean | null)[]>,
): string {
  const lines = [header.map(field).join(',')];
  for (const row of rows) lines.push(row.map(field).join(','));
  return lines.join('\r\n') + '\r\n';
}

function field(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = printable(LOOKS_LIKE_FORMULA.test(value) ? `'${value}` : value);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
