/** A process that makes one report after the other (`reportProcess.ts`), seen from the build. */
import { fork, type ChildProcess } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import { dirname, extname, join } from 'node:path';
import type { ReportAnswer, ReportRequest } from './reportProcess.ts';

/** TypeScript in a checkout, JavaScript in a package. */
const REPORT_PROCESS = join(import.meta.dirname, `reportProcess${extname(import.meta.filename)}`);

/**
 * Reading makes much that lives for a moment: with half of the room that V8 gives it, 60 small runs take 200 MB less and no
 * more time.
 */
const NURSERY_MEGABYTES = 8;

/** glibc keeps what a thread freed for that thread. Pictures are drawn by many: with one store for all, half as much is kept. */
const ALLOCATOR = { MALLOC_ARENA_MAX: '1' };

export class ReportMaker {
  readonly #child: ChildProcess;
  #errors = '';

  constructor() {
    const compiled = getCompileCacheDir();
    this.#child = fork(REPORT_PROCESS, [], {
      // What Node says of itself is nothing that the command says.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [`--max-semi-space-size=${NURSERY_MEGABYTES}`],
      env: {
        ...ALLOCATOR,
        ...process.env,
        ...(compiled === undefined ? {} : { NODE_COMPILE_CACHE: dirname(compiled) }),
      },
    });
    this.#child.stderr?.on('data', (text: Buffer) => (this.#errors += text.toString()));
  }

  make(request: ReportRequest): Promise<ReportAnswer> {
    return new Promise((resolve, reject) => {
      const died = (code: number | null, signal: string | null): void =>
        reject(new Error(`reading ${request.run.shown} died (${signal ?? code}): ${this.#errors}`));
      this.#child.once('exit', died);
      this.#child.once('error', reject);
      this.#child.once('message', (answer) => {
        this.#child.off('exit', died);
        this.#child.off('error', reject);
        resolve(answer as ReportAnswer);
      });
      this.#child.send(request);
    });
  }

  close(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}
