/** Metrics of a run: each one over Prefill, Decode, the whole run and every phase, by type of core. */
import { lastLevelRefillChoice, type LastLevelChoice } from '../arm/coreEvents.ts';
import { topdownEvents, TOPDOWN_SHARES } from '../arm/topdown.ts';
import type { StageTimeline } from '../llama/types.ts';
import type { Profile } from '../profile/types.ts';
import type { FunctionTable } from '../symbols/types.ts';
import type { CoreType } from './coreTypes.ts';
import { functionMetrics, type FunctionMetrics } from './functionMetrics.ts';
import { metricsFor, type MetricDefinition, type MetricGroup } from './metricDefinitions.ts';
import { evaluateMetric, type CountedEvent, type CountsContext } from './metrics.ts';
import { unknown, type Quantity } from './quantity.ts';
import {
  selectionsOf,
  type ComparedStage,
  type NoSelection,
  type Selection,
  type Selections,
} from './selections.ts';
import { countedEvents } from './stageCounts.ts';
import { tokenMetrics, type TokenMetric } from './tokenMetrics.ts';
import { topdownQuantities } from './topdownMetrics.ts';
import { trafficMeasures } from './traffic.ts';
import { busWidthOf, maximumHzOf, rateMeasures, type RateFacts } from './rateMeasures.ts';
import type { Measure } from './measures.ts';
import { whyNoHardware } from './roofline/peaks.ts';

/** One metric of one type of core. */
export interface MetricRow {
  /** Stable: a row in the chapters, a name in `inspect`. */
  id: string;
  label: string;
  group: MetricGroup;
  unit: string;
  /** In event names. */
  formula: string;
  /** Name in Arm's telemetry JSON; null for a metric of gemview's own. */
  official: string | null;
  /** Events it is made of. */
  needs: readonly string[];
  prefill: Quantity;
  decode: Quantity;
  run: Quantity;
  /** One per phase of the timeline. */
  phases: Quantity[];
}

export interface CoreTypeMetrics {
  /** Null when the target does not say. */
  core: string | null;
  cpus: number[];
  rows: MetricRow[];
  /** The event that stands for refills of the last level; null when none was counted. */
  lastLevel: LastLevelChoice | null;
  /** One value a token, of the metrics that can be had. */
  tokens: TokenMetric[];
  /** Formulas of the rows whose events all have a value somewhere in the run. */
  definitions: readonly MetricDefinition[];
  /** The counts it is made of. */
  counts: CoreType;
}

export interface RunMetrics {
  /** Ratios of single functions, where samples carry counts. */
  functions: FunctionMetrics;
  /** One row on most targets; one per type of core that counted something. */
  coreTypes: CoreTypeMetrics[];
  selections: Selections;
}

/**
 * @param types the counts by type of core
 * @param runningTime time of threads on CPUs by id of a selection
 * @param runNs length of the whole run; null when nothing in it has a time
 */
export function runMetrics(
  profile: Profile,
  functions: FunctionTable,
  timeline: StageTimeline,
  types: readonly CoreType[],
  runningTime: RateFacts['runningTime'],
  runNs: number | null,
): RunMetrics {
  const selections = selectionsOf(profile, timeline, runNs);
  const rates = rateMeasures({
    noHardware: whyNoHardware(profile),
    bus: busWidthOf(profile),
    maximumHz: maximumHzOf(profile),
    runningTime,
  });
  const rows = types.map((type) => coreTypeMetrics(profile, timeline, type, selections, rates));
  return { coreTypes: rows, functions: functionMetrics(profile, functions, rows), selections };
}

function coreTypeMetrics(
  profile: Profile,
  timeline: StageTimeline,
  type: CoreType,
  selections: Selections,
  rates: readonly Measure[],
): CoreTypeMetrics {
  const { core, refusal } = type;
  const usable = usableEvents(countedEvents(type, type.totals, null));
  const definitions = metricsFor(usable, profile.origin.value).filter(
    ({ onlyOn }) => onlyOn === undefined || (core !== null && onlyOn.includes(core)),
  );
  const possible = definitions.filter(({ needs }) => needs.every((mnemonic) => usable.has(mnemonic)));
  const lastLevel = lastLevelRefillChoice(core, usable);
  const measures = [...(lastLevel === null ? [] : trafficMeasures(lastLevel)), ...rates];
  const statedSlots = slotsOf(profile);

  const columns = eachSelection(selections, (of) => {
    const counted = countedEvents(type, type.totals, of.phases);
    const context: CountsContext = { core, seconds: of.seconds, refusal };
    return [
      ...definitions.map((definition) => evaluateMetric(definition, counted, context)),
      ...topdownQuantities(counted, { ...context, revision: type.revision, statedSlots }),
      ...measures.map((measure) => measure.evaluate(counted, context, of)),
    ];
  });
  const topdownNeeds = topdownEvents(core);
  const heads: Pick<MetricRow, 'id' | 'label' | 'group' | 'unit' | 'formula' | 'official' | 'needs'>[] = [
    ...definitions,
    ...TOPDOWN_SHARES.map(({ label, official }) => ({
      id: `topdown-${official.replaceAll('_', '-')}`,
      label,
      group: 'topdown' as const,
      unit: '%',
      formula: 'share of the slots of the pipeline',
      official,
      needs: topdownNeeds,
    })),
    ...measures.map(({ id, label, group, unit, formula, needs }) => ({
      ...{ id, label, group, unit, formula, needs },
      official: null,
    })),
  ];
  const rows = heads.map(({ id, label, group, unit, formula, official, needs }, row): MetricRow => {
    const pick = (column: Quantity[] | NoSelection): Quantity =>
      'reason' in column ? unknown(unit, column.reason) : column[row];
    return {
      id,
      label,
      group,
      unit,
      // The corrections of a core stand in the working of its numbers.
      formula: group === 'topdown' ? (known(columns, row)?.working?.formula ?? formula) : formula,
      official,
      needs,
      prefill: pick(columns.prefill),
      decode: pick(columns.decode),
      run: columns.run[row],
      phases: columns.phases.map((column) => column[row]),
    };
  });
  return {
    core,
    cpus: type.cpus,
    rows,
    lastLevel,
    tokens: tokenMetrics({
      type,
      timeline,
      definitions: possible,
      measures,
      hasSeconds: selections.run.seconds !== null,
    }),
    definitions: possible,
    counts: type,
  };
}

interface Columns {
  prefill: Quantity[] | NoSelection;
  decode: Quantity[] | NoSelection;
  run: Quantity[];
  phases: Quantity[][];
}

function eachSelection(selections: Selections, evaluate: (of: Selection) => Quantity[]): Columns {
  const stage = (of: Selection | NoSelection): Quantity[] | NoSelection =>
    'reason' in of ? of : evaluate(of);
  return {
    prefill: stage(selections.prefill),
    decode: stage(selections.decode),
    run: evaluate(selections.run),
    phases: selections.phases.map(evaluate),
  };
}

/** A quantity of this row that has a value. */
function known({ prefill, decode, run }: Columns, row: number): Quantity | null {
  const candidates = [prefill, decode, run].flatMap((column) => ('reason' in column ? [] : [column[row]]));
  return candidates.find(({ value }) => value !== null) ?? null;
}

/** Events that have a value somewhere in the run. */
function usableEvents(counted: ReadonlyMap<string, CountedEvent>): Set<string> {
  return new Set([...counted.values()].filter(({ value }) => value !== null).map(({ mnemonic }) => mnemonic));
}

/** `caps/slots` when the target states one number for all its PMUs. */
export function slotsOf({ facts }: Profile): number | null {
  const stated = facts.find(({ name }) => name === 'pmu-slots')?.value;
  const slots = stated !== undefined && /^(0x[0-9a-f]+|\d+)$/i.test(stated.trim()) ? Number(stated) : 0;
  return slots > 0 && slots <= 64 ? slots : null;
}

/** The rows of the run's only type of core; null when there are several, whose ratios must not be mixed. */
export function onlyCoreType({ coreTypes }: RunMetrics): CoreTypeMetrics | null {
  return coreTypes.length === 1 ? coreTypes[0] : null;
}

/** A metric over a stage, on a run of one core type; with several, the reason why there is no single number. */
export function metricOfStage(metrics: RunMetrics, id: string, stage: ComparedStage): Quantity {
  const only = onlyCoreType(metrics);
  if (!only) {
    const names = metrics.coreTypes.map(({ core }) => core ?? 'unknown cores').join(' and ');
    return unknown('', `differs by core type: counts of ${names} are not mixed`);
  }
  const row = only.rows.find((candidate) => candidate.id === id);
  return row ? row[stage] : unknown('', 'not counted: no event for it was recorded');
}
