/** What the threads of the llama.cpp process did in each stage: worked, waited for each other, moved between CPUs. */
import type { StageTimeline } from '../llama/types.ts';
import { categoryFacts } from '../llama/kernels/categories.ts';
import type { Profile, ThreadIndex } from '../profile/types.ts';
import type { SampleAttribution } from './attribution.ts';
import type { KernelUse, StackClass } from './kernelUse.ts';
import { quantity, unknown, type Quantity } from './quantity.ts';
import { coreUse, samplesByCpu, type CoreUse } from './coreUse.ts';
import { stageClock } from './stageClock.ts';
import { STAGE_GROUPS } from './stageGroups.ts';
import { running, runningShare, type Running } from './threadRunning.ts';
import {
  intervalOf,
  ratioInterval,
  resampledSums,
  resampledWhole,
  type ResampledWhole,
  type TokenBlocks,
} from './tokenBlocks.ts';
import type { Weight } from './weight.ts';

/** Stages whose threads are compared: the others have no graph to compute together. */
export const COMPUTING_STAGES = ['prefill', 'decode'] as const;
export type ComputingStage = (typeof COMPUTING_STAGES)[number];

/** What the functions of this file read of a run: fields of its RunAnalysis. */
export interface ThreadInput {
  profile: Profile;
  timeline: StageTimeline;
  attribution: SampleAttribution;
  weight: Weight;
  kernelUse: KernelUse;
}

/** What a sample says about its thread. */
const BUSY = 0;
/** Waits for the other threads: barrier, poll, lock. */
const SYNC = 1;
/** Waits for something else: the idle loop, or the main thread in a condition variable outside every barrier. */
const IDLE = 2;
const KINDS = 3;

/** Barrier counters of ggml are outline atomics: they classify as locks, and are no waiting of the main thread's own. */
const OUTLINE_ATOMIC = /^__aarch64_/;

/** Samples of one thread in one stage. */
export interface ThreadStage {
  samples: number;
  busy: number;
  sync: number;
  idle: number;
}

export interface ThreadActivity {
  thread: ThreadIndex;
  /** The thread that calls llama_decode. */
  isMain: boolean;
  /** One entry a stage group, in the order of STAGE_GROUPS. */
  stages: ThreadStage[];
}

/** How the threads that compute a stage share its work. */
export interface StageThreads {
  stage: ComputingStage;
  /** Threads that computed in this stage, the main thread among them when it did. */
  workers: ThreadIndex[];
  /** Samples of the workers, idle ones left out: what the sync share is of. */
  samples: number;
  /** Share of those samples in barriers, polling and locks, %. */
  syncShare: Quantity;
  /** Busy samples of the busiest worker over the workers' mean, minus 1, %. */
  imbalance: Quantity;
  /** One entry a worker. */
  work: WorkerShare[];
}

/** What one worker did of a stage; shares are 0…1, with intervals over calls where the stage has enough of them. */
export interface WorkerShare {
  thread: ThreadIndex;
  busy: number;
  sync: number;
  /** Busy samples of the thread over those of all workers. */
  ofWork: Share;
  /** Waiting samples of the thread over its busy and waiting ones. */
  waiting: Share;
}

/** A share of samples. */
export interface Share {
  /** Null when it is of nothing. */
  value: number | null;
  interval: [low: number, high: number] | null;
}

/** One thread of the process with all that is known about it. */
export interface ThreadRow extends ThreadActivity {
  /** Share of the stage's time on a CPU, %: one entry a stage group. */
  runningShare: Quantity[];
  /** Changes of the CPU by stage group; null where no CPU is known. */
  migrations: number[] | null;
  /** CPU → samples by stage group. */
  samplesByCpu: Map<number, number[]>;
}

export interface ThreadUse {
  /** Threads of the llama.cpp process with samples, the main thread first. */
  threads: ThreadRow[];
  /** Prefill and Decode; a stage without samples has no workers. */
  stages: StageThreads[];
  /** Time of each stage, the sum of its calls. */
  stageSeconds: Record<ComputingStage, number>;
  /** CPUs that the process was seen on; empty when samples and readings name none. */
  cores: CoreUse[];
  migrationsFrom: Running['migrationsFrom'];
  /** More threads than CPUs compute: they take turns, and spinning threads hold up working ones. Null when not so. */
  overcommitted: { threads: number; cpus: number } | null;
}

/**
 * Threads and CPUs of a run.
 *
 * @param blocks those of Prefill and of Decode
 * @param extent from the first to the last thing that has a time
 */
export function threadUse(
  input: ThreadInput,
  blocks: readonly TokenBlocks[],
  extent: { startNs: number; endNs: number },
): ThreadUse {
  const { profile } = input;
  const clock = stageClock(input.timeline);
  const ran = running(input, clock, extent);
  const groups = STAGE_GROUPS.length;
  const byCpu = samplesByCpu(input);
  const threads = threadActivity(input).map((row): ThreadRow => {
    const { thread, stages } = row;
    const { migrations } = ran;
    return {
      ...row,
      runningShare: stages.map(({ samples }, group) =>
        runningShare(input, ran, clock, thread, group, samples),
      ),
      migrations: migrations && [...migrations.subarray(thread * groups, (thread + 1) * groups)],
      samplesByCpu: byCpu.get(thread) ?? new Map(),
    };
  });
  const stages = blocks.map((of) => stageThreads(input, of));
  const computing = Math.max(0, ...stages.map(({ workers }) => workers.length));
  const cpus = profile.target.cpuCount;
  const secondsOf = (stage: ComputingStage): number => clock.lengthNs[STAGE_GROUPS.indexOf(stage)] / 1e9;
  return {
    threads,
    stages,
    stageSeconds: { prefill: secondsOf('prefill'), decode: secondsOf('decode') },
    cores: coreUse(input, clock, byCpu),
    migrationsFrom: ran.migrationsFrom,
    overcommitted: cpus !== null && computing > cpus ? { threads: computing, cpus } : null,
  };
}

/**
 * The thread that calls llama_decode: of most calls; else the process's first thread, whose tid is the pid. Null when
 * neither is known.
 */
export function mainThread({
  profile,
  timeline,
}: Pick<ThreadInput, 'profile' | 'timeline'>): ThreadIndex | null {
  const calls = new Map<ThreadIndex, number>();
  for (const { thread } of timeline.calls) calls.set(thread, (calls.get(thread) ?? 0) + 1);
  const [most] = [...calls].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  if (most && most[0] >= 0) return most[0];
  const first = profile.threads.findIndex(({ pid, tid }) => pid === timeline.pid && tid === pid);
  return first >= 0 ? first : null;
}

/**
 * Busy, waiting and idle samples of each thread of the llama.cpp process in each stage group. Threads without samples are
 * left out; the main thread comes first, the others by samples.
 */
export function threadActivity(input: ThreadInput): ThreadActivity[] {
  const { profile, timeline, attribution, weight } = input;
  const { samples, threads } = profile;
  const main = mainThread(input);
  const kinds = kindOfSamples(input);
  const stride = STAGE_GROUPS.length * KINDS;
  const counts = new Float64Array(threads.length * stride);
  for (let place = 0; place < weight.rows.length; place++) {
    const row = weight.rows[place];
    const at = samples.thread[row] * stride + attribution.group[row] * KINDS;
    counts[at + kinds(row)]++;
  }
  const activities = threads.flatMap(({ pid }, thread): ThreadActivity[] => {
    if (timeline.pid !== null && pid !== timeline.pid) return [];
    const stages = STAGE_GROUPS.map((_, group): ThreadStage => {
      const at = thread * stride + group * KINDS;
      const [busy, sync, idle] = [counts[at + BUSY], counts[at + SYNC], counts[at + IDLE]];
      return { samples: busy + sync + idle, busy, sync, idle };
    });
    return stages.some((stage) => stage.samples > 0) ? [{ thread, isMain: thread === main, stages }] : [];
  });
  const all = (row: ThreadActivity): number => row.stages.reduce((sum, stage) => sum + stage.samples, 0);
  return activities.sort(
    (a, b) => Number(b.isMain) - Number(a.isMain) || all(b) - all(a) || a.thread - b.thread,
  );
}

/** BUSY, SYNC or IDLE for a row of the sample table. */
function kindOfSamples(input: ThreadInput): (row: number) => number {
  const { samples } = input.profile;
  const { stackClasses, classOfStack } = input.kernelUse;
  const main = mainThread(input);
  const kinds = Uint8Array.from(stackClasses, (row) => kindOf(row, false));
  const kindsOfMain = Uint8Array.from(stackClasses, (row) => kindOf(row, true));
  return (row) => {
    const stack = samples.stack[row];
    if (stack < 0) return BUSY;
    return (samples.thread[row] === main ? kindsOfMain : kinds)[classOfStack[stack]];
  };
}

function kindOf({ kernel }: StackClass, isMain: boolean): number {
  if (kernel.category === 'idle') return IDLE;
  if (kernel.category !== 'sync') return BUSY;
  return isMain && kernel.operator === 'LOCK' && !OUTLINE_ATOMIC.test(kernel.normalised) ? IDLE : SYNC;
}

/**
 * Threads that computed in a stage: those with a sample in a kernel that computes, or in ggml's or OpenMP's waiting. A
 * logger or a recorder's agent in the same process is none. Where no kernel has a name, every thread with samples.
 */
export function workersOf(
  { profile, timeline, attribution, weight, kernelUse: use }: ThreadInput,
  stage: ComputingStage,
): ThreadIndex[] {
  const { samples, threads } = profile;
  const group = STAGE_GROUPS.indexOf(stage);
  const computes = use.stackClasses.map(
    ({ kernel }) =>
      categoryFacts(kernel.category).computes || (kernel.category === 'sync' && kernel.operator !== 'LOCK'),
  );
  const seen = new Uint8Array(threads.length);
  const worked = new Uint8Array(threads.length);
  for (let place = 0; place < weight.rows.length; place++) {
    const row = weight.rows[place];
    if (attribution.group[row] !== group) continue;
    const thread = samples.thread[row];
    seen[thread] = 1;
    const stack = samples.stack[row];
    if (stack >= 0 && computes[use.classOfStack[stack]]) worked[thread] = 1;
  }
  const rowsOf = (flags: Uint8Array): ThreadIndex[] =>
    threads.flatMap(({ pid }, row) =>
      flags[row] === 1 && (timeline.pid === null || pid === timeline.pid) ? [row] : [],
    );
  const workers = rowsOf(worked);
  return workers.length > 0 ? workers : rowsOf(seen);
}

/** Sync share and imbalance of a stage, with intervals over its calls. */
export function stageThreads(input: ThreadInput, blocks: TokenBlocks): StageThreads {
  const stage = blocks.stage as ComputingStage;
  const workers = workersOf(input, stage);
  const { busy, sync } = workByBlock(input, blocks, workers);
  const [busySum, syncSum] = [busy.map(sumOf), sync.map(sumOf)];
  const samples = sumOf(busySum) + sumOf(syncSum);
  return {
    stage,
    workers,
    samples,
    syncShare: syncShare(sumOf(syncSum), samples, workers.length, blocks, busy, sync),
    imbalance: imbalance(busySum, blocks, busy),
    work: workerShares(workers, blocks, busy, sync),
  };
}

function workerShares(
  workers: readonly ThreadIndex[],
  blocks: TokenBlocks,
  busyOf: readonly Float64Array[],
  syncOf: readonly Float64Array[],
): WorkerShare[] {
  const allBusy = addedUp(busyOf);
  const ofAllBusy = resampledWhole(blocks, allBusy);
  const share = (part: Float64Array, whole: Float64Array, resampled: ResampledWhole): Share => {
    const of = sumOf(whole);
    const value = sumOf(part);
    // A share of nothing or of everything has no resample that says otherwise.
    const interval = value === 0 || value === of ? null : ratioInterval(blocks, part, resampled);
    return { value: of === 0 ? null : value / of, interval };
  };
  return workers.map((thread, worker): WorkerShare => {
    const [busy, sync] = [busyOf[worker], syncOf[worker]];
    const own = addedUp([busy, sync]);
    return {
      thread,
      busy: sumOf(busy),
      sync: sumOf(sync),
      ofWork: share(busy, allBusy, ofAllBusy),
      waiting: share(sync, own, resampledWhole(blocks, own)),
    };
  });
}

/** Busy and waiting samples per worker and block; one block more for samples of the stage outside its calls. */
function workByBlock(
  input: ThreadInput,
  { stage, blocks, blockOfToken }: TokenBlocks,
  workers: readonly ThreadIndex[],
): { busy: Float64Array[]; sync: Float64Array[] } {
  const { profile, attribution, weight } = input;
  const { samples } = profile;
  const group = STAGE_GROUPS.indexOf(stage as ComputingStage);
  const kinds = kindOfSamples(input);
  const workerOf = new Int32Array(profile.threads.length).fill(-1);
  workers.forEach((thread, worker) => (workerOf[thread] = worker));
  const busy = workers.map(() => new Float64Array(blocks + 1));
  const sync = workers.map(() => new Float64Array(blocks + 1));
  for (let place = 0; place < weight.rows.length; place++) {
    const row = weight.rows[place];
    const worker = workerOf[samples.thread[row]];
    if (attribution.group[row] !== group || worker < 0) continue;
    const kind = kinds(row);
    if (kind === IDLE) continue;
    const token = attribution.token[row];
    const block = token < 0 || blockOfToken[token] < 0 ? blocks : blockOfToken[token];
    (kind === SYNC ? sync : busy)[worker][block]++;
  }
  return { busy, sync };
}

function syncShare(
  sync: number,
  samples: number,
  workers: number,
  blocks: TokenBlocks,
  busyOf: readonly Float64Array[],
  syncOf: readonly Float64Array[],
): Quantity {
  if (samples === 0) return unknown('%', `no sample fell into ${blocks.stage}`);
  if (workers === 1) return unknown('%', 'one thread: it waits for no other');
  const waiting = addedUp(syncOf);
  const whole = resampledWhole(blocks, addedUp([...syncOf, ...busyOf]));
  const interval = sync === 0 ? null : ratioInterval(blocks, waiting, whole);
  return quantity(
    (100 * sync) / samples,
    '%',
    'sampled',
    {
      formula:
        'samples in barriers, polling and locks ÷ samples of the threads that compute the stage, the main thread’s own idling left out',
      inputs: [
        { name: 'waiting', value: sync, unit: 'samples' },
        { name: 'of', value: samples, unit: 'samples' },
        { name: 'threads', value: workers, unit: 'threads' },
      ],
      samples,
      note: blocks.reason,
    },
    interval && [100 * interval[0], 100 * interval[1]],
  );
}

/** Largest over mean, minus 1; NaN when nothing was done. */
export function imbalanceOf(work: ArrayLike<number>): number {
  let [most, sum] = [0, 0];
  for (let i = 0; i < work.length; i++) {
    most = Math.max(most, work[i]);
    sum += work[i];
  }
  return (most * work.length) / sum - 1;
}

function imbalance(
  busySum: readonly number[],
  blocks: TokenBlocks,
  busyOf: readonly Float64Array[],
): Quantity {
  if (busySum.length === 0) return unknown('%', `no sample fell into ${blocks.stage}`);
  if (busySum.length === 1) return unknown('%', 'one thread: nothing to compare it with');
  const value = imbalanceOf(busySum);
  if (!Number.isFinite(value)) return unknown('%', 'every sample of the stage waits');
  const columns = busyOf.map((column) => resampledSums(blocks, column));
  const resampled = Float64Array.from(columns[0], (_, row) => imbalanceOf(columns.map((sums) => sums[row])));
  const interval = intervalOf(resampled);
  return quantity(
    100 * value,
    '%',
    'sampled',
    {
      formula: 'busy samples of the busiest thread ÷ mean of the threads − 1',
      inputs: busySum.map((samples, row) => ({ name: `thread ${row + 1}`, value: samples, unit: 'samples' })),
      samples: sumOf(busySum),
      note: blocks.reason,
    },
    interval && [100 * interval[0], 100 * interval[1]],
  );
}

function addedUp(columns: readonly Float64Array[]): Float64Array {
  const sums = new Float64Array(columns[0]?.length ?? 0);
  for (const column of columns) for (let row = 0; row < sums.length; row++) sums[row] += column[row];
  return sums;
}

function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let row = 0; row < values.length; row++) sum += values[row];
  return sum;
}
