/** Stall counters of a stage as evidence: of one type of core, each ratio from one group of events that ran together. */
import { slotsPerCycle } from '../../arm/topdown.ts';
import type { CounterReadings } from '../../profile/types.ts';
import type { CoreType } from '../coreTypes.ts';
import { METRICS, type MetricDefinition } from '../metricDefinitions.ts';
import { evaluateMetric, type CountedEvent, type CountsContext } from '../metrics.ts';
import { unknown, type Quantity } from '../quantity.ts';
import { countedEvents } from '../stageCounts.ts';
import { topdownQuantities } from '../topdownMetrics.ts';
import { TOPDOWN_SHARES, topdownEvents } from '../../arm/topdown.ts';
import { noStalls, type StallEvidence } from './stallWitnesses.ts';

/** The stretch that is judged. */
export interface StallStretch {
  /** Rows of the timeline's phases. */
  phases: readonly number[];
  /** Null when its time is not real time. */
  seconds: number | null;
  /** `caps/slots` of the PMU; null when the capture does not state it. */
  statedSlots: number | null;
}

/** More than this share of an event's counts from readings longer than a stage: then it cannot be said which stage they are of. */
const MOST_SPLIT_SHARE = 0.5;

/** What the groups of a type of core counted over a stretch. */
interface Groups {
  /** One map a table of readings, those with most stall events first. */
  tables: ReadonlyMap<string, CountedEvent>[];
  /** Every event once, whatever group it was counted in: for tools that read each event on its own. */
  all: ReadonlyMap<string, CountedEvent>;
}

const STALL_EVENTS = [
  'CPU_CYCLES',
  'STALL_BACKEND',
  'STALL_BACKEND_MEM',
  'STALL_BACKEND_MEMBOUND',
  'STALL_FRONTEND',
  'INST_RETIRED',
];

export function stallEvidence(type: CoreType, stretch: StallStretch): StallEvidence {
  const { core, revision, refusal } = type;
  const groups = groupsOf(type, stretch.phases);
  const context: CountsContext = { core, seconds: stretch.seconds, refusal };
  const ratio = (id: string): Quantity => evaluated(METRIC_BY_ID.get(id)!, groups, context);

  const backend = ratio('backend-stalled');
  if (backend.value === null) return noStalls(backend.reason ?? 'not counted');
  const frontend = ratio('frontend-stalled');
  const memory = ratio('memory-stall-share');
  const wide = ratio('backend-memory-bound');
  const ipc = ratio('ipc');
  const topdown = topdownIn(groups, { ...context, revision, statedSlots: stretch.statedSlots }, core);
  const used = [backend, frontend, memory, wide, ipc].filter(({ value }) => value !== null);
  const shares = used.flatMap(({ working }) => working?.runningShare ?? []);
  const fraction = ({ value }: Quantity): number | null => (value === null ? null : value / 100);
  return {
    backend: fraction(backend),
    frontend: fraction(frontend),
    memoryShare: fraction(memory),
    wideMemoryShare: fraction(wide),
    ipc: ipc.value,
    width: slotsPerCycle(core),
    retiring: fraction(topdown.retiring),
    frontendBound: fraction(topdown.frontendBound),
    runningShare: shares.length > 0 ? Math.min(...shares) : null,
    missingReason: memory.reason,
  };
}

/** Instructions per cycle of a stretch; null when it was not counted. */
export function instructionsPerCycle(type: CoreType, stretch: StallStretch): number | null {
  const context: CountsContext = { core: type.core, seconds: stretch.seconds, refusal: type.refusal };
  return evaluated(METRIC_BY_ID.get('ipc')!, groupsOf(type, stretch.phases), context).value;
}

const METRIC_BY_ID: ReadonlyMap<string, MetricDefinition> = new Map(
  METRICS.map((metric) => [metric.id, metric]),
);

/** The metric from the first group that has all its events; from single counts where no group has. */
function evaluated(definition: MetricDefinition, groups: Groups, context: CountsContext): Quantity {
  const together = groups.tables.filter((table) => definition.needs.every((event) => table.has(event)));
  for (const table of together) {
    const value = evaluateMetric(definition, table, context);
    if (value.value !== null) return value;
  }
  return evaluateMetric(definition, together[0] ?? groups.all, context);
}

function topdownIn(
  groups: Groups,
  context: Parameters<typeof topdownQuantities>[1],
  core: string | null,
): Record<'retiring' | 'frontendBound', Quantity> {
  const needs = topdownEvents(core);
  const table = groups.tables.find((candidate) => needs.every((event) => candidate.has(event)));
  const shares = topdownQuantities(table ?? groups.all, context);
  const of = (share: 'retiring' | 'frontendBound'): Quantity =>
    shares[TOPDOWN_SHARES.findIndex((row) => row.share === share)] ?? unknown('%', 'not counted');
  return { retiring: of('retiring'), frontendBound: of('frontendBound') };
}

function groupsOf(type: CoreType, phases: readonly number[]): Groups {
  const tables = type.readings.map((table) => countsOf(type, phases, new Set(table.counters)));
  const stallEvents = (table: ReadonlyMap<string, CountedEvent>): number =>
    STALL_EVENTS.filter((event) => table.has(event)).length;
  return {
    tables: tables.filter((table) => table.size > 0).sort((a, b) => stallEvents(b) - stallEvents(a)),
    all: countsOf(type, phases, firstOfEachEvent(type)),
  };
}

/** Two groups that both count cycles counted them twice. */
function firstOfEachEvent({ counters, readings }: CoreType): Set<number> {
  const first = new Map<string, number>();
  counters.forEach(({ mnemonic }, index) => {
    const hasReadings = readings.some((table: CounterReadings) => table.counters.includes(index));
    if (mnemonic !== null && hasReadings && !first.has(mnemonic)) first.set(mnemonic, index);
  });
  return new Set(first.values());
}

function countsOf(
  type: CoreType,
  phases: readonly number[],
  chosen: ReadonlySet<number>,
): Map<string, CountedEvent> {
  const counters = type.counters.map((counter, index) => {
    const { total, splitShare } = type.totals[index];
    if (!chosen.has(index)) return { ...counter, mnemonic: null };
    // A constant 0 of a stall event means that this target does not count it, not that nothing ever stalls.
    const isConstantZero = total === 0 && counter.mnemonic?.startsWith('STALL');
    const unavailable =
      counter.unavailable ??
      (isConstantZero
        ? 'reads a constant 0: not counted by this target'
        : splitShare > MOST_SPLIT_SHARE
          ? 'read at longer intervals than the stages last'
          : null);
    return { ...counter, unavailable };
  });
  return countedEvents({ counters, readings: type.readings }, type.totals, phases);
}
