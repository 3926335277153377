/** Process ids for texts that print none. */

/** Few enough that `pid × 2³² + tid` stays exact, enough that two command names rarely meet. */
const UNKNOWN_PIDS = 1 << 20;

/**
 * Gives each command name a negative id of its own, the same in every input of a run where names do not collide: threads
 * of one name are then one process, which is true for most programs, and nobody takes the id for a real one.
 */
export class UnknownPids {
  readonly #ids = new Map<string, number>();
  readonly #taken = new Set<number>();

  of(comm: string): number {
    let id = this.#ids.get(comm);
    if (id === undefined) {
      let hash = 0;
      for (let i = 0; i < comm.length; i++) hash = (Math.imul(hash, 31) + comm.charCodeAt(i)) >>> 0;
      let slot = hash % UNKNOWN_PIDS;
      // One name too many would search for ever: names beyond share the last id.
      while (this.#taken.has(slot) && this.#taken.size < UNKNOWN_PIDS) slot = (slot + 1) % UNKNOWN_PIDS;
      this.#taken.add(slot);
      id = -1 - slot;
      this.#ids.set(comm, id);
    }
    return id;
  }
}
