/**
 * Damaged texts: cut anywhere, with bytes flipped, with lines shuffled. Every reader gives a sound profile or one
 * InputError, soon.
 */
import { describe, expect, it } from 'vitest';
import { nodeServices } from '../../src/platform/node/services.ts';
import { profileViolations } from '../../src/profile/integrity.ts';
import { buildIdsReader } from '../../src/readers/buildIds/index.ts';
import { foldedStacksReader } from '../../src/readers/foldedStacks/index.ts';
import { kallsymsReader } from '../../src/readers/kallsyms/index.ts';
import { llamaBatchedBenchReader, llamaBenchReader } from '../../src/readers/llamaBench/index.ts';
import { llamaLogReader } from '../../src/readers/llamaLog/index.ts';
import { llamaServerReader } from '../../src/readers/llamaServer/index.ts';
import { perfReportReader } from '../../src/readers/perfReport/index.ts';
import { perfScriptReader } from '../../src/readers/perfScript/index.ts';
import { perfStatReader } from '../../src/readers/perfStat/index.ts';
import { processCommandLineReader } from '../../src/readers/processCommandLine/index.ts';
import { InputError } from '../../src/readers/reader.ts';
import type { Reader } from '../../src/readers/reader.ts';
import { readers } from '../../src/readers/registry.ts';
import { simpleperfReportReader } from '../../src/readers/simpleperfReport/index.ts';
import { targetFactsReader, tracksReader } from '../../src/readers/targetFacts/index.ts';
import { headOf, textFile } from '../support/textFiles.ts';

const CUTS = 50;
const VARIANTS = 50;
const FLIPS = 200;
/** CPU time. */
const MAX_MS_PER_READ = 2000;

const record = (time: number, event: string, rest = ''): string =>
  `llama cli  100/10${time % 3} [00${time % 4}]   50.${String(time * 137).padStart(6, '0')}:  ${1000 + time} ${event}: ${rest}\n` +
  `\tffff80008030a45c el0_svc+0xbc ([kernel.kallsyms])\n\t  4904e0 ggml::dot<int>(float const*, int)+0xe0 (/bin/llama-cli (deleted))\n` +
  `\t  4904e0 inner (inlined)\n\t  40d1f0 _start+0x30 (/bin/llama-cli)\n\n`;

const PERF_SCRIPT = `# ========
# captured on    : Tue Nov 24 02:14:35 2026
# hostname : armlab
# os release : 6.12.117
# arch : aarch64
# nrcpus online : 4
# cpuid : 0x00000000411fd402
# cmdline : /usr/bin/perf record -p text
with a line break
# event : name = cycles, , id = { 1 }, type = 0, size = 136, config = 0, { sample_period, sample_freq } = 999, freq = 1
# pmu mappings: armv8_pmuv3 = 10, software = 1
# group: {cycles,instructions}
# clockid: monotonic (1)
# reference time: 2026 = 1795488218.006694 (TOD) = 49.500000000 (monotonic)
# ========
#
${Array.from({ length: 30 }, (_, i) => record(i, 'cycles') + record(i, 'instructions')).join('')}
${record(40, 'probe_llama:llama_decode', '(57a3e0) n_tokens=110 name="a b" list={1,2}')}
${record(41, 'probe_llama:llama_decode__return', '(57a3e0 <- 52487c) ret=0')}
${record(42, 'sched:sched_switch', 'prev_comm=a prev_pid=100 prev_prio=120 prev_state=R ==> next_comm=b next_pid=101 next_prio=120')}
llama-cli  100/100 [000]   51.000000: PERF_RECORD_LOST lost 17
llama-cli  100/100 [000]   51.000001: PERF_RECORD_SWITCH OUT preempt
`;

const STAT_TEXT = `# started on Tue Nov 24 02:46:45 2026

 Performance counter stats for './demo 8' (3 runs):

            747,69 msec cpu-clock                        #    0,928 CPUs utilized            ( +-  2,54% )
             2.104      page-faults                      #    2,814 K/sec                    ( +-  0,07% )  (33,33%)
     5.123.456.789      armv8_cortex_a55/cycles/u                                           (33,33%)
     5.123.456.789      armv8_cortex_a76/cycles/u                                           (66,67%)
CPU3                 2,000      r24
   V8 Worker-1234        4,000      cycles
   <not supported>      L1-icache-loads

           0,08687 +- 0,00321 seconds time elapsed  ( +-  3,70% )

       0,696290000 seconds user
`;
const STAT_INTERVALS = `#           time             counts unit events\n${Array.from(
  { length: 20 },
  (_, i) =>
    `     ${i}.103759230              97.94 msec cpu-clock    #    0.979 CPUs utilized\n     ${i}.103759230    <not counted>      cycles   (0.00%)\n`,
).join('')}`;
const STAT_CSV = Array.from(
  { length: 20 },
  (_, i) =>
    `     ${i}.107996404,40,84,msec,cpu-clock,40867487,100,00,0,CPUs utilized\n     ${i}.107996404,CPU1,49,,cpu/event=0x3c,umask=1/,1.90%,40867487,33.33,1,K/sec\n     ${i}.107996404,<not supported>,,cycles,0,100.00,,\n`,
).join('');
const STAT_JSON = Array.from(
  { length: 20 },
  (_, i) =>
    `{"interval" : ${i}.101738624, "cpu" : "1", "counter-value" : "100346744.000000", "unit" : "", "event" : "cycles", "variance" : 3.45, "event-runtime" : 100391664, "pcnt-running" : 100,00, "metric-value" : "0.997701", "metric-unit" : "GHz"}\n`,
).join('');
const SIMPLEPERF_STAT = Array.from(
  { length: 5 },
  (_, i) =>
    `Performance counter statistics:\n\n#   count  event_name   # count / runtime\n   ${i + 1},654,318  cpu-cycles   # 1.2 GHz  (87%)\n  12888.6(ms)  task-clock  # 5 cpus used\n\nTotal test time: ${i + 1}.352 seconds.\n`,
).join('');

const REPORT = `# Total Lost Samples: 3
# Samples: 73K of events 'anon group { cycles:P, instructions }'
# Children                Self  Command      Shared Object          Symbol
# ........................  ...........  .....................  ..............
${Array.from({ length: 20 }, (_, i) => `    93.24%  1.00%    11.49%  2.00%  python  libx.so  [.] f${i}(int)\n            |\n            ---g\n`).join('')}`;

const FOLDED = `${Array.from({ length: 40 }, (_, i) => `java-10/${i};start;std::vector<int, a>::f${i % 7}(x)_[k];[libc.so+0x1f0] ${i + 1}\n`).join('')}java-10/3;[unknown] 3 4\n`;

const BENCH_JSON = JSON.stringify(
  Array.from({ length: 4 }, (_, i) => ({
    build_commit: 'a3cb0474',
    build_number: 6735,
    cpu_info: 'Neoverse-V2',
    model_filename: '/home/a/b.gguf',
    model_type: 'qwen2 0.5B Q4_0',
    model_size: 389045248,
    n_threads: 8,
    n_prompt: 512 * (i % 2),
    n_gen: 128,
    n_depth: 4096 * i,
    avg_ts: 320.5,
    stddev_ns: 12,
    samples_ns: [1000000000, 2000000000],
    samples_ts: [512, 256],
  })),
  null,
  2,
);
const BENCH_MARKDOWN = `| model | size | params | backend | threads | test | t/s |
| ----- | ---: | -----: | ------- | ------: | ---: | --: |
${'| llama 1B Q4_K - Medium | 636.18 MiB | 1.10 B | BLAS | 1 | tg128 @ d4096 | 8.85 ± 0.09 |\n'.repeat(10)}
build: a3cb0474 (6735)
`;
const BENCH_CSV = `build_commit,n_threads,n_prompt,n_gen,n_depth,avg_ts,stddev_ts\n${'"178a6c4","8","64","0","0","33.7","22.9"\n'.repeat(10)}`;
const BATCHED = `main: n_kv_max = 4096, n_batch = 2048, n_threads = 8\n
|    PP |     TG |    B |   N_KV |   T_PP s | S_PP t/s |   T_TG s | S_TG t/s |      T s |    S t/s |
|-------|--------|------|--------|----------|----------|----------|----------|----------|----------|
${'|   128 |     64 |    4 |    768 |    1.500 |   341.33 |    3.000 |    85.33 |    4.500 |   170.67 |\n'.repeat(10)}`;
const SERVER = Array.from(
  { length: 6 },
  (_, i) =>
    `${JSON.stringify({ id: `c${i}`, system_fingerprint: 'b6673-50d26e8', timings: { cache_n: 1, prompt_n: 82, prompt_ms: 859.7, predicted_n: 22, predicted_ms: 1355, draft_n: 4, draft_n_accepted: 3 } })}\n`,
).join('');

const TARGET_MIX = `Linux armlab 6.12.0 #1 SMP aarch64 GNU/Linux

processor\t: 0
Features\t: fp asimd
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x1
CPU part\t: 0xd40
CPU revision\t: 2

Architecture:   aarch64
CPU(s):         2
Model name:     Neoverse-V1
Hypervisor vendor: KVM
MemTotal:        3043928 kB
perf version 6.12.117
[    0.873217] hw perfevents: enabled with armv8_pmuv3 PMU driver, 7 (0,8000003f) counters available
/sys/devices/system/cpu/cpu0/regs/identification/midr_el1:0x00000000411fd402
/sys/bus/event_source/devices/armv8_pmuv3_0/events:
cpu_cycles
stall_backend

performance
STREAM version $Revision: 5.10 $
Number of Threads counted = 4
Function    Best Rate MB/s  Avg time
Triad:          13200.5     0.018300
Solution Validates
`;
const TARGET_JSON = JSON.stringify({
  schema: 'gemview-target/1',
  cpus: [{ cpu: 0, midr: '0x414fd0b1', name: 'x' }],
  pmus: [{ name: 'armv8', counters: 7, events: ['a'] }],
  peaks: [{ name: 'read-bandwidth', value: 1e9, unit: 'B/s', threads: 2 }],
});
const TRACKS = `t,name,value,unit,cpu\n${Array.from({ length: 40 }, (_, i) => `${i}.25,freq,${2400 - i},MHz,${i % 4}\n`).join('')}`;

const LOG = `build: 6673 (50d26e8) with cc (Debian 14.2.0-19) 14.2.0 for aarch64-linux-gnu
llama_model_loader: loaded meta data with 22 key-value pairs and 51 tensors from /m/tiny.gguf (version GGUF V3 (latest))
print_info: arch             = qwen2
print_info: n_layer          = 4
0.00.341.002 W common_init_from_params: warming up the model with an empty run - please wait
system_info: n_threads = 1 (n_threads_batch = 1) / 2 | CPU : NEON = 1 | KLEIDIAI = 1 | REPACK = 1 |
0.00.420.117 I generate: n_ctx = 512, n_batch = 2048, n_predict = 20, n_keep = 0
${Array.from({ length: 20 }, (_, i) => `0.01.${100 + i}.000 D eval: [ 'a':${i} ]\n0.01.${100 + i}.900 D n_past = ${i + 9}\n`).join('')}
0.02.000.000 I slot update_slots: id  0 | task 0 | prompt processing progress, n_past = 64, n_tokens = 64, progress = 0.5
0.02.500.000 D srv  update_slots: decoding batch, n_tokens = 64
llama_perf_sampler_print:    sampling time =       4.31 ms /   130 runs   (    0.03 ms per token, 30155.42 tokens per second)
llama_perf_context_print: prompt eval time =     505.19 ms /   110 tokens (    4.59 ms per token,   217.74 tokens per second)
llama_perf_context_print:        eval time =     413.78 ms /    19 runs   (   21.78 ms per token,    45.92 tokens per second)
[975.2317565] FINE: #2169 (lib/forked_process.cpp:74):    ARG: '-m'
`;
const KALLSYMS = Array.from(
  { length: 100 },
  (_, i) =>
    `ffff8000800${String(i).padStart(3, '0')}00 ${'TtDw'[i % 4]} symbol_${i}${i % 5 ? '' : '\t[nf_tables]'}\n`,
).join('');
const BUILD_IDS = Array.from(
  { length: 20 },
  (_, i) =>
    `${String(i).padStart(40, 'ab')} /lib/lib${i}.so\nFile: /bin/x${i}\n    Build ID: ${String(i).padStart(40, 'cd')}\n/bin/y${i}: ELF 64-bit LSB executable, BuildID[sha1]=${String(i).padStart(40, 'ef')}, stripped\n`,
).join('');
const COMMAND_LINE = './llama-cli\0-m\0model.gguf\0-p\0Once upon\na time\0';

const BENCH_SQL = `CREATE TABLE IF NOT EXISTS llama_bench (
  build_commit TEXT,
  n_prompt INTEGER
);

INSERT INTO llama_bench (build_commit, build_number, model_filename, n_threads, n_prompt, n_gen, avg_ts, stddev_ts) VALUES ('a3cb0474', '6735', '/m/o''brien.gguf', '8', '512', '0', '320.5', '1.25');
INSERT INTO llama_bench (build_commit, build_number, model_filename, n_threads, n_prompt, n_gen, avg_ts, stddev_ts) VALUES ('a3cb0474', '6735', '/m/a.gguf', '8', '0', '128', '41.5', '0.25');
`;

const SIMPLEPERF_REPORT = `meta_info:
  trace_offcpu: false
  event_type: cpu-cycles
${Array.from(
  { length: 20 },
  (_, i) => `sample:
  event_type: cpu-cycles
  time: ${684_943_449_406_000 + i}
  event_count: 250000
  thread_id: ${31_881 + (i % 2)}
  thread_name: llama-cli
  vaddr_in_file: 29c3f${i % 10}
  file: /data/local/tmp/libggml.so
  symbol: ggml_vec_dot_q4_0_q8_0
  callchain:
    vaddr_in_file: 278104
    file: [kernel.kallsyms]
    symbol: do_futex
`,
).join('')}context_switch:
  switch_on: false
  time: 684943449406200
  thread_id: 31881
lost_situation:
  sample_count: 20
  lost_count: 3
`;

const SEEDS: [name: string, reader: Reader, text: string][] = [
  ['perf script', perfScriptReader, PERF_SCRIPT],
  ['perf stat text', perfStatReader, STAT_TEXT],
  ['perf stat intervals', perfStatReader, STAT_INTERVALS],
  ['perf stat CSV', perfStatReader, STAT_CSV],
  ['perf stat JSON', perfStatReader, STAT_JSON],
  ['simpleperf stat', perfStatReader, SIMPLEPERF_STAT],
  ['perf report', perfReportReader, REPORT],
  ['folded stacks', foldedStacksReader, FOLDED],
  ['llama-bench JSON', llamaBenchReader, BENCH_JSON],
  ['llama-bench Markdown', llamaBenchReader, BENCH_MARKDOWN],
  ['llama-bench CSV', llamaBenchReader, BENCH_CSV],
  ['llama-bench SQL', llamaBenchReader, BENCH_SQL],
  ['simpleperf report-sample', simpleperfReportReader, SIMPLEPERF_REPORT],
  ['llama-batched-bench', llamaBatchedBenchReader, BATCHED],
  ['llama-server', llamaServerReader, SERVER],
  ['target facts', targetFactsReader, TARGET_MIX],
  ['target.json', targetFactsReader, TARGET_JSON],
  ['tracks', tracksReader, TRACKS],
  ['llama.cpp log', llamaLogReader, LOG],
  ['kallsyms', kallsymsReader, KALLSYMS],
  ['build-ids', buildIdsReader, BUILD_IDS],
  ['command line', processCommandLineReader, COMMAND_LINE],
];

/** Mulberry32: the same damage every time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function mutants(text: string, seed: number): Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  const next = random(seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  const cuts = Array.from({ length: CUTS }, () => bytes.slice(0, below(bytes.length)));
  const flipped = Array.from({ length: VARIANTS }, (_, variant) => {
    const copy = bytes.slice();
    // From one flipped bit in the first variants to all flips in the last ones.
    const flips = 1 + Math.floor((FLIPS * variant) / VARIANTS);
    for (let i = 0; i < flips; i++) copy[below(copy.length)] ^= 1 << below(8);
    return copy;
  });
  const lines = text.split('\n');
  const shuffled = Array.from({ length: 10 }, () =>
    new TextEncoder().encode(
      lines
        .map((line) => ({ line, key: next() }))
        .sort((a, b) => a.key - b.key)
        .map(({ line }) => line)
        .join('\n'),
    ),
  );
  return [...cuts, ...flipped, ...shuffled];
}

/** What is wrong with how a reader took some bytes; null when nothing is. */
async function complaintAbout(
  reader: Reader,
  bytes: Uint8Array,
  limitMs = MAX_MS_PER_READ,
): Promise<string | null> {
  const before = process.cpuUsage();
  let complaint: string | null = null;
  try {
    const profile = await reader.read(textFile(bytes), { services: nodeServices });
    const [violation] = profileViolations(profile);
    if (violation) complaint = violation;
  } catch (error) {
    if (!(error instanceof InputError)) complaint = String((error as Error).stack);
    else if (error.message.length > 2000) complaint = 'a message that nobody reads';
  }
  const { user, system } = process.cpuUsage(before);
  const elapsed = (user + system) / 1e3;
  return complaint ?? (elapsed > limitMs ? `took ${elapsed.toFixed(0)} ms` : null);
}

describe.each(SEEDS)('damaged %s', (name, reader, text) => {
  it('is whole to begin with', async () => {
    expect(reader.detect(headOf(text), textFile(text))).toBe(true);
    expect(await complaintAbout(reader, new TextEncoder().encode(text))).toBeNull();
    await expect(reader.read(textFile(text), { services: nodeServices })).resolves.toBeDefined();
  });

  it('gives a sound profile or an InputError', async () => {
    for (const bytes of mutants(text, name.length * 7919)) {
      const complaint = await complaintAbout(reader, bytes);
      expect(complaint).toBeNull();
    }
  });

  it('never upsets a detector', () => {
    for (const bytes of mutants(text, name.length * 104_729)) {
      for (const each of readers) each.detect(headOf(bytes), textFile(bytes));
    }
    expect(readers.length).toBeGreaterThan(10);
  });
});

describe('texts made to hold readers up', () => {
  const long = 200_000;
  it.each([
    ['one endless line', 'a'.repeat(long)],
    ['an endless number', `${'9'.repeat(long)}\n`],
    ['endless blanks', `${' '.repeat(long)}x\n`],
    ['endless newlines', '\n'.repeat(long)],
    ['endless open parentheses', `x 1/1 1.000000: 5 cycles: \n\t 10 ${'('.repeat(long)})\n`],
    ['endless closed parentheses', `x 1/1 1.000000: 5 cycles: \n\t 10 f (${')'.repeat(long)}\n`],
    ['endless braces', '{'.repeat(long)],
    ['endless brackets', '['.repeat(long)],
    ['endless quotes', `[{"n_prompt": 1, "n_gen": 1, "avg_ts": 1, "x": ${'"\\"'.repeat(long / 4)}`],
    ['endless fields of a table', `| model | test | t/s |\n${'|'.repeat(long)}\n`],
    ['endless commas', `t,name,value\n${','.repeat(long)}\n`],
    ['endless semicolons', `${';'.repeat(long)} 5\n`],
    ['endless equals signs', `x 1/1 1.000000: a:b: (1) ${'a='.repeat(long / 2)}\n`],
    ['endless words', `x 1/1 1.000000: ${'a: '.repeat(long / 3)}\n`],
    ['endless dashes', `# started on x\n${'-'.repeat(long)},1,,a,1,1.00\n`],
    ['endless hash signs', `# ========\n${'# a : b\n'.repeat(long / 8)}`],
    ['endless escapes', '\x1b['.repeat(long / 2)],
    ['a title that never ends', ` Performance counter stats for '${"' ".repeat(long / 2)}\n`],
    ['nested JSON', `{"a":`.repeat(long / 5)],
    ['nested JSON that ends', `{"event":${'['.repeat(long)}1${']'.repeat(long)}}\n`],
    ['nested objects that end', `${`{"timings":`.repeat(long / 10)}1${'}'.repeat(long / 10)}\n`],
    [
      'nested rows of a benchmark',
      `[{"n_prompt":1,"n_gen":1,"avg_ts":${'[{"a":'.repeat(long / 10)}1${'}]'.repeat(long / 10)}}]`,
    ],
    [
      'numbers beyond all counts',
      `[{"n_prompt":${2 ** 31},"n_gen":1e308,"avg_ts":1e400,"samples_ts":[${'2147483648,'.repeat(1000)}1]}]`,
    ],
    [
      'counts that lie',
      `{"counter-value" : "${'9'.repeat(400)}", "event" : "cycles", "interval" : 1e300}\n`.repeat(100),
    ],
    ['symbols at one address', 'ffff800080000000 T a\n'.repeat(long / 20)],
    ['paths without builds', '/bin/a\n'.repeat(long / 7)],
    ['lscpu without end', `Architecture: aarch64\n${'A: b\n'.repeat(long / 5)}`],
  ])('%s', async (_, text) => {
    const bytes = new TextEncoder().encode(text);
    for (const reader of readers) {
      const started = performance.now();
      reader.detect(
        { path: 'x', bytes: bytes.subarray(0, 65_536), text: text.slice(0, 65_536) },
        textFile(bytes),
      );
      expect(performance.now() - started, `${reader.format} detects`).toBeLessThan(MAX_MS_PER_READ);
    }
    const all = [...new Set(SEEDS.map(([, reader]) => reader))];
    for (const reader of all) expect(await complaintAbout(reader, bytes), reader.format).toBeNull();
  });

  const LINE_BYTES = 100_000_000;
  const LINE_LIMIT_MS = 10_000;

  it.each(SEEDS)('a line of 100 MB behind %s', async (_, reader, text) => {
    const seed = new TextEncoder().encode(`${text}\n`);
    const bytes = new Uint8Array(seed.length + LINE_BYTES).fill(0x61);
    bytes.set(seed);
    const before = process.memoryUsage().rss;
    expect(await complaintAbout(reader, bytes, LINE_LIMIT_MS)).toBeNull();
    // The bytes themselves are here once; a string of them for each piece of the line would be many times that.
    expect(process.memoryUsage().rss - before).toBeLessThan(8 * LINE_BYTES);
  });
});
