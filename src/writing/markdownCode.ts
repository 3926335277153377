/**
 * Where Markdown holds code, so that it can be left as it is: fenced blocks and spans between backticks, by the rules of
 * CommonMark. Enough to change what stands around it; what a page really renders says only the parsed page (mdxTree.ts).
 */

/** A fence that is open. */
export interface Fence {
  marker: string;
  /** Column that the code must keep to stay in the list item that the fence stands in; 0 outside of lists. */
  column: number;
}

const FENCE = /^((?:\s|>|[-*+]\s|\d{1,9}[.)]\s)*)(`{3,}(?=[^`]*$)|~{3,})/;

/** The fence that a line opens. Backticks behind its marker would make it a span of code in a line of text. */
export function openedFence(line: string): Fence | null {
  const found = FENCE.exec(line);
  if (!found) return null;
  const [, before, marker] = found;
  return { marker, column: /[-*+\d]/.test(before) && !before.includes('>') ? before.length : 0 };
}

/** True for the line that ends a fence: at least as many marks as opened it, and nothing behind them. */
export function closesFence(line: string, { marker }: Fence): boolean {
  const marks = /^[\s>]*(`{3,}|~{3,})\s*$/.exec(line)?.[1];
  return marks?.startsWith(marker) ?? false;
}

/** True for a line that stands outside of the list item in which the fence was opened: the fence ends before it. */
export function leavesFence(line: string, { column }: Fence): boolean {
  return line.trim() !== '' && line.length - line.trimStart().length < column;
}

/** Lines that begin a block of their own. */
const BLOCK_START = /^\s*(?:#{1,6}\s|>|[-*+]\s|\d{1,9}[.)]\s|<|\{|\||(?:[-*_]\s*){3,}$|:{3})/;
/** Lines that are a whole block. */
const WHOLE_BLOCK = /^\s*(?:#{1,6}\s|\||\{\{)/;

/**
 * The lines of a paragraph, each cut into text and code in turn: text stands at even places, code at odd ones. A span of
 * code ends with as many backticks as it began with and may go on over lines; a backtick behind a backslash begins none.
 *
 * @param from line that the paragraph begins with
 */
export function paragraphParts(lines: readonly string[], from: number): string[][] {
  let end = from + 1;
  while (
    end < lines.length &&
    !WHOLE_BLOCK.test(lines[end - 1]) &&
    lines[end].trim() !== '' &&
    !BLOCK_START.test(lines[end]) &&
    openedFence(lines[end]) === null
  ) {
    end += 1;
  }
  const parts: string[][] = [['']];
  let isCode = false;
  const add = (text: string): void => {
    text.split('\n').forEach((piece, index) => {
      if (index > 0) parts.push(isCode ? ['', ''] : ['']);
      const line = parts[parts.length - 1];
      line[line.length - 1] += piece;
    });
  };
  for (const [code, text] of spans(lines.slice(from, end).join('\n'))) {
    if (code !== isCode) parts[parts.length - 1].push('');
    isCode = code;
    add(text);
  }
  return parts;
}

/** Pieces of a text with whether they are code. */
function spans(text: string): [isCode: boolean, text: string][] {
  const runs = [...text.matchAll(/`+/g)].map(({ index, 0: { length } }) => ({ index, length }));
  const pieces: [boolean, string][] = [];
  let done = 0;
  for (let at = 0; at < runs.length; at += 1) {
    const isEscaped = (/\\*$/.exec(text.slice(done, runs[at].index))?.[0].length ?? 0) % 2 === 1;
    const start = runs[at].index + (isEscaped ? 1 : 0);
    const length = runs[at].length - (isEscaped ? 1 : 0);
    // Within code a backslash is a backslash: the run that ends it counts in full.
    const close = length === 0 ? -1 : runs.findIndex((run, index) => index > at && run.length === length);
    if (close < 0) continue;
    const end = runs[close].index + length;
    pieces.push([false, text.slice(done, start)], [true, text.slice(start, end)]);
    done = end;
    at = close;
  }
  pieces.push([false, text.slice(done)]);
  return pieces;
}
