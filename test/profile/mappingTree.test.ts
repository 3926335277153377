import { expect, it } from 'vitest';
import { AddressSpaceBuilder, mappingAt } from '../../src/profile/addressSpaces.ts';
import type { Mapping } from '../../src/profile/types.ts';

const MAPPINGS = 20_000;

/** Row n of the address space: a page, and a page of nothing behind it. */
const mapping = (row: number): Mapping => ({
  start: BigInt(0x2000 * row),
  end: BigInt(0x2000 * row + 0x1000),
  fileOffset: 0n,
  path: String(row),
  buildId: null,
  kind: 'file',
});

/** Addresses in the order of a well-known generator's numbers: a tree whose priorities were those would be a list. */
function preparedOrder(): number[] {
  let state = 1;
  const numbers = Array.from({ length: MAPPINGS }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state;
  });
  const rank = new Map(numbers.toSorted((a, b) => a - b).map((value, row) => [value, row]));
  return numbers.map((value) => rank.get(value)!);
}

it.each([
  ['prepared', preparedOrder()],
  ['rising', Array.from({ length: MAPPINGS }, (_, row) => row)],
  ['falling', Array.from({ length: MAPPINGS }, (_, row) => MAPPINGS - 1 - row)],
])('an address space holds mappings whose addresses come in %s order', (_, order) => {
  const builder = new AddressSpaceBuilder();
  for (const row of order) builder.map(1, 0, mapping(row));
  const space = builder.spaces[builder.ensureSpaceAt(1, 1)];
  expect(space.mappings).toHaveLength(MAPPINGS);
  expect(mappingAt(space, BigInt(0x2000 * 777) + 0x800n)?.path).toBe('777');
});
