/** The run folders of a captures folder, checked before anything is built. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../src/readers/reader.ts';

/** A run folder's name is the run's id and part of its addresses. */
const RUN_ID = /^[a-z0-9][a-z0-9-]*$/;

export interface RunFolder {
  id: string;
  path: string;
}

/**
 * Run folders of `captures` in order of their ids. Throws an InputError that lists every wrong name at once, with a
 * suggestion; files beside the folders and hidden entries are ignored.
 *
 * @param shown how the user named the folder
 */
export async function findRuns(captures: string, shown: string): Promise<RunFolder[]> {
  const status = await stat(captures).catch(() => null);
  if (!status) throw new InputError(shown, 'this folder does not exist');
  if (!status.isDirectory()) {
    throw new InputError(shown, 'this is a file, not a folder of runs', {
      fix: 'Put each run into a folder of its own: captures/<run-id>/',
    });
  }
  const entries = await readdir(captures, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
  if (names.length === 0) {
    throw new InputError(shown, 'there is no run in this folder', {
      fix: 'Put each run into a folder of its own: captures/<run-id>/',
    });
  }
  const problems = [...wrongNames(names), ...clashes(names)];
  if (problems.length > 0) throw new InputError(shown, problems.join('; '));
  return names.map((name) => ({ id: name, path: join(captures, name) }));
}

function wrongNames(names: readonly string[]): string[] {
  return names
    .filter((name) => !RUN_ID.test(name))
    .map((name) => {
      const suggestion = suggestRunId(name);
      return `'${name}' is no run id (lower-case letters, digits and hyphens)${suggestion ? `: rename it to '${suggestion}'` : ''}`;
    });
}

/** Names that differ only in case are one folder on some systems, and one address on others. */
function clashes(names: readonly string[]): string[] {
  const byLowerCase = Map.groupBy(names, (name) => name.toLowerCase());
  return [...byLowerCase.values()]
    .filter((same) => same.length > 1)
    .map((same) => `${same.map((name) => `'${name}'`).join(' and ')} differ only in case: rename one`);
}

/** The nearest run id to a name; empty when nothing of it can stay. */
export function suggestRunId(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
}
