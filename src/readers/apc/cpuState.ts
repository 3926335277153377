/** What is known of one CPU while its records go by. */
import type { ThreadIndex } from '../../profile/types.ts';
import { ChainCache } from './callChains.ts';
import type { ThreadDirectory } from './threads.ts';

/** What perf shows as process and thread of a sample whose thread was dead by then. */
export const DEAD_THREAD = -1;

/** State of one CPU of the target. */
export class CpuState {
  readonly cpu: number;
  /** When the thread that now runs was switched in; -Infinity when no record told. */
  switchedInNs = -Infinity;
  /** The thread that was switched in last, for records of threads that are dead when they are sampled. */
  runningPid = DEAD_THREAD;
  runningTid = DEAD_THREAD;
  /** The address space of the last sample, and for which process and times it holds. */
  spacePid = NaN;
  spaceFromNs = Infinity;
  spaceUntilNs = -Infinity;
  space = -1;
  readonly chains = new ChainCache();
  #lastPid = NaN;
  #lastTid = NaN;
  #lastThread = -1;

  constructor(cpu: number) {
    this.cpu = cpu;
  }

  /** Row of a thread; looked up once for a row of records of the same one. */
  threadOf(threads: ThreadDirectory, pid: number, tid: number): ThreadIndex {
    if (this.#lastPid !== pid || this.#lastTid !== tid) {
      this.#lastPid = pid;
      this.#lastTid = tid;
      this.#lastThread = threads.row(pid, tid);
    }
    return this.#lastThread;
  }
}
