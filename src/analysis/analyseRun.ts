/** Everything that is known about one run: the functions of this folder applied to its Profile, once. */
import { callsOf } from '../llama/calls.ts';
import { stageTimeline } from '../llama/stages.ts';
import { llamaStacks } from '../llama/stages/stackMarks.ts';
import type { StageTimeline } from '../llama/types.ts';
import type { Profile, Warning } from '../profile/types.ts';
import type { FunctionTable } from '../symbols/types.ts';
import {
  attributeSamples,
  counterTotals,
  type CounterTotals,
  type SampleAttribution,
} from './attribution.ts';
import { buildCallTree, type CallTree } from './callTree.ts';
import { coreTypes } from './coreTypes.ts';
import { lintCapture } from './captureLint.ts';
import { analyseFigures, withFigures, type FiguresAnalysis } from './figures/figures.ts';
import { estimateStages, type EstimatedStages } from './estimatedStages.ts';
import { findings, type Finding } from './findings/index.ts';
import { countFunctions, type FunctionCounts } from './functions.ts';
import { kernelUse, type KernelUse } from './kernelUse.ts';
import { logChecks, type LogCheck } from './logChecks.ts';
import { modelCheck } from './modelChecks.ts';
import { analyseOperators, type OperatorAnalysis } from './operators/operators.ts';
import { runMetrics, type RunMetrics } from './selectionMetrics.ts';
import { runningTimes } from './runningTime.ts';
import { runRoofline, type RunRoofline } from './runRoofline.ts';
import { STAGE_GROUPS, groupCounts, type GroupCounts } from './stageGroups.ts';
import { stageMetrics, tokenLatencies, type StageMetric } from './stageMetrics.ts';
import { sampleIntervals, type SampleIntervals } from './pathIntervals.ts';
import { threadUse, type ComputingStage, type ThreadUse } from './threadUse.ts';
import { tokenBlocks, type TokenBlocks } from './tokenBlocks.ts';
import { runVerdicts, type RunVerdicts, type VerdictOptions } from './verdict/runVerdicts.ts';
import { weightEvent, weightOf, type Weight } from './weight.ts';

/** What the name of a function says about the kernel it is. */
export interface KernelFacts {
  category: string | null;
  operator: string | null;
  shape: 'GEMM' | 'GEMV' | 'AMBIGUOUS' | null;
  words: string | null;
}

/** A channel of annotations, summed over threads. */
export interface SpanChannelTotals {
  group: string;
  channel: number;
  name: string;
  count: number;
  totalNs: number;
  prefillNs: number | null;
  decodeNs: number | null;
  /** Rows of profile.spanChannels. */
  rows: number[];
}

export interface RunAnalysis {
  profile: Profile;
  functions: FunctionTable;
  timeline: StageTimeline;
  attribution: SampleAttribution;
  weight: Weight | null;
  functionCounts: FunctionCounts | null;
  callTree: CallTree | null;
  /** Intervals of the largest shares of functions and call paths; null without samples. */
  sampleIntervals: SampleIntervals | null;
  kernelUse: KernelUse | null;
  kernelOf: (functionIndex: number) => KernelFacts;
  /** First to last counted sample. */
  durationNs: number | null;
  samplesWithStack: number;
  /** From the first to the last thing that has a time; null when nothing has. */
  extent: { startNs: number; endNs: number } | null;
  /** One row per counter of the profile. */
  counterTotals: CounterTotals[];
  /** Samples of all events per phase of the timeline. */
  phaseSamples: number[];
  /** Samples of the weight event per token. */
  tokenSamples: number[];
  /** Milliseconds from each decode call to the next of its turn, idle removed; null where there is none. */
  tokenLatencyMs: (number | null)[];
  /** Threads with samples, most first. */
  threadRows: { thread: number; counts: GroupCounts; switches: number | null }[];
  /** Calls of each stage as blocks to resample: what intervals of shares are made of. */
  tokenBlocks: Record<ComputingStage, TokenBlocks>;
  /** Threads and CPUs of the llama.cpp process; null without samples or without times. */
  threadUse: ThreadUse | null;
  spanChannels: SpanChannelTotals[];
  /** Operators and kernels by stage, coverage, weights that fell through; null without samples. */
  operators: OperatorAnalysis | null;
  /** Prefill and Decode guessed from kernels; never mixed with the timeline. */
  estimatedStages: EstimatedStages;
  /** Metrics of PMU events by stage, phase, call, function and type of core. */
  metrics: RunMetrics;
  stageMetrics: StageMetric[];
  /** Results that stand in the files or in run.yaml as such, with what they allow. */
  figures: FiguresAnalysis;
  logChecks: LogCheck[];
  /** What the model file asks of the calls, and on hardware what was reached of it. */
  roofline: RunRoofline;
  /** What holds Prefill and Decode back, and how sure that is. */
  verdicts: RunVerdicts;
  /** What the data supports in words, most important first. */
  findings: Finding[];
  /** The profile's warnings and those of the analysis. */
  warnings: Warning[];
}

export interface AnalyseOptions extends VerdictOptions {
  /** Event that functions and shares belong to; the first cycles-like or clock event otherwise. */
  event?: string;
}

/**
 * Analyses one run. Pure: the same profile and functions give the same analysis.
 *
 * @throws RangeError when `options.event` names no sampled event of the profile
 */
export function analyseRun(
  profile: Profile,
  functions: FunctionTable,
  options: AnalyseOptions = {},
): RunAnalysis {
  const stacks = llamaStacks(profile, functions);
  const calls = callsOf(profile, { isInsideDecode: stacks.isInsideDecode });
  const timeline = stageTimeline(profile, calls, { stacks });
  const attribution = attributeSamples(profile, timeline);
  const totals = counterTotals(profile, timeline);
  const countsByCore = coreTypes(profile, timeline, totals);

  const event = weightEvent(profile, options.event);
  if (event === null && options.event !== undefined) {
    throw new RangeError(
      `no sampled event is called '${options.event}': ${eventNames(profile) || 'there is none'}`,
    );
  }
  const weight = event === null ? null : weightOf(profile, event);
  const use = weight && kernelUse(profile, functions, weight, attribution.group);
  const functionCounts = weight && countFunctions(profile, functions, weight, attribution.group);
  const callTree = weight && buildCallTree(profile, functions, weight, attribution.group);
  const latencies = tokenLatencies(timeline);
  const extent = extentOf(profile);
  const blocks = { prefill: tokenBlocks(timeline, 'prefill'), decode: tokenBlocks(timeline, 'decode') };
  const figures = analyseFigures(profile, timeline, countsByCore);
  const operators = analyseOperators({
    profile,
    functions,
    timeline,
    attribution,
    weight,
    kernelUse: use,
    blocks,
  });
  const roofline = runRoofline({
    ...{ profile, functions, timeline, attribution, weight },
    coreTypes: countsByCore,
    kernelUse: use,
  });
  const stageMetricRows = withFigures(stageMetrics(timeline, latencies), figures.headline);
  const threads =
    weight && use && extent
      ? threadUse(
          { profile, timeline, attribution, weight, kernelUse: use },
          [blocks.prefill, blocks.decode],
          extent,
        )
      : null;
  const metrics = runMetrics(
    profile,
    functions,
    timeline,
    countsByCore,
    runningTimes(profile, threads, countsByCore),
    extent && extent.endNs - extent.startNs,
  );
  const checks = logChecks(profile.timings, timeline, profile.origin.value !== 'simulated');

  const analysis: Omit<RunAnalysis, 'findings'> = {
    profile,
    functions,
    timeline,
    attribution,
    weight,
    functionCounts,
    callTree,
    sampleIntervals:
      weight && use && functionCounts && callTree
        ? sampleIntervals(
            { profile, timeline, attribution, weight, kernelUse: use },
            functions.functionOfFrame,
            functionCounts,
            callTree,
            blocks,
          )
        : null,
    kernelUse: use,
    kernelOf: (index) => use?.classes[index] ?? UNCLASSIFIED,
    durationNs: sampledDuration(profile),
    samplesWithStack: samplesWithStack(profile),
    extent,
    counterTotals: totals,
    phaseSamples: countRows(attribution.phase, timeline.phases.length),
    tokenSamples: countRows(attribution.token, timeline.tokens.length),
    tokenLatencyMs: latencies,
    threadRows: threadRows(profile, weight, attribution.group),
    tokenBlocks: blocks,
    threadUse: threads,
    spanChannels: spanChannelTotals(profile, timeline),
    operators,
    estimatedStages: estimateStages(profile, timeline, attribution, weight, use, stacks),
    metrics,
    stageMetrics: stageMetricRows,
    figures,
    logChecks: checks.checks,
    roofline,
    verdicts: runVerdicts(
      {
        profile,
        timeline,
        attribution,
        weight,
        kernelUse: use,
        metrics,
        threadUse: threads,
        stageMetrics: stageMetricRows,
        roofline,
      },
      options,
    ),
    warnings: distinct([
      ...profile.warnings,
      ...functions.warnings,
      ...timeline.warnings,
      ...checks.warnings,
      ...modelCheck(profile).warnings,
      ...(operators?.warnings ?? []),
      ...lintCapture(profile, functions, timeline),
    ]),
  };
  return { ...analysis, findings: findings(analysis) };
}

const UNCLASSIFIED: KernelFacts = { category: null, operator: null, shape: null, words: null };

function eventNames(profile: Profile): string {
  return profile.events
    .filter((event) => event.role === 'sampling' || event.role === 'group-member')
    .map((event) => event.name)
    .join(', ');
}

/** First to last sample; null for fewer than two or for samples without times. */
function sampledDuration({ samples, clock }: Profile): number | null {
  if (samples.length < 2 || clock.name === 'none') return null;
  return samples.timeNs[samples.length - 1] - samples.timeNs[0];
}

function samplesWithStack({ samples, stacks }: Profile): number {
  let count = 0;
  const { stack } = samples;
  for (let row = 0; row < stack.length; row++) if (stack[row] >= 0 && stacks.prefix[stack[row]] >= 0) count++;
  return count;
}

/** What the timeline shows: from the first to the last sample, marker, probe hit, span or reading. */
function extentOf(profile: Profile): RunAnalysis['extent'] {
  if (profile.clock.name === 'none') return null;
  const { samples, markers, probeHits, spans, readings } = profile;
  let startNs = Infinity;
  let endNs = -Infinity;
  const cover = (fromNs: number | undefined, toNs: number | undefined): void => {
    if (fromNs !== undefined && fromNs < startNs) startNs = fromNs;
    if (toNs !== undefined && toNs > endNs) endNs = toNs;
  };
  if (samples.length > 0) cover(samples.timeNs[0], samples.timeNs[samples.length - 1]);
  cover(markers[0]?.timeNs, markers.at(-1)?.timeNs);
  cover(probeHits[0]?.timeNs, probeHits.at(-1)?.timeNs);
  if (spans.length > 0) cover(spans.startNs[0], undefined);
  for (const endOfSpan of spans.endNs) cover(undefined, endOfSpan);
  // Samples tell what ran; where there are none, intervals of counters do.
  if (samples.length === 0) {
    for (const table of readings)
      if (table.length > 0) cover(table.startNs[0], table.timeNs[table.length - 1]);
  }
  return Number.isFinite(startNs) && endNs >= startNs ? { startNs, endNs } : null;
}

/** How often each row number occurs in a column; -1 is not counted. */
function countRows(column: Int32Array, rows: number): number[] {
  const counts = new Float64Array(rows);
  for (let at = 0; at < column.length; at++) if (column[at] >= 0) counts[column[at]]++;
  return [...counts];
}

function threadRows(profile: Profile, weight: Weight | null, group: Uint8Array): RunAnalysis['threadRows'] {
  const columns = STAGE_GROUPS.map(() => new Float64Array(profile.threads.length));
  const rows = weight?.rows ?? [];
  for (let at = 0; at < rows.length; at++) columns[group[rows[at]]][profile.samples.thread[rows[at]]]++;
  const switches = profile.switches.length > 0 ? new Float64Array(profile.threads.length) : null;
  if (switches) for (const thread of profile.switches.thread) switches[thread]++;
  return profile.threads
    .map((_, thread) => ({
      thread,
      counts: groupCounts(columns, thread),
      switches: switches ? switches[thread] : null,
    }))
    .filter((row) => row.counts.all > 0 || (row.switches ?? 0) > 0)
    .sort(
      (a, b) => b.counts.all - a.counts.all || (b.switches ?? 0) - (a.switches ?? 0) || a.thread - b.thread,
    );
}

/** One row per (group, channel), summed over threads; the name is the first thread's. */
function spanChannelTotals(profile: Profile, timeline: StageTimeline): SpanChannelTotals[] {
  const { spanChannels, spans } = profile;
  const rowOf = new Map<string, SpanChannelTotals>();
  const ofChannel = spanChannels.map((channel, index) => {
    const key = `${channel.group}/${channel.channel}`;
    let row = rowOf.get(key);
    if (!row) {
      row = {
        group: channel.groupName || String(channel.group),
        channel: channel.channel,
        name: channel.name,
        count: 0,
        totalNs: 0,
        prefillNs: timeline.source === null ? null : 0,
        decodeNs: timeline.source === null ? null : 0,
        rows: [],
      };
      rowOf.set(key, row);
    }
    row.rows.push(index);
    return row;
  });
  const { intervals } = timeline;
  let first = 0;
  for (let span = 0; span < spans.length; span++) {
    const row = ofChannel[spans.channel[span]];
    const [fromNs, toNs] = [spans.startNs[span], spans.endNs[span]];
    row.count++;
    row.totalNs += toNs - fromNs;
    if (row.prefillNs === null || row.decodeNs === null) continue;
    while (first < intervals.length && intervals[first].endNs <= fromNs) first++;
    for (let at = first; at < intervals.length && intervals[at].startNs < toNs; at++) {
      const { stage, startNs, endNs } = intervals[at];
      const overlapNs = Math.min(endNs, toNs) - Math.max(startNs, fromNs);
      if (stage === 'prefill') row.prefillNs += overlapNs;
      else if (stage === 'decode') row.decodeNs += overlapNs;
    }
  }
  return [...rowOf.values()].filter((row) => row.count > 0);
}

/** The same complaint from a reader and from the linter is one. */
function distinct(warnings: readonly Warning[]): Warning[] {
  return [...new Map(warnings.map((warning) => [`${warning.code}\n${warning.message}`, warning])).values()];
}
