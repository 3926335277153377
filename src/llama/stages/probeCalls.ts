/** Calls of llama_decode from the hits of a uprobe on it and, where there is one, on its return. */
import type { ProbeHit, Profile, ThreadIndex } from '../../profile/types.ts';
import type { Call } from '../types.ts';

/** `probe_llama:llama_decode`; perf numbers further addresses of one probe and marks returns: `llama_decode__return_1`. */
const DECODE_PROBE = /^(?:(.*):)?llama_decode(?:__return)?(?:_\d+)?$/;
/** Functions that forget what was evaluated; positions start anew. The name followed the API. */
const MEMORY_CLEAR = /(?:^|:)(?:llama_memory_clear|llama_kv_self_clear|llama_kv_cache_clear)(?:_\d+)?$/;
const SAMPLER_PROBE = /(?:^|:)(?:llama_sampler_sample|common_sampler_sample)(?:_\d+)?$/;

const TOKEN_ARGUMENTS = ['n_tokens', 'tokens', 'n'];
const POSITION_ARGUMENTS = ['past', 'n_past', 'pos'];
const CONTEXT_ARGUMENTS = ['ctx', 'context'];
const RETURN_ARGUMENTS = ['ret', 'retval', 'arg1'];

/** Hits of entry probes on llama_decode whose arguments do not say how many tokens: no call can be made of them. */
export function hitsWithoutTokens(profile: Pick<Profile, 'probeHits'>): number {
  return profile.probeHits.filter(
    (hit) => DECODE_PROBE.test(hit.name) && !hit.isReturn && tokensOf(hit) === null,
  ).length;
}

/** Times at which probes saw a sampler choose a token, or the context's memory cleared; ascending. */
export function probeTimes(
  profile: Pick<Profile, 'probeHits' | 'threads'>,
  pid: number,
  what: 'sampler' | 'memory-clear',
): number[] {
  const pattern = what === 'sampler' ? SAMPLER_PROBE : MEMORY_CLEAR;
  return profile.probeHits
    .filter((hit) => !hit.isReturn && profile.threads[hit.thread].pid === pid && pattern.test(hit.name))
    .map((hit) => hit.timeNs);
}

/**
 * One call per entry hit, in time order, of all processes. A return ends the latest open call of its thread. `past` is
 * what the probe recorded (else null); warm-up is not told yet.
 */
export function probeCalls(profile: Pick<Profile, 'probeHits' | 'threads'>): Call[] {
  const calls: Call[] = [];
  const openCalls = new Map<ThreadIndex, Call[]>();
  for (const hit of hitsOfOneProbe(profile)) {
    const open = openCalls.get(hit.thread) ?? [];
    openCalls.set(hit.thread, open);
    if (!hit.isReturn) {
      const call = callOf(hit);
      if (!call) continue;
      calls.push(call);
      open.push(call);
      continue;
    }
    const call = open.pop();
    // llama_decode does not call itself: a return that comes after the thread's next entry belongs to no call we know.
    if (!call || calls.findLast((other) => other.thread === hit.thread) !== call) continue;
    call.returnValue = signed32(argument(hit, RETURN_ARGUMENTS));
    call.endNs = hit.timeNs;
    call.endSource = 'return-probe';
  }
  return calls.sort((a, b) => a.startNs - b.startNs);
}

/**
 * The hits on llama_decode, each call once: probes on the library and on the program see the same call, so of several
 * probe groups in a process only the one with most hits is kept.
 */
function hitsOfOneProbe({ probeHits, threads }: Pick<Profile, 'probeHits' | 'threads'>): ProbeHit[] {
  const hits = probeHits.flatMap((hit) => {
    const match = DECODE_PROBE.exec(hit.name);
    return match ? [{ hit, pid: threads[hit.thread].pid, group: match[1] ?? '' }] : [];
  });
  const counts = new Map<number, Map<string, number>>();
  for (const { hit, pid, group } of hits) {
    if (hit.isReturn) continue;
    const ofProcess = counts.get(pid) ?? new Map<string, number>();
    counts.set(pid, ofProcess.set(group, (ofProcess.get(group) ?? 0) + 1));
  }
  const groupOf = new Map(
    [...counts].map(([pid, groups]) => [pid, [...groups].reduce((a, b) => (b[1] > a[1] ? b : a))[0]]),
  );
  return hits.filter(({ pid, group }) => group === groupOf.get(pid)).map(({ hit }) => hit);
}

function callOf(hit: ProbeHit): Call | null {
  const nEval = tokensOf(hit);
  if (nEval === null) return null;
  const position = signed32(argument(hit, POSITION_ARGUMENTS));
  const context = argument(hit, CONTEXT_ARGUMENTS);
  return {
    startNs: hit.timeNs,
    endNs: null,
    endSource: null,
    past: position !== null && position >= 0 ? position : null,
    pastIsRebuilt: false,
    nEval,
    source: 'probe',
    thread: hit.thread,
    context: context === null ? null : `0x${BigInt.asUintN(64, context).toString(16)}`,
    returnValue: null,
    isWarmup: false,
  };
}

/** Tokens of the call; null when the probe did not record them. llama_decode refuses less than one. */
function tokensOf(hit: ProbeHit): number | null {
  const tokens = signed32(argument(hit, TOKEN_ARGUMENTS));
  return tokens !== null && tokens > 0 ? tokens : null;
}

function argument(hit: ProbeHit, names: readonly string[]): bigint | null {
  for (const name of names) {
    const value = hit.arguments.get(name);
    if (typeof value === 'bigint') return value;
    if (value !== undefined && /^(?:-?\d{1,20}|0x[0-9a-f]{1,16})$/i.test(value)) return BigInt(value);
  }
  return null;
}

/** n_tokens and the return value are C ints, whatever width the probe gave them. */
function signed32(value: bigint | null): number | null {
  return value === null ? null : Number(BigInt.asIntN(32, value));
}
