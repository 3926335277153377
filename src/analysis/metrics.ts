/** Evaluates metric definitions over the counts of a stage, a token, or a bin, and says why one cannot be had. */
import { quantity, unknown, type Quantity } from './quantity.ts';
import type { MetricContext, MetricDefinition } from './metricDefinitions.ts';
import type { NumberStatus } from '../profile/types.ts';

/** Running shares below which counts are used with a warning, and not used at all. */
export const RUNNING_SHARE_GOOD = 0.75;
export const RUNNING_SHARE_LEAST = 0.25;
/** Below good, counts are usable only over a span that saw enough rotations of the multiplexer. */
const MULTIPLEXED_LEAST_SECONDS = 1;
/** Events of different groups may be divided only over a steady stretch at least this long. */
const STEADY_SECONDS = 2;

/** What was counted of one event over the stretch in question. */
export interface CountedEvent {
  mnemonic: string;
  /** Null with a reason when it has no usable value. */
  value: number | null;
  reason: string | null;
  status: NumberStatus;
  /** Null when the file does not state one (then the counts are whole). */
  runningShare: number | null;
  /** Events with the same number were read together. */
  group: number;
}

export interface CountsContext extends MetricContext {
  /** Length of the stretch; null when its time is not real time. */
  seconds: number | null;
}

/** The metric over one stretch, or why it cannot be had. */
export function evaluateMetric(
  definition: MetricDefinition,
  counted: ReadonlyMap<string, CountedEvent>,
  context: CountsContext,
): Quantity {
  const excluded = definition.excludedOn?.(context);
  if (excluded) return unknown(definition.unit, `not counted: ${excluded}`);
  const missing = definition.needs.filter((mnemonic) => !counted.has(mnemonic));
  if (missing.length > 0) return unknown(definition.unit, `not counted: ${missing.join(', ')} not recorded`);

  const events = definition.needs.map((mnemonic) => counted.get(mnemonic)!);
  const unusable = events.find((event) => event.value === null);
  if (unusable) return unknown(definition.unit, `${unusable.mnemonic}: ${unusable.reason}`);
  const conditioned = conditioning(events, context);
  if (conditioned.reason !== null) return unknown(definition.unit, conditioned.reason);

  const counts = Object.fromEntries(events.map((event) => [event.mnemonic, event.value!]));
  if (counts[definition.denominator] === 0) {
    return unknown(definition.unit, `${definition.denominator} counted 0 here`);
  }
  return quantity(definition.compute(counts), definition.unit, weakest(events), {
    formula: definition.formula,
    inputs: events.map((event) => ({ name: event.mnemonic, value: event.value, unit: 'events' })),
    runningShare: conditioned.runningShare,
    note: [definition.note, conditioned.note].filter(Boolean).join('; ') || null,
  });
}

/** True when a set of events was read together and ran long enough for its ratios to be trusted without a remark. */
export function wellConditioned(events: readonly CountedEvent[]): boolean {
  return (
    new Set(events.map((event) => event.group)).size === 1 &&
    events.every((event) => event.runningShare === null || event.runningShare >= RUNNING_SHARE_GOOD)
  );
}

/** Rules for multiplexed counters: a reason not to use them, or a remark, and the least running share. */
function conditioning(
  events: readonly CountedEvent[],
  { seconds }: CountsContext,
): { reason: string | null; note: string | null; runningShare: number | null } {
  const shares = events.flatMap((event) => (event.runningShare === null ? [] : [event.runningShare]));
  const least = shares.length > 0 ? Math.min(...shares) : null;
  const percent = least === null ? '' : `${(least * 100).toFixed(0)} %`;
  if (least !== null && least < RUNNING_SHARE_LEAST) {
    return { reason: `the counters ran only ${percent} of the time`, note: null, runningShare: least };
  }
  const isMultiplexed = least !== null && least < 1;
  if (
    least !== null &&
    least < RUNNING_SHARE_GOOD &&
    (seconds === null || seconds < MULTIPLEXED_LEAST_SECONDS)
  ) {
    return {
      reason: `the counters ran ${percent} of a stretch too short to be multiplexed`,
      note: null,
      runningShare: least,
    };
  }
  const groups = new Set(events.map((event) => event.group));
  if (isMultiplexed && groups.size > 1 && (seconds === null || seconds < STEADY_SECONDS)) {
    return {
      reason: 'its events were counted in different groups at different times',
      note: null,
      runningShare: least,
    };
  }
  const note =
    least !== null && least < RUNNING_SHARE_GOOD ? `the counters ran ${percent} of the time` : null;
  return { reason: null, note, runningShare: least };
}

const STRENGTH: NumberStatus[] = ['counted', 'sampled', 'modelled', 'estimated'];

/** A number is no better than the weakest thing it is made of. */
function weakest(events: readonly CountedEvent[]): NumberStatus {
  return events.reduce<NumberStatus>(
    (worst, { status }) => (STRENGTH.indexOf(status) > STRENGTH.indexOf(worst) ? status : worst),
    'counted',
  );
}
