import { describe, expect, it } from 'vitest';
import type { LlamaTimings } from '../../../src/profile/types.ts';
import { TimingBlocks, isTimingLine } from '../../../src/readers/llamaLog/timings.ts';
import { cpuMilliseconds } from '../../support/cpuTime.ts';

function blocksOf(text: string): LlamaTimings[] {
  const timings = new TimingBlocks();
  for (const line of text.split('\n')) timings.add(line);
  return timings.blocks;
}

describe('timing lines of every era', () => {
  it('reads llama_print_timings, whose total may lack a count', () => {
    const text = `llama_print_timings:        load time =     149.59 ms
llama_print_timings:      sample time =      14.79 ms /    87 runs   (    0.17 ms per token,  5881.16 tokens per second)
llama_print_timings: prompt eval time =     115.72 ms /     9 tokens (   12.86 ms per token,    77.77 tokens per second)
llama_print_timings:        eval time =    4365.71 ms /    86 runs   (   50.76 ms per token,    19.70 tokens per second)
llama_print_timings:       total time =    4679.80 ms`;
    expect(blocksOf(text)).toEqual([
      {
        era: 'llama_print_timings',
        loadMs: 149.59,
        samplingMs: 14.79,
        samplingRuns: 87,
        promptMs: 115.72,
        promptTokens: 9,
        evalMs: 4365.71,
        evalRuns: 86,
        totalMs: 4679.8,
        unaccountedMs: null,
        graphsReused: null,
        promptTokensPerSecond: null,
        evalTokensPerSecond: null,
      },
    ]);
  });

  it('reads llama_perf_print of September 2024', () => {
    const [block] =
      blocksOf(`llama_perf_print:    sampling time =       4.20 ms /   129 runs   (    0.03 ms per token, 30714.29 tokens per second)
llama_perf_print:        load time =      46.53 ms
llama_perf_print: prompt eval time =       4.07 ms /     9 tokens (    0.45 ms per token,  2211.85 tokens per second)`);
    expect(block).toMatchObject({ era: 'llama_perf_print', samplingMs: 4.2, loadMs: 46.53, promptTokens: 9 });
  });

  it('takes one run in no time for no run: llama.cpp prints max(1, n)', () => {
    const [block] = blocksOf(`llama_perf_context_print:        load time =      46.53 ms
llama_perf_context_print: prompt eval time =       4.07 ms /     9 tokens (    0.45 ms per token,  2211.85 tokens per second)
llama_perf_context_print:        eval time =       0.00 ms /     1 runs   (    0.00 ms per token,      inf tokens per second)
llama_perf_context_print:       total time =       5.82 ms /    10 tokens
llama_perf_context_print:    graphs reused =        201`);
    expect(block).toMatchObject({
      era: 'llama_perf_context_print',
      loadMs: 46.53,
      promptMs: 4.07,
      promptTokens: 9,
      evalMs: 0,
      evalRuns: 0,
      totalMs: 5.82,
      graphsReused: 201,
      samplingMs: null,
    });
  });

  it('takes many runs in no time for counted but not timed', () => {
    const [block] = blocksOf(
      `llama_perf_context_print: prompt eval time =       0.00 ms /    13 tokens (    0.00 ms per token,      inf tokens per second)
llama_perf_context_print:        eval time =       0.00 ms /    32 runs   (    0.00 ms per token,      inf tokens per second)`,
    );
    expect(block).toMatchObject({ promptMs: null, promptTokens: 13, evalMs: null, evalRuns: 32 });
  });

  it('reads common_perf_print with sampling, samplers and unaccounted time', () => {
    const [block] = blocksOf(`common_perf_print:    sampling time =      57.09 ms
common_perf_print:    samplers time =      24.44 ms /   104 tokens
common_perf_print:        load time =    3252.55 ms
common_perf_print: prompt eval time =     859.74 ms /    82 tokens (   10.48 ms per token,    95.38 tokens per second)
common_perf_print:        eval time =    1355.04 ms /    21 runs   (   64.53 ms per token,    15.50 tokens per second)
common_perf_print:       total time =    2276.43 ms /   103 tokens
common_perf_print: unaccounted time =       4.57 ms /   0.2 %      (total - sampling - prompt eval - eval) / (total)
common_perf_print:    graphs reused =         20`);
    expect(block).toEqual({
      era: 'common_perf_print',
      samplingMs: 57.09,
      samplingRuns: 104,
      loadMs: 3252.55,
      promptMs: 859.74,
      promptTokens: 82,
      evalMs: 1355.04,
      evalRuns: 21,
      totalMs: 2276.43,
      unaccountedMs: 4.57,
      graphsReused: 20,
      promptTokensPerSecond: null,
      evalTokensPerSecond: null,
    });
    // Prompt tokens pass the samplers too, and the last token sampled is not decoded: 82 + 21 + 1.
    expect(block.samplingRuns).toBe((block.promptTokens ?? 0) + (block.evalRuns ?? 0) + 1);
    // The parts llama.cpp printed add up to its total.
    expect(57.09 + 859.74 + 1355.04 + 4.57).toBeCloseTo(block.totalMs ?? 0, 1);
  });

  it('reads decimal commas', () => {
    const [block] = blocksOf(
      `common_perf_print: prompt eval time =     116,09 ms /     9 tokens (   12,90 ms per token,    77,52 tokens per second)
common_perf_print:        eval time =   40380,08 ms /   511 runs   (   79,02 ms per token,    12,65 tokens per second)
common_perf_print: unaccounted time =      13,54 ms /   0,0 %      (total - sampling - prompt eval - eval) / (total)`,
    );
    expect(block).toMatchObject({ promptMs: 116.09, evalMs: 40380.08, evalRuns: 511, unaccountedMs: 13.54 });
  });

  it.each(['inf', 'nan', '-nan', '-inf'])('takes a time of %s for unknown', (value) => {
    const [block] = blocksOf(`llama_perf_context_print:       total time = ${value} ms /    10 tokens`);
    expect(block.totalMs).toBeNull();
  });

  it('reads the rates of the new llama-cli, which come without counts', () => {
    const [block] = blocksOf('[ Prompt: 217.7 t/s | Generation: 20.6 t/s ]');
    expect(block).toMatchObject({
      era: 'cli-rates',
      promptTokensPerSecond: 217.7,
      evalTokensPerSecond: 20.6,
      promptTokens: null,
      evalRuns: null,
    });
  });
});

describe('blocks', () => {
  it('keeps a draft context and its target apart', () => {
    const blocks = blocksOf(`draft:

llama_perf_context_print:        load time =     100.00 ms
llama_perf_context_print: prompt eval time =      50.00 ms /    30 tokens (    1.67 ms per token,   600.00 tokens per second)
llama_perf_context_print:        eval time =     400.00 ms /    80 runs   (    5.00 ms per token,   200.00 tokens per second)
llama_perf_context_print:       total time =     900.00 ms /   110 tokens

target:

llama_perf_sampler_print:    sampling time =       9.00 ms /    61 runs   (    0.15 ms per token,  6777.78 tokens per second)
llama_perf_context_print:        load time =     700.00 ms
llama_perf_context_print: prompt eval time =     350.00 ms /    95 tokens (    3.68 ms per token,   271.43 tokens per second)
llama_perf_context_print:        eval time =       0.00 ms /     1 runs   (    0.00 ms per token,      inf tokens per second)
llama_perf_context_print:       total time =     950.00 ms /    96 tokens`);
    expect(blocks).toHaveLength(2);
    expect(blocks[0]).toMatchObject({ loadMs: 100, evalRuns: 80, samplingMs: null });
    // The target verified in batches, which llama.cpp counts as prompt evaluation.
    expect(blocks[1]).toMatchObject({ loadMs: 700, promptTokens: 95, evalRuns: 0, samplingMs: 9 });
  });

  it('starts a block when a field comes again', () => {
    const blocks = blocksOf(`llama_print_timings:        load time =     1.00 ms
llama_print_timings:       total time =     2.00 ms /    10 tokens
llama_print_timings:        load time =     3.00 ms
llama_print_timings:       total time =     4.00 ms /    20 tokens`);
    expect(blocks.map(({ loadMs, totalMs }) => [loadMs, totalMs])).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('finds a timing line behind generated text that did not end its line', () => {
    const [block] = blocksOf('and so on llama_perf_context_print:        load time =      46.53 ms');
    expect(block.loadMs).toBe(46.53);
  });
});

describe("the server's blocks", () => {
  it('reads one message of several lines per request', () => {
    const blocks = blocksOf(`slot print_timing: id  0 | task 0 |
prompt eval time =     990.30 ms /    33 tokens (   30.01 ms per token,    33.32 tokens per second)
       eval time =   19521.92 ms /   710 tokens (   27.50 ms per token,    36.37 tokens per second)
      total time =   20512.22 ms /   743 tokens
   graphs reused =        707
slot print_timing: id  1 | task 9 |
prompt eval time =     100.00 ms /    10 tokens (   10.00 ms per token,   100.00 tokens per second)
       eval time =     200.00 ms /    20 tokens (   10.00 ms per token,   100.00 tokens per second)
      total time =     300.00 ms /    30 tokens`);
    expect(blocks).toHaveLength(2);
    expect(blocks[0]).toMatchObject({
      era: 'server',
      promptMs: 990.3,
      promptTokens: 33,
      evalMs: 19521.92,
      // Tokens, not runs.
      evalRuns: null,
      generatedTokens: 710,
      totalMs: 20512.22,
      graphsReused: 707,
    });
    expect(blocks[1]).toMatchObject({ promptTokens: 10, generatedTokens: 20, totalMs: 300 });
  });

  it('reads lines that each name their request, interleaved progress aside', () => {
    const blocks =
      blocksOf(`slot print_timing: id  0 | task 7 | prompt processing, n_tokens =   3584, progress = 0.08, t =   3.38 s / 1061.20 tokens per second
slot print_timing: id  0 | task 7 | n_decoded =    100, tg =   5.68 t/s, tg_3s =   5.68 t/s
slot print_timing: id  0 | task 7 | prompt eval time =   50000.00 ms /  4000 tokens (   12.50 ms per token,    80.00 tokens per second)
slot print_timing: id  0 | task 7 |        eval time =  137254.90 ms /   700 tokens (  196.08 ms per token,     5.10 tokens per second)
slot print_timing: id  0 | task 7 |       total time =  187254.90 ms /  4700 tokens
slot print_timing: id  0 | task 8 | prompt eval time =     100.00 ms /    10 tokens (   10.00 ms per token,   100.00 tokens per second)`);
    expect(blocks).toHaveLength(2);
    expect(blocks[0]).toMatchObject({ promptTokens: 4000, generatedTokens: 700, totalMs: 187254.9 });
    expect(blocks[1]).toMatchObject({ promptTokens: 10, evalMs: null, totalMs: null });
  });

  const OLD = { era: 'server', evalRuns: null, samplingMs: null, loadMs: null };

  it.each([
    [
      'text, with the request behind the figures',
      `INFO [           print_timings] prompt eval time     =    2078.89 ms /   190 tokens (   10.94 ms per token,    91.40 tokens per second) | tid="134221729001472" timestamp=1742422435 id_slot=0 id_task=753 t_prompt_processing=2078.885
INFO [           print_timings] generation eval time =  107381.01 ms /  1557 runs   (   68.97 ms per token,    14.50 tokens per second) | tid="134221729001472" timestamp=1742422435 id_slot=0 id_task=753 n_decoded=1557
INFO [           print_timings]           total time =  109459.90 ms | tid="134221729001472" timestamp=1742422435 id_slot=0 id_task=753
INFO [           print_timings] prompt eval time     =      50.00 ms /     5 tokens (   10.00 ms per token,   100.00 tokens per second) | tid="134221729001472" timestamp=1742422500 id_slot=0 id_task=760`,
    ],
    [
      'JSON, its default',
      `{"tid":"14964","timestamp":1717067386,"level":"INFO","function":"print_timings","line":321,"msg":"prompt eval time     =    2078.89 ms /   190 tokens (   10.94 ms per token,    91.40 tokens per second)","id_slot":0,"id_task":753,"t_prompt_processing":2078.885}
{"tid":"14964","timestamp":1717067386,"level":"INFO","function":"print_timings","line":337,"msg":"generation eval time =  107381.01 ms /  1557 runs   (   68.97 ms per token,    14.50 tokens per second)","id_slot":0,"id_task":753,"n_decoded":1557}
{"tid":"14964","timestamp":1717067386,"level":"INFO","function":"print_timings","line":347,"msg":"          total time =  109459.90 ms","id_slot":0,"id_task":753}
{"tid":"14964","timestamp":1717067399,"level":"INFO","function":"print_timings","line":321,"msg":"prompt eval time     =      50.00 ms /     5 tokens (   10.00 ms per token,   100.00 tokens per second)","slot_id":0,"task_id":760}`,
    ],
    [
      'the lines of 2023, which name no request',
      `print_timings: prompt eval time =  2078.89 ms /   190 tokens (   10.94 ms per token,    91.40 tokens per second)
print_timings:        eval time = 107381.01 ms /  1557 runs   (   68.97 ms per token,    14.50 tokens per second)
print_timings:       total time = 109459.90 ms
print_timings: prompt eval time =    50.00 ms /     5 tokens (   10.00 ms per token,   100.00 tokens per second)`,
    ],
  ])('reads servers before September 2024: %s', (_name, text) => {
    const blocks = blocksOf(text);
    expect(blocks).toHaveLength(2);
    expect(blocks[0]).toMatchObject({
      ...OLD,
      promptMs: 2078.89,
      promptTokens: 190,
      evalMs: 107381.01,
      // It calls them runs and means n_decoded, the first of which came out of the prompt.
      generatedTokens: 1557,
      totalMs: 109459.9,
    });
    expect(blocks[1]).toMatchObject({ ...OLD, promptMs: 50, promptTokens: 5, evalMs: null, totalMs: null });
    for (const line of text.split('\n')) expect(isTimingLine(line)).toBe(true);
  });

  it('does not join what two requests left incomplete', () => {
    const blocks =
      blocksOf(`slot print_timing: id  0 | task 7 | prompt eval time =      10.00 ms /     5 tokens (    2.00 ms per token,   500.00 tokens per second)
slot print_timing: id  1 | task 8 |        eval time =      90.00 ms /    30 tokens (    3.00 ms per token,   333.33 tokens per second)`);
    expect(blocks.map(({ promptTokens, generatedTokens }) => [promptTokens, generatedTokens])).toEqual([
      [5, undefined],
      [null, 30],
    ]);
  });

  it('keeps a request of one prompt token as it is: the server prints no max(1, n)', () => {
    const [block] = blocksOf(`slot print_timing: id  0 | task 3 |
prompt eval time =       0.00 ms /     1 tokens (    0.00 ms per token,      inf tokens per second)`);
    expect(block).toMatchObject({ promptMs: 0, promptTokens: 1 });
  });

  it('reads the share of drafted tokens a request accepted', () => {
    const timings = new TimingBlocks();
    timings.add('slot print_timing: id  0 | task 5 | ');
    timings.add('draft acceptance rate = 0.57576 (  171 accepted /   297 generated)');
    expect(timings.acceptance).toEqual([
      {
        kind: 'metric',
        subject: 'draft-acceptance',
        value: 0.57576,
        unit: 'share',
        spread: null,
        repetitions: [],
        settings: { request: '0/5', accepted: '171', generated: '297' },
      },
    ]);
  });
});

describe('hostile lines', () => {
  it.each([
    ['spaces', `common_perf_print:${' '.repeat(200_000)}load time`],
    ['prefixes', 'common_perf_print: '.repeat(20_000)],
    ['old server', `{"function":"print_timings"${' '.repeat(200_000)}"msg":"prompt eval time`],
    ['server fields', `slot print_timing: id 0 | task 0 |${' prompt eval time'.repeat(20_000)}`],
    ['rates', '[ Prompt: '.repeat(20_000)],
    ['digits', `common_perf_print: load time = ${'9'.repeat(200_000)} ms`],
  ])('are read in linear time: %s', (_, line) => {
    // Quadratic time over these lines would be minutes.
    expect(cpuMilliseconds(() => blocksOf(line))).toBeLessThan(2000);
  });

  it('does not take a count that no number holds', () => {
    const [block] = blocksOf(
      'llama_perf_context_print: prompt eval time = 5.00 ms / 99999999999999999999 tokens',
    );
    expect(block.promptTokens).toBeNull();
  });
});
