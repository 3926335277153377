/** Models as their tensor tables: shapes of real ones, without their files. */
import { bytesOfWeights, tensorTypeByName } from '../../src/llama/quantisation.ts';
import type { AttentionSettings, ModelInfo, ModelTensor } from '../../src/profile/model.ts';
import { unknownModel } from '../../src/profile/unknownModel.ts';

/** One tensor by name, type and dimensions (ne[0] first). */
export function tensor(name: string, type: string, ...dimensions: number[]): ModelTensor {
  const known = tensorTypeByName(type);
  if (!known) throw new Error(`no tensor type ${type}`);
  const rows = dimensions.slice(1).reduce((product, dimension) => product * dimension, 1);
  return { name, type, dimensions, bytes: bytesOfWeights(known, dimensions[0], rows) };
}

/** A model of these tensors; what a test does not set is unknown. */
export function model(tensors: ModelTensor[] | null, more: Partial<ModelInfo> = {}): ModelInfo {
  return {
    ...unknownModel('fixture'),
    tensors,
    attention: null,
    split: null,
    ...more,
  };
}

export const NO_SETTINGS: AttentionSettings = {
  headCountByLayer: null,
  headCountKvByLayer: null,
  valueLength: null,
  kvLoraRank: null,
  slidingWindow: null,
  slidingPattern: null,
};

/** Qwen1.5-0.5B-Chat in Q4_0, as its file lists it: 24 layers of width 1024, 16 heads of 64, untied output in q6_K. */
export function qwen05b(): ModelInfo {
  const layer = (row: number) => [
    tensor(`blk.${row}.attn_norm.weight`, 'f32', 1024),
    ...['q', 'k', 'v'].flatMap((part) => [
      tensor(`blk.${row}.attn_${part}.weight`, 'q4_0', 1024, 1024),
      tensor(`blk.${row}.attn_${part}.bias`, 'f32', 1024),
    ]),
    tensor(`blk.${row}.attn_output.weight`, 'q4_0', 1024, 1024),
    tensor(`blk.${row}.ffn_norm.weight`, 'f32', 1024),
    tensor(`blk.${row}.ffn_gate.weight`, 'q4_0', 1024, 2816),
    tensor(`blk.${row}.ffn_up.weight`, 'q4_0', 1024, 2816),
    tensor(`blk.${row}.ffn_down.weight`, 'q4_0', 2816, 1024),
  ];
  return model(
    [
      tensor('token_embd.weight', 'q4_0', 1024, 151_936),
      ...Array.from({ length: 24 }, (_, row) => layer(row)).flat(),
      tensor('output_norm.weight', 'f32', 1024),
      tensor('output.weight', 'q6_K', 1024, 151_936),
    ],
    {
      name: 'Qwen1.5-0.5B-Chat',
      architecture: 'qwen2',
      fileType: 'Q4_0',
      layers: 24,
      embeddingLength: 1024,
      feedForwardLength: 2816,
      headCount: 16,
      headCountKv: 16,
      headLength: 64,
      vocabulary: 151_936,
      contextTrained: 32_768,
      attention: NO_SETTINGS,
    },
  );
}
