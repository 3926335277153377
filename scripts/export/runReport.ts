/** The report of one run folder, wherever it lies: for exports that need more than the samples. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InputError } from '../../src/readers/reader.ts';
import type { Report } from '../../src/report/schema.ts';
import { defaultCache } from '../build/cacheFolder.ts';
import { RUN_ID, suggestRunId, type RunFolder } from '../build/captures.ts';
import { hashProgram } from '../build/contentHash.ts';
import { reportOfRun } from '../build/reports.ts';

export interface RunReport {
  report: Report;
  /** Holds `charts/<chart>.png` and the other files beside the report. */
  folder: string;
}

/**
 * Reads a run as the site would, with its baseline where that lies beside it; from the build's cache when nothing changed.
 *
 * @throws InputError when there is no such folder
 */
export async function reportOfFolder(shown: string, cwd: string): Promise<RunReport> {
  const path = resolve(cwd, shown);
  const status = await stat(path).catch(() => null);
  if (status === null) throw new InputError(shown, 'there is no such folder');
  if (!status.isDirectory()) {
    throw new InputError(shown, 'is a file, not the folder of a run', {
      fix: 'Put the files of the run into a folder of their own',
    });
  }
  const name = basename(path);
  const run: RunFolder = { id: RUN_ID.test(name) ? name : suggestRunId(name), path, shown };
  const { folder } = await reportOfRun(
    run,
    await runsBeside(path),
    await defaultCache(dirname(path)),
    await hashProgram(),
  );
  return { report: await readReport(folder), folder };
}

/** A baseline is named by the id of a run that lies beside this one. */
async function runsBeside(path: string): Promise<RunFolder[]> {
  const captures = dirname(path);
  const names = await readdir(captures).catch(() => []);
  return names.filter((name) => RUN_ID.test(name)).map((id) => ({ id, path: join(captures, id), shown: id }));
}

export async function readReport(folder: string): Promise<Report> {
  return JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as Report;
}
