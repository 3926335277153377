/** Reports of all runs of a site: from the cache, made here when they are few, else by a process of its own. */
import { fork, type ChildProcess } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { InputError } from '../../src/readers/reader.ts';
import { InputErrors } from '../inputErrors.ts';
import type { RunFolder } from './captures.ts';
import { hashProgram } from './contentHash.ts';
import type { ReportAnswer, ReportRequest } from './reportProcess.ts';
import { keptReport, reportOfRun } from './reports.ts';

/** TypeScript in a checkout, JavaScript in a package. */
const REPORT_PROCESS = join(import.meta.dirname, `reportProcess${extname(import.meta.filename)}`);

/** To start a process takes as long as to read a run. */
const MOST_MADE_HERE = 2;

export interface SiteReports {
  /** Folder of each run's report, in the order of the runs. */
  folders: Map<string, string>;
  /** Runs whose report had to be made. */
  newReports: number;
}

/**
 * Runs are read one after the other: one fills the memory it may take.
 *
 * @throws InputErrors with a sentence for every run that cannot be read
 */
export async function makeReports(
  runs: readonly RunFolder[],
  cache: string,
  progress: (text: string) => void,
): Promise<SiteReports> {
  const program = await hashProgram();
  const folders = new Map<string, string>();
  const faults = new Map<string, string>();
  const missing: RunFolder[] = [];
  for (const run of runs) {
    try {
      const folder = await keptReport(run, runs, cache, program);
      if (folder === null) missing.push(run);
      else folders.set(run.id, folder);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.set(run.id, error.message);
    }
  }
  const maker = missing.length > MOST_MADE_HERE ? new ReportMaker() : null;
  try {
    for (const [index, run] of missing.entries()) {
      progress(`Reading ${run.shown} (${index + 1} of ${missing.length})`);
      const request = { run, runs, cache, program };
      const answer = await (maker ? maker.make(request) : makeHere(request));
      if ('folder' in answer) folders.set(run.id, answer.folder);
      else if ('fault' in answer) faults.set(run.id, answer.fault);
      else throw Object.assign(new Error(answer.message), { stack: answer.stack });
    }
  } finally {
    maker?.close();
  }
  const errors = runs.flatMap(({ id, shown }) => {
    const fault = faults.get(id);
    return fault === undefined ? [] : [new InputError(shown, fault)];
  });
  if (errors.length > 0) throw new InputErrors(errors);
  return {
    folders: new Map(runs.map(({ id }) => [id, folders.get(id)!])),
    newReports: missing.length,
  };
}

async function makeHere({ run, runs, cache, program }: ReportRequest): Promise<ReportAnswer> {
  try {
    return { folder: (await reportOfRun(run, runs, cache, program)).folder };
  } catch (error) {
    if (error instanceof InputError) return { fault: error.message };
    throw error;
  }
}

/** A process that makes one report after the other. */
class ReportMaker {
  readonly #child: ChildProcess;
  #errors = '';

  constructor() {
    const compiled = getCompileCacheDir();
    this.#child = fork(REPORT_PROCESS, [], {
      // What Node says of itself is nothing that the command says.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
      env: { ...process.env, ...(compiled === undefined ? {} : { NODE_COMPILE_CACHE: dirname(compiled) }) },
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
