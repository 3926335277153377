import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'vitest';

/**
 * Compares a text with the file that holds what it was when somebody last looked at it. A missing file is written, so that
 * it can be looked at and committed; with CI=true it is a failure. UPDATE_GOLDEN=1 writes all of them anew.
 */
export function expectGolden(path: string, text: string, environment: NodeJS.ProcessEnv = process.env): void {
  const isMissing = !existsSync(path);
  if (isMissing && environment.CI === 'true') {
    throw new Error(`${path} is missing: run this test once without CI=true and commit the file`);
  }
  if (isMissing || environment.UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(text, `${path} (UPDATE_GOLDEN=1 takes the new text)`).toBe(readFileSync(path, 'utf8'));
}
