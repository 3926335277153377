/** What is known of one CPU while its records go by. */
import { ChainCache } from './callChains.ts';

/** State of one CPU of the target. */
export class CpuState {
  readonly cpu: number;
  /** When the thread that now runs was switched in; -Infinity when no record told. */
  switchedInNs = -Infinity;
  /** The thread that was switched in last, for records of threads that are dead when they are sampled. */
  runningPid = -1;
  runningTid = -1;
  /** Row of the thread of the last record, to look it up once for a row of samples. */
  lastPid = NaN;
  lastTid = NaN;
  lastThread = -1;
  /** The address space of the last sample, and for which process and times it holds. */
  spacePid = NaN;
  spaceFromNs = Infinity;
  spaceUntilNs = -Infinity;
  space = -1;
  readonly chains = new ChainCache();

  constructor(cpu: number) {
    this.cpu = cpu;
  }
}
