/** Stretches in which the process does next to nothing: a user thinks, a server waits. They belong to no stage's time. */
import type { Profile } from '../../profile/types.ts';
import { firstRowFrom, threadsOf, type Activity } from './activity.ts';

export interface Stretch {
  startNs: number;
  endNs: number;
}

/** Below this share of one CPU the process counts as idle. */
const IDLE_CPU_SHARE = 0.1;
/** {@link Profile.switches} kind of a thread that begins to run. */
const SWITCH_IN = 0;
/** A shorter stretch is a hiccup. */
const SHORTEST_IDLE_NS = 50e6;

/**
 * Stretches between samples of the process in which it used less than a tenth of one CPU for at least 50 ms and twice the
 * usual time of a token. Each sample stands for one sampling interval of one CPU. Context switches have the last word
 * where they were recorded; without them nothing is said of a capture whose sampling was held back. Empty without samples.
 *
 * @param tokenNs usual time from one decode call to the next, null when unknown
 * @param callStartsNs starts of calls, ascending
 */
export function idleStretches(
  profile: Pick<Profile, 'samples' | 'threads' | 'switches' | 'losses'>,
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
  const quiet = stretches
    .flatMap((stretch) => cutAt(stretch, callStartsNs))
    .filter(({ startNs, endNs }) => endNs - startNs >= shortestNs);
  const runningNs = runningWithin(profile, isOwn, quiet);
  if (!runningNs) return profile.losses.throttles > 0 ? [] : quiet;
  return quiet.filter(({ startNs, endNs }, row) => runningNs[row] < IDLE_CPU_SHARE * (endNs - startNs));
}

/** Time that threads ran within each stretch, by their context switches; null when none of them has any. */
function runningWithin(
  { threads, switches }: Pick<Profile, 'threads' | 'switches'>,
  isOwn: Uint8Array,
  stretches: readonly Stretch[],
): Float64Array | null {
  const runningNs = new Float64Array(stretches.length);
  // NaN: not running. A thread first seen when it stops has run since before the capture.
  const sinceNs = new Float64Array(threads.length).fill(-Infinity);
  const wasSeen = new Uint8Array(threads.length);
  const endsNs = stretches.map((stretch) => stretch.endNs);
  const addRun = (fromNs: number, toNs: number): void => {
    for (
      let row = firstRowFrom(endsNs, fromNs);
      row < stretches.length && stretches[row].startNs < toNs;
      row++
    ) {
      const { startNs, endNs } = stretches[row];
      runningNs[row] += Math.max(0, Math.min(toNs, endNs) - Math.max(fromNs, startNs));
    }
  };
  for (let row = 0; row < switches.length; row++) {
    const thread = switches.thread[row];
    if (isOwn[thread] === 0) continue;
    const timeNs = switches.timeNs[row];
    wasSeen[thread] = 1;
    if (switches.kind[row] === SWITCH_IN) sinceNs[thread] = timeNs;
    else {
      if (!Number.isNaN(sinceNs[thread])) addRun(sinceNs[thread], timeNs);
      sinceNs[thread] = NaN;
    }
  }
  let anySeen = false;
  wasSeen.forEach((seen, thread) => {
    if (seen === 0) return;
    anySeen = true;
    if (Number.isFinite(sinceNs[thread])) addRun(sinceNs[thread], threads[thread].endNs ?? Infinity);
  });
  return anySeen ? runningNs : null;
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
