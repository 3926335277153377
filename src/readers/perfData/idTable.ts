/** Event ids (u64, opaque) → rows, without making BigInts for every record. */
import { int32Column, uint32Column } from '../../profile/columns.ts';

export const NO_ID = -1;

/** Open addressing over two 32-bit halves; a row is the order of first sight. */
export class IdTable {
  readonly #low = uint32Column(64);
  readonly #high = uint32Column(64);
  readonly #event = int32Column(64);
  #slots = new Int32Array(256);
  #duplicates = 0;

  get length(): number {
    return this.#event.length;
  }

  /** Ids that two events claim; the last one has them. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** The event that owns an id's row. */
  eventOf(row: number): number {
    return this.#event.data[row];
  }

  set(id: bigint, event: number): void {
    const low = Number(id & 0xffff_ffffn);
    const high = Number(id >> 32n);
    const row = this.find(low, high);
    if (row !== NO_ID) {
      if (this.#event.data[row] !== event) this.#duplicates++;
      this.#event.data[row] = event;
      return;
    }
    this.#low.push(low);
    this.#high.push(high);
    this.#event.push(event);
    if (this.length * 2 > this.#slots.length) this.#grow();
    else this.#insert(this.length - 1);
  }

  /** Row of an id, {@link NO_ID} when no event has it. */
  find(low: number, high: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash(low, high) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const row = slots[slot] - 1;
      if (this.#low.data[row] === low && this.#high.data[row] === high) return row;
    }
    return NO_ID;
  }

  #insert(row: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash(this.#low.data[row], this.#high.data[row]) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = row + 1;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 4);
    for (let row = 0; row < this.length; row++) this.#insert(row);
  }
}

function hash(low: number, high: number): number {
  const mixed = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
