/** Names of functions out of a simpleperf recording, given to the frames of its profile. */
import { KERNEL_SPACE } from '../../profile/types.ts';
import type { Mapping, Profile } from '../../profile/types.ts';
import { DSO, type SimpleperfFile } from './simpleperfFiles.ts';

/**
 * Names the frames that the recording has names for; the others are left to symbol tables. Addresses are placed as
 * simpleperf does it (AOSP system/extras/simpleperf, `dso.cpp`, `IpToVaddrInFile`).
 */
export function nameFrames(profile: Profile, files: readonly SimpleperfFile[]): void {
  const named = files.filter(({ symbols }) => symbols.length > 0);
  if (named.length === 0) return;
  const byPath = new Map(named.map((file) => [file.path, file]));
  const kernel = named.find(({ type }) => type === DSO.kernel) ?? null;
  const strings = new Map<string, number>();
  const rowOf = (name: string): number => {
    const known = strings.get(name) ?? profile.strings.push(name) - 1;
    strings.set(name, known);
    return known;
  };
  const mappings = new SpaceMappings(profile);
  const { frames } = profile;
  for (let frame = 0; frame < frames.length; frame++) {
    const space = frames.space[frame];
    if (frames.name[frame] >= 0 || space < 0) continue;
    const address = (BigInt(frames.addressHigh[frame]) << 32n) | BigInt(frames.addressLow[frame]);
    const lookedUp = address - BigInt(frames.isReturnAddress[frame]);
    const mapping = mappings.at(space, lookedUp);
    const file = (mapping && byPath.get(mapping.path)) ?? (space === KERNEL_SPACE ? kernel : null);
    const name = file && nameAt(file, mapping ? vaddrOf(file, mapping, lookedUp) : lookedUp);
    if (name !== null) frames.name[frame] = rowOf(name);
  }
}

/** The address in the numbering of a file's symbols. */
function vaddrOf(file: SimpleperfFile, mapping: Mapping, address: bigint): bigint {
  const { minVaddr, minVaddrOffset, minVaddrMemory } = file;
  switch (file.type) {
    case DSO.kernel:
    case DSO.symbolMap:
      return address;
    case DSO.kernelModule:
      return address - mapping.start - minVaddrMemory + minVaddr;
    case DSO.dex:
      return address - mapping.start + mapping.fileOffset;
    default:
      return minVaddrOffset === null
        ? address - mapping.start + minVaddr
        : address - mapping.start + mapping.fileOffset - minVaddrOffset + minVaddr;
  }
}

/** The function that holds an address; null when none does. */
function nameAt({ symbols }: SimpleperfFile, vaddr: bigint): string | null {
  const row = lastAtOrBefore(symbols.length, (index) => symbols[index].start, vaddr);
  if (row < 0 || vaddr >= symbols[row].start + BigInt(symbols[row].bytes)) return null;
  return symbols[row].name || null;
}

/** Looks up mappings by address. Those of one space do not overlap; the kernel's modules lie inside its own. */
class SpaceMappings {
  readonly #profile: Profile;
  readonly #sorted: (Mapping[] | undefined)[] = [];

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  at(space: number, address: bigint): Mapping | null {
    const { mappings } = this.#profile.addressSpaces[space];
    const holds = (mapping: Mapping): boolean => mapping.start <= address && address < mapping.end;
    if (space === KERNEL_SPACE) return mappings.find(holds) ?? null;
    const sorted = (this.#sorted[space] ??= mappings.toSorted((a, b) => (a.start < b.start ? -1 : 1)));
    const row = lastAtOrBefore(sorted.length, (index) => sorted[index].start, address);
    return row >= 0 && holds(sorted[row]) ? sorted[row] : null;
  }
}

/** Row of the last of `length` ascending values that is not above `value`; -1 when all are. */
function lastAtOrBefore(length: number, valueAt: (row: number) => bigint, value: bigint): number {
  let from = 0;
  let to = length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (valueAt(middle) <= value) from = middle + 1;
    else to = middle;
  }
  return from - 1;
}
