/** The roofline of a run: what its model file asks of every call, and on hardware what was reached of it. */
import { modelDemand, type DemandOrReason, type ModelDemand } from '../llama/roofline.ts';
import type { StageTimeline } from '../llama/types.ts';
import type { Profile } from '../profile/types.ts';
import type { FunctionTable } from '../symbols/types.ts';
import type { SampleAttribution } from './attribution.ts';
import type { CoreType } from './coreTypes.ts';
import type { KernelUse } from './kernelUse.ts';
import { mainTimings } from './logChecks.ts';
import { modelCheck } from './modelChecks.ts';
import { callRows, type CallRow } from './roofline/callRows.ts';
import {
  cacheGrowth,
  depthRows,
  depthsOf,
  type CacheGrowth,
  type DepthRow,
} from './roofline/contextDemand.ts';
import { stageInstruction } from './roofline/instruction.ts';
import { kernelRates, type KernelRoofline } from './roofline/kernelRates.ts';
import { runMachine, type RunMachine } from './roofline/peaks.ts';
import { reachTable, type ReachTable } from './roofline/reachTable.ts';
import { rooflineSettings, type RooflineSettings } from './roofline/settings.ts';
import { limitsOfCalls, ROOFLINE_STAGES, stageCalls, type RooflineStage } from './roofline/stageCalls.ts';
import { sumsOfStage } from './roofline/stageDemand.ts';
import { stageRoofline, type StageRoofline } from './roofline/stageRates.ts';
import { tensorGroups, type TensorGroup } from './roofline/tensorGroups.ts';
import { stageTraffic, type StageTraffic } from './roofline/traffic.ts';
import { STAGE_GROUPS } from './stageGroups.ts';
import type { Weight } from './weight.ts';

export type { StageRoofline } from './roofline/stageRates.ts';
export type { BandwidthPeak, OperationsPeak } from './roofline/peaks.ts';

export interface RunRoofline {
  /** What the model asks for; null with the reason when its tensors are not known. */
  demand: ModelDemand | null;
  reason: string | null;
  settings: RooflineSettings;
  machine: RunMachine;
  stages: Record<RooflineStage, StageRoofline>;
  /** Measured beside expected bytes of each stage. */
  traffic: Record<RooflineStage, StageTraffic>;
  /** Kernels of both stages, most samples first. */
  kernels: KernelRoofline[];
  /** One row per row of the token table. */
  calls: (CallRow | null)[];
  growth: CacheGrowth;
  /** A token of Decode at each of several positions. */
  depths: DepthRow[];
  tensors: TensorGroup[];
  reach: ReachTable;
}

/** The parts of an analysis that the roofline is made of. */
export interface RooflineInput {
  profile: Profile;
  functions: FunctionTable;
  timeline: StageTimeline;
  attribution: SampleAttribution;
  coreTypes: readonly CoreType[];
  weight: Weight | null;
  kernelUse: KernelUse | null;
}

/** Pure, linear in calls and in tensors. */
export function runRoofline(input: RooflineInput): RunRoofline {
  const { profile, functions, timeline, kernelUse } = input;
  const { model } = profile;
  const settings = rooflineSettings(profile);
  const machine = runMachine(profile);
  const { demand, reason } = demandOfRun(profile);
  const limits = demand?.limits ?? [];
  const nameOf = (index: number): string => functions.functions[index].name;
  const features = profile.settings?.features ?? null;
  const stageSamples = samplesByGroup(input);

  const parts = ROOFLINE_STAGES.map((stage) => {
    const calls = stageCalls(profile, timeline, stage, settings);
    const { sums, reason: sumsReason } = sumsOfStage(demand, reason, stage, calls, settings);
    const instruction = stageInstruction(kernelUse, nameOf, stage, features);
    const { noHardware } = machine;
    const isTimed = profile.origin.value !== 'simulated' && calls.calls !== null;
    return {
      calls: calls.calls,
      rates: stageRoofline({
        stage,
        stageCalls: calls,
        sums,
        sumsReason,
        limits: [...limits, ...limitsOfCalls(stage, calls.calls ?? [])],
        settings,
        machine,
        instruction,
      }),
      traffic: stageTraffic({
        ...{ timeline, coreTypes: input.coreTypes, stage, sums, sumsReason },
        seconds: isTimed ? calls.seconds : null,
      }),
      kernels: kernelUse
        ? kernelRates({
            ...{ stage, use: kernelUse, nameOf, demand, demandReason: reason, settings, noHardware },
            stageSamples: stageSamples[STAGE_GROUPS.indexOf(stage)],
            stageCalls: calls,
          })
        : [],
    };
  });
  const [prefill, decode] = parts;
  const passed = decode.calls?.map(({ past }) => past) ?? [];
  const run = passed.length > 0 ? { from: passed.reduce(smaller), to: passed.reduce(larger) } : null;
  const contextLength = profile.settings?.contextLength ?? null;
  return {
    demand,
    reason,
    settings,
    machine,
    stages: { prefill: prefill.rates, decode: decode.rates },
    traffic: { prefill: prefill.traffic, decode: decode.traffic },
    kernels: parts.flatMap(({ kernels }) => kernels),
    calls: callRows(demand, timeline, settings),
    growth: cacheGrowth(demand, reason, settings, timeline, machine.noHardware),
    depths:
      model && demand
        ? depthRows(demand, settings, depthsOf(model, demand, settings, contextLength, run), run)
        : [],
    tensors: demand ? tensorGroups(demand, settings, prefill.calls) : [],
    reach: reachTable(model, reason, machine, settings, firstPrompt(profile, timeline)),
  };
}

function demandOfRun(profile: Profile): DemandOrReason {
  if (!profile.model) {
    return { demand: null, reason: 'no model file was given, and no log describes the model' };
  }
  const check = modelCheck(profile);
  return check.reason === null ? modelDemand(profile.model) : { demand: null, reason: check.reason };
}

const smaller = (a: number, b: number): number => (a < b ? a : b);
const larger = (a: number, b: number): number => (a > b ? a : b);

/** Samples of the weight event by stage group, those without a stack too. */
function samplesByGroup({ weight, attribution }: RooflineInput): number[] {
  const counts = STAGE_GROUPS.map(() => 0);
  const rows = weight?.rows ?? [];
  for (let at = 0; at < rows.length; at++) counts[attribution.group[rows[at]]]++;
  return counts;
}

function firstPrompt(profile: Profile, timeline: StageTimeline): number | null {
  const phase = timeline.phases.find(({ stage }) => stage === 'prefill');
  return phase?.tokens || mainTimings(profile.timings)?.promptTokens || null;
}
