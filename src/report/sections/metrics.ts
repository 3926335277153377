/** Metrics of PMU events: groups of rows by type of core, columns beside the token table, and everything as CSV. */
import type { RunAnalysis } from '../../analysis/analyseRun.ts';
import { LEAST_SAMPLES_PER_FUNCTION } from '../../analysis/functionMetrics.ts';
import type { MetricGroup } from '../../analysis/metricDefinitions.ts';
import { NOT_COUNTED, NOT_RECORDED } from '../../analysis/metrics.ts';
import { timeIsHardwareTime } from '../../analysis/origin.ts';
import { lineOverPosition } from '../../analysis/positionLine.ts';
import type { Quantity } from '../../analysis/quantity.ts';
import { onlyCoreType, type CoreTypeMetrics, type MetricRow } from '../../analysis/selectionMetrics.ts';
import type { TokenMetric } from '../../analysis/tokenMetrics.ts';
import { eventsFor, perfGroupOption } from '../../arm/eventSets.ts';
import { toCsv } from '../csv.ts';
import { reportQuantity, significant } from '../round.ts';
import type {
  ReportCoreMetrics,
  ReportMetricGroup,
  ReportMetrics,
  ReportTokenMetric,
} from '../schema/metrics.ts';

/** The groups with their titles, in the order of the page. */
export const METRIC_GROUPS: Readonly<Record<MetricGroup, string>> = {
  traffic: 'Traffic into the last cache',
  rates: 'Bandwidth and clock',
  pipeline: 'Pipeline',
  stalls: 'Stalls',
  topdown: 'Topdown level 1',
  mix: 'Instruction mix',
  caches: 'Caches',
  tlb: 'Address translation',
  branches: 'Branches',
};
const GROUP_IDS = Object.keys(METRIC_GROUPS) as MetricGroup[];

/** Metrics of single calls that charts draw; the others are in tokens.csv. */
const CHARTED_TOKEN_METRICS = ['refill-bytes-per-call', 'memory-stalled', 'backend-stalled', 'ipc'];

export function metricsSection(analysis: RunAnalysis): ReportMetrics {
  const { coreTypes, functions } = analysis.metrics;
  return {
    coreTypes: coreTypes.map((type) => coreTypeSection(analysis, type)),
    trafficSentence: trafficSentence(analysis),
    functionColumns: functions.columns,
    functionReason: functions.reason,
    leastFunctionSamples: LEAST_SAMPLES_PER_FUNCTION,
  };
}

function coreTypeSection(analysis: RunAnalysis, type: CoreTypeMetrics): ReportCoreMetrics {
  return {
    core: type.core,
    cpus: type.cpus,
    lastLevel: type.lastLevel,
    groups: GROUP_IDS.map((id) => {
      const group = groupSection(type, id, METRIC_GROUPS[id]);
      // No event makes the time of an emulator that of hardware.
      return id === 'rates' && !timeIsHardwareTime(analysis.profile) ? { ...group, record: null } : group;
    }),
    tokens: type.tokens
      .filter(({ id }) => CHARTED_TOKEN_METRICS.includes(id))
      .map((metric) => tokenMetric(analysis, metric)),
  };
}

function isKnown({ prefill, decode, run }: MetricRow): boolean {
  return prefill.value !== null || decode.value !== null || run.value !== null;
}

function groupSection(
  { core, rows, counts }: CoreTypeMetrics,
  id: ReportMetricGroup['id'],
  title: string,
): ReportMetricGroup {
  const ofGroup = rows.filter((row) => row.group === id);
  const known = ofGroup.filter(isKnown);
  const wanted = eventsFor(id, core);
  const recorded = new Set(counts.counters.map(({ mnemonic }) => mnemonic));
  const isWanting = wanted.some((mnemonic) => !recorded.has(mnemonic));
  return {
    id,
    title,
    rows: known.map(({ id, label, formula, official, prefill, decode, run }) => ({
      id,
      label,
      formula,
      official,
      prefill: reportQuantity(prefill),
      decode: reportQuantity(decode),
      run: reportQuantity(run),
    })),
    missing: missingSentence(id, ofGroup, known.length === 0),
    record: isWanting ? perfGroupOption(wanted) : null,
  };
}

/** Why rows of a group are not there: what the core lacks, what cannot be trusted, and what was not recorded. */
function missingSentence(
  id: ReportMetricGroup['id'],
  rows: readonly MetricRow[],
  isEmpty: boolean,
): string | null {
  const unknown = rows.filter((row) => !isKnown(row));
  if (id === 'traffic' && rows.length === 0) {
    return 'No event that counts refills of the last cache was recorded.';
  }
  const isUnrecorded = (row: MetricRow): boolean => row.run.reason?.endsWith(NOT_RECORDED) ?? false;
  const others = [
    ...new Set(unknown.filter((row) => !isUnrecorded(row)).map(({ run }) => run.reason ?? 'not known')),
  ];
  // What a core lacks explains its own row only, where others of the group were simply not recorded.
  if (isEmpty && unknown.some(isUnrecorded) && others.every((reason) => reason.startsWith(NOT_COUNTED))) {
    const lacks = others.map((reason) => reason.slice(NOT_COUNTED.length));
    return `${['Nothing of this was recorded', ...lacks].join('; ')}.`;
  }
  return others.length > 0 ? `${capital(others.join('; '))}.` : null;
}

function tokenMetric(
  { timeline }: RunAnalysis,
  { id, label, unit, formula, values }: TokenMetric,
): ReportTokenMetric {
  const line = lineOverPosition(timeline, values);
  const isLine = !('reason' in line);
  return {
    id,
    label,
    unit,
    formula,
    values: values.map((value) => (value === null ? null : significant(value, 6))),
    growth: isLine
      ? {
          slope: significant(line.slope),
          intercept: significant(line.intercept),
          fromPast: line.fromPast,
          toPast: line.toPast,
          slopeInterval: [significant(line.slopeInterval[0]), significant(line.slopeInterval[1])],
        }
      : null,
    growthReason: isLine ? null : line.reason,
  };
}

/**
 * Why none of the three numbers says it alone. The sizes are the run's own; the micro-batch is named where the log states
 * it.
 */
function trafficSentence({ metrics, profile }: RunAnalysis): string | null {
  const hasTraffic = metrics.coreTypes.some(({ rows }) =>
    rows.some((row) => row.group === 'traffic' && isKnown(row)),
  );
  if (!hasTraffic) return null;
  const { prefill, decode } = metrics.selections;
  const microBatch = profile.settings?.microBatch ?? null;
  const size = microBatch === null ? '' : ` of up to ${microBatch.toLocaleString('en-US')} tokens`;
  const perCall = (of: typeof prefill): number | null =>
    'reason' in of || !of.calls || !of.tokens ? null : of.tokens / of.calls;
  const [ofPrefill, ofDecode] = [perCall(prefill), perCall(decode)];
  const sizes =
    ofPrefill !== null && ofDecode !== null
      ? `: a Prefill call has ${numberText(ofPrefill)} tokens here, a Decode call ${numberText(ofDecode)}`
      : '';
  return `Weights are read once per micro-batch${size} and shared by its tokens${sizes}. Per call, per token and per 1,000 instructions therefore stand together.`;
}

function numberText(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}

/** Every metric over every stretch, as one table. */
export function metricsCsv({ metrics, timeline }: RunAnalysis): string {
  const phaseNames = timeline.phases.map(({ stage, name }) => `${stage} ${name}`);
  return toCsv(
    [
      'core',
      'group',
      'id',
      'metric',
      'stretch',
      'value',
      'unit',
      'status',
      'running share',
      'formula',
      'official name',
      'reason or note',
    ],
    metrics.coreTypes.flatMap(({ core, rows }) =>
      rows.flatMap((row) =>
        stretches(row, phaseNames).map(({ name, quantity }) => [
          core,
          row.group,
          row.id,
          row.label,
          name,
          quantity.value === null ? null : significant(quantity.value),
          quantity.unit,
          quantity.status,
          quantity.working?.runningShare ?? null,
          quantity.working?.formula ?? row.formula,
          row.official,
          quantity.reason ?? quantity.working?.note ?? null,
        ]),
      ),
    ),
  );
}

function stretches(
  { prefill, decode, run, phases }: MetricRow,
  phaseNames: readonly string[],
): { name: string; quantity: Quantity }[] {
  return [
    { name: 'prefill', quantity: prefill },
    { name: 'decode', quantity: decode },
    { name: 'run', quantity: run },
    ...phases.map((quantity, row) => ({ name: `phase ${phaseNames[row]}`, quantity })),
  ];
}

/**
 * Metrics of a stage by id, plain numbers: what `inspect` prints. On a target of several core types a ratio has no single
 * value: it stands under `id@core`, and null under its id.
 */
export function metricNumbers(
  { metrics }: RunAnalysis,
  stage: 'prefill' | 'decode',
): Record<string, number | null> {
  const numbers: Record<string, number | null> = {};
  const isOnly = onlyCoreType(metrics) !== null;
  for (const { core, rows } of metrics.coreTypes) {
    for (const row of rows) {
      const { value } = row[stage];
      const number = value === null ? null : significant(value);
      numbers[row.id] = isOnly ? number : null;
      if (!isOnly) numbers[`${row.id}@${core ?? 'unknown'}`] = number;
    }
  }
  return numbers;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
