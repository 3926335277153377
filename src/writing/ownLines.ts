/**
 * What Hugo reads in the middle of a line, and MDX only on lines of its own: comments over several lines, and notices with
 * words on the lines of their marks. No line moves: marks go to blank lines beside them.
 */
import { closesFence, leavesFence, openedFence, type Fence } from './markdownCode.ts';
import { isCodePane, NOTICE, NOTICE_END, TAB, TAB_END, TABPANE } from './shortcodes.ts';

const COMMENT = /<!--.*?-->/g;

/** As many lines; code stays as it is. */
export function ownLines(written: readonly string[]): string[] {
  const lines = [...written];
  let fence: Fence | null = null;
  let isOfCode = false;
  let isInTab = false;
  let lastWithin = -1;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at];
    if (isInTab) {
      isInTab = !TAB_END.test(line);
      continue;
    }
    if (fence !== null && leavesFence(line, fence)) fence = null;
    if (fence !== null) {
      if (closesFence(line, fence)) fence = null;
      continue;
    }
    fence = openedFence(line);
    if (fence !== null) continue;
    const pane = TABPANE.exec(line);
    if (pane) isOfCode = pane[1] === '' && isCodePane(pane[2]);
    isInTab = isOfCode && TAB.test(line) && !TAB_END.test(line);
    if (isInTab) continue;
    takeCommentOut(lines, at);
    lastWithin = openNotice(lines, at) ?? lastWithin;
    if (at > lastWithin) closeNotice(lines, at);
  }
  return lines;
}

/** A comment that goes on in the next line; one without an end is text. */
function takeCommentOut(lines: string[], at: number): void {
  const begin = lines[at].replaceAll(COMMENT, (whole) => ' '.repeat(whole.length)).indexOf('<!--');
  if (begin < 0 || isInCode(lines[at], begin)) return;
  const last = lines.findIndex((line, index) => index > at && line.includes('-->'));
  if (last < 0) return;
  lines[at] = lines[at].slice(0, begin).trimEnd();
  for (let index = at + 1; index < last; index++) lines[index] = '';
  lines[last] = lines[last].slice(lines[last].indexOf('-->') + '-->'.length);
}

/**
 * `{{% notice Note %}} Words` that go on: the mark goes to the blank line above it. Without one the notice is a part of a
 * paragraph.
 *
 * @returns the line that such a part ends in, else null
 */
function openNotice(lines: string[], at: number): number | null {
  const [indent] = /^[\s>]*/.exec(lines[at])!;
  const [mark] = [...lines[at].matchAll(NOTICE)];
  if (!mark || mark.index !== indent.length) return null;
  const rest = lines[at].slice(mark.index + mark[0].length);
  if (rest.trim() === '' || rest.search(NOTICE_END) >= 0) return null;
  if (at === 0 || !isBlank(lines[at - 1])) return closeWithin(lines, at);
  lines[at - 1] = indent + mark[0];
  lines[at] = indent + rest.trimStart();
  return null;
}

/** A notice within a paragraph ends in its last line: the mark goes there. */
function closeWithin(lines: string[], at: number): number | null {
  const end = lines.findIndex((line, index) => index > at && (isBlank(line) || line.search(NOTICE_END) >= 0));
  if (end < 0 || isBlank(lines[end])) return null;
  if (!isBlank(lines[end].replace(NOTICE_END, ''))) return end;
  lines[end - 1] += lines[end].trim();
  lines[end] = '';
  return end;
}

/** Blank but for the marks of a quotation. */
function isBlank(line: string): boolean {
  return line.replaceAll('>', '').trim() === '';
}

/** `words {{% /notice %}}` of a notice that began above: the mark goes to the blank line below it. */
function closeNotice(lines: string[], at: number): void {
  const [mark, second] = [...lines[at].matchAll(NOTICE_END)];
  if (!mark || second || lines[at].search(NOTICE) >= 0) return;
  const before = lines[at].slice(0, mark.index);
  const after = lines[at].slice(mark.index + mark[0].length);
  if (isBlank(before) || after.trim() !== '' || isInCode(lines[at], mark.index)) return;
  if (at + 1 < lines.length && !isBlank(lines[at + 1])) return;
  lines[at] = before.trimEnd();
  lines[at + 1] = /^[\s>]*/.exec(before)![0] + mark[0];
}

/** Between backticks that begin in this line. */
function isInCode(line: string, index: number): boolean {
  return (line.slice(0, index).match(/`+/g)?.length ?? 0) % 2 === 1;
}
