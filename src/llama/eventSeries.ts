/** Events by which inputs with unrelated clocks are aligned: what a capture and a log both know of calls of llama_decode. */
import type { EventSeries } from '../profile/matchEvents.ts';
import type { LogEvent, Nanoseconds, Profile } from '../profile/types.ts';
import { callsOf } from './calls.ts';

/** What two observers say of one event. */
interface Observation {
  timeNs: Nanoseconds;
  tokens: number | null;
}

/**
 * Series of one input: every `call` behind warm-up, `prompt` calls (of several tokens), and two that happen once in a run:
 * `warm-up` (its first call) and `generation` (the call of the prompt that follows). A log writes a line of each immediately
 * before the call. None of a simulated run, whose time counts instructions: distances in it are no distances in time.
 */
export function eventSeriesOf(input: Profile): EventSeries[] {
  if (input.origin.value === 'simulated') return [];
  return input.logEvents.length > 0 ? seriesOfLog(input.logEvents) : seriesOfCalls(input);
}

function seriesOfLog(events: readonly LogEvent[]): EventSeries[] {
  const ofKind = (kind: LogEvent['kind']): LogEvent[] => events.filter((event) => event.kind === kind);
  return [
    series('call', ofKind('call')),
    series('prompt', ofKind('prompt')),
    series('warm-up', ofKind('warm-up')),
    series('generation', ofKind('generation')),
  ].filter(isSeen);
}

function seriesOfCalls(capture: Profile): EventSeries[] {
  const calls = callsOf(capture).map(({ startNs, nEval, isWarmup }) => ({
    timeNs: startNs,
    tokens: nEval,
    isWarmup,
  }));
  const own = calls.filter((call) => !call.isWarmup);
  const warmUp = calls.filter((call) => call.isWarmup);
  return [
    series('call', own),
    series(
      'prompt',
      own.filter((call) => call.tokens > 1),
    ),
    series('warm-up', warmUp.slice(0, 1)),
    series('generation', own.slice(0, 1)),
  ].filter(isSeen);
}

function series(name: string, observations: readonly Observation[]): EventSeries {
  return {
    name,
    timesNs: observations.map((observation) => observation.timeNs),
    sizes: observations.map((observation) => observation.tokens),
  };
}

function isSeen({ timesNs }: EventSeries): boolean {
  return timesNs.length > 0;
}
