import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileSource } from '../../../src/platform/node/files.ts';
import { scratchFolder } from '../../support/scratch.ts';

const MIB = 1 << 20;

/** Every four bytes say where they stand. */
function numbered(bytes: number): Uint8Array {
  const words = new Uint32Array(bytes / 4);
  for (let at = 0; at < words.length; at++) words[at] = at * 4;
  return new Uint8Array(words.buffer);
}

async function opened(bytes: Uint8Array): Promise<{ source: FileSource; path: string }> {
  const path = join(scratchFolder({ file: bytes }), 'file');
  return { source: await FileSource.open(path), path };
}

const firstWord = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);

describe('FileSource', () => {
  it('gives any part of the file, shorter only at its end', async () => {
    const content = numbered(3 * MIB);
    const { source } = await opened(content);
    for (const [offset, length] of [
      [0, 10],
      [MIB, 2 * MIB],
      [5, MIB],
      [3 * MIB - 4, 100],
      [3 * MIB, 1],
      [4 * MIB, 1],
    ]) {
      expect(
        Buffer.compare(await source.read(offset, length), content.subarray(offset, offset + length)),
      ).toBe(0);
    }
    await source.close();
  });

  it('gives the blocks of walks that step back to a record, go on, jump and look elsewhere', async () => {
    const content = numbered(24 * MIB);
    const { source } = await opened(content);
    let seed = 1;
    let offset = 0;
    for (let step = 0; step < 200; step++) {
      seed = (seed * 48_271) % 2_147_483_647;
      const length = seed % 5 === 0 ? 4096 : (1 + (seed % 4)) * MIB;
      const block = await source.read(offset, length);
      expect(block.byteLength).toBe(Math.min(length, content.length - offset));
      expect(firstWord(block)).toBe(offset);
      expect(firstWord(block.subarray(block.byteLength - 4))).toBe(offset + block.byteLength - 4);
      const jump = seed % 11 === 0 || offset + block.byteLength > content.length - 8;
      offset = jump ? (seed % (20 * MIB)) & ~3 : offset + block.byteLength - ((seed % 0x1_0000) & ~3);
      offset = Math.max(0, offset);
    }
    await source.close();
  });

  it('leaves a block alone until the next read', async () => {
    const { source } = await opened(numbered(16 * MIB));
    await source.read(0, 2 * MIB);
    const block = await source.read(2 * MIB, 2 * MIB);
    // By now the block behind has been read ahead.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(firstWord(block)).toBe(2 * MIB);
    expect(firstWord(block.subarray(2 * MIB - 4))).toBe(4 * MIB - 4);
    await source.close();
  });

  it('ends with the file where that was cut meanwhile, and closes while it reads ahead', async () => {
    const { source, path } = await opened(numbered(8 * MIB));
    await source.read(0, 2 * MIB);
    truncateSync(path, 3 * MIB);
    expect((await source.read(2 * MIB, 2 * MIB)).byteLength).toBe(MIB);
    expect((await source.read(3 * MIB, 2 * MIB)).byteLength).toBe(0);
    await source.close();
  });
});
