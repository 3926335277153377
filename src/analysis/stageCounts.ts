/** Counts of one stage by mnemonic: what metrics and verdicts are fed with. */
import { mayReadConstantZero } from '../arm/coreEvents.ts';
import type { StageTimeline } from '../llama/types.ts';
import type { Counter, Profile } from '../profile/types.ts';
import type { CounterTotals } from './attribution.ts';
import type { CountedEvent } from './metrics.ts';

/** Rows of the timeline's phases that belong to a stage. */
export function phaseRows(timeline: StageTimeline, stage: string): number[] {
  return timeline.phases.flatMap((phase, row) => (phase.stage === stage ? [row] : []));
}

/** What one counter counted. */
interface Count {
  event: CountedEvent;
  input: string | undefined;
  pmu: string | null;
}

/**
 * What was counted of each PMU event over the given phases. Counters of different PMUs of one input add up, and the least
 * running share counts: they are parts of one thing. Counters of the same PMU (an event that stands in two groups, as each
 * group of perf has its own cycles) or of two inputs (perf stat beside perf record) counted the same thing again: the first
 * with a value is taken, and the `others` stand beside it for ratios within their groups.
 *
 * @param phases rows of the timeline's phases; null for the whole run
 */
export function countedEvents(
  profile: Pick<Profile, 'counters' | 'readings'>,
  totals: readonly CounterTotals[],
  phases: readonly number[] | null,
): Map<string, CountedEvent> {
  return eventCounts(profile, totals)((counter) => valueOver(totals[counter], phases));
}

/**
 * {@link countedEvents} of stretches that are many: what does not depend on the stretch is found once.
 *
 * @returns the events of one stretch, from what each counter (row of `profile.counters`) counted there; null for nothing
 */
export function eventCounts(
  profile: Pick<Profile, 'counters' | 'readings'>,
  totals: readonly CounterTotals[],
): (valueOf: (counter: number) => number | null) => Map<string, CountedEvent> {
  const isSilent = silentCounters(profile.counters, totals);
  const counters = profile.counters.flatMap((counter, index) => {
    const { mnemonic, kind, status, runningShare, input, pmu } = counter;
    if (mnemonic === null || kind !== 'delta') return [];
    const unavailable = counter.unavailable ?? (isSilent(index) ? CONSTANT_ZERO : null);
    const group = profile.readings.findIndex((readings) => readings.counters.includes(index));
    return [{ index, mnemonic, status, runningShare, group, unavailable, input, pmu }];
  });
  const byMnemonic = [...Map.groupBy(counters, ({ mnemonic }) => mnemonic)];
  return (valueOf) => {
    const countOf = ({ index, input, pmu, unavailable, ...event }: (typeof counters)[number]): Count => {
      const value = unavailable === null ? valueOf(index) : null;
      const reason = value === null ? (unavailable ?? 'not counted in this stage') : null;
      return { event: { ...event, value, reason }, input, pmu };
    };
    return new Map(byMnemonic.map(([mnemonic, all]) => [mnemonic, chosen(all.map(countOf))]));
  };
}

const CONSTANT_ZERO = 'reads a constant 0: not counted by this target';

/**
 * Whether a counter stayed at 0 over the whole run though its PMU counted work: then the target accepts the event and does
 * not count it. This holds for few events only (`mayReadConstantZero`), in captures of every tool. The reader of gator's
 * captures doubts the zeros of all PMU events: those come as `unavailable`.
 */
function silentCounters(
  counters: readonly Counter[],
  totals: readonly CounterTotals[],
): (index: number) => boolean {
  const working = counters.filter(
    ({ mnemonic }, index) =>
      (mnemonic === 'CPU_CYCLES' || mnemonic === 'INST_RETIRED') && (totals[index].total ?? 0) > 0,
  );
  return (index) => {
    const { mnemonic, pmu } = counters[index];
    return (
      totals[index].total === 0 &&
      mnemonic !== null &&
      mayReadConstantZero(mnemonic) &&
      working.some((other) => other.pmu === pmu || other.pmu === null || pmu === null)
    );
  };
}

function valueOver({ total, byPhase }: CounterTotals, phases: readonly number[] | null): number | null {
  if (total === null || phases === null) return total;
  return byPhase === null ? null : phases.reduce((sum, phase) => sum + byPhase[phase], 0);
}

/** The count of an event to use on its own, with the others beside it. */
function chosen(counts: readonly Count[]): CountedEvent {
  if (counts.length === 1) return counts[0].event;
  const inputs = [...new Set(counts.map(({ input }) => input))];
  const all = inputs.flatMap((input) => overPmus(counts.filter((count) => count.input === input)));
  const first = all.find(({ value }) => value !== null) ?? all[0];
  const others = all.filter((event) => event !== first);
  return others.length > 0 ? { ...first, others } : first;
}

/**
 * Counts of one input, PMUs added up: the first counters of all PMUs, the second ones, and so on. A counter without a PMU
 * is not known to be of another one.
 */
function overPmus(counts: readonly Count[]): CountedEvent[] {
  const ofPmu = new Map<string, CountedEvent[]>();
  for (const { event, pmu } of counts) {
    if (pmu !== null) ofPmu.set(pmu, [...(ofPmu.get(pmu) ?? []), event]);
  }
  const columns = [...ofPmu.values()];
  const places = Math.max(0, ...columns.map(({ length }) => length));
  const sums = Array.from({ length: places }, (_, place) =>
    columns.map((events) => events[place] ?? events[0]).reduce(joined),
  );
  return [...sums, ...counts.filter(({ pmu }) => pmu === null).map(({ event }) => event)];
}

function joined(a: CountedEvent, b: CountedEvent): CountedEvent {
  if (a.value === null) return b;
  if (b.value === null) return a;
  const shares = [a.runningShare, b.runningShare].filter((share) => share !== null);
  return {
    ...a,
    value: a.value + b.value,
    runningShare: shares.length > 0 ? Math.min(...shares) : null,
  };
}
