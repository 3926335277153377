/** Unpacked data of archives: bounded, in memory while small, in a nameless temporary file beyond that. */
import { mkdtemp, open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemorySource, readBlocks } from '../bytes.ts';
import type { ByteSource } from '../bytes.ts';
import { FileSource } from './files.ts';
import { InputError } from '../../readers/reader.ts';

/** How much a run's archives may unpack to. Archives are hostile: a few bytes can claim terabytes. */
export interface UnpackLimits {
  /** All that the archives of one run unpack to, together. */
  totalBytes: number;
  /** Unpacked to packed size. DEFLATE reaches 1032; texts of real captures stay below 60. */
  ratio: number;
  /** The ratio is not judged below this unpacked size: small files of one repeated line are harmless. */
  ratioFromBytes: number;
  /** Larger results go to a temporary file instead of memory. */
  inMemoryBytes: number;
}

export const UNPACK_LIMITS: UnpackLimits = {
  totalBytes: 16 * 2 ** 30,
  ratio: 200,
  ratioFromBytes: 64 * 2 ** 20,
  inMemoryBytes: 64 * 2 ** 20,
};

/** Counts what one run unpacks to and keeps what must be closed when the run has been read. */
export class Unpacker {
  readonly limits: UnpackLimits;
  readonly #closers: (() => Promise<void>)[] = [];
  #unpackedBytes = 0;

  constructor(limits: UnpackLimits) {
    this.limits = limits;
  }

  /** Accounts for `unpackedBytes` more that came from `packedBytes`. Throws an InputError beyond a limit. */
  claim(path: string, unpackedBytes: number, packedBytes: number): void {
    this.checkRatio(path, unpackedBytes, packedBytes);
    this.#unpackedBytes += unpackedBytes;
    if (this.#unpackedBytes > this.limits.totalBytes) throw tooMuch(path, this.limits.totalBytes);
  }

  checkRatio(path: string, unpackedBytes: number, packedBytes: number): void {
    if (unpackedBytes > this.limits.ratioFromBytes && unpackedBytes > packedBytes * this.limits.ratio) {
      throw new InputError(path, `unpacks to more than ${this.limits.ratio} times its size`, {
        fix: 'If that is right, unpack it yourself and name the result',
      });
    }
  }

  keep(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  /** The bytes of `pieces` as a source. What arrives is the caller's to count: see {@link claim}. */
  async collect(pieces: AsyncIterable<Uint8Array>): Promise<ByteSource> {
    const inMemory: Uint8Array[] = [];
    let sizeBytes = 0;
    let file: FileHandle | null = null;
    for await (const piece of pieces) {
      sizeBytes += piece.byteLength;
      if (!file && sizeBytes > this.limits.inMemoryBytes) {
        file = await this.#temporaryFile();
        for (const earlier of inMemory.splice(0)) await file.writeFile(earlier);
      }
      if (file) await file.writeFile(piece);
      else inMemory.push(piece);
    }
    return file ? FileSource.over(file) : new MemorySource(Buffer.concat(inMemory, sizeBytes));
  }

  /** A file that is gone as soon as it is closed, also when the process dies. */
  async #temporaryFile(): Promise<FileHandle> {
    const folder = await mkdtemp(join(tmpdir(), 'gemview-'));
    try {
      const handle = await open(join(folder, 'unpacked'), 'wx+', 0o600);
      this.keep(() => handle.close());
      return handle;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Closes everything kept, last first. */
  async close(): Promise<void> {
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) await close();
  }
}

function tooMuch(path: string, limitBytes: number): InputError {
  return new InputError(path, `the archives of this run unpack to more than ${limitBytes / 2 ** 30} GiB`, {
    fix: 'Unpack them yourself and name the results',
  });
}

/** A source whose bytes are made on the first read; its size is known before. */
export class LazySource implements ByteSource {
  readonly size: number;
  readonly #open: () => Promise<ByteSource>;
  #source: Promise<ByteSource> | null = null;

  constructor(size: number, openSource: () => Promise<ByteSource>) {
    this.size = size;
    this.#open = openSource;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    this.#source ??= this.#open();
    const source = await this.#source;
    return source.read(offset, length);
  }
}

/** Blocks `[start, end)` of a source as copies: a stream keeps several, a source may reuse its buffer. */
export async function* ownedBlocks(
  source: ByteSource,
  start = 0,
  end = source.size,
): AsyncGenerator<Uint8Array> {
  for await (const block of readBlocks(source, start, end)) yield new Uint8Array(block);
}
