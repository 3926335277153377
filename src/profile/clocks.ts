/** Brings the times of one input onto the clock of the run. */
import type { Clock } from './types.ts';

/** What to add to an input's times so that they count from the run's time 0; null when no clock relates the two. */
export interface ClockOffset {
  offsetNs: number;
  /** `same-clock`: both name it. `stated-offset`: the capture recorded the same instant on both clocks. */
  method: 'same-clock' | 'stated-offset';
}

/**
 * Relates two clocks by what the captures state. Differences are taken as BigInts: only the result, the offset, becomes a
 * number. Two scheduler clocks (`perf`) are the same only within one boot, which no file proves: the caller must check
 * that the result is plausible.
 */
export function statedOffset(run: Clock, input: Clock): ClockOffset | null {
  if (run.startNs !== null && input.startNs !== null && run.name === input.name && run.name !== 'none') {
    return { offsetNs: difference(input.startNs, run.startNs), method: 'same-clock' };
  }
  for (const clockName of ['CLOCK_MONOTONIC_RAW', 'CLOCK_MONOTONIC', 'CLOCK_REALTIME']) {
    const ofRun = valueAtStart(run, clockName);
    const ofInput = valueAtStart(input, clockName);
    if (ofRun !== null && ofInput !== null) {
      return { offsetNs: difference(ofInput, ofRun), method: 'stated-offset' };
    }
  }
  return null;
}

/** Value of a named clock at the fragment's time 0, decimal nanoseconds. */
function valueAtStart(clock: Clock, name: string): string | null {
  if (clock.name === name && clock.startNs !== null) return clock.startNs;
  switch (name) {
    case 'CLOCK_MONOTONIC_RAW':
      return clock.anchors.monotonicRawNs;
    case 'CLOCK_MONOTONIC':
      return clock.anchors.monotonicNs;
    case 'CLOCK_REALTIME':
      return clock.anchors.realtimeNs;
    default:
      return null;
  }
}

function difference(a: string, b: string): number {
  return Number(BigInt(a) - BigInt(b));
}
