import { join } from 'node:path';
import { gguf as huggingFaceGguf, GGMLQuantizationType } from '@huggingface/gguf';
import { describe, expect, it } from 'vitest';
import { MemorySource, type ByteSource } from '../../../src/platform/bytes.ts';
import { FileSource } from '../../../src/platform/node/files.ts';
import { nodeServices } from '../../../src/platform/node/services.ts';
import { profileViolations } from '../../../src/profile/integrity.ts';
import type { Profile } from '../../../src/profile/types.ts';
import {
  readContainer,
  type GgufContainer,
  type MetadataValue,
} from '../../../src/readers/gguf/container.ts';
import { ggufReader } from '../../../src/readers/gguf/index.ts';
import { InputError, type RawInput } from '../../../src/readers/reader.ts';
import { ggufBytes, ggufHeader, list, text, u32, type GgufFile } from '../../support/ggufWriter.ts';
import { describeWithSamples } from '../../support/samples.ts';
import { scratchFolder } from '../../support/scratch.ts';

function inputOf(source: ByteSource, path = 'model.gguf'): RawInput {
  return { path, bytes: source.size, content: { kind: 'file', source } };
}

async function read(bytes: Uint8Array): Promise<Profile> {
  const profile = await ggufReader.read(inputOf(new MemorySource(bytes)), { services: nodeServices });
  expect(profileViolations(profile)).toEqual([]);
  return profile;
}

/**
 * Two layers of width 64, four heads that share two keys and values:
 *   token_embd 64 × 100 q8_0 = 6,400 weights, 6,800 bytes
 *   two layers of attn_k, attn_v 64 × 32, attn_q, attn_output 64 × 64 in q4_0
 */
const SMALL: GgufFile = {
  metadata: [
    ['general.architecture', text('llama')],
    ['general.name', text('Small')],
    ['general.file_type', u32(2)],
    ['llama.block_count', u32(2)],
    ['llama.context_length', { type: 'u64', value: 4096 }],
    ['llama.embedding_length', u32(64)],
    ['llama.feed_forward_length', u32(128)],
    ['llama.attention.head_count', u32(4)],
    ['llama.attention.head_count_kv', u32(2)],
    ['tokenizer.ggml.tokens', list('string', ['a', 'b', 'c'].map(text))],
    [
      'tokenizer.ggml.scores',
      list(
        'f32',
        [1, 2, 3].map((value) => ({ type: 'f32', value })),
      ),
    ],
  ],
  tensors: [
    { name: 'token_embd.weight', dimensions: [64, 100], type: 8, bytes: 6800 },
    ...[0, 1].flatMap((layer) => [
      { name: `blk.${layer}.attn_q.weight`, dimensions: [64, 64], type: 2, bytes: 2304 },
      { name: `blk.${layer}.attn_k.weight`, dimensions: [64, 32], type: 2, bytes: 1152 },
      { name: `blk.${layer}.attn_v.weight`, dimensions: [64, 32], type: 2, bytes: 1152 },
      { name: `blk.${layer}.attn_output.weight`, dimensions: [64, 64], type: 2, bytes: 2304 },
    ]),
    { name: 'output_norm.weight', dimensions: [64], type: 0, bytes: 256 },
  ],
};

describe('GGUF', () => {
  it('gives settings and tensors of a whole file', async () => {
    const bytes = ggufBytes(SMALL);
    const { model, warnings } = await read(bytes);
    expect(warnings).toEqual([]);
    expect(model).toMatchObject({
      name: 'Small',
      architecture: 'llama',
      fileType: 'Q4_0',
      fileBytes: bytes.byteLength,
      // 6,400 + 2 × (2 × 4,096 + 2 × 2,048) + 64
      parameterCount: 31_040,
      layers: 2,
      embeddingLength: 64,
      feedForwardLength: 128,
      headCount: 4,
      headCountKv: 2,
      headLength: 16,
      vocabulary: 3,
      contextTrained: 4096,
      expertCount: null,
      split: null,
      source: 'model.gguf',
    });
    // (6,800 + 2 × 6,912 + 256) × 8 / 31,040
    expect(model?.bitsPerWeight).toBeCloseTo(5.3814, 4);
    expect(model?.tensors).toHaveLength(10);
    expect(model?.tensors?.[2]).toEqual({
      name: 'blk.0.attn_k.weight',
      type: 'q4_0',
      dimensions: [64, 32],
      bytes: 1152,
    });
  });

  it('reads the same from a file that ends where the data would begin', async () => {
    const whole = await read(ggufBytes(SMALL));
    const header = await read(ggufHeader(SMALL));
    expect(header.warnings).toEqual([]);
    expect(header.model).toEqual(whole.model);
    // Also when the padding before the data is missing.
    const unpadded = ggufHeader({ ...SMALL, alignment: 1 }).byteLength;
    const bare = await read(ggufHeader(SMALL).subarray(0, unpadded));
    expect(bare.warnings).toEqual([]);
    expect(bare.model).toEqual(whole.model);
  });

  it.each([
    ['version 1', 1, 'little'],
    ['version 2', 2, 'little'],
    ['version 3 in the other byte order', 3, 'big'],
  ] as const)('reads %s', async (_, version, byteOrder) => {
    const usual = await readContainer(new MemorySource(ggufHeader(SMALL)));
    const other = await readContainer(new MemorySource(ggufHeader({ ...SMALL, version, byteOrder })));
    expect(other.version).toBe(version);
    expect(other.littleEndian).toBe(byteOrder === 'little');
    expect(other.metadata).toEqual(usual.metadata);
    expect(other.tensors.map(({ fileOffset: _at, ...row }) => row)).toEqual(
      usual.tensors.map(({ fileOffset: _at, ...row }) => row),
    );
  });

  it('tells a download that broke off within the data', async () => {
    const { model, warnings } = await read(ggufBytes(SMALL).subarray(0, 8_000));
    expect(warnings.map((warning) => warning.code)).toEqual(['gguf-cut-data']);
    expect(model?.parameterCount).toBe(31_040);
    expect(model?.fileBytes).toBe(ggufBytes(SMALL).byteLength);
  });

  it('keeps the settings of a header that breaks off in the tensor table, without sizes', async () => {
    const { model, warnings } = await read(ggufHeader(SMALL).subarray(0, 700));
    expect(warnings.map((warning) => warning.code)).toEqual(['gguf-damaged-header']);
    expect(warnings[0].message).toMatch(/beyond byte \d+/);
    expect(model).toMatchObject({
      architecture: 'llama',
      layers: 2,
      tensors: null,
      parameterCount: null,
      bitsPerWeight: null,
    });
  });

  it('refuses a header without an architecture, with the place', async () => {
    const error = await read(ggufHeader(SMALL).subarray(0, 40)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toBe(
      'model.gguf, byte 24: the file announces 10 tensors and has 16 bytes left. Copy the file again; its first part, up to the tensor data, is enough',
    );
    await expect(read(new TextEncoder().encode('GGUF'))).rejects.toThrow(/the GGUF header needs 8 bytes/);
    const newer = ggufHeader(SMALL);
    newer[4] = 9;
    await expect(read(newer)).rejects.toThrow('model.gguf, byte 4: GGUF version 9 is not known');
  });

  it('takes sizes of many tensors of unknown types in linear time, and names few of the types', async () => {
    const tensors = Array.from({ length: 10_000 }, (_, row) => ({
      ...{ name: `t${row}`, dimensions: [32], type: 1000 + row, bytes: 64 },
    }));
    const bytes = ggufBytes({ metadata: [['general.architecture', text('llama')]], tensors });
    const before = process.cpuUsage();
    const { model, warnings } = await read(bytes);
    const { user } = process.cpuUsage(before);
    expect(model?.tensors?.map((tensor) => tensor.bytes)).toEqual(tensors.map(() => 64));
    expect(warnings[0].message).toMatch(/^Tensor types 1000, 1001, .*, 1007 and 9992 more are not in/);
    // Comparing each with each took seconds.
    expect(user / 1e3).toBeLessThan(1500);
  });

  it('takes the size of an unknown tensor type from the next tensor', async () => {
    const tensors = SMALL.tensors.map((tensor, row) => (row === 1 ? { ...tensor, type: 99 } : tensor));
    const { model, warnings } = await read(ggufBytes({ ...SMALL, tensors }));
    expect(warnings.map((warning) => warning.code)).toEqual(['gguf-unknown-type']);
    expect(model?.tensors?.[1]).toMatchObject({ type: 'type99', bytes: 2304 });
  });

  it('warns of repeated names and of rows that are no whole number of blocks', async () => {
    const tensors = [
      ...SMALL.tensors,
      SMALL.tensors[1],
      { name: 'odd', dimensions: [33, 2], type: 2, bytes: 72 },
    ];
    const { model, warnings } = await read(ggufBytes({ ...SMALL, tensors }));
    expect(warnings.map((warning) => warning.code)).toEqual(['gguf-repeated-tensor', 'gguf-odd-row']);
    expect(model?.tensors).toHaveLength(11);
    expect(model?.tensors?.at(-1)).toMatchObject({ name: 'odd', bytes: 72 });
  });

  it('says of one part of a split model that it is a part', async () => {
    const metadata: GgufFile['metadata'] = [
      ['split.no', { type: 'u16', value: 1 }],
      ['split.count', { type: 'u16', value: 3 }],
      ['split.tensors.count', { type: 'i32', value: 30 }],
    ];
    const { model, warnings } = await read(ggufBytes({ metadata, tensors: SMALL.tensors }));
    expect(model?.split).toEqual({ part: 1, parts: 3, tensors: 30 });
    expect(warnings).toMatchObject([
      { code: 'gguf-split-part', message: expect.stringContaining('part 2 of a model in 3 files') },
    ]);
  });

  it('keeps one value a layer where layers differ', async () => {
    const perLayer = (values: number[]) =>
      list(
        'i32',
        values.map((value) => ({ type: 'i32', value })),
      );
    const metadata: GgufFile['metadata'] = [
      ['general.architecture', text('openelm')],
      ['openelm.block_count', u32(3)],
      ['openelm.attention.head_count', perLayer([12, 12, 16])],
      ['openelm.attention.head_count_kv', perLayer([3, 3, 3])],
      ['openelm.attention.key_length', u32(64)],
      ['openelm.attention.sliding_window', u32(512)],
      [
        'openelm.attention.sliding_window_pattern',
        list(
          'bool',
          [true, true, false].map((value) => ({ type: 'bool', value })),
        ),
      ],
    ];
    const { model } = await read(ggufHeader({ metadata, tensors: [] }));
    expect(model).toMatchObject({ headCount: null, headCountKv: 3, headLength: 64 });
    expect(model?.attention).toMatchObject({
      headCountByLayer: [12, 12, 16],
      headCountKvByLayer: null,
      slidingWindow: 512,
      slidingPattern: [true, true, false],
    });
  });

  it('is recognised by its first four bytes and nothing else', () => {
    const detects = (head: string) =>
      ggufReader.detect(
        { path: 'x', bytes: new TextEncoder().encode(head), text: head },
        inputOf(new MemorySource(new Uint8Array(0))),
      );
    expect(detects('GGUF\u0003')).toBe(true);
    expect(detects('GGU')).toBe(false);
    expect(detects('FUGG')).toBe(false);
  });
});

describe('a model of 40 GB', () => {
  /** 40 GB of which only the header exists; counts what is asked for. */
  class HugeSource implements ByteSource {
    readonly size = 40_000_000_000;
    bytesRead = 0;
    readonly #header: Uint8Array;
    constructor(header: Uint8Array) {
      this.#header = header;
    }
    read(offset: number, length: number): Promise<Uint8Array> {
      this.bytesRead += length;
      const bytes = new Uint8Array(length);
      bytes.set(this.#header.subarray(offset, offset + length));
      return Promise.resolve(bytes);
    }
  }

  const tokens = Array.from({ length: 151_936 }, (_, token) => text(`token ${token}`));
  const header = ggufHeader({
    ...SMALL,
    metadata: [
      ...SMALL.metadata,
      ['tokenizer.ggml.merges', list('string', tokens)],
      [
        'tokenizer.ggml.token_type',
        list(
          'i32',
          tokens.map(() => ({ type: 'i32', value: 1 })),
        ),
      ],
      ['tokenizer.chat_template', text('x'.repeat(3_000_000))],
    ],
  });

  it('costs the blocks of its header, and what is large there is stepped over', async () => {
    const source = new HugeSource(header);
    const started = performance.now();
    const container = await readContainer(source);
    const elapsed = performance.now() - started;
    expect(container.damage).toBeNull();
    expect(container.dataStart).toBe(header.byteLength);
    expect(container.metadata.has('tokenizer.ggml.merges')).toBe(false);
    // The template and the token types are jumped over: less is read than the header holds.
    expect(source.bytesRead).toBeLessThan(header.byteLength);
    expect(elapsed).toBeLessThan(500);
  });
});

/** What another reader of the format makes of the same file. */
async function oracle(path: string) {
  const { metadata, tensorInfos, tensorDataOffset } = await huggingFaceGguf(path, { allowLocalFile: true });
  return {
    dataStart: Number(tensorDataOffset),
    metadata,
    tensors: tensorInfos.map((tensor) => ({
      name: tensor.name,
      dimensions: tensor.shape.map(Number),
      type: GGMLQuantizationType[tensor.dtype].toLowerCase(),
      dataOffset: Number(tensor.offset),
    })),
  };
}

function expectSame(container: GgufContainer, profile: Profile, other: Awaited<ReturnType<typeof oracle>>) {
  expect(container.dataStart).toBe(other.dataStart);
  expect(
    container.tensors.map(({ name, dimensions, dataOffset }, row) => ({
      name,
      dimensions,
      type: profile.model?.tensors?.[row].type.toLowerCase(),
      dataOffset,
    })),
  ).toEqual(other.tensors);
  const ours = [...container.metadata].map(([key, value]) => [key, comparable(value)]);
  const theirs = [...container.metadata].map(([key, value]) => {
    const stated = (other.metadata as Record<string, unknown>)[key];
    const isData = typeof value === 'object' && value.values === null;
    return [key, isData ? { length: (stated as unknown[]).length } : plain(stated)];
  });
  expect(ours).toEqual(theirs);
}

/** Arrays of data by their length, everything else by value. */
function comparable(value: MetadataValue): unknown {
  if (typeof value !== 'object') return plain(value);
  return value.values === null ? { length: value.length } : plain(value.values);
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === 'bigint' ? Number(value) : value;
}

describe('GGUF as @huggingface/gguf reads it', () => {
  const everyType: GgufFile = {
    metadata: [
      ['general.architecture', text('llama')],
      ['general.alignment', u32(64)],
      ['test.u8', { type: 'u8', value: 250 }],
      ['test.i8', { type: 'i8', value: -7 }],
      ['test.u16', { type: 'u16', value: 65_000 }],
      ['test.i16', { type: 'i16', value: -30_000 }],
      ['test.u32', u32(4_000_000_000)],
      ['test.i32', { type: 'i32', value: -2_000_000_000 }],
      ['test.f32', { type: 'f32', value: 1.5 }],
      ['test.bool', { type: 'bool', value: true }],
      ['test.u64', { type: 'u64', value: 2 ** 40 }],
      ['test.i64', { type: 'i64', value: -(2 ** 40) }],
      ['test.f64', { type: 'f64', value: Math.PI }],
      ['test.text', text('Grüße')],
      ['test.empty', list('u8', [])],
      [
        'test.numbers',
        list(
          'i16',
          [1, -2, 3].map((value) => ({ type: 'i16', value })),
        ),
      ],
      [
        'test.nested',
        list('array', [list('u8', [{ type: 'u8', value: 1 }]), list('string', [text('x'), text('')])]),
      ],
      ['test.after', u32(7)],
    ],
    tensors: SMALL.tensors,
    alignment: 64,
  };

  it.each([
    [1, 'little'],
    [2, 'little'],
    [3, 'little'],
    [3, 'big'],
  ] as const)('version %i, %s-endian, every type of value', async (version, byteOrder) => {
    const bytes = ggufBytes({ ...everyType, version, byteOrder });
    const path = join(scratchFolder({ 'model.gguf': bytes }), 'model.gguf');
    const container = await readContainer(new MemorySource(bytes));
    expect(container.damage).toBeNull();
    expect(container.metadata.size).toBe(everyType.metadata.length);
    expect(container.metadata.get('test.after')).toBe(7);
    expectSame(container, await read(bytes), await oracle(path));
  });

  describeWithSamples('the headers of the sample models', (folder) => {
    it.each([
      ['tiny-qwen2-q4_0.gguf.header', 51, 13_243_104],
      ['qwen15-0.5b-shape-q4_0.gguf.header', 291, 392_615_456],
    ])('%s', async (name, tensors, fileBytes) => {
      const path = join(folder, 'models', name);
      const source = await FileSource.open(path);
      try {
        const profile = await ggufReader.read(inputOf(source, name), { services: nodeServices });
        expect(profileViolations(profile)).toEqual([]);
        expect(profile.warnings).toEqual([]);
        expect(profile.model?.tensors).toHaveLength(tensors);
        expect(profile.model?.fileBytes).toBe(fileBytes);
        expectSame(await readContainer(source), profile, await oracle(path));
      } finally {
        await source.close();
      }
    });
  });
});
