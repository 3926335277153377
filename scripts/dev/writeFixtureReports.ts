/**
 * Writes the fixture reports as the site reads them, one folder a run: `node scripts/dev/writeFixtureReports.ts <folder>`.
 * Then: GEMVIEW_REPORTS=<folder> astro build.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { allFixtureReports } from '../../test/support/reportFixtureVariants.ts';

const folder = process.argv[2];
if (folder === undefined) {
  console.error('usage: writeFixtureReports.ts <folder>');
  process.exitCode = 2;
} else {
  for (const report of allFixtureReports()) {
    const runFolder = join(folder, report.run.id);
    await mkdir(runFolder, { recursive: true });
    await writeFile(join(runFolder, 'report.json'), JSON.stringify(report));
  }
}
