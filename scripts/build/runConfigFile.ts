import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRunConfig, type RunConfig } from '../../src/pipeline/runConfig.ts';
import { InputError } from '../../src/readers/reader.ts';
import type { RunFolder } from './captures.ts';

const RUN_YAML = 'run.yaml';

/** `run.yaml` of a run; null when it has none, or one with a fault: that is said when the run itself is read. */
export async function configOf(run: RunFolder): Promise<RunConfig | null> {
  const text = await readFile(join(run.path, RUN_YAML), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return parseRunConfig(RUN_YAML, text);
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}
