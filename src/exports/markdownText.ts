/** Markdown as text: whatever a capture contains stays words, in any flavour and also where HTML is allowed. */
import { printable } from '../report/printable.ts';

/** Characters that mean something in Markdown, in HTML, in MDX or in Hugo's shortcodes. */
const SPECIAL = /[\\`*_[\]<>{}|#!~$&]/g;
/** Words as the text of a paragraph or of a table cell, on one line. */
export function markdownText(text: string): string {
  const line = oneLine(text).replaceAll(SPECIAL, (character) => ENTITIES[character] ?? `\\${character}`);
  // At the beginning of a line these would open a list, a heading or a quotation.
  return line.replace(/^(\s*\d+)([.)])(?=\s|$)/, '$1\\$2').replace(/^(\s*)([-+=])/, '$1\\$2');
}

/** Entities hold in every flavour; a backslash before `<` or `{` does not. */
const ENTITIES: Record<string, string> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '{': '&#123;',
  '}': '&#125;',
  '|': '&#124;',
};

/**
 * A name in mono, whatever it holds: the fence is longer than any run of backticks in it. Hugo looks for shortcodes in code
 * too, where nothing can be escaped: a name with one is set as text.
 */
export function markdownCode(text: string): string {
  if (/\{\{[<%]/.test(text)) return markdownText(text);
  const line = oneLine(text).replaceAll('|', '¦');
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  const pad = longest > 0 || line.trim() === '' ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** Names of functions and events in a sentence stand in mono, the rest is text. */
export function markdownSentence(sentence: string): string {
  return oneLine(sentence)
    .split(/(\b[\w~]*(?:_|::)[\w:~]*\w)/)
    .map((part, index) => (index % 2 === 1 ? markdownCode(part) : markdownText(part)))
    .join('');
}

/** A table; cells are Markdown already. Empty for no rows. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line), ''].join('\n');
}

function oneLine(text: string): string {
  return printable(text.replaceAll(/\s+/g, ' '));
}
