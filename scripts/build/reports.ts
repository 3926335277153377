/** Reports of runs, made once per content: the same files read by the same program are not read again. */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { RunAnalysis } from '../../src/analysis/analyseRun.ts';
import { MOST_PUBLISHED_BYTES, SAMPLE_FORMATS } from '../../src/exports/sampleFormats.ts';
import { availableCharts } from '../../src/charts/registry.ts';
import { runCard, runRow } from '../../src/charts/socialCard/cardWords.ts';
import { runCardSvg } from '../../src/charts/socialCard/drawCard.ts';
import { CHART_FILE_FORMS, preparedChartName } from '../../src/components/charts/pictures.ts';
import { SUMMARY_FILE } from '../../src/components/data/runs.ts';
import { summaryOf } from '../../src/components/data/runSummary.ts';
import { analyseInputs } from '../../src/pipeline/analyseInputs.ts';
import { openInputs } from '../../src/platform/node/inputs.ts';
import { pngOfSvg } from '../../src/platform/node/pngPicture.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import type { ChartExtension } from '../../src/report/addresses.ts';
import { buildReport } from '../../src/report/build.ts';
import type { ReportBundle, ReportFile } from '../../src/report/build.ts';
import { publisher, type Publish } from '../../src/report/privacy.ts';
import { gemviewVersion } from '../packageVersion.ts';
import type { Report } from '../../src/report/schema.ts';
import type { Baseline } from './baseline.ts';
import { compareWithBaseline } from './baselineComparison.ts';
import type { RunFolder } from './captures.ts';
import {
  CAPTURE_FOLDER,
  CARD_FILE,
  FACTS_FILE,
  isIntact,
  keepReport,
  placeOfReport,
  PRIVATE_FILE,
  type ReportFacts,
} from './keptReports.ts';
import { writeRawCapture, type RawCapture } from './rawCapture.ts';
import { configOf } from './runConfigFile.ts';
import { secretsOf, type RunSecrets } from './runSecrets.ts';

/**
 * The report of a run as a folder with `report.json` and its files, from the cache when nothing changed.
 *
 * A run is compared with its baseline: then its report is made again when the baseline changes.
 *
 * @param runs all runs that are built: a baseline is one of them
 * @param program see `hashProgram`
 * @returns path of the cached folder and whether it had to be made
 */
export async function reportOfRun(
  run: RunFolder,
  runs: readonly RunFolder[],
  cache: string,
  program: string,
): Promise<{ folder: string; isNew: boolean }> {
  const { baseline, key, folder } = await placeOfReport(run, runs, cache, program);
  if (await isIntact(folder)) return { folder, isNew: false };
  const staging = join(folder, '..', `.${basename(folder)}.${process.pid}`);
  await rm(staging, { recursive: true, force: true });
  try {
    const isPublished = (await configOf(run))?.publish.includes('capture') ?? false;
    const capture = isPublished ? await writeRawCapture(run, join(staging, CAPTURE_FOLDER)) : null;
    const { bundle, secrets } = await makeReport(run, baseline, key.slice(0, 16), capture);
    const contents = await filesOf(bundle);
    contents.set(PRIVATE_FILE, Buffer.from(JSON.stringify(secrets)));
    contents.set(FACTS_FILE, Buffer.from(JSON.stringify(factsOf(bundle.report))));
    await keepReport(contents, capture, staging, folder);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return { folder, isNew: true };
}

async function makeReport(
  run: RunFolder,
  baseline: Baseline | null,
  contentHash: string,
  capture: RawCapture | null,
): Promise<{ bundle: ReportBundle; secrets: RunSecrets }> {
  const opened = await openInputs([run.path], { cwd: run.path });
  try {
    const { analysis, config } = await analyseInputs(opened.inputs, opened.runYaml, nodeServices);
    const against = baseline && (await compareWithBaseline({ id: run.id, analysis }, baseline));
    const bundle = await buildReport(
      analysis,
      {
        runId: run.id,
        title: config.title ?? run.id,
        description: config.description ?? null,
        tags: config.tags,
        targetNote: config.target ?? null,
        allow: config.allow,
        redact: [...config.redact, ...(against?.redact ?? [])],
        contentHash,
        aliases: config.aliases,
        baseline: against?.comparison,
        ...(capture && { capture }),
        exports: sampleFiles(analysis, config.title ?? run.id, publisher(config.redact, config.allow)),
      },
      (bytes) => Promise.resolve(sha256(bytes)),
    );
    const { aliases, allow, redact } = config;
    return {
      bundle,
      secrets: { run: run.id, aliases, secrets: secretsOf(analysis.profile), allow, redact },
    };
  } finally {
    await opened.close();
  }
}

/** The samples for other tools, unless they are too large for a download. */
function sampleFiles(analysis: RunAnalysis, title: string, publish: Publish): ReportFile[] {
  return SAMPLE_FORMATS.flatMap(({ fileName, title: fileTitle, mediaType, write }): ReportFile[] => {
    const text = write(analysis, { title, publish, exporter: `gemview ${gemviewVersion()}` });
    if (text === null || text.length > MOST_PUBLISHED_BYTES) return [];
    return [{ name: fileName, title: fileTitle, format: mediaType, bytes: Buffer.from(text) }];
  });
}

/** Everything that is kept of a run: its report, the files beside it, its charts as files, and its card. */
async function filesOf({ report, files }: ReportBundle): Promise<Map<string, Uint8Array>> {
  const contents = new Map<string, Uint8Array>([
    ...files.map(({ name, bytes }) => [name, bytes] as const),
    ['report.json', Buffer.from(`${JSON.stringify(report)}\n`)],
  ]);
  const pictures = new Map([[CARD_FILE, runCardSvg(runCard(report))]]);
  for (const chart of availableCharts(report)) {
    for (const [extension, { make }] of Object.entries(CHART_FILE_FORMS)) {
      const name = preparedChartName(chart.id, extension as ChartExtension);
      contents.set(name, Buffer.from(make(chart, report)));
    }
    const picture = Buffer.from(contents.get(preparedChartName(chart.id, 'svg'))!).toString();
    pictures.set(preparedChartName(chart.id, 'png'), picture);
  }
  // Drawing a picture takes as long as drawing all charts as SVG: pictures are drawn side by side.
  const pngs = await Promise.all([...pictures.values()].map(pngOfSvg));
  [...pictures.keys()].forEach((name, index) => contents.set(name, pngs[index]));
  contents.set(SUMMARY_FILE, Buffer.from(JSON.stringify(summaryOf(report))));
  return contents;
}

function factsOf(report: Report): ReportFacts {
  const { run, origin, method, capture } = report;
  return { run, origin, capture: capture ?? null, withheld: method.withheld, row: runRow(report) };
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
