/** Processes that answer requests, one after the other: what they take of memory goes with them. */
import { fork, type ChildProcess } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, extname } from 'node:path';
import process from 'node:process';

/** A message holds no field without a value: one of an answer without a value has the mark alone. */
type Answer<Value> = { isDone: true; value: Value } | { isDone: false; message: string; stack: string };

/** TypeScript in a checkout, JavaScript in a package. */
const ENDING = extname(import.meta.filename);

/** One takes up to 0.45 GB for small captures, and as much for their pages: a whole build stays below 1.5 GB. */
const MOST_PROCESSES = 2;

/** How many processes share jobs; at least one. @param least jobs that are worth a process of their own */
export function processesFor(jobs: number, least: number): number {
  return Math.max(1, Math.min(availableParallelism(), MOST_PROCESSES, Math.floor(jobs / least)));
}

interface WorkerSettings {
  /** Path of the file that calls `answerRequests`, without its ending. */
  module: string;
  /** What it does, for the sentence when it dies: `rendering pages`. */
  work: string;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Options of Node. */
  options?: readonly string[];
}

/** One process. Requests are asked one after the other. */
export class Worker<Request extends object, Value> {
  readonly #child: ChildProcess;
  /** How it ended, once it has and its last words are read. */
  readonly #end: Promise<string>;

  constructor({ module, work, cwd, env = process.env, options = [] }: WorkerSettings) {
    this.#child = fork(module + ENDING, [], {
      cwd,
      env: { ...env, ...compiledCode() },
      execArgv: [...options],
      // What Node says of itself is nothing that the command says.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const stderr = this.#child.stderr!;
    let errors = '';
    stderr.on('data', (text: Buffer) => (errors += text.toString()));
    const isSilent = new Promise((resolve) => stderr.once('close', resolve));
    this.#end = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        const words = (): string =>
          // What a system does that has no memory left, and nothing else here.
          signal === 'SIGKILL'
            ? `${work} was ended by the system, which probably lacked memory`
            : `${work} died (${signal ?? code}): ${errors}`;
        void isSilent.then(() => resolve(words()));
      });
    });
  }

  /** Rejects with what the process failed with, or with what it said when it died. */
  ask(request: Request): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('message', (answer: Answer<Value>) => {
        this.#child.off('error', reject);
        if (answer.isDone) resolve(answer.value);
        else reject(Object.assign(new Error(answer.message), { stack: answer.stack }));
      });
      void this.#end.then((sentence) => reject(new Error(sentence)));
      this.#child.send(request);
    });
  }

  /** Ends the process, whatever it is doing, and waits until it is gone: then it writes no file any more. */
  async close(): Promise<void> {
    // Without a number it never started.
    if (this.#child.pid === undefined) return;
    if (this.#child.connected) this.#child.disconnect();
    await this.#end;
  }
}

/** In a process that `Worker` started: answers each message with one. */
export function answerRequests<Request, Value>(answer: (request: Request) => Promise<Value>): void {
  const send = (result: Answer<Value>): void => void process.send!(result);
  process.on('message', (request: Request) => {
    answer(request).then(
      (value) => send({ isDone: true, value }),
      (error: Error) => send({ isDone: false, message: error.message, stack: error.stack ?? '' }),
    );
  });
  // All requests are answered, or the command is gone.
  process.once('disconnect', () => process.exit(0));
}

/** Where the command keeps compiled code: to start without it takes longer than most requests. */
function compiledCode(): NodeJS.ProcessEnv {
  const folder = getCompileCacheDir();
  // Node makes a folder for its own version there.
  return folder === undefined ? { NODE_DISABLE_COMPILE_CACHE: '1' } : { NODE_COMPILE_CACHE: dirname(folder) };
}
