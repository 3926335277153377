/** Gives equal byte strings one row, without making a string of each: most lines of a perf script text are repetitions. */
import { uint32Column } from '../../profile/columns.ts';

const FIRST_ARENA_BYTES = 1 << 16;
const FIRST_SLOTS = 1 << 10;

/** FNV-like hash over four bytes at a time; callers intern what they hashed with the same function. */
export function hashBytes(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5 ^ (to - from);
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    hash = Math.imul(hash ^ word, 0x01000193);
    hash ^= hash >>> 15;
  }
  for (; at < to; at++) hash = Math.imul(hash ^ bytes[at], 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** A set of byte strings with rows from 0; open addressing, compared byte by byte, so that a hash need not be perfect. */
export class ByteInterner {
  readonly #starts = uint32Column();
  readonly #lengths = uint32Column();
  readonly #hashes = uint32Column();
  #arena = new Uint8Array(FIRST_ARENA_BYTES);
  #arenaLength = 0;
  /** Row + 1; 0 is empty. */
  #slots = new Int32Array(FIRST_SLOTS);

  /** Number of distinct byte strings. */
  get length(): number {
    return this.#starts.length;
  }

  /** Row of the bytes `[from, to)`; a row equal to the old {@link length} is new. */
  intern(bytes: Uint8Array, from: number, to: number): number {
    const hash = hashBytes(bytes, from, to);
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let entry = this.#slots[slot]; entry !== 0; entry = this.#slots[slot]) {
      const row = entry - 1;
      if (this.#hashes.data[row] === hash && this.#equals(row, bytes, from, to)) return row;
      slot = (slot + 1) & mask;
    }
    return this.#add(bytes, from, to, hash, slot);
  }

  #equals(row: number, bytes: Uint8Array, from: number, to: number): boolean {
    const length = to - from;
    if (this.#lengths.data[row] !== length) return false;
    const arena = this.#arena;
    const start = this.#starts.data[row];
    for (let i = 0; i < length; i++) if (arena[start + i] !== bytes[from + i]) return false;
    return true;
  }

  #add(bytes: Uint8Array, from: number, to: number, hash: number, slot: number): number {
    const length = to - from;
    if (this.#arenaLength + length > this.#arena.byteLength) this.#growArena(length);
    this.#arena.set(bytes.subarray(from, to), this.#arenaLength);
    const row = this.length;
    this.#starts.push(this.#arenaLength);
    this.#lengths.push(length);
    this.#hashes.push(hash);
    this.#arenaLength += length;
    this.#slots[slot] = row + 1;
    if (this.length * 2 > this.#slots.length) this.#growSlots();
    return row;
  }

  #growArena(extra: number): void {
    let capacity = this.#arena.byteLength * 2;
    while (capacity < this.#arenaLength + extra) capacity *= 2;
    const larger = new Uint8Array(capacity);
    larger.set(this.#arena.subarray(0, this.#arenaLength));
    this.#arena = larger;
  }

  #growSlots(): void {
    const slots = new Int32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    for (let row = 0; row < this.length; row++) {
      let slot = this.#hashes.data[row] & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = row + 1;
    }
    this.#slots = slots;
  }
}
