/**
 * From the symbols of a symbol table to function ranges: one name per address, an end for each, local labels folded into
 * the function that they mark a place in.
 */
import { float64Column, uint8Column, type Column } from '../profile/columns.ts';
import type { FunctionRanges } from './types.ts';

/**
 * Marks that assemblers leave in symbol tables: where code and data begin (`$x`, `$d.3`: ELF for the Arm architecture and
 * RISC-V), labels of the compiler (`.L42`), numeric local labels of gas (`L1^B2`, with a control character).
 */
// eslint-disable-next-line no-control-regex -- gas writes these very characters
const ASSEMBLER_MARK = /^(?:\$[adtx](?:$|\.|rv)|\.L|\.?L\d+[\u0001\u0002])/;

/** KleidiAI's assembly kernels keep their local labels as symbols (`label_3`, `label_opt_2`): the hot loops of a matmul. */
const KERNEL_LABEL = /^label_(?:[a-z]+_)*\d+$/;

/** A symbol without a known end, and none behind it, is taken to fill the page it begins in (as perf does). */
const PAGE_BYTES = 4096;

/** Collects the code symbols of one image in any order. */
export class FunctionRangesBuilder {
  readonly #start = float64Column();
  readonly #size = float64Column();
  readonly #isWeak = uint8Column();
  readonly #names: string[] = [];
  readonly #labels = float64Column(16);

  get length(): number {
    return this.#names.length;
  }

  /** `size` 0 is an unknown size. Addresses beyond 2^53 are no addresses of a program and are left out. */
  add(start: number, size: number, rawName: string, binding: { isWeak: boolean; isLocal: boolean }): void {
    if (rawName === '' || !Number.isSafeInteger(start)) return;
    if (ASSEMBLER_MARK.test(rawName)) return;
    if (binding.isLocal && KERNEL_LABEL.test(rawName)) {
      this.#labels.push(start);
      return;
    }
    this.#start.push(start);
    this.#size.push(size);
    this.#isWeak.push(binding.isWeak ? 1 : 0);
    this.#names.push(rawName);
  }

  /**
   * @param regionEnd end of the section or segment that holds an address, or Infinity when that is not known: where a
   *   function of unknown size ends at the latest
   */
  finish(regionEnd: (address: number) => number): FunctionRanges {
    const start = this.#start.finish();
    const size = this.#size.finish();
    const rows = this.#oneRowPerAddress(start, size);
    const end = this.#ends(rows, start, size, regionEnd);
    this.#reachOverLabels(rows, start, end, regionEnd);
    return withoutOverlaps(rows, start, end, this.#names);
  }

  /** Rows in order of address, the best name of each address. A size that an alias knows is taken over. */
  #oneRowPerAddress(start: Float64Array, size: Float64Array): Uint32Array {
    const order = Uint32Array.from(start, (_, row) => row).sort((a, b) => start[a] - start[b] || a - b);
    let length = 0;
    for (const row of order) {
      const last = order[length - 1];
      if (length === 0 || start[last] !== start[row]) {
        order[length++] = row;
        continue;
      }
      const [best, other] = this.#isBetterName(row, last) ? [row, last] : [last, row];
      if (size[best] === 0) size[best] = size[other];
      order[length - 1] = best;
    }
    return order.subarray(0, length);
  }

  /**
   * Of several names of one address: a non-weak one, then the one with the fewest leading underscores, then the longest
   * (perf's `symbol__best`); what is left is decided by the alphabet, so that the order of the source does not matter.
   */
  #isBetterName(row: number, other: number): boolean {
    const weak = this.#isWeak.data;
    if (weak[row] !== weak[other]) return weak[row] < weak[other];
    const [name, otherName] = [this.#names[row], this.#names[other]];
    const underscores = leadingUnderscores(name) - leadingUnderscores(otherName);
    if (underscores !== 0) return underscores < 0;
    if (name.length !== otherName.length) return name.length > otherName.length;
    return name < otherName;
  }

  #ends(
    rows: Uint32Array,
    start: Float64Array,
    size: Float64Array,
    regionEnd: (address: number) => number,
  ): Float64Array {
    return Float64Array.from(rows, (row, index) => {
      const from = start[row];
      if (size[row] > 0) return Math.min(from + size[row], Number.MAX_SAFE_INTEGER);
      const next = index + 1 < rows.length ? start[rows[index + 1]] : endOfPage(from);
      return Math.max(from, Math.min(next, regionEnd(from)));
    });
  }

  /** A label belongs to the symbol before it even where that one's stated size ends earlier. */
  #reachOverLabels(
    rows: Uint32Array,
    start: Float64Array,
    end: Float64Array,
    regionEnd: (address: number) => number,
  ): void {
    for (const label of this.#labels.finish().sort()) {
      const index = lastAtOrBefore(rows.length, (i) => start[rows[i]], label);
      if (index < 0 || label < end[index]) continue;
      const next = index + 1 < rows.length ? start[rows[index + 1]] : endOfPage(label);
      if (regionEnd(start[rows[index]]) > label) end[index] = Math.min(next, regionEnd(label));
    }
  }
}

/** Row of the function that holds an address, -1 when none does. */
export function functionAt(functions: FunctionRanges, address: number): number {
  const { start } = functions;
  let low = 0;
  let high = functions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (start[middle] <= address) low = middle + 1;
    else high = middle;
  }
  return low > 0 && address < functions.end[low - 1] ? low - 1 : -1;
}

/** The functions with those of `others` that begin where there is none of them; the same object when there are no such. */
export function filledUp(functions: FunctionRanges, others: FunctionRanges): FunctionRanges {
  const from = float64Column();
  const to = float64Column();
  const rawNames: string[] = [];
  const take = (of: FunctionRanges, row: number, until = Infinity): void =>
    push(from, to, rawNames, of.start[row], Math.min(of.end[row], until), of.rawNames[row]);
  let row = 0;
  for (let other = 0; other < others.length; other++) {
    const start = others.start[other];
    for (; row < functions.length && functions.start[row] <= start; row++) take(functions, row);
    const isFree = row === 0 || functions.end[row - 1] <= start;
    if (isFree) take(others, other, row < functions.length ? functions.start[row] : Infinity);
  }
  if (rawNames.length === row) return functions;
  for (; row < functions.length; row++) take(functions, row);
  return { length: rawNames.length, start: from.finish(), end: to.finish(), rawNames };
}

/** Index of the last of `count` ascending values that is not larger than `wanted`, -1 when all are. */
export function lastAtOrBefore(count: number, valueAt: (index: number) => number, wanted: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (valueAt(middle) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Cuts nested and overlapping ranges into a row of disjoint ones: from where a symbol begins, it is the one that counts. */
function withoutOverlaps(
  rows: Uint32Array,
  start: Float64Array,
  end: Float64Array,
  names: readonly string[],
): FunctionRanges {
  const from = float64Column(Math.max(16, rows.length));
  const to = float64Column(Math.max(16, rows.length));
  const rawNames: string[] = [];
  /** Indexes of the ranges around the current address, the innermost last. */
  const open: number[] = [];
  let at = 0;
  const emit = (index: number, until: number): void => {
    if (at < until) push(from, to, rawNames, at, until, names[rows[index]]);
    at = Math.max(at, until);
  };
  const closeUntil = (address: number): void => {
    while (open.length > 0) {
      const inner = open[open.length - 1];
      emit(inner, Math.min(end[inner], address));
      if (end[inner] > address) return;
      open.pop();
    }
  };
  rows.forEach((row, index) => {
    closeUntil(start[row]);
    at = start[row];
    open.push(index);
  });
  closeUntil(Infinity);
  return { length: rawNames.length, start: from.finish(), end: to.finish(), rawNames };
}

function push(
  from: Column<Float64Array>,
  to: Column<Float64Array>,
  rawNames: string[],
  start: number,
  end: number,
  name: string,
): void {
  from.push(start);
  to.push(end);
  rawNames.push(name);
}

function endOfPage(address: number): number {
  return (Math.floor(address / PAGE_BYTES) + 1) * PAGE_BYTES;
}

function leadingUnderscores(name: string): number {
  let count = 0;
  while (name[count] === '_') count++;
  return count;
}
