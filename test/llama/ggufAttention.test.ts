import { describe, expect, it } from 'vitest';
import { attentionLayers } from '../../src/llama/ggufAttention.ts';
import { model, NO_SETTINGS, qwen05b, tensor } from '../support/modelFixtures.ts';

describe('attention of a layer', () => {
  it('comes from the shapes of its weights', () => {
    const layers = attentionLayers(qwen05b());
    expect(layers).toHaveLength(24);
    expect(layers[23]).toEqual({
      layer: 23,
      queryWidth: 1024,
      outputWidth: 1024,
      keyWidth: 1024,
      valueWidth: 1024,
      window: null,
    });
  });

  it('is the same for a model that is known from a log only', () => {
    const fromLog = { ...qwen05b(), tensors: null, attention: undefined };
    expect(attentionLayers(fromLog)).toEqual(attentionLayers(qwen05b()));
    expect(attentionLayers({ ...fromLog, headLength: null })).toEqual([]);
  });

  it('differs by layer where heads do', () => {
    const info = model(null, {
      layers: 2,
      headLength: 64,
      attention: { ...NO_SETTINGS, headCountByLayer: [12, 16], headCountKvByLayer: [3, 4], valueLength: 32 },
    });
    expect(attentionLayers(info)).toMatchObject([
      { queryWidth: 768, outputWidth: 384, keyWidth: 192, valueWidth: 96 },
      { queryWidth: 1024, outputWidth: 512, keyWidth: 256, valueWidth: 128 },
    ]);
  });

  it('of a fused projection comes from the settings', () => {
    const info = model([tensor('blk.0.attn_qkv.weight', 'f16', 64, 128)], {
      layers: 1,
      headCount: 4,
      headCountKv: 2,
      headLength: 16,
    });
    expect(attentionLayers(info)).toMatchObject([{ queryWidth: 64, keyWidth: 32, valueWidth: 32 }]);
  });

  /** DeepSeek-V2-Lite: 16 heads, keys of 192 (128 + 64 rotary), values of 128, rank 512. */
  describe('with compressed keys and values', () => {
    const settings = {
      layers: 1,
      headCount: 16,
      headCountKv: 16,
      headLength: 192,
      attention: { ...NO_SETTINGS, valueLength: 128, kvLoraRank: 512 },
    };
    const compressed = tensor('blk.0.attn_kv_a_mqa.weight', 'f16', 2048, 576);

    it('keeps the compressed vector when the projection is folded into the query', () => {
      const folded = [compressed, tensor('blk.0.attn_k_b.weight', 'f16', 128, 512, 16)];
      expect(attentionLayers(model(folded, settings))).toMatchObject([
        { queryWidth: 16 * 576, outputWidth: 16 * 512, keyWidth: 576, valueWidth: 512 },
      ]);
    });

    it('keeps all heads in files from before that', () => {
      const expanded = [compressed, tensor('blk.0.attn_kv_b.weight', 'f16', 512, 4096)];
      expect(attentionLayers(model(expanded, settings))).toMatchObject([
        { queryWidth: 3072, outputWidth: 2048, keyWidth: 3072, valueWidth: 2048 },
      ]);
    });
  });

  it.each([
    ['gemma2', null, [64, null, 64, null]],
    ['cohere2', null, [64, 64, 64, null]],
    // A window that llama.cpp does not use.
    ['phi3', null, [null, null, null, null]],
    ['phi3', 2, [64, null, 64, null]],
    ['any', 0, [64, 64, 64, 64]],
    ['any', 1, [null, null, null, null]],
    ['any', [true, false], [64, null, 64, null]],
  ] as const)('slides as %s says, pattern %j', (architecture, pattern, windows) => {
    const info = model(null, {
      architecture,
      layers: 4,
      headCount: 2,
      headCountKv: 2,
      headLength: 8,
      attention: {
        ...NO_SETTINGS,
        slidingWindow: 64,
        slidingPattern: typeof pattern === 'object' && pattern ? [...pattern] : pattern,
      },
    });
    expect(attentionLayers(info).map((layer) => layer.window)).toEqual(windows);
  });
});
