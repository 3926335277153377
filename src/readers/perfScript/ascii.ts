/** Bytes that perf script text is made of, and the few tests that its parsers share. */
export const TAB = 0x09;
export const NEWLINE = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
export const SPACE = 0x20;
export const HASH = 0x23;
export const DOT = 0x2e;
export const SLASH = 0x2f;
export const COLON = 0x3a;
export const MINUS = 0x2d;
export const OPENING_BRACKET = 0x5b;
export const CLOSING_BRACKET = 0x5d;
const ZERO = 0x30;
const NINE = 0x39;

export function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

export function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

/** Value of a hexadecimal digit, -1 for another byte. */
export function hexValue(byte: number): number {
  if (byte >= ZERO && byte <= NINE) return byte - ZERO;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** The decimal number in `[from, to)`, which holds digits only; large ones lose their last digits. */
export function decimal(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + (bytes[at] - ZERO);
  return value;
}

/** First position in `[from, to)` that is neither space nor tab; `to` when there is none. */
export function skipBlanks(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && isBlank(bytes[at])) at++;
  return at;
}

/** End of the token that starts at `from`. */
export function tokenEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && !isBlank(bytes[at])) at++;
  return at;
}

/** Start of the token that ends at `to`. */
export function tokenStart(bytes: Uint8Array, from: number, to: number): number {
  let at = to;
  while (at > from && !isBlank(bytes[at - 1])) at--;
  return at;
}

/** `to` without the blanks before it. */
export function trimEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = to;
  while (at > from && isBlank(bytes[at - 1])) at--;
  return at;
}

export function isDigits(bytes: Uint8Array, from: number, to: number): boolean {
  if (from >= to) return false;
  for (let at = from; at < to; at++) if (!isDigit(bytes[at])) return false;
  return true;
}
