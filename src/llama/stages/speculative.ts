/** Speculative decoding: runs of small calls that check several drafted tokens at once. */
import type { Call } from '../types.ts';

/** A step checks at least this many drafts before the pattern is taken for speculation and not for short prompts. */
const FEWEST_STEPS = 3;

/** Tokens by which the positions rose from a call to the next; null when a position is not known. */
export function advance(call: Call, next: Call | undefined): number | null {
  if (!next || call.past === null || next.past === null) return null;
  return next.past - call.past;
}

/**
 * Marks the calls of speculative decoding: maximal runs of calls with at most `longestStep` tokens where positions rise by
 * one token at least and by no more than was evaluated, with three calls of more than one token. Either some of the
 * tokens were rejected, or a sampler chose a token before each of three such calls: prompts are not sampled in between.
 *
 * @param wasSampledBefore whether a sampler was seen between the call before and this one
 * @returns one byte a call
 */
export function speculativeSteps(
  calls: readonly Call[],
  longestStep: number,
  wasSampledBefore: (row: number) => boolean,
): Uint8Array {
  const marks = new Uint8Array(calls.length);
  const isLinked = (row: number): boolean => {
    const tokens = advance(calls[row], calls[row + 1]);
    return tokens !== null && tokens >= 1 && tokens <= calls[row].nEval;
  };
  for (let first = 0; first < calls.length; first++) {
    if (calls[first].nEval > longestStep) continue;
    let last = first;
    while (last + 1 < calls.length && calls[last + 1].nEval <= longestStep && isLinked(last)) last++;
    // The call at which a run breaks off from what came before is a prompt, unless it follows a long one.
    const followsPrompt = first > 0 && calls[first - 1].nEval > longestStep && isLinked(first - 1);
    const from = followsPrompt ? first : first + 1;
    if (isSpeculative(calls, from, last, wasSampledBefore)) marks.fill(1, from, last + 1);
    first = last;
  }
  return marks;
}

function isSpeculative(
  calls: readonly Call[],
  from: number,
  last: number,
  wasSampledBefore: (row: number) => boolean,
): boolean {
  let steps = 0;
  let sampledSteps = 0;
  let rejections = 0;
  for (let row = from; row <= last; row++) {
    if (row < last && (advance(calls[row], calls[row + 1]) ?? 0) < calls[row].nEval) rejections++;
    if (calls[row].nEval === 1) continue;
    steps++;
    if (wasSampledBefore(row)) sampledSteps++;
  }
  return steps >= FEWEST_STEPS && (rejections > 0 || sampledSteps >= FEWEST_STEPS);
}
