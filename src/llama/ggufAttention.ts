/**
 * What each layer's attention keeps and reads, from a model's settings and the shapes of its tensors. The shapes win:
 * a layer without key weights keeps no KV cache, whatever the settings say.
 *
 * Source: tensor names and hyper-parameters of llama.cpp (src/llama-arch.cpp, `load_hparams` of src/llama-model.cpp,
 * `set_swa_pattern` of src/llama-hparams.cpp).
 */
import type { ModelInfo, ModelTensor } from '../profile/model.ts';

/** What one layer's attention computes with and keeps for a position. Widths are numbers of values. */
export interface AttentionLayer {
  layer: number;
  /** Heads × length of a key: multiply-adds of Q·K for one cached position. */
  queryWidth: number;
  /** Heads × length of a value: multiply-adds of the weighted sum of V for one cached position. */
  outputWidth: number;
  /** Values a position takes in the K cache. */
  keyWidth: number;
  /** Values a position takes in the V cache. */
  valueWidth: number;
  /** Positions that a sliding window leaves in reach; null when the whole context is. */
  window: number | null;
}

/**
 * Every n-th layer sees the whole context, the others a window: periods that llama.cpp has in its code for
 * architectures whose files do not state one.
 */
const SLIDING_PERIODS = new Map<string, number>([
  ['afmoe', 4],
  ['cohere2', 4],
  ['exaone4', 4],
  ['gemma2', 2],
  ['gemma3', 6],
  ['gemma3n', 5],
  ['gpt-oss', 2],
  ['olmo2', 4],
  ['plamo3', 8],
]);

/**
 * Attention of every layer that keeps a KV cache, in order of layers; empty when the model does not say enough. Without
 * a tensor table (a model known from a log) all layers are taken to be alike.
 */
export function attentionLayers(model: ModelInfo): AttentionLayer[] {
  const tensors = model.tensors;
  const shapes = tensors && new Map(tensors.map((tensor) => [tensor.name, tensor.dimensions]));
  const recurrent = layersWith(tensors ?? [], /^blk\.(\d+)\.ssm_/);
  const predicting = layersWith(tensors ?? [], PREDICTION_LAYER);
  const rows: AttentionLayer[] = [];
  for (let layer = 0; layer < (model.layers ?? 0); layer++) {
    if (predicting.has(layer)) continue;
    const widths = shapes
      ? widthsOfShapes(model, shapes, layer, recurrent.has(layer))
      : complete(widthsOfSettings(model, layer));
    if (widths) rows.push({ layer, ...widths, window: windowOf(model, layer) });
  }
  return rows;
}

/** Layers that predict further tokens (`nextn`): stored behind the model, not run by llama_decode. */
export const PREDICTION_LAYER = /^blk\.(\d+)\.nextn\./;

/** Numbers of the layers that have a tensor whose name fits. */
export function layersWith(tensors: readonly Pick<ModelTensor, 'name'>[], pattern: RegExp): Set<number> {
  const layers = new Set<number>();
  for (const { name } of tensors) {
    const match = pattern.exec(name);
    if (match) layers.add(Number(match[1]));
  }
  return layers;
}

type Widths = Omit<AttentionLayer, 'layer' | 'window'>;
type PossibleWidths = { [Width in keyof Widths]: number | null };

/** Plain attention as the settings describe it: every head has a key and a value of its own or shares them in groups. */
function widthsOfSettings(model: ModelInfo, layer: number): PossibleWidths {
  const heads = model.attention?.headCountByLayer?.[layer] ?? model.headCount;
  const headsKv = model.attention?.headCountKvByLayer?.[layer] ?? model.headCountKv ?? heads;
  const keyLength = model.headLength;
  const valueLength = model.attention?.valueLength ?? keyLength;
  return {
    queryWidth: times(heads, keyLength),
    outputWidth: times(heads, valueLength),
    keyWidth: times(headsKv, keyLength),
    valueWidth: times(headsKv, valueLength),
  };
}

function widthsOfShapes(
  model: ModelInfo,
  shapes: ReadonlyMap<string, readonly number[]>,
  layer: number,
  isRecurrent: boolean,
): Widths | null {
  const shape = (name: string) => shapes.get(`blk.${layer}.${name}.weight`);
  const stated = widthsOfSettings(model, layer);
  const latent = shape('attn_kv_a_mqa');
  const keys = shape('attn_k');
  if (latent) return complete(latentWidths(model, layer, stated, latent, shape('attn_k_b') !== undefined));
  if (keys) {
    const keyWidth = keys[1] ?? null;
    return complete({
      queryWidth: stated.queryWidth ?? shape('attn_q')?.[1] ?? null,
      outputWidth: stated.outputWidth ?? shape('attn_output')?.[0] ?? null,
      keyWidth,
      valueWidth: shape('attn_v')?.[1] ?? keyWidth,
    });
  }
  // Recurrent layers have a fused projection too, but keep a state of fixed size instead of a cache.
  return shape('attn_qkv') && !isRecurrent ? complete(stated) : null;
}

/** Multi-head latent attention: the cache holds a compressed vector, or what it expands to in older files. */
function latentWidths(
  model: ModelInfo,
  layer: number,
  stated: PossibleWidths,
  compressed: readonly number[],
  isFolded: boolean,
): PossibleWidths {
  if (!isFolded) return { ...stated, keyWidth: stated.queryWidth, valueWidth: stated.outputWidth };
  const heads = model.attention?.headCountByLayer?.[layer] ?? model.headCount;
  const rank = model.attention?.kvLoraRank ?? null;
  const keyWidth = compressed[1] ?? null;
  return {
    queryWidth: times(heads, keyWidth),
    outputWidth: times(heads, rank),
    keyWidth,
    valueWidth: rank,
  };
}

function complete({ queryWidth, outputWidth, keyWidth, valueWidth }: PossibleWidths): Widths | null {
  if (queryWidth === null || outputWidth === null || keyWidth === null || valueWidth === null) return null;
  return { queryWidth, outputWidth, keyWidth, valueWidth };
}

function times(count: number | null, length: number | null): number | null {
  return count !== null && length !== null ? count * length : null;
}

function windowOf(model: ModelInfo, layer: number): number | null {
  const window = model.attention?.slidingWindow ?? null;
  const pattern = model.attention?.slidingPattern ?? null;
  if (window === null || window <= 0) return null;
  if (Array.isArray(pattern)) {
    return pattern.length > 0 && pattern[layer % pattern.length] ? window : null;
  }
  // An architecture that states a window but is in no list (phi3) runs with full attention in llama.cpp.
  const period = pattern ?? SLIDING_PERIODS.get(model.architecture ?? '') ?? null;
  if (period === null) return null;
  return period === 0 || layer % period < period - 1 ? window : null;
}
