/**
 * What the last cache of the cluster took in, told per call, per token and per 1,000 instructions together. Weights are
 * read once per micro-batch and shared by its tokens: none of the three says alone how a stage uses memory.
 */
import type { LastLevelChoice } from '../arm/coreEvents.ts';
import { CACHE_LINE_BYTES, perThousandInstructions } from './metricDefinitions.ts';
import type { Measure } from './measures.ts';
import { conditionedCounts, evaluateMetric, type CountedEvent, type CountsContext } from './metrics.ts';
import { quantity, unknown, type Quantity } from './quantity.ts';
import type { Selection } from './selections.ts';

/** What refills are divided by; null is their sum. */
type Per = 'call' | 'token' | null;

/** The measures of traffic by the event that stands for refills of the last level. */
export function trafficMeasures(choice: LastLevelChoice): Measure[] {
  const { mnemonic } = choice;
  const common = { group: 'traffic' as const, needs: [mnemonic] };
  const bytes = (per: Per): Measure => {
    const unit = per === null ? 'B' : `B/${per}`;
    const formula = `${CACHE_LINE_BYTES} B × ${mnemonic}${per === null ? '' : ` ÷ ${per}s`}`;
    return {
      ...common,
      id: per === null ? 'refill-bytes' : `refill-bytes-per-${per}`,
      label: `L3 refills${per === null ? '' : ` per ${per}`}, from ${mnemonic}`,
      unit,
      formula,
      evaluate: (counted, context, of) => refillBytes(choice, per, { unit, formula }, counted, context, of),
    };
  };
  const perThousand = perThousandInstructions(mnemonic);
  return [
    bytes('call'),
    bytes('token'),
    ...(perThousand === null
      ? []
      : [
          {
            ...common,
            id: 'refills-per-1000-instructions',
            label: `L3 refills per 1,000 instructions, from ${mnemonic}`,
            unit: perThousand.unit,
            formula: perThousand.formula,
            evaluate: (counted: ReadonlyMap<string, CountedEvent>, context: CountsContext): Quantity =>
              noted(evaluateMetric(perThousand, counted, context), choice.reason),
          },
        ]),
    bytes(null),
  ];
}

function refillBytes(
  { mnemonic, reason }: LastLevelChoice,
  per: Per,
  { unit, formula }: { unit: string; formula: string },
  counted: ReadonlyMap<string, CountedEvent>,
  context: CountsContext,
  of: Selection,
): Quantity {
  const conditioned = conditionedCounts([mnemonic], counted, { ...context, refusal: null });
  if (!conditioned.ok) return unknown(unit, conditioned.reason);
  const divisor = per === null ? 1 : per === 'call' ? of.calls : of.tokens;
  if (divisor === null) return unknown(unit, `the run is more than its ${per}s`);
  if (divisor === 0) return unknown(unit, `no ${per} in this stretch`);
  const lines = conditioned.counts[mnemonic];
  return quantity((lines * CACHE_LINE_BYTES) / divisor, unit, conditioned.status, {
    formula,
    inputs: [
      { name: mnemonic, value: lines, unit: 'lines' },
      ...(per === null ? [] : [{ name: `${per}s`, value: divisor, unit: `${per}s` }]),
    ],
    runningShare: conditioned.runningShare,
    note: [reason, conditioned.note].filter(Boolean).join('; '),
  });
}

function noted(of: Quantity, note: string): Quantity {
  if (!of.working) return of;
  return { ...of, working: { ...of.working, note: [of.working.note, note].filter(Boolean).join('; ') } };
}
