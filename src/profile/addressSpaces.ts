/**
 * The life of address spaces: MMAP, COMM-exec, FORK in time order give every process a current space. Readers first feed
 * all side-band records in time order, then ask which space an address at a time belongs to; only spaces that somebody
 * asked for get a row.
 */
import { mappingCount, mappingsOf, withMapping, type MappingTree } from './mappingTree.ts';
import {
  KERNEL_SPACE,
  type AddressSpace,
  type AddressSpaceIndex,
  type Mapping,
  type Nanoseconds,
} from './types.ts';

/** What a process had mapped from a time on. */
interface Epoch {
  fromNs: Nanoseconds;
  tree: MappingTree;
  /** Row of the space; null while nobody asked for it. */
  space: AddressSpaceIndex | null;
}

/**
 * Mappings written out for all spaces together. System-wide captures of thousands of processes stay far below; a hostile
 * file could ask for the square of its size.
 */
const MAX_MAPPINGS = 4_000_000;

/** Builds the table of address spaces. Feed events in time order; a new space begins when a mapping replaces another. */
export class AddressSpaceBuilder {
  readonly spaces: AddressSpace[] = [{ pid: -1, mappings: [] }];
  /** Spaces that were asked for and not written out, for there were too many: an older one of the process answers. */
  missing = 0;
  readonly #epochs = new Map<number, Epoch[]>();
  #written = 0;

  /** A mapping of the kernel or of a module: valid for the whole capture. */
  mapKernel(mapping: Mapping): void {
    this.spaces[KERNEL_SPACE].mappings.push(mapping);
  }

  /** A new mapping in `pid` at `timeNs`. Exact repeats are ignored; an overlap starts a new space without the replaced part. */
  map(pid: number, timeNs: Nanoseconds, mapping: Mapping): void {
    const epoch = this.#epochs.get(pid)?.at(-1) ?? this.#begin(pid, timeNs, null);
    const { tree, isRepeat, replaces } = withMapping(epoch.tree, mapping);
    if (isRepeat) return;
    if (replaces) {
      this.#begin(pid, timeNs, tree);
      return;
    }
    epoch.tree = tree;
    if (epoch.space !== null) this.spaces[epoch.space].mappings.push(mapping);
  }

  /** exec: earlier mappings of the process are gone. */
  exec(pid: number, timeNs: Nanoseconds): void {
    this.#begin(pid, timeNs, null);
  }

  /** fork: the child starts with a copy of its parent's mappings. */
  fork(pid: number, parentPid: number, timeNs: Nanoseconds): void {
    const epochs = this.#epochs.get(parentPid);
    this.#begin(pid, timeNs, epochs ? epochs[epochAt(epochs, timeNs)].tree : null);
  }

  /** The space of a process at a time; the first one for earlier times, null for a process that never had a mapping. */
  spaceAt(pid: number, timeNs: Nanoseconds): AddressSpaceIndex | null {
    return this.#epochs.has(pid) ? this.ensureSpaceAt(pid, timeNs) : null;
  }

  /** The space of a process at a time; a process without any mapping gets an empty space of its own. */
  ensureSpaceAt(pid: number, timeNs: Nanoseconds): AddressSpaceIndex {
    return this.spaceUntil(pid, timeNs).space;
  }

  /** Like {@link ensureSpaceAt}, with the times between which it is the answer: lets a reader skip look-ups in a row of samples. */
  spaceUntil(
    pid: number,
    timeNs: Nanoseconds,
  ): { space: AddressSpaceIndex; fromNs: Nanoseconds; untilNs: Nanoseconds } {
    if (!this.#epochs.has(pid)) this.#begin(pid, timeNs, null);
    const epochs = this.#epochs.get(pid) ?? [];
    const at = epochAt(epochs, timeNs);
    return {
      space: this.#spaceOf(pid, epochs, at),
      fromNs: at === 0 ? -Infinity : epochs[at].fromNs,
      untilNs: epochs[at + 1]?.fromNs ?? Infinity,
    };
  }

  /** Row of the space of an epoch, written out on first use. */
  #spaceOf(pid: number, epochs: readonly Epoch[], at: number): AddressSpaceIndex {
    const epoch = epochs[at];
    if (epoch.space !== null) return epoch.space;
    let { tree } = epoch;
    if (this.#written + mappingCount(tree) > MAX_MAPPINGS) {
      this.missing++;
      const older = epochs.findLast((other, row) => row < at && other.space !== null);
      if (older?.space != null) return (epoch.space = older.space);
      tree = null;
    }
    this.#written += mappingCount(tree);
    epoch.space = this.spaces.push({ pid, mappings: mappingsOf(tree) }) - 1;
    return epoch.space;
  }

  #begin(pid: number, fromNs: Nanoseconds, tree: MappingTree): Epoch {
    const epoch: Epoch = { fromNs, tree, space: null };
    const epochs = this.#epochs.get(pid);
    if (epochs) epochs.push(epoch);
    else this.#epochs.set(pid, [epoch]);
    return epoch;
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

/** The mapping of a space that holds an address; null when none does. Spaces have tens of mappings: a scan is enough. */
export function mappingAt(space: AddressSpace, address: bigint): Mapping | null {
  for (const mapping of space.mappings) if (mapping.start <= address && address < mapping.end) return mapping;
  return null;
}
