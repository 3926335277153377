/** Numbers of a stretch that need more than counts: its calls, its tokens, its time. */
import type { MetricIdentity } from './metricDefinitions.ts';
import type { CountedEvent, CountsContext } from './metrics.ts';
import type { Quantity } from './quantity.ts';
import type { Selection } from './selections.ts';

/** One such number: a row in the chapters beside the metrics that are ratios of counts. */
export interface Measure extends MetricIdentity {
  evaluate(counted: ReadonlyMap<string, CountedEvent>, context: CountsContext, of: Selection): Quantity;
}
