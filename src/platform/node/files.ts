/** Byte sources over files on disk. */
import { open, type FileHandle } from 'node:fs/promises';
import type { ByteSource } from '../bytes.ts';

/** A file opened for reading. Close it when the run has been read. */
export class FileSource implements ByteSource {
  readonly size: number;
  readonly #handle: FileHandle;

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
    const buffer = new Uint8Array(wanted);
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await this.#handle.read(buffer, filled, wanted - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
