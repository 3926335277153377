/** Node's implementation of the effects in `platform/services.ts`. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createZstdDecompress, gunzip, inflateRaw } from 'node:zlib';
import { promisify } from 'node:util';
import type { PlatformServices, ZstdStream } from '../services.ts';

const inflateRawAsync = promisify(inflateRaw);
const gunzipAsync = promisify(gunzip);
const require = createRequire(import.meta.url);

export const nodeServices: PlatformServices = {
  inflateRaw: (bytes, limitBytes) => limited(() => inflateRawAsync(bytes, { maxOutputLength: limitBytes })),
  gunzip: (bytes, limitBytes) => limited(() => gunzipAsync(bytes, { maxOutputLength: limitBytes })),
  zstdStream: () => new NodeZstdStream(),
  wasmBytes: async () => new Uint8Array(await readFile(wasmPath())),
};

function wasmPath(): string {
  return require.resolve('gecko-profiler-demangle/index_bg.wasm');
}

/** zlib names the limit in an ERR_BUFFER_TOO_LARGE; callers expect a RangeError. */
async function limited(run: () => Promise<Uint8Array>): Promise<Uint8Array> {
  try {
    return await run();
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new RangeError('the data decompress to more than the limit', { cause: error });
    }
    throw error;
  }
}

class NodeZstdStream implements ZstdStream {
  readonly #stream = createZstdDecompress();
  #pieces: Uint8Array[] = [];
  #sizeBytes = 0;
  #limitBytes = Infinity;

  constructor() {
    this.#stream.on('data', (piece: Uint8Array) => {
      this.#pieces.push(piece);
      this.#sizeBytes += piece.byteLength;
      if (this.#sizeBytes > this.#limitBytes) {
        this.#stream.destroy(new RangeError(`the data decompress to more than ${this.#limitBytes} bytes`));
      }
    });
  }

  async push(piece: Uint8Array, limitBytes = Infinity): Promise<Uint8Array> {
    this.#limitBytes = limitBytes;
    const stream = this.#stream;
    await new Promise<void>((resolve, reject) => {
      // A write that fails may never call back, one that is cut off by `destroy` calls back without an error.
      stream.once('error', reject);
      stream.write(piece, (error) => {
        const failure = error ?? stream.errored;
        if (failure) return reject(failure);
        stream.off('error', reject);
        resolve();
      });
    });
    const result = new Uint8Array(this.#sizeBytes);
    let at = 0;
    for (const part of this.#pieces) {
      result.set(part, at);
      at += part.byteLength;
    }
    this.#pieces = [];
    this.#sizeBytes = 0;
    return result;
  }
}
