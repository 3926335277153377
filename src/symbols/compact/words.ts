/**
 * A word list that shortens mangled names: they repeat the same long pieces (`NSt7__cxx1112basic_stringIc…`) thousands of
 * times. A word is written as two characters, a lead that mangled names do not use and a letter or digit; everything else
 * stands as it is. The result stays text, one line a name.
 */

const LEADS = '!"#%&\'()*+,-/:;<=>?[]^{|}';
const FOLLOWERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Stands before a character that would otherwise be taken for a lead. */
const ESCAPE = '`';
const REFERENCE_LENGTH = 2;

export const MAX_WORDS = LEADS.length * FOLLOWERS.length;
export const MAX_WORD_LENGTH = 256;

/** Learning from more text than this finds hardly better words. */
const SAMPLE_CHARACTERS = 1 << 18;
/** Pieces that are tried. More than become words: the later ones are made of earlier ones and take their place. */
const MAX_CANDIDATES = 2500;
/** A pair that is rarer than this is not worth a word. */
const MIN_OCCURRENCES = 6;

/** Shortens and restores texts with one word list. */
export class WordCoder {
  readonly words: readonly string[];
  readonly #trie: TrieNode = { next: new Map(), word: -1 };

  constructor(words: readonly string[]) {
    this.words = words;
    words.forEach((word, row) => {
      let node = this.#trie;
      for (let i = 0; i < word.length; i++) node = childOf(node, word.charCodeAt(i));
      node.word = row;
    });
  }

  /** The shortest spelling of a text. `onWord` hears of each word that it uses. */
  encode(text: string, onWord?: (row: number) => void): string {
    const length = text.length;
    // cost[i]: characters that text from i on takes; word[i]: the word that stands at i there, -1 for a plain character.
    const cost = new Float64Array(length + 1);
    const word = new Int32Array(length + 1).fill(-1);
    for (let from = length - 1; from >= 0; from--) {
      cost[from] = cost[from + 1] + (needsEscape(text[from]) ? 2 : 1);
      let node: TrieNode | undefined = this.#trie;
      for (let to = from; to < length; to++) {
        node = node.next.get(text.charCodeAt(to));
        if (!node) break;
        if (node.word >= 0 && cost[to + 1] + REFERENCE_LENGTH < cost[from]) {
          cost[from] = cost[to + 1] + REFERENCE_LENGTH;
          word[from] = node.word;
        }
      }
    }
    let result = '';
    for (let at = 0; at < length;) {
      const row = word[at];
      if (row < 0) {
        result += needsEscape(text[at]) ? ESCAPE + text[at] : text[at];
        at++;
      } else {
        result += LEADS[Math.floor(row / FOLLOWERS.length)] + FOLLOWERS[row % FOLLOWERS.length];
        onWord?.(row);
        at += this.words[row].length;
      }
    }
    return result;
  }

  /** Restores a text; null when it names a word that is not in the list or exceeds `maxLength` characters. */
  decode(code: string, maxLength: number): string | null {
    let result = '';
    for (let at = 0; at < code.length; at++) {
      const lead = LEADS.indexOf(code[at]);
      if (code[at] === ESCAPE) {
        result += code[++at] ?? '';
      } else if (lead < 0) {
        result += code[at];
      } else {
        const follower = FOLLOWERS.indexOf(code[++at] ?? ' ');
        const row = lead * FOLLOWERS.length + follower;
        if (follower < 0 || row >= this.words.length) return null;
        result += this.words[row];
      }
      if (result.length > maxLength) return null;
    }
    return result;
  }
}

/**
 * The words that shorten these texts most, in alphabetical order: the most frequent pair of neighbours becomes one symbol,
 * again and again (byte-pair encoding), then the pieces that save most are kept, as far as they earn their own line.
 * Depends on the texts alone: the same texts give the same words everywhere.
 */
export function learnWords(texts: readonly string[]): string[] {
  const candidates = new WordCoder(frequentPieces(texts));
  const uses = new Int32Array(candidates.words.length);
  for (const text of texts) candidates.encode(text, (row) => uses[row]++);
  return candidates.words
    .map((word, row) => ({ word, saved: uses[row] * (word.length - REFERENCE_LENGTH) - word.length - 1 }))
    .filter(({ saved }) => saved > 0)
    .sort((a, b) => b.saved - a.saved || (a.word < b.word ? -1 : 1))
    .slice(0, MAX_WORDS)
    .map(({ word }) => word)
    .sort();
}

function frequentPieces(texts: readonly string[]): string[] {
  const symbols = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
  const stride = 128 + MAX_CANDIDATES;
  const counts = new Int32Array(stride * stride);
  const text = sampleOf(texts);
  let length = text.length;

  while (symbols.length < stride) {
    let best = -1;
    for (let i = 1; i < length; i++) {
      if (text[i - 1] === 0 || text[i] === 0) continue;
      const pair = text[i - 1] * stride + text[i];
      const count = ++counts[pair];
      if (best < 0 || count > counts[best] || (count === counts[best] && pair < best)) best = pair;
    }
    const occurrences = best < 0 ? 0 : counts[best];
    for (let i = 1; i < length; i++) counts[text[i - 1] * stride + text[i]] = 0;
    const first = Math.floor(best / stride);
    const second = best % stride;
    if (occurrences < MIN_OCCURRENCES) break;
    const piece = symbols[first] + symbols[second];
    if (piece.length > MAX_WORD_LENGTH) break;
    length = joinPairs(text, length, first, second, symbols.push(piece) - 1);
  }
  return symbols.slice(128);
}

/** Replaces each `first second` by `joined`, in place; returns the new length. */
function joinPairs(text: Int32Array, length: number, first: number, second: number, joined: number): number {
  let to = 0;
  for (let from = 0; from < length; from++) {
    if (text[from] === first && from + 1 < length && text[from + 1] === second) {
      text[to++] = joined;
      from++;
    } else {
      text[to++] = text[from];
    }
  }
  return to;
}

/** Character codes of evenly chosen texts with a 0 after each; a character that is not ASCII separates as well. */
function sampleOf(texts: readonly string[]): Int32Array {
  const total = texts.reduce((sum, text) => sum + text.length + 1, 0);
  const step = Math.max(1, Math.ceil(total / SAMPLE_CHARACTERS));
  const chosen = texts.filter((_, row) => row % step === 0);
  const sample = new Int32Array(chosen.reduce((sum, text) => sum + text.length + 1, 0));
  let at = 0;
  for (const text of chosen) {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      sample[at++] = code < 128 ? code : 0;
    }
    sample[at++] = 0;
  }
  return sample;
}

interface TrieNode {
  next: Map<number, TrieNode>;
  /** Row of the word that ends here, else -1. */
  word: number;
}

function childOf(node: TrieNode, code: number): TrieNode {
  let child = node.next.get(code);
  if (!child) {
    child = { next: new Map(), word: -1 };
    node.next.set(code, child);
  }
  return child;
}

function needsEscape(character: string): boolean {
  return character === ESCAPE || LEADS.includes(character);
}
