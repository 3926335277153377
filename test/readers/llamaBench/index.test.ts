import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Profile } from '../../../src/profile/types.ts';
import { llamaBatchedBenchReader, llamaBenchReader } from '../../../src/readers/llamaBench/index.ts';
import { describeWithSamples } from '../../support/samples.ts';
import { detects, fileBytes, readWith } from '../../support/textFiles.ts';

const read = (content: string | Uint8Array): Promise<Profile> => readWith(llamaBenchReader, content);

const speedsOf = (profile: Profile) =>
  profile.figures.map(({ subject, value, spread }) => [subject, value, spread]);

/** One test as llama-bench prints it, with the fields that matter here. */
const ROW = {
  build_commit: 'a3cb0474',
  build_number: 6735,
  cpu_info: 'Neoverse-V2',
  backends: 'CPU',
  model_filename: '/home/someone/models/Qwen-Q4_0.gguf',
  model_type: 'qwen2 0.5B Q4_0',
  model_size: 389045248,
  model_n_params: 619570176,
  n_batch: 2048,
  n_ubatch: 512,
  n_threads: 8,
  flash_attn: -1,
  use_mmap: true,
  n_prompt: 512,
  n_gen: 0,
  n_depth: 0,
  test_time: '2026-07-20T15:12:47Z',
  avg_ns: 2000000000,
  stddev_ns: 1000000000,
  avg_ts: 320,
  stddev_ts: 99,
  samples_ns: [1000000000, 2000000000, 4000000000],
  samples_ts: [512, 256, 128],
};
const DECODE = {
  ...ROW,
  n_prompt: 0,
  n_gen: 128,
  n_depth: 4096,
  avg_ts: 64,
  samples_ns: [2000000000],
  samples_ts: [64],
};
const BOTH = { ...ROW, n_gen: 128, avg_ts: 100, samples_ns: [], samples_ts: [], n_threads: 16 };

/** 512, 256 and 128: mean 298.67, squares 213.33², 42.67², 170.67² over n − 1. */
const DEVIATION = Math.sqrt(
  (213.33333333333334 ** 2 + 42.666666666666664 ** 2 + 170.66666666666666 ** 2) / 2,
);

describe('llama-bench', () => {
  it.each([
    ['JSON', JSON.stringify([ROW, DECODE, BOTH], null, 2)],
    ['JSONL', [ROW, DECODE, BOTH].map((row) => JSON.stringify(row)).join('\n')],
    [
      'JSON that breaks off',
      `${JSON.stringify([ROW, DECODE, BOTH], null, 2).slice(0, -2)},\n  {\n    "build_comm`,
    ],
  ])('reads tests from %s', async (_, text) => {
    const profile = await read(text);
    expect(speedsOf(profile)).toEqual([
      ['pp512', 320, expect.closeTo(DEVIATION, 9)],
      ['tg128 @ d4096', 64, null],
      ['pp512+tg128', 100, 99],
    ]);
    expect(profile.figures.map(({ repetitions }) => repetitions)).toEqual([[512, 256, 128], [64], []]);
    expect(profile.figures[0]).toMatchObject({ kind: 'rate', unit: 'tokens/s', source: 'input.txt' });
    expect(profile.figures[0].settings).toMatchObject({
      n_threads: '8',
      n_prompt: '512',
      n_depth: '0',
      use_mmap: 'true',
    });
  });

  it('takes model, settings and facts in which all tests agree', async () => {
    const profile = await read(JSON.stringify([ROW, DECODE]));
    expect(profile.settings).toMatchObject({
      build: '6735 (a3cb0474)',
      threads: 8,
      threadsBatch: 8,
      batch: 2048,
      microBatch: 512,
      flashAttention: '-1',
    });
    expect(profile.model).toMatchObject({
      name: 'Qwen-Q4_0',
      architecture: 'qwen2',
      fileType: 'Q4_0',
      fileBytes: 389045248,
      parameterCount: 619570176,
      bitsPerWeight: (389045248 * 8) / 619570176,
    });
    expect(profile.inputs[0].tool).toBe('llama-bench 6735 (a3cb0474)');
    expect(profile.facts.map(({ name, value, private: isPrivate }) => [name, value, isPrivate])).toEqual([
      ['cpu-description', 'Neoverse-V2', false],
      ['backends', 'CPU', false],
      ['recorded-at', '2026-07-20T15:12:47Z', false],
      ['model-path', '/home/someone/models/Qwen-Q4_0.gguf', true],
    ]);
    const other = await read(JSON.stringify([ROW, { ...BOTH, model_type: 'llama 1B F16' }]));
    expect(other.settings?.threads).toBeNull();
    expect(other.model).toBeNull();
  });

  it('never puts a path into settings', async () => {
    const profile = await read(JSON.stringify([ROW]));
    expect(JSON.stringify(profile.figures)).not.toContain('someone');
  });

  it('computes the deviation again where 64 bits overflowed', async () => {
    // Two samples of 5 s and 6 s: their squares are beyond 2^64 together.
    const row = {
      ...DECODE,
      samples_ns: [5000000000, 6000000000],
      samples_ts: [25.6, 21.3333],
      stddev_ns: 2147483648,
    };
    const profile = await read(JSON.stringify([row]));
    expect(profile.figures[0].spread).toBeCloseTo(3.016989, 6);
    expect(profile.warnings.map(({ code }) => code)).toEqual(['bench-deviation-overflow']);
  });

  it('computes the speed when an old build does not print it', async () => {
    const profile = await read(
      JSON.stringify([{ n_prompt: 512, n_gen: 0, samples_ns: [1000000000, 2000000000] }]),
    );
    expect(speedsOf(profile)).toEqual([['pp512', 384, expect.closeTo(181.019336, 6)]]);
    expect(profile.figures[0].repetitions).toEqual([512, 256]);
  });

  it('reads CSV with quotes, commas and quotes within', async () => {
    const profile = await read(
      'build_commit,build_number,cpu_info,n_threads,n_prompt,n_gen,n_depth,avg_ts,stddev_ts\r\n"178a6c4","1","A ""fast"", new CPU","8","64","0","0","33.705307","22.902369"\r\n',
    );
    expect(speedsOf(profile)).toEqual([['pp64', 33.705307, 22.902369]]);
    expect(profile.facts[0]).toMatchObject({ name: 'cpu-description', value: 'A "fast", new CPU' });
    expect(profile.settings?.build).toBe('1 (178a6c4)');
  });

  it('reads long lines of CSV block by block', async () => {
    const header = 'n_prompt,n_gen,avg_ts,cpu_info\n512,0,1.5,';
    const hostile = [`${header}${'x'.repeat(10_000_000)}\n`, `${header}${','.repeat(10_000_000)}\n`];
    const quoted = `${header}"${'say ""hi"", '.repeat(800_000)}"\n`;
    const before = process.cpuUsage();
    const [long, many] = await Promise.allSettled(hostile.map(read));
    const { figures } = await read(quoted);
    const { user, system } = process.cpuUsage(before);
    expect(long).toMatchObject({
      status: 'fulfilled',
      value: { figures: [{ subject: 'pp512', value: 1.5 }] },
    });
    expect(many).toMatchObject({ status: 'rejected' });
    expect(figures[0].settings.cpu_info.startsWith('say "hi", say "hi", ')).toBe(true);
    // One character after the other took 2 s for each.
    expect((user + system) / 1e3).toBeLessThan(4000);
  });

  it('reads Markdown among what the terminal showed', async () => {
    const profile = await read(`someone@raspberrypi:~ $ ./llama-bench -m model.gguf -p 512 -n 128
| model                          |       size |     params | backend    | threads | fa |            test |                  t/s |
| ------------------------------ | ---------: | ---------: | ---------- | ------: | -: | --------------: | -------------------: |
| llama 1B Q4_K - Medium         | 636.18 MiB |     1.10 B | BLAS       |       1 |  1 |           pp512 |         14.87 ± 0.03 |
| llama 1B Q4_K - Medium         | 636.18 MiB |     1.10 B | BLAS       |       1 |  1 |   tg128 @ d4096 |          8.85 ± 0.09 |
| llama 1B Q4_K - Medium         | 636.18 MiB |     1.10 B | BLAS       |       1 |  1 |    pp512+tg128  |                  nan |

build: a3cb0474 (6735)
`);
    expect(speedsOf(profile)).toEqual([
      ['pp512', 14.87, 0.03],
      ['tg128 @ d4096', 8.85, 0.09],
    ]);
    expect(profile.figures[1].settings).toMatchObject({
      n_threads: '1',
      flash_attn: '1',
      n_gen: '128',
      n_depth: '4096',
    });
    expect(profile.settings).toMatchObject({ build: '6735 (a3cb0474)', threads: 1, flashAttention: '1' });
    expect(profile.model).toMatchObject({
      name: 'llama 1B Q4_K - Medium',
      architecture: 'llama',
      fileType: 'Q4_K - Medium',
      fileBytes: Math.round(636.18 * 1048576),
      parameterCount: 1100000000,
    });
    expect(profile.warnings.map(({ code }) => code)).toEqual(['bench-rows-unread']);
  });

  it('reads SQL as llama-bench prints it', async () => {
    const fields = Object.entries(ROW).filter(([name]) => !name.startsWith('samples_'));
    const insert = (row: Record<string, unknown>): string =>
      `INSERT INTO llama_bench (${fields.map(([name]) => name).join(', ')}) VALUES (${fields.map(([name]) => `'${String(row[name])}'`).join(', ')});\n`;
    const sql = [
      `CREATE TABLE IF NOT EXISTS llama_bench (\n${fields.map(([name]) => `  ${name} TEXT`).join(',\n')}\n);\n`,
      insert({ ...ROW, model_filename: "/home/o'brien/a, b.gguf" }),
      insert({ ...ROW, n_prompt: 0, n_gen: 128, avg_ts: 41.5, stddev_ts: 0.25 }),
      "INSERT INTO llama_bench (build_commit, n_prompt) VALUES ('a');\n",
    ].join('\n');
    expect(detects(llamaBenchReader, sql)).toBe(true);
    const profile = await read(sql);
    expect(speedsOf(profile)).toEqual([
      ['pp512', 320, 99],
      ['tg128', 41.5, 0.25],
    ]);
    expect(profile.settings).toMatchObject({ build: '6735 (a3cb0474)', threads: 8, batch: 2048 });
    expect(profile.facts).toContainEqual(
      expect.objectContaining({ name: 'cpu-description', value: 'Neoverse-V2' }),
    );
    expect(profile.warnings.map(({ message }) => message)).toEqual([
      '1 rows have no test or no speed that can be read and were left out',
    ]);
  });

  it('refuses results that are none', async () => {
    await expect(read('[{"n_prompt": 0, "n_gen": 0, "avg_ts": 5}]')).rejects.toThrow('holds no result');
    await expect(read('[{"n_prompt": -1, "n_gen": 0, "avg_ts": 5}]')).rejects.toThrow('holds no result');
  });

  it('reads names that objects have', async () => {
    const profile = await read(
      '[{"n_prompt": 1, "n_gen": 0, "avg_ts": 5, "__proto__": "x", "constructor": "y"}]',
    );
    expect(profile.figures[0].settings.constructor).toBe('y');
  });

  it.each([
    ['JSON', JSON.stringify([ROW]), true],
    [
      'another benchmark with the same names',
      '{"points": [{"n_prompt": 1024, "n_gen": 0, "throughput_tok_s": 95.3}]}',
      false,
    ],
    ['batched-bench', '{"pl": 4, "speed_pp": 1.0, "speed_tg": 2.0}', false],
    ['perf stat JSON', '{"counter-value" : "1.0", "event" : "cycles"}', false],
    ['another table', '| model | score |\n| --- | --- |\n| a | 1 |\n', false],
    ['nothing', '', false],
  ])('detects %s: %#', (_, text, expected) => {
    expect(detects(llamaBenchReader, text)).toBe(expected);
  });
});

describe('llama-batched-bench', () => {
  const TABLE = `
main: n_kv_max = 4096, n_batch = 2048, n_ubatch = 512, flash_attn = -1, is_pp_shared = 0, n_gpu_layers = -1, n_threads = 8, n_threads_batch = 16

|    PP |     TG |    B |   N_KV |   T_PP s | S_PP t/s |   T_TG s | S_TG t/s |      T s |    S t/s |
|-------|--------|------|--------|----------|----------|----------|----------|----------|----------|
|   128 |     64 |    1 |    192 |    0.500 |   256.00 |    2.000 |    32.00 |    2.500 |    76.80 |
|   128 |     64 |    4 |    768 |    1.500 |   341.33 |    3.000 |    85.33 |    4.500 |   170.67 |
`;
  const JSONL =
    '{"n_kv_max": 4096, "n_batch": 2048, "n_ubatch": 512, "flash_attn": -1, "is_pp_shared": 0, "n_gpu_layers": -1, "n_threads": 8, "n_threads_batch": 16, "pp": 128, "tg": 64, "pl": 1, "n_kv": 192, "t_pp": 0.5, "speed_pp": 256.0, "t_tg": 2.0, "speed_tg": 32.0, "t": 2.5, "speed": 76.8}\n' +
    '{"n_kv_max": 4096, "n_batch": 2048, "n_ubatch": 512, "flash_attn": -1, "is_pp_shared": 0, "n_gpu_layers": -1, "n_threads": 8, "n_threads_batch": 16, "pp": 128, "tg": 64, "pl": 4, "n_kv": 768, "t_pp": 1.5, "speed_pp": 341.33, "t_tg": 3.0, "speed_tg": 85.33, "t": 4.5, "speed": 170.67}\n';

  it.each([
    ['its table', TABLE],
    ['JSONL', JSONL],
  ])('reads three speeds a row from %s', async (_, text) => {
    expect(detects(llamaBatchedBenchReader, text)).toBe(true);
    expect(detects(llamaBenchReader, text)).toBe(false);
    const profile = await readWith(llamaBatchedBenchReader, text);
    expect(profile.figures.map(({ subject, value }) => [subject, value])).toEqual([
      ['pp128', 256],
      ['tg64', 32],
      ['pp128+tg64', 76.8],
      ['pp128 b4', 341.33],
      ['tg64 b4', 85.33],
      ['pp128+tg64 b4', 170.67],
    ]);
    expect(profile.figures[3].settings).toMatchObject({ pl: '4', n_kv: '768', n_threads: '8' });
    expect(profile.settings).toMatchObject({
      threads: 8,
      threadsBatch: 16,
      contextLength: 4096,
      microBatch: 512,
    });
  });

  it('leaves out what was not run', async () => {
    const profile = await readWith(
      llamaBatchedBenchReader,
      TABLE.replace('|     64 |    1 |', '|      0 |    1 |'),
    );
    expect(profile.figures.map(({ subject }) => subject)).toEqual([
      'pp128',
      'pp128 b4',
      'tg64 b4',
      'pp128+tg64 b4',
    ]);
  });
});

describeWithSamples('llama-bench output of the samples', (folder) => {
  it('agrees with what was published', async () => {
    const profile = await read(fileBytes(join(folder, 'public/llama-bench/llama_bench_smollm2.json')));
    expect(profile.figures[0]).toMatchObject({
      subject: 'pp64',
      value: 33.705307,
      repetitions: [17.5109, 49.8997],
    });
    expect(profile.figures[0].spread).toBeCloseTo(22.902369, 5);
    expect(profile.figures[1]).toMatchObject({ subject: 'tg32', value: 6.955916 });
    expect(profile.figures[1].spread).toBeCloseTo(4.393087, 5);
    const table = await read(fileBytes(join(folder, 'public/rpi5-tinyllama/llama-bench-rpi5-t1.md.txt')));
    expect(speedsOf(table)).toEqual([
      ['pp512', 14.87, 0.03],
      ['tg128', 8.85, 0.09],
    ]);
  });
});
