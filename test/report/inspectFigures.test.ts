/**
 * `inspect` on runs that hold results instead of samples: published figures, benchmarks, perf stat, logs. Expected values are
 * those of the published texts, of truth.json beside the samples, or sums over the text by other means than the readers'.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyseInputs } from '../../src/pipeline/analyseInputs.ts';
import { openInputs } from '../../src/platform/node/inputs.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import { InputError } from '../../src/readers/reader.ts';
import { inspectResult, type InspectResult } from '../../src/report/inspect.ts';
import { describeWithSamples } from '../support/samples.ts';

async function inspect(...paths: string[]): Promise<InspectResult> {
  const opened = await openInputs(paths, { cwd: process.cwd() });
  try {
    return inspectResult((await analyseInputs(opened.inputs, opened.runYaml, nodeServices)).analysis);
  } finally {
    await opened.close();
  }
}

/** Nothing that only samples, markers or times can give. */
function expectNothingRecorded(result: InspectResult): void {
  expect(result).toMatchObject({
    duration_s: null,
    threads: [],
    samples: { count: 0, by_event: [], lost: 0, with_stack: 0 },
    markers: [],
    spans: { count: 0, channels: [] },
    weight: null,
    functions: [],
    stages: [],
    tokens: [],
  });
}

const subjects = (result: InspectResult, kind: string): [string, number, number | null][] =>
  result.figures
    .filter((figure) => figure.kind === kind)
    .map(({ subject, value, spread }) => [subject, value, spread]);

const known = (metrics: Record<string, number | null>): Record<string, number | null> =>
  Object.fromEntries(Object.entries(metrics).filter(([, value]) => value !== null));

describe('inspect of a reported run', () => {
  it('holds the published figures of TinyLlama on a Raspberry Pi 5, and nothing invented', async () => {
    const result = await inspect('captures/reported-rpi5-tinyllama');
    expect(result.origin).toBe('reported');
    expectNothingRecorded(result);
    expect(result.counters).toEqual([]);
    expect(result.log).toBeNull();
    expect(result.warnings).toEqual([]);
    expect(subjects(result, 'rate')).toEqual([
      ['pp512', 14.87, 0.03],
      ['tg128', 8.85, 0.09],
    ]);
    expect(subjects(result, 'counter-total').map(([event, total]) => [event, total])).toEqual([
      ['inst_retired', 451_509_505_938],
      ['inst_spec', 453_000_663_833],
      ['br_mis_pred', 49_926_600],
      ['stall_frontend', 289_684_332],
      ['stall_backend', 25_793_958_956],
      ['cycles', 173_047_575_240],
      ['L3D_CACHE_RD', 6_528_096_251],
      ['L3D_CACHE_REFILL', 6_328_032_204],
      ['BUS_ACCESS_RD', 26_112_411_218],
      ['BUS_ACCESS_WR', 26_118_910_342],
      ['BUS_CYCLES', 177_902_410_214],
      ['cycles', 177_902_434_669],
    ]);
    expect(subjects(result, 'function-share')).toEqual([
      ['ggml_vec_dot_q4_K_q8_K', 67.15, null],
      ['ggml_vec_dot_q6_K_q8_K', 25.93, null],
    ]);
    expect(subjects(result, 'metric').map(([name, value]) => [name, value])).toEqual([
      ['time-elapsed', 72.183774322],
      ['user-time', 72.587292],
      ['time-elapsed', 74.17796015],
      ['user-time', 74.607544],
      ['system-time', 0.023985],
    ]);
    expect(result.figures.every(({ source }) => source.includes('https://github.com/'))).toBe(true);
    expect(known(result.metrics.prefill)).toEqual({ 'prefill-rate': 14.87 });
    // 8.85 × 667,083,080 bytes a second.
    expect(known(result.metrics.decode)).toEqual({ 'decode-rate': 8.85, 'model-bandwidth': 5_903_685_258 });
  });

  it('holds the published figures of Qwen2.5-1.5B on a Neoverse N2', async () => {
    const result = await inspect('captures/reported-n2-qwen25-15b');
    expect(result.origin).toBe('reported');
    expectNothingRecorded(result);
    expect(subjects(result, 'rate')).toEqual([
      ['pp1024', 95.322968, null],
      ['pp2048', 62.372306, null],
      ['pp4096', 37.008312, null],
      ['pp8192', 20.462044, null],
      ['tg32', 35.149064, null],
    ]);
    // Of four prompts none is the prompt rate; a time to first token was published that nobody measured.
    expect(known(result.metrics.prefill)).toEqual({
      'prefill-rate-highest': 95.322968,
      'prefill-rate-lowest': 20.462044,
    });
    expect(result.metrics.decode['decode-rate']).toBe(35.149064);
  });
});

describeWithSamples('inspect of benchmarks in the samples', (folder) => {
  const sample = (path: string): Promise<InspectResult> => inspect(join(folder, 'public', path));

  it('agrees with llama-bench’s JSON', async () => {
    const result = await sample('llama-bench/llama_bench_smollm2.json');
    expectNothingRecorded(result);
    expect(result.origin).toBeNull();
    expect(result.figures.map(({ subject, value, repetitions }) => [subject, value, repetitions])).toEqual([
      ['pp64', 33.705307, [17.5109, 49.8997]],
      ['tg32', 6.955916, [3.84953, 10.0623]],
    ]);
    expect(result.figures[0].spread).toBeCloseTo(22.902369, 5);
    expect(result.figures[1].spread).toBeCloseTo(4.393087, 5);
    expect(result.metrics.prefill['prefill-rate']).toBe(33.705307);
    expect(result.metrics.decode['decode-rate']).toBe(6.955916);
  });

  it('agrees with llama-bench’s table', async () => {
    const result = await sample('rpi5-tinyllama/llama-bench-rpi5-t1.md.txt');
    expect(subjects(result, 'rate')).toEqual([
      ['pp512', 14.87, 0.03],
      ['tg128', 8.85, 0.09],
    ]);
  });

  it('has the first rows of perf report', async () => {
    const result = await sample('rpi5-tinyllama/perf-report-callgraph-dwarf.txt');
    expectNothingRecorded(result);
    expect(subjects(result, 'function-share')).toEqual([
      ['ggml_vec_dot_q4_K_q8_K', 67.15, null],
      ['ggml_vec_dot_q6_K_q8_K', 25.93, null],
    ]);
  });

  it('refuses another program’s summary instead of guessing at it', async () => {
    const path = 'llama-bench/qwen2.5-1.5b-instruct_q4_0_kleidiai_20260813T024426407432+0000.json';
    await expect(sample(path)).rejects.toThrow(InputError);
  });
});

describeWithSamples('inspect of perf stat in the samples', (folder) => {
  const total = (result: InspectResult, event: string): number | null | undefined =>
    result.counters.find((counter) => counter.event === event)?.total;

  it('agrees with perf’s text', async () => {
    const core = await inspect(join(folder, 'public/rpi5-tinyllama/perf-stat-core.txt'));
    expectNothingRecorded(core);
    expect(core.counters.map(({ event, code, total: value }) => [event, code, value])).toEqual([
      ['inst_retired', '0x8', 451_509_505_938],
      ['inst_spec', '0x1b', 453_000_663_833],
      ['br_mis_pred', '0x10', 49_926_600],
      ['stall_frontend', '0x23', 289_684_332],
      ['stall_backend', '0x24', 25_793_958_956],
      ['cycles', '0x11', 173_047_575_240],
    ]);
    const bus = await inspect(join(folder, 'public/rpi5-tinyllama/perf-stat-l3bus.txt'));
    expect(bus.counters.map(({ event, total: value }) => [event, value])).toEqual([
      ['L3D_CACHE_RD', 6_528_096_251],
      ['L3D_CACHE_REFILL', 6_328_032_204],
      ['BUS_ACCESS_RD', 26_112_411_218],
      ['BUS_ACCESS_WR', 26_118_910_342],
      ['BUS_CYCLES', 177_902_410_214],
      ['cycles', 177_902_434_669],
    ]);
  });

  it.each(['stat.x.txt', 'stat.j.txt'])('agrees with the truth of %s', async (name) => {
    const truth = JSON.parse(
      readFileSync(join(folder, 'captures/perf-stat-interval/truth.json'), 'utf8'),
    ) as Record<string, { totals: Record<string, number>; not_supported: string[] }>;
    const { totals, not_supported: missing } = truth[name.split('.')[1]];
    const result = await inspect(join(folder, 'captures/perf-stat-interval', name));
    for (const [event, sum] of Object.entries(totals))
      expect(total(result, event), event).toBeCloseTo(sum, 5);
    for (const event of missing) expect(total(result, event), event).toBeNull();
    expect(result.stages).toEqual([]);
  });

  const EVENTS = ['cpu-clock', 'task-clock', 'page-faults', 'context-switches', 'cpu-migrations', 'cycles'];
  const FORMS = ['x', 'aA_x', 'percore_x', 'j', 'persocket_j', 'I100_x', 'I100_j'];
  const files = FORMS.flatMap((form) =>
    ['61', '612'].map((version) => `${form}_${version}.${form.endsWith('j') ? 'json' : 'csv'}`),
  );

  it.each(files)('has the sums of the rows of %s', async (name) => {
    const path = join(folder, 'perf-recorded/perf_stat', name);
    const sums = new Map<string, number | null>();
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const [event, text] = name.endsWith('json') ? jsonRow(line) : csvRow(line);
      if (event === null) continue;
      const value = /^[\d.]+$/.test(text) ? Number(text) : null;
      sums.set(event, value === null ? (sums.get(event) ?? null) : (sums.get(event) ?? 0) + value);
    }
    expect(sums.size, 'events in the text').toBeGreaterThan(0);
    const result = await inspect(path);
    for (const [event, sum] of sums) {
      const ours = total(result, event);
      if (sum === null) expect(ours, event).toBeNull();
      else expect(ours, event).toBeCloseTo(sum, 3);
    }
  });

  /** The value stands two fields before the event, which may name its PMU: `cpu-clock [software]`. */
  function csvRow(line: string): [event: string | null, value: string] {
    const fields = line.split(',');
    const at = fields.findIndex((field) => EVENTS.includes(field.split(' [')[0]));
    return at < 2 ? [null, ''] : [fields[at], fields[at - 2]];
  }

  function jsonRow(line: string): [event: string | null, value: string] {
    if (!line.startsWith('{')) return [null, ''];
    const row = JSON.parse(line) as Record<string, unknown>;
    const event = typeof row.event === 'string' ? row.event : null;
    return [event, String(row['counter-value'])];
  }
});

describeWithSamples('inspect of a log alone', (folder) => {
  it.each([
    ['gator-app-t1', 'gatord-and-llama.stderr.txt'],
    ['gator-channels-t2', 'gatord-and-llama.stderr.txt'],
    ['gator-qwen05b-t1', 'gatord-and-llama.stderr.txt'],
    ['gator-systemwide-t1', 'gatord-and-llama.stderr.txt'],
    ['perf-dwarf-t1', 'llama.stderr.txt'],
    ['perf-group-t1', 'llama.stderr.txt'],
    ['perf-uprobe-t1', 'llama.stderr.txt'],
    ['sim-tiny-t1', 'llama.stderr.txt'],
    ['sim-qwen05b-t1', 'llama.stderr.txt'],
    ['sim-qwen05b-t2', 'llama.stderr.txt'],
    ['sim-qwen05b-t1-norepack', 'llama.stderr.txt'],
  ])('%s agrees with its truth', async (capture, file) => {
    const truth = JSON.parse(readFileSync(join(folder, 'captures', capture, 'truth.json'), 'utf8')) as Record<
      string,
      { prompt_ms: number; prompt_tokens: number; decode_ms: number; decode_runs: number }
    >;
    const log = truth.llama_stdout ?? truth.llama_stderr_host_time_not_comparable;
    const result = await inspect(join(folder, 'captures', capture, file));
    expectNothingRecorded(result);
    expect(result.log).toMatchObject({
      prompt_tokens: log.prompt_tokens,
      prompt_ms: log.prompt_ms,
      eval_runs: log.decode_runs,
      eval_ms: log.decode_ms,
    });
    expect(result.metrics.prefill['prefill-rate']).toBeCloseTo(log.prompt_tokens / (log.prompt_ms / 1000), 3);
    expect(result.metrics.decode['decode-rate']).toBeCloseTo(log.decode_runs / (log.decode_ms / 1000), 3);
    expect(result.metrics.prefill.ttft).toBeNull();
  });
});
