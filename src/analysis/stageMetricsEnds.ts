/** How long calls took, and how well their ends are known. */
import { within } from '../llama/stages/idle.ts';
import type { StageTimeline, Token } from '../llama/types.ts';
import type { NumberStatus } from '../profile/types.ts';

/** A decode token that was emitted: neither the flush of a turn nor a failed attempt. */
export function isDecodeToken(token: Token): boolean {
  return token.rule === 'D1' && !token.notes.includes('retry') && !token.notes.includes('failed');
}

/** How long a call took in nanoseconds; idle time that an estimated end has in it is taken out. */
export function callDurations(timeline: StageTimeline): Float64Array {
  const idle = timeline.intervals.filter((interval) => interval.stage === 'idle');
  return Float64Array.from(timeline.tokens, ({ startNs, endNs, endIsEstimated }) => {
    const pauses = endIsEstimated ? within(idle, startNs, endNs) : [];
    return endNs - startNs - pauses.reduce((sum, pause) => sum + (pause.endNs - pause.startNs), 0);
  });
}

/** How the ends of calls are known, the weakest counts. */
export function endStatus(timeline: StageTimeline, tokens: readonly Token[]): NumberStatus {
  if (tokens.some((token) => token.endIsEstimated)) return 'estimated';
  return tokens.some((token) => timeline.calls[token.call].endSource === 'samples') ? 'sampled' : 'counted';
}

/** What the ends of calls mean for a number that is made of their durations. */
export function endNote(timeline: StageTimeline, tokens: readonly Token[]): string | null {
  switch (endStatus(timeline, tokens)) {
    case 'estimated': {
      const estimated = tokens.filter((token) => token.endIsEstimated).length;
      return `the end of ${estimated} of ${tokens.length} calls is estimated: sampling and printing may be in it`;
    }
    case 'sampled':
      return 'calls end between two samples: each end may be half a sampling interval off';
    default:
      return null;
  }
}
