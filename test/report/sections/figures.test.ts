import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { chaptersOf, hasComparison } from '../../../src/report/chapters.ts';
import type { ReportFile } from '../../../src/report/build.ts';
import { reportOf } from '../../support/reportOf.ts';

const PI = { 'run.yaml': readFileSync('captures/reported-rpi5-tinyllama/run.yaml', 'utf8') };
const N2 = { 'run.yaml': readFileSync('captures/reported-n2-qwen25-15b/run.yaml', 'utf8') };

const textOf = (files: readonly ReportFile[], name: string): string =>
  new TextDecoder().decode(files.find((file) => file.name === name)?.bytes);

describe('the report of published figures', () => {
  it('has an Overview and a Method, and opens with the rates', async () => {
    const { report } = await reportOf(PI);
    expect(chaptersOf(report).map(({ id }) => id)).toEqual(['overview', 'method']);
    expect(hasComparison(report)).toBe(false);
    expect(report.answers.overview.replaceAll('\u00A0', ' ')).toBe(
      'A prompt runs at 14.9 tokens/s (pp512), generation at 8.85 tokens/s (tg128), as published elsewhere. Over the whole run, 2.61 instructions retire per cycle and 14.9 % of cycles stall in the back end.',
    );
    expect(report.headline.map(({ id }) => id)).toEqual([
      'prefill-rate',
      'decode-rate',
      'prompt-ratio',
      'model-bandwidth',
      'ipc',
      'backend-stalled',
    ]);
    expect(report.headline.map(({ quantity }) => quantity.status)).toEqual([
      'counted',
      'counted',
      'counted',
      'modelled',
      'counted',
      'counted',
    ]);
    expect(report.stages.metrics).toEqual([]);
  });

  it('keeps each figure with its source and what it allows', async () => {
    const { figures } = (await reportOf(PI)).report;
    expect(figures?.sources).toEqual([
      {
        text: expect.stringMatching(/^GitHub user george-tyler-315-incline, .*README\.md$/),
        isPublished: true,
      },
    ]);
    expect(figures?.sharedSettings).toEqual([
      { name: 'n_threads', value: '1' },
      { name: 'backends', value: 'BLAS' },
      { name: 'build', value: '6735 (a3cb0474)' },
    ]);
    expect(
      figures?.rates.map(({ subject, kind, spread, settings }) => [subject, kind, spread, settings]),
    ).toEqual([
      ['pp512', 'prompt', 0.03, []],
      ['tg128', 'generation', 0.09, []],
    ]);
    const metrics = figures?.measurements.map((set) =>
      set.metrics.map(({ id, quantity }) => [id, Number(quantity.value?.toPrecision(4))]),
    );
    expect(metrics).toEqual([
      [
        ['ipc', 2.609],
        ['frontend-stalled', 0.1674],
        ['backend-stalled', 14.91],
        ['not-stalled', 84.93],
      ],
      [['l3-refills-per-read', 96.94]],
    ]);
    expect(figures?.limits.join(' ')).toContain('none for a stage or a token');
    expect(
      figures?.shares.map(({ name, category, share }) => [name, category, share.working?.samples]),
    ).toEqual([
      ['ggml_vec_dot_q4_K_q8_K', 'matmul', 73234],
      ['ggml_vec_dot_q6_K_q8_K', 'matmul', 73234],
    ]);
  });

  it('names the fastest and the slowest of several tests, and gives no mean of them', async () => {
    const { report } = await reportOf(N2);
    expect(report.headline.map(({ label, quantity }) => [label, quantity.value])).toEqual([
      ['Highest prompt rate, pp1024', 95.322968],
      ['Lowest prompt rate, pp8192', 20.462044],
      ['Decode rate, tg32', 35.149064],
      // 35.149064 × 1,060,276,736.
      ['Weights read, tg32', expect.closeTo(37_267_734_853, -2) as number],
    ]);
    expect(report.figures?.ratios.map(({ label }) => label)).toEqual([
      'pp1024 ÷ tg32',
      'pp2048 ÷ tg32',
      'pp4096 ÷ tg32',
      'pp8192 ÷ tg32',
    ]);
  });

  it('has all figures in figures.csv, in full', async () => {
    const { files } = await reportOf(PI);
    const lines = textOf(files, 'figures.csv').trimEnd().split('\r\n');
    expect(lines[0]).toBe(
      'kind,subject,value,unit,standard deviation,repetitions,status,settings,how,source',
    );
    expect(lines).toHaveLength(1 + 21 + 2 + 1 + 1 + 5);
    expect(lines.find((line) => line.startsWith('counter total,inst_retired'))).toContain(',451509505938,');
    expect(lines.find((line) => line.startsWith('rate,tg128'))).toMatch(
      /^rate,tg128,8\.85,tokens\/s,0\.09,,counted,/,
    );
  });

  it('redacts what run.yaml names', async () => {
    const { report, files } = await reportOf({ 'run.yaml': `redact: [george]\n${PI['run.yaml']}` });
    expect(JSON.stringify(report)).not.toContain('george');
    expect(textOf(files, 'figures.csv')).not.toContain('george');
  });
});

describe('the report of a capture without samples', () => {
  it('gives a log’s own times and says what else to record', async () => {
    const { report } = await reportOf({
      'llama.log': `llama_perf_context_print:        load time =     342.19 ms
llama_perf_context_print: prompt eval time =     503.04 ms /   110 tokens (    4.57 ms per token,   218.67 tokens per second)
llama_perf_context_print:        eval time =     412.72 ms /    19 runs   (   21.72 ms per token,    46.04 tokens per second)
llama_perf_context_print:       total time =    1041.40 ms /   129 tokens
`,
    });
    expect(chaptersOf(report).map(({ id }) => id)).toEqual(['overview', 'method']);
    expect(report.answers.overview.replaceAll('\u00A0', ' ')).toBe(
      'llama.cpp’s log gives 219 tokens/s for the prompt and 46.0 tokens/s for generation; what ran in them is not known.',
    );
    expect(report.figures).toBeNull();
    expect(report.stages.fix).toContain('perf probe');
  });

  it('gives totals of perf stat and metrics of the whole run', async () => {
    const { report } = await reportOf({
      'stat.txt': ` Performance counter stats for 'llama-bench':

   451,509,505,938      inst_retired
    25,793,958,956      stall_backend
   173,047,575,240      cycles

      72.183774322 seconds time elapsed
`,
    });
    expect(chaptersOf(report).map(({ id }) => id)).toEqual(['overview', 'prefill-decode', 'method']);
    expect(report.headline.map(({ id, quantity }) => [id, Number(quantity.value?.toPrecision(4))])).toEqual([
      ['time-elapsed', 72.18],
      ['ipc', 2.609],
      ['backend-stalled', 14.91],
    ]);
    expect(report.answers['prefill-decode']).toBe(
      '3 counters cover the whole run; without stages there is nothing to compare.',
    );
  });
});
