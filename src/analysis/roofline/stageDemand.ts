/** What the model file asks of a stage: bytes and operations of its calls, summed. */
import { callDemand, type CallDemand, type ModelDemand } from '../../llama/roofline.ts';
import { quantity, unknown, type Quantity, type QuantityInput } from '../quantity.ts';
import type { RooflineSettings } from './settings.ts';
import { outputsOf, type RooflineStage, type SizedCall, type StageCalls } from './stageCalls.ts';

/** Sums over the calls of a stage. */
export interface DemandSums {
  calls: number;
  tokens: number;
  microBatches: number;
  weightBytes: number;
  rowBytes: number;
  cacheReadBytes: number;
  cacheWriteBytes: number;
  /** Weights, embedding rows and cache: what must come from memory once. */
  readBytes: number;
  /** The same with the cache written. */
  bytes: number;
  operations: number;
  attentionOperations: number;
  skippedOperations: number;
}

/** The demand of one call under the run's settings. */
export function demandOfCall(
  demand: ModelDemand,
  stage: RooflineStage,
  { tokens, past }: Pick<SizedCall, 'tokens' | 'past'>,
  settings: RooflineSettings,
): CallDemand {
  return callDemand(demand, {
    tokens,
    past,
    outputs: outputsOf(stage, tokens),
    microBatch: settings.microBatch.value,
    cache: settings.cache.value,
    cachePadding: settings.padding.computedPadding,
    skipsMasked: settings.padding.skipsMasked,
  });
}

export function demandSums(
  demand: ModelDemand,
  stage: RooflineStage,
  calls: readonly SizedCall[],
  settings: RooflineSettings,
): DemandSums {
  const sums: DemandSums = {
    calls: calls.length,
    tokens: 0,
    microBatches: 0,
    weightBytes: 0,
    rowBytes: 0,
    cacheReadBytes: 0,
    cacheWriteBytes: 0,
    readBytes: 0,
    bytes: 0,
    operations: 0,
    attentionOperations: 0,
    skippedOperations: 0,
  };
  for (const call of calls) {
    const of = demandOfCall(demand, stage, call, settings);
    sums.tokens += call.tokens;
    sums.microBatches += Math.ceil(call.tokens / settings.microBatch.value);
    sums.weightBytes += of.weightBytes;
    sums.rowBytes += of.rowBytes;
    sums.cacheReadBytes += of.cacheReadBytes;
    sums.cacheWriteBytes += of.cacheWriteBytes;
    sums.readBytes += of.bytes - of.cacheWriteBytes;
    sums.bytes += of.bytes;
    sums.operations += of.operations;
    sums.attentionOperations += of.attentionOperations;
    sums.skippedOperations += of.skippedOperations;
  }
  return sums;
}

/** The demand of a stage as numbers with their working. */
export interface ExpectedWork {
  bytesPerCall: Quantity;
  bytesPerToken: Quantity;
  operationsPerCall: Quantity;
  operationsPerToken: Quantity;
  /** Operations a byte. */
  intensity: Quantity;
  /** Without the cache, with it read and written; per call. */
  weightBytesPerCall: Quantity;
  cacheReadBytesPerCall: Quantity;
  cacheWriteBytesPerCall: Quantity;
}

const BYTES_FORMULA =
  'weights once per micro-batch and shared by its tokens + embedding rows + KV cache read and written';
const OPERATIONS_FORMULA =
  '2 × weights × tokens, the output layer for wanted rows only + attention over the positions it is computed for';

/** @param reason why there are no sums */
export function expectedWork(
  sums: DemandSums | null,
  reason: string,
  settings: RooflineSettings,
  limits: readonly string[],
): ExpectedWork {
  const make = (
    unit: string,
    formula: string,
    of: (sums: DemandSums) => { value: number; inputs: QuantityInput[] },
    note: string | null,
  ): Quantity => {
    if (sums === null) return unknown(unit, reason);
    const { value, inputs } = of(sums);
    return quantity(value, unit, 'modelled', { formula, inputs, note });
  };
  const bytesNote = joined([
    `micro-batch ${settings.microBatch.value} (${settings.microBatch.source})`,
    `K cache ${settings.cache.value.key}, V cache ${settings.cache.value.value} (${settings.cache.source})`,
    settings.padding.words,
    ...limits,
  ]);
  const operationsNote = joined([settings.padding.words, ...limits]);
  const per = (
    what: 'call' | 'token',
    unit: string,
    formula: string,
    of: (sums: DemandSums) => number,
    note: string | null,
  ): Quantity =>
    make(
      `${unit}/${what}`,
      `${formula}, ÷ ${what}s`,
      (all) => {
        const count = what === 'call' ? all.calls : all.tokens;
        return {
          value: of(all) / count,
          inputs: [
            ...(unit === 'B' && formula === BYTES_FORMULA ? byteInputs(all) : []),
            ...(formula === OPERATIONS_FORMULA ? operationInputs(all) : []),
            { name: `${what}s`, value: count, unit: `${what}s` },
          ],
        };
      },
      note,
    );
  return {
    bytesPerCall: per('call', 'B', BYTES_FORMULA, (all) => all.bytes, bytesNote),
    bytesPerToken: per('token', 'B', BYTES_FORMULA, (all) => all.bytes, null),
    operationsPerCall: per('call', 'operations', OPERATIONS_FORMULA, (all) => all.operations, operationsNote),
    operationsPerToken: per('token', 'operations', OPERATIONS_FORMULA, (all) => all.operations, null),
    intensity: make(
      'operations/B',
      'operations ÷ bytes',
      (all) => ({
        value: all.operations / all.bytes,
        inputs: [
          { name: 'operations', value: all.operations, unit: 'operations' },
          { name: 'bytes', value: all.bytes, unit: 'B' },
        ],
      }),
      null,
    ),
    weightBytesPerCall: per(
      'call',
      'B',
      'weights once per micro-batch + embedding rows',
      (all) => all.weightBytes + all.rowBytes,
      null,
    ),
    cacheReadBytesPerCall: per(
      'call',
      'B',
      'KV cache of the positions before each micro-batch',
      (all) => all.cacheReadBytes,
      null,
    ),
    cacheWriteBytesPerCall: per(
      'call',
      'B',
      'KV cache of the tokens evaluated',
      (all) => all.cacheWriteBytes,
      null,
    ),
  };
}

function byteInputs(all: DemandSums): QuantityInput[] {
  return [
    { name: 'weights', value: all.weightBytes, unit: 'B' },
    { name: 'embedding rows', value: all.rowBytes, unit: 'B' },
    { name: 'KV cache read', value: all.cacheReadBytes, unit: 'B' },
    { name: 'KV cache written', value: all.cacheWriteBytes, unit: 'B' },
    { name: 'micro-batches', value: all.microBatches, unit: 'micro-batches' },
  ];
}

function operationInputs(all: DemandSums): QuantityInput[] {
  return [
    { name: 'products with weights', value: all.operations - all.attentionOperations, unit: 'operations' },
    { name: 'attention', value: all.attentionOperations, unit: 'operations' },
    { name: 'spared by the last layer’s short rows', value: all.skippedOperations, unit: 'operations' },
  ];
}

function joined(parts: readonly (string | null)[]): string | null {
  return parts.filter(Boolean).join('; ') || null;
}

/** Sums of the calls of a stage; null with the reason when the calls are not known. */
export function sumsOfStage(
  demand: ModelDemand | null,
  demandReason: string | null,
  stage: RooflineStage,
  stageCalls: StageCalls,
  settings: RooflineSettings,
): { sums: DemandSums | null; reason: string } {
  if (demand === null) return { sums: null, reason: demandReason ?? 'the model is not known' };
  if (stageCalls.calls === null) return { sums: null, reason: stageCalls.reason };
  return { sums: demandSums(demand, stage, stageCalls.calls, settings), reason: '' };
}
