/** What the machine of a run can do at most: measured on it, else from the table of machines, each with its source. */
import { machineOfRun, type MachineOfRun } from '../../arm/machineOfRun.ts';
import {
  bandwidthPeak,
  operationsPeak,
  type FigureStatus,
  type MatrixInstruction,
  type Peak,
} from '../../arm/machines.ts';
import {
  highestBandwidth,
  measuredBandwidth,
  measuredOperations,
  measuredPeaks,
  type MeasuredPeak,
} from '../../arm/measuredPeaks.ts';
import type { Profile } from '../../profile/types.ts';
import { timeIsHardwareTime } from '../origin.ts';
import { weightsElsewhere } from '../otherDevices.ts';
import type { StageInstruction } from './instruction.ts';

/** A peak of read bandwidth. `kind` is `measured` only when it was measured with as many threads as the run has. */
export interface BandwidthPeak {
  bytesPerSecond: number;
  kind: Peak['kind'];
  status: FigureStatus;
  source: string;
}

/** A peak of the instruction that the stage's main kernel is made of, over all threads. */
export interface OperationsPeak {
  perSecond: number;
  instructions: MatrixInstruction;
  kind: Peak['kind'];
  status: FigureStatus;
  source: string;
}

/** The machine with the peaks that its run measured. */
export interface RunMachine extends MachineOfRun {
  measured: MeasuredPeak[];
  /** Why no rate of these cores may be told; null for hardware that did the work itself. */
  noHardware: string | null;
}

const NAME_FACTS = ['machine-model', 'target-name', 'cpu-description', 'core-models'];

export function runMachine(profile: Profile): RunMachine {
  const names = profile.facts.filter(({ name }) => NAME_FACTS.includes(name)).map(({ value }) => value);
  return {
    ...machineOfRun({ names, cpus: profile.target.cpus }),
    measured: measuredPeaks(profile.figures),
    noHardware: whyNoHardware(profile) ?? weightsElsewhere(profile),
  };
}

/** Why times of a run are no times of hardware; null when they are. */
export function whyNoHardware(profile: Pick<Profile, 'origin'>): string | null {
  if (timeIsHardwareTime(profile)) return null;
  return NO_HARDWARE[profile.origin.value ?? 'unknown'] ?? null;
}

const NO_HARDWARE: Record<string, string> = {
  emulated: 'the run was emulated: its time is no time of hardware',
  simulated: 'the run was simulated: its time is a count of instructions',
  reported: 'the figures were published elsewhere: no call was timed here',
  unknown: 'the files do not say whether this ran on hardware: state the origin in run.yaml',
};

/** A peak, or why there is none. */
export type Known<Value> = { peak: Value; reason: null } | { peak: null; reason: string };

export function bandwidthOfRun(of: RunMachine, threads: number | null): Known<BandwidthPeak> {
  if (of.noHardware !== null) return { peak: null, reason: of.noHardware };
  const tabled = of.machine && threads !== null ? bandwidthPeak(of.machine, threads) : null;
  const own = measuredBandwidth(of.measured, threads);
  const elsewhere = highestBandwidth(of.measured);
  const peak =
    own ?? (tabled?.kind === 'measured' ? tabled : null) ?? otherThreads(elsewhere, threads) ?? tabled;
  if (peak) {
    const { perSecond, kind, status, source } = peak;
    return { peak: { bytesPerSecond: perSecond, kind, status, source }, reason: null };
  }
  const { machine } = of;
  return {
    peak: null,
    reason: machine
      ? (machine.note ?? `the memory bandwidth of ${machine.name} is not known for this number of threads`)
      : `no peak was measured and the machine is not known: ${of.reason}`,
  };
}

function counted(threads: number | null): string {
  return threads === null ? 'an unknown number of threads' : `${threads} thread${threads === 1 ? '' : 's'}`;
}

/** Bandwidth that other threads reached says how far memory goes, not how far these threads could: no measured peak. */
function otherThreads(best: MeasuredPeak | null, threads: number | null): Peak | null {
  if (!best) return null;
  return {
    perSecond: best.perSecond,
    kind: 'theoretical',
    status: 'measured',
    source: `${best.subject} measured on this machine with ${counted(best.threads)} (${best.source}); this run has ${counted(threads)}`,
  };
}

export function operationsOfRun(
  of: RunMachine,
  { instruction, reason }: StageInstruction,
  threads: number | null,
): Known<OperationsPeak> {
  if (of.noHardware !== null) return { peak: null, reason: of.noHardware };
  if (instruction === null) return { peak: null, reason };
  const tabled = of.machine && threads !== null ? operationsPeak(of.machine, instruction, threads) : null;
  const peak = measuredOperations(of.measured, instruction, threads) ?? tabled;
  if (peak) {
    const { perSecond, kind, status, source } = peak;
    return { peak: { perSecond, instructions: instruction, kind, status, source }, reason: null };
  }
  if (!of.machine) {
    return {
      peak: null,
      reason: `no ${instruction} peak was measured and the machine is not known: ${of.reason}`,
    };
  }
  return {
    peak: null,
    reason:
      threads === null
        ? 'the number of threads is not known'
        : `the ${instruction} peak of ${of.machine.name} at ${counted(threads)} is not known`,
  };
}
