/** Stretches in which the process does next to nothing: a user thinks, a server waits. They belong to no stage's time. */
import type { Profile } from '../../profile/types.ts';
import { firstRowFrom, threadsOf, type Activity } from './activity.ts';

export interface Stretch {
  startNs: number;
  endNs: number;
}

/** Below this share of one CPU the process counts as idle. */
const IDLE_CPU_SHARE = 0.1;
/** A shorter stretch is a hiccup. */
const SHORTEST_IDLE_NS = 50e6;

/**
 * Stretches between samples of the process in which it used less than a tenth of one CPU for at least 50 ms and twice the
 * usual time of a token. Each sample stands for one sampling interval of one CPU. Empty without samples.
 *
 * @param tokenNs usual time from one decode call to the next, null when unknown
 * @param callStartsNs starts of calls, ascending
 */
export function idleStretches(
  profile: Pick<Profile, 'samples' | 'threads'>,
  pid: number,
  { sampleIntervalNs }: Pick<Activity, 'sampleIntervalNs'>,
  tokenNs: number | null,
  callStartsNs: readonly number[],
): Stretch[] {
  if (sampleIntervalNs === null) return [];
  const { samples } = profile;
  const isOwn = threadsOf(profile, pid);
  const shortestGapNs = sampleIntervalNs / IDLE_CPU_SHARE;
  const shortestNs = Math.max(SHORTEST_IDLE_NS, 2 * (tokenNs ?? 0));
  const stretches: Stretch[] = [];
  let open: (Stretch & { samples: number }) | null = null;
  let lastNs = NaN;
  let samplesSinceGap = 0;
  for (let row = 0; row < samples.length; row++) {
    if (isOwn[samples.thread[row]] === 0) continue;
    const timeNs = samples.timeNs[row];
    if (timeNs - lastNs > shortestGapNs) {
      // A waiting process wakes now and then: join gaps as long as the whole stays idle.
      const used: number = open ? open.samples + samplesSinceGap : 0;
      if (open && (used * sampleIntervalNs) / (timeNs - open.startNs) < IDLE_CPU_SHARE) {
        open.endNs = timeNs;
        open.samples = used;
      } else {
        if (open) stretches.push({ startNs: open.startNs, endNs: open.endNs });
        open = { startNs: lastNs, endNs: timeNs, samples: 1 };
      }
      samplesSinceGap = 0;
    }
    samplesSinceGap++;
    lastNs = timeNs;
  }
  if (open) stretches.push({ startNs: open.startNs, endNs: open.endNs });
  return stretches
    .flatMap((stretch) => cutAt(stretch, callStartsNs))
    .filter(({ startNs, endNs }) => endNs - startNs >= shortestNs);
}

/** A call that begins shows that waiting is over, though the next sample may come later. Times are ascending. */
function cutAt({ startNs, endNs }: Stretch, timesNs: readonly number[]): Stretch[] {
  const parts: Stretch[] = [];
  let atNs = startNs;
  for (let row = firstRowFrom(timesNs, startNs); row < timesNs.length && timesNs[row] < endNs; row++) {
    parts.push({ startNs: atNs, endNs: timesNs[row] });
    atNs = timesNs[row];
  }
  return [...parts, { startNs: atNs, endNs }];
}

/** The parts of `[fromNs, toNs)` that lie in stretches; stretches are in time order and do not overlap. */
export function within(stretches: readonly Stretch[], fromNs: number, toNs: number): Stretch[] {
  let [low, high] = [0, stretches.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stretches[middle].endNs <= fromNs) low = middle + 1;
    else high = middle;
  }
  const parts: Stretch[] = [];
  for (let row = low; row < stretches.length && stretches[row].startNs < toNs; row++) {
    parts.push({
      startNs: Math.max(fromNs, stretches[row].startNs),
      endNs: Math.min(toNs, stretches[row].endNs),
    });
  }
  return parts;
}
