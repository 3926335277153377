/**
 * The life of address spaces: MMAP, COMM-exec, FORK in time order give every process a current space. Readers first feed
 * all side-band records in time order, then ask which space an address at a time belongs to.
 */
import {
  KERNEL_SPACE,
  type AddressSpace,
  type AddressSpaceIndex,
  type Mapping,
  type Nanoseconds,
} from './types.ts';

interface Epoch {
  fromNs: Nanoseconds;
  space: AddressSpaceIndex;
}

/** Builds the table of address spaces. Feed events in time order; a space is copied when a mapping replaces another. */
export class AddressSpaceBuilder {
  readonly spaces: AddressSpace[] = [{ pid: -1, mappings: [] }];
  readonly #epochs = new Map<number, Epoch[]>();

  /** A mapping of the kernel or of a module: valid for the whole capture. */
  mapKernel(mapping: Mapping): void {
    this.spaces[KERNEL_SPACE].mappings.push(mapping);
  }

  /** A new mapping in `pid` at `timeNs`. Exact repeats are ignored; an overlap starts a new space without the replaced part. */
  map(pid: number, timeNs: Nanoseconds, mapping: Mapping): void {
    const space = this.spaces[this.#current(pid, timeNs)];
    const overlapped = space.mappings.filter((old) => old.start < mapping.end && mapping.start < old.end);
    if (overlapped.some((old) => sameMapping(old, mapping))) return;
    if (overlapped.length === 0) {
      space.mappings.push(mapping);
      return;
    }
    const kept = space.mappings.flatMap((old) => subtract(old, mapping));
    this.#begin(pid, timeNs, [...kept, mapping]);
  }

  /** exec: earlier mappings of the process are gone. */
  exec(pid: number, timeNs: Nanoseconds): void {
    this.#begin(pid, timeNs, []);
  }

  /** fork: the child starts with a copy of its parent's mappings. */
  fork(pid: number, parentPid: number, timeNs: Nanoseconds): void {
    const parent = this.spaceAt(parentPid, timeNs);
    this.#begin(pid, timeNs, parent === null ? [] : [...this.spaces[parent].mappings]);
  }

  /** The space of a process at a time; the first one for earlier times, null for a process that never had a mapping. */
  spaceAt(pid: number, timeNs: Nanoseconds): AddressSpaceIndex | null {
    const epochs = this.#epochs.get(pid);
    return epochs ? epochs[epochAt(epochs, timeNs)].space : null;
  }

  /** The space of a process at a time; a process without any mapping gets an empty space of its own. */
  ensureSpaceAt(pid: number, timeNs: Nanoseconds): AddressSpaceIndex {
    return this.spaceAt(pid, timeNs) ?? this.#begin(pid, timeNs, []);
  }

  /** Like {@link ensureSpaceAt}, with the times between which it is the answer: lets a reader skip look-ups in a row of samples. */
  spaceUntil(
    pid: number,
    timeNs: Nanoseconds,
  ): { space: AddressSpaceIndex; fromNs: Nanoseconds; untilNs: Nanoseconds } {
    const space = this.ensureSpaceAt(pid, timeNs);
    const epochs = this.#epochs.get(pid) ?? [];
    const at = epochAt(epochs, timeNs);
    return {
      space,
      fromNs: at === 0 ? -Infinity : epochs[at].fromNs,
      untilNs: epochs[at + 1]?.fromNs ?? Infinity,
    };
  }

  #current(pid: number, timeNs: Nanoseconds): AddressSpaceIndex {
    const epochs = this.#epochs.get(pid);
    return epochs ? epochs[epochs.length - 1].space : this.#begin(pid, timeNs, []);
  }

  #begin(pid: number, timeNs: Nanoseconds, mappings: Mapping[]): AddressSpaceIndex {
    const space = this.spaces.push({ pid, mappings }) - 1;
    const epochs = this.#epochs.get(pid);
    if (epochs) epochs.push({ fromNs: timeNs, space });
    else this.#epochs.set(pid, [{ fromNs: timeNs, space }]);
    return space;
  }
}

/** The last epoch that began by `timeNs`; the first one for earlier times. Epochs begin in order of time. */
function epochAt(epochs: readonly Epoch[], timeNs: Nanoseconds): number {
  let from = 0;
  let to = epochs.length;
  while (to - from > 1) {
    const place = (from + to) >>> 1;
    if (epochs[place].fromNs <= timeNs) from = place;
    else to = place;
  }
  return from;
}

function sameMapping(a: Mapping, b: Mapping): boolean {
  return a.start === b.start && a.end === b.end && a.fileOffset === b.fileOffset && a.path === b.path;
}

/** What is left of `old` when `cut` is mapped over it. */
function subtract(old: Mapping, cut: Mapping): Mapping[] {
  if (old.end <= cut.start || cut.end <= old.start) return [old];
  const parts: Mapping[] = [];
  if (old.start < cut.start) parts.push({ ...old, end: cut.start });
  if (cut.end < old.end) {
    parts.push({ ...old, start: cut.end, fileOffset: old.fileOffset + (cut.end - old.start) });
  }
  return parts;
}

/** The mapping of a space that holds an address; null when none does. Spaces have tens of mappings: a scan is enough. */
export function mappingAt(space: AddressSpace, address: bigint): Mapping | null {
  for (const mapping of space.mappings) if (mapping.start <= address && address < mapping.end) return mapping;
  return null;
}
