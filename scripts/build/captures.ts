/** The run folders of a captures folder, checked before anything is built. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isNoise } from '../../src/platform/node/noise.ts';
import { InputError } from '../../src/readers/reader.ts';
import { InputErrors } from '../inputErrors.ts';

/** A run folder's name is the run's id and part of its addresses. */
export const RUN_ID = /^[a-z0-9][a-z0-9-]*$/;

/** Holds what people wrote across runs: no run has this name. */
export const STORIES_FOLDER = 'stories';

const HOW_RUNS_LIE = 'Put each run into a folder of its own: captures/<run-id>/';

export interface RunFolder {
  id: string;
  path: string;
  /** As the user would name it. */
  shown: string;
}

/**
 * Run folders of `captures` in order of their ids. Files beside the folders and hidden entries are ignored.
 *
 * @param shown how the user named the folder
 * @param out the site's folder: may lie among the runs and is none
 * @throws InputErrors with a sentence for every name that is no run id
 */
export async function findRuns(captures: string, shown: string, out: string): Promise<RunFolder[]> {
  const status = await stat(captures).catch(() => null);
  if (!status) throw new InputError(shown, 'there is no such folder');
  if (!status.isDirectory())
    throw new InputError(shown, 'is a file, not a folder of runs', { fix: HOW_RUNS_LIE });

  const names = (await readdir(captures)).filter((name) => !isNoise(name) && name !== STORIES_FOLDER).sort();
  const folders: string[] = [];
  for (const name of names) {
    if (join(captures, name) === out) continue;
    if ((await stat(join(captures, name)).catch(() => null))?.isDirectory()) folders.push(name);
  }
  if (folders.length === 0) {
    throw new InputError(shown, names.length > 0 ? 'holds files, but no folder of a run' : 'holds no runs', {
      fix: HOW_RUNS_LIE,
    });
  }
  const wrong = folders.filter((name) => !RUN_ID.test(name));
  if (wrong.length > 0) throw new InputErrors(wrong.map((name) => wrongName(name, folders, shown)));
  return folders.map((name) => ({
    id: name,
    path: join(captures, name),
    shown: `${shown.replace(/\/+$/, '')}/${name}`,
  }));
}

/** Ids are lower-case: two folders whose names differ only in case are one folder on some systems, and one address. */
function wrongName(name: string, folders: readonly string[], shown: string): InputError {
  const twin = folders.find((other) => other !== name && other.toLowerCase() === name.toLowerCase());
  return new InputError(
    `${shown.replace(/\/+$/, '')}/${name}`,
    twin
      ? `the name differs from '${twin}' only in case, and both would have one address`
      : 'the name is no run id: lower-case letters, digits and hyphens',
    { fix: `Rename the folder, for example to '${suggestRunId(name, folders)}'` },
  );
}

/** The nearest run id to a name that no other folder has. */
export function suggestRunId(name: string, taken: readonly string[] = []): string {
  const base =
    name
      .normalize('NFKD')
      .replaceAll(/\p{M}/gu, '')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '') || 'run';
  for (let number = 1; ; number++) {
    const id = number === 1 ? base : `${base}-${number}`;
    if (!taken.includes(id)) return id;
  }
}
