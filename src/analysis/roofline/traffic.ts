/** Measured minus expected: what the last cache took in, beside what the model file asks for. */
import { lastLevelRefillChoice } from '../../arm/coreEvents.ts';
import type { CoreType } from '../coreTypes.ts';
import { CACHE_LINE_BYTES } from '../metricDefinitions.ts';
import { conditionedCounts, type Conditioned } from '../metrics.ts';
import type { StageTimeline } from '../../llama/types.ts';
import type { NumberStatus } from '../../profile/types.ts';
import { quantity, unknown, type Quantity } from '../quantity.ts';
import { countedEvents, phaseRows } from '../stageCounts.ts';
import type { RooflineStage } from './stageCalls.ts';
import type { DemandSums } from './stageDemand.ts';

/** Traffic of one stage, a call. */
export interface StageTraffic {
  stage: RooflineStage;
  /** The events that stand for refills of the last level, one for each type of core. */
  events: string[];
  measured: Quantity;
  expected: Quantity;
  /** Measured − expected. */
  difference: Quantity;
  /** Measured ÷ expected. */
  ratio: Quantity;
  /** Measured ÷ what the weights alone ask for: what leaving the cache out would say. */
  ratioToWeights: Quantity;
}

/** Read misses below this share of the expected bytes were covered by prefetching, which the event does not see. */
const PREFETCH_COVERED_BELOW = 0.7;

export interface TrafficInput {
  timeline: StageTimeline;
  coreTypes: readonly CoreType[];
  stage: RooflineStage;
  sums: DemandSums | null;
  sumsReason: string;
  /** Time in the calls; null when it is not real time. */
  seconds: number | null;
}

export function stageTraffic(input: TrafficInput): StageTraffic {
  const { stage, sums, sumsReason } = input;
  const lines = sums === null ? { reason: sumsReason } : countedLines(input, sums);
  const expected =
    sums === null
      ? unknown('B/call', sumsReason)
      : quantity(sums.bytes / sums.calls, 'B/call', 'modelled', {
          formula:
            'weights once per micro-batch + embedding rows + KV cache read and written, as the model file asks for, ÷ calls',
          inputs: [
            { name: 'weights', value: sums.weightBytes, unit: 'B' },
            { name: 'embedding rows', value: sums.rowBytes, unit: 'B' },
            { name: 'KV cache read', value: sums.cacheReadBytes, unit: 'B' },
            { name: 'KV cache written', value: sums.cacheWriteBytes, unit: 'B' },
            { name: 'calls', value: sums.calls, unit: 'calls' },
          ],
        });
  if (sums === null || 'reason' in lines) {
    const reason = 'reason' in lines ? lines.reason : sumsReason;
    return {
      stage,
      events: [],
      measured: unknown('B/call', reason),
      expected,
      difference: unknown('B/call', reason),
      ratio: unknown('', reason),
      ratioToWeights: unknown('', reason),
    };
  }
  const { count, events, status, runningShare } = lines;
  const bytes = count * CACHE_LINE_BYTES;
  const isReadOnly = events.every((event) => event === 'LL_CACHE_MISS_RD');
  const note = [
    ...lines.notes,
    isReadOnly && bytes < PREFETCH_COVERED_BELOW * sums.bytes
      ? 'prefetch-covered: the event does not see lines that prefetching brought'
      : null,
  ]
    .filter(Boolean)
    .join('; ');
  const measuredOver = (name: string, of: number): Quantity =>
    quantity(bytes / of, '', status, {
      formula: `${CACHE_LINE_BYTES} B × ${events.join(' and ')} ÷ ${name}`,
      inputs: [
        { name: 'measured', value: bytes, unit: 'B' },
        { name, value: of, unit: 'B' },
      ],
      runningShare,
      note: note || null,
    });
  return {
    stage,
    events,
    measured: quantity(bytes / sums.calls, 'B/call', status, {
      formula: `${CACHE_LINE_BYTES} B × ${events.join(' and ')} ÷ calls`,
      inputs: [
        { name: events.join(' and '), value: count, unit: 'lines' },
        { name: 'calls', value: sums.calls, unit: 'calls' },
      ],
      runningShare,
      note: note || null,
    }),
    expected,
    difference: quantity((bytes - sums.bytes) / sums.calls, 'B/call', status, {
      formula: 'measured − expected',
      inputs: [
        { name: 'measured', value: bytes / sums.calls, unit: 'B' },
        { name: 'expected', value: sums.bytes / sums.calls, unit: 'B' },
      ],
    }),
    ratio: measuredOver('expected bytes', sums.bytes),
    ratioToWeights: measuredOver('bytes of weights and embedding rows', sums.weightBytes + sums.rowBytes),
  };
}

interface CountedLines {
  count: number;
  events: string[];
  status: NumberStatus;
  runningShare: number | null;
  notes: (string | null)[];
}

/** Lines that the last level took in during the stage, over all types of core. */
function countedLines(
  { timeline, coreTypes, stage, seconds }: TrafficInput,
  sums: DemandSums,
): CountedLines | { reason: string } {
  const phases = phaseRows(timeline, stage);
  if (timeline.source === null || phases.length === 0) {
    return { reason: timeline.reason ?? `this run has no ${stage}` };
  }
  const calls = timeline.tokens.filter((token) => token.stage === stage).length;
  if (calls !== sums.calls) {
    return { reason: 'calls of another model, or calls that failed, were counted with the stage' };
  }
  const result: CountedLines = { count: 0, events: [], status: 'counted', runningShare: null, notes: [] };
  for (const type of coreTypes) {
    const counted = countedEvents(type, type.totals, phases);
    const usable = [...counted.values()].filter((event) => event.value !== null);
    const choice = lastLevelRefillChoice(type.core, new Set(usable.map(({ mnemonic }) => mnemonic)));
    if (choice === null) continue;
    const conditioned: Conditioned = conditionedCounts([choice.mnemonic], counted, {
      core: type.core,
      seconds,
    });
    if (!conditioned.ok) return { reason: conditioned.reason };
    result.count += conditioned.counts[choice.mnemonic];
    if (!result.events.includes(choice.mnemonic)) result.events.push(choice.mnemonic);
    result.status = conditioned.status;
    result.runningShare = least(result.runningShare, conditioned.runningShare);
    result.notes.push(choice.reason, conditioned.note);
  }
  return result.events.length === 0
    ? { reason: 'not counted: no event for refills of the last cache level was recorded' }
    : result;
}

function least(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}
