/** Finds many texts in a large one at once: one pass, however many there are. */

/** Characters that are not seen. */
const UNSEEN = /[\u00ad\u200b-\u200d\u2060\ufeff]/g;
/** A run beyond ASCII, with the letter that its first mark may belong to. */
// oxlint-disable-next-line no-control-regex -- the first 128 characters, control characters among them
const BEYOND_ASCII = /[\0-\x7f]?[^\0-\x7f]+/g;
// oxlint-disable-next-line no-control-regex -- as above
const IS_BEYOND_ASCII = /[^\0-\x7f]/;

/** A text for comparison: without case, without unseen characters, composed, with one blank for any blanks. */
export function folded(text: string): string {
  const composed = IS_BEYOND_ASCII.test(text)
    ? text.replaceAll(UNSEEN, '').replaceAll(BEYOND_ASCII, (part) => part.normalize('NFKC'))
    : text;
  return composed.toLowerCase().replaceAll(/[^\S ]\s*| \s+/g, ' ');
}

/** How a text was found: as whole words, or as a part of one at least. */
export type Finding = 'words' | 'part';

/** Characters that are looked up together. */
const GRAM = 4;
const GRAM_HASHES = 1 << 16;
/** A text is looked up by one of its first grams: the one that fewest others are looked up by. */
const MOST_GRAMS = 64;

interface Place {
  text: string;
  /** Index in it of the last character of its gram. */
  at: number;
}

export class TextIndex {
  /** Number of the list of texts that are looked up by a gram's hash; 0 for none. */
  readonly #lists = new Uint16Array(GRAM_HASHES);
  readonly #places: Place[][] = [[]];
  readonly #short: string[] = [];

  /** @param texts folded */
  constructor(texts: Iterable<string>) {
    for (const text of new Set(texts)) {
      if (text === '') continue;
      if (text.length < GRAM) this.#short.push(text);
      else this.#add(text);
    }
  }

  #add(text: string): void {
    let best = { hash: 0, at: -1, others: Infinity };
    let hash = 0;
    for (let at = 0; at < text.length && at < MOST_GRAMS && best.others > 0; at++) {
      hash = nextHash(hash, text.charCodeAt(at));
      const others = this.#places[this.#lists[hash]].length;
      if (at >= GRAM - 1 && others < best.others) best = { hash, at, others };
    }
    if (this.#lists[best.hash] === 0) this.#lists[best.hash] = this.#places.push([]) - 1;
    this.#places[this.#lists[best.hash]].push({ text, at: best.at });
  }

  /** All texts of the index that stand in a folded text. */
  findIn(text: string): Map<string, Finding> {
    const found = new Map<string, Finding>();
    const lists = this.#lists;
    let hash = 0;
    for (let at = 0; at < text.length; at++) {
      hash = nextHash(hash, text.charCodeAt(at));
      if (lists[hash] === 0) continue;
      for (const place of this.#places[lists[hash]]) {
        const start = at - place.at;
        if (start < 0 || found.get(place.text) === 'words' || !text.startsWith(place.text, start)) continue;
        found.set(place.text, areWords(text, start, place.text) ? 'words' : 'part');
      }
    }
    for (const short of this.#short) {
      for (let at = text.indexOf(short); at !== -1; at = text.indexOf(short, at + 1)) {
        const finding = areWords(text, at, short) ? 'words' : 'part';
        found.set(short, finding);
        if (finding === 'words') break;
      }
    }
    return found;
  }
}

/** The hash of the last four characters: older ones are shifted out. */
function nextHash(hash: number, code: number): number {
  return ((hash << 4) ^ code) & (GRAM_HASHES - 1);
}

/** Whether `value` at `start` is no part of a longer word: underscores part words, as blanks do. */
function areWords(text: string, start: number, value: string): boolean {
  const end = start + value.length;
  return !isWithinWord(text, start - 1, value[0]) && !isWithinWord(text, end, value.at(-1)!);
}

/** Whether the character at `index` continues a word that the value's `edge` belongs to. */
function isWithinWord(text: string, index: number, edge: string): boolean {
  return LETTER.test(edge) && LETTER.test(text.charAt(index));
}

const LETTER = /[\p{L}\p{N}]/u;
