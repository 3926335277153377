/** Text from captures without the characters that no page and no file may hold. */

/** Control characters, lone surrogates and direction overrides: none may reach a page or an SVG file. */
// oxlint-disable-next-line no-control-regex -- these are the characters that must go
const UNPRINTABLE = /[\u0000-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]|\p{Surrogate}/gu;

/** Most names are plain ASCII: a quick look spares them the expensive one. */
const PLAIN = /^[ -~]*$/;

/** The text with every unprintable character shown as U+FFFD. */
export function printable(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNPRINTABLE, '\uFFFD');
}
