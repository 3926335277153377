/** Reports of all runs of a site: from the cache, made here when they are few, else by processes of their own. */
import { InputError } from '../../src/readers/reader.ts';
import { InputErrors } from '../inputErrors.ts';
import type { RunFolder } from './captures.ts';
import { hashProgram } from './contentHash.ts';
import type { ReportAnswer, ReportRequest } from './reportAnswer.ts';
import { reportMaker } from './reportMaker.ts';
import { forgetUnusedReports, keptReport, sizeOfInputs } from './keptReports.ts';
import { sideBySide } from './sideBySide.ts';
import { processesFor } from './workers.ts';

/** To start a process takes as long as to read a run. */
const MOST_MADE_HERE = 2;

/** Until it is warm, a process takes as long for a run as for four later ones. */
const LEAST_RUNS_OF_A_PROCESS = 5;

/** Memory follows the size of a capture. Captures are read side by side while they have less together; a larger one alone. */
const MOST_BYTES_AT_ONCE = 32 * 2 ** 20;

export interface SiteReports {
  /** Folder of each run's report, in the order of the runs. */
  folders: Map<string, string>;
  /** Runs whose report had to be made. */
  newReports: number;
}

/**
 * Reports that no build used for a month leave the cache.
 *
 * @throws InputErrors with a sentence for every run that cannot be read, in the order of the runs
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
  const requests = missing.map((run) => ({ run, runs, cache, program }));
  await answerAll(requests, progress, ({ id }, answer) => {
    if ('folder' in answer) folders.set(id, answer.folder);
    else faults.set(id, answer.fault);
  });
  const errors = runs.flatMap(({ id, path, shown }) => {
    const fault = faults.get(id);
    if (fault === undefined) return [];
    // What is wrong with the folder itself names it by its path.
    const ofFolder = `${path}: `;
    return [new InputError(shown, fault.startsWith(ofFolder) ? fault.slice(ofFolder.length) : fault)];
  });
  if (errors.length > 0) throw new InputErrors(errors);
  forgetUnusedReports(cache, Date.now());
  return {
    folders: new Map(runs.map(({ id }) => [id, folders.get(id)!])),
    newReports: missing.length,
  };
}

/** Starts requests in their order; answers come as they are ready. */
async function answerAll(
  requests: readonly ReportRequest[],
  progress: (text: string) => void,
  onAnswer: (run: RunFolder, answer: ReportAnswer) => void,
): Promise<void> {
  const isMadeHere = requests.length <= MOST_MADE_HERE;
  const places = isMadeHere ? 1 : processesFor(requests.length, LEAST_RUNS_OF_A_PROCESS);
  const makers: ReturnType<typeof reportMaker>[] = [];
  try {
    const sizes = await Promise.all(requests.map(({ run, runs }) => sizeOfInputs(run, runs)));
    await sideBySide(sizes, { places, mostAtOnce: MOST_BYTES_AT_ONCE }, async (index, place) => {
      const request = requests[index];
      progress(`Reading ${request.run.shown} (${index + 1} of ${requests.length})`);
      onAnswer(
        request.run,
        await (isMadeHere ? answerHere(request) : (makers[place] ??= reportMaker()).ask(request)),
      );
    });
  } finally {
    await Promise.all(makers.map((worker) => worker?.close()));
  }
}

/** What reads captures is loaded only where one is read: a build that changes nothing does not wait for it. */
async function answerHere(request: ReportRequest): Promise<ReportAnswer> {
  const { reportAnswer } = await import('./reportAnswer.ts');
  return reportAnswer(request);
}
