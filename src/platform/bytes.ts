/**
 * Where bytes come from. Readers see these interfaces only; `platform/node` implements them, and readers
 * run wherever somebody else does.
 */

/** Random access to the bytes of one file (or one member of an archive). */
export interface ByteSource {
  /** Length in bytes; fixed for the lifetime of the source. */
  readonly size: number;
  /**
   * The bytes `[offset, offset + length)`, cut at the end of the file: the result is shorter than `length` only there.
   * The returned array belongs to the caller until the next call of `read` on the same source (implementations may
   * reuse a buffer): copy what must stay.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A source over bytes already in memory: small files, unpacked members, tests. */
export class MemorySource implements ByteSource {
  readonly #bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }
  get size(): number {
    return this.#bytes.byteLength;
  }
  read(offset: number, length: number): Promise<Uint8Array> {
    return Promise.resolve(this.#bytes.subarray(offset, offset + length));
  }
}

/** The block size of {@link readBlocks}: large enough that a read costs less than its parsing. */
export const BLOCK_BYTES = 4 * 1024 * 1024;

/** Blocks of a source in order, each a view that is valid until the next one is asked for. */
export async function* readBlocks(
  source: ByteSource,
  start = 0,
  end = source.size,
  blockBytes = BLOCK_BYTES,
): AsyncGenerator<Uint8Array> {
  for (let offset = start; offset < end;) {
    const block = await source.read(offset, Math.min(blockBytes, end - offset));
    if (block.byteLength === 0) return;
    yield block;
    offset += block.byteLength;
  }
}

/** The whole of a source as one array of its own. Throws a RangeError beyond `limitBytes`: a guard against hostile sizes. */
export async function readAll(source: ByteSource, limitBytes = 1 << 30): Promise<Uint8Array> {
  if (source.size > limitBytes) {
    throw new RangeError(
      `the file has ${source.size} bytes, more than the ${limitBytes} that can be read at once`,
    );
  }
  return new Uint8Array(await source.read(0, source.size));
}

const textDecoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: false });

/** Bytes as text; invalid UTF-8 becomes U+FFFD, a byte-order mark is dropped. */
export function decodeText(bytes: Uint8Array): string {
  return textDecoder.decode(bytes);
}

/** Text by the byte-order mark that editors and shells of Windows write: UTF-16, or UTF-8 with one or without. */
export function decodeMarkedText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return decodeText(bytes);
}

/** Lines of a text source without their line ends (`\n`, `\r\n`), streamed; a line is cut at `maxLineBytes`. */
export async function* readLines(source: ByteSource, maxLineBytes = 1 << 20): AsyncGenerator<string> {
  let rest = new Uint8Array(0);
  for await (const block of readBlocks(source)) {
    let from = 0;
    for (let to = block.indexOf(10); to !== -1; to = block.indexOf(10, from)) {
      const line = block.subarray(from, to);
      yield trimLineEnd(decodeText((rest.byteLength ? join(rest, line) : line).subarray(0, maxLineBytes)));
      rest = new Uint8Array(0);
      from = to + 1;
    }
    if (rest.byteLength < maxLineBytes) rest = join(rest, block.subarray(from));
  }
  if (rest.byteLength) yield trimLineEnd(decodeText(rest.subarray(0, maxLineBytes)));
}

function trimLineEnd(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.byteLength + b.byteLength);
  joined.set(a, 0);
  joined.set(b, a.byteLength);
  return joined;
}
