/** A run as a Learning Path: its pages and pictures, and the folder that they are kept in. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { availableCharts } from '../../src/charts/registry.ts';
import { chartWords, preparedChartName } from '../../src/components/charts/pictures.ts';
import { pictureName } from '../../src/exports/learningPath/chapterPages.ts';
import { learningPath, type LearningPathOptions } from '../../src/exports/learningPath/learningPath.ts';
import { InputError } from '../../src/readers/reader.ts';
import type { Report } from '../../src/report/schema.ts';
import { readManifest, writeKeptFolder, type FolderContents, type KeptFolderResult } from './keptFolder.ts';
import { reportOfFolder } from './runReport.ts';

/**
 * What the folder of a run's Learning Path holds.
 *
 * @param charts folder with `<chart>.png` of the report
 */
export async function learningPathContents(
  report: Report,
  charts: string,
  options: LearningPathOptions,
): Promise<FolderContents> {
  const available = availableCharts(report).map((chart) => ({
    chart: chart.id,
    chapter: chart.chapter,
    ...chartWords(chart, report),
  }));
  const { pages, pictures } = learningPath(report, available, options);
  const contents = new Map<string, string | Uint8Array>(pages);
  for (const picture of pictures) {
    contents.set(pictureName(picture), await readFile(join(charts, `${picture.chart}.png`)));
  }
  return contents;
}

/**
 * Exports the run in `runFolder` into `out`.
 *
 * @throws InputError when `out` holds the export of another run, or something cannot be read or written
 */
export async function exportLearningPath(
  runFolder: string,
  out: string,
  options: LearningPathOptions,
  cwd: string,
): Promise<KeptFolderResult> {
  const { report, folder } = await reportOfFolder(runFolder, cwd);
  const target = resolve(cwd, out);
  const manifest = await readManifest(target, out);
  if (manifest !== null && ![report.run.id, ...report.run.aliases].includes(manifest.run)) {
    throw new InputError(out, `holds the export of the run ${manifest.run}, not of ${report.run.id}`, {
      fix: 'Name another folder with --out',
    });
  }
  const charts = join(folder, preparedChartName('', 'png'), '..');
  const contents = await learningPathContents(report, charts, options);
  return writeKeptFolder(target, out, contents, {
    to: 'learning-path',
    run: report.run.id,
    options: { site: options.site, authors: [...options.authors] },
  });
}
