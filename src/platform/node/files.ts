/** Byte sources over files on disk. */
import { open, type FileHandle } from 'node:fs/promises';
import type { ByteSource } from '../bytes.ts';

/** Reads of this size are blocks of a walk through the file: fresh memory for each would cost more than the reading. */
const BLOCK_READ_BYTES = 1 << 20;
/** Longer reads get memory of their own, which goes when they are done with. */
const MAX_KEPT_BYTES = 16 << 20;

/** A file opened for reading. Close it when the run has been read. */
export class FileSource implements ByteSource {
  readonly size: number;
  readonly #handle: FileHandle;
  /** Memory of the last block, used again for the next one. */
  #block = new Uint8Array(0);

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
    const buffer = this.#buffer(wanted);
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await this.#handle.read(buffer, filled, wanted - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  }

  #buffer(bytes: number): Uint8Array {
    if (bytes < BLOCK_READ_BYTES || bytes > MAX_KEPT_BYTES) return new Uint8Array(bytes);
    if (this.#block.length < bytes) this.#block = new Uint8Array(bytes);
    return this.#block.subarray(0, bytes);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
