import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe } from 'vitest';

/** The folder of sample captures that do not ship with the project; null when it is not present. */
export function samplesFolder(): string | null {
  const folder = resolve(process.env.GEMVIEW_SAMPLES ?? '../shared/samples');
  return existsSync(resolve(folder, 'README.md')) ? folder : null;
}

/** A suite over the sample captures; skipped, and named as skipped, when the folder is not present. */
export function describeWithSamples(name: string, suite: (folder: string) => void): void {
  const folder = samplesFolder();
  if (folder) describe(name, () => suite(folder));
  else describe.skip(`${name} (no sample captures: set GEMVIEW_SAMPLES)`, () => suite(''));
}
