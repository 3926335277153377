import { describe, expect, it } from 'vitest';
import { logMetrics } from '../../../src/analysis/figures/logTimings.ts';
import { TimingBlocks } from '../../../src/readers/llamaLog/timings.ts';

/** Value of each metric, or the reason why there is none. */
function metricsOf(log: string): Record<string, number | string | null> {
  const blocks = new TimingBlocks();
  for (const line of log.split('\n')) blocks.add(line);
  return Object.fromEntries(
    logMetrics({ timings: blocks.blocks }).map(({ id, quantity }) => [id, quantity.value ?? quantity.reason]),
  );
}

const noteOf = (log: string, id: string): string | null | undefined => {
  const blocks = new TimingBlocks();
  for (const line of log.split('\n')) blocks.add(line);
  return logMetrics({ timings: blocks.blocks }).find((metric) => metric.id === id)?.quantity.working?.note;
};

const COMMON = `
common_perf_print:    sampling time =      57.09 ms
common_perf_print:    samplers time =      24.44 ms /   104 tokens
common_perf_print:        load time =    3252.55 ms
common_perf_print: prompt eval time =     859.74 ms /    82 tokens (   10.48 ms per token,    95.38 tokens per second)
common_perf_print:        eval time =    1355.04 ms /    21 runs   (   64.53 ms per token,    15.50 tokens per second)
common_perf_print:       total time =    2276.43 ms /   103 tokens`;

describe('timings of a log alone', () => {
  it('give the rates that llama.cpp prints, and the times behind them', () => {
    const metrics = metricsOf(COMMON);
    expect(metrics['prefill-rate']).toBeCloseTo(95.38, 2);
    expect(metrics['decode-rate']).toBeCloseTo(15.5, 2);
    expect(metrics['prompt-eval-time']).toBe(859.74);
    expect(metrics['eval-time']).toBe(1355.04);
    expect(metrics['sampling-time-log']).toBe(57.09);
    expect(metrics['load-time-log']).toBe(3252.55);
    expect(noteOf(COMMON, 'load-time-log')).toContain('--no-warmup');
    expect(noteOf(COMMON, 'prefill-rate')).toBeNull();
  });

  it('take one run in no time for none', () => {
    const metrics = metricsOf(`
llama_perf_context_print:        load time =      46.53 ms
llama_perf_context_print: prompt eval time =       4.07 ms /     9 tokens (    0.45 ms per token,  2211.85 tokens per second)
llama_perf_context_print:        eval time =       0.00 ms /     1 runs   (    0.00 ms per token,      inf tokens per second)
llama_perf_context_print:       total time =       5.82 ms /    10 tokens`);
    expect(metrics['prefill-rate']).toBeCloseTo(2211.3, 1);
    expect(metrics['decode-rate']).toContain('no call of a single token');
  });

  it('warn that drafts count as prompt', () => {
    const log = `${COMMON.replace('1355.04 ms /    21 runs', '0.00 ms /     1 runs')}`;
    expect(metricsOf(log)['decode-rate']).toContain('drafted tokens');
    expect(noteOf(log, 'prefill-rate')).toContain('count as prompt');
  });

  it('count a server’s tokens after the first, over all requests', () => {
    const metrics = metricsOf(`
slot print_timing: id  0 | task 0 | prompt eval time =     100.00 ms /    50 tokens (    2.00 ms per token,   500.00 tokens per second)
slot print_timing: id  0 | task 0 |        eval time =    1000.00 ms /    21 tokens (   47.62 ms per token,    21.00 tokens per second)
slot print_timing: id  0 | task 1 | prompt eval time =     300.00 ms /    50 tokens (    6.00 ms per token,   166.67 tokens per second)
slot print_timing: id  0 | task 1 |        eval time =    2000.00 ms /    41 tokens (   48.78 ms per token,    20.50 tokens per second)`);
    // 100 tokens in 0.4 s; 20 + 40 calls in 3 s.
    expect(metrics['prefill-rate']).toBeCloseTo(250, 6);
    expect(metrics['decode-rate']).toBeCloseTo(20, 6);
    expect(metrics['generated-tokens-log']).toBe(62);
  });

  it('keep two printed rates as they are, and have nothing without timings', () => {
    expect(metricsOf('[ Prompt: 217.7 t/s | Generation: 20.6 t/s ]')).toEqual({
      'prefill-rate': 217.7,
      'decode-rate': 20.6,
    });
    expect(metricsOf('main: nothing timed')).toEqual({});
  });
});
