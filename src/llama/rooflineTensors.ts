/** What each tensor of a model is read and multiplied for when llama_decode evaluates a token. */
import type { ModelInfo, ModelTensor } from '../profile/model.ts';
import { layersWith, PREDICTION_LAYER } from './ggufAttention.ts';
import { parametersOf } from '../profile/modelTotals.ts';
import { tensorTypeByName } from './quantisation.ts';

/**
 * `rows`: one row a token is looked up. `matmul`: multiplied with every token. `experts`: multiplied by the share of
 * experts that the router chose. `output`: multiplied with the tokens whose logits are wanted. `vector`: read whole, with
 * operations that do not count (norms, biases, small convolutions). `unused`: not touched by llama_decode.
 */
export type TensorRole = 'rows' | 'matmul' | 'experts' | 'output' | 'vector' | 'unused';

/** One tensor's part in evaluating a token. */
export interface TensorDemand {
  name: string;
  type: string;
  role: TensorRole;
  /** Row of the model's layers; null outside layers. */
  layer: number | null;
  /** Bytes of the whole tensor. */
  bytes: number;
  /** Bytes that one token reads: of `experts` the chosen ones, of `rows` one row. */
  bytesPerToken: number;
  /** Multiplications and additions that one token costs; 0 for `rows` and `vector`. */
  operationsPerToken: number;
  /** False for a type that no table here knows: it is left out of all sums. */
  isTypeKnown: boolean;
  /** True for weights behind the attention of the last layer: they see only the tokens whose logits are wanted. */
  outputRowsOnly: boolean;
}

const LAYER = /^blk\.(\d+)\./;
/** Tables that are indexed, not multiplied. */
const LOOKED_UP = /^(?:token_embd|position_embd|token_types|per_layer_token_embd)\.weight$/;
/** All experts of a layer in one tensor, or one tensor an expert in files of early 2024. */
const EXPERTS = /\.ffn_(?:gate|up|down|gate_up)_exps\.|\.ffn_(?:gate|up|down)\.\d+\.weight$/;
/** Kernels of short convolutions: two dimensions, but no matrix product. */
const CONVOLUTION = /_conv1d|shortconv\.conv|time_mix_/;

/**
 * The demand of every tensor. A model without output weights multiplies with its embedding table (tied): that tensor
 * then stands twice, as `rows` and as `output`.
 *
 * @param expertShare share of a layer's experts that a token uses; 1 for models without experts
 */
export function tensorDemands(model: ModelInfo, expertShare: number): TensorDemand[] {
  const tensors = model.tensors ?? [];
  const unused = layersWith(tensors, PREDICTION_LAYER);
  const hasOutput = tensors.some((tensor) => tensor.name === 'output.weight');
  const executed = (model.layers ?? 0) - unused.size;
  const demands: TensorDemand[] = [];
  for (const tensor of tensors) {
    const layer = layerOf(tensor);
    const role = layer !== null && unused.has(layer) ? 'unused' : roleOf(tensor);
    demands.push(demand(tensor, role, layer, expertShare, layer === executed - 1));
    if (tensor.name === 'token_embd.weight' && !hasOutput) {
      demands.push(demand(tensor, 'output', null, expertShare, false));
    }
  }
  return demands;
}

/**
 * Types of weights that only the output layer has: whatever multiplies with them takes the rows whose logits are wanted,
 * one of a prompt. Empty without tensors.
 */
export function typesOfOutputAlone(model: ModelInfo | null): ReadonlySet<string> {
  const multiplied = model ? tensorDemands(model, 1).filter((of) => of.operationsPerToken > 0) : [];
  const isOutput = (of: TensorDemand): boolean => of.role === 'output';
  const others = new Set(multiplied.filter((of) => !isOutput(of)).map((of) => of.type));
  return new Set(multiplied.filter((of) => isOutput(of) && !others.has(of.type)).map((of) => of.type));
}

function layerOf(tensor: ModelTensor): number | null {
  const match = LAYER.exec(tensor.name);
  return match ? Number(match[1]) : null;
}

function roleOf(tensor: ModelTensor): TensorRole {
  if (tensor.name === 'output.weight') return 'output';
  if (LOOKED_UP.test(tensor.name)) return 'rows';
  if (EXPERTS.test(tensor.name) && isMatrix(tensor)) return 'experts';
  return tensor.name.endsWith('.weight') && isMatrix(tensor) && !CONVOLUTION.test(tensor.name)
    ? 'matmul'
    : 'vector';
}

function isMatrix(tensor: ModelTensor): boolean {
  return tensor.dimensions.filter((dimension) => dimension > 1).length > 1;
}

function demand(
  tensor: ModelTensor,
  role: TensorRole,
  layer: number | null,
  expertShare: number,
  isLastLayer: boolean,
): TensorDemand {
  const share = role === 'experts' ? expertShare : role === 'unused' ? 0 : 1;
  const rows = parametersOf(tensor) / (tensor.dimensions[0] || 1);
  const isProduct = role === 'matmul' || role === 'experts' || role === 'output';
  return {
    name: tensor.name,
    type: tensor.type,
    role,
    layer,
    bytes: tensor.bytes,
    bytesPerToken: role === 'rows' ? tensor.bytes / rows : tensor.bytes * share,
    operationsPerToken: isProduct ? 2 * parametersOf(tensor) * share : 0,
    isTypeKnown: tensorTypeByName(tensor.type) !== null,
    outputRowsOnly: isLastLayer && /\.ffn_/.test(tensor.name),
  };
}
