/** A report that is asked for, here or in a process of its own. */
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
  | { fault: string };

/** What `reportOfRun` answers; what is wrong with a run is an answer, what is wrong with gemview is thrown. */
export async function reportAnswer({ run, runs, cache, program }: ReportRequest): Promise<ReportAnswer> {
  try {
    return { folder: (await reportOfRun(run, runs, cache, program)).folder };
  } catch (error) {
    if (error instanceof InputError) return { fault: error.message };
    throw error;
  }
}
