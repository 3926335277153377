/** Metrics of single calls: one value a row of the token table, where a call was read often enough. */
import type { StageTimeline } from '../llama/types.ts';
import type { CounterReadings } from '../profile/types.ts';
import type { CoreType } from './coreTypes.ts';
import type { Measure } from './measures.ts';
import type { MetricDefinition } from './metricDefinitions.ts';
import { metricValue, type CountedEvent, type CountsContext } from './metrics.ts';
import type { Selection } from './selections.ts';
import { callDurations } from './stageMetricsEnds.ts';
import { eventCounts } from './stageCounts.ts';

/**
 * A reading that crosses the end of a call is split by time. A call needs this many readings, and none may cover more than
 * this part of it in the mean, or the split decides the number.
 */
export const LEAST_READINGS_PER_CALL = 8;

/** One metric as a column beside the token table. */
export interface TokenMetric {
  id: string;
  label: string;
  unit: string;
  formula: string;
  /** Null where a call was read too rarely, or its counters did not run. */
  values: (number | null)[];
}

interface TokenMetricsOf {
  type: CoreType;
  timeline: StageTimeline;
  definitions: readonly MetricDefinition[];
  measures: readonly Measure[];
  /** Whether the time of the run is real time. */
  hasSeconds: boolean;
}

/** Columns of the metrics that at least one call has. */
export function tokenMetrics({
  type,
  timeline,
  definitions,
  measures,
  hasSeconds,
}: TokenMetricsOf): TokenMetric[] {
  const { tokens } = timeline;
  if (tokens.length === 0) return [];
  const durationsNs = callDurations(timeline);
  const ofTable = type.readings.map((table) => wellReadCalls(table, timeline));
  const isWellRead = type.counters.map(
    (_, counter) => ofTable[type.readings.findIndex(({ counters }) => counters.includes(counter))] ?? null,
  );
  const columns: { of: Omit<TokenMetric, 'values'>; evaluate: Evaluate }[] = [
    ...definitions.map((definition) => ({
      of: head(definition),
      evaluate: (counted: Counted, context: CountsContext) => metricValue(definition, counted, context),
    })),
    ...measures
      .filter(({ unit }) => unit.includes('/') || unit.startsWith('per '))
      .map((measure) => ({
        of: head(measure),
        evaluate: (counted: Counted, context: CountsContext, call: Selection) =>
          measure.evaluate(counted, context, call).value,
      })),
  ];
  const values = columns.map(() => new Array<number | null>(tokens.length).fill(null));
  const countsOf = eventCounts(type, type.totals);
  tokens.forEach((token, row) => {
    // What was counted in the call, of the events that were read often enough in it.
    const counted = countsOf((counter) =>
      isWellRead[counter]?.[row] === 1 ? (type.totals[counter].byToken?.[row] ?? null) : null,
    );
    if ([...counted.values()].every(({ value }) => value === null)) return;
    const context: CountsContext = {
      core: type.core,
      seconds: hasSeconds ? durationsNs[row] / 1e9 : null,
      refusal: type.refusal,
    };
    const call: Selection = {
      id: `call ${row}`,
      phases: null,
      calls: 1,
      tokens: token.nEval,
      seconds: context.seconds,
    };
    columns.forEach(({ evaluate }, column) => {
      values[column][row] = evaluate(counted, context, call);
    });
  });
  return columns.flatMap(({ of }, column) =>
    values[column].some((value) => value !== null) ? [{ ...of, values: values[column] }] : [],
  );
}

type Counted = ReadonlyMap<string, CountedEvent>;
type Evaluate = (counted: Counted, context: CountsContext, of: Selection) => number | null;

function head({ id, label, unit, formula }: Omit<TokenMetric, 'values'>): Omit<TokenMetric, 'values'> {
  return { id, label, unit, formula };
}

/** 1 for calls with enough short readings. Linear: readings and tokens are in time order. */
function wellReadCalls(table: CounterReadings, { tokens }: StageTimeline): Uint8Array {
  const counts = new Float64Array(tokens.length);
  const lengthsNs = new Float64Array(tokens.length);
  let at = 0;
  for (let row = 0; row < table.length; row++) {
    const timeNs = table.timeNs[row];
    while (at < tokens.length && tokens[at].endNs <= timeNs) at++;
    if (at === tokens.length) break;
    if (timeNs < tokens[at].startNs) continue;
    counts[at]++;
    lengthsNs[at] += Math.min(timeNs - table.startNs[row], tokens[at].endNs - tokens[at].startNs);
  }
  return Uint8Array.from(tokens, ({ startNs, endNs }, call) =>
    counts[call] >= LEAST_READINGS_PER_CALL &&
    lengthsNs[call] / counts[call] <= (endNs - startNs) / LEAST_READINGS_PER_CALL
      ? 1
      : 0,
  );
}
