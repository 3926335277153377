/** Text broken into lines that fit, cut with an ellipsis where there are more; names of symbols break between their parts. */
import { printable, SYMBOL_IN_SENTENCE } from '../text.ts';
import { textAdvance } from './textAdvance.ts';

/** A stretch of a line in one face. */
export interface Piece {
  text: string;
  face: 'text' | 'mono';
}
export type TextLine = readonly Piece[];

export interface LineLimits {
  width: number;
  fontSize: number;
  /** More lines than these are cut. */
  lines: number;
  /** Names of symbols are set in mono. */
  hasSymbols: boolean;
}

/** What stands together on one line: a word, or a part of a long name. */
interface Atom {
  pieces: readonly Piece[];
  /** A space stands before it within a line. */
  isWordStart: boolean;
}

const ELLIPSIS: Piece = { text: '…', face: 'text' };
/** A card shows a few hundred letters: of a text of a megabyte no more is looked at. */
const MOST_LETTERS = 1000;
/** A name ends a line after its underscores, scopes and separators, and goes on with a letter or a digit; a number does not. */
const PART_OF_NAME = /.+?(?:(?:_+|::|[-/(])(?=[\p{L}\p{N}])|[,.](?=\p{L})|$)/gsu;

/** The lines of a text; none for a text of blanks. */
export function textLines(text: string, limits: LineLimits): TextLine[] {
  const letters = [...printable(text.slice(0, 2 * MOST_LETTERS))].slice(0, MOST_LETTERS);
  const words = letters.join('').split(/ +/);
  const atoms = words.filter((word) => word !== '').flatMap((word) => atomsOf(word, limits));
  const lines: Atom[][] = [];
  for (const atom of atoms) {
    const line = lines.at(-1);
    if (line && widthOf([...line, atom], limits) <= limits.width) line.push(atom);
    else if (lines.length < limits.lines) lines.push([atom]);
    else return [...lines.slice(0, -1).map(joined), cut(line!, limits)];
  }
  return lines.map(joined);
}

/** The text of a line, for those who cannot see it. */
export function plainLine(line: TextLine): string {
  return line.map(({ text }) => text).join('');
}

function atomsOf(word: string, limits: LineLimits): Atom[] {
  const atoms: { pieces: Piece[]; isWordStart: boolean }[] = [];
  let isOpen = false;
  for (const piece of piecesOf(word, limits.hasSymbols)) {
    for (const [index, [text]] of [...piece.text.matchAll(PART_OF_NAME)].entries()) {
      // Where a face changes nothing breaks: punctuation stays with the name before it.
      if (isOpen && index === 0) atoms.at(-1)!.pieces.push({ ...piece, text });
      else atoms.push({ pieces: [{ ...piece, text }], isWordStart: atoms.length === 0 });
      isOpen = true;
    }
  }
  return atoms.flatMap((atom) =>
    widthOf([atom], limits) <= limits.width ? [atom] : letterAtoms(atom, limits),
  );
}

function piecesOf(word: string, hasSymbols: boolean): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const { 0: name, index } of hasSymbols ? word.matchAll(SYMBOL_IN_SENTENCE) : []) {
    if (index > from) pieces.push({ text: word.slice(from, index), face: 'text' });
    pieces.push({ text: name, face: 'mono' });
    from = index + name.length;
  }
  if (from < word.length) pieces.push({ text: word.slice(from), face: 'text' });
  return pieces;
}

/** What is too long for any line breaks between any two letters. */
function letterAtoms({ pieces, isWordStart }: Atom, { width, fontSize }: LineLimits): Atom[] {
  const atoms: Atom[] = [];
  for (const { text, face } of pieces) {
    let stretch = '';
    for (const letter of text) {
      if (stretch !== '' && textAdvance(stretch + letter, fontSize, face) > width) {
        atoms.push({ pieces: [{ text: stretch, face }], isWordStart: isWordStart && atoms.length === 0 });
        stretch = '';
      }
      stretch += letter;
    }
    atoms.push({ pieces: [{ text: stretch, face }], isWordStart: isWordStart && atoms.length === 0 });
  }
  return atoms;
}

/** The line with as many of its words as leave room for an ellipsis; of a long name, as many of its letters. */
function cut(line: readonly Atom[], limits: LineLimits): TextLine {
  const room = limits.width - textAdvance(ELLIPSIS.text, limits.fontSize);
  const kept = [...line];
  let pieces = joined(kept);
  while (kept.length > 1 && kept.at(-1)!.isWordStart && lineWidth(pieces, limits) > room) {
    kept.pop();
    pieces = joined(kept);
  }
  while (pieces.length > 0 && lineWidth(pieces, limits) > room) {
    const last = pieces.pop()!;
    const shorter = [...last.text].slice(0, -1).join('');
    if (shorter !== '') pieces.push({ ...last, text: shorter });
  }
  const end = pieces.at(-1);
  if (end) end.text = end.text.replace(/[ ,;:.–-]+$/, '');
  return [...pieces, ELLIPSIS];
}

function widthOf(line: readonly Atom[], limits: LineLimits): number {
  return lineWidth(joined(line), limits);
}

function lineWidth(pieces: readonly Piece[], { fontSize }: LineLimits): number {
  return pieces.reduce((sum, { text, face }) => sum + textAdvance(text, fontSize, face), 0);
}

/** A line as pieces of one face each, with the spaces between words. */
function joined(line: readonly Atom[]): Piece[] {
  const merged: Piece[] = [];
  const add = ({ text, face }: Piece): void => {
    const last = merged.at(-1);
    if (last?.face === face) last.text += text;
    else merged.push({ text, face });
  };
  for (const [index, { pieces, isWordStart }] of line.entries()) {
    if (isWordStart && index > 0) add({ text: ' ', face: 'text' });
    pieces.forEach(add);
  }
  return merged;
}
