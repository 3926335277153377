/** How the demand of a token grows with the positions before it: weights stay, the KV cache does not. */
import {
  cacheBytesOfLayer,
  cacheBytesPerPosition,
  cacheEqualsWeightsAt,
  type ModelDemand,
} from '../../llama/roofline.ts';
import type { StageTimeline } from '../../llama/types.ts';
import type { ModelInfo } from '../../profile/model.ts';
import { quantity, unknown, type Quantity } from '../quantity.ts';
import { callDurations } from '../stageMetricsEnds.ts';
import { growthLine } from '../stageMetricsLatency.ts';
import type { RooflineSettings } from './settings.ts';
import { demandOfCall } from './stageDemand.ts';

/** A token of Decode with so many positions before it. Bytes by what is read for it. */
export interface DepthRow {
  past: number;
  layerBytes: number;
  outputBytes: number;
  embeddingBytes: number;
  cacheReadBytes: number;
  cacheWriteBytes: number;
  bytes: number;
  operations: number;
  attentionOperations: number;
  /** Operations a byte. */
  intensity: number;
  /** True for a position that Decode of this run passed. */
  isInRun: boolean;
}

/** The demand of a token at each of the given positions. */
export function depthRows(
  demand: ModelDemand,
  settings: RooflineSettings,
  depths: readonly number[],
  run: { from: number; to: number } | null,
): DepthRow[] {
  const outputBytes = demand.tensors.reduce(
    (sum, tensor) => sum + (tensor.role === 'output' && tensor.isTypeKnown ? tensor.bytesPerToken : 0),
    0,
  );
  return depths.map((past) => {
    const call = demandOfCall(demand, 'decode', { tokens: 1, past }, settings);
    return {
      past,
      layerBytes: call.weightBytes - outputBytes,
      outputBytes,
      embeddingBytes: call.rowBytes,
      cacheReadBytes: call.cacheReadBytes,
      cacheWriteBytes: call.cacheWriteBytes,
      bytes: call.bytes,
      operations: call.operations,
      attentionOperations: call.attentionOperations,
      intensity: call.intensity,
      isInRun: run !== null && past >= run.from && past <= run.to,
    };
  });
}

/** Where growth begins to be looked at, and how far at least: contexts that people use. */
const FIRST_DEPTH = 128;
const LEAST_DEPTH = 4096;
const MOST_DEPTH = 131_072;

/**
 * Positions to tell the demand at: none, then doubling as far as the cache has grown as large as the weights (or the run's
 * context reaches), never beyond what the model was trained for; with the first and last position of the run's Decode.
 */
export function depthsOf(
  model: ModelInfo,
  demand: ModelDemand,
  settings: RooflineSettings,
  contextLength: number | null,
  run: { from: number; to: number } | null,
): number[] {
  const equal = cacheEqualsWeightsAt(demand, settings.cache.value) ?? 0;
  const wanted = Math.max(LEAST_DEPTH, equal, contextLength ?? 0, run?.to ?? 0);
  const trained = model.contextTrained ?? MOST_DEPTH;
  const limit = Math.max(run?.to ?? 0, Math.min(wanted, trained, MOST_DEPTH));
  const depths = new Set([0]);
  for (let depth = FIRST_DEPTH; depth < 2 * limit; depth *= 2) {
    if (depth <= Math.max(limit, Math.min(trained, MOST_DEPTH))) depths.add(depth);
  }
  if (run) depths.add(run.from).add(run.to);
  return [...depths].sort((a, b) => a - b);
}

/** How the cache grows, and what of it the clock shows. */
export interface CacheGrowth {
  bytesPerPosition: Quantity;
  /** Position at which a token reads as much cache as weights. */
  equalsWeightsAt: Quantity;
  /** Bytes of cache a position ÷ the time that each position adds to a token. */
  impliedBandwidth: Quantity;
}

export function cacheGrowth(
  demand: ModelDemand | null,
  reason: string | null,
  settings: RooflineSettings,
  timeline: StageTimeline,
  noHardware: string | null,
): CacheGrowth {
  if (demand === null || demand.attention.length === 0) {
    const why = reason ?? 'the size of the KV cache is not known';
    return {
      bytesPerPosition: unknown('B/position', why),
      equalsWeightsAt: unknown('positions', why),
      impliedBandwidth: unknown('B/s', why),
    };
  }
  const cache = settings.cache.value;
  const perPosition = cacheBytesPerPosition(demand, cache);
  const equal = cacheEqualsWeightsAt(demand, cache);
  const note = `K cache ${cache.key}, V cache ${cache.value} (${settings.cache.source})`;
  return {
    bytesPerPosition: quantity(perPosition, 'B/position', 'modelled', {
      formula: 'values of keys and values × bytes of their type, over all layers with a cache',
      inputs: [{ name: 'layers with a cache', value: demand.attention.length, unit: 'layers' }],
      note,
    }),
    equalsWeightsAt:
      equal === null
        ? unknown('positions', 'sliding windows keep the cache smaller than the weights')
        : quantity(Math.floor(equal), 'positions', 'modelled', {
            formula: 'bytes of weights and one embedding row ÷ bytes of cache a position',
            inputs: [
              { name: 'weights', value: demand.weightBytes, unit: 'B' },
              { name: 'embedding row', value: demand.rowBytes, unit: 'B' },
              { name: 'cache', value: perPosition, unit: 'B/position' },
            ],
            note,
          }),
    impliedBandwidth: impliedBandwidth(demand, settings, timeline, noHardware),
  };
}

/** Only layers whose window is not full grow along the run. */
function impliedBandwidth(
  demand: ModelDemand,
  settings: RooflineSettings,
  timeline: StageTimeline,
  noHardware: string | null,
): Quantity {
  const unit = 'B/s';
  if (noHardware !== null) return unknown(unit, noHardware);
  const line = growthLine(
    timeline,
    Array.from(callDurations(timeline), (ns) => ns / 1e6),
  );
  if ('reason' in line) return unknown(unit, line.reason);
  const growing = demand.attention
    .filter(({ window }) => window === null || window >= line.toPast)
    .reduce((sum, layer) => sum + cacheBytesOfLayer(layer, settings.cache.value), 0);
  if (growing === 0) return unknown(unit, 'the cache does not grow: all sliding windows are full');
  const [low, high] = line.slopeInterval;
  if (low <= 0) return unknown(unit, 'calls do not grow measurably with the position');
  const bandwidth = (slopeMs: number): number => growing / (slopeMs / 1e3);
  return quantity(
    bandwidth(line.slopeMsPerPosition),
    unit,
    'estimated',
    {
      formula: 'bytes of KV cache a position ÷ slope of call duration on position',
      inputs: [
        { name: 'KV cache', value: growing, unit: 'B/position' },
        { name: 'slope', value: line.slopeMsPerPosition, unit: 'ms/position' },
        { name: 'first position', value: line.fromPast, unit: 'positions' },
        { name: 'last position', value: line.toPast, unit: 'positions' },
      ],
      note: 'takes all growth as reading the cache: attention’s arithmetic is in it',
    },
    [bandwidth(high), bandwidth(low)],
  );
}
