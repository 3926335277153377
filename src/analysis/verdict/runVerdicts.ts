/** The verdicts on Prefill and Decode of one run: evidence gathered from its analysis, then judged. */
import type { StageTimeline } from '../../llama/types.ts';
import type { Profile } from '../../profile/types.ts';
import type { SampleAttribution } from '../attribution.ts';
import type { CoreType } from '../coreTypes.ts';
import { matmulCoverage, type KernelUse } from '../kernelUse.ts';
import type { RunRoofline } from '../runRoofline.ts';
import { slotsOf, type RunMetrics } from '../selectionMetrics.ts';
import type { Selection } from '../selections.ts';
import { STAGE_GROUPS } from '../stageGroups.ts';
import { countedEvents } from '../stageCounts.ts';
import type { StageMetric } from '../stageMetrics.ts';
import { weightsElsewhere } from '../otherDevices.ts';
import type { StageThreads, ThreadUse } from '../threadUse.ts';
import type { Weight } from '../weight.ts';
import { demandWitnesses, rateEvidence } from './rateEvidence.ts';
import { GIVE_MODEL, measurePeak, ON_CPU, RECORD_SIBLINGS, recordStalls } from './record.ts';
import type { RateEvidence } from './rateWitnesses.ts';
import type { ScalingEvidence } from './scaling.ts';
import { scalingOfRuns, type ScalingRun } from './scalingOfRuns.ts';
import { instructionsPerCycle, stallEvidence, type StallStretch } from './stallEvidence.ts';
import { noStalls, type StallEvidence } from './stallWitnesses.ts';
import type { SyncEvidence } from './syncWitness.ts';
import { printedThresholds, thresholdsWith, type PrintedThreshold, type Thresholds } from './thresholds.ts';
import type { Verdict } from './types.ts';
import { judge, type VerdictInput } from './verdict.ts';
import { withoutSync } from './withoutSync.ts';

export type JudgedStage = 'prefill' | 'decode';

/** The core type whose counts a verdict is made of. */
export interface JudgedCore {
  core: string | null;
  /** Its share of the stage's work; null when it is the only type. */
  share: number | null;
  /** What the share is of: `instructions`, `cycles`. */
  of: string | null;
}

export interface StageVerdict extends Verdict {
  judgedCore: JudgedCore;
  /** What it was judged on: judging again with more evidence needs nothing else. Null where there was nothing to judge. */
  input: VerdictInput | null;
}

export interface RunVerdicts {
  prefill: StageVerdict;
  decode: StageVerdict;
  thresholds: PrintedThreshold[];
}

/** What verdicts read of a run's analysis: fields of a RunAnalysis. */
export interface VerdictParts {
  profile: Profile;
  timeline: StageTimeline;
  attribution: SampleAttribution;
  weight: Weight | null;
  kernelUse: KernelUse | null;
  metrics: RunMetrics;
  threadUse: ThreadUse | null;
  stageMetrics: readonly StageMetric[];
  roofline: RunRoofline;
}

export interface VerdictOptions {
  /** Thresholds of this run instead of the defaults. */
  thresholds?: Partial<Thresholds>;
  /** Runs of the same set, which tell how the run scales with threads. */
  siblings?: readonly ScalingRun[];
}

export function runVerdicts(parts: VerdictParts, options: VerdictOptions = {}): RunVerdicts {
  const thresholds = thresholdsWith(options.thresholds);
  const scaling = (stage: JudgedStage): ScalingEvidence | null =>
    scalingOfRuns([parts, ...(options.siblings ?? [])], stage, thresholds);
  return {
    prefill: stageVerdict(parts, 'prefill', scaling('prefill'), thresholds),
    decode: stageVerdict(parts, 'decode', scaling('decode'), thresholds),
    thresholds: printedThresholds(thresholds),
  };
}

/** The verdict in the light of sibling runs. A stage that has no verdict by its origin keeps none. */
export function withScaling(
  verdict: StageVerdict,
  scaling: ScalingEvidence,
  overrides: Partial<Thresholds> = {},
): StageVerdict {
  if (verdict.input === null) return verdict;
  const input = { ...verdict.input, scaling };
  return { ...judge(input, thresholdsWith(overrides)), judgedCore: verdict.judgedCore, input };
}

function stageVerdict(
  parts: VerdictParts,
  stage: JudgedStage,
  scaling: ScalingEvidence | null,
  thresholds: Thresholds,
): StageVerdict {
  const { profile, timeline, metrics, roofline, threadUse } = parts;
  const selection = metrics.selections[stage];
  const title = stage === 'prefill' ? 'Prefill' : 'Decode';
  if (timeline.source !== null && 'reason' in selection) {
    return {
      stage,
      class: 'none',
      label: 'No verdict',
      subtype: null,
      confidence: null,
      secondary: null,
      sentence: `This run has no ${title}.`,
      reasons: [],
      witnesses: [],
      next: null,
      judgedCore: { core: null, share: null, of: null },
      input: null,
    };
  }
  const of = 'reason' in selection ? null : selection;
  const { type, judgedCore } = coreOfMostWork(metrics, of);
  const typeMetrics = metrics.coreTypes.find(({ counts }) => counts === type) ?? null;
  const elsewhere = weightsElsewhere(profile);
  const threads = threadUse?.stages.find((row) => row.stage === stage);
  // Threads wait for another device as they wait for each other.
  const sync = elsewhere === null ? syncEvidence(threads) : { ...NO_SYNC, silent: elsewhere };
  // Only a stage that may be judged by its waiting is judged again without it.
  const mayWait = (sync.share ?? 0) >= Math.min(thresholds.syncAlone, thresholds.syncWithImbalance);
  const stalls = stallsOf(parts, stage, of, type, mayWait);
  const rate = rateEvidence(roofline.stages[stage]);
  if (stage === 'decode' && stalls.looked.backend === null) rate.ipcOfPrefill = ipcOfPrefill(parts, type);
  const input: VerdictInput = {
    stage,
    origin: profile.origin.value,
    seconds: of?.seconds ?? null,
    samples: samplesOf(parts, stage),
    stalls: stalls.looked,
    stallsWithoutSync: stalls.withoutSync,
    rate,
    scaling,
    sync,
    demand: demandWitnesses(roofline.stages[stage], typeMetrics, promptOverGeneration(parts)),
    kernelShape: shapeOf(parts.kernelUse, stage),
    threads: roofline.settings.threads[stage],
    cpus: profile.target.cpuCount,
    remarks: [...coreRemark(judgedCore), ...smallBatchRemark(stage, of, thresholds)],
    recordNext:
      profile.origin.value === 'reported'
        ? null
        : elsewhere !== null
          ? ON_CPU
          : timeline.source === null
            ? timeline.fix
            : nextCommand(parts, stalls.looked, rate, type),
  };
  return { ...judge(input, thresholds), judgedCore, input };
}

/** Samples of the weight event in a stage, of the process whose stages these are. */
function samplesOf({ weight, attribution }: VerdictParts, stage: JudgedStage): number {
  const group = STAGE_GROUPS.indexOf(stage);
  let count = 0;
  const rows = weight?.rows ?? [];
  for (let at = 0; at < rows.length; at++) if (attribution.group[rows[at]] === group) count++;
  return count;
}

/** Prompt rate over generation rate; null when either is not known. */
function promptOverGeneration({ stageMetrics, profile }: VerdictParts): number | null {
  if (profile.origin.value === 'emulated' || profile.origin.value === 'simulated') return null;
  const rate = (id: string): number | null =>
    stageMetrics.find((metric) => metric.id === id)?.quantity.value ?? null;
  const [prompt, generation] = [rate('prefill-rate'), rate('decode-rate')];
  return prompt && generation ? prompt / generation : null;
}

/** The type of core that did most of the stage's work: ratios of several types are never mixed. */
function coreOfMostWork(
  { coreTypes }: RunMetrics,
  of: Selection | null,
): { type: CoreType | null; judgedCore: JudgedCore } {
  const types = coreTypes.map(({ counts }) => counts);
  if (types.length <= 1 || of === null) {
    const type = types.length === 1 ? types[0] : null;
    return { type, judgedCore: { core: type?.core ?? null, share: null, of: null } };
  }
  for (const [event, unit] of WORK_EVENTS) {
    const work = types.map((type) => countedEvents(type, type.totals, of.phases).get(event)?.value ?? 0);
    const sum = work.reduce((total, value) => total + value, 0);
    if (sum === 0) continue;
    const most = work.indexOf(Math.max(...work));
    const type = types[most];
    return { type, judgedCore: { core: type.core, share: work[most] / sum, of: unit } };
  }
  return { type: null, judgedCore: { core: null, share: null, of: null } };
}

const WORK_EVENTS = [
  ['INST_RETIRED', 'instructions'],
  ['CPU_CYCLES', 'cycles'],
] as const;

function stallsOf(
  { profile, timeline, attribution, kernelUse, metrics }: VerdictParts,
  stage: JudgedStage,
  of: Selection | null,
  type: CoreType | null,
  mayWait: boolean,
): { looked: StallEvidence; withoutSync: StallEvidence | null } {
  const elsewhere = weightsElsewhere(profile);
  if (elsewhere !== null) return { looked: noStalls(elsewhere), withoutSync: null };
  if (of === null || of.phases === null) {
    return { looked: noStalls(timeline.reason ?? 'the stages of this run are not known'), withoutSync: null };
  }
  if (type === null) {
    const reason =
      metrics.coreTypes.length === 0
        ? 'not counted: no event of a core was recorded'
        : 'it cannot be said which type of core counted';
    return { looked: noStalls(reason), withoutSync: null };
  }
  const stretch: StallStretch = { phases: of.phases, seconds: of.seconds, statedSlots: slotsOf(profile) };
  const looked = stallEvidence(type, stretch);
  // The second look costs another pass over all readings: only where there is something to look at.
  const working =
    looked.backend === null || kernelUse === null || !mayWait
      ? null
      : withoutSync(type, profile, timeline, attribution, kernelUse, stage);
  return { looked, withoutSync: working && stallEvidence(working, stretch) };
}

/** Decode's instructions per cycle over Prefill's, for captures without stall counters. */
function ipcOfPrefill({ metrics, profile }: VerdictParts, type: CoreType | null): number | null {
  const { prefill, decode } = metrics.selections;
  if (type === null || 'reason' in prefill || 'reason' in decode) return null;
  const ipc = ({ phases, seconds }: Selection): number | null =>
    phases && instructionsPerCycle(type, { phases, seconds, statedSlots: slotsOf(profile) });
  const [before, now] = [ipc(prefill), ipc(decode)];
  return before && now ? now / before : null;
}

const NO_SYNC: SyncEvidence = { share: null, imbalance: null, threads: null };

function syncEvidence(threads: StageThreads | undefined): SyncEvidence {
  if (!threads || threads.samples === 0) return NO_SYNC;
  const fraction = (value: number | null): number | null => (value === null ? null : value / 100);
  return {
    share: fraction(threads.syncShare.value),
    imbalance: fraction(threads.imbalance.value),
    threads: threads.workers.length,
  };
}

/** Shape of most of the stage's matrix products; null without samples of them. */
function shapeOf(use: KernelUse | null, stage: JudgedStage): 'GEMM' | 'GEMV' | null {
  if (!use) return null;
  const { samples, byShape } = matmulCoverage(use, STAGE_GROUPS.indexOf(stage));
  if (2 * byShape.GEMV > samples) return 'GEMV';
  return 2 * byShape.GEMM > samples ? 'GEMM' : null;
}

function coreRemark({ core, share, of }: JudgedCore): string[] {
  return share === null
    ? []
    : [
        `stalls are those of the ${core ?? 'unnamed'} cores, which ${of === 'cycles' ? 'spent' : 'executed'} ${Math.round(100 * share)} % of the stage’s ${of}`,
      ];
}

function smallBatchRemark(stage: JudgedStage, of: Selection | null, t: Thresholds): string[] {
  if (stage !== 'prefill' || !of?.calls || !of.tokens || of.tokens / of.calls >= t.smallBatch) return [];
  return [
    `small batch: fewer than ${t.smallBatch} tokens a call are neither an efficient matrix product nor a vector one, and read the weights for little work`,
  ];
}

/** What would add most: stalls where the core counts them, then what the rate lacks, then siblings. */
function nextCommand(
  { profile }: VerdictParts,
  stalls: StallEvidence,
  rate: RateEvidence,
  type: CoreType | null,
): string {
  if (stalls.backend === null) return recordStalls(type?.core ?? null);
  if (rate.bandwidth === null && !profile.model?.tensors) return GIVE_MODEL;
  if (rate.bandwidth !== null && rate.peak === null) return measurePeak(profile.settings?.threads ?? null);
  return RECORD_SIBLINGS;
}
