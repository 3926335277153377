import { describe, expect, it } from 'vitest';
import { PackedReader, WordSkipper, decodeWords, unsignedBigInt } from '../../../src/readers/apc/packed.ts';
import { hexBytes } from '../../support/apcBytes.ts';

/** Value and bytes as gator packs them. */
const EXAMPLES: [value: bigint, bytes: string][] = [
  [0n, '00'],
  [1n, '01'],
  [63n, '3f'],
  [64n, 'c0 00'],
  [127n, 'ff 00'],
  [128n, '80 01'],
  [300n, 'ac 02'],
  [-1n, '7f'],
  [-2n, '7e'],
  [-64n, '40'],
  [-65n, 'bf 7f'],
  [-512n, '80 7c'],
  [0x41d0cn, '8c ba 10'],
  [0x7fff_ffffn, 'ff ff ff ff 07'],
  [1_000_000_000_000n, '80 a0 94 a5 8d 1d'],
  [0x0080_0002_0000_0009n, '89 80 80 80 a0 80 80 c0 00'],
  [0x7fff_ffff_ffff_ffffn, 'ff ff ff ff ff ff ff ff ff 00'],
  [-0x8000_0000_0000_0000n, '80 80 80 80 80 80 80 80 80 7f'],
];

describe('packed integers', () => {
  it.each(EXAMPLES)('reads %s', (value, bytes) => {
    const reader = new PackedReader(hexBytes(bytes));
    reader.packed();
    expect(BigInt.asIntN(64, unsignedBigInt(reader.low, reader.high))).toBe(value);
    expect(reader.remaining).toBe(0);
    expect(reader.overrun).toBe(false);
  });

  it('reads unsigned 64-bit patterns above 2^63', () => {
    // 0xffff800080000000, an address of the kernel: packed as -0x7fff80000000.
    const reader = new PackedReader(hexBytes('80 80 80 80 88 80 60'));
    expect(reader.uint64()).toBe(0xffff_8000_8000_0000n);
  });

  it('unpacks words in a row and passes over them', () => {
    const bytes = hexBytes(EXAMPLES.map(([, each]) => each).join(' '));
    const words = new Int32Array(EXAMPLES.length * 2);
    expect(decodeWords(bytes, 0, EXAMPLES.length, words)).toBe(bytes.length);
    const values = EXAMPLES.map((_, word) =>
      BigInt.asIntN(64, unsignedBigInt(words[word * 2], words[word * 2 + 1])),
    );
    expect(values).toEqual(EXAMPLES.map(([value]) => value));
  });

  it('passes over any number of words from any alignment', () => {
    const packed = hexBytes(EXAMPLES.map(([, each]) => each).join(' '));
    const ends: number[] = [0];
    packed.forEach((byte, at) => byte < 0x80 && ends.push(at + 1));
    for (let shift = 0; shift < 4; shift++) {
      const buffer = new Uint8Array(packed.length + shift);
      buffer.set(packed, shift);
      const skipper = new WordSkipper(buffer.subarray(shift));
      for (let from = 0; from < ends.length; from++) {
        for (let to = from; to < ends.length; to++) {
          expect(skipper.skip(ends[from], to - from, packed.length)).toBe(ends[to]);
        }
      }
      expect(skipper.skip(0, ends.length, packed.length)).toBeGreaterThan(packed.length);
      // A word that ends behind the section is not there.
      expect(skipper.skip(0, ends.length - 1, packed.length - 1)).toBeGreaterThan(packed.length - 1);
    }
  });
});

describe('PackedReader', () => {
  it('reads strings by length and by NUL', () => {
    const reader = new PackedReader(hexBytes('05 75 6e 61 6d 65 | 61 62 00 | c3 bc 00'));
    expect(reader.string()).toBe('uname');
    expect(reader.cString()).toBe('ab');
    expect(reader.cString()).toBe('ü');
  });

  it.each([
    ['a value without its last byte', '80 80', (reader: PackedReader) => reader.int32()],
    [
      'a value that never ends',
      '80 80 80 80 80 80 80 80 80 80 80 01',
      (reader: PackedReader) => reader.int32(),
    ],
    ['a string longer than the message', '05 61 62', (reader: PackedReader) => reader.string()],
    ['a string of negative length', '7f 61', (reader: PackedReader) => reader.string()],
    ['a text without NUL', '61 62', (reader: PackedReader) => reader.cString()],
    ['too few bytes', '01 02 03', (reader: PackedReader) => reader.uint32le()],
  ])('marks %s as overrun and reads nothing', (_, bytes, read) => {
    const reader = new PackedReader(hexBytes(bytes));
    expect(read(reader) || 0).toBe(0);
    expect(reader.overrun).toBe(true);
    expect(reader.remaining).toBe(0);
  });
});
