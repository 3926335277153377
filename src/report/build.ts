/** The Report of one analysed run, and the files published beside it. */
import type { RunAnalysis } from '../analysis/analyseRun.ts';
import type { Finding } from '../analysis/findings/index.ts';
import { growthLine } from '../analysis/stageMetricsLatency.ts';
import { printable } from './printable.ts';
import { publishedValue, publisher, type Publish } from './privacy.ts';
import { reportQuantity, seconds, significant } from './round.ts';
import { REPORT_SCHEMA_VERSION, reportSchema, type Report } from './schema.ts';
import { answersSection } from './sections/answers.ts';
import { callTreeSection } from './sections/callTree.ts';
import { comparisonSection } from './sections/comparison.ts';
import { countersSection } from './sections/counters.ts';
import { figuresCsv, figuresSection } from './sections/figures.ts';
import { estimatedStagesSection } from './sections/estimatedStages.ts';
import { findingsSection } from './sections/findings.ts';
import { functionRows, functionsCsv, functionsSection } from './sections/functions.ts';
import { identitySection, originSection } from './sections/identity.ts';
import { methodSection } from './sections/method.ts';
import { metricsCsv, metricsSection } from './sections/metrics.ts';
import { operatorsCsv, operatorsSection } from './sections/operators.ts';
import { reachCsv, rooflineCallsCsv, rooflineCsv, rooflineSection } from './sections/roofline.ts';
import { tokensCsv } from './sections/tokensCsv.ts';
import { threadsCsv, threadUseSection } from './sections/threadUse.ts';
import { timelineSection } from './sections/timeline.ts';
import { verdictsSection } from './sections/verdicts.ts';

/** What a person said about the run, and what pins it. */
export interface ReportOptions {
  runId: string;
  title: string;
  description: string | null;
  tags: string[];
  /** One sentence on the target from run.yaml. */
  targetNote: string | null;
  /** Names of private facts that may be published. */
  allow: string[];
  /** Texts that must never be published. */
  redact: string[];
  /** Hash of the inputs and of the program, lower-case hex. */
  contentHash: string;
  /** Former ids of the run. */
  aliases?: string[];
  /** What the run is compared with. */
  baseline?: BaselineComparison;
  /** The download of the capture's own files; left out where they are not published. */
  capture?: Report['capture'];
  /** Files that are published beside the report's own, as they are: samples for other tools. */
  exports?: ReportFile[];
}

/** Findings of a run against another that `run.yaml` names. */
export interface BaselineComparison {
  /** Run id. */
  id: string;
  title: string;
  /** Why there is no comparison; null when there is. */
  reason: string | null;
  findings: readonly Finding[];
}

/** A file published beside report.json; `name` is relative to the run's address. */
export interface ReportFile {
  name: string;
  title: string;
  format: string;
  bytes: Uint8Array;
}

export interface ReportBundle {
  report: Report;
  files: ReportFile[];
}

/**
 * Builds report.json and its files. The same analysis and options give the same bytes.
 *
 * @param sha256 hash of bytes as lower-case hex: an effect of the platform
 */
export async function buildReport(
  analysis: RunAnalysis,
  options: ReportOptions,
  sha256: (bytes: Uint8Array) => Promise<string>,
): Promise<ReportBundle> {
  const { profile, timeline, functions } = analysis;
  const publish = publisher(options.redact, options.allow);
  const functionTable = functionRows(analysis);
  const counters = countersSection(analysis);
  const comparison = comparisonSection(analysis, functionTable);
  const timelineTracks = timelineSection(analysis);
  const threadUse = threadUseSection(analysis);
  const operators = operatorsSection(analysis);
  const roofline = rooflineSection(analysis);
  const figures = figuresSection(analysis);
  const callTree = analysis.callTree
    ? callTreeSection(
        analysis.callTree,
        functions,
        analysis.sampleIntervals?.callTree ?? null,
        (index) => analysis.kernelOf(index).category,
      )
    : null;

  const files = [
    csvFile(
      'functions.csv',
      'All functions with self and total samples by stage',
      publish(functionsCsv(functionTable, analysis.metrics.functions.columns)),
    ),
    csvFile(
      'threads.csv',
      'Threads of the process: work and waiting by stage',
      publish(threadsCsv(analysis)),
    ),
    csvFile('tokens.csv', 'One row per llama_decode call', publish(tokensCsv(analysis))),
    ...(operators
      ? [csvFile('operators.csv', 'Operators and kernels by stage', publish(operatorsCsv(analysis)))]
      : []),
    ...(roofline
      ? [
          csvFile(
            'roofline.csv',
            'Bytes and operations by tensor and position',
            publish(rooflineCsv(analysis)),
          ),
          csvFile(
            'roofline-calls.csv',
            'Bytes and operations of each call',
            publish(rooflineCallsCsv(analysis)),
          ),
          csvFile('reach.csv', 'What the model could reach on known machines', publish(reachCsv(analysis))),
        ]
      : []),
    csvFile('metrics.csv', 'Metrics of every stage and phase', publish(metricsCsv(analysis))),
    ...(figures === null
      ? []
      : [csvFile('figures.csv', 'Figures with their settings and sources', publish(figuresCsv(analysis)))]),
    ...(options.exports ?? []),
  ];
  const report: Report = {
    schema: REPORT_SCHEMA_VERSION,
    run: {
      id: options.runId,
      title: options.title,
      description: options.description,
      tags: options.tags,
      contentHash: options.contentHash,
      aliases: options.aliases ?? [],
    },
    origin: originSection(profile),
    identity: identitySection(analysis, options.targetNote, options.allow),
    inputs: profile.inputs.map(({ path, format, tool, bytes }) => ({ path, format, tool, bytes })),
    durationS: analysis.durationNs === null ? null : seconds(analysis.durationNs),
    weight: analysis.weight && {
      event: analysis.weight.name,
      unit: analysis.weight.unit,
      samples: analysis.weight.rows.length,
    },
    samples: {
      count: profile.samples.length,
      lost: profile.losses.records,
      withStack: analysis.samplesWithStack,
    },
    answers: answersSection(analysis, {
      comparison,
      counters,
      timeline: timelineTracks,
      threadUse,
      operators,
      roofline,
      functions: functionTable,
    }),
    verdicts: verdictsSection(analysis),
    headline: metrics(analysis, true),
    findings: findingsSection(analysis.findings),
    ...(options.baseline && {
      baseline: { ...options.baseline, findings: findingsSection(options.baseline.findings) },
    }),
    comparison,
    stages: {
      source: timeline.source,
      reason: timeline.reason,
      fix: timeline.fix,
      phases: timeline.phases.map((phase, row) => ({
        stage: phase.stage,
        name: phase.name,
        startS: seconds(phase.startNs),
        endS: seconds(phase.endNs),
        endIsEstimated: phase.endIsEstimated,
        calls: phase.calls,
        tokens: phase.tokens,
        cachedTokens: phase.cachedTokens,
        samples: analysis.phaseSamples[row],
      })),
      estimated: estimatedStagesSection(analysis),
      metrics: metrics(analysis, false),
      growth: growthSection(analysis),
    },
    tokens: {
      startS: timeline.tokens.map((token) => seconds(token.startNs)),
      endS: timeline.tokens.map((token) => seconds(token.endNs)),
      endIsEstimated: timeline.tokens.map((token) => token.endIsEstimated),
      past: timeline.tokens.map((token) => token.past),
      nEval: timeline.tokens.map((token) => token.nEval),
      stage: timeline.tokens.map((token) => token.stage),
      latencyMs: analysis.tokenLatencyMs.map((value) => (value === null ? null : significant(value, 6))),
      notes: timeline.tokens.map((token) => token.notes),
      samples: analysis.tokenSamples,
    },
    timeline: timelineTracks,
    counters,
    metrics: metricsSection(analysis),
    functions: functionsSection(analysis, functionTable),
    callTree,
    operators,
    roofline,
    threads: analysis.threadRows.map(({ thread, counts, switches }) => {
      const { pid, tid, name, process } = profile.threads[thread];
      return { pid, tid, process: profile.processes[process].name, name, samples: counts, switches };
    }),
    threadUse,
    spanChannels: analysis.spanChannels.map((row) => ({
      group: row.group,
      channel: row.channel,
      name: row.name,
      count: row.count,
      totalS: seconds(row.totalNs),
      prefillS: row.prefillNs === null ? null : seconds(row.prefillNs),
      decodeS: row.decodeNs === null ? null : seconds(row.decodeNs),
    })),
    figures,
    logChecks: analysis.logChecks.map((check) => ({
      ...check,
      fromLog: reportQuantity(check.fromLog),
      fromCapture: reportQuantity(check.fromCapture),
    })),
    warnings: analysis.warnings.map(({ code, message, fix }) => ({ code, message, fix })),
    method: methodSection(analysis, options.allow),
    ...(options.capture && { capture: options.capture }),
    files: await Promise.all(
      files.map(async ({ name, title, format, bytes }) => ({
        name,
        title,
        format,
        bytes: bytes.byteLength,
        sha256: await sha256(bytes),
      })),
    ),
  };
  return { report: publishable(reportSchema.parse(report), publish), files };
}

/** As long as a description may be: beyond it nobody reads, and a hundred such names would be a page of megabytes. */
const LONGEST_TEXT = 10_000;

/** As long as a word may be: browsers lay out one without a break anew for every line of it, which takes minutes at 10,000. */
const LONGEST_WORD = 1000;
const LONG_WORD = new RegExp(`\\S{${LONGEST_WORD + 1},}`, 'g');

function cutTexts(text: string): string {
  if (text.length <= LONGEST_WORD) return text;
  return cut(text, LONGEST_TEXT).replace(LONG_WORD, (word) => cut(word, LONGEST_WORD));
}

/** The start and a little of the end. */
function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const end = text.slice(-longest / 10).replace(/^[\uDC00-\uDFFF]/, '');
  const start = text.slice(0, longest - end.length - 1).replace(/[\uD800-\uDBFF]$/, '');
  return `${start}…${end}`;
}

/** Line ends and tabs are a person's; whatever else nobody sees is shown. */
function readable(text: string): string {
  return text
    .split(/([\n\t])/)
    .map((part, index) => (index % 2 === 1 ? part : printable(part)))
    .join('');
}

/** The report with every text made fit to be published; the run's id and what the site is addressed by stay. */
function publishable(report: Report, publish: Publish): Report {
  const { id, contentHash, aliases } = report.run;
  // Tables repeat names: each is looked at once.
  const known = new Map<string, string>();
  const published = publishedValue(report, (text) => {
    const done = known.get(text) ?? publish(readable(cutTexts(text)));
    known.set(text, done);
    return done;
  });
  return { ...published, run: { ...published.run, id, contentHash, aliases }, files: report.files };
}

/** The fitted line of token latency over position; null when the run is too short for one. */
function growthSection({ timeline, tokenLatencyMs }: RunAnalysis): Report['stages']['growth'] {
  const line = growthLine(timeline, tokenLatencyMs);
  if ('reason' in line) return null;
  const { slopeMsPerPosition, interceptMs, fromPast, toPast, slopeInterval } = line;
  return {
    slopeMsPerPosition: significant(slopeMsPerPosition),
    interceptMs: significant(interceptMs),
    fromPast,
    toPast,
    slopeInterval: [significant(slopeInterval[0]), significant(slopeInterval[1])],
  };
}

function metrics(analysis: RunAnalysis, isHeadline: boolean): Report['headline'] {
  // Without stages one reason holds for all of them: a table of it says nothing.
  const isTold = isHeadline || analysis.timeline.source !== null;
  return analysis.stageMetrics
    .filter((metric) => metric.isHeadline === isHeadline && (isTold || metric.quantity.value !== null))
    .map(({ id, label, quantity }) => ({ id, label, quantity: reportQuantity(quantity) }));
}

function csvFile(name: string, title: string, text: string): ReportFile {
  return { name, title, format: 'text/csv', bytes: new TextEncoder().encode(text) };
}
