/**
 * The words that pictures carry beside what they show: cameras and programs for screenshots write authors, machines, places
 * and paths there. PNG (W3C, "Ancillary chunks"), JPEG (ITU-T T.81, B.2.4), GIF (89a, sections 24 and 26) and WebP (RIFF).
 */
import { constants, inflateSync } from 'node:zlib';

/** Nobody writes more about a picture, and small files can unpack to any size. */
const MOST_BYTES = 16 * 1024 * 1024;

export interface PictureText {
  /** Everything that the picture says in words, a line each; empty for other files. */
  text: string;
  /** False when there is more: packed in a way that cannot be read, or too long. */
  isWhole: boolean;
}

export function pictureText(bytes: Buffer): PictureText {
  const words = new Words();
  if (bytes.subarray(0, 8).equals(PNG)) readPng(bytes, words);
  else if (bytes[0] === 0xff && bytes[1] === 0xd8) readJpeg(bytes, words);
  else if (/^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6))) readGif(bytes, words);
  else if (bytes.toString('latin1', 0, 4) === 'RIFF') readWebp(bytes, words);
  return { text: words.lines.join('\n'), isWhole: words.isWhole };
}

/** Collects words up to a length. */
class Words {
  readonly lines: string[] = [];
  isWhole = true;
  #left = MOST_BYTES;

  /** Texts stand among numbers, some of them in UTF-16: each as a line. */
  add(data: Buffer): void {
    if (data.length > this.#left) this.isWhole = false;
    const part = data.subarray(0, this.#left);
    this.#left -= part.length;
    this.lines.push(Buffer.from(part.map((byte) => (byte === 0 ? NEWLINE : byte))).toString('utf8'));
    if (part.includes(0)) this.lines.push(Buffer.from(part.filter((byte) => byte !== 0)).toString('utf8'));
  }

  /** What a packed text says; of a cut one the beginning. */
  unpacked(data: Buffer): Buffer {
    try {
      // It may not be empty, and no length at all is no limit.
      const maxOutputLength = Math.max(1, this.#left);
      return inflateSync(data, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH });
    } catch {
      this.isWhole = false;
      return Buffer.alloc(0);
    }
  }
}

const NEWLINE = 0x0a;

const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
/** Chunks of the picture itself. */
const PNG_PICTURE = /^(?:IHDR|PLTE|IDAT|IEND|tRNS|gAMA|cHRM|sRGB|sBIT|bKGD|hIST|pHYs|fcTL|fdAT|acTL)$/;

/** What stands behind the end is a part of the file, too. */
function readPng(bytes: Buffer, words: Words): void {
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (!PNG_PICTURE.test(type)) addChunk(type, data, words);
    at += 12 + length;
  }
}

/** A text may be packed: behind its name (zTXt, iCCP), or behind name and two marks (iTXt). */
function addChunk(type: string, data: Buffer, words: Words): void {
  const end = data.indexOf(0);
  if (end < 0) return words.add(data);
  const name = data.subarray(0, end);
  if (type === 'zTXt' || type === 'iCCP') {
    words.add(name);
    return addText(name, words.unpacked(data.subarray(end + 2)), words);
  }
  if (type !== 'iTXt' || data[end + 1] !== 1) {
    words.add(data);
    return type === 'tEXt' ? addProfile(name, data.subarray(end + 1), words) : undefined;
  }
  const language = data.indexOf(0, end + 3);
  const title = language < 0 ? -1 : data.indexOf(0, language + 1);
  if (title < 0) return words.add(data);
  words.add(name);
  words.add(data.subarray(end + 3, title));
  addText(name, words.unpacked(data.subarray(title + 1)), words);
}

function addText(name: Buffer, text: Buffer, words: Words): void {
  words.add(text);
  addProfile(name, text, words);
}

/** ImageMagick writes Exif and other data as hexadecimal digits: `\nexif\n    1234\n457869…`. */
function addProfile(name: Buffer, text: Buffer, words: Words): void {
  if (!name.toString('latin1').startsWith('Raw profile type ')) return;
  const digits = text.toString('latin1').replace(/^\s*\S+\s+\d+\s/, '');
  words.add(Buffer.from(digits.replaceAll(/\s/g, ''), 'hex'));
}

const JPEG_START = Buffer.from([0xff, 0xd8, 0xff]);
const SCAN = 0xda;
const END = 0xd9;

/** Comments and what applications add, of further pictures in the file too: phones put previews and maps behind the first. */
function readJpeg(bytes: Buffer, words: Words): void {
  let at = 2;
  while (at >= 0 && at + 4 <= bytes.length) {
    const marker = bytes[at] === 0xff ? bytes[at + 1] : END;
    const length = bytes.readUInt16BE(at + 2);
    if (marker === 0xff) at += 1;
    else if (marker === END || length < 2) {
      const next = bytes.indexOf(JPEG_START, at);
      at = next < 0 ? next : next + 2;
    } else {
      const data = bytes.subarray(at + 4, at + 2 + length);
      if (marker === 0xfe || (marker >= 0xe0 && marker <= 0xef)) words.add(data);
      at += 2 + length;
      if (marker === SCAN) at = endOfScan(bytes, at);
    }
  }
}

/** The next marker but those that stand within a picture's points; negative when there is none. */
function endOfScan(bytes: Buffer, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return -1;
}

const TRAILER = 0x3b;
const IMAGE = 0x2c;
const COMMENT = 0xfe;
const APPLICATION = 0xff;

function readGif(bytes: Buffer, words: Words): void {
  /** Bytes of a table of colours, by the flags that say how large it is. */
  const colours = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  let at = 13 + colours(bytes[10] ?? 0);
  const blocks = (): Buffer => {
    const found: Buffer[] = [];
    while (at < bytes.length && bytes[at] !== 0) {
      found.push(bytes.subarray(at + 1, at + 1 + bytes[at]));
      at += 1 + bytes[at];
    }
    at += 1;
    return Buffer.concat(found);
  };
  while (at < bytes.length && bytes[at] !== TRAILER) {
    const kind = bytes[at] === IMAGE ? IMAGE : bytes[at + 1];
    at += kind === IMAGE ? 11 + colours(bytes[at + 9] ?? 0) : 2;
    const start = at;
    const data = blocks();
    if (kind === COMMENT || kind === APPLICATION) words.add(data);
    // XMP stands there without the lengths of blocks (Adobe, "XMP Specification Part 3", 1.1.2).
    if (kind === APPLICATION) words.add(bytes.subarray(start, at));
  }
}

/** Chunks of the picture itself. */
const WEBP_PICTURE = /^(?:VP8[ LX]|ALPH|ANIM|ANMF)$/;

function readWebp(bytes: Buffer, words: Words): void {
  for (let at = 12; at + 8 <= bytes.length;) {
    const type = bytes.toString('latin1', at, at + 4);
    const length = bytes.readUInt32LE(at + 4);
    if (!WEBP_PICTURE.test(type)) words.add(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length + (length % 2);
  }
}
