/** Counter totals of whole program runs, and the metrics that those of one measurement allow. */
import { armCodeOfGenericName } from '../../arm/genericPerfEvents.ts';
import { codeOf, codeText, mnemonicOf } from '../../arm/pmuEvents.ts';
import type { StageTimeline } from '../../llama/types.ts';
import type { Profile, ReportedFigure } from '../../profile/types.ts';
import type { CoreType } from '../coreTypes.ts';
import { METRICS } from '../metricDefinitions.ts';
import { evaluateMetric, type CountedEvent, type CountsContext } from '../metrics.ts';
import { quantity, type Quantity } from '../quantity.ts';
import { countedEvents } from '../stageCounts.ts';

/** A counter's total as it was published, or the mean of repeated runs. */
export interface ReportedTotal {
  event: string;
  /** Event code as hex text; null for what is no event of an Arm core's PMU. */
  code: string | null;
  mnemonic: string | null;
  total: Quantity;
  spread: number | null;
  source: string;
}

export interface EventMetric {
  id: string;
  label: string;
  quantity: Quantity;
}

/** What was counted together: totals of one source with the same settings. */
export interface Measurement {
  settings: Record<string, string>;
  totals: ReportedTotal[];
  /** What the totals allow, by the metric library: a metric whose events were not all counted here is left out. */
  metrics: EventMetric[];
  source: string;
}

/** Subject under which perf stat's wall time is a figure. */
const ELAPSED = 'time-elapsed';

/** Published totals, one measurement for each source and set of settings. */
export function measurements({ figures, inputs, target }: Profile): Measurement[] {
  const totals = figures.filter((figure) => figure.kind === 'counter-total');
  const groups = Map.groupBy(totals, measurementKey);
  return [...groups].map(([key, group]) => {
    const elapsed = figures.find((figure) => figure.subject === ELAPSED && measurementKey(figure) === key);
    const [{ settings, source }] = group;
    // perf stat's own totals are counters of the profile as well: their metrics come from there.
    const isCounted = inputs.some(({ path, format }) => path === source && format === 'perf-stat');
    const rows = group.map(reportedTotal);
    return {
      settings,
      source,
      totals: rows,
      metrics: isCounted ? [] : metricsOf(rows, { core: soleCore(target), seconds: elapsed?.value ?? null }),
    };
  });
}

function measurementKey({ source, settings }: ReportedFigure): string {
  return JSON.stringify([source, Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

function reportedTotal({ subject, value, unit, spread, source }: ReportedFigure): ReportedTotal {
  const code = armCodeOfGenericName(subject) ?? codeOf(subject.toUpperCase());
  return {
    event: subject,
    code: code === null ? null : codeText(code),
    mnemonic: code === null ? null : mnemonicOf(code),
    total: quantity(value, unit, 'counted', {
      formula: 'total of the whole program run, start and warm-up included',
    }),
    spread,
    source,
  };
}

function metricsOf(totals: readonly ReportedTotal[], context: CountsContext): EventMetric[] {
  const counted = new Map<string, CountedEvent>();
  for (const { mnemonic, total } of totals) {
    // Of an event that stands there twice, neither is known to belong to the others.
    if (mnemonic === null) continue;
    const isAgain = counted.has(mnemonic);
    counted.set(mnemonic, {
      mnemonic,
      value: isAgain ? null : total.value,
      reason: isAgain ? 'published twice for one measurement' : null,
      status: 'counted',
      runningShare: null,
      group: 0,
    });
  }
  return knownMetrics(counted, context);
}

function knownMetrics(counted: ReadonlyMap<string, CountedEvent>, context: CountsContext): EventMetric[] {
  return METRICS.map((definition) => ({
    id: definition.id,
    label: definition.label,
    quantity: evaluateMetric(definition, counted, context),
  })).filter((metric) => metric.quantity.value !== null);
}

function soleCore(target: Profile['target']): string | null {
  const names = new Set(target.cpus.map((cpu) => cpu.name));
  const [name] = names;
  return names.size === 1 ? name : null;
}

/**
 * Metrics over the whole run of a capture that has counters and nothing else (perf stat): stages are not known, so the run
 * is the one stretch there is. One row for each type of core; empty for every other run.
 */
export function wholeRunMetrics(
  profile: Profile,
  timeline: StageTimeline,
  types: readonly CoreType[],
): { core: string | null; metrics: EventMetric[] }[] {
  if (timeline.source !== null || profile.samples.length > 0 || profile.counters.length === 0) return [];
  const seconds = profile.figures.find((figure) => figure.subject === ELAPSED)?.value ?? null;
  return types
    .map((type) => ({
      core: type.core,
      metrics: knownMetrics(countedEvents(type, type.totals, null), {
        core: type.core,
        seconds,
        refusal: type.refusal,
      }),
    }))
    .filter(({ metrics }) => metrics.length > 0);
}
