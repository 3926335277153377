/**
 * Metrics of functions, where samples carry what a group of counters advanced by since the sample before: the differences
 * go to the function that the closing sample hit. That is a sampled number. Code that runs for less than the distance
 * between samples lends some of its counts to its neighbours.
 */
import type { LastLevelChoice } from '../arm/coreEvents.ts';
import type { CounterReadings, Profile } from '../profile/types.ts';
import type { FunctionTable } from '../symbols/types.ts';
import type { CoreType } from './coreTypes.ts';
import { metricsFor, perThousandInstructions, type MetricDefinition } from './metricDefinitions.ts';
import { evaluateMetric, metricValue, type CountedEvent, type CountsContext } from './metrics.ts';
import { unknown, type Quantity } from './quantity.ts';

/** With fewer samples, the counts of neighbours and of a few long intervals decide the number. */
export const LEAST_SAMPLES_PER_FUNCTION = 50;

/** A metric as a column of the functions table. */
export interface FunctionMetricColumn {
  id: string;
  label: string;
  unit: string;
  formula: string;
  /** Null when the run has one type of core. */
  core: string | null;
}

export interface FunctionMetrics {
  columns: FunctionMetricColumn[];
  /** Rows of the function table: those of functions that closed a reading. */
  rows: number[];
  /** One quantity per column for one of `rows`, made when asked for: a run may have thousands of functions. */
  quantitiesOf: (row: number) => Quantity[];
  /** Why there are no columns; null when there are. */
  reason: string | null;
}

/** Metrics worth a column, by id; the others are for stages. */
const FUNCTION_METRICS = [
  'ipc',
  'backend-stalled',
  'memory-stalled',
  'simd-share',
  'simd-share-of-retired',
  'load-share',
  'load-share-of-retired',
  'l1d-mpki',
];

/** The counts of one type of core, and the event that stands for refills of its last cache. */
export interface CoreCounts {
  counts: CoreType;
  lastLevel: LastLevelChoice | null;
}

export function functionMetrics(
  profile: Profile,
  functions: FunctionTable,
  coreTypes: readonly CoreCounts[],
): FunctionMetrics {
  const parts = coreTypes.map((type) => partOf(profile, functions, type, coreTypes.length > 1));
  const columns = parts.flatMap((part) => part.columns);
  if (columns.length === 0) {
    const hasLinks = profile.readings.some((table) => table.sample.some((row) => row >= 0));
    return {
      columns: [],
      rows: [],
      quantitiesOf: () => [],
      reason: hasLinks
        ? `no function has ${LEAST_SAMPLES_PER_FUNCTION} samples with counts that make up a metric`
        : 'samples carry no counts of other events: record them as one group with :S',
    };
  }
  return {
    columns,
    rows: [...new Set(parts.flatMap(({ rows }) => rows))],
    quantitiesOf: (row) => parts.flatMap((part) => part.quantitiesOf(row)),
    reason: null,
  };
}

type Part = Omit<FunctionMetrics, 'reason'>;

/** Columns of one type of core. */
function partOf(
  profile: Profile,
  functions: FunctionTable,
  { counts, lastLevel }: CoreCounts,
  namesCore: boolean,
): Part {
  const { core, refusal } = counts;
  const { events, samples } = sumsByFunction(profile, functions, counts);
  const rows = [...samples.keys()].filter((row) => samples[row] > 0);
  const countedIn = (row: number): ReadonlyMap<string, CountedEvent> =>
    new Map(
      [...events].map(([mnemonic, { values, ...event }]) => [
        mnemonic,
        { ...event, mnemonic, value: values[row], reason: null },
      ]),
    );
  // A function's time is scattered over the run: it has no length that multiplexing could be judged by.
  const context: CountsContext = { core, seconds: null, refusal };
  const enough = rows.filter((row) => samples[row] >= LEAST_SAMPLES_PER_FUNCTION);
  const shown = definitionsOf(new Set(events.keys()), profile, lastLevel?.mnemonic ?? null).filter(
    (definition) => enough.some((row) => metricValue(definition, countedIn(row), context) !== null),
  );
  return {
    columns: shown.map(({ id, label, unit, formula }) => ({
      ...{ id, label, unit, formula },
      core: namesCore ? core : null,
    })),
    rows,
    quantitiesOf: (row) => {
      if (samples[row] === 0) return shown.map(({ unit }) => unknown(unit, 'no sample on this core type'));
      const counted = countedIn(row);
      return shown.map((definition) => evaluated(definition, counted, context, samples[row]));
    },
  };
}

type EventSums = Pick<CountedEvent, 'status' | 'runningShare' | 'group'> & { values: Float64Array };

/** Sums of each event by function, and the samples that carried them. */
function sumsByFunction(
  profile: Profile,
  functions: FunctionTable,
  { counters, readings }: CoreType,
): { events: Map<string, EventSums>; samples: Float64Array } {
  const events = new Map<string, EventSums>();
  const samples = new Float64Array(functions.functions.length);
  readings.forEach((table, group) => {
    const columns = table.counters.flatMap((counter, column) => {
      const { mnemonic, kind, unavailable, runningShare, status } = counters[counter];
      if (mnemonic === null || kind !== 'delta' || unavailable !== null || events.has(mnemonic)) return [];
      const values = new Float64Array(functions.functions.length);
      events.set(mnemonic, {
        values,
        status: status === 'counted' ? 'sampled' : status,
        runningShare,
        group,
      });
      return [{ deltas: table.deltas[column], values }];
    });
    if (columns.length === 0) return;
    const leafOfReading = leaves(profile, functions, table);
    const isCounted = new Uint8Array(table.length);
    for (const { deltas, values } of columns) addByFunction(values, isCounted, deltas, leafOfReading);
    for (let row = 0; row < table.length; row++) if (isCounted[row] === 1) samples[leafOfReading[row]]++;
  });
  return { events, samples };
}

/** Adds a column of deltas to the functions that closed them, and notes the readings that counted something. */
function addByFunction(
  values: Float64Array,
  isCounted: Uint8Array,
  deltas: Float64Array,
  leafOfReading: Int32Array,
): void {
  for (let row = 0; row < leafOfReading.length; row++) {
    const leaf = leafOfReading[row];
    const delta = deltas[row];
    if (leaf < 0 || delta === 0) continue;
    values[leaf] += delta;
    isCounted[row] = 1;
  }
}

/** The function of the instruction pointer that each reading came with; -1 for none. */
function leaves(
  { samples, stacks }: Profile,
  { functionOfFrame }: FunctionTable,
  { sample, length }: CounterReadings,
): Int32Array {
  const leafOfStack = Int32Array.from(stacks.frame, (frame) => functionOfFrame[frame]);
  const leaf = new Int32Array(length).fill(-1);
  for (let row = 0; row < length; row++) {
    const stack = sample[row] < 0 ? -1 : samples.stack[sample[row]];
    if (stack >= 0) leaf[row] = leafOfStack[stack];
  }
  return leaf;
}

function definitionsOf(
  counted: ReadonlySet<string>,
  { origin }: Profile,
  lastLevel: string | null,
): MetricDefinition[] {
  const perThousand = lastLevel === null ? null : perThousandInstructions(lastLevel);
  const wanted = metricsFor(counted, origin.value).filter(({ id }) => FUNCTION_METRICS.includes(id));
  return [...wanted, ...(perThousand === null ? [] : [perThousand])].filter(({ needs }) =>
    needs.every((mnemonic) => counted.has(mnemonic)),
  );
}

function evaluated(
  definition: MetricDefinition,
  counted: ReadonlyMap<string, CountedEvent>,
  context: CountsContext,
  samples: number,
): Quantity {
  if (samples < LEAST_SAMPLES_PER_FUNCTION) {
    return unknown(definition.unit, `${samples} of the ${LEAST_SAMPLES_PER_FUNCTION} samples that it needs`);
  }
  const result = evaluateMetric(definition, counted, context);
  if (result.working === null) return result;
  return {
    ...result,
    working: {
      ...result.working,
      samples,
      note: [
        result.working.note,
        'what the counters advanced by before each sample is given to the function that the sample hit',
      ]
        .filter(Boolean)
        .join('; '),
    },
  };
}
