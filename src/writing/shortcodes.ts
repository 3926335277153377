/**
 * Hugo's shortcodes that pages of Arm Learning Paths are written with. Parameters are words, or texts between double quotes
 * or backticks (Hugo, "Shortcodes"); those of notices and panes are read as that site's theme reads them.
 */

const QUOTED = String.raw`"(?:[^"\\]|\\.)*"|\x60[^\x60]*\x60`;
/** Parameters up to the end of the shortcode, which may stand in a text. A quote counts by itself only when none closes it. */
const PARAMETERS = String.raw`((?:${QUOTED}|(?!${QUOTED}|[%>]\}\}).)*?)`;

/** A notice with its parameters. */
export const NOTICE = new RegExp(String.raw`\{\{[%<]\s*notice(?![\w-])${PARAMETERS}[%>]\}\}`, 'g');
export const NOTICE_END = /\{\{[%<]\s*\/\s*notice\s*[%>]\}\}/g;
/** A pane: a slash for its end, and its parameters. */
export const TABPANE = new RegExp(String.raw`\{\{[%<]\s*(\/?)\s*tabpane(?!\w)${PARAMETERS}[%>]\}\}`);
/** A tab with its parameters. */
export const TAB = new RegExp(String.raw`\{\{[%<]\s*tab(?![\w-])${PARAMETERS}[%>]\}\}`);
export const TAB_END = /\{\{[<%]\s*\/\s*tab\s*[%>]\}\}/;

/** The words of a notice's heading: all of its parameters. A kind that is one word is told in small letters. */
export function noticeKind(parameters: string): string {
  const title = parameter(parameters, 'title');
  const words =
    title ??
    parameters
      .replaceAll(/(?<![\w-])[\w-]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|`[^`]*`)/g, '')
      .replaceAll(/"((?:[^"\\]|\\.)*)"|`([^`]*)`/g, (_, quoted?: string, raw?: string) => quoted ?? raw ?? '')
      .replaceAll(/\s+/g, ' ')
      .trim();
  if (words === '') return 'note';
  return /^[A-Z][a-z]+$/.test(words) ? words.toLowerCase() : words;
}

/** A pane holds code, but where it says otherwise: `tabpane-normal`, `code=false`, `text=true`. */
export function isCodePane(parameters: string): boolean {
  return !/^-normal\b/.test(parameters) && !/\bcode\s*=\s*"?false|\btext\s*=\s*"?true/.test(parameters);
}

/** A parameter by its name; null when it is not there. */
export function parameter(parameters: string, name: string): string | null {
  const found = new RegExp(
    String.raw`(?<![\w-])${name}\s*=\s*(?:"((?:[^"\\]|\\.)*)"|\x60([^\x60]*)\x60|([^\s"\x60]+))`,
  ).exec(parameters);
  if (!found) return null;
  return found[1]?.replaceAll(/\\(.)/g, '$1') ?? found[2] ?? found[3];
}
