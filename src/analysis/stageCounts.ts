/** Counts of one stage by mnemonic: what metrics and verdicts are fed with. */
import type { StageTimeline } from '../llama/types.ts';
import type { Profile } from '../profile/types.ts';
import type { CounterTotals } from './attribution.ts';
import type { CountedEvent } from './metrics.ts';

/** Rows of the timeline's phases that belong to a stage. */
export function phaseRows(timeline: StageTimeline, stage: string): number[] {
  return timeline.phases.flatMap((phase, row) => (phase.stage === stage ? [row] : []));
}

/**
 * What was counted of each PMU event over the given phases. When several counters of one input have one mnemonic (two core
 * PMUs), their counts add up and the least running share counts: they are parts of one thing. When two inputs counted one
 * event (perf stat beside perf record), they counted the same thing twice: the first with a value is taken.
 *
 * @param phases rows of the timeline's phases; null for the whole run
 */
export function countedEvents(
  profile: Pick<Profile, 'counters' | 'readings'>,
  totals: readonly CounterTotals[],
  phases: readonly number[] | null,
): Map<string, CountedEvent> {
  const counted = new Map<string, CountedEvent>();
  const inputOf = new Map<string, string | undefined>();
  profile.counters.forEach((counter, index) => {
    if (counter.mnemonic === null || counter.kind !== 'delta') return;
    const { total, byPhase } = totals[index];
    const value =
      total === null || counter.unavailable !== null
        ? null
        : phases === null
          ? total
          : byPhase === null
            ? null
            : phases.reduce((sum, phase) => sum + byPhase[phase], 0);
    const event: CountedEvent = {
      mnemonic: counter.mnemonic,
      value,
      reason: value === null ? (counter.unavailable ?? 'not counted in this stage') : null,
      status: counter.status,
      runningShare: counter.runningShare,
      group: profile.readings.findIndex((readings) => readings.counters.includes(index)),
    };
    const known = counted.get(counter.mnemonic);
    const isOfOtherInput = known !== undefined && inputOf.get(counter.mnemonic) !== counter.input;
    if (isOfOtherInput && (known.value !== null || value === null)) return;
    inputOf.set(counter.mnemonic, counter.input);
    counted.set(counter.mnemonic, known && !isOfOtherInput ? joined(known, event) : event);
  });
  return counted;
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
