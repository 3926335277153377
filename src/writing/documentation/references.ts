/**
 * What documentation shows of reports, in any markup: addresses of charts as an embed has them, sentences and numbers
 * that were copied with their address, and markers that say which number the text beside them quotes.
 *
 * A marker is a comment of the page's language: `<!-- gemview: run-id:decode.ipc = 1.23 -->`, `.. gemview: …`,
 * `{/* gemview: … *\/}`, or a link definition `[gemview decode.ipc]: # "gemview: …"`.
 */
import { NAME } from '../values.ts';
import { fencedLines } from './fencedCode.ts';

interface Place {
  /** From 1. */
  line: number;
  run: string;
}

/** A chart, embedded or linked. */
export interface ChartReference extends Place {
  kind: 'chart';
  address: string;
  chart: string;
  /** Of `<run>@<hash>`; null for the current address. */
  pin: string | null;
  /** Text that stands for the picture beside the address; null where there is none. */
  words: string | null;
}

/** A finding or a number of the Overview, by its address. */
export interface QuoteReference extends Place {
  kind: 'finding' | 'metric';
  address: string;
  id: string;
  /** Text of the link itself; null for a bare address. */
  linkText: string | null;
  /** Words of its paragraph up to it, from the quote before on, without markup. */
  before: string;
  /** Words of its paragraph behind it, up to the next quote. */
  after: string;
  /** What stands in parentheses right before the address, as in a copied sentence: `sentence (title, origin) address`. */
  saidOf: string | null;
}

/** A number that the page says it quotes. */
export interface MarkerReference extends Place {
  kind: 'marker';
  /** `decode.share(ggml_vec_dot_q6_K_q8_K)`. */
  name: string;
  /** As the page quotes it. */
  value: string;
  /** True when the page says so outside of its markers. */
  isSaid: boolean;
}

export type Reference = ChartReference | QuoteReference | MarkerReference;

const RUN = String.raw`([a-z0-9][a-z0-9-]*)(?:(?:@|%40)([0-9a-f]{12}))?`;
const ID = String.raw`([a-z0-9][a-z0-9-]*)`;
const CHART = new RegExp(
  String.raw`(?<![\w-])(?:runs/${RUN}/charts/${ID}|embed/${RUN}/${ID}(?=[/"'\s)>]|$))`,
  'gm',
);
const QUOTE = new RegExp(
  String.raw`(?<![\w-])runs/${RUN}/(?:[a-z-]+/)?(?:\?[^\s#"'<>)]{0,2000})?#(finding|metric)-${ID}`,
  'g',
);
/** The value ends where the comment ends that the marker stands in. */
const MARKER = new RegExp(
  String.raw`gemview:[ \t]+(${NAME}(?:\([^\n]*?\))?)[ \t]*=[ \t]*([^\n]+?)(?=\s*(?:-->|\*/|"\)?[ \t\r]*$|\r?$))`,
  'gm',
);

/** Characters that no address holds unescaped. */
const OUTSIDE_ADDRESS = /[\s"'<>()[\]{}`|\\]/;
const LONGEST_ADDRESS = 2000;
/** Characters on each side of an address that may quote it. */
const LONGEST_WORDS = 8000;

/** Addresses of one embed stand on neighbouring lines: page, light and dark picture. */
const SAME_EMBED_LINES = 2;
/** Lines of a paragraph that are looked at on each side. */
const PARAGRAPH_LINES = 30;

/** All references of a page, in order of their lines. Several addresses of one embed are one reference. */
export function referencesIn(text: string): Reference[] {
  const page = new Page(text);
  return [...charts(page), ...quotes(page), ...markers(page)].sort((a, b) => a.line - b.line);
}

/** A page with its lines, found by position. */
class Page {
  readonly text: string;
  readonly lines: readonly string[];
  readonly #starts: number[] = [];
  readonly #isFenced: readonly boolean[];

  constructor(text: string) {
    this.text = text;
    this.lines = text.split('\n');
    this.#isFenced = fencedLines(this.lines);
    let at = 0;
    for (const line of this.lines) {
      this.#starts.push(at);
      at += line.length + 1;
    }
  }

  /** Number of the line, from 1. */
  lineAt(position: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle] <= position) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** Where the address begins that `position` lies in. */
  addressStart(position: number): number {
    let start = position;
    const least = Math.max(0, position - LONGEST_ADDRESS);
    while (start > least && !OUTSIDE_ADDRESS.test(this.text[start - 1])) start--;
    // `src=https://…` without quotes.
    const equals = this.text.slice(start, position).lastIndexOf('=');
    return equals < 0 ? start : start + equals + 1;
  }

  addressEnd(position: number): number {
    let end = position;
    const most = Math.min(this.text.length, position + LONGEST_ADDRESS);
    while (end < most && !OUTSIDE_ADDRESS.test(this.text[end])) end++;
    return end;
  }

  /** True within code, which shows an address and embeds nothing; links of reStructuredText have backticks too. */
  isInCode(position: number): boolean {
    const index = this.lineAt(position) - 1;
    if (this.#isFenced[index]) return true;
    const column = position - this.#starts[index];
    const before = this.lines[index].slice(0, column);
    const after = this.lines[index].slice(column);
    const ticks = before.split('`').length - 1;
    const opening = before.lastIndexOf('`');
    // A template of JavaScript follows a brace or an equals sign.
    return (
      ticks % 2 === 1 &&
      after.includes('`') &&
      !/^[^`]*>`_/.test(after) &&
      !/[{=]$/.test(before.slice(0, opening))
    );
  }

  /** Where the lines begin and end around a position that no empty line parts from it. */
  paragraphAround(position: number): [start: number, end: number] {
    const line = this.lineAt(position);
    const isEmpty = (index: number): boolean => (this.lines[index] ?? '').trim() === '';
    let first = line - 1;
    let last = line - 1;
    while (first > 0 && line - first < PARAGRAPH_LINES && !isEmpty(first - 1)) first--;
    while (last < this.lines.length - 1 && last - line < PARAGRAPH_LINES && !isEmpty(last + 1)) last++;
    return [this.#starts[first], this.#starts[last] + this.lines[last].length];
  }
}

function charts(page: Page): ChartReference[] {
  const found: ChartReference[] = [];
  for (const match of page.text.matchAll(CHART)) {
    if (page.isInCode(match.index)) continue;
    const line = page.lineAt(match.index);
    const [, run = match[4], pin = match[5] ?? null, chart = match[6]] = match;
    const twin = found.findLast((other) => other.run === run && other.chart === chart && other.pin === pin);
    const words = pictureWords(page.lines[line - 1]);
    if (twin && line - twin.line <= SAME_EMBED_LINES + (twin.words === null ? 1 : 0)) {
      twin.words ??= words;
      continue;
    }
    const start = page.addressStart(match.index);
    const address = page.text.slice(start, page.addressEnd(match.index + match[0].length));
    found.push({ kind: 'chart', line, address, run, chart, pin, words });
  }
  return found;
}

/** What a line says in place of its picture. */
function pictureWords(line: string): string | null {
  const match = /\b(?:alt|title)="([^"]*)"|\b(?:alt|title)='([^']*)'|!\[((?:[^\]\\]|\\.)*)\]/.exec(line);
  return match ? plainText(match[1] ?? match[2] ?? match[3]) : null;
}

function quotes(page: Page): QuoteReference[] {
  const found: QuoteReference[] = [];
  const links = page.text.includes(']:') ? linksByLabel(page) : new Map<string, never>();
  const matches = [...page.text.matchAll(QUOTE)].map((match) => ({
    match,
    start: page.addressStart(match.index),
    end: match.index + match[0].length,
  }));
  for (const [index, { match, start, end }] of matches.entries()) {
    if (page.isInCode(match.index)) continue;
    const [, run, , kind, id] = match;
    const markup = page.text.slice(Math.max(0, start - LONGEST_ADDRESS), start);
    const least = index === 0 ? 0 : matches[index - 1].end;
    const most = index === matches.length - 1 ? page.text.length : matches[index + 1].start;
    const quote: QuoteReference = {
      kind: kind as 'finding' | 'metric',
      line: page.lineAt(match.index),
      run,
      address: page.text.slice(start, end),
      id,
      linkText: linkText(markup, page.text.slice(end, end + LONGEST_ADDRESS)),
      ...wordsAround(page, start, end, [least, most]),
      saidOf: lastParenthesis(markup),
    };
    const label = DEFINED_LABEL.exec(markup)?.[1];
    const uses = label === undefined ? [] : (links.get(labelKey(label)) ?? []);
    if (uses.length === 0) found.push(quote);
    // The words stand where the definition is used.
    for (const { text, start, end } of uses) {
      found.push({
        ...quote,
        line: page.lineAt(start),
        linkText: plainText(text),
        ...wordsAround(page, end, end, [0, page.text.length]),
        saidOf: null,
      });
    }
  }
  return found;
}

/**
 * The words of the paragraph that belong to what stands from `start` to `end`: several copied sentences are a list, or stand
 * side by side.
 */
function wordsAround(
  page: Page,
  start: number,
  end: number,
  [least, most]: [number, number],
): Pick<QuoteReference, 'before' | 'after'> {
  const [first, last] = page.paragraphAround(start);
  return {
    before: plainText(page.text.slice(Math.max(least, first, start - LONGEST_WORDS), start)),
    after: plainText(page.text.slice(end, Math.max(end, Math.min(most, last, end + LONGEST_WORDS)))),
  };
}

/** What a text has in parentheses at its end, where an address follows: other parentheses may stand within. */
function lastParenthesis(markup: string): string | null {
  const text = markup.replace(/\s*[<[(]?$/, '');
  if (!text.endsWith(')')) return null;
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at--) {
    if (text[at] === ')') depth++;
    if (text[at] === '(' && --depth === 0) return plainText(text.slice(at + 1, -1));
  }
  return null;
}

/** `[label]: <address` at the beginning of a line. */
const DEFINED_LABEL = /(?:^|\n)[ \t]*(?:>[ \t]?)*\[([^[\]\n]+)\]:[ \t]*\n?[ \t]*<?$/;

/** Where a link by reference stands, and its words. */
interface LinkUse {
  text: string;
  start: number;
  end: number;
}

/** Links by reference, by the key of their label: `[text][label]`, `[label][]` and `[label]`. */
function linksByLabel(page: Page): Map<string, LinkUse[]> {
  const links = new Map<string, LinkUse[]>();
  for (const match of page.text.matchAll(/\[([^[\]]{1,400})\](?:\[([^[\]]{0,400})\])?(?![(:[])/g)) {
    if (page.isInCode(match.index)) continue;
    const [, text, label] = match;
    const key = labelKey(label || text);
    const uses = links.get(key) ?? [];
    uses.push({ text, start: match.index, end: match.index + match[0].length });
    links.set(key, uses);
  }
  return links;
}

/** Labels are one whatever their case and their blanks. */
function labelKey(label: string): string {
  return label.trim().replaceAll(/\s+/g, ' ').toLowerCase();
}

/** The words of a link in Markdown, reStructuredText, AsciiDoc or HTML. */
function linkText(before: string, after: string): string | null {
  const text =
    /\[([^[\]]*)\]\(<?$/.exec(before)?.[1] ??
    /`([^`<]*)<$/.exec(before)?.[1] ??
    /^\[([^[\]]*)\]/.exec(after)?.[1] ??
    // An element of HTML or a component: other elements may stand within.
    /^["'][^<>]*>(.*?)<\/(?:a|[A-Z][\w.]*)\s*>/s.exec(after)?.[1];
  return text === undefined ? null : plainText(text);
}

function markers(page: Page): MarkerReference[] {
  const found: MarkerReference[] = [];
  // What a page says is looked for outside of the markers.
  const said = plainText(page.text.replaceAll(MARKER, ''));
  for (const match of page.text.matchAll(MARKER)) {
    const [run, name] = splitOnce(match[1]);
    if (name === null || page.isInCode(match.index)) continue;
    const value = plainText(match[2]);
    found.push({
      kind: 'marker',
      line: page.lineAt(match.index),
      run,
      name,
      value,
      isSaid: saysValue(said, value),
    });
  }
  return found;
}

/** `run:name` in its two parts. */
function splitOnce(text: string): [run: string, name: string | null] {
  const colon = /^([a-z0-9][\w-]*):/.exec(text);
  return colon === null ? [text, null] : [colon[1], text.slice(colon[0].length)];
}

/** True when the value stands in the text as itself: not within another number, nor within a name such as `Q6_K`. */
export function saysValue(text: string, value: string): boolean {
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
    const before = text.slice(Math.max(0, at - EDGE), at);
    const after = text.slice(at + value.length, at + value.length + EDGE);
    const begins = !(/\d[.,]?$/.test(before) || (/^[\p{L}\p{N}]/u.test(value) && NAME_BEFORE.test(before)));
    const ends = !(/^[.,]?\d/.test(after) || (/[\p{L}\p{N}]$/u.test(value) && NAME_AFTER.test(after)));
    if (begins && ends) return true;
  }
  return false;
}

/** Characters beside a value that are looked at. */
const EDGE = 4;
/** An underscore alone is emphasis; a minus makes another number. */
const NAME_BEFORE = /(?:[\p{L}\p{N}]_*|[-\u2212])$/u;
const NAME_AFTER = /^_*[\p{L}\p{N}]/u;

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ', '#39': "'" };

/**
 * Words without the markup around them, blanks as single spaces: what is quoted is compared so. What looks like a tag goes
 * after entities are read, so that a name such as `vector<int>` comes out the same however it was escaped.
 */
export function plainText(markup: string): string {
  return markup
    .replaceAll(/&(#?\w+);/g, (whole, name: string) => {
      if (Object.hasOwn(ENTITIES, name)) return ENTITIES[name];
      const code = Number(/^#(\d{1,7})$/.exec(name)?.[1] ?? Number.NaN);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    })
    .replaceAll(/<\/?[A-Za-z][^<>]*>/g, '')
    .replaceAll(/\\(?=[^\w\s]|_)/g, '')
    .replaceAll(/[`*]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
