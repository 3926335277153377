/** The roofline of a run: what its model file asks of every call, and on hardware what was reached of it. */
import { modelDemand, type ModelDemand } from '../llama/roofline.ts';
import type { StageTimeline } from '../llama/types.ts';
import type { Profile } from '../profile/types.ts';
import type { FunctionTable } from '../symbols/types.ts';
import type { KernelUse } from './kernelUse.ts';
import { stageInstruction } from './roofline/instruction.ts';
import { runMachine, type RunMachine } from './roofline/peaks.ts';
import { rooflineSettings, type RooflineSettings } from './roofline/settings.ts';
import { stageCalls, type RooflineStage } from './roofline/stageCalls.ts';
import { sumsOfStage } from './roofline/stageDemand.ts';
import { stageRoofline, type StageRoofline } from './roofline/stageRates.ts';

export type { StageRoofline } from './roofline/stageRates.ts';
export type { BandwidthPeak, OperationsPeak } from './roofline/peaks.ts';

export interface RunRoofline {
  /** What the model asks for; null with the reason when its tensors are not known. */
  demand: ModelDemand | null;
  reason: string | null;
  settings: RooflineSettings;
  machine: RunMachine;
  stages: Record<RooflineStage, StageRoofline>;
}

/** What the parts of an analysis that the roofline is made of. */
export interface RooflineInput {
  profile: Profile;
  functions: FunctionTable;
  timeline: StageTimeline;
  kernelUse: KernelUse | null;
}

export function runRoofline(input: RooflineInput): RunRoofline {
  const { profile, functions, timeline, kernelUse } = input;
  const settings = rooflineSettings(profile);
  const machine = runMachine(profile);
  const { demand, reason } = profile.model
    ? modelDemand(profile.model)
    : { demand: null, reason: 'no model file was given, and no log describes the model' };
  const nameOf = (index: number): string => functions.functions[index].name;
  const stage = (name: RooflineStage): StageRoofline => {
    const calls = stageCalls(profile, timeline, name, settings);
    const { sums, reason: sumsReason } = sumsOfStage(demand, reason, calls, settings);
    return stageRoofline({
      stage: name,
      stageCalls: calls,
      sums,
      sumsReason,
      limits: demand?.limits ?? [],
      settings,
      machine,
      instruction: stageInstruction(kernelUse, nameOf, name, profile.settings?.features ?? null),
    });
  };
  return {
    demand,
    reason,
    settings,
    machine,
    stages: { prefill: stage('prefill'), decode: stage('decode') },
  };
}
