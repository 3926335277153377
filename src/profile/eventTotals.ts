/** How often each event of a profile was sampled, and how much it counted, the way perf prints it. */
import type { Profile } from './types.ts';

export interface EventTotal {
  /** Name of the event. */
  event: string;
  count: number;
  /** In units of the event. */
  periodSum: number;
}

/**
 * One row per event that has records of its own or is a member of a sampled group, in the order of the profile's events.
 *
 * - An event of a sampled group, its leader too, counts the readings with a difference that is not zero, and sums the
 *   differences: what perf does with `perf record -e '{a,b}:S'`.
 * - Any other sampled event counts its samples and sums their periods.
 * - A probe or tracepoint counts its hits, each as one.
 *
 * Events that only mark context switches are no rows: their records are no samples.
 */
export function samplesByEvent(profile: Profile): EventTotal[] {
  const { events, samples, readings, probeHits } = profile;
  const totals = events.map((event) => ({ event: event.name, count: 0, periodSum: 0 }));

  for (let row = 0; row < samples.length; row++) {
    const event = samples.event[row];
    if (events[event].counter !== null) continue;
    totals[event].count++;
    totals[event].periodSum += samples.period[row];
  }

  const eventOfCounter = new Map(
    events.flatMap(({ counter }, event) => (counter === null ? [] : [[counter, event] as const])),
  );
  for (const group of readings) {
    group.counters.forEach((counter, column) => {
      const event = eventOfCounter.get(counter);
      if (event === undefined) return;
      const deltas = group.deltas[column];
      for (let row = 0; row < group.length; row++) {
        if (group.sample[row] < 0 || deltas[row] === 0) continue;
        totals[event].count++;
        totals[event].periodSum += deltas[row];
      }
    });
  }

  const tracepoints = new Map(
    events.flatMap(({ name, role }, event) => (role === 'tracepoint' ? [[name, event] as const] : [])),
  );
  for (const { name } of probeHits) {
    const event = tracepoints.get(name);
    if (event === undefined) continue;
    totals[event].count++;
    totals[event].periodSum++;
  }
  return totals.filter((_, event) => events[event].role !== 'context-switch');
}
