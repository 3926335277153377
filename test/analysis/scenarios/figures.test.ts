/** Verdicts of runs that recorded no counters: logs and benchmarks, with and without a model and a known machine. */
import { describe, expect, it } from 'vitest';
import type { RawInput } from '../../../src/readers/reader.ts';
import { modelInput, reportOf } from '../../support/scenario.ts';
import { memoryInput } from '../../support/symbolTables.ts';

const GB = 1e9;

interface LogOf {
  threads: number;
  prompt: { ms: number; tokens: number };
  eval: { ms: number; runs: number };
}

/** What llama.cpp prints when it ends. */
function log({ threads, prompt, eval: evaluated }: LogOf): RawInput {
  return memoryInput(
    'llama.stderr.txt',
    [
      'main: llama backend init',
      `system_info: n_threads = ${threads} (n_threads_batch = ${threads}) / ${threads} | CPU : NEON = 1 | DOTPROD = 1 | `,
      'llama_perf_context_print:        load time =     900.00 ms',
      `llama_perf_context_print: prompt eval time = ${prompt.ms.toFixed(2)} ms /   ${prompt.tokens} tokens ( 1.00 ms per token, 1.00 tokens per second)`,
      `llama_perf_context_print:        eval time = ${evaluated.ms.toFixed(2)} ms /   ${evaluated.runs} runs   ( 1.00 ms per token, 1.00 tokens per second)`,
      `llama_perf_context_print:       total time = ${(prompt.ms + evaluated.ms + 900).toFixed(2)} ms /   ${prompt.tokens + evaluated.runs} tokens`,
      '',
    ].join('\n'),
  );
}

const target = (machine: string, midr: string, cpus: number): RawInput =>
  memoryInput(
    'target.json',
    JSON.stringify({
      schema: 'gemview-target/1',
      arch: 'aarch64',
      origin: 'hardware',
      machine,
      cpus: Array.from({ length: cpus }, (_, cpu) => ({ cpu, midr })),
    }),
  );

/** Rows of llama-bench: the same test with other threads. */
const bench = (rows: readonly [threads: number, tokensPerSecond: number][]): RawInput =>
  memoryInput(
    'bench.jsonl',
    rows
      .map(([threads, rate]) =>
        JSON.stringify({
          build_commit: 'a3cb0474',
          build_number: 6735,
          model_type: 'llama 1B Q4_K - Medium',
          model_filename: 'm.gguf',
          n_threads: threads,
          n_prompt: 0,
          n_gen: 128,
          n_depth: 0,
          avg_ns: 1,
          stddev_ns: 0,
          avg_ts: rate,
          stddev_ts: 0.01,
        }),
      )
      .join('\n') + '\n',
  );

describe('a log with the model, on a Raspberry Pi 5 with four threads', () => {
  // 0.672 GB a token at 15.0 tokens/s are 10.09 GB/s; four threads read 11.59 GB/s there, two 13.23.
  const inputs = [
    log({ threads: 4, prompt: { ms: 2000, tokens: 64 }, eval: { ms: 128_000 / 15.015, runs: 128 } }),
    target('Raspberry Pi 5 Model B Rev 1.0', '0x414fd0b1', 4),
    modelInput(0.672 * GB),
  ];

  it('points to memory bandwidth by its rate alone', async () => {
    const { report } = await reportOf(inputs);
    const { decode } = report.verdicts;
    expect(decode).toMatchObject({
      class: 'memory',
      subtype: 'bandwidth',
      confidence: 'low',
      label: 'Points to memory, bandwidth',
    });
    const rate = decode.witnesses.find(({ vote }) => vote !== null);
    expect(rate).toMatchObject({ family: 'rate', metric: 'read bandwidth of the measured peak' });
    expect(rate?.value).toBeCloseTo(10.09 / 11.59, 2);
  });

  it('is limited by it once a benchmark shows that more threads bring nothing', async () => {
    const { report } = await reportOf([
      ...inputs,
      bench([
        [2, 15.2],
        [4, 15.0],
      ]),
    ]);
    const { decode } = report.verdicts;
    expect(decode).toMatchObject({ class: 'memory', subtype: 'bandwidth', label: 'Memory-bound, bandwidth' });
    expect(decode.sentence).toBe('Decode is limited by memory bandwidth.');
    const scaling = decode.witnesses.find(({ family, vote }) => family === 'scaling' && vote !== null);
    // (15.0 ÷ 15.2 − 1) ÷ (4 ÷ 2 − 1)
    expect(scaling?.value).toBeCloseTo(-0.0132, 3);
  });
});

describe('a log of an unknown machine (Cortex-A55 board: 95.38 and 15.50 tokens/s)', () => {
  it('is insufficient; the ratio of both rates is shown as demand', async () => {
    const { report } = await reportOf([
      log({ threads: 4, prompt: { ms: 859.74, tokens: 82 }, eval: { ms: 1355.04, runs: 21 } }),
    ]);
    const { decode } = report.verdicts;
    expect(decode).toMatchObject({ class: 'insufficient', confidence: null });
    expect(decode.witnesses.every(({ vote }) => vote === null)).toBe(true);
    const ratio = decode.witnesses.find(({ metric }) => metric === 'prompt rate over generation rate');
    expect(ratio).toMatchObject({ family: 'demand', value: expect.closeTo(6.15, 2) });
  });
});

describe('llama-batched-bench on 64 threads of Neoverse N2: 24.28 tokens/s for one sequence, 47.93 for two', () => {
  it('points to memory at one sequence, by scaling alone', async () => {
    const { report } = await reportOf([
      memoryInput(
        'batched.txt',
        [
          'main: n_kv_max = 4096, n_batch = 2048, n_ubatch = 512, flash_attn = -1, is_pp_shared = 0, n_gpu_layers = -1, n_threads = 64, n_threads_batch = 64',
          '',
          '|    PP |     TG |    B |   N_KV |   T_PP s | S_PP t/s |   T_TG s | S_TG t/s |      T s |    S t/s |',
          '|-------|--------|------|--------|----------|----------|----------|----------|----------|----------|',
          '|   128 |    128 |    1 |    256 |    0.651 |   196.50 |    5.272 |    24.28 |    5.923 |    43.22 |',
          '|   128 |    128 |    2 |    512 |    1.303 |   196.50 |    5.341 |    47.93 |    6.644 |    77.06 |',
          '',
        ].join('\n'),
      ),
      target('server', '0x410fd493', 64),
    ]);
    const { decode } = report.verdicts;
    expect(decode).toMatchObject({ class: 'memory', confidence: 'low', label: 'Points to memory' });
    expect(decode.witnesses.find(({ vote }) => vote !== null)).toMatchObject({
      family: 'scaling',
      metric: 'rate of two sequences over one',
      value: expect.closeTo(47.93 / 24.28, 3),
    });
  });
});
