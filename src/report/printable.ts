/** Text from captures without the characters that no page and no file may hold. */

/**
 * Control characters and lone surrogates, which no page and no SVG file may hold; line and paragraph separators; marks,
 * embeddings and overrides of direction, which show a text in another order; and characters that nobody sees, which make two
 * names look like one. Joiners and soft hyphens stay: scripts and people use them.
 */
const UNPRINTABLE =
  // oxlint-disable-next-line no-control-regex -- these are the characters that must go
  /[\u0000-\u001F\u007F-\u009F\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\uFFFE\uFFFF\u{E0000}-\u{E007F}]|\p{Surrogate}/gu;

/** Marks that a letter carries beyond what scripts need: they stack over the lines around them, as one word without a break. */
const STACKED_MARKS = /(\p{M}{4})\p{M}+/gu;

/** Most names are plain ASCII: a quick look spares them the expensive one. */
const PLAIN = /^[ -~]*$/;

/** The text with every unprintable character, and every stack of marks beyond the fourth, shown as U+FFFD. */
export function printable(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNPRINTABLE, '\uFFFD').replace(STACKED_MARKS, '$1\uFFFD');
}
