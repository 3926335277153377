import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../src/platform/bytes.ts';
import type { ByteSource } from '../../src/platform/bytes.ts';
import { MAX_LINE_BYTES, headLines, headText, smallText, textLines } from '../../src/readers/textInput.ts';
import { headOf, textFile } from '../support/textFiles.ts';

async function linesOf(source: ByteSource): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of textLines(source)) lines.push(line);
  return lines;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Hands out at most `step` bytes a read, so that lines, characters and escapes are cut everywhere. */
class SmallSteps implements ByteSource {
  readonly #bytes: Uint8Array;
  readonly #step: number;
  constructor(content: Uint8Array, step: number) {
    this.#bytes = content;
    this.#step = step;
  }
  get size(): number {
    return this.#bytes.byteLength;
  }
  read(offset: number, length: number): Promise<Uint8Array> {
    return Promise.resolve(this.#bytes.slice(offset, offset + Math.min(length, this.#step)));
  }
}

const CLEAN = ['one', '', 'zwei ä', 'three'];

describe('text inputs', () => {
  it.each([
    ['plain', bytes('one\n\nzwei ä\nthree')],
    ['with \\r\\n', bytes('one\r\n\r\nzwei ä\r\nthree\r\n')],
    ['with a mark', bytes('\ufeffone\n\nzwei ä\nthree\n')],
    ['coloured', bytes('\x1b[1;31mone\x1b[0m\n\nzwei \x1b[Kä\n\x1b]0;title\x07three\n')],
    ['UTF-16 LE with a mark', new Uint8Array(Buffer.from('\ufeffone\r\n\r\nzwei ä\r\nthree', 'utf16le'))],
    ['UTF-16 LE', new Uint8Array(Buffer.from('one\n\nzwei ä\nthree', 'utf16le'))],
    ['UTF-16 BE', new Uint8Array(Buffer.from('\ufeffone\n\nzwei ä\nthree', 'utf16le').swap16())],
  ])('reads lines of %s text, however it is cut', async (_, content) => {
    expect(await linesOf(new MemorySource(content))).toEqual(CLEAN);
    for (const step of [4, 5, 7, 64]) expect(await linesOf(new SmallSteps(content, step))).toEqual(CLEAN);
    expect((await smallText(textFile(content), 'a text')).trimEnd().split(/\r?\n/)).toEqual(CLEAN);
  });

  it('cuts a line that never ends', async () => {
    const lines = await linesOf(new MemorySource(bytes(`${'x'.repeat(3 * MAX_LINE_BYTES)}\nend`)));
    expect(lines.map((line) => line.length)).toEqual([MAX_LINE_BYTES, 3]);
  });

  it('ends a damaged escape sequence with its line', async () => {
    expect(await linesOf(new MemorySource(bytes('a\x1b[12\nb\x1b]c\nd')))).toEqual(['a', 'b', 'd']);
  });

  it('gives complete lines of a head only', () => {
    const whole = 'one\ntwo\nthree';
    expect(headLines(headOf(whole), textFile(whole))).toEqual(['one', 'two', 'three']);
    expect(headLines(headOf(whole), { ...textFile(whole), bytes: 1000 })).toEqual(['one', 'two']);
    expect(headText(headOf('\ufeffone'))).toBe('one');
    expect(headText(headOf('PERFILE2\0\0'))).toBe('');
  });

  it('refuses a “small” text that is not', async () => {
    await expect(smallText(textFile('12345'), 'a table', 4)).rejects.toThrow(
      'a table of 5 bytes is larger than',
    );
  });
});
