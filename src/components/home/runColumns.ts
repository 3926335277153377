/** The columns of numbers in a table of runs: the headline numbers that most runs have. */
import type { RunSummary } from '../data/runSummary.ts';

/** Up to this many runs each has a card; beyond it they are rows of a table that sorts and filters. */
export const MOST_CARDS = 24;

/** As many as a desktop page shows without scrolling sideways. */
const MOST_COLUMNS = 4;

export interface RunColumn {
  /** Id of the headline number. */
  id: string;
  label: string;
}

/**
 * The numbers known of the most runs, the most common first. Runs may name one more closely than others do (`Decode rate,
 * tg128`): the column has the shortest name, the cell says what is different about its own.
 */
export function runColumns(runs: readonly Pick<RunSummary, 'headline'>[]): RunColumn[] {
  const labels = new Map<string, string[]>();
  for (const { headline } of runs)
    for (const { id, label, quantity } of headline) {
      if (quantity.value === null) continue;
      const names = labels.get(id) ?? [];
      names.push(label);
      labels.set(id, names);
    }
  // Sorting is stable: numbers known of as many runs stay in the order of a run's own headline.
  return [...labels]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .slice(0, MOST_COLUMNS)
    .map(([id, names]) => ({ id, label: names.toSorted((a, b) => a.length - b.length)[0] }));
}
