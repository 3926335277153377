/** Topdown level 1 of a stretch as quantities. */
import {
  topdownEvents,
  topdownExclusion,
  topdownLevel1,
  TOPDOWN_SHARES,
  TOPDOWN_TERMS,
  type TopdownCounts,
} from '../arm/topdown.ts';
import { conditionedCounts, type CountedEvent, type CountsContext } from './metrics.ts';
import { quantity, unknown, type Quantity } from './quantity.ts';

const UNIT = '%';

export interface TopdownContext extends CountsContext {
  /** `r0p3`; null when unknown. */
  revision: string | null;
  /** `caps/slots` of the PMU; null when the capture does not state it. */
  statedSlots: number | null;
}

/** One quantity per entry of TOPDOWN_SHARES, or the same reason in each of them. */
export function topdownQuantities(
  counted: ReadonlyMap<string, CountedEvent>,
  context: TopdownContext,
): Quantity[] {
  const refused = (reason: string): Quantity[] => TOPDOWN_SHARES.map(() => unknown(UNIT, reason));
  const { core, revision, statedSlots } = context;
  const exclusion = topdownExclusion(core);
  if (exclusion !== null) return refused(exclusion);
  const needs = topdownEvents(core);
  const conditioned = conditionedCounts(needs, counted, context);
  if (!conditioned.ok) return refused(conditioned.reason);
  const result = topdownLevel1(conditioned.counts as unknown as TopdownCounts, core, revision, statedSlots);
  if (!result.ok) return refused(result.reason);
  const { value } = result;
  return TOPDOWN_SHARES.map(({ share }) =>
    quantity(value[share], UNIT, conditioned.status, {
      formula: `100 × (${value.formulas[share]}), for ${value.variant}`,
      inputs: needs.map((name) => ({
        name,
        value: conditioned.counts[name],
        unit: /SLOT/.test(name) ? 'slots' : 'events',
      })),
      runningShare: conditioned.runningShare,
      note: [TOPDOWN_TERMS, conditioned.note].filter(Boolean).join('; '),
    }),
  );
}
