/**
 * Metrics of functions, where samples carry what a group of counters advanced by since the sample before: the differences
 * go to the function that the closing sample hit. That is a sampled number. Code that runs for less than the distance
 * between samples lends some of its counts to its neighbours.
 */
import type { LastLevelChoice } from '../arm/coreEvents.ts';
import type { Profile } from '../profile/types.ts';
import type { FunctionTable } from '../symbols/types.ts';
import type { CoreType } from './coreTypes.ts';
import { metricsFor, perThousandInstructions, type MetricDefinition } from './metricDefinitions.ts';
import { evaluateMetric, type CountedEvent } from './metrics.ts';
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
  /** Row of the function table → one quantity per column; functions that closed no reading are left out. */
  byFunction: Map<number, Quantity[]>;
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
      byFunction: new Map(),
      reason: hasLinks
        ? `no function has ${LEAST_SAMPLES_PER_FUNCTION} samples with counts that make up a metric`
        : 'samples carry no counts of other events: record them as one group with :S',
    };
  }
  const byFunction = new Map<number, Quantity[]>();
  for (const row of new Set(parts.flatMap((part) => [...part.byFunction.keys()]))) {
    byFunction.set(
      row,
      parts.flatMap(
        (part) =>
          part.byFunction.get(row) ??
          part.columns.map(({ unit }) => unknown(unit, 'no sample on this core type')),
      ),
    );
  }
  return { columns, byFunction, reason: null };
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
  const sums = sumsByFunction(profile, functions, counts);
  const definitions = definitionsOf(new Set(sums.events.keys()), profile, lastLevel?.mnemonic ?? null);
  const rows = [...sums.samples.keys()].filter((row) => sums.samples[row] > 0);
  // One set of counts, filled in anew for each function: a run may have thousands.
  const counted = new Map(
    [...sums.events].map(([mnemonic, { status, runningShare, group }]): [string, CountedEvent] => [
      mnemonic,
      { mnemonic, value: null, reason: null, status, runningShare, group },
    ]),
  );
  const byFunction = new Map(
    rows.map((row): [number, Quantity[]] => {
      for (const [mnemonic, event] of counted) event.value = sums.events.get(mnemonic)!.values[row];
      return [
        row,
        definitions.map((definition) => evaluated(definition, counted, core, sums.samples[row], refusal)),
      ];
    }),
  );
  const isShown = definitions.map((_, column) =>
    [...byFunction.values()].some((quantities) => quantities[column].value !== null),
  );
  return {
    columns: definitions
      .filter((_, column) => isShown[column])
      .map(({ id, label, unit, formula }) => ({ id, label, unit, formula, core: namesCore ? core : null })),
    byFunction: new Map(
      [...byFunction].map(([row, quantities]) => [row, quantities.filter((_, column) => isShown[column])]),
    ),
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
  const leafOfSample = leaves(profile, functions);
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
    for (let row = 0; row < table.length; row++) {
      const leaf = table.sample[row] < 0 ? -1 : leafOfSample[table.sample[row]];
      if (leaf < 0) continue;
      let any = false;
      for (const { deltas, values } of columns) {
        values[leaf] += deltas[row];
        if (deltas[row] !== 0) any = true;
      }
      if (any) samples[leaf]++;
    }
  });
  return { events, samples };
}

/** The function of the instruction pointer of each sample; -1 for a sample without a stack. */
function leaves({ samples, stacks }: Profile, functions: FunctionTable): Int32Array {
  const leaf = new Int32Array(samples.length);
  for (let row = 0; row < leaf.length; row++) {
    const stack = samples.stack[row];
    leaf[row] = stack < 0 ? -1 : functions.functionOfFrame[stacks.frame[stack]];
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
  core: string | null,
  samples: number,
  refusal: string | null,
): Quantity {
  if (samples < LEAST_SAMPLES_PER_FUNCTION) {
    return unknown(definition.unit, `${samples} of the ${LEAST_SAMPLES_PER_FUNCTION} samples that it needs`);
  }
  // A function's time is scattered over the run: it has no length that multiplexing could be judged by.
  const result = evaluateMetric(definition, counted, { core, seconds: null, refusal });
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
