/** The stacks of innermost frames, by their address and what called them: one look-up for most samples. */

/** Words of a slot; a slot with `callers` 0 is empty. */
const SLOT = { low: 0, high: 1, callers: 2, stack: 3, words: 4 } as const;

const FIRST_SLOTS = 1 << 14;
/** Slots at most (64 MiB); then all are forgotten and come again. */
const MAX_SLOTS = 1 << 22;

/** Open addressing; everything about a leaf lies in one place in memory. Grows at half full. */
export class LeafStacks {
  #slots = new Int32Array(FIRST_SLOTS * SLOT.words);
  #mask = FIRST_SLOTS - 1;
  #length = 0;
  /** Where {@link find} looked last: where a leaf that it missed belongs. */
  #missedAt = 0;

  /**
   * The stack of a leaf; -1 when it was not seen before.
   *
   * @param low words of the address, as int32
   * @param callers whatever tells the callers apart; greater than 0
   */
  find(low: number, high: number, callers: number): number {
    const slots = this.#slots;
    let slot = hash(low, high, callers) & this.#mask;
    for (;;) {
      const at = slot * SLOT.words;
      const found = slots[at + SLOT.callers];
      if (found === 0) {
        this.#missedAt = at;
        return -1;
      }
      if (found === callers && slots[at + SLOT.low] === low && slots[at + SLOT.high] === high) {
        return slots[at + SLOT.stack];
      }
      slot = (slot + 1) & this.#mask;
    }
  }

  /** Keeps the stack of the leaf that {@link find} has just missed. */
  add(low: number, high: number, callers: number, stack: number): void {
    this.#put(this.#missedAt, low, high, callers, stack);
    this.#length++;
    if (this.#length * 2 > this.#mask) this.#grow();
  }

  forget(): void {
    this.#slots.fill(0);
    this.#length = 0;
  }

  #put(at: number, low: number, high: number, callers: number, stack: number): void {
    const slots = this.#slots;
    slots[at + SLOT.low] = low;
    slots[at + SLOT.high] = high;
    slots[at + SLOT.callers] = callers;
    slots[at + SLOT.stack] = stack;
  }

  #grow(): void {
    if (this.#mask + 1 >= MAX_SLOTS) return this.forget();
    const old = this.#slots;
    this.#mask = (this.#mask + 1) * 4 - 1;
    this.#slots = new Int32Array((this.#mask + 1) * SLOT.words);
    for (let from = 0; from < old.length; from += SLOT.words) {
      const callers = old[from + SLOT.callers];
      if (callers === 0) continue;
      const low = old[from + SLOT.low];
      const high = old[from + SLOT.high];
      let slot = hash(low, high, callers) & this.#mask;
      while (this.#slots[slot * SLOT.words + SLOT.callers] !== 0) slot = (slot + 1) & this.#mask;
      this.#put(slot * SLOT.words, low, high, callers, old[from + SLOT.stack]);
    }
  }
}

/** Every bit of the three words reaches the lowest bits: leaves may differ in a few high bits alone. */
function hash(low: number, high: number, callers: number): number {
  let mixed = Math.imul(low ^ Math.imul(callers, 0x85ebca6b), 0x9e3779b1);
  mixed = Math.imul((mixed ^ (mixed >>> 15)) + high, 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
