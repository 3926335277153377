/**
 * What a model asks of a machine: bytes and operations of a call of llama_decode, from the tensor table alone. Everything
 * here is modelled: it counts weights, KV cache and matrix products, and leaves out norms, softmax and activations, whose
 * operations are below one per cent.
 *
 * Sources: shapes and graph of llama.cpp (src/llama-graph.cpp, `build_attn`, `build_ffn`; `inp_out_ids` in src/models);
 * the micro-batch of `llama_context::decode`.
 */
import type { ModelInfo } from '../profile/model.ts';
import { attentionLayers, type AttentionLayer } from './ggufAttention.ts';
import { bytesOfWeights, tensorTypeByName } from './quantisation.ts';
import { tensorDemands, type TensorDemand } from './rooflineTensors.ts';

/** What one evaluation of the model needs, apart from the context. */
export interface ModelDemand {
  tensors: TensorDemand[];
  attention: AttentionLayer[];
  /** Weights that a single token reads: layers, vectors and output, of experts the chosen ones. Without the cache. */
  weightBytes: number;
  /** Embedding rows that a token reads. */
  rowBytes: number;
  /** Operations of the layers' weights for one token. */
  layerOperations: number;
  /** Operations of the output layer for one row of logits. */
  outputOperations: number;
  /** True when the output layer multiplies with the embedding table. */
  isTied: boolean;
  /** Experts a token uses, of how many; null for a dense model. */
  experts: { used: number; of: number } | null;
  /** What the numbers leave out for this model, a sentence each. */
  limits: string[];
}

/** The demand of a model, or the sentence that says why it cannot be told. */
export type DemandOrReason = { demand: ModelDemand; reason: null } | { demand: null; reason: string };

/** Derives the demand from a model's tensors. Needs the tensor table: a log does not say enough. */
export function modelDemand(model: ModelInfo): DemandOrReason {
  const reason = whyUnknown(model);
  if (reason !== null) return { demand: null, reason };
  const tensors = model.tensors ?? [];
  const hasExperts = (model.expertCount ?? 0) > 0;
  const experts = hasExperts ? { used: model.expertUsedCount ?? 0, of: model.expertCount ?? 0 } : null;
  const demands = tensorDemands(model, experts ? experts.used / experts.of : 1);
  const attention = attentionLayers(model);
  const sum = (roles: readonly string[], of: (tensor: TensorDemand) => number) =>
    demands
      .filter((tensor) => tensor.isTypeKnown && roles.includes(tensor.role))
      .reduce((total, tensor) => total + of(tensor), 0);
  const bytes = (tensor: TensorDemand) => tensor.bytesPerToken;
  const operations = (tensor: TensorDemand) => tensor.operationsPerToken;
  return {
    demand: {
      tensors: demands,
      attention,
      weightBytes: sum(['matmul', 'experts', 'output', 'vector'], bytes),
      rowBytes: sum(['rows'], bytes),
      layerOperations: sum(['matmul', 'experts'], operations),
      outputOperations: sum(['output'], operations),
      isTied: !tensors.some((tensor) => tensor.name === 'output.weight'),
      experts,
      limits: limitsOf(model, demands, attention, experts !== null),
    },
    reason: null,
  };
}

function whyUnknown(model: ModelInfo): string | null {
  if (model.tensors === null)
    return 'the sizes of the tensors are not known: give the model file or its compact form';
  if (model.split) {
    return `part ${model.split.part + 1} of ${model.split.parts} is not the whole model: give all parts`;
  }
  if (!model.tensors.some((tensor) => tensor.name === 'token_embd.weight')) {
    return 'the file has no token embeddings: it is no language model';
  }
  if ((model.expertCount ?? 0) > 0 && !model.expertUsedCount) {
    return 'the file does not say how many experts a token uses';
  }
  return null;
}

function limitsOf(
  model: ModelInfo,
  demands: readonly TensorDemand[],
  attention: readonly AttentionLayer[],
  hasExperts: boolean,
): string[] {
  const limits: string[] = [];
  const unknown = Map.groupBy(
    demands.filter((tensor) => !tensor.isTypeKnown),
    (tensor) => tensor.type,
  );
  for (const [type, tensors] of unknown) {
    const count = tensors.length === 1 ? '1 tensor is' : `${tensors.length} tensors are`;
    limits.push(`The size of ${type} weights is not known: ${count} left out.`);
  }
  if (attention.length === 0) limits.push('The size of the KV cache is not known; it is left out.');
  if (model.tensors?.some((tensor) => /\.ssm_/.test(tensor.name))) {
    limits.push('Recurrent layers read and write a state of fixed size, which is left out.');
  }
  if (hasExperts) {
    limits.push('Tokens of a batch are taken to choose their experts independently and evenly.');
  }
  return limits;
}

/** Types of the K and V cache as llama.cpp names them (`-ctk`, `-ctv`). */
export interface CacheTypes {
  key: string;
  value: string;
}

const DEFAULT_CACHE: CacheTypes = { key: 'f16', value: 'f16' };

/** Bytes that one position takes in one layer's cache; 0 for a cache type that ggml does not have. */
export function cacheBytesOfLayer(layer: AttentionLayer, cache: CacheTypes = DEFAULT_CACHE): number {
  const row = (type: string, width: number) => {
    const known = tensorTypeByName(type);
    return known ? bytesOfWeights(known, width, 1) : 0;
  };
  return row(cache.key, layer.keyWidth) + row(cache.value, layer.valueWidth);
}

/** Bytes by which a decode call grows with each position, while no sliding window is full. */
export function cacheBytesPerPosition(demand: ModelDemand, cache: CacheTypes = DEFAULT_CACHE): number {
  return demand.attention.reduce((sum, layer) => sum + cacheBytesOfLayer(layer, cache), 0);
}

/** Which pairs of a token and a position the attention of a call is computed for. */
export interface CachePadding {
  /** Positions that the graph's KV length is a multiple of; null when it is not known whether flash attention is on. */
  positions: number | null;
  /** Multiple of positions that attention is computed for. */
  computedPadding: number;
  /** No operations for the positions behind a token, which it does not see. */
  skipsMasked: boolean;
  words: string;
}

/** KV length is rounded up to so many positions without and with flash attention (`llama_kv_cache_get_padding`). */
const CACHE_PADDING = { plain: 32, flash: 256 };

/**
 * The padding of the KV cache by what llama.cpp printed about flash attention (`enabled (auto)`, `1`, `disabled`). Without
 * it the scores of all padded positions are computed, also of those behind a token of the prompt; flash attention goes on
 * to the next position wherever the mask is −∞ (`ggml_compute_forward_flash_attn_ext`), so that neither the padding nor
 * the positions behind a token cost operations or reads. What later builds take for prompts
 * (`…_flash_attn_ext_tiled`) leaves out masked tiles only: the operations here are its least.
 */
export function cachePaddingOf(flashAttention: string | null): CachePadding {
  if (/^(?:1|on|enabled|true)\b/i.test(flashAttention ?? '')) {
    return {
      positions: CACHE_PADDING.flash,
      computedPadding: 1,
      skipsMasked: true,
      words: `flash attention: the KV length is a multiple of ${CACHE_PADDING.flash} positions; operations are counted for those that a token sees (newer builds compute tiles at the edge whole)`,
    };
  }
  if (/^(?:0|off|disabled|false)\b/i.test(flashAttention ?? '')) {
    return {
      positions: CACHE_PADDING.plain,
      computedPadding: CACHE_PADDING.plain,
      skipsMasked: false,
      words: `no flash attention: attention is computed over a multiple of ${CACHE_PADDING.plain} positions, also those behind a token`,
    };
  }
  return {
    positions: null,
    computedPadding: 1,
    skipsMasked: false,
    words:
      'whether flash attention was on is not known: attention is counted over all positions of a micro-batch, without padding',
  };
}

/** One call of llama_decode. */
export interface CallShape {
  /** Tokens in the call. */
  tokens: number;
  /** Positions in the cache before it. */
  past: number;
  /** Tokens whose logits are wanted; llama.cpp's tools want the last one's. */
  outputs?: number;
  /** `n_ubatch`: a call is evaluated in pieces of at most so many tokens. */
  microBatch?: number;
  cache?: CacheTypes;
  /** The attention is computed over the cache rounded up to so many positions. */
  cachePadding?: number;
  /** The attention is computed only for the positions that a token sees (flash attention). */
  skipsMasked?: boolean;
}

/** Bytes and operations of one call. */
export interface CallDemand {
  /** Weights, once for each micro-batch. */
  weightBytes: number;
  rowBytes: number;
  /** Positions cached before each micro-batch. */
  cacheReadBytes: number;
  cacheWriteBytes: number;
  bytes: number;
  layerOperations: number;
  outputOperations: number;
  /** Scores and weighted sums over cached positions: what is computed, for masked pairs too unless they are skipped. */
  attentionOperations: number;
  operations: number;
  /** Operations that the last layer saves by dropping tokens whose logits nobody wants; not in `operations`. */
  skippedOperations: number;
  /** Operations a byte. */
  intensity: number;
}

/** `n_ubatch` unless it was set (common/common.h). */
const DEFAULT_MICRO_BATCH = 512;

/** Bytes and operations of a call: one token of Decode, or a Prefill in micro-batches. */
export function callDemand(demand: ModelDemand, shape: CallShape): CallDemand {
  const { tokens, past, outputs = 1, cache = DEFAULT_CACHE } = shape;
  const microBatch = Math.max(1, shape.microBatch ?? DEFAULT_MICRO_BATCH);
  const pairs = { padding: Math.max(1, shape.cachePadding ?? 1), skipsMasked: shape.skipsMasked ?? false };
  const perPosition = cacheBytesPerPosition(demand, cache);
  const result = {
    weightBytes: 0,
    rowBytes: tokens * demand.rowBytes,
    cacheReadBytes: 0,
    cacheWriteBytes: tokens * perPosition,
    layerOperations: 0,
    outputOperations: outputs * demand.outputOperations,
    attentionOperations: 0,
    skippedOperations: 0,
  };
  for (let done = 0; done < tokens; done += microBatch) {
    const piece = Math.min(microBatch, tokens - done);
    const rows = outputRowsOf(tokens, done, piece, outputs);
    const before = past + done;
    result.weightBytes += weightBytesOf(demand, piece, rows);
    result.cacheReadBytes += cacheReadBytes(demand, before, cache);
    result.attentionOperations += attentionOperations(demand, piece, before, pairs);
    const skipped = (piece - rows) * lastRowOperations(demand);
    result.skippedOperations += skipped;
    result.layerOperations += piece * demand.layerOperations - skipped;
  }
  const bytes = result.weightBytes + result.rowBytes + result.cacheReadBytes + result.cacheWriteBytes;
  const operations = result.layerOperations + result.outputOperations + result.attentionOperations;
  return { ...result, bytes, operations, intensity: bytes > 0 ? operations / bytes : 0 };
}

/** A token of Decode with `past` positions in the cache. */
export function decodeDemand(demand: ModelDemand, past: number, cache?: CacheTypes): CallDemand {
  return callDemand(demand, { tokens: 1, past, cache });
}

/** Position at which a token reads as many bytes of cache as of weights; null when the cache does not grow so far. */
export function cacheEqualsWeightsAt(demand: ModelDemand, cache: CacheTypes = DEFAULT_CACHE): number | null {
  const growing = demand.attention.filter((layer) => layer.window === null);
  const perPosition = growing.reduce((sum, layer) => sum + cacheBytesOfLayer(layer, cache), 0);
  const full = demand.attention
    .filter((layer) => layer.window !== null)
    .reduce((sum, layer) => sum + (layer.window ?? 0) * cacheBytesOfLayer(layer, cache), 0);
  const rest = demand.weightBytes + demand.rowBytes - full;
  return perPosition > 0 && rest > 0 ? rest / perPosition : null;
}

/** Weights that a micro-batch reads: the output layer and the end of the last layer only when logits are wanted. */
function weightBytesOf(demand: ModelDemand, tokens: number, outputRows: number): number {
  let bytes = 0;
  for (const tensor of demand.tensors) {
    bytes += bytesOfTensor(demand, tensor, rowsOf(tensor, tokens, outputRows));
  }
  return bytes;
}

/** Rows of a micro-batch that a tensor is read for: of weights the tokens, or only those whose logits are wanted. */
function rowsOf(tensor: TensorDemand, tokens: number, outputRows: number): number {
  if (tensor.role === 'rows' || tensor.role === 'unused' || !tensor.isTypeKnown) return 0;
  return tensor.role === 'output' || tensor.outputRowsOnly ? outputRows : tokens;
}

function bytesOfTensor(demand: ModelDemand, tensor: TensorDemand, rows: number): number {
  if (rows === 0) return 0;
  return tensor.role === 'experts' ? tensor.bytes * touchedExperts(demand, rows) : tensor.bytesPerToken;
}

/** One tensor's part in a call. */
export interface TensorWork {
  tensor: TensorDemand;
  bytes: number;
  operations: number;
  /** Rows it is multiplied with at once, at most: 1 is a matrix–vector product. */
  rows: number;
}

/**
 * The part of each tensor in one call of so many tokens, embedding rows included; together they are the call's weights,
 * rows, and operations but attention's.
 */
export function tensorWork(
  demand: ModelDemand,
  { tokens, outputs = 1, microBatch: stated }: Pick<CallShape, 'tokens' | 'outputs' | 'microBatch'>,
): TensorWork[] {
  const microBatch = Math.max(1, stated ?? DEFAULT_MICRO_BATCH);
  const work = demand.tensors.map((tensor): TensorWork => ({
    tensor,
    bytes: tensor.role === 'rows' && tensor.isTypeKnown ? tokens * tensor.bytesPerToken : 0,
    operations: 0,
    rows: 0,
  }));
  for (let done = 0; done < tokens; done += microBatch) {
    const piece = Math.min(microBatch, tokens - done);
    const outputRows = outputRowsOf(tokens, done, piece, outputs);
    for (const of of work) {
      const rows = rowsOf(of.tensor, piece, outputRows);
      of.bytes += bytesOfTensor(demand, of.tensor, rows);
      of.operations += rows * of.tensor.operationsPerToken;
      of.rows = Math.max(of.rows, rows);
    }
  }
  return work;
}

/** Logits are wanted of the last tokens. */
function outputRowsOf(tokens: number, done: number, piece: number, outputs: number): number {
  return Math.min(piece, Math.max(0, outputs - (tokens - done - piece)));
}

/** Share of a layer's experts that at least one of the tokens chooses, when each chooses independently and evenly. */
function touchedExperts(demand: ModelDemand, tokens: number): number {
  const share = demand.experts ? demand.experts.used / demand.experts.of : 1;
  return 1 - (1 - share) ** tokens;
}

function lastRowOperations(demand: ModelDemand): number {
  return demand.tensors.reduce(
    (sum, tensor) => sum + (tensor.outputRowsOnly && tensor.isTypeKnown ? tensor.operationsPerToken : 0),
    0,
  );
}

function cacheReadBytes(demand: ModelDemand, past: number, cache: CacheTypes): number {
  return demand.attention.reduce((sum, layer) => sum + cacheReadOfLayer(layer, past, cache), 0);
}

/** Bytes of cache that one layer reads with `past` positions in it. */
export function cacheReadOfLayer(layer: AttentionLayer, past: number, cache: CacheTypes): number {
  return Math.min(past, layer.window ?? past) * cacheBytesOfLayer(layer, cache);
}

/** Pairs of tokens and positions that attention is computed for, as `CachePadding` says. */
interface ComputedPairs {
  padding: number;
  skipsMasked: boolean;
}

function attentionOperations(
  demand: ModelDemand,
  tokens: number,
  past: number,
  computed: ComputedPairs,
): number {
  return demand.attention.reduce((sum, layer) => sum + attentionOfLayer(layer, tokens, past, computed), 0);
}

/** Operations of one layer's scores and weighted sums for so many tokens behind `past` positions. */
export function attentionOfLayer(
  layer: AttentionLayer,
  tokens: number,
  past: number,
  { padding, skipsMasked }: ComputedPairs,
): number {
  const pairs = skipsMasked
    ? seenPairs(tokens, past, layer.window)
    : tokens * computedReach(tokens, past, layer.window, padding);
  return 2 * pairs * (layer.queryWidth + layer.outputWidth);
}

/** A token sees itself and the positions before it, of a window only the last ones. */
function seenPairs(tokens: number, past: number, window: number | null): number {
  const growing = window === null ? tokens : Math.min(tokens, Math.max(0, window - past));
  const inWindow = (tokens - growing) * (window ?? 0);
  return growing * past + (growing * (growing + 1)) / 2 + inWindow;
}

/** Positions that each token is computed with where masked ones are computed too. */
function computedReach(tokens: number, past: number, window: number | null, padding: number): number {
  const positions = Math.ceil((past + tokens) / padding) * padding;
  // A window moves on with every token: together the tokens see the window and themselves.
  return window === null ? positions : Math.min(positions, window + tokens - 1);
}
