/** Stall counters of a stage as evidence: of one type of core, each ratio from one group of events that ran together. */
import { slotsPerCycle, TOPDOWN_SHARES } from '../../arm/topdown.ts';
import type { CoreType } from '../coreTypes.ts';
import { METRICS, type MetricDefinition } from '../metricDefinitions.ts';
import { evaluateMetric, type CountedEvent, type CountsContext } from '../metrics.ts';
import { unknown, type Quantity } from '../quantity.ts';
import { countedEvents } from '../stageCounts.ts';
import { topdownQuantities } from '../topdownMetrics.ts';
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

export function stallEvidence(type: CoreType, stretch: StallStretch): StallEvidence {
  const { core, revision, refusal } = type;
  const counted = countsOf(type, stretch.phases);
  const context: CountsContext = { core, seconds: stretch.seconds, refusal };
  const ratio = (id: string): Quantity => evaluateMetric(METRIC_BY_ID.get(id)!, counted, context);

  const backend = ratio('backend-stalled');
  if (backend.value === null) return noStalls(backend.reason ?? 'not counted');
  const frontend = ratio('frontend-stalled');
  const memory = ratio('memory-stall-share');
  const wide = ratio('backend-memory-bound');
  const ipc = ratio('ipc');
  const topdown = topdownIn(counted, { ...context, revision, statedSlots: stretch.statedSlots });
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
  return evaluateMetric(METRIC_BY_ID.get('ipc')!, countsOf(type, stretch.phases), context).value;
}

const METRIC_BY_ID: ReadonlyMap<string, MetricDefinition> = new Map(
  METRICS.map((metric) => [metric.id, metric]),
);

function topdownIn(
  counted: ReadonlyMap<string, CountedEvent>,
  context: Parameters<typeof topdownQuantities>[1],
): Record<'retiring' | 'frontendBound', Quantity> {
  const shares = topdownQuantities(counted, context);
  const of = (share: 'retiring' | 'frontendBound'): Quantity =>
    shares[TOPDOWN_SHARES.findIndex((row) => row.share === share)] ?? unknown('%', 'not counted');
  return { retiring: of('retiring'), frontendBound: of('frontendBound') };
}

function countsOf(type: CoreType, phases: readonly number[]): Map<string, CountedEvent> {
  const counters = type.counters.map((counter, index) =>
    type.totals[index].splitShare > MOST_SPLIT_SHARE
      ? { ...counter, unavailable: counter.unavailable ?? 'read at longer intervals than the stages last' }
      : counter,
  );
  return countedEvents({ counters, readings: type.readings }, type.totals, phases);
}
