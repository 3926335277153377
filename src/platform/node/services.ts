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
  readonly #pieces: Uint8Array[] = [];
  #failure: Error | null = null;

  constructor() {
    this.#stream.on('data', (piece: Uint8Array) => this.#pieces.push(piece));
    this.#stream.on('error', (error: Error) => (this.#failure = error));
  }

  async push(piece: Uint8Array): Promise<Uint8Array> {
    await new Promise<void>((resolve) => {
      this.#stream.write(piece, () => resolve());
    });
    if (this.#failure) throw this.#failure;
    const size = this.#pieces.reduce((sum, part) => sum + part.byteLength, 0);
    const result = new Uint8Array(size);
    let at = 0;
    for (const part of this.#pieces.splice(0)) {
      result.set(part, at);
      at += part.byteLength;
    }
    return result;
  }
}
