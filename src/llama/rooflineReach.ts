/** What a model could reach on a machine: the roofline, per stage. Modelled, an upper bound: nothing of it was measured. */
import {
  bandwidthPeak,
  operationsPeak,
  type Machine,
  type MatrixInstruction,
  type Peak,
} from '../arm/machines.ts';
import type { ModelInfo } from '../profile/model.ts';
import { modelTotals } from '../profile/modelTotals.ts';
import { callDemand, modelDemand, type CacheTypes, type CallDemand, type CallShape } from './roofline.ts';

/** A run as it is imagined. */
export interface ReachSettings {
  threads: number;
  /** Tokens of the prompt; Decode is judged with so many positions in the cache. */
  promptTokens: number;
  microBatch?: number;
  cache?: CacheTypes;
  /** Read bandwidth that the user measured on this machine at this thread count, bytes per second; wins over the table. */
  measuredBandwidth?: number;
  /** Who measured it, and how. */
  measuredSource?: string;
}

/** The bound of one stage. */
export interface StageReach {
  stage: 'prefill' | 'decode';
  status: 'modelled';
  /** The smaller of both bounds below; null when neither is known. */
  tokensPerSecond: number | null;
  /** What sets it; null when a bound is missing, so that it cannot be told. */
  limit: 'memory' | 'arithmetic' | null;
  memoryTokensPerSecond: number | null;
  arithmeticTokensPerSecond: number | null;
  instruction: MatrixInstruction;
  bandwidth: Peak | null;
  operations: Peak | null;
  /** Operations a byte: of the stage, and where the machine's limits meet. */
  intensity: number;
  ridge: number | null;
  demand: CallDemand;
}

export type ReachOrReason =
  { prefill: StageReach; decode: StageReach; reason: null } | { prefill: null; decode: null; reason: string };

/** Upper bounds of prompt and generation rate of a model on a machine. */
export function whatThisModelCouldReach(
  model: ModelInfo,
  machine: Machine,
  settings: ReachSettings,
): ReachOrReason {
  const { demand, reason } = modelDemand(model);
  if (demand === null) return { prefill: null, decode: null, reason };
  const { promptTokens, microBatch, cache } = settings;
  const reach = (stage: StageReach['stage'], shape: CallShape) =>
    stageReach(stage, callDemand(demand, shape), shape.tokens, model, machine, settings);
  return {
    prefill: reach('prefill', { tokens: promptTokens, past: 0, microBatch, cache }),
    decode: reach('decode', { tokens: 1, past: promptTokens, cache }),
    reason: null,
  };
}

function stageReach(
  stage: StageReach['stage'],
  demand: CallDemand,
  tokens: number,
  model: ModelInfo,
  machine: Machine,
  settings: ReachSettings,
): StageReach {
  const instruction = instructionOf(stage, model, machine);
  const bandwidth = settings.measuredBandwidth
    ? measured(settings.measuredBandwidth, settings.measuredSource)
    : bandwidthPeak(machine, settings.threads);
  const operations = operationsPeak(machine, instruction, settings.threads);
  const memory = bandwidth && (tokens * bandwidth.perSecond) / demand.bytes;
  const arithmetic = operations && (tokens * operations.perSecond) / demand.operations;
  const bounds = [memory, arithmetic].filter((bound) => bound !== null);
  return {
    stage,
    status: 'modelled',
    tokensPerSecond: bounds.length > 0 ? Math.min(...bounds) : null,
    limit: memory === null || arithmetic === null ? null : memory <= arithmetic ? 'memory' : 'arithmetic',
    memoryTokensPerSecond: memory,
    arithmeticTokensPerSecond: arithmetic,
    instruction,
    bandwidth,
    operations,
    intensity: demand.intensity,
    ridge: bandwidth && operations && operations.perSecond / bandwidth.perSecond,
    demand,
  };
}

function measured(perSecond: number, source = 'measured by the user'): Peak {
  return { perSecond, kind: 'measured', status: 'measured', source };
}

/**
 * The best instruction for the stage's kernels: SMMLA needs two rows, so a single token runs on SDOT. Models whose
 * largest part is stored as floats run on FMLA.
 */
function instructionOf(stage: StageReach['stage'], model: ModelInfo, machine: Machine): MatrixInstruction {
  const largest = modelTotals(model.tensors ?? []).byType[0]?.type;
  if (largest === 'f32' || largest === 'bf16') return 'FMLA fp32';
  if (largest === 'f16') return 'FMLA fp16';
  return stage === 'prefill' && machine.cores[0]?.hasI8mm ? 'SMMLA' : 'SDOT';
}
