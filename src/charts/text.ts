/** Text from captures made fit to print: names come from files and may hold anything. */
import { printable } from '../report/printable.ts';

export { printable };

/** Escapes text for HTML or XML content and attribute values in double quotes. */
export function escaped(text: string): string {
  return printable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** In an escaped symbol name a line may break after `_`, `::`, `,`, `<`, `(`, `.` and `/`, but not at its end. */
const BREAK_AFTER = /(?:_+|::|[,(./]|&lt;)(?=.)/g;

/** A symbol name as HTML, with a break opportunity between its parts. */
export function symbolHtml(name: string): string {
  return escaped(name).replace(BREAK_AFTER, '$&<wbr>');
}

/** Words that are names of symbols or events: they hold an underscore or a scope. */
export const SYMBOL_IN_SENTENCE = /[\w~]*(?:_|::)[\w:~]*\w/g;

/** A sentence as HTML: names of symbols in mono, with break opportunities. */
export function sentenceHtml(sentence: string): string {
  return escaped(sentence).replace(
    SYMBOL_IN_SENTENCE,
    (name) => `<code class="symbol">${name.replace(/_+|::/g, '$&<wbr>')}</code>`,
  );
}

/** A sentence as the content of an SVG text element: names of symbols in mono, where `x` between digits stays an x. */
export function sentenceSvg(sentence: string): string {
  return escaped(sentence).replace(SYMBOL_IN_SENTENCE, (name) => `<tspan class="mono">${name}</tspan>`);
}

/** At most `length` characters, with an ellipsis in the middle: both ends of a kernel's name tell it apart. */
export function shortened(name: string, length: number): string {
  const characters = [...printable(name)];
  if (characters.length <= length) return characters.join('');
  const head = Math.ceil((length - 1) * 0.6);
  const tail = Math.max(0, length - 1 - head);
  return `${characters.slice(0, head).join('')}…${tail === 0 ? '' : characters.slice(-tail).join('')}`;
}

/** The name from its beginning of meaning: without namespaces, parameters and template arguments. */
export function baseName(name: string): string {
  let depth = 0;
  let plain = '';
  for (const character of printable(name)) {
    if (character === '<' || character === '(') depth++;
    if (depth === 0) plain += character;
    if (character === '>' || character === ')') depth = Math.max(0, depth - 1);
  }
  const last = plain.trim().split('::').at(-1)?.trim() ?? '';
  return /[a-zA-Z0-9]/.test(last) ? last : printable(name);
}
