/** The calls of a stage as the roofline needs them: how many tokens at which position, and how long they took. */
import { countsTokens } from '../../llama/stages/phases.ts';
import type { StageTimeline, Token } from '../../llama/types.ts';
import type { NumberStatus, Profile } from '../../profile/types.ts';
import { mainTimings } from '../logChecks.ts';
import { callDurations, endNote, endStatus } from '../stageMetricsEnds.ts';
import type { RooflineSettings } from './settings.ts';

export type RooflineStage = 'prefill' | 'decode';
export const ROOFLINE_STAGES: readonly RooflineStage[] = ['prefill', 'decode'];
export const STAGE_TITLES: Record<RooflineStage, string> = { prefill: 'Prefill', decode: 'Decode' };

/** One call of llama_decode. */
export interface SizedCall {
  /** Row of the token table; -1 for a call that only the log tells of. */
  token: number;
  tokens: number;
  past: number;
}

/** Tokens of a call whose logits are wanted: the last one of a prompt, every one of Decode. */
export function outputsOf(stage: RooflineStage, tokens: number): number {
  return stage === 'decode' ? tokens : 1;
}

/** What the demand of calls for several requests leaves out. */
export function limitsOfCalls(stage: RooflineStage, calls: readonly Pick<SizedCall, 'tokens'>[]): string[] {
  return stage === 'decode' && calls.some(({ tokens }) => tokens > 1)
    ? ['the cache of one request is counted: where the others stand is not known']
    : [];
}

/** The calls of a stage, or why they are not known. */
export type StageCalls =
  | {
      calls: SizedCall[];
      /** Time in the calls; null when it is not known. Of which kind of clock the origin of the run says. */
      seconds: number | null;
      timeStatus: NumberStatus;
      timeNote: string | null;
      source: 'calls' | 'log';
      reason: null;
    }
  | { calls: null; reason: string };

/** Calls from markers and probes; without them, those that the log's own timings stand for. */
export function stageCalls(
  profile: Profile,
  timeline: StageTimeline,
  stage: RooflineStage,
  settings: RooflineSettings,
): StageCalls {
  return timeline.source === null ? callsOfLog(profile, stage, settings) : callsOfTimeline(timeline, stage);
}

/** True for calls of the model itself whose tokens count. */
export function isModelCall(token: Token): boolean {
  return countsTokens(token.notes);
}

function callsOfTimeline(timeline: StageTimeline, stage: RooflineStage): StageCalls {
  const tokens = timeline.tokens.filter((token) => token.stage === stage && isModelCall(token));
  if (tokens.length === 0) return { calls: null, reason: `this run has no ${stage}` };
  const unplaced = tokens.filter((token) => token.past === null).length;
  if (unplaced > 0) {
    return { calls: null, reason: `the positions of ${unplaced} of ${tokens.length} calls are not known` };
  }
  const durations = callDurations(timeline);
  const ns = tokens.reduce((sum, token) => sum + durations[token.index], 0);
  return {
    calls: tokens.map(({ index, nEval, past }) => ({ token: index, tokens: nEval, past: past ?? 0 })),
    seconds: ns > 0 ? ns / 1e9 : null,
    timeStatus: endStatus(timeline, tokens),
    timeNote: endNote(timeline, tokens),
    source: 'calls',
    reason: null,
  };
}

/** One prompt in pieces of a batch, then one token a call: what llama-cli does with a prompt and no further turns. */
function callsOfLog(profile: Profile, stage: RooflineStage, settings: RooflineSettings): StageCalls {
  const log = mainTimings(profile.timings);
  if (log === null) return { calls: null, reason: 'neither calls nor timings of llama.cpp are known' };
  if (log.era === 'server') {
    return { calls: null, reason: 'the positions of a server’s requests are not in its log' };
  }
  const { promptTokens, promptMs, evalRuns, evalMs } = log;
  const [count, ms] = stage === 'prefill' ? [promptTokens, promptMs] : [evalRuns, evalMs];
  if (count === null || (stage === 'decode' && promptTokens === null)) {
    return { calls: null, reason: 'the log does not say how many tokens were evaluated' };
  }
  if (count === 0) return { calls: null, reason: `this run has no ${stage}` };
  return {
    calls: stage === 'prefill' ? chunks(count, settings.batch.value) : tokensFrom(promptTokens ?? 0, count),
    seconds: ms !== null && ms > 0 ? ms / 1e3 : null,
    timeStatus: 'counted',
    timeNote: 'calls and time from llama.cpp’s own timings, taken as one prompt and one answer',
    source: 'log',
    reason: null,
  };
}

function chunks(tokens: number, batch: number): SizedCall[] {
  const size = Math.max(1, batch);
  return Array.from({ length: Math.ceil(tokens / size) }, (_, row) => ({
    token: -1,
    tokens: Math.min(size, tokens - row * size),
    past: row * size,
  }));
}

function tokensFrom(past: number, count: number): SizedCall[] {
  return Array.from({ length: count }, (_, row) => ({ token: -1, tokens: 1, past: past + row }));
}
