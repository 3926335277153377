import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PlatformServices } from '../../../src/platform/services.ts';
import { profileViolations } from '../../../src/profile/integrity.ts';
import { fuse } from '../../../src/profile/fuse.ts';
import type { Profile } from '../../../src/profile/types.ts';
import { llamaLogReader } from '../../../src/readers/llamaLog/index.ts';
import { describeWithSamples } from '../../support/samples.ts';
import { textHead, textInput } from '../../support/textInput.ts';

/** The reader inflates nothing. */
const services = {} as PlatformServices;

const read = (text: string): Promise<Profile> => llamaLogReader.read(textInput(text), { services });
const detects = (text: string): boolean => llamaLogReader.detect(textHead(text), textInput(text));

const LOG = `build: 1 (50d26e8) with aarch64-linux-gnu-gcc (Debian 14.2.0-19) 14.2.0 for aarch64-linux-gnu
main: llama backend init
llama_model_loader: loaded meta data with 22 key-value pairs and 51 tensors from /home/ada/my models (private)/tiny.gguf (version GGUF V3 (latest))
llama_model_loader: - kv   1:                               general.name str              = lab tiny qwen2 random
llama_model_loader: - type  f32:   21 tensors
llama_model_loader: - type q4_0:   29 tensors
llama_model_loader: - type q6_K:    1 tensors
print_info: file format = GGUF V3 (latest)
print_info: file type   = Q4_0
print_info: file size   = 12.46 MiB (4.92 BPW) 
print_info: arch             = qwen2
print_info: n_ctx_train      = 4096
print_info: n_embd           = 512
print_info: n_layer          = 4
print_info: n_head           = 8
print_info: n_head_kv        = 8
print_info: n_embd_head_k    = 64
print_info: n_ff             = 1408
print_info: n_expert         = 0
print_info: n_expert_used    = 0
print_info: model params     = 21.24 M
print_info: general.name     = lab tiny qwen2 random
print_info: n_vocab          = 8192
load_tensors: CPU_KLEIDIAI model buffer size =     9.14 MiB
load_tensors:   CPU_Mapped model buffer size =    10.21 MiB
llama_context: n_seq_max     = 1
llama_context: n_ctx         = 512
llama_context: n_ctx_per_seq = 512
llama_context: n_batch       = 512
llama_context: n_ubatch      = 256
llama_context: flash_attn    = auto
llama_context:        CPU  output buffer size =     0.03 MiB
llama_kv_cache:        CPU KV buffer size =     4.00 MiB
llama_kv_cache: size =    4.00 MiB (   512 cells,   4 layers,  1/1 seqs), K (q8_0):    1.06 MiB, V (f16):    2.00 MiB
llama_context: Flash Attention was auto, set to enabled
llama_context:        CPU compute buffer size =    17.00 MiB
common_init_from_params: warming up the model with an empty run - please wait ... (--no-warmup to disable)
main: llama threadpool init, n_threads = 1

system_info: n_threads = 1 (n_threads_batch = 3) / 2 | CPU : NEON = 1 | ARM_FMA = 1 | MATMUL_INT8 = 1 | DOTPROD = 1 | KLEIDIAI = 1 | REPACK = 1 | 

main: prompt: 'tell me a secret'
sampler seed: 42
sampler chain: logits -> logit-bias -> penalties -> dist 
generate: n_ctx = 512, n_batch = 2048, n_predict = 20, n_keep = 0

llama_perf_sampler_print:    sampling time =       4.34 ms /   129 runs   (    0.03 ms per token, 29709.81 tokens per second)
llama_perf_context_print:        load time =     401.52 ms
llama_perf_context_print: prompt eval time =     630.96 ms /   109 tokens (    5.79 ms per token,   172.75 tokens per second)
llama_perf_context_print:        eval time =     422.85 ms /    19 runs   (   22.26 ms per token,    44.93 tokens per second)
llama_perf_context_print:       total time =    1188.57 ms /   128 tokens
`;

describe('a whole log', () => {
  it('gives settings, model, timings and facts', async () => {
    const profile = await read(LOG);
    expect(profileViolations(profile)).toEqual([]);
    expect(profile.inputs).toEqual([
      {
        path: 'run/llama.log',
        format: 'llama-log',
        tool: 'llama.cpp 1 (50d26e8)',
        bytes: new TextEncoder().encode(LOG).byteLength,
      },
    ]);
    expect(profile.settings).toEqual({
      build: '1 (50d26e8)',
      compiler: 'aarch64-linux-gnu-gcc (Debian 14.2.0-19) 14.2.0 for aarch64-linux-gnu',
      threads: 1,
      threadsBatch: 3,
      contextLength: 512,
      batch: 512,
      microBatch: 256,
      flashAttention: 'enabled (auto)',
      cacheTypes: { key: 'q8_0', value: 'f16' },
      features: { NEON: '1', ARM_FMA: '1', MATMUL_INT8: '1', DOTPROD: '1', KLEIDIAI: '1', REPACK: '1' },
      buffers: {
        CPU_KLEIDIAI: 9.14,
        CPU_Mapped: 10.21,
        'CPU output': 0.03,
        'CPU KV': 4,
        'CPU compute': 17,
      },
    });
    expect(profile.model).toEqual({
      name: 'lab tiny qwen2 random',
      architecture: 'qwen2',
      fileType: 'Q4_0',
      fileBytes: Math.round(12.46 * 1024 * 1024),
      parameterCount: 21_240_000,
      bitsPerWeight: 4.92,
      layers: 4,
      embeddingLength: 512,
      feedForwardLength: 1408,
      headCount: 8,
      headCountKv: 8,
      headLength: 64,
      vocabulary: 8192,
      contextTrained: 4096,
      expertCount: 0,
      expertUsedCount: 0,
      tensors: null,
      source: 'run/llama.log',
    });
    expect(profile.target).toMatchObject({ arch: 'aarch64', cpuCount: 2 });
    expect(profile.timings).toHaveLength(1);
    expect(profile.timings[0]).toMatchObject({ promptTokens: 109, evalRuns: 19, loadMs: 401.52 });
    expect(profile.warnings).toEqual([]);
  });

  it('marks what says something about people as private', async () => {
    const { facts } = await read(LOG);
    const byName = new Map(facts.map((fact) => [fact.name, fact]));
    expect(byName.get('model-path')).toEqual({
      name: 'model-path',
      value: '/home/ada/my models (private)/tiny.gguf',
      source: 'run/llama.log',
      private: true,
    });
    expect(byName.get('prompt')).toMatchObject({ value: 'tell me a secret', private: true });
    expect(byName.get('seed')).toMatchObject({ value: '42', private: false });
    expect(byName.get('tensor-types')?.value).toBe('f32: 21, q4_0: 29, q6_K: 1');
    expect(byName.get('warmup')?.value).toBe('yes');
    expect(byName.get('predict-tokens')?.value).toBe('20');
    const publicText = facts.filter((fact) => !fact.private).map((fact) => fact.value);
    expect(publicText.join(' ')).not.toMatch(/ada|secret|gguf/);
  });

  it('reads the same behind the prefix of --log-timestamps', async () => {
    const prefixed = LOG.split('\n')
      .map((line, row) => `0.08.${String(row).padStart(3, '0')}.664 I ${line}`)
      .join('\r\n');
    const [plain, profile] = [await read(LOG), await read(prefixed)];
    expect(profile.settings).toEqual(plain.settings);
    expect(profile.model).toEqual(plain.model);
    expect(profile.timings).toEqual(plain.timings);
  });
});

describe('a log that came with something before its lines', () => {
  it.each([
    ['the level, of --log-prefix alone', 'I '],
    ['journald', 'Nov 24 20:00:00 pi5 llama-server[1234]: '],
    ['journald in the first days of a month', 'Nov  4 20:00:00 pi5 llama-server[1234]: '],
    ['journald with ISO times', '2026-11-24T20:00:00+0100 pi5 llama-server[1234]: '],
    ['docker compose', 'llama-1  | '],
    ['llama-server for the servers it started', '[42027] '],
    ['llama-server for the servers it started, with times', '[42027] 1.37.495.377 I '],
    ['kubectl --timestamps', '2026-11-24T20:00:00.123456789Z '],
    ['logcat', '11-24 20:22:19.123  1234  1240 I llama   : '],
    ['journald around --log-prefix', 'Nov 24 20:00:00 pi5 llama-server[1234]: 0.08.700.664 I '],
  ])('is read the same: %s', async (_, prefix) => {
    const carried = LOG.split('\n')
      .map((line) => prefix + line)
      .join('\n');
    expect(detects(`${prefix}print_info: arch             = qwen2\n`)).toBe(true);
    const [plain, profile] = [await read(LOG), await read(carried)];
    expect(profile.settings).toEqual(plain.settings);
    expect(profile.model).toEqual(plain.model);
    expect(profile.timings).toEqual(plain.timings);
    expect(profile.facts).toEqual(plain.facts);
  });

  it("reads a request's timings behind carriage returns, as servers of 2024 and 2025 wrote them", async () => {
    const text = [
      'slot print_timing: id  0 | task 0 | ',
      '\rprompt eval time =     306.19 ms /    12 tokens (   25.52 ms per token,    39.19 tokens per second)',
      '\r       eval time =    1000.50 ms /    11 tokens (   90.95 ms per token,    10.99 tokens per second)',
      '\r      total time =    1306.69 ms /    23 tokens',
      '',
    ].join('\n');
    const { timings, warnings } = await read(text);
    expect(timings).toMatchObject([
      { promptMs: 306.19, promptTokens: 12, evalMs: 1000.5, generatedTokens: 11, totalMs: 1306.69 },
    ]);
    expect(warnings).toEqual([]);
  });

  it('keeps the times of the log itself', async () => {
    const { logEvents } = await read(
      'llama-1  | 0.02.500.000 I generate: n_ctx = 512, n_batch = 2048, n_predict = 20, n_keep = 0\n',
    );
    expect(logEvents).toEqual([{ timeNs: 2_500_000_000, kind: 'generation', tokens: null }]);
  });
});

describe('a log of several runs', () => {
  const second = LOG.replace('build: 1 (50d26e8)', 'build: 2 (deadbee)')
    .replace('n_threads = 1 (n_threads_batch = 3)', 'n_threads = 8 (n_threads_batch = 8)')
    .replace('general.name     = lab tiny', 'general.name     = other')
    .replace('n_layer          = 4', 'n_layer          = 24')
    .replace('422.85 ms /    19 runs', '222.00 ms /    11 runs');

  it('is read as its last one, with a warning: nothing of the others gets mixed in', async () => {
    const [alone, both] = [await read(second), await read(LOG + second)];
    expect(both.settings).toEqual(alone.settings);
    expect(both.settings).toMatchObject({ build: '2 (deadbee)', threads: 8, threadsBatch: 8 });
    expect(both.model).toMatchObject({ name: 'other qwen2 random', layers: 24 });
    expect(both.timings).toEqual(alone.timings);
    expect(both.timings).toMatchObject([{ evalMs: 222, evalRuns: 11 }]);
    expect(both.facts).toEqual(alone.facts);
    expect(both.warnings).toEqual([
      {
        code: 'llama-log-several-runs',
        message: 'the log holds 2 runs of llama.cpp: the last one that ended was read',
        fix: 'Keep the log of each run in a file of its own (2> instead of 2>>)',
      },
    ]);
  });

  it('leaves a run that did not end for the one before it that did', async () => {
    const killed = second.slice(0, second.indexOf('llama_perf_sampler_print'));
    const profile = await read(LOG + killed);
    expect(profile.settings?.threads).toBe(1);
    expect(profile.timings).toMatchObject([{ evalMs: 422.85, evalRuns: 19 }]);
    expect(profile.warnings.map(({ code }) => code)).toEqual(['llama-log-several-runs']);
  });
});

describe('older and other logs', () => {
  it('reads llm_load_print_meta and the names of 2024', async () => {
    const profile = await read(`main: build = 3741 (1d1ccce6)
main: built with cc (Debian 12.2.0-14) 12.2.0 for aarch64-linux-gnu
llm_load_print_meta: arch             = llama
llm_load_print_meta: n_head           = [8, 8, 16]
llm_load_print_meta: n_layer          = 32
llm_load_print_meta: model ftype      = Q4_K - Medium
llm_load_print_meta: model params     = 6.74 B
llm_load_print_meta: model size       = 3.80 GiB (4.84 BPW) 
llm_load_tensors:        CPU buffer size =  3891.24 MiB
llama_new_context_with_model: n_ctx      = 2048
llama_new_context_with_model: n_batch    = 2048
llama_new_context_with_model: n_ubatch   = 512
llama_new_context_with_model: flash_attn = 0
llama_kv_cache_init:        CPU KV buffer size =  1024.00 MiB
system_info: n_threads = 4 / 8 | AVX = 0 | NEON = 1 | SVE = 0 | 
`);
    expect(profile.settings).toMatchObject({
      build: '3741 (1d1ccce6)',
      compiler: 'cc (Debian 12.2.0-14) 12.2.0 for aarch64-linux-gnu',
      threads: 4,
      threadsBatch: null,
      contextLength: 2048,
      flashAttention: '0',
      features: { AVX: '0', NEON: '1', SVE: '0' },
      buffers: { CPU: 3891.24, 'CPU KV': 1024 },
    });
    expect(profile.model).toMatchObject({
      architecture: 'llama',
      headCount: null,
      layers: 32,
      fileType: 'Q4_K - Medium',
      parameterCount: 6_740_000_000,
      fileBytes: Math.round(3.8 * 2 ** 30),
    });
    expect(profile.target.cpuCount).toBe(8);
  });

  it('describes the first model and only names the draft model', async () => {
    const profile =
      await read(`llama_model_loader: loaded meta data with 1 key-value pairs and 2 tensors from a.gguf (version GGUF V3 (latest))
print_info: n_layer          = 24
print_info: general.name     = target
load_tensors:   CPU_Mapped model buffer size =   100.00 MiB
load_tensors:   CPU_Mapped model buffer size =    50.00 MiB
llama_context: n_batch       = 2048
llama_model_loader: loaded meta data with 1 key-value pairs and 2 tensors from b.gguf (version GGUF V3 (latest))
print_info: n_layer          = 4
print_info: general.name     = draft
load_tensors:   CPU_Mapped model buffer size =     7.00 MiB
llama_context: n_batch       = 512
n_draft   = 16
`);
    expect(profile.model).toMatchObject({ name: 'target', layers: 24 });
    // A split file is mapped in pieces that add up.
    expect(profile.settings).toMatchObject({ batch: 2048, buffers: { CPU_Mapped: 150 } });
    expect(profile.facts.find((fact) => fact.name === 'draft-model')?.value).toBe('draft');
    expect(profile.facts.find((fact) => fact.name === 'draft-max')?.value).toBe('16');
  });

  it("reads the command that gatord started from gatord's own lines, and keeps it private", async () => {
    const profile =
      await read(`[975.1370618] FINE: #2157 (lib/forked_process.cpp:65): Forking exe '/root/bin/gatord' with prepend_command=1, cwd='', uid_gid={-1, -1} vs {0, 0}
[975.1371039] FINE: #2157 (lib/forked_process.cpp:74):    ARG: 'agent-external'
[975.2316758] FINE: #2169 (lib/forked_process.cpp:65): Forking exe '/root/bin/llama-cli' with prepend_command=1, cwd='/root', uid_gid={0, 0} vs {0, 0}
[975.2317565] FINE: #2169 (lib/forked_process.cpp:74):    ARG: '-m'
[975.2318261] FINE: #2169 (lib/forked_process.cpp:74):    ARG: 'tiny.gguf'
[975.2363821] FINE: #2169 (async/proc/async_exec.hpp:502): Forked process Success, 2171
build: 1 (50d26e8) with cc 14 for aarch64-linux-gnu
`);
    expect(profile.facts.find((fact) => fact.name === 'command-line')).toMatchObject({
      value: '/root/bin/llama-cli -m tiny.gguf',
      private: true,
    });
  });

  it('says what is missing when the program was killed, or timed nothing', async () => {
    const killed = await read('build: 1 (50d26e8) with cc 14 for aarch64-linux-gnu\n');
    expect(killed.warnings.map((warning) => warning.code)).toEqual(['llama-log-without-timings']);
    const untimed = await read(
      'llama_perf_context_print: prompt eval time =       0.00 ms /    13 tokens (    0.00 ms per token,      inf tokens per second)\n',
    );
    expect(untimed.warnings.map((warning) => warning.code)).toEqual(['llama-log-untimed']);
  });

  it('says when it was cut within its timings', async () => {
    const cut = await read(LOG.slice(0, LOG.indexOf('llama_perf_context_print: prompt eval')));
    expect(cut.timings).toMatchObject([{ samplingMs: 4.34, loadMs: 401.52, promptMs: null, evalMs: null }]);
    expect(cut.warnings.map(({ code, message }) => [code, message])).toEqual([
      [
        'llama-log-without-timings',
        'the log breaks off within its timing lines, before those of prompt and generation',
      ],
    ]);
  });

  it('survives names that objects would take amiss', async () => {
    const profile = await read('system_info: n_threads = 1 | __proto__ = 1 | constructor = 2 | \n');
    expect(Object.entries(profile.settings?.features ?? {})).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
  });

  it('reads the log of a server that answered 200,000 requests', async () => {
    const requests = Array.from(
      { length: 200_000 },
      (_, task) => `slot print_timing: id  0 | task ${task} | prompt eval time = 5.00 ms / 3 tokens\n`,
    );
    const profile = await read(requests.join(''));
    expect(profile.timings.length).toBe(200_000);
    expect(fuse([profile, await read(LOG)]).timings.length).toBe(200_001);
  });

  it('reads hostile lines in linear time', async () => {
    const lines = [
      `llama_model_loader: loaded meta data with ${' from '.repeat(100_000)}`,
      `system_info: n_threads = 1 |${' = :|'.repeat(100_000)}`,
      `x: built with ${'for a-'.repeat(100_000)}`,
      `${'a'.repeat(500_000)}: buffer size = `,
      `generate: ${','.repeat(500_000)}`,
    ];
    const before = process.cpuUsage();
    await read(lines.join('\n'));
    // Quadratic time over these lines would be minutes.
    expect(process.cpuUsage(before).user / 1e3).toBeLessThan(3000);
  });
});

describe('detection', () => {
  it.each([
    'build: 1 (50d26e8) with cc 14 for aarch64-linux-gnu',
    'system_info: n_threads = 4 / 8 | NEON = 1 |',
    'print_info: arch             = qwen2',
    'llama_print_timings:        load time =     149.59 ms',
    '0.08.700.664 I common_perf_print:        load time =    3252.55 ms',
    'slot print_timing: id  0 | task 0 | ',
    '[ Prompt: 217.7 t/s | Generation: 20.6 t/s ]',
    "[975.2317565] FINE: #2169 (lib/forked_process.cpp:74):    ARG: '-m'",
  ])('knows %s', (line) => {
    expect(detects(`some output before\n${line}\nand after\n`)).toBe(true);
  });

  it.each([
    '# Time  Counts  Unit  Events',
    // llama-bench's own closing line: hash first.
    '| model | size |\nbuild: 50d26e8 (6673)',
    'llama-cli    1820 [001]   827.715150:         probe_llama:llama_decode: (57a3e0) n_tokens=2',
    'Once upon a time there was a llama.',
  ])('leaves %s to others', (text) => {
    expect(detects(`${text}\n`)).toBe(false);
  });

  it('is not taken in by binary data that holds such text', () => {
    expect(detects('\u0000\u0001print_info: arch             = qwen2\n')).toBe(false);
  });
});

describeWithSamples('logs of the sample captures', (folder) => {
  interface Truth {
    prompt_ms: number;
    prompt_tokens: number;
    decode_ms: number;
    decode_runs: number;
    load_ms?: number;
  }
  const textOf = (capture: string, file: string): string =>
    readFileSync(join(folder, 'captures', capture, file), 'utf8');
  const gator = ['gator-app-t1', 'gator-channels-t2', 'gator-qwen05b-t1', 'gator-systemwide-t1'];
  const perf = ['perf-dwarf-t1', 'perf-group-t1', 'perf-uprobe-t1'];
  const simulated = ['sim-tiny-t1', 'sim-qwen05b-t1', 'sim-qwen05b-t1-norepack', 'sim-qwen05b-t2'];
  const timed = [
    ...gator.map((capture) => ({ capture, file: 'gatord-and-llama.stderr.txt' })),
    ...[...perf, ...simulated].map((capture) => ({ capture, file: 'llama.stderr.txt' })),
  ];
  const finished = [
    ...timed,
    ...['I', 'x', 'j'].map((form) => ({ capture: 'perf-stat-interval', file: `llama.${form}.stderr.txt` })),
  ];
  const logs = [...finished, { capture: 'gator-killed', file: 'gatord-and-llama.stderr.txt' }];

  it.each(logs)(
    '$capture/$file describes the build, the machine and the model',
    async ({ capture, file }) => {
      expect(detects(textOf(capture, file))).toBe(true);
      const profile = await read(textOf(capture, file));
      expect(profileViolations(profile)).toEqual([]);
      expect(profile.settings).toMatchObject({ build: '1 (50d26e8)', contextLength: 512, batch: 512 });
      expect(profile.settings?.features.KLEIDIAI).toBe('1');
      expect(profile.model).toMatchObject(
        profile.model?.name?.includes('tiny')
          ? { layers: 4, embeddingLength: 512, vocabulary: 8192, fileType: 'Q4_0' }
          : { layers: 24, embeddingLength: 1024, vocabulary: 151_936, fileType: 'Q4_0' },
      );
    },
  );

  it.each(finished)('$capture/$file has one block of timings', async ({ capture, file }) => {
    const { timings } = await read(textOf(capture, file));
    expect(timings).toHaveLength(1);
    // Prompt tokens pass the samplers too, and one token more is sampled than evaluated.
    const { samplingRuns, promptTokens, evalRuns } = timings[0];
    expect(samplingRuns).toBe((promptTokens ?? 0) + (evalRuns ?? 0) + 1);
  });

  it.each(timed)('$capture/$file has the timings of truth.json', async ({ capture, file }) => {
    const truth = JSON.parse(textOf(capture, 'truth.json')) as Record<string, Truth>;
    const log = truth.llama_stdout ?? truth.llama_stderr_host_time_not_comparable;
    const [block] = (await read(textOf(capture, file))).timings;
    expect(block).toMatchObject({
      promptMs: log.prompt_ms,
      promptTokens: log.prompt_tokens,
      evalMs: log.decode_ms,
      evalRuns: log.decode_runs,
      ...(log.load_ms === undefined ? {} : { loadMs: log.load_ms }),
    });
  });

  it('says that a killed run has no timings', async () => {
    const profile = await read(textOf('gator-killed', 'gatord-and-llama.stderr.txt'));
    expect(profile.timings).toEqual([]);
    expect(profile.warnings.map(({ code }) => code)).toEqual(['llama-log-without-timings']);
  });

  it.each(logs)('$capture: generated text on standard output is no log', ({ capture, file }) => {
    expect(detects(textOf(capture, file.replace('stderr', 'stdout')))).toBe(false);
  });
});
