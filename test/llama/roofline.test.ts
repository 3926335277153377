import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelTotals } from '../../src/profile/modelTotals.ts';
import {
  cacheBytesPerPosition,
  cacheEqualsWeightsAt,
  cachePaddingOf,
  callDemand,
  decodeDemand,
  modelDemand,
  tensorWork,
  type ModelDemand,
} from '../../src/llama/roofline.ts';
import { MemorySource } from '../../src/platform/bytes.ts';
import type { ModelInfo } from '../../src/profile/model.ts';
import { readContainer } from '../../src/readers/gguf/container.ts';
import { modelOfContainer } from '../../src/readers/gguf/model.ts';
import { model, NO_SETTINGS, qwen05b, tensor } from '../support/modelFixtures.ts';
import { describeWithSamples } from '../support/samples.ts';

function demandOf(info: ModelInfo): ModelDemand {
  const { demand, reason } = modelDemand(info);
  if (!demand) throw new Error(reason);
  return demand;
}

/** The numbers below were worked out by hand from the shapes; the totals are those that llama.cpp's log prints. */
describe('Qwen1.5-0.5B-Chat Q4_0', () => {
  const qwen = qwen05b();
  const demand = demandOf(qwen);

  it('has the size that its log prints: 619.57 M, 371.02 MiB (5.02 BPW)', () => {
    const totals = modelTotals(qwen.tensors ?? []);
    expect(totals).toMatchObject({ tensors: 291, parameters: 619_570_176, bytes: 389_045_248 });
    expect((totals.bytes / 2 ** 20).toFixed(2)).toBe('371.02');
    expect(totals.bitsPerWeight?.toFixed(2)).toBe('5.02');
    expect(totals.byType).toEqual([
      { type: 'q4_0', tensors: 169, parameters: 463_863_808, bytes: 173_408_256 + 87_515_136 },
      { type: 'q6_K', tensors: 1, parameters: 155_582_464, bytes: 127_626_240 },
      { type: 'f32', tensors: 121, parameters: 123_904, bytes: 495_616 },
    ]);
  });

  it('reads 301,530,688 bytes of weights a token', () => {
    // 24 layers 173,408,256 + norms and biases 495,616 + output 127,626,240 + one row of embeddings 576
    expect(demand.weightBytes + demand.rowBytes).toBe(301_530_688);
    expect(demand.rowBytes).toBe(576);
    const output = demand.tensors.find((row) => row.role === 'output');
    expect(output?.bytesPerToken).toBe(127_626_240);
    expect(((100 * 127_626_240) / 301_530_688).toFixed(1)).toBe('42.3');
    expect(demand.isTied).toBe(false);
    expect(demand.experts).toBeNull();
    expect(demand.limits).toEqual([]);
  });

  it('has a part for every tensor', () => {
    const of = (name: string) => demand.tensors.find((row) => row.name === name);
    expect(of('blk.3.attn_q.weight')).toMatchObject({
      role: 'matmul',
      layer: 3,
      bytesPerToken: 589_824,
      operationsPerToken: 2 * 1_048_576,
    });
    expect(of('blk.23.ffn_down.weight')).toMatchObject({
      bytesPerToken: 1_622_016,
      operationsPerToken: 2 * 2_883_584,
      outputRowsOnly: true,
    });
    expect(of('blk.22.ffn_down.weight')?.outputRowsOnly).toBe(false);
    expect(of('blk.3.attn_q.bias')).toMatchObject({
      role: 'vector',
      bytesPerToken: 4096,
      operationsPerToken: 0,
    });
    expect(of('token_embd.weight')).toMatchObject({
      role: 'rows',
      bytesPerToken: 576,
      operationsPerToken: 0,
    });
  });

  it('grows by 98,304 bytes of KV cache a position', () => {
    expect(cacheBytesPerPosition(demand)).toBe(98_304);
    // 384 MiB at 4096, as the log prints.
    expect((4096 * 98_304) / 2 ** 20).toBe(384);
    expect(Math.floor(cacheEqualsWeightsAt(demand) ?? 0)).toBe(3067);
    // q8_0: 34 bytes for 32 values instead of 64.
    expect(cacheBytesPerPosition(demand, { key: 'q8_0', value: 'q8_0' })).toBe((98_304 * 34) / 64);
    expect(cacheBytesPerPosition(demand, { key: 'q8_0', value: 'f16' })).toBe((98_304 * (34 + 64)) / 128);
  });

  it('costs 0.935 billion operations and 3.02 a byte for a token at position 78', () => {
    const token = decodeDemand(demand, 78);
    expect(token.layerOperations).toBe(616_562_688);
    expect(token.outputOperations).toBe(311_164_928);
    expect(token.attentionOperations).toBe(98_304 * 79);
    expect((token.operations / 1e9).toFixed(3)).toBe('0.935');
    expect(token.cacheReadBytes).toBe(98_304 * 78);
    expect(token.cacheWriteBytes).toBe(98_304);
    expect(token.bytes).toBe(301_530_688 + 98_304 * 79);
    expect(token.intensity.toFixed(2)).toBe('3.02');
    expect(token.skippedOperations).toBe(0);
  });

  it('costs 47.7 billion operations for a prompt of 78, 1.33 more without the short last layer', () => {
    const prompt = callDemand(demand, { tokens: 78, past: 0 });
    const linear = 78 * 616_562_688;
    expect(prompt.skippedOperations).toBe(77 * 3 * 2 * 2_883_584);
    expect(prompt.layerOperations).toBe(linear - prompt.skippedOperations);
    expect(prompt.outputOperations).toBe(311_164_928);
    expect(prompt.attentionOperations).toBe(98_304 * 78 * 78);
    expect((prompt.operations / 1e9).toFixed(1)).toBe('47.7');
    expect(((prompt.operations + prompt.skippedOperations) / 1e9).toFixed(1)).toBe('49.0');
    expect((prompt.skippedOperations / 1e9).toFixed(3)).toBe('1.332');
    // The weights once, 78 rows of embeddings, 78 positions of cache written.
    expect(prompt.weightBytes + prompt.rowBytes).toBe(301_530_112 + 78 * 576);
    expect(prompt.cacheReadBytes).toBe(0);
    expect(prompt.cacheWriteBytes).toBe(78 * 98_304);
    expect(prompt.bytes).toBe(301_530_112 + 78 * 576 + 78 * 98_304);
  });

  it('computes attention over the padded cache', () => {
    const padded = callDemand(demand, { tokens: 78, past: 0, cachePadding: 32 });
    expect((padded.attentionOperations / 1e9).toFixed(3)).toBe('0.736');
    expect(callDemand(demand, { tokens: 1, past: 31, cachePadding: 32 }).attentionOperations).toBe(
      98_304 * 32,
    );
    expect(callDemand(demand, { tokens: 1, past: 32, cachePadding: 32 }).attentionOperations).toBe(
      98_304 * 64,
    );
  });

  it('computes attention for the pairs that are not masked where masked ones are skipped', () => {
    // Token i of a prompt sees itself and those before it: 110 · 111 / 2 pairs. The simulated run of this shape executes
    // 121 instructions for a dot product over a pair's keys by this count, in Prefill as in Decode.
    const prompt = callDemand(demand, { tokens: 110, past: 0, skipsMasked: true });
    expect(prompt.attentionOperations).toBe(98_304 * 6105);
    const later = callDemand(demand, { tokens: 3, past: 10, skipsMasked: true });
    expect(later.attentionOperations).toBe(98_304 * (11 + 12 + 13));
    const pieces = callDemand(demand, { tokens: 4, past: 0, microBatch: 2, skipsMasked: true });
    expect(pieces.attentionOperations).toBe(98_304 * (1 + 2 + 3 + 4));
    expect(callDemand(demand, { tokens: 1, past: 78, skipsMasked: true }).attentionOperations).toBe(
      98_304 * 79,
    );
  });

  it('reads the weights once a micro-batch, the output only with the last', () => {
    const prompt = callDemand(demand, { tokens: 1000, past: 0 });
    // Gate, up and down with the norm before them.
    const lastFeedForward = 3 * 1_622_016 + 4096;
    const output = 127_626_240;
    const layers = 301_530_112 - output;
    expect(prompt.weightBytes).toBe(2 * layers - lastFeedForward + output);
    // The second micro-batch, of 488 tokens, finds 512 positions.
    expect(prompt.cacheReadBytes).toBe(512 * 98_304);
    expect(prompt.cacheWriteBytes).toBe(1000 * 98_304);
    expect(prompt.attentionOperations).toBe(98_304 * (512 * 512 + 488 * 1000));
    expect(callDemand(demand, { tokens: 1000, past: 0, microBatch: 1000 }).weightBytes).toBe(301_530_112);
  });

  it('reads everything for every token when all logits are wanted', () => {
    const perplexity = callDemand(demand, { tokens: 1000, past: 0, outputs: 1000 });
    expect(perplexity.weightBytes).toBe(2 * 301_530_112);
    expect(perplexity.skippedOperations).toBe(0);
    expect(perplexity.outputOperations).toBe(1000 * 311_164_928);
  });
});

describe('other kinds of models', () => {
  const heads = { layers: 1, headCount: 4, headCountKv: 2, headLength: 16, attention: NO_SETTINGS };
  const attention = (layer = 0) => [
    tensor(`blk.${layer}.attn_q.weight`, 'q8_0', 64, 64),
    tensor(`blk.${layer}.attn_k.weight`, 'q8_0', 64, 32),
    tensor(`blk.${layer}.attn_v.weight`, 'q8_0', 64, 32),
    tensor(`blk.${layer}.attn_output.weight`, 'q8_0', 64, 64),
  ];
  /** q8_0: 34 bytes for 32 weights. 4,096 + 2,048 + 2,048 + 4,096 weights. */
  const attentionBytes = (12_288 * 34) / 32;

  it('with tied embeddings read the table whole, as output', () => {
    const demand = demandOf(model([tensor('token_embd.weight', 'q8_0', 64, 1000), ...attention()], heads));
    expect(demand.isTied).toBe(true);
    expect(demand.weightBytes).toBe(attentionBytes + 68_000);
    expect(demand.rowBytes).toBe(68);
    expect(demand.outputOperations).toBe(2 * 64_000);
  });

  it('with grouped heads keep the keys and values of the groups and compute with all heads', () => {
    const demand = demandOf(model([tensor('token_embd.weight', 'f16', 64, 10), ...attention()], heads));
    expect(cacheBytesPerPosition(demand)).toBe(2 * 32 * 2);
    // 2 (multiply, add) × 2 (K·Q, scores·V) × 64 values × positions
    expect(decodeDemand(demand, 9).attentionOperations).toBe(4 * 64 * 10);
  });

  describe('with experts', () => {
    const tensors = [
      tensor('token_embd.weight', 'f16', 64, 10),
      tensor('output.weight', 'f16', 64, 10),
      ...attention(),
      tensor('blk.0.ffn_gate_inp.weight', 'f32', 64, 8),
      tensor('blk.0.ffn_gate_exps.weight', 'q4_0', 64, 128, 8),
      tensor('blk.0.ffn_up_exps.weight', 'q4_0', 64, 128, 8),
      tensor('blk.0.ffn_down_exps.weight', 'q4_0', 128, 64, 8),
    ];
    const experts = { ...heads, expertCount: 8, expertUsedCount: 2 };
    const demand = demandOf(model(tensors, experts));
    const dense = attentionBytes + 64 * 8 * 4 + 1280;
    const allExperts = (3 * 64 * 128 * 8 * 18) / 32;

    it('read and compute with the chosen ones', () => {
      expect(demand.experts).toEqual({ used: 2, of: 8 });
      expect(demand.weightBytes).toBe(dense + allExperts / 4);
      expect(demand.layerOperations).toBe(2 * (12_288 + 512 + (3 * 64 * 128 * 8) / 4));
      expect(demand.limits).toEqual([
        'Tokens of a batch are taken to choose their experts independently and evenly.',
      ]);
    });

    it('read more of them for a batch', () => {
      // Of 8 experts at 2 a token, two tokens with logits miss (3/4)² of them.
      const call = callDemand(demand, { tokens: 2, past: 0, outputs: 2 });
      expect(call.weightBytes).toBeCloseTo(dense + allExperts * (1 - 9 / 16), 6);
    });

    it('are unknown when the file does not say how many a token uses', () => {
      expect(modelDemand(model(tensors, { ...experts, expertUsedCount: null })).reason).toMatch(
        /how many experts/,
      );
    });

    it('one tensor an expert, as in files of early 2024', () => {
      const single = tensors.filter((row) => !row.name.includes('_exps'));
      for (let expert = 0; expert < 8; expert++) {
        single.push(tensor(`blk.0.ffn_gate.${expert}.weight`, 'q4_0', 64, 128));
        single.push(tensor(`blk.0.ffn_up.${expert}.weight`, 'q4_0', 64, 128));
        single.push(tensor(`blk.0.ffn_down.${expert}.weight`, 'q4_0', 128, 64));
      }
      expect(demandOf(model(single, experts)).weightBytes).toBe(demand.weightBytes);
    });
  });

  it('with sliding windows stop growing in those layers', () => {
    const layers = Array.from({ length: 6 }, (_, layer) => attention(layer)).flat();
    const demand = demandOf(
      model([tensor('token_embd.weight', 'f16', 64, 10), ...layers], {
        ...heads,
        architecture: 'gemma3',
        layers: 6,
        attention: { ...NO_SETTINGS, slidingWindow: 512 },
      }),
    );
    expect(demand.attention.map((layer) => layer.window)).toEqual([512, 512, 512, 512, 512, null]);
    expect(decodeDemand(demand, 100).cacheReadBytes).toBe(6 * 128 * 100);
    expect(decodeDemand(demand, 2000).cacheReadBytes).toBe(128 * (5 * 512 + 2000));
    expect(decodeDemand(demand, 2000).attentionOperations).toBe(4 * 64 * (5 * 512 + 2001));
    // Two tokens at positions 511 and 512: the window of five layers holds 512 positions for each, the full layer 512 and 513.
    const two = callDemand(demand, { tokens: 2, past: 511, skipsMasked: true });
    expect(two.attentionOperations).toBe(4 * 64 * (5 * (512 + 512) + 512 + 513));
  });

  it('with recurrent layers keep a cache in the others only, and say so', () => {
    const demand = demandOf(
      model(
        [
          tensor('token_embd.weight', 'f16', 64, 10),
          ...attention(0),
          tensor('blk.1.attn_qkv.weight', 'q8_0', 64, 128),
          tensor('blk.1.ssm_in.weight', 'q8_0', 64, 128),
          tensor('blk.1.ssm_conv1d.weight', 'f32', 4, 128),
        ],
        { ...heads, layers: 2 },
      ),
    );
    expect(demand.attention.map((layer) => layer.layer)).toEqual([0]);
    expect(demand.limits).toHaveLength(1);
    expect(demand.tensors.find((row) => row.name.includes('conv1d'))?.role).toBe('vector');
  });

  it('with layers that predict further tokens do not run them', () => {
    const demand = demandOf(
      model(
        [
          tensor('token_embd.weight', 'f16', 64, 10),
          tensor('output.weight', 'f16', 64, 10),
          ...attention(0),
          tensor('blk.0.ffn_up.weight', 'q8_0', 64, 64),
          ...attention(1),
          tensor('blk.1.nextn.eh_proj.weight', 'q8_0', 128, 64),
        ],
        { ...heads, layers: 2 },
      ),
    );
    expect(demand.attention.map((layer) => layer.layer)).toEqual([0]);
    expect(demand.weightBytes).toBe(attentionBytes + (4096 * 34) / 32 + 1280);
    expect(demand.tensors.find((row) => row.name === 'blk.0.ffn_up.weight')?.outputRowsOnly).toBe(true);
  });

  it('cannot be told without tensors, for a part, and for what is no language model', () => {
    expect(modelDemand(model(null)).reason).toMatch(/give the model file/);
    expect(modelDemand(model(attention(), heads)).reason).toMatch(/no language model/);
    const part = model(attention(), { ...heads, split: { part: 0, parts: 2, tensors: null } });
    expect(modelDemand(part).reason).toMatch(/part 1 of 2/);
  });
});

describeWithSamples('the model of the sample runs', (folder) => {
  it('is Qwen1.5-0.5B in every number', async () => {
    const bytes = readFileSync(join(folder, 'models', 'qwen15-0.5b-shape-q4_0.gguf.header'));
    const container = await readContainer(new MemorySource(bytes));
    const info = modelOfContainer(container, bytes.byteLength, 'sample').model;
    expect(info.tensors).toEqual(qwen05b().tensors);
    expect(demandOf(info)).toEqual(demandOf(qwen05b()));
  });
});

describe('the parts of a call', () => {
  const demand = demandOf(qwen05b());
  const sumOf = (work: ReturnType<typeof tensorWork>, field: 'bytes' | 'operations') =>
    work.reduce((sum, row) => sum + row[field], 0);

  it.each([
    { tokens: 1, past: 78 },
    { tokens: 78, past: 0 },
    { tokens: 1000, past: 0 },
    { tokens: 1000, past: 0, outputs: 700, microBatch: 128 },
  ])('sum up to the call: %o', (shape) => {
    const call = callDemand(demand, shape);
    const work = tensorWork(demand, shape);
    expect(sumOf(work, 'bytes')).toBe(call.weightBytes + call.rowBytes);
    expect(sumOf(work, 'operations')).toBe(call.layerOperations + call.outputOperations);
  });

  it('say which weights see one row only', () => {
    const rows = new Map(tensorWork(demand, { tokens: 78 }).map((row) => [row.tensor.name, row.rows]));
    expect(rows.get('blk.23.attn_output.weight')).toBe(78);
    expect(rows.get('blk.23.ffn_down.weight')).toBe(1);
    expect(rows.get('output.weight')).toBe(1);
    expect(rows.get('token_embd.weight')).toBe(0);
    // Matrix–vector products in a Prefill: gate, up and down of the last layer, and the output.
    const single = tensorWork(demand, { tokens: 78 }).filter((row) => row.operations > 0 && row.rows === 1);
    expect(single).toHaveLength(4);
  });
});

describe('weights of a type that no table knows', () => {
  it('are left out of every sum, with a sentence', () => {
    const plain = [tensor('token_embd.weight', 'f16', 64, 10), tensor('output.weight', 'f16', 64, 10)];
    const stranger = { name: 'blk.0.ffn_up.weight', type: 'type99', dimensions: [64, 64], bytes: 3000 };
    const demand = demandOf(model([...plain, stranger], { layers: 1 }));
    expect(demand.weightBytes).toBe(1280);
    expect(demand.layerOperations).toBe(0);
    expect(callDemand(demand, { tokens: 5, past: 0 })).toMatchObject({
      weightBytes: 1280,
      skippedOperations: 0,
    });
    expect(demand.limits[0]).toBe('The size of type99 weights is not known: 1 tensor is left out.');
  });
});

describe('the padding of the KV cache', () => {
  it.each([
    ['enabled (auto)', 256, 1, true],
    ['1', 256, 1, true],
    ['disabled', 32, 32, false],
    ['0', 32, 32, false],
    ['auto', null, 1, false],
    [null, null, 1, false],
  ])('with flash attention %s is %s positions', (setting, positions, computed, skipsMasked) => {
    expect(cachePaddingOf(setting)).toMatchObject({ positions, computedPadding: computed, skipsMasked });
  });
});
