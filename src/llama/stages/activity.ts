/** When the process that runs llama.cpp was seen at work: by its samples, its threads' lives, and what its stacks say. */
import type { Profile } from '../../profile/types.ts';
import { probeTimes } from './probeCalls.ts';
import type { LlamaStacks } from './stackMarks.ts';

export interface Activity {
  /** First sign of the process; null without any. */
  firstNs: number | null;
  /** Last sample of the process; null without samples. */
  lastSampleNs: number | null;
  /** End of its main thread, when the capture recorded it. */
  exitNs: number | null;
  /** Times at which a sampler was choosing a token, ascending. */
  samplerNs: Float64Array;
  /** First sample after the last call that prints timings or frees the model; null when none is seen. */
  closingNs: number | null;
  /** Typical time between two samples of a busy thread; null without samples. */
  sampleIntervalNs: number | null;
}

/** So many distances between samples make a median that more would not change. */
const DISTANCES_FOR_A_MEDIAN = 20_000;

/** One byte a row of the thread table: the threads of a process. */
export function threadsOf(profile: Pick<Profile, 'threads'>, pid: number | null): Uint8Array {
  return Uint8Array.from(profile.threads, (thread) => (pid === null || thread.pid === pid ? 1 : 0));
}

/** Looks at every sample of the process once. */
export function processActivity(
  profile: Profile,
  pid: number,
  stacks: LlamaStacks | null,
  lastCallNs: number,
): Activity {
  const { samples, switches } = profile;
  const isOwn = threadsOf(profile, pid);
  const samplerNs = probeTimes(profile, pid, 'sampler');
  const lastOfThread = new Float64Array(profile.threads.length).fill(NaN);
  const distances: number[] = [];
  let firstSampleNs: number | null = null;
  let lastSampleNs: number | null = null;
  let closingNs: number | null = null;
  for (let row = 0; row < samples.length; row++) {
    const thread = samples.thread[row];
    if (isOwn[thread] === 0) continue;
    const timeNs = samples.timeNs[row];
    firstSampleNs ??= timeNs;
    lastSampleNs = timeNs;
    const distance = timeNs - lastOfThread[thread];
    if (distance > 0 && distances.length < DISTANCES_FOR_A_MEDIAN) distances.push(distance);
    lastOfThread[thread] = timeNs;
    if (!stacks) continue;
    const stack = samples.stack[row];
    if (stacks.isSampling(stack)) samplerNs.push(timeNs);
    if (closingNs === null && timeNs > lastCallNs && stacks.isClosing(stack)) closingNs = timeNs;
  }
  const own = profile.threads.filter((_, row) => isOwn[row] === 1);
  const firstSwitch = switches.thread.findIndex((thread) => isOwn[thread] === 1);
  const starts = [
    ...own.flatMap((thread) => (thread.startNs === null ? [] : [thread.startNs])),
    ...(firstSampleNs === null ? [] : [firstSampleNs]),
    ...(firstSwitch < 0 ? [] : [switches.timeNs[firstSwitch]]),
  ];
  return {
    firstNs: starts.length === 0 ? null : Math.min(...starts),
    lastSampleNs,
    exitNs: own.find((thread) => thread.tid === pid)?.endNs ?? null,
    samplerNs: Float64Array.from(samplerNs).sort(),
    closingNs,
    sampleIntervalNs: median(distances),
  };
}

/** First row of ascending times that is not before `timeNs`. */
export function firstRowFrom(times: ArrayLike<number>, timeNs: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < timeNs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Median of a list, null when it is empty. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
