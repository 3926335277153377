/**
 * The words that pictures carry beside what they show: cameras and programs for screenshots write authors, machines, places
 * and paths there. PNG (W3C, "Ancillary chunks"), JPEG (ITU-T T.81, B.2.4), GIF (89a, sections 24 and 26) and WebP (RIFF).
 */
import { inflateSync } from 'node:zlib';

/** Nobody writes more about a picture; a packed text of more is cut. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Everything that a picture says in words, a line each; empty for other files. */
export function pictureText(bytes: Buffer): string {
  if (bytes.subarray(0, 8).equals(PNG)) return pngParts(bytes).map(wordsOf).join('\n');
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return jpegParts(bytes).map(wordsOf).join('\n');
  if (/^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6))) return gifParts(bytes).map(wordsOf).join('\n');
  if (bytes.toString('latin1', 0, 4) === 'RIFF') return webpParts(bytes).map(wordsOf).join('\n');
  return '';
}

const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
/** Chunks of the picture itself. */
const PNG_PICTURE = /^(?:IHDR|PLTE|IDAT|IEND|tRNS|gAMA|cHRM|sRGB|sBIT|bKGD|hIST|pHYs|fcTL|fdAT|acTL)$/;

function pngParts(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (!PNG_PICTURE.test(type)) parts.push(...pngWords(type, data));
    at += 12 + length;
  }
  // What stands behind the end is a part of the file, too.
  return parts;
}

/** A text may be packed: behind its name (zTXt, iCCP), or behind name and two marks (iTXt). */
function pngWords(type: string, data: Buffer): Buffer[] {
  const end = data.indexOf(0);
  if (end < 0) return [data];
  const name = data.subarray(0, end);
  if (type === 'zTXt' || type === 'iCCP') return [name, unpacked(data.subarray(end + 2))];
  if (type !== 'iTXt' || data[end + 1] !== 1) return [data];
  const language = data.indexOf(0, end + 3);
  const title = language < 0 ? -1 : data.indexOf(0, language + 1);
  if (title < 0) return [data];
  return [name, data.subarray(end + 3, title), unpacked(data.subarray(title + 1))];
}

function unpacked(data: Buffer): Buffer {
  try {
    return inflateSync(data, { maxOutputLength: MOST_BYTES });
  } catch {
    return Buffer.alloc(0);
  }
}

/** Comments and what applications add, up to the picture itself. */
function jpegParts(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === 0xda) break;
    const length = bytes.readUInt16BE(at + 2);
    if (length < 2) break;
    if (marker === 0xfe || (marker >= 0xe0 && marker <= 0xef))
      parts.push(bytes.subarray(at + 4, at + 2 + length));
    at += 2 + length;
  }
  return parts;
}

const TRAILER = 0x3b;
const IMAGE = 0x2c;
const COMMENT = 0xfe;
const APPLICATION = 0xff;

function gifParts(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
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
    const data = blocks();
    if (kind === COMMENT || kind === APPLICATION) parts.push(data);
  }
  return parts;
}

/** Chunks of the picture itself. */
const WEBP_PICTURE = /^(?:VP8[ LX]|ALPH|ANIM|ANMF)$/;

function webpParts(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 12; at + 8 <= bytes.length;) {
    const type = bytes.toString('latin1', at, at + 4);
    const length = bytes.readUInt32LE(at + 4);
    if (!WEBP_PICTURE.test(type)) parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length + (length % 2);
  }
  return parts;
}

/** Texts stand among numbers, some of them in UTF-16: each as a line. */
function wordsOf(data: Buffer): string {
  const text = data.subarray(0, MOST_BYTES).toString('utf8');
  const wide = data.includes(0) ? text.replaceAll('\0', '') : '';
  return `${text.replaceAll('\0', '\n')}\n${wide}`;
}
