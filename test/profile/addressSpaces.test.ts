import { describe, expect, it } from 'vitest';
import { AddressSpaceBuilder, mappingAt } from '../../src/profile/addressSpaces.ts';
import type { Mapping } from '../../src/profile/types.ts';

const mapping = (start: number, end: number, path: string): Mapping => ({
  start: BigInt(start),
  end: BigInt(end),
  fileOffset: 0n,
  path,
  buildId: null,
  kind: 'file',
});

describe('AddressSpaceBuilder', () => {
  it('starts a new space where a mapping replaces part of an older one, and keeps what is left of it', () => {
    const builder = new AddressSpaceBuilder();
    builder.map(1, 0, mapping(0x1000, 0x5000, 'old'));
    const before = builder.ensureSpaceAt(1, 5);
    builder.map(1, 10, mapping(0x2000, 0x3000, 'new'));
    const after = builder.ensureSpaceAt(1, 10);
    expect(after).not.toBe(before);
    expect(mappingAt(builder.spaces[before], 0x2800n)?.path).toBe('old');
    expect(mappingAt(builder.spaces[after], 0x2800n)?.path).toBe('new');
    // The upper rest of the old mapping starts 0x2000 further into its file.
    expect(mappingAt(builder.spaces[after], 0x3000n)).toMatchObject({ path: 'old', fileOffset: 0x2000n });
    expect(builder.spaceUntil(1, 5)).toEqual({ space: before, fromNs: -Infinity, untilNs: 10 });
    expect(builder.spaceUntil(1, 10)).toEqual({ space: after, fromNs: 10, untilNs: Infinity });
  });

  it('forgets mappings at exec and copies them at fork', () => {
    const builder = new AddressSpaceBuilder();
    builder.map(1, 0, mapping(0x1000, 0x2000, 'shell'));
    builder.fork(2, 1, 5);
    expect(mappingAt(builder.spaces[builder.ensureSpaceAt(2, 6)], 0x1800n)?.path).toBe('shell');
    builder.exec(2, 8);
    builder.map(2, 8, mapping(0x1000, 0x2000, 'llama'));
    expect(mappingAt(builder.spaces[builder.ensureSpaceAt(2, 9)], 0x1800n)?.path).toBe('llama');
    expect(mappingAt(builder.spaces[builder.ensureSpaceAt(1, 9)], 0x1800n)?.path).toBe('shell');
    expect(builder.spaceAt(3, 0)).toBeNull();
  });
});
