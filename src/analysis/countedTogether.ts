/** Which counts are divided by each other, where a run counted an event more than once. */
import type { CountedEvent } from './metrics.ts';

/**
 * Counts of the named events that may stand for a stretch, best first: one set for each group of events that holds all of
 * them, since a group is counted at the same times; then what was counted first of each event, whatever group it was in.
 *
 * @param needs events that `counted` has
 */
export function countedTogether(
  needs: readonly string[],
  counted: ReadonlyMap<string, CountedEvent>,
): CountedEvent[][] {
  const first = needs.map((mnemonic) => counted.get(mnemonic)!);
  if (first.every(({ others }) => others === undefined)) return [first];
  const choices = first.map((event) => [event, ...(event.others ?? [])]);
  const groups = new Set(choices[0].map(({ group }) => group).filter((group) => group >= 0));
  const sets = [...groups].flatMap((group): CountedEvent[][] => {
    const events = choices.map((all) => {
      const ofGroup = all.filter((event) => event.group === group);
      return ofGroup.find(({ value }) => value !== null) ?? ofGroup[0];
    });
    return events.every((event) => event !== undefined) ? [events] : [];
  });
  return [...sets, first];
}
