import { describe, expect, it } from 'vitest';
import { AddressSpaceBuilder, mappingAt } from '../../src/profile/addressSpaces.ts';
import type { Mapping } from '../../src/profile/types.ts';
import { cpuMilliseconds } from '../support/cpuTime.ts';

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

  it('gives rows to spaces that somebody asked for', () => {
    const builder = new AddressSpaceBuilder();
    for (let i = 0; i < 10; i++) builder.map(1, i, mapping(0x1000, 0x2000, `version ${i}`));
    const third = builder.ensureSpaceAt(1, 3);
    expect(builder.spaces.length).toBe(2);
    expect(mappingAt(builder.spaces[third], 0x1000n)?.path).toBe('version 3');
    expect(builder.ensureSpaceAt(1, 3.5)).toBe(third);
    // Known too late, and mapped where nothing was: part of every space of that time.
    const last = builder.ensureSpaceAt(1, 9);
    builder.map(1, 20, mapping(0x8000, 0x9000, 'library'));
    expect(mappingAt(builder.spaces[last], 0x8000n)?.path).toBe('library');
    expect(builder.ensureSpaceAt(1, 20)).toBe(last);
  });

  it('ignores exact repeats and empty mappings', () => {
    const builder = new AddressSpaceBuilder();
    builder.map(1, 0, mapping(0x1000, 0x2000, 'a'));
    builder.map(1, 5, mapping(0x1000, 0x2000, 'a'));
    builder.map(1, 6, mapping(0x1500, 0x1500, 'nothing'));
    expect(builder.spaceUntil(1, 7).untilNs).toBe(Infinity);
    expect(builder.spaces[builder.ensureSpaceAt(1, 7)].mappings.map(({ path }) => path)).toEqual(['a']);
  });

  it('agrees with a plain list of bytes', () => {
    const builder = new AddressSpaceBuilder();
    const bytes: string[] = new Array(64).fill('');
    let state = 7;
    const random = (below: number): number => (state = (state * 75 + 74) % 65537) % below;
    for (let i = 0; i < 400; i++) {
      const start = random(60);
      const end = start + 1 + random(12);
      builder.map(1, i, mapping(start, end, `${i}`));
      for (let at = start; at < Math.min(end, 64); at++) bytes[at] = `${i} ${at - start}`;
    }
    const space = builder.spaces[builder.ensureSpaceAt(1, 400)];
    const found = bytes.map((_, at) => {
      const one = mappingAt(space, BigInt(at));
      return one ? `${one.path} ${one.fileOffset + BigInt(at) - one.start}` : '';
    });
    expect(found).toEqual(bytes);
  });

  it('takes a hundred thousand changes of one process in a moment', () => {
    const builder = new AddressSpaceBuilder();
    const milliseconds = cpuMilliseconds(() => {
      for (let i = 0; i < 50_000; i++) {
        builder.map(1, i, mapping(0x1000 + i * 0x800, 0x2000 + i * 0x800, 'a'));
        builder.fork(2 + i, 1, i);
      }
      for (let i = 0; i < 50_000; i++) builder.map(1, 50_000 + i, mapping(0, 0x8000_0000, `${i % 2}`));
    });
    // Copying the mappings at each would be minutes.
    expect(milliseconds).toBeLessThan(5000);
    expect(builder.spaces[builder.ensureSpaceAt(1, 1e9)].mappings).toHaveLength(1);
    expect(builder.spaces[builder.ensureSpaceAt(50_001, 1e9)].mappings).toHaveLength(50_000);
  });
});
