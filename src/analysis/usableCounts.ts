/** What may be said to have been counted in a stage, event by event. */
import type { RunAnalysis } from './analyseRun.ts';
import { conditionedCounts, type CountedEvent } from './metrics.ts';
import { countedEvents, phaseRows } from './stageCounts.ts';

/**
 * What was counted in a stage, by mnemonic; counters that ran too little of it have no value. Those of several types of core
 * run only while their cores do: there a part of the time is no fault.
 */
export function usableCounts(
  run: Pick<RunAnalysis, 'profile' | 'timeline' | 'counterTotals' | 'metrics'>,
  stage: 'prefill' | 'decode',
): ReadonlyMap<string, CountedEvent> {
  const counted = countedEvents(run.profile, run.counterTotals, phaseRows(run.timeline, stage));
  if (run.metrics.coreTypes.length > 1) return counted;
  const selection = run.metrics.selections[stage];
  const context = { core: null, seconds: 'reason' in selection ? null : selection.seconds };
  return new Map(
    [...counted].map(([mnemonic, event]) => {
      const alone = conditionedCounts([mnemonic], counted, context);
      return [mnemonic, alone.ok ? event : { ...event, value: null, reason: alone.reason }];
    }),
  );
}
