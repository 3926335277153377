/** Byte sources over files on disk. */
import { open, type FileHandle } from 'node:fs/promises';
import type { ByteSource } from '../bytes.ts';

/** Reads of this size are blocks of a walk through the file: fresh memory for each would cost more than the reading. */
const BLOCK_READ_BYTES = 1 << 20;
/** Longer reads get memory of their own, which goes when they are done with. */
const MAX_KEPT_BYTES = 16 << 20;
/** A walk goes back to the start of a record that a block cut: by less than this. */
const STEP_BACK_BYTES = 64 << 10;

/** A part of the file that is in memory, or will be. */
interface Piece {
  offset: number;
  bytes: Promise<Uint8Array>;
}

/**
 * A file opened for reading. Close it when the run has been read. While the caller works on a block of a walk, the next one
 * is read.
 */
export class FileSource implements ByteSource {
  readonly size: number;
  readonly #handle: FileHandle;
  /** Memory of the last two blocks, used again in turn. */
  #buffers = [new Uint8Array(0), new Uint8Array(0)];
  /** Where the block before ended; a block that begins about there goes on with a walk. */
  #lastEnd = -1;
  #ahead: Piece | null = null;

  private constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  static async open(path: string): Promise<FileSource> {
    return FileSource.over(await open(path, 'r'));
  }

  /** Over a file that is already open; its size now is the size of the source. */
  static async over(handle: FileHandle): Promise<FileSource> {
    const { size } = await handle.stat();
    return new FileSource(handle, size);
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    const isBlock = wanted >= BLOCK_READ_BYTES && wanted <= MAX_KEPT_BYTES;
    if (!isBlock)
      return (await this.#takeAhead(offset, wanted)) ?? this.#fill(new Uint8Array(wanted), offset);
    const goesOn = offset <= this.#lastEnd && offset > this.#lastEnd - STEP_BACK_BYTES;
    const block =
      (await this.#takeAhead(offset, wanted)) ?? (await this.#fill(this.#nextBuffer(wanted), offset));
    this.#lastEnd = offset + block.byteLength;
    if (goesOn && this.#lastEnd < this.size)
      this.#readAhead(this.#lastEnd - STEP_BACK_BYTES, wanted + STEP_BACK_BYTES);
    return block;
  }

  async close(): Promise<void> {
    await this.#ahead?.bytes.catch(() => null);
    await this.#handle.close();
  }

  #readAhead(offset: number, length: number): void {
    const wanted = Math.min(length, this.size - offset);
    const bytes = this.#fill(this.#nextBuffer(wanted), offset);
    // Whoever asks for these bytes gets the error; nobody may ask.
    bytes.catch(() => null);
    this.#ahead = { offset, bytes };
  }

  /** The wanted bytes when they were read ahead, else null. */
  async #takeAhead(offset: number, wanted: number): Promise<Uint8Array | null> {
    const ahead = this.#ahead;
    if (!ahead) return null;
    this.#ahead = null;
    const bytes = await ahead.bytes;
    const from = offset - ahead.offset;
    return from >= 0 && from + wanted <= bytes.byteLength ? bytes.subarray(from, from + wanted) : null;
  }

  /** The buffer that does not hold the last block, at least that large. */
  #nextBuffer(bytes: number): Uint8Array {
    const [current, next] = this.#buffers;
    const buffer = next.length < bytes ? new Uint8Array(bytes) : next;
    this.#buffers = [buffer, current];
    return buffer.subarray(0, bytes);
  }

  /** Fills a buffer from the file; shorter only where the file has become so. */
  async #fill(buffer: Uint8Array, offset: number): Promise<Uint8Array> {
    let filled = 0;
    while (filled < buffer.byteLength) {
      const { bytesRead } = await this.#handle.read(
        buffer,
        filled,
        buffer.byteLength - filled,
        offset + filled,
      );
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  }
}
