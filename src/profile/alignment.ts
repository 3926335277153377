/** On which clock a run of several inputs is, and how the times of the others come onto it. */
import { statedOffset } from './clocks.ts';
import { matchCounts } from './matchCounts.ts';
import { matchEvents, type EventMatch, type EventSeries } from './matchEvents.ts';
import type { Clock, ClockAlignment, Profile, Warning } from './types.ts';

export interface AlignOptions {
  /** Events of a fragment that other inputs may have seen too; src/llama knows them. */
  eventsOf?: (fragment: Profile) => EventSeries[];
}

/** The fragment that sets the clock; null when none has times. */
export function mainFragment(fragments: readonly Profile[]): Profile | null {
  const rank = (fragment: Profile): number =>
    fragment.samples.length > 0 && fragment.clock.name !== 'none'
      ? 1e12 + fragment.samples.length
      : fragment.markers.length + fragment.probeHits.length > 0
        ? 1e6
        : hasTimes(fragment)
          ? 1e3
          : fragment.samples.length > 0
            ? 1
            : 0;
  const best = fragments.reduce((a, b) => (rank(b) > rank(a) ? b : a));
  return rank(best) > 0 ? best : null;
}

/** True for a fragment that has anything with a time on a known clock. */
export function hasTimes(fragment: Profile): boolean {
  return (
    fragment.clock.name !== 'none' &&
    (fragment.samples.length > 0 ||
      fragment.markers.length > 0 ||
      fragment.probeHits.length > 0 ||
      fragment.spans.length > 0 ||
      fragment.switches.length > 0 ||
      fragment.logEvents.length > 0 ||
      fragment.readings.some((readings) => readings.length > 0))
  );
}

/**
 * How a fragment's times come onto the main fragment's clock: by what both state of their clocks, else by events that both
 * saw, else by an event that both counted; `none` where nothing relates them.
 */
export function align(main: Profile, fragment: Profile, { eventsOf }: AlignOptions): ClockAlignment {
  const path = fragment.inputs[0]?.path ?? '';
  const stated = statedOffset(main.clock, fragment.clock);
  if (stated && isPlausible(stated.offsetNs, main, fragment)) {
    return { path, method: stated.method, offsetNs: stated.offsetNs, residualNs: null };
  }
  const match: EventMatch | null =
    (eventsOf && matchEvents(eventsOf(main), eventsOf(fragment))) ?? matchCounts(main, fragment);
  return match
    ? { path, method: 'matched-events', offsetNs: match.offsetNs, residualNs: match.residualNs }
    : { path, method: 'none', offsetNs: 0, residualNs: null };
}

/**
 * Two scheduler clocks (`perf`) have a name in common and may be of two boots: inputs of one run lie close together. Clocks
 * with a definition are believed.
 */
function isPlausible(offsetNs: number, main: Profile, fragment: Profile): boolean {
  if (main.clock.name !== 'perf') return true;
  const [start, end] = [0, lastTime(main)];
  const [otherStart, otherEnd] = [offsetNs, offsetNs + lastTime(fragment)];
  const gapNs = Math.max(otherStart - end, start - otherEnd);
  return gapNs <= LONGEST_GAP_NS;
}

/** Inputs of one run that are further apart than this are of two. */
const LONGEST_GAP_NS = 600e9;

function lastTime({ samples, markers, probeHits, readings }: Profile): number {
  const ends = readings.map(({ timeNs }) => timeNs[timeNs.length - 1] ?? 0);
  return Math.max(
    0,
    samples.timeNs[samples.length - 1] ?? 0,
    markers.at(-1)?.timeNs ?? 0,
    probeHits.at(-1)?.timeNs ?? 0,
    ...ends,
  );
}

/** The warning for a fragment that nothing relates to the run's clock. */
export function unrelated(path: string, fragment: Profile, clock: Clock): Warning {
  return {
    code: 'clock-unrelated',
    message: `${path} has times on a clock (${fragment.clock.name}) that neither a stated instant nor events in common relate to the run's ${clock.name}: they are shown from its own start`,
    fix: RELATING[fragment.clock.name] ?? RECORD_ON_ONE_CLOCK,
  };
}

const RECORD_ON_ONE_CLOCK =
  'Record with perf record -k CLOCK_MONOTONIC, or start both recordings with the same command';

/** What makes inputs alignable whose own clock starts anywhere. */
const RELATING: Record<string, string> = {
  'llama-log':
    'Record llama_decode with probes or markers; with --verbose --log-timestamps the log names every call',
  'perf-stat':
    'Count instructions in both: perf stat -I 100 -e instructions,… and perf record -e instructions …',
  tracks:
    'Write the time of the wall clock (date +%s.%N) as t, and record with perf record -k CLOCK_MONOTONIC',
};
