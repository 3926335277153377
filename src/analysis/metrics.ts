/** Evaluates metric definitions over the counts of a stage, a token, or a bin, and says why one cannot be had. */
import { coreHasEvent } from '../arm/coreEvents.ts';
import { codeOf, pmuEvents } from '../arm/pmuEvents.ts';
import { countedTogether } from './countedTogether.ts';
import type { MetricDefinition } from './metricDefinitions.ts';
import { quantity, unknown, type Quantity } from './quantity.ts';
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
  /** The same event as other groups or other inputs counted it again; absent when it was counted once. */
  others?: readonly CountedEvent[];
}

export interface CountsContext {
  /** Core type the counts come from; null when it is not known. */
  core: string | null;
  /** Length of the stretch; null when its time is not real time. */
  seconds: number | null;
  /** Why these counts must not be divided by each other at all: they come from several types of core. */
  refusal?: string | null;
}

/** Counts that belong together and may be divided, or why they may not. */
export type Conditioned =
  | {
      ok: true;
      /** By mnemonic. */
      counts: Record<string, number>;
      events: CountedEvent[];
      status: NumberStatus;
      runningShare: number | null;
      /** What weakens them; null when nothing does. */
      note: string | null;
    }
  | { ok: false; reason: string };

/**
 * The counts of the named events, when each was counted, has a value, exists on the core, and all ran together long
 * enough: those of one group where a group has them all.
 */
export function conditionedCounts(
  needs: readonly string[],
  counted: ReadonlyMap<string, CountedEvent>,
  context: CountsContext,
): Conditioned {
  const choices = conditionedChoices(needs, counted, context);
  return choices.find(({ ok }) => ok) ?? choices[0];
}

/** One row for each group that holds all the events, best first; at least one. */
function conditionedChoices(
  needs: readonly string[],
  counted: ReadonlyMap<string, CountedEvent>,
  context: CountsContext,
): Conditioned[] {
  const reason = whyNotCounted(needs, counted, context);
  if (reason !== null) return [{ ok: false, reason }];
  return countedTogether(needs, counted).map((events) => conditioned(events, context));
}

/** How the reasons begin for which a metric has no counts, and how those end that a recording could mend. */
export const NOT_COUNTED = 'not counted: ';
export const NOT_RECORDED = 'not recorded';

/** Why the events have no counts that could be divided, whatever was counted; null when they have. */
function whyNotCounted(
  needs: readonly string[],
  counted: ReadonlyMap<string, CountedEvent>,
  { core, refusal }: CountsContext,
): string | null {
  if (refusal) return refusal;
  const isLacking = (mnemonic: string): boolean => core !== null && coreHasEvent(core, mnemonic) === false;
  if (needs.some(isLacking)) return `${NOT_COUNTED}${core} has no ${needs.filter(isLacking).join(', ')}`;
  const isMissing = (mnemonic: string): boolean => !counted.has(mnemonic);
  if (needs.some(isMissing)) return `${NOT_COUNTED}${needs.filter(isMissing).join(', ')} ${NOT_RECORDED}`;
  return null;
}

function conditioned(events: readonly CountedEvent[], context: CountsContext): Conditioned {
  const unusable = events.find((event) => event.value === null);
  if (unusable) return { ok: false, reason: `${unusable.mnemonic}: ${unusable.reason}` };
  const { reason, note, runningShare } = conditioning(events, context);
  if (reason !== null) return { ok: false, reason };
  return {
    ok: true,
    counts: valuesOf(events),
    events: [...events],
    status: weakest(events),
    runningShare,
    note,
  };
}

/** Values by mnemonic of events that have one. A loop: this is asked for every token and every function. */
function valuesOf(events: readonly CountedEvent[]): Record<string, number> {
  const values: Record<string, number> = {};
  for (const { mnemonic, value } of events) values[mnemonic] = value!;
  return values;
}

/** The metric over one stretch, or why it cannot be had. */
export function evaluateMetric(
  definition: MetricDefinition,
  counted: ReadonlyMap<string, CountedEvent>,
  context: CountsContext,
): Quantity {
  const choices = conditionedChoices(definition.needs, counted, context).map((choice) =>
    evaluatedOf(definition, choice),
  );
  return choices.find(({ value }) => value !== null) ?? choices[0];
}

/**
 * The value of {@link evaluateMetric} without its working, null where it cannot be had: for the many calls and functions
 * of a run, whose numbers nobody asks to explain one by one.
 */
export function metricValue(
  definition: MetricDefinition,
  counted: ReadonlyMap<string, CountedEvent>,
  context: CountsContext,
): number | null {
  if (whyNotCounted(definition.needs, counted, context) !== null) return null;
  for (const events of countedTogether(definition.needs, counted)) {
    if (events.some(({ value }) => value === null) || conditioning(events, context).reason !== null) continue;
    const counts = valuesOf(events);
    if (whyNoRatio(definition, counts) === null) return definition.compute(counts);
  }
  return null;
}

function evaluatedOf(definition: MetricDefinition, choice: Conditioned): Quantity {
  if (!choice.ok) return unknown(definition.unit, choice.reason);
  const { counts, events, status, runningShare, note } = choice;
  const reason = whyNoRatio(definition, counts);
  if (reason !== null) return unknown(definition.unit, reason);
  return quantity(definition.compute(counts), definition.unit, status, {
    formula: definition.formula,
    inputs: events.map((event) => ({
      name: event.mnemonic,
      value: event.value,
      unit: unitOf(event.mnemonic),
    })),
    runningShare,
    note: [definition.note, note].filter(Boolean).join('; ') || null,
  });
}

/** Why counts that belong together still make no ratio; null when they do. */
function whyNoRatio(definition: MetricDefinition, counts: Readonly<Record<string, number>>): string | null {
  const { denominator, group } = definition;
  if (counts[denominator] === 0) return `${denominator} counted 0 here`;
  const tooLarge = group === 'stalls' ? partAboveWhole(definition, counts) : null;
  return tooLarge && `${tooLarge} counted more than ${denominator}, of which it is a part`;
}

/** Rounding of multiplexed counts pushes a part above its whole by a little; by more, they are not of one stretch. */
const MOST_ABOVE_WHOLE = 1.1;

/** A count of stalls that exceeds what it is a part of; null when none does. */
function partAboveWhole(
  { needs, denominator }: MetricDefinition,
  counts: Readonly<Record<string, number>>,
): string | null {
  return needs.find((mnemonic) => counts[mnemonic] > MOST_ABOVE_WHOLE * counts[denominator]) ?? null;
}

function unitOf(mnemonic: string): string {
  return pmuEvents.get(codeOf(mnemonic) ?? -1)?.unit ?? (mnemonic.startsWith('STALL_') ? 'cycles' : 'events');
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
  const least = leastRunningShare(events);
  // Nothing took turns: no rule of those below applies.
  if (least === null || least >= 1) return { reason: null, note: null, runningShare: least };
  const percent = `${(least * 100).toFixed(0)} %`;
  const refused = (reason: string) => ({ reason, note: null, runningShare: least });
  if (least < RUNNING_SHARE_LEAST) return refused(`the counters ran only ${percent} of the time`);
  if (least < RUNNING_SHARE_GOOD && (seconds === null || seconds < MULTIPLEXED_LEAST_SECONDS)) {
    return refused(`the counters ran ${percent} of a stretch too short to be multiplexed`);
  }
  const groups = new Set(events.map((event) => event.group));
  if (groups.size > 1 && (seconds === null || seconds < STEADY_SECONDS)) {
    return refused('its events were counted in different groups at different times');
  }
  const note = least < RUNNING_SHARE_GOOD ? `the counters ran ${percent} of the time` : null;
  return { reason: null, note, runningShare: least };
}

/** Null when no event states a share. A loop: this is asked for every token and every function. */
function leastRunningShare(events: readonly CountedEvent[]): number | null {
  let least: number | null = null;
  for (const { runningShare } of events) {
    if (runningShare !== null && (least === null || runningShare < least)) least = runningShare;
  }
  return least;
}

const STRENGTH: NumberStatus[] = ['counted', 'sampled', 'modelled', 'estimated'];

/** A number is no better than the weakest thing it is made of. */
function weakest(events: readonly CountedEvent[]): NumberStatus {
  return events.reduce<NumberStatus>(
    (worst, { status }) => (STRENGTH.indexOf(status) > STRENGTH.indexOf(worst) ? status : worst),
    'counted',
  );
}
