/**
 * One line of folded stacks, the input of Brendan Gregg's flamegraph.pl: `process;root;…;leaf COUNT`. The count stands
 * behind the last blank, since frames hold blanks, parentheses and anything else but `;`.
 */

/** A line taken apart. */
export interface FoldedLine {
  /** Root first. */
  frames: string[];
  count: number;
  /** A second number: the line of a differential flame graph. */
  otherCount: number | null;
}

/** Deeper stacks are cut at their outer end. */
const MAX_FRAMES = 10_000;
const COUNT = /^(\d{1,15}(?:\.\d{1,9})?(?:e[+-]?\d{1,3})?)$/i;

/** Null when the line has no count or no frames. */
export function parseFoldedLine(line: string): FoldedLine | null {
  const text = line.trimEnd();
  const last = lastBlank(text);
  if (last <= 0 || !COUNT.test(text.slice(last + 1))) return null;
  const before = text.slice(0, last).trimEnd();
  const secondLast = lastBlank(before);
  const isDifferential = secondLast > 0 && COUNT.test(before.slice(secondLast + 1));
  const stack = isDifferential ? before.slice(0, secondLast).trimEnd() : before;
  if (stack === '') return null;
  const number = Number(text.slice(last + 1));
  return {
    frames: stack.split(';', MAX_FRAMES + 1).slice(0, MAX_FRAMES),
    count: isDifferential ? Number(before.slice(secondLast + 1)) : number,
    otherCount: isDifferential ? number : null,
  };
}

function lastBlank(text: string): number {
  return Math.max(text.lastIndexOf(' '), text.lastIndexOf('\t'));
}

/** What the text of a frame says. */
export interface FoldedFrame {
  /** Null where only an image, or nothing, was known. */
  symbol: string | null;
  image: string | null;
  /** Offset within the image, 0 when not stated. */
  offset: number;
  isKernel: boolean;
}

/** Marks that stackcollapse-perf.pl appends with `--kernel`, `--jit`, `--inline`… */
const MARK = /_\[([kijw])\]$/;
const IN_BRACKETS = /^\[([^[\]+]{1,1024})(?:\+0x([0-9a-f]{1,12}))?\]$/;

/** perf itself puts these in brackets; around other names they only say that the name is an image's. */
const WITHOUT_FILE = /^(?:kernel|vdso|vectors|heap|stack|anon)/;

export function parseFoldedFrame(text: string): FoldedFrame {
  const mark = MARK.exec(text);
  const name = mark ? text.slice(0, mark.index) : text;
  const isKernel = mark?.[1] === 'k';
  const place = IN_BRACKETS.exec(name);
  if (!place) return { symbol: name === '' ? null : name, image: null, offset: 0, isKernel };
  const [, image, offset] = place;
  return {
    symbol: null,
    image: image === 'unknown' ? null : WITHOUT_FILE.test(image) ? `[${image}]` : image,
    offset: offset === undefined ? 0 : parseInt(offset, 16),
    isKernel: isKernel || image.startsWith('kernel'),
  };
}
