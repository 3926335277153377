/** Which event a 64-bit perf event id belongs to: looked up for every record, so a hash table over typed arrays. */

/** Maps ids in two halves to small numbers. */
export class EventIds {
  #low = new Int32Array(256);
  #high = new Int32Array(256);
  #value = new Int32Array(256).fill(-1);
  #mask = 255;
  #size = 0;

  /** The number given to the id, -1 for an unknown one. */
  get(low: number, high: number): number {
    let slot = hash(low, high) & this.#mask;
    for (; this.#value[slot] !== -1; slot = (slot + 1) & this.#mask) {
      if (this.#low[slot] === low && this.#high[slot] === high) return this.#value[slot];
    }
    return -1;
  }

  /** Sets or replaces; `value` is 0 or more. */
  set(low: number, high: number, value: number): void {
    if (this.#size * 2 > this.#mask) this.#grow();
    let slot = hash(low, high) & this.#mask;
    while (this.#value[slot] !== -1) {
      if (this.#low[slot] === low && this.#high[slot] === high) {
        this.#value[slot] = value;
        return;
      }
      slot = (slot + 1) & this.#mask;
    }
    this.#low[slot] = low;
    this.#high[slot] = high;
    this.#value[slot] = value;
    this.#size++;
  }

  #grow(): void {
    const [low, high, value] = [this.#low, this.#high, this.#value];
    const capacity = value.length * 2;
    this.#low = new Int32Array(capacity);
    this.#high = new Int32Array(capacity);
    this.#value = new Int32Array(capacity).fill(-1);
    this.#mask = capacity - 1;
    this.#size = 0;
    value.forEach((each, slot) => {
      if (each !== -1) this.set(low[slot], high[slot], each);
    });
  }
}

function hash(low: number, high: number): number {
  const mixed = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
