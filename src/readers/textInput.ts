/**
 * Text as tools and people leave it: with a byte-order mark, as UTF-16 (PowerShell's `>`), with `\r\n`, with the colour
 * codes of a terminal. Readers of text formats see clean UTF-8 only.
 */
import { decodeText, MemorySource, readBlocks } from '../platform/bytes.ts';
import type { ByteSource } from '../platform/bytes.ts';
import { InputError } from './reader.ts';
import type { InputHead, RawInput } from './reader.ts';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const ESCAPE = 0x1b;
const BELL = 0x07;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const BACKSLASH = 0x5c;

/** A longer line is cut: real lines of these formats stay far below, a hostile one must not fill the memory. */
export const MAX_LINE_BYTES = 1 << 20;

/** Formats that are read as a whole are small; what is larger is not one of them. */
export const MAX_SMALL_TEXT_BYTES = 64 << 20;

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/**
 * The source as blocks of clean UTF-8: no byte-order mark, UTF-16 recoded, terminal escape sequences removed. A block is
 * valid until the next one is asked for and may end anywhere, within a line or a character.
 */
export async function* textBlocks(source: ByteSource): AsyncGenerator<Uint8Array> {
  const escapes = new EscapeFilter();
  let recode: ((block: Uint8Array) => Uint8Array) | null = null;
  let isFirst = true;
  for await (let block of readBlocks(source)) {
    if (isFirst) {
      isFirst = false;
      const { encoding, markBytes } = encodingOf(block);
      if (encoding !== 'utf-8') recode = recoder(encoding);
      block = block.subarray(markBytes);
    }
    if (recode) block = recode(block);
    yield escapes.filter(block);
  }
}

/** Lines of a text source without their ends (`\n`, `\r\n`), cleaned as {@link textBlocks} does; long lines are cut. */
export async function* textLines(source: ByteSource): AsyncGenerator<string> {
  const pieces: Uint8Array[] = [];
  let pieceBytes = 0;
  const keep = (piece: Uint8Array): void => {
    const room = MAX_LINE_BYTES - pieceBytes;
    if (room <= 0 || piece.byteLength === 0) return;
    pieces.push(piece.slice(0, room));
    pieceBytes += Math.min(room, piece.byteLength);
  };
  const takeLine = (): string => {
    const line = lineText(pieces.length === 1 ? pieces[0] : joinBytes(pieces, pieceBytes));
    pieces.length = 0;
    pieceBytes = 0;
    return line;
  };
  for await (const block of textBlocks(source)) {
    let from = 0;
    for (let to = block.indexOf(NEWLINE); to !== -1; to = block.indexOf(NEWLINE, from)) {
      if (pieceBytes === 0) {
        yield lineText(block.subarray(from, Math.min(to, from + MAX_LINE_BYTES)));
      } else {
        keep(block.subarray(from, to));
        yield takeLine();
      }
      from = to + 1;
    }
    keep(block.subarray(from));
  }
  if (pieceBytes > 0) yield takeLine();
}

/** The whole of a small text. Throws an {@link InputError} when it is larger than texts of this kind can be. */
export async function smallText(
  input: RawInput,
  what: string,
  limitBytes = MAX_SMALL_TEXT_BYTES,
): Promise<string> {
  const source = fileSource(input);
  if (source.size > limitBytes) {
    throw new InputError(
      input.path,
      `${what} of ${source.size} bytes is larger than any such file should be`,
      {
        fix: 'Give only the part that the tool wrote',
      },
    );
  }
  return decodeText(await cleanBytes(source));
}

/**
 * A source of UTF-8 without a byte-order mark, for readers that go through bytes: the source itself where it is that
 * already, as nearly all are, else its text recoded in memory.
 */
export async function utf8Source(source: ByteSource): Promise<ByteSource> {
  const { encoding, markBytes } = encodingOf(await source.read(0, 4));
  return encoding === 'utf-8' && markBytes === 0 ? source : new MemorySource(await cleanBytes(source));
}

async function cleanBytes(source: ByteSource): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const block of textBlocks(source)) {
    pieces.push(block.slice());
    bytes += block.byteLength;
  }
  return joinBytes(pieces, bytes);
}

/** The source of an input that is one file. Text formats have no bundles. */
export function fileSource(input: RawInput): ByteSource {
  if (input.content.kind === 'file') return input.content.source;
  throw new InputError(input.path, 'is a bundle where a text file was expected');
}

/** The head as clean text (see {@link textBlocks}); `''` for bytes that are no text. */
export function headText(head: InputHead): string {
  const { encoding, markBytes } = encodingOf(head.bytes);
  let bytes = head.bytes.subarray(markBytes);
  if (encoding !== 'utf-8') bytes = recoder(encoding)(bytes);
  if (bytes.includes(0)) return '';
  return decodeText(new EscapeFilter().filter(bytes));
}

/** The complete lines of the head: the last one is left out when the file goes on behind the head. */
export function headLines(head: InputHead, input: RawInput): string[] {
  const lines = headText(head).split(/\r?\n/);
  if (input.bytes > head.bytes.byteLength && lines.length > 1) lines.pop();
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Splits a whole text into lines without their ends. */
export function splitLines(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function lineText(bytes: Uint8Array): string {
  const end = bytes.byteLength;
  return decodeText(end > 0 && bytes[end - 1] === CARRIAGE_RETURN ? bytes.subarray(0, end - 1) : bytes);
}

function joinBytes(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const joined = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.byteLength;
  }
  return joined;
}

/** By its byte-order mark; UTF-16 without one is told by the zero byte beside its first characters. */
function encodingOf(bytes: Uint8Array): { encoding: Encoding; markBytes: number } {
  const [a, b, c, d] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return { encoding: 'utf-8', markBytes: 3 };
  if (a === 0xff && b === 0xfe) return { encoding: 'utf-16le', markBytes: 2 };
  if (a === 0xfe && b === 0xff) return { encoding: 'utf-16be', markBytes: 2 };
  if (a > 0 && b === 0 && c > 0 && d === 0) return { encoding: 'utf-16le', markBytes: 0 };
  if (a === 0 && b > 0 && c === 0 && d > 0) return { encoding: 'utf-16be', markBytes: 0 };
  return { encoding: 'utf-8', markBytes: 0 };
}

function recoder(encoding: Encoding): (block: Uint8Array) => Uint8Array {
  const decoder = new TextDecoder(encoding);
  const encoder = new TextEncoder();
  return (block) => encoder.encode(decoder.decode(block, { stream: true }));
}

/**
 * Removes ECMA-48 control sequences (`ESC [ … m`) and operating system commands (`ESC ] … BEL`), also when they are cut
 * by the end of a block. Blocks without an escape, nearly all, pass as they are.
 */
class EscapeFilter {
  #state: 'text' | 'escape' | 'control' | 'command' = 'text';

  filter(block: Uint8Array): Uint8Array {
    if (this.#state === 'text' && block.indexOf(ESCAPE) === -1) return block;
    const kept = new Uint8Array(block.byteLength);
    let length = 0;
    for (const byte of block) {
      switch (this.#state) {
        case 'text':
          if (byte === ESCAPE) this.#state = 'escape';
          else kept[length++] = byte;
          break;
        case 'escape':
          this.#state = byte === OPENING_BRACKET ? 'control' : byte === CLOSING_BRACKET ? 'command' : 'text';
          break;
        case 'control':
          // Parameters are 0x20–0x3f; the final byte is 0x40–0x7e. Anything else ends a damaged sequence.
          if (byte >= 0x40 || byte === NEWLINE) this.#state = 'text';
          if (byte === NEWLINE) kept[length++] = byte;
          break;
        case 'command':
          if (byte === BELL || byte === BACKSLASH || byte === NEWLINE) this.#state = 'text';
          if (byte === NEWLINE) kept[length++] = byte;
          break;
      }
    }
    return kept.subarray(0, length);
  }
}
