/** Which lines of a page lie in fenced code: what stands there is shown, not embedded or quoted. */

/** Within a quotation or a list, too. */
const FENCE = /^[ \t>]*(?:[-*+][ \t]+|\d+[.)][ \t]+)?(`{3,}(?=[^`]*$)|~{3,})([^]*)$/;
/** Directives of MyST that show code; `{.html}` and `{#id}` are attributes of code in Pandoc. */
const CODE_DIRECTIVE =
  /^\{(?:code|code-block|code-cell|sourcecode|parsed-literal|literalinclude|[.#][^}]*)\}/;

interface Fence {
  marks: string;
  /** Line of the opening, from 0. */
  first: number;
  isCode: boolean;
}

/**
 * A directive (`` ```{raw} html ``, `` ```{note} ``, `` ```{=html} ``) holds content, and may hold fences itself. A fence
 * that is never closed hides nothing: in other languages than Markdown the marks mean nothing.
 *
 * @returns a flag for each line
 */
export function fencedLines(lines: readonly string[]): boolean[] {
  const isFenced = lines.map(() => false);
  const open: Fence[] = [];
  for (const [index, line] of lines.entries()) {
    const match = FENCE.exec(line);
    if (match === null) continue;
    const marks = match[1];
    const info = match[2].trim();
    const closed = info === '' ? open.findLastIndex((fence) => marks.startsWith(fence.marks)) : -1;
    // Code ends at its own marks alone; a directive may end around an opening that was none.
    const inner = open.at(-1);
    if (inner?.isCode && closed !== open.length - 1) continue;
    if (closed < 0) {
      const isCode = !info.startsWith('{') || CODE_DIRECTIVE.test(info);
      open.push({ marks, first: index, isCode });
      continue;
    }
    const [fence] = open.splice(closed);
    if (fence.isCode) isFenced.fill(true, fence.first, index + 1);
  }
  return isFenced;
}
