/**
 * How wide a text becomes in the fonts of PNG files. Never less than it is: what is laid out by it never runs over its
 * line. Charts make do with an average (`textWidth`); a title as large as a card's needs each letter.
 */

/** JetBrains Mono: every letter has the same width. */
const MONO_EM = 0.6;

/** Advances of Inter SemiBold for U+0020 to U+007E in thousandths of an em (table hmtx); Inter Regular is narrower in sum. */
const INTER_ASCII = [
  252, 321, 523, 644, 650, 1004, 663, 326, 373, 373, 540, 673, 319, 465, 319, 379, 660, 423, 623, 636, 666,
  612, 640, 576, 640, 640, 319, 329, 673, 673, 673, 543, 999, 728, 659, 737, 722, 605, 588, 749, 746, 277,
  580, 703, 565, 922, 759, 769, 645, 773, 652, 650, 660, 736, 728, 1020, 720, 713, 652, 373, 379, 373, 481,
  469, 351, 574, 624, 583, 624, 591, 389, 625, 612, 262, 262, 569, 262, 900, 612, 609, 624, 624, 397, 549,
  353, 612, 587, 839, 569, 588, 566, 455, 359, 455, 673,
];
const FIRST_ASCII = 0x20;

/** Signs that the site's sentences hold besides ASCII, in thousandths of an em. */
const INTER_SIGNS: Readonly<Record<string, number>> = {
  '\u00A0': 252,
  '·': 319,
  '…': 956,
  '’': 294,
  '“': 507,
  '”': 501,
  '–': 500,
  '÷': 673,
  '×': 673,
  µ: 640,
};

const MARK = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const ALPHABET = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]$/u;
/** The widest of the letters of these alphabets that words are made of. */
const LETTER_EM = 1.1;
/** Signs of other scripts, and the box that stands for one that no font has. */
const OTHER_EM = 1.4;

/** Width of a text in pixels. */
export function textAdvance(text: string, fontSize: number, face: 'text' | 'mono' = 'text'): number {
  let em = 0;
  for (const character of text) em += characterEm(character, face);
  return em * fontSize;
}

function characterEm(character: string, face: 'text' | 'mono'): number {
  const code = character.codePointAt(0)!;
  const ascii = INTER_ASCII[code - FIRST_ASCII];
  if (ascii !== undefined) return face === 'mono' ? MONO_EM : ascii / 1000;
  const sign = INTER_SIGNS[character];
  if (sign !== undefined) return face === 'mono' ? MONO_EM : sign / 1000;
  if (MARK.test(character)) return 0;
  return ALPHABET.test(character) ? LETTER_EM : OTHER_EM;
}
