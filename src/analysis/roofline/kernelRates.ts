/** What each kernel of a stage has to read and compute: the tensors of its weight type, in its share of the time. */
import { weightTypeOf } from '../../llama/kernels/weightType.ts';
import { tensorWork, type ModelDemand } from '../../llama/roofline.ts';
import type { KernelUse } from '../kernelUse.ts';
import { quantity, unknown, type Quantity } from '../quantity.ts';
import { STAGE_GROUPS } from '../stageGroups.ts';
import type { RooflineSettings } from './settings.ts';
import {
  outputsOf,
  STAGE_TITLES,
  type RooflineStage,
  type SizedCall,
  type StageCalls,
} from './stageCalls.ts';
import { callsBySize } from './tensorGroups.ts';

export interface KernelRoofline {
  stage: RooflineStage;
  /** Row of the FunctionTable: the part of the kernel with most samples. */
  function: number;
  name: string;
  shape: 'GEMM' | 'GEMV' | 'AMBIGUOUS' | null;
  weightType: string | null;
  /** Tensors it multiplies with; null when its name does not tell them. */
  tensors: number | null;
  /** Share of the stage's samples. */
  share: Quantity;
  bytesPerCall: Quantity;
  operationsPerCall: Quantity;
  intensity: Quantity;
  achievedBytesPerSecond: Quantity;
  achievedOperationsPerSecond: Quantity;
}

export interface KernelInput {
  stage: RooflineStage;
  use: KernelUse;
  nameOf: (functionIndex: number) => string;
  /** Samples of the stage, those without a stack too. */
  stageSamples: number;
  demand: ModelDemand | null;
  demandReason: string | null;
  stageCalls: StageCalls;
  settings: RooflineSettings;
  /** Why no rate may be told; null for hardware. */
  noHardware: string | null;
}

interface Kernel {
  function: number;
  name: string;
  family: string | null;
  shape: KernelRoofline['shape'];
  weightType: string | null;
  samples: number;
}

/** Kernels of matrix products with weights in a stage, most samples first. */
export function kernelRates(input: KernelInput): KernelRoofline[] {
  const kernels = kernelsOf(input);
  return kernels.map((kernel) => kernelRate(kernel, kernels, input));
}

/** Functions that are one kernel (KleidiAI's entry and its assembly) together. */
function kernelsOf({ use, stage, nameOf }: KernelInput): Kernel[] {
  const group = STAGE_GROUPS.indexOf(stage);
  const rows = use.rows.filter((row) => row.category === 'matmul' && row.samples[group] > 0);
  const kernels = new Map<string, Kernel>();
  for (const row of rows.sort((a, b) => b.samples[group] - a.samples[group])) {
    const kernel = use.classes[row.function];
    const key = kernel.normalised.replace(/^kai_(?:run|kernel)_/, 'kai_');
    const known = kernels.get(key);
    if (known) known.samples += row.samples[group];
    else {
      kernels.set(key, {
        function: row.function,
        name: nameOf(row.function),
        family: kernel.family,
        shape: kernel.shape,
        weightType: weightTypeOf(kernel),
        samples: row.samples[group],
      });
    }
  }
  return [...kernels.values()].sort((a, b) => b.samples - a.samples || a.function - b.function);
}

function kernelRate(kernel: Kernel, kernels: readonly Kernel[], input: KernelInput): KernelRoofline {
  const { stage, stageSamples, stageCalls, noHardware } = input;
  const share = quantity((100 * kernel.samples) / stageSamples, '%', 'sampled', {
    formula: 'samples in the kernel ÷ samples of the stage',
    inputs: [
      { name: 'in the kernel', value: kernel.samples, unit: 'samples' },
      { name: 'of the stage', value: stageSamples, unit: 'samples' },
    ],
    samples: stageSamples,
  });
  const work = workOf(kernel, kernels, input);
  const base = {
    stage,
    function: kernel.function,
    name: kernel.name,
    shape: kernel.shape,
    weightType: kernel.weightType,
    share,
  };
  if ('reason' in work || stageCalls.calls === null) {
    const reason = 'reason' in work ? work.reason : (stageCalls.reason ?? 'its calls are not known');
    const none = (unit: string): Quantity => unknown(unit, reason);
    return {
      ...base,
      tensors: null,
      bytesPerCall: none('B/call'),
      operationsPerCall: none('operations/call'),
      intensity: none('operations/B'),
      achievedBytesPerSecond: none('B/s'),
      achievedOperationsPerSecond: none('operations/s'),
    };
  }
  const calls = stageCalls.calls.length;
  const { bytes, operations, tensors } = work;
  const perCall = (value: number, unit: string, formula: string): Quantity =>
    quantity(value / calls, `${unit}/call`, 'modelled', {
      formula: `${formula}, ÷ calls`,
      inputs: [
        { name: `tensors of type ${kernel.weightType}`, value: tensors, unit: 'tensors' },
        { name: 'calls', value: calls, unit: 'calls' },
      ],
    });
  const rate = (value: number, unit: string, what: string): Quantity => {
    if (noHardware !== null) return unknown(unit, noHardware);
    const { seconds } = stageCalls;
    if (seconds === null) return unknown(unit, 'how long the calls took is not known');
    const own = (seconds * kernel.samples) / stageSamples;
    return quantity(value / own, unit, 'modelled', {
      formula: `${what} of its tensors ÷ (time in the calls × its share of the samples)`,
      inputs: [
        { name: what, value, unit: unit.replace('/s', '') },
        { name: 'time in calls', value: seconds, unit: 's' },
        { name: 'share of samples', value: kernel.samples / stageSamples, unit: 'share' },
      ],
      samples: kernel.samples,
      note: 'all threads together: its share of the stage’s samples stands for its share of the stage’s time',
    });
  };
  return {
    ...base,
    tensors,
    bytesPerCall: perCall(bytes, 'B', 'bytes of the tensors of its weight type, once per micro-batch'),
    operationsPerCall: perCall(operations, 'operations', '2 × weights × rows'),
    intensity: quantity(operations / bytes, 'operations/B', 'modelled', { formula: 'operations ÷ bytes' }),
    achievedBytesPerSecond: rate(bytes, 'B/s', 'bytes'),
    achievedOperationsPerSecond: rate(operations, 'operations/s', 'operations'),
  };
}

/** Bytes and operations of all calls of the stage that are this kernel's, or why they cannot be told from others'. */
function workOf(
  kernel: Kernel,
  kernels: readonly Kernel[],
  { demand, demandReason, stageCalls, settings, stage }: KernelInput,
): { bytes: number; operations: number; tensors: number } | { reason: string } {
  if (demand === null) return { reason: demandReason ?? 'the model is not known' };
  if (stageCalls.calls === null) return { reason: stageCalls.reason };
  const { weightType } = kernel;
  if (weightType === null) return { reason: 'its name does not say which weights it multiplies with' };
  const rivals = kernels.filter((other) => other.weightType === weightType && other !== kernel);
  const isShared = rivals.some(
    ({ shape }) => shape === kernel.shape || shape === 'AMBIGUOUS' || kernel.shape === 'AMBIGUOUS',
  );
  if (isShared) {
    return { reason: `several kernels run ${weightType} weights in ${STAGE_TITLES[stage]}` };
  }
  const takesAll = rivals.length === 0;
  if (kernel.family === 'repack' && kernel.shape === 'GEMV' && !takesAll && hasTail(stageCalls.calls)) {
    return { reason: 'it also runs the last one to three rows of products that another kernel began' };
  }
  const used = new Set<string>();
  const total = { bytes: 0, operations: 0 };
  for (const [tokens, calls] of callsBySize(stageCalls.calls)) {
    for (const work of tensorWork(demand, {
      tokens,
      outputs: outputsOf(stage, tokens),
      microBatch: settings.microBatch.value,
    })) {
      if (work.tensor.type !== weightType || work.operations === 0) continue;
      if (!takesAll && (work.rows === 1) !== (kernel.shape === 'GEMV')) continue;
      used.add(work.tensor.name);
      total.bytes += calls * work.bytes;
      total.operations += calls * work.operations;
    }
  }
  return used.size === 0
    ? { reason: `the model has no ${weightType} weights that this stage multiplies with in such a kernel` }
    : { ...total, tensors: used.size };
}

/** Repacked weights are multiplied with four rows at a time; what is left over goes row by row (ggml's repack.cpp). */
const REPACK_ROWS = 4;

function hasTail(calls: readonly SizedCall[]): boolean {
  return calls.some(({ tokens }) => tokens > 1 && tokens % REPACK_ROWS !== 0);
}
