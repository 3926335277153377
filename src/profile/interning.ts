/** Hash tables over typed arrays that give equal frames and equal stacks one row. No object per frame or sample. */
import { int32Column, uint32Column, uint8Column } from './columns.ts';
import type { FrameTable, StackTable } from './types.ts';

function mix(a: number, b: number): number {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  return (h ^ (h >>> 13)) >>> 0;
}

/** Open addressing with linear probing; slots hold row + 1, 0 is empty. Grows at half full. */
class RowSet {
  slots = new Int32Array(1 << 12);
  mask = this.slots.length - 1;

  grow(rows: number, hashOf: (row: number) => number): void {
    this.slots = new Int32Array(this.slots.length * 4);
    this.mask = this.slots.length - 1;
    for (let row = 0; row < rows; row++) {
      let slot = hashOf(row) & this.mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & this.mask;
      this.slots[slot] = row + 1;
    }
  }
}

/** Interns frames by all their fields. */
export class FrameInterner {
  readonly #set = new RowSet();
  readonly #low = uint32Column();
  readonly #high = uint32Column();
  readonly #space = int32Column();
  readonly #flags = uint8Column();
  readonly #name = int32Column();
  readonly #image = int32Column();

  /** Row of the frame; flags bit 0 = return address, bit 1 = kernel. */
  intern(low: number, high: number, space: number, flags: number, name = -1, image = -1): number {
    const set = this.#set;
    const hash = mix(low ^ mix(name, image), mix(high, (space << 2) | flags));
    let slot = hash & set.mask;
    for (let entry = set.slots[slot]; entry !== 0; entry = set.slots[slot]) {
      const row = entry - 1;
      if (
        this.#low.data[row] === low &&
        this.#high.data[row] === high &&
        this.#space.data[row] === space &&
        this.#flags.data[row] === flags &&
        this.#name.data[row] === name &&
        this.#image.data[row] === image
      ) {
        return row;
      }
      slot = (slot + 1) & set.mask;
    }
    const row = this.#low.length;
    this.#low.push(low);
    this.#high.push(high);
    this.#space.push(space);
    this.#flags.push(flags);
    this.#name.push(name);
    this.#image.push(image);
    set.slots[slot] = row + 1;
    if (row * 2 > set.slots.length) set.grow(row + 1, (r) => this.#hashOf(r));
    return row;
  }

  #hashOf(row: number): number {
    const low = this.#low.data[row];
    const high = this.#high.data[row];
    return mix(
      low ^ mix(this.#name.data[row], this.#image.data[row]),
      mix(high, (this.#space.data[row] << 2) | this.#flags.data[row]),
    );
  }

  finish(): FrameTable {
    const flags = this.#flags.finish();
    return {
      length: flags.length,
      addressLow: this.#low.finish(),
      addressHigh: this.#high.finish(),
      space: this.#space.finish(),
      isReturnAddress: flags.map((value) => value & 1),
      isKernel: flags.map((value) => (value >> 1) & 1),
      name: this.#name.finish(),
      image: this.#image.finish(),
    };
  }
}

/** Interns (prefix stack, frame) pairs. Callers push from the outermost frame to the leaf. */
export class StackInterner {
  readonly #set = new RowSet();
  readonly #prefix = int32Column();
  readonly #frame = int32Column();

  intern(prefix: number, frame: number): number {
    const set = this.#set;
    let slot = mix(prefix, frame) & set.mask;
    for (let entry = set.slots[slot]; entry !== 0; entry = set.slots[slot]) {
      const row = entry - 1;
      if (this.#prefix.data[row] === prefix && this.#frame.data[row] === frame) return row;
      slot = (slot + 1) & set.mask;
    }
    const row = this.#prefix.length;
    this.#prefix.push(prefix);
    this.#frame.push(frame);
    set.slots[slot] = row + 1;
    if (row * 2 > set.slots.length) {
      set.grow(row + 1, (r) => mix(this.#prefix.data[r], this.#frame.data[r]));
    }
    return row;
  }

  finish(): StackTable {
    const prefix = this.#prefix.finish();
    return { length: prefix.length, prefix, frame: this.#frame.finish() };
  }
}

/** Interns strings. */
export class StringInterner {
  readonly strings: string[] = [];
  readonly #rows = new Map<string, number>();

  intern(text: string): number {
    let row = this.#rows.get(text);
    if (row === undefined) {
      row = this.strings.length;
      this.strings.push(text);
      this.#rows.set(text, row);
    }
    return row;
  }
}
