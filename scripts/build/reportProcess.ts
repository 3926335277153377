/**
 * Makes reports of many runs, as a process of its own: what reading and drawing took of memory goes with it, before the
 * pages need theirs. Started by `makeReports.ts`; answers each message with one.
 */
import process from 'node:process';
import { InputError } from '../../src/readers/reader.ts';
import type { RunFolder } from './captures.ts';
import { reportOfRun } from './reports.ts';

export interface ReportRequest {
  run: RunFolder;
  /** All runs that are built: a baseline is one of them. */
  runs: readonly RunFolder[];
  cache: string;
  program: string;
}

export type ReportAnswer =
  | { folder: string }
  /** What is wrong with the run. */
  | { fault: string }
  /** What is wrong with gemview. */
  | { message: string; stack: string };

process.on('message', ({ run, runs, cache, program }: ReportRequest) => {
  reportOfRun(run, runs, cache, program).then(
    ({ folder }) => answer({ folder }),
    (error: Error) =>
      answer(
        error instanceof InputError
          ? { fault: error.message }
          : { message: error.message, stack: error.stack ?? '' },
      ),
  );
});

// All reports are made, or the command is gone.
process.once('disconnect', () => process.exit(0));

function answer(result: ReportAnswer): void {
  process.send!(result);
}
