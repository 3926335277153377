/** Times of threads on CPUs, from context switches. */
import type { SwitchTable } from '../profile/types.ts';

/** Kind of a switch onto a CPU. */
export const SWITCH_IN = 0;

export interface SwitchedThreads {
  switches: SwitchTable;
  /** Null where nothing tells when a thread began or ended. */
  threads: readonly { startNs: number | null; endNs: number | null }[];
}

/**
 * Calls back with each time of a thread on a CPU. A thread whose first switch is out ran since it or the capture began. One that
 * was never switched out ran until another thread came onto its CPU, until it ended, or to the end of the capture.
 *
 * @returns 1 for threads that any switch names
 */
export function eachRun(
  { switches, threads }: SwitchedThreads,
  extent: { startNs: number; endNs: number },
  ran: (thread: number, fromNs: number, toNs: number) => void,
): Uint8Array {
  const sinceNs = new Float64Array(threads.length).fill(NaN);
  const hasSwitches = new Uint8Array(threads.length);
  const threadOnCpu = new Map<number, number>();
  /** Where a thread came on last: it may have left a CPU since another thread was seen there. */
  const cpuOfThread = new Int32Array(threads.length).fill(-1);
  const end = (thread: number, fromNs: number, toNs: number): void => {
    if (toNs > fromNs) ran(thread, fromNs, toNs);
    sinceNs[thread] = NaN;
  };
  for (let row = 0; row < switches.length; row++) {
    const thread = switches.thread[row];
    const timeNs = switches.timeNs[row];
    if (switches.kind[row] === SWITCH_IN) {
      sinceNs[thread] = timeNs;
      const cpu = switches.cpu[row];
      if (cpu >= 0) {
        const before = threadOnCpu.get(cpu);
        if (before !== undefined && before !== thread && cpuOfThread[before] === cpu) {
          end(before, sinceNs[before], timeNs);
        }
        threadOnCpu.set(cpu, thread);
        cpuOfThread[thread] = cpu;
      }
    } else {
      const beganNs = Math.max(extent.startNs, threads[thread].startNs ?? extent.startNs);
      end(thread, hasSwitches[thread] === 0 ? beganNs : sinceNs[thread], timeNs);
    }
    hasSwitches[thread] = 1;
  }
  sinceNs.forEach((fromNs, thread) => end(thread, fromNs, threads[thread].endNs ?? extent.endNs));
  return hasSwitches;
}
