/** What findings are made from: all that is known about the run, and views of its two stages that they share. */
import type { ModelDemand } from '../../llama/roofline.ts';
import type { RunAnalysis } from '../analyseRun.ts';
import type { StackClass } from '../kernelUse.ts';
import type { CountedEvent } from '../metrics.ts';
import { quantity, type Quantity } from '../quantity.ts';
import { lastLevelRefillChoice, type LastLevelChoice } from '../../arm/coreEvents.ts';
import { STAGE_GROUPS } from '../stageGroups.ts';
import { ratioInterval, resampledWhole, type TokenBlocks } from '../tokenBlocks.ts';
import { usableCounts } from '../usableCounts.ts';
import type { Finding } from './finding.ts';

export type ComputeStage = 'prefill' | 'decode';
export const COMPUTE_STAGES: readonly ComputeStage[] = ['prefill', 'decode'];
export const STAGE_TITLE: Record<ComputeStage, string> = { prefill: 'Prefill', decode: 'Decode' };

/** Samples of a stage below which its shares are too rough for a sentence. */
export const LEAST_STAGE_SAMPLES = 50;

/** One stage of a run. */
export interface StageView {
  stage: ComputeStage;
  /** Row of STAGE_GROUPS. */
  group: number;
  /** Calls of llama_decode, and the tokens they evaluate. */
  calls: number;
  tokens: number;
  /** Rows of `weight.rows` that fell into the stage. */
  samples: Int32Array;
  /** Row of `stackClasses` for each of them; -1 for a sample without a stack. */
  classes: Int32Array;
  /** Samples by row of `stackClasses`, after those without a stack: samples are many, classes few. */
  samplesOfClass: Float64Array;
  stackClasses: readonly StackClass[];
  blocks: TokenBlocks;
  /** By mnemonic. */
  counts: ReadonlyMap<string, CountedEvent>;
}

export interface FindingInput {
  run: Omit<RunAnalysis, 'findings'>;
  stages: Readonly<Record<ComputeStage, StageView>>;
  /** What the model asks of a token; null without the tensors of the model that ran. */
  demand: ModelDemand | null;
}

/** Makes the findings of one subject; an empty list where the data does not support one. */
export type Finder = (input: FindingInput) => Finding[];

export function findingInput(run: FindingInput['run']): FindingInput {
  return {
    run,
    stages: { prefill: stageView(run, 'prefill'), decode: stageView(run, 'decode') },
    demand: run.roofline.demand,
  };
}

function stageView(run: FindingInput['run'], stage: ComputeStage): StageView {
  const { profile, timeline, weight, kernelUse, attribution } = run;
  const group = STAGE_GROUPS.indexOf(stage);
  const phases = timeline.phases.filter((phase) => phase.stage === stage);
  const rows = weight?.rows ?? new Int32Array(0);
  const samples = new Int32Array(rows.length);
  const classes = new Int32Array(rows.length);
  const stackClasses = kernelUse?.stackClasses ?? [];
  const samplesOfClass = new Float64Array(stackClasses.length + 1);
  const groupOfSample = attribution.group;
  const stackOfSample = profile.samples.stack;
  const classOfStack = kernelUse?.classOfStack ?? null;
  let count = 0;
  for (let at = 0; at < rows.length; at++) {
    if (groupOfSample[rows[at]] !== group) continue;
    const stack = stackOfSample[rows[at]];
    samples[count] = at;
    const row = stack < 0 || !classOfStack ? -1 : classOfStack[stack];
    classes[count++] = row;
    samplesOfClass[row + 1]++;
  }
  return {
    stage,
    group,
    calls: phases.reduce((sum, phase) => sum + phase.calls, 0),
    tokens: phases.reduce((sum, phase) => sum + phase.tokens, 0),
    samples: samples.slice(0, count),
    classes: classes.slice(0, count),
    samplesOfClass,
    stackClasses,
    blocks: run.tokenBlocks[stage],
    counts: usableCounts(run, stage),
  };
}

/** Samples of a stage that a test holds for. */
export function samplesWhere(view: StageView, holds: (of: StackClass) => boolean): number {
  return view.stackClasses.reduce(
    (sum, of, row) =>
      sum + (view.samplesOfClass[row + 1] > 0 && holds(of) ? view.samplesOfClass[row + 1] : 0),
    0,
  );
}

/** One byte a class, after one for samples without a stack: whether a test holds. Classes are few, samples many. */
function flagsOf(view: StageView, holds: (of: StackClass) => boolean, ofNone = false): Uint8Array {
  const flags = new Uint8Array(view.stackClasses.length + 1);
  flags[0] = ofNone ? 1 : 0;
  view.stackClasses.forEach((of, row) => (flags[row + 1] = holds(of) ? 1 : 0));
  return flags;
}

/**
 * Share of a stage's samples that a test holds for, with an interval over its calls where there are enough.
 *
 * @param whole what the share is of; all samples of the stage otherwise
 */
export function shareOfStage(
  { run }: FindingInput,
  view: StageView,
  formula: string,
  holds: (of: StackClass) => boolean,
  whole: (of: StackClass | null) => boolean = () => true,
): Quantity {
  const rows = run.weight?.rows ?? new Int32Array(0);
  const isOfWhole = flagsOf(view, whole, whole(null));
  const isHeld = flagsOf(view, holds);
  const { blocks } = view;
  const all = { length: 0, byBlock: new Float64Array(blocks.blocks) };
  const part = { length: 0, byBlock: new Float64Array(blocks.blocks) };
  for (let at = 0; at < view.classes.length; at++) {
    const flag = view.classes[at] + 1;
    if (!isOfWhole[flag]) continue;
    const token = run.attribution.token[rows[view.samples[at]]];
    const block = token < 0 ? -1 : blocks.blockOfToken[token];
    all.length++;
    if (block >= 0) all.byBlock[block]++;
    if (!isHeld[flag]) continue;
    part.length++;
    if (block >= 0) part.byBlock[block]++;
  }
  return quantity(
    all.length === 0 ? 0 : (100 * part.length) / all.length,
    '%',
    'sampled',
    {
      formula,
      inputs: [
        { name: 'counted', value: part.length, unit: 'samples' },
        { name: 'of', value: all.length, unit: 'samples' },
      ],
      samples: all.length,
      note: blocks.reason === null ? null : `no interval: ${blocks.reason}`,
    },
    part.length === 0 ? null : percentInterval(blocks, part.byBlock, all.byBlock),
  );
}

function percentInterval(
  blocks: TokenBlocks,
  part: Float64Array,
  all: Float64Array,
): [number, number] | null {
  if (blocks.reason !== null) return null;
  const interval = ratioInterval(blocks, part, resampledWhole(blocks, all));
  return interval && [100 * interval[0], 100 * interval[1]];
}

/** The weight event of the samples that a test holds for, for each evaluated token; null when the stage has none. */
export function weightPerToken(
  { run }: FindingInput,
  view: StageView,
  holds: (of: StackClass) => boolean,
): Quantity | null {
  const { weight } = run;
  if (!weight || view.tokens === 0) return null;
  let sum = 0;
  let samples = 0;
  const isHeld = flagsOf(view, holds);
  for (let at = 0; at < view.classes.length; at++) {
    if (!isHeld[view.classes[at] + 1]) continue;
    sum += weight.weights[view.samples[at]];
    samples++;
  }
  return quantity(sum / view.tokens, weight.unit, 'sampled', {
    formula: `${weight.name} of the samples ÷ tokens evaluated`,
    inputs: [
      { name: weight.name, value: sum, unit: weight.unit },
      { name: 'tokens', value: view.tokens, unit: 'tokens' },
    ],
    samples,
  });
}

/** One of the run's timing metrics by id. */
export function metricOf({ run }: FindingInput, id: string): Quantity | null {
  return run.stageMetrics.find((metric) => metric.id === id)?.quantity ?? null;
}

/**
 * True when counters of the core count one program's work: hardware, and simulators that count every instruction. On a
 * full-system emulator counters of all CPUs may advance together.
 */
export function countsAreExact({ run }: FindingInput): boolean {
  return run.profile.origin.value !== 'emulated';
}

/** The only type of core of the run; null when there are several or none is known. */
export function coreOf({ run }: FindingInput): string | null {
  const cores = new Set(run.profile.target.cpus.map((cpu) => cpu.name));
  const [core] = cores.size === 1 ? cores : [null];
  return core;
}

/** The event that tells what came from beyond the caches; null when none was counted in both stages' calls. */
export function lastLevelOf(input: FindingInput): LastLevelChoice | null {
  const counted = [...input.stages.decode.counts.values()].filter((event) => (event.value ?? 0) > 0);
  return lastLevelRefillChoice(coreOf(input), new Set(counted.map(({ mnemonic }) => mnemonic)));
}
