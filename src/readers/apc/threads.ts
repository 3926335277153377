/**
 * Who the threads are. A capture names every process of the target, most of which never appear in it, so threads enter
 * the Profile only when something is recorded of them.
 */
import { threadKey } from '../../profile/builder.ts';
import type { ProfileBuilder } from '../../profile/builder.ts';
import type { Nanoseconds, ThreadIndex } from '../../profile/types.ts';

interface KnownThread {
  name: string;
  startNs: Nanoseconds | null;
  endNs: Nanoseconds | null;
}

/** Names, lifetimes and executables as the capture tells them in time order; rows of the Profile on demand. */
export class ThreadDirectory {
  readonly #builder: ProfileBuilder;
  readonly #known = new Map<number, KnownThread>();
  readonly #executables = new Map<number, string>();
  readonly #pidOfTid = new Map<number, number>();
  /** Keys of threads that have a row. */
  readonly #seen = new Map<number, { pid: number; tid: number }>();

  constructor(builder: ProfileBuilder) {
    this.#builder = builder;
  }

  name(pid: number, tid: number, name: string): void {
    this.#thread(pid, tid).name = name;
  }

  executable(pid: number, path: string): void {
    this.#executables.set(pid, path);
  }

  /** A thread begins under the name of the one that made it. */
  fork(pid: number, tid: number, parentPid: number, parentTid: number, timeNs: Nanoseconds): void {
    const thread = this.#thread(pid, tid);
    thread.name = this.#known.get(threadKey(parentPid, parentTid))?.name ?? thread.name;
    thread.startNs = timeNs;
    thread.endNs = null;
    if (pid !== parentPid) {
      const executable = this.#executables.get(parentPid);
      if (executable !== undefined) this.#executables.set(pid, executable);
    }
  }

  exit(pid: number, tid: number, timeNs: Nanoseconds): void {
    this.#thread(pid, tid).endNs = timeNs;
  }

  /** When the thread ended; null while it ran on or is not known. */
  endOf(pid: number, tid: number): Nanoseconds | null {
    return this.#known.get(threadKey(pid, tid))?.endNs ?? null;
  }

  startOf(pid: number, tid: number): Nanoseconds | null {
    return this.#known.get(threadKey(pid, tid))?.startNs ?? null;
  }

  executableOf(pid: number): string | null {
    return this.#executables.get(pid) ?? null;
  }

  /** The process of a thread of which only the thread id is known; a thread nobody named counts as its own process. */
  pidOf(tid: number): number {
    return this.#pidOfTid.get(tid) ?? tid;
  }

  /** The row of a thread in the Profile. */
  row(pid: number, tid: number): ThreadIndex {
    const key = threadKey(pid, tid);
    if (!this.#seen.has(key)) {
      this.#seen.set(key, { pid, tid });
      this.#pidOfTid.set(tid, pid);
    }
    return this.#builder.thread(pid, tid);
  }

  /** Gives the rows their names and lifetimes. */
  finish(): void {
    for (const { pid, tid } of this.#seen.values()) {
      // Samples of threads that were dead by then show -1.
      if (tid < 0) this.#builder.nameThread(pid, tid, 'exited thread');
      const thread = this.#known.get(threadKey(pid, tid));
      const main = this.#known.get(threadKey(pid, pid));
      if (main && main.name !== '') this.#builder.nameProcess(pid, main.name);
      if (thread && thread.name !== '') this.#builder.nameThread(pid, tid, thread.name);
      if (thread) this.#builder.threadLifetime(this.#builder.thread(pid, tid), thread.startNs, thread.endNs);
      const executable = this.#executables.get(pid);
      if (executable) this.#builder.setExecutable(pid, executable);
    }
  }

  #thread(pid: number, tid: number): KnownThread {
    const key = threadKey(pid, tid);
    let thread = this.#known.get(key);
    if (!thread) {
      thread = { name: '', startNs: null, endNs: null };
      this.#known.set(key, thread);
      this.#pidOfTid.set(tid, pid);
    }
    return thread;
  }
}
