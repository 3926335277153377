/** What a stage reached of what the machine could do. Only hardware has rates: elsewhere demand is all there is. */
import { quantity, unknown, type Quantity } from '../quantity.ts';
import type { StageInstruction } from './instruction.ts';
import {
  bandwidthOfRun,
  operationsOfRun,
  type BandwidthPeak,
  type OperationsPeak,
  type RunMachine,
} from './peaks.ts';
import type { RooflineSettings } from './settings.ts';
import type { RooflineStage, StageCalls } from './stageCalls.ts';
import { expectedWork, type DemandSums, type ExpectedWork } from './stageDemand.ts';

/** A stage under the roofline. */
export interface StageRoofline {
  stage: RooflineStage;
  /** Where its calls are known from; null when they are not. */
  source: 'calls' | 'log' | null;
  calls: number | null;
  tokens: number | null;
  expected: ExpectedWork;
  /** Bytes the model file asks for, read in the time of the calls; the cache that is written is not in it. */
  achievedBytesPerSecond: Quantity;
  peakBandwidth: BandwidthPeak | null;
  peakBandwidthReason: string | null;
  bandwidthOfPeak: Quantity;
  achievedOperationsPerSecond: Quantity;
  peakOperations: OperationsPeak | null;
  peakOperationsReason: string | null;
  operationsOfPeak: Quantity;
  /** Operations a byte: of the stage, and where the machine's limits meet. */
  intensity: Quantity;
  ridge: Quantity;
  instruction: StageInstruction;
  /** Why a rate or a peak is missing; null when both rates have their peak. */
  reason: string | null;
}

export interface StageInput {
  stage: RooflineStage;
  stageCalls: StageCalls;
  sums: DemandSums | null;
  sumsReason: string;
  limits: readonly string[];
  settings: RooflineSettings;
  machine: RunMachine;
  instruction: StageInstruction;
}

export function stageRoofline(input: StageInput): StageRoofline {
  const { stage, stageCalls, sums, settings, machine, instruction } = input;
  const threads = settings.threads[stage];
  const bandwidth = bandwidthOfRun(machine, threads);
  const operations = operationsOfRun(machine, instruction, threads);
  const expected = expectedWork(sums, input.sumsReason, settings, input.limits);
  const achievedBytes = achieved(
    input,
    'B/s',
    'weights, embedding rows and KV cache read',
    (of) => of.readBytes,
  );
  const achievedOperations = achieved(input, 'operations/s', 'operations', (of) => of.operations);
  return {
    stage,
    source: stageCalls.calls === null ? null : stageCalls.source,
    calls: sums?.calls ?? null,
    tokens: sums?.tokens ?? null,
    expected,
    achievedBytesPerSecond: achievedBytes,
    peakBandwidth: bandwidth.peak,
    peakBandwidthReason: bandwidth.reason,
    bandwidthOfPeak: ofPeak(achievedBytes, bandwidth.peak?.bytesPerSecond ?? null, 'B/s', bandwidth),
    achievedOperationsPerSecond: achievedOperations,
    peakOperations: operations.peak,
    peakOperationsReason: operations.reason,
    operationsOfPeak: ofPeak(
      achievedOperations,
      operations.peak?.perSecond ?? null,
      'operations/s',
      operations,
    ),
    intensity: expected.intensity,
    ridge: ridgeOf(bandwidth.peak, operations.peak, bandwidth.reason ?? operations.reason),
    instruction,
    reason: achievedBytes.reason ?? bandwidth.reason ?? operations.reason,
  };
}

function achieved(
  { stageCalls, sums, sumsReason, machine }: StageInput,
  unit: string,
  what: string,
  of: (sums: DemandSums) => number,
): Quantity {
  if (machine.noHardware !== null) return unknown(unit, machine.noHardware);
  if (sums === null || stageCalls.calls === null) return unknown(unit, sumsReason);
  if (stageCalls.seconds === null) return unknown(unit, 'how long the calls took is not known');
  const total = of(sums);
  return quantity(
    total / stageCalls.seconds,
    unit,
    stageCalls.timeStatus === 'estimated' ? 'estimated' : 'modelled',
    {
      formula: `${what} that the model file asks for ÷ time in the calls`,
      inputs: [
        { name: what, value: total, unit: unit === 'B/s' ? 'B' : 'operations' },
        { name: 'time in calls', value: stageCalls.seconds, unit: 's' },
        { name: 'calls', value: sums.calls, unit: 'calls' },
      ],
      note: stageCalls.timeNote,
    },
  );
}

function ofPeak(
  rate: Quantity,
  perSecond: number | null,
  unit: string,
  { peak, reason }: { peak: { source: string; status: string } | null; reason: string | null },
): Quantity {
  if (rate.value === null || rate.status === null) return unknown('%', rate.reason ?? 'not known');
  if (peak === null || perSecond === null) return unknown('%', reason ?? 'no peak is known');
  return quantity((100 * rate.value) / perSecond, '%', rate.status, {
    formula: 'achieved rate ÷ peak',
    inputs: [
      { name: 'achieved', value: rate.value, unit },
      { name: `peak (${peak.status})`, value: perSecond, unit },
    ],
    note: peak.source,
  });
}

function ridgeOf(
  bandwidth: BandwidthPeak | null,
  operations: OperationsPeak | null,
  reason: string | null,
): Quantity {
  const unit = 'operations/B';
  if (!bandwidth || !operations) return unknown(unit, reason ?? 'a peak is not known');
  return quantity(operations.perSecond / bandwidth.bytesPerSecond, unit, 'modelled', {
    formula: `${operations.instructions} peak ÷ bandwidth peak: below it memory is the nearer limit, above it arithmetic`,
    inputs: [
      { name: `operations (${operations.status})`, value: operations.perSecond, unit: 'operations/s' },
      { name: `bandwidth (${bandwidth.status})`, value: bandwidth.bytesPerSecond, unit: 'B/s' },
    ],
    note: `${operations.source}; ${bandwidth.source}`,
  });
}
