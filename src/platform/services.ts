/** Effects that pure code asks for: decompression and assets. `platform/node` provides them. */
export interface PlatformServices {
  /** Inflates a raw DEFLATE stream whose result must not exceed `limitBytes` (RangeError otherwise). */
  inflateRaw(bytes: Uint8Array, limitBytes: number): Promise<Uint8Array>;
  /** Gunzips; the result must not exceed `limitBytes` (RangeError otherwise). */
  gunzip(bytes: Uint8Array, limitBytes: number): Promise<Uint8Array>;
  /** A zstd decoder that is fed piece by piece: perf writes one never-closed frame over many records. */
  zstdStream(): ZstdStream;
  /** The bytes of a WebAssembly module that ships with a dependency, by a name the platform knows. */
  wasmBytes(name: 'demangle'): Promise<Uint8Array>;
}

/** Pieces in, whatever they decode to out. `push` may return an empty array when more input is needed. */
export interface ZstdStream {
  /**
   * Rejects when the data are damaged, with a RangeError when the piece decodes to more than `limitBytes`; the stream
   * cannot be used after that.
   */
  push(piece: Uint8Array, limitBytes?: number): Promise<Uint8Array>;
}
