/** Where the threads that compute were seen. */
import type { ReportThreadUse } from './schema/threadUse.ts';

const has = (counts: { prefill: number; decode: number }): boolean => counts.prefill + counts.decode > 0;

/** Threads that compute, and the CPUs they were seen on, in Prefill and Decode; all threads where none is known to compute. */
export function computingThreads(use: ReportThreadUse): Pick<ReportThreadUse, 'threads' | 'cores'> {
  const workers = new Set(use.stages.flatMap((stage) => stage.workers.map(({ tid }) => tid)));
  const threads = use.threads.filter(
    ({ tid, cpus }) => (workers.size === 0 || workers.has(tid)) && cpus.some(has),
  );
  const cpus = new Set(threads.flatMap((thread) => thread.cpus.filter(has).map(({ cpu }) => cpu)));
  return { threads, cores: use.cores.filter(({ cpu }) => cpus.has(cpu)) };
}
