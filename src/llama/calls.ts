/**
 * Calls of llama_decode: from the markers that Arm's tutorial patches into llama-cli (`past 109, n_eval 1`, written
 * immediately before each call), from probe hits, or from both.
 */
import type { Profile } from '../profile/types.ts';
import { probeCalls, probeTimes } from './stages/probeCalls.ts';
import { programOf } from './stages/program.ts';
import type { StackPredicate } from './stages/stackMarks.ts';
import type { Call } from './types.ts';

/** The text of a marker that announces a call. */
const CALL_MARKER = /^past (\d{1,9}), n_eval (\d{1,9})$/;

/** Warm-up evaluates a begin and an end token, or one of them where the vocabulary lacks the other. */
const LONGEST_WARMUP_TOKENS = 2;

/** With fewer samples inside a call the last of them says too little about its end. */
const SAMPLES_FOR_AN_END = 10;
/** Sampling intervals between the last sample inside a call and the first behind it; in a longer gap anything may be. */
const LONGEST_GAP_AT_AN_END = 4;

export interface CallOptions {
  /** Tells stacks inside llama_decode; without it ends are known from return probes only. */
  isInsideDecode?: StackPredicate;
}

/**
 * The calls of every process in time order, warm-up included. Linear in samples and calls.
 */
export function callsOf(profile: Profile, options: CallOptions = {}): Call[] {
  const fromMarkers = markerCalls(profile);
  const fromProbes = probeCalls(profile);
  const pidOf = (call: Call): number => profile.threads[call.thread].pid;
  const pids = new Set([...fromMarkers, ...fromProbes].map(pidOf));
  const calls = [...pids]
    .flatMap((pid) => {
      const { calls, beforeMarkers } = joinSources(
        fromMarkers.filter((call) => pidOf(call) === pid),
        fromProbes.filter((call) => pidOf(call) === pid),
      );
      const program = programOf(profile, pid);
      if (program !== 'bench' && !ranWithoutWarmup(profile)) markWarmup(calls, beforeMarkers);
      if (program === 'chat') rebuildPast(calls, probeTimes(profile, pid, 'memory-clear'));
      return calls;
    })
    .sort((a, b) => a.startNs - b.startNs);
  if (options.isInsideDecode) addEndsFromSamples(profile, calls, options.isInsideDecode);
  return calls;
}

function markerCalls(profile: Profile): Call[] {
  return profile.markers.flatMap((marker): Call[] => {
    const match = CALL_MARKER.exec(marker.text);
    if (!match || Number(match[2]) === 0) return [];
    return [
      {
        startNs: marker.timeNs,
        endNs: null,
        endSource: null,
        past: Number(match[1]),
        pastIsRebuilt: false,
        nEval: Number(match[2]),
        source: 'marker',
        thread: marker.thread,
        context: null,
        returnValue: null,
        isWarmup: false,
      },
    ];
  });
}

/**
 * A patched program under a probe shows each call twice: the probe knows when it ran, the marker how much stood before.
 * They belong together when the last calls of the probe have the sizes of the markers, one by one.
 *
 * @returns the calls, and how many of them came before the first marker; null without markers
 */
function joinSources(markers: Call[], probes: Call[]): { calls: Call[]; beforeMarkers: number | null } {
  if (markers.length === 0) return { calls: probes, beforeMarkers: null };
  const first = probes.length - markers.length;
  if (first < 0) return { calls: markers, beforeMarkers: 0 };
  if (markers.every((marker, row) => marker.nEval === probes[first + row].nEval)) {
    markers.forEach((marker, row) => (probes[first + row].past = marker.past));
    return { calls: probes, beforeMarkers: first };
  }
  const beforeMarkers = probes.filter((call) => call.startNs < markers[0].startNs).length;
  return { calls: probes, beforeMarkers };
}

function ranWithoutWarmup({ facts }: Profile): boolean {
  return facts.some((fact) => fact.name === 'command-line' && /(?:^|\s)--no-warmup(?:\s|$)/.test(fact.value));
}

/**
 * Marks the calls of common_init_from_params, which evaluates one or two tokens per context before the first prompt. The
 * tutorial's markers are not in that code: what a probe saw before the first marker is warm-up.
 */
function markWarmup(calls: Call[], beforeMarkers: number | null): void {
  if (beforeMarkers !== null) {
    for (const call of calls.slice(0, beforeMarkers)) call.isWarmup = call.nEval <= LONGEST_WARMUP_TOKENS;
    return;
  }
  const firstLarge = calls.findIndex((call) => call.nEval > LONGEST_WARMUP_TOKENS);
  const leading = firstLarge < 0 ? calls : calls.slice(0, firstLarge);
  const contexts = new Set(leading.map((call) => call.context));
  if (firstLarge >= 0 && leading.length <= Math.max(2, contexts.size)) {
    for (const call of leading) call.isWarmup = true;
    return;
  }
  // Without a larger prompt soon after, only a pair of tokens tells warm-up from a prompt of one token.
  for (const context of contexts) {
    const first = leading.find((call) => call.context === context);
    if (first && leading.length > 1) first.isWarmup = first.nEval === LONGEST_WARMUP_TOKENS;
  }
}

/** Adds up what each context evaluated, where no marker or probe says it. Warm-up and retries leave nothing behind. */
function rebuildPast(calls: Call[], clearedNs: readonly number[]): void {
  const pastOf = new Map<string | null, number>();
  let cleared = 0;
  for (const call of calls) {
    while (cleared < clearedNs.length && clearedNs[cleared] <= call.startNs) {
      pastOf.clear();
      cleared++;
    }
    if (call.past === null) {
      call.past = call.isWarmup ? 0 : (pastOf.get(call.context) ?? 0);
      call.pastIsRebuilt = true;
    }
    const isEvaluated = !call.isWarmup && (call.returnValue ?? 0) === 0;
    pastOf.set(call.context, isEvaluated ? call.past + call.nEval : call.isWarmup ? 0 : call.past);
  }
}

/**
 * Ends calls without a return probe between the last sample of their thread inside llama_decode and the first one behind
 * it (or the next call). Where samples are sparse, or held back just then, the end stays unknown.
 */
function addEndsFromSamples(profile: Profile, calls: Call[], isInsideDecode: StackPredicate): void {
  const callsOfThread = Map.groupBy(calls, (call) => call.thread);
  for (const [thread, ofThread] of callsOfThread) endFromSamples(profile, thread, ofThread, isInsideDecode);
}

function endFromSamples(
  { samples }: Profile,
  thread: number,
  calls: readonly Call[],
  isInsideDecode: StackPredicate,
): void {
  let current = -1;
  let inside = 0;
  let lastInsideNs = 0;
  let firstBehindNs: number | null = null;
  const close = (): void => {
    const call = calls[current];
    if (!call || inside < SAMPLES_FOR_AN_END || call.endNs !== null) return;
    const behindNs = firstBehindNs ?? calls[current + 1]?.startNs ?? Infinity;
    const intervalNs = (lastInsideNs - call.startNs) / inside;
    if (behindNs - lastInsideNs > LONGEST_GAP_AT_AN_END * intervalNs) return;
    call.endNs = (lastInsideNs + behindNs) / 2;
    call.endSource = 'samples';
  };
  for (let row = 0; row < samples.length; row++) {
    if (samples.thread[row] !== thread) continue;
    const timeNs = samples.timeNs[row];
    while (current + 1 < calls.length && calls[current + 1].startNs <= timeNs) {
      close();
      current++;
      inside = 0;
      firstBehindNs = null;
    }
    if (current < 0) continue;
    if (isInsideDecode(samples.stack[row])) {
      inside++;
      lastInsideNs = timeNs;
      firstBehindNs = null;
    } else firstBehindNs ??= timeNs;
  }
  close();
}
