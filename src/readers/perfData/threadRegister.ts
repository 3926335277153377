/** The threads that something happened to while recording: only they become rows of the profile. */
import type { ProfileBuilder } from '../../profile/builder.ts';
import type { ThreadIndex } from '../../profile/types.ts';

export interface ProcessFacts {
  /** Last name of each thread, by tid. */
  threadNames: Map<number, string>;
  /** Path of the program of each process, by pid. */
  executables: ReadonlyMap<number, string>;
}

export class ThreadRegister {
  readonly #builder: ProfileBuilder;
  readonly #threads: { pid: number; tid: number }[] = [];

  constructor(builder: ProfileBuilder) {
    this.#builder = builder;
  }

  row(pid: number, tid: number): ThreadIndex {
    const row = this.#builder.thread(pid, tid);
    this.#threads[row] ??= { pid, tid };
    return row;
  }

  /** Gives the threads and their processes the names that they had last. */
  nameAll({ threadNames, executables }: ProcessFacts): void {
    const pids = new Set<number>();
    for (const { pid, tid } of this.#threads) {
      pids.add(pid);
      const name = threadNames.get(tid);
      if (name) this.#builder.nameThread(pid, tid, name);
    }
    for (const pid of pids) {
      const name = threadNames.get(pid);
      if (name) this.#builder.nameProcess(pid, name);
      const executable = executables.get(pid);
      if (executable !== undefined) this.#builder.setExecutable(pid, executable);
    }
  }
}
