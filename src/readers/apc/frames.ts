/**
 * The framing of a capture's data: `u32le length` and that many bytes, the first of which is the frame's type. No magic,
 * no index, no checksum.
 */
import { BLOCK_BYTES } from '../../platform/bytes.ts';
import type { ByteSource } from '../../platform/bytes.ts';

/** Frame types of gator 9 on Linux (gator daemon/Protocol.h, `enum class FrameType`). */
export const FrameType = {
  summary: 1,
  blockCounter: 5,
  external: 10,
  perfAttributes: 11,
  perfData: 12,
  perfAux: 14,
  perfSync: 15,
} as const;

/** Types that only the kernel module and the `/proc` mode of gator before 8.5 wrote. */
export const OLD_FRAME_TYPES: ReadonlySet<number> = new Set([2, 3, 4, 6, 7, 9, 13]);

/** gator never writes a longer frame. */
const MAX_FRAME_BYTES = 256 * 1024 * 1024;
const LENGTH_BYTES = 4;

export interface Frame {
  type: number;
  /** What follows the type. A view that is valid until the next frame is asked for. */
  body: Uint8Array;
  /** Where the frame begins in the data. */
  offset: number;
}

/** Where a capture stops being readable. */
export interface CutFrame {
  offset: number;
  /** Bytes the frame says it has. */
  claimedBytes: number;
  /** Bytes that are there. */
  availableBytes: number;
}

/** Walks the frames of a capture from the front to its end, or to the first one that is not there as a whole. */
export class FrameReader {
  /** Set when the walk ended before the end of the data. */
  cut: CutFrame | null = null;
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  async *frames(): AsyncGenerator<Frame> {
    const source = this.#source;
    let block = new Uint8Array(0);
    let blockOffset = 0;
    let at = 0;
    while (blockOffset + at < source.size) {
      const length = block.length - at >= LENGTH_BYTES ? uint32le(block, at) : null;
      const wanted = LENGTH_BYTES + (length ?? 0);
      const offset = blockOffset + at;
      if (wanted > MAX_FRAME_BYTES || offset + wanted > source.size) {
        this.cut = {
          offset,
          claimedBytes: length ?? 0,
          availableBytes: Math.max(0, source.size - offset - LENGTH_BYTES),
        };
        return;
      }
      if (length === null || block.length - at < wanted) {
        // The frame crosses the end of the block: read on from where it begins.
        const read = await source.read(offset, Math.max(BLOCK_BYTES, wanted));
        if (read.length < wanted) {
          this.cut = {
            offset,
            claimedBytes: length ?? 0,
            availableBytes: Math.max(0, read.length - LENGTH_BYTES),
          };
          return;
        }
        block = read as Uint8Array<ArrayBuffer>;
        blockOffset = offset;
        at = 0;
        continue;
      }
      at += wanted;
      if (length > 0) {
        const bodyAt = at - length;
        yield { type: block[bodyAt], body: block.subarray(bodyAt + 1, at), offset };
      }
    }
  }
}

function uint32le(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}
