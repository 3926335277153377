import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelCommand } from '../../scripts/commands/model.ts';
import { UsageError } from '../../scripts/usage.ts';
import { InputError } from '../../src/readers/reader.ts';
import { ggufBytes, text, u32, type GgufFile } from '../support/ggufWriter.ts';
import { describeWithSamples } from '../support/samples.ts';
import { scratchFolder } from '../support/scratch.ts';

async function run(cwd: string, ...args: string[]) {
  let out = '';
  let err = '';
  const code = await modelCommand(args, {
    cwd,
    stdout: async (data) => {
      out += data as string;
    },
    stderr: (message) => {
      err += message;
    },
    stderrIsTerminal: false,
  });
  return { code, out, err };
}

/** One layer of width 64 with two heads, embeddings tied: 64 × 100 in q8_0 and 64 × 64 × 4 in q4_0. */
const TIED: GgufFile = {
  metadata: [
    ['general.architecture', text('llama')],
    ['general.name', text('Small')],
    ['general.file_type', u32(2)],
    ['llama.block_count', u32(1)],
    ['llama.embedding_length', u32(64)],
    ['llama.attention.head_count', u32(2)],
  ],
  tensors: [
    { name: 'token_embd.weight', dimensions: [64, 100], type: 8, bytes: 6800 },
    ...['q', 'k', 'v', 'output'].map((part) => ({
      name: `blk.0.attn_${part}.weight`,
      dimensions: [64, 64],
      type: 2,
      bytes: 2304,
    })),
  ],
};

const TIED_TEXT = `Small · llama · Q4_0
parameters    22,784 (0.02 M)
tensor bytes  16,016 (0.02 MiB, 5.62 bits per weight)
tensors       5
  q4_0  4 tensors  16,384 parameters  9,216 bytes
  q8_0  1 tensor    6,400 parameters  6,800 bytes
decode        16,084 bytes of weights a token (the output layer reads the embeddings)
KV cache      256 bytes a position in f16, as much as the weights at position 62
`;

/** The same model in two files: settings and embeddings, then the layer. */
function parts(): Record<string, Uint8Array> {
  const split = (part: number): GgufFile['metadata'] => [
    ['split.no', { type: 'u16', value: part }],
    ['split.count', { type: 'u16', value: 2 }],
    ['split.tensors.count', { type: 'i32', value: 5 }],
  ];
  return {
    'small-00001-of-00002.gguf': ggufBytes({
      metadata: [...TIED.metadata, ...split(0)],
      tensors: TIED.tensors.slice(0, 1),
    }),
    'small-00002-of-00002.gguf': ggufBytes({ metadata: split(1), tensors: TIED.tensors.slice(1) }),
  };
}

describe('gemview model', () => {
  it('says what a model asks for', async () => {
    const folder = scratchFolder({ 'small.gguf': ggufBytes(TIED) });
    expect(await run(folder, 'small.gguf')).toEqual({ code: 0, out: TIED_TEXT, err: '' });
  });

  it('says it in JSON', async () => {
    const folder = scratchFolder({ 'small.gguf': ggufBytes(TIED) });
    const { code, out } = await run(folder, '--json', 'small.gguf');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      schema: 1,
      inputs: ['small.gguf'],
      name: 'Small',
      architecture: 'llama',
      file_type: 'Q4_0',
      parameters: 22_784,
      bytes: 16_016,
      tensors_by_type: [
        { type: 'q4_0', tensors: 4, parameters: 16_384, bytes: 9216 },
        { type: 'q8_0', tensors: 1, parameters: 6400, bytes: 6800 },
      ],
      experts: null,
      output_is_tied: true,
      decode_bytes_per_token: 9216 + 6800 + 68,
      decode_operations_per_token: 2 * 22_784,
      kv_bytes_per_position: 256,
      reason: null,
      out: null,
      warnings: [],
    });
  });

  it('writes the compact form, the same every time, and answers the same from it', async () => {
    const folder = scratchFolder({ 'small.gguf': ggufBytes(TIED), 'caps/': '' });
    const { code, out } = await run(folder, 'small.gguf', '--out', 'caps');
    const written = readFileSync(join(folder, 'caps/small.model.json'), 'utf8');
    expect({ code, out }).toEqual({
      code: 0,
      out: `caps/small.model.json: 5 tensors, ${written.length} bytes\n`,
    });
    expect(await run(folder, 'caps/small.model.json')).toEqual({ code: 0, out: TIED_TEXT, err: '' });
    await run(folder, 'small.gguf', '--out', 'new/again.txt');
    await run(folder, 'caps/small.model.json', '--out', 'new/third.txt');
    expect(readFileSync(join(folder, 'new/again.txt'), 'utf8')).toBe(written);
    expect(readFileSync(join(folder, 'new/third.txt'), 'utf8')).toBe(written);
  });

  it('finds the other parts of a split model', async () => {
    const folder = scratchFolder(parts());
    expect(await run(folder, 'small-00002-of-00002.gguf')).toEqual({ code: 0, out: TIED_TEXT, err: '' });
    const both = await run(folder, ...Object.keys(parts()).reverse());
    expect(both).toEqual({ code: 0, out: TIED_TEXT, err: '' });
    const { out } = await run(folder, 'small-00001-of-00002.gguf', '--out', './');
    expect(out).toMatch(/^\.\/small\.model\.json: 5 tensors, \d+ bytes\n$/);
  });

  it('does not take a part for the model', async () => {
    const [[name, bytes]] = Object.entries(parts());
    const folder = scratchFolder({ [name]: bytes });
    const { code, out, err } = await run(folder, name);
    expect(code).toBe(1);
    expect(err).toContain('part 1 of a model in 2 files');
    expect(out).toContain('decode        not known: part 1 of 2 is not the whole model');
    expect(await run(folder, name, '--out', 'half.json')).toMatchObject({ code: 1, out: '' });
  });

  it('answers from the header of a file that is cut in its data, and refuses one cut in its table', async () => {
    const whole = ggufBytes(TIED);
    const folder = scratchFolder({
      'data.gguf': whole.subarray(0, whole.length - 3000),
      'table.gguf': whole.subarray(0, 450),
    });
    const data = await run(folder, 'data.gguf');
    expect(data).toMatchObject({ code: 0, out: TIED_TEXT });
    expect(data.err).toMatch(/^gemview: The file ends at byte \d+, about \d+ bytes before/);
    const table = await run(folder, 'table.gguf');
    expect(table).toMatchObject({ code: 1, out: '' });
    expect(table.err).toMatch(/^gemview: The header cannot be read beyond byte \d+: .+\n$/);
  });

  it('refuses what is no model, and several models', async () => {
    const folder = scratchFolder({
      'a.gguf': ggufBytes(TIED),
      'b.gguf': ggufBytes(TIED),
      'notes.txt': 'hello',
    });
    await expect(run(folder, 'notes.txt')).rejects.toThrow('notes.txt: it is neither a GGUF file');
    await expect(run(folder, 'a.gguf', 'b.gguf')).rejects.toThrow('not parts of one model');
    await expect(run(folder, 'missing.gguf')).rejects.toThrow(InputError);
    await expect(run(folder)).rejects.toThrow(UsageError);
  });

  describeWithSamples('on the sample models', (samples) => {
    it('counts Qwen1.5-0.5B in Q4_0', async () => {
      const { code, out } = await run(samples, 'models/qwen15-0.5b-shape-q4_0.gguf.header');
      expect(code).toBe(0);
      expect(out).toContain('619,570,176 (619.57 M)');
      expect(out).toContain('389,045,248 (371.02 MiB, 5.02 bits per weight)');
      expect(out).toContain('301,530,688 bytes of weights a token');
      expect(out).toContain('98,304 bytes a position in f16, as much as the weights at position 3,067');
    });
  });
});
