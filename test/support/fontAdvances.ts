/** Advances of a TrueType font as its tables say: `head`, `hhea`, `hmtx` and the format 4 part of `cmap`. */
import { readFileSync } from 'node:fs';

/** Width of a character in em; throws for one that the font lacks. */
export function fontAdvances(path: string): (character: string) => number {
  const bytes = readFileSync(path);
  const table = (name: string): number => {
    for (let at = 12; at < 12 + 16 * bytes.readUInt16BE(4); at += 16) {
      if (bytes.toString('latin1', at, at + 4) === name) return bytes.readUInt32BE(at + 8);
    }
    throw new Error(`${path} has no table ${name}`);
  };
  const unitsPerEm = bytes.readUInt16BE(table('head') + 18);
  const metrics = bytes.readUInt16BE(table('hhea') + 34);
  const glyphOf = format4(bytes, table('cmap'));
  return (character) => {
    const glyph = glyphOf(character.codePointAt(0)!);
    if (glyph === 0) throw new Error(`${path} has no ${character}`);
    return bytes.readUInt16BE(table('hmtx') + 4 * Math.min(glyph, metrics - 1)) / unitsPerEm;
  };
}

function format4(bytes: Buffer, cmap: number): (code: number) => number {
  const subtables = Array.from({ length: bytes.readUInt16BE(cmap + 2) }, (_, index) => {
    return cmap + bytes.readUInt32BE(cmap + 8 + 8 * index);
  });
  const at = subtables.find((subtable) => bytes.readUInt16BE(subtable) === 4);
  if (at === undefined) throw new Error('no cmap of format 4');
  const size = bytes.readUInt16BE(at + 6);
  return (code) => {
    for (let end = at + 14; end < at + 14 + size; end += 2) {
      const start = end + size + 2;
      if (code > bytes.readUInt16BE(end)) continue;
      if (code < bytes.readUInt16BE(start)) return 0;
      const delta = bytes.readUInt16BE(start + size);
      const offsetAt = start + 2 * size;
      const offset = bytes.readUInt16BE(offsetAt);
      if (offset === 0) return (code + delta) & 0xffff;
      const glyph = bytes.readUInt16BE(offsetAt + offset + 2 * (code - bytes.readUInt16BE(start)));
      return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
    }
    return 0;
  };
}
