/** Names of functions and images as markup. */
import { escaped, shortened, symbolHtml } from '../../charts/text.ts';

/** Names beyond this are shown shortened and open to their full length. */
const LONGEST_NAME = 160;

/** A symbol in mono, broken at underscores; a very long one opens to its full length. */
export function symbolMarkup(name: string): string {
  const full = `<code class="symbol">${symbolHtml(name)}</code>`;
  if (name.length <= LONGEST_NAME) return full;
  return `<details class="long-name"><summary><code class="symbol">${symbolHtml(shortened(name, LONGEST_NAME))}</code></summary>${full}</details>`;
}

/** The same without anything to open, for places that open already; the full name is the tooltip of a shortened one. */
export function plainSymbolMarkup(name: string): string {
  if (name.length <= LONGEST_NAME) return `<code class="symbol">${symbolHtml(name)}</code>`;
  return `<code class="symbol" title="${escaped(name)}">${symbolHtml(shortened(name, LONGEST_NAME))}</code>`;
}

/** True when `plainSymbolMarkup` does not show the whole name. */
export function isShortened(name: string): boolean {
  return name.length > LONGEST_NAME;
}
