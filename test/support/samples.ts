import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe } from 'vitest';

/** The folder of sample captures that do not ship with the project; null when it is not present. */
export function samplesFolder(): string | null {
  const folder = resolve(process.env.GEMVIEW_SAMPLES ?? '../shared/samples');
  return existsSync(resolve(folder, 'README.md')) ? folder : null;
}

/**
 * A suite over the sample captures; skipped, and named as skipped, when the folder is not present. The suite's body runs
 * in both cases (vitest collects it): read files inside tests and hooks only.
 */
export function describeWithSamples(name: string, suite: (folder: string) => void): void {
  const folder = samplesFolder();
  describe.skipIf(folder === null)(
    folder === null ? `${name} (no sample captures: set GEMVIEW_SAMPLES)` : name,
    () => {
      suite(folder ?? '');
    },
  );
}
