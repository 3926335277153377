import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../../src/platform/bytes.ts';
import { FrameReader } from '../../../src/readers/apc/frames.ts';
import { concat, frame, hexBytes } from '../../support/apcBytes.ts';

async function framesOf(data: Uint8Array): Promise<{ seen: string[]; reader: FrameReader }> {
  const reader = new FrameReader(new MemorySource(data));
  const seen: string[] = [];
  for await (const { type, body, offset } of reader.frames()) seen.push(`${offset}: ${type} ${body.length}`);
  return { seen, reader };
}

describe('FrameReader', () => {
  it('walks the frames and passes over empty ones', async () => {
    const { seen, reader } = await framesOf(
      hexBytes('03 00 00 00 | 0a 7f 19 || 00 00 00 00 || 01 00 00 00 | 0b || 02 00 00 00 | 05 00'),
    );
    expect(seen).toEqual(['0: 10 2', '11: 11 0', '16: 5 1']);
    expect(reader.cut).toBeNull();
  });

  it('stops at a frame that is not there as a whole', async () => {
    const { seen, reader } = await framesOf(hexBytes('02 00 00 00 | 0a 01 || 09 00 00 00 | 0c 01 02'));
    expect(seen).toEqual(['0: 10 1']);
    expect(reader.cut).toEqual({ offset: 6, claimedBytes: 9, availableBytes: 3 });
  });

  it('stops at half a length and at one that no frame has', async () => {
    expect((await framesOf(hexBytes('02 00 00 00 | 0a 01 || 09 00'))).reader.cut).toEqual({
      offset: 6,
      claimedBytes: 0,
      availableBytes: 0,
    });
    const { seen, reader } = await framesOf(hexBytes('ff ff ff ff | 0a 01'));
    expect(seen).toEqual([]);
    expect(reader.cut?.claimedBytes).toBe(0xffff_ffff);
  });

  it('puts frames together that are longer than what is read at once, or cross it', async () => {
    const MEGABYTE = 1 << 20;
    const parts = [frame(12, new Uint8Array(3 * MEGABYTE)), frame(11, new Uint8Array(9 * MEGABYTE).fill(7))];
    parts.push(frame(12, Uint8Array.of(1, 2, 3)));
    const reader = new FrameReader(new MemorySource(concat(parts)));
    const bodies: Uint8Array[] = [];
    for await (const { body } of reader.frames()) bodies.push(body.slice());
    expect(bodies.map((body) => body.length)).toEqual([3 * MEGABYTE, 9 * MEGABYTE, 3]);
    expect(bodies[1].every((byte) => byte === 7)).toBe(true);
    expect([...bodies[2]]).toEqual([1, 2, 3]);
  });
});
