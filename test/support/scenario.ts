/**
 * Whole runs made up for tests: llama.cpp with chosen stages, threads, cores, kernels and counts, as the bytes that gator and
 * perf would have written. The counts are those of the scenario, so that every number a report prints of them is known.
 *
 *     const run: Scenario = { cores: [V1], counters: [...], prefill: {...}, decode: {...}, threads: [worker(...)] };
 *     const { report } = await reportOf(perfDataInputs(run));
 *
 * A thread k runs on CPU k and is sampled once a millisecond, just before the millisecond ends: a sample stands for the
 * millisecond before it, and carries what its thread counted in it. The first thread calls llama_decode.
 */
import { analyseInputs } from '../../src/pipeline/analyseInputs.ts';
import type { RunAnalysis } from '../../src/analysis/analyseRun.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import type { RawInput } from '../../src/readers/reader.ts';
import { buildReport } from '../../src/report/build.ts';
import { inspectResult, type InspectResult } from '../../src/report/inspect.ts';
import type { Report } from '../../src/report/schema.ts';
import { ApcWriter, type ApcCounter } from './apcWriter.ts';
import { ggufHeader, text, u32, type GgufTensor } from './ggufWriter.ts';
import { PerfDataWriter, type WrittenEvent } from './perfDataWriter.ts';
import { memoryInput } from './symbolTables.ts';

/** Counts by mnemonic. */
export type Counts = Readonly<Record<string, number>>;

/** A kind of core: what the capture says about each CPU of it. */
export interface CoreKind {
  name: string;
  midr: string;
  /** `armv8_pmuv3_0` where there is one kind, `armv8_cortex_a55` on big.LITTLE. */
  pmu: string;
  /** Mnemonics that its PMU counts; those of the scenario when left out. */
  counters?: readonly string[];
}

/** What one thread does in a stage. */
export interface StageWork {
  /** Leaf functions of its samples, in turn: a name twice is twice the time. */
  kernels: readonly string[];
  /** What it counts in a millisecond. */
  perMs: Counts;
  /** What it counts in a millisecond that it spends in a function which only waits; as `perMs` when left out. */
  waitingPerMs?: Counts;
}

export interface Worker {
  prefill: StageWork;
  decode: StageWork;
}

export interface Scenario {
  /** One a CPU. */
  cores: readonly CoreKind[];
  /** Mnemonics, read together as one group on each kind of core. */
  counters: readonly string[];
  prefill: { tokens: number; ms: number };
  decode: { calls: number; ms: number };
  /** Thread k runs on CPU k; the first one calls llama_decode. */
  threads: readonly Worker[];
  /** Share of the time that the counters ran: less than 1 when they had to take turns. perf.data only. */
  runningShare?: number;
  /** What the machine is called. */
  machine?: string;
  /** Read bandwidth measured on the machine, by threads. */
  readBandwidth?: readonly { threads: number; bytesPerSecond: number }[];
  /** Event codes beside those of {@link CODES}. */
  extraCodes?: Readonly<Record<string, number>>;
}

/** Event codes of the Arm architecture reference manual. */
export const CODES: Readonly<Record<string, number>> = {
  L1D_CACHE_REFILL: 0x03,
  INST_RETIRED: 0x08,
  CPU_CYCLES: 0x11,
  L2D_CACHE_REFILL: 0x17,
  STALL_FRONTEND: 0x23,
  STALL_BACKEND: 0x24,
  L3D_CACHE_REFILL: 0x2a,
  LL_CACHE_MISS_RD: 0x37,
  OP_RETIRED: 0x3a,
  OP_SPEC: 0x3b,
  STALL_SLOT_BACKEND: 0x3d,
  STALL_SLOT_FRONTEND: 0x3e,
  STALL_SLOT: 0x3f,
  BR_MIS_PRED: 0x10,
  STALL_BACKEND_MEM: 0x4005,
  STALL_BACKEND_MEMBOUND: 0x8164,
};

export const NEOVERSE_V1: CoreKind = { name: 'Neoverse-V1', midr: '0x411fd401', pmu: 'armv8_pmuv3_0' };
export const NEOVERSE_N2: CoreKind = { name: 'Neoverse-N2', midr: '0x410fd493', pmu: 'armv8_pmuv3_0' };
export const CORTEX_A76: CoreKind = { name: 'Cortex-A76', midr: '0x414fd0b1', pmu: 'armv8_pmuv3_0' };
export const CORTEX_A55: CoreKind = { name: 'Cortex-A55', midr: '0x412fd050', pmu: 'armv8_cortex_a55' };
export const CORTEX_X1: CoreKind = { name: 'Cortex-X1', midr: '0x411fd440', pmu: 'armv8_cortex_x1' };

/** So many threads that do the same. */
export function alike(threads: number, worker: Worker): Worker[] {
  return Array.from({ length: threads }, () => worker);
}

const PROGRAM = '/bin/llama-cli';
const BUILD_ID = '00112233445566778899aabbccddeeff00112233';
const PID = 100;
const MS = 1e6;
/** A sample ends its millisecond; at the very end it would fall into the next stage. */
const BEFORE_END_NS = 100;
const LOAD_MS = 20;
/** Time between two calls: the next token is chosen. */
const BETWEEN_MS = 1;
const FUNCTION_BYTES = 0x1000;
const TEXT_START = 0x400000;

/** Functions that only wait, for {@link StageWork.waitingPerMs}. */
const WAITING = /^(?:ggml_barrier|gomp_)/;

/** One millisecond of one thread. */
interface Tick {
  endNs: number;
  thread: number;
  /** Innermost first. */
  stack: string[];
  counts: Counts;
}

interface Call {
  past: number;
  tokens: number;
  startNs: number;
  endNs: number;
}

/** All that happens, in order of time. */
function played(scenario: Scenario): { ticks: Tick[]; calls: Call[]; endNs: number } {
  const ticks: Tick[] = [];
  const calls: Call[] = [];
  let atMs = 0;
  const main = (stack: string[], ms: number): void => {
    for (let i = 0; i < ms; i++) {
      ticks.push({ endNs: ++atMs * MS - BEFORE_END_NS, thread: 0, stack, counts: {} });
    }
  };
  const call = (stage: 'prefill' | 'decode', past: number, tokens: number, ms: number, row: number): void => {
    calls.push({ past, tokens, startNs: atMs * MS, endNs: (atMs + ms) * MS });
    for (let i = 0; i < ms; i++) {
      atMs++;
      scenario.threads.forEach((worker, thread) => {
        const { kernels, perMs, waitingPerMs = perMs } = worker[stage];
        const kernel = kernels[(row * ms + i) % kernels.length];
        ticks.push({
          endNs: atMs * MS - BEFORE_END_NS,
          thread,
          stack: [kernel, 'ggml_graph_compute_thread', ...(thread === 0 ? MAIN_CALLERS : SECONDARY_CALLERS)],
          counts: WAITING.test(kernel) ? waitingPerMs : perMs,
        });
      });
    }
  };
  main(['llama_model_load_from_file', 'main'], LOAD_MS - 1);
  // Every thread is seen once before it works: what it counts afterwards is counted from here.
  atMs++;
  scenario.threads.forEach((_, thread) => {
    const stack = thread === 0 ? ['llama_model_load_from_file', 'main'] : [...SECONDARY_CALLERS];
    ticks.push({ endNs: atMs * MS - BEFORE_END_NS, thread, stack, counts: {} });
  });
  const { prefill, decode } = scenario;
  call('prefill', 0, prefill.tokens, prefill.ms, 0);
  for (let row = 0; row < decode.calls; row++) {
    main(['llama_sampler_apply', 'common_sampler_sample', 'main'], BETWEEN_MS);
    call('decode', prefill.tokens + row, 1, decode.ms, row);
  }
  main(['llama_perf_context_print', 'main'], 2);
  return { ticks, calls, endNs: atMs * MS };
}

const MAIN_CALLERS = ['ggml_backend_graph_compute', 'llama_decode', 'main'];
const SECONDARY_CALLERS = ['ggml_graph_compute_secondary_thread'];

/** Addresses of the functions of a run, and the listing that names them. */
class Symbols {
  readonly #address = new Map<string, number>();

  addressOf(name: string): number {
    let address = this.#address.get(name);
    if (address === undefined) {
      address = TEXT_START + (this.#address.size + 1) * FUNCTION_BYTES;
      this.#address.set(name, address);
    }
    return address;
  }

  /** Innermost first; callers as return addresses. */
  stack(names: readonly string[]): number[] {
    return names.map((name) => this.addressOf(name) + 0x10);
  }

  listing(): RawInput {
    const hex = (value: number): string => value.toString(16).padStart(16, '0');
    const lines = [...this.#address].map(
      ([name, address]) => `${hex(address)} ${hex(FUNCTION_BYTES)} T ${name}`,
    );
    const head = [
      `# build-id: ${BUILD_ID}`,
      `# file: ${PROGRAM}`,
      `# load: offset=0x0 vaddr=0x${TEXT_START.toString(16)} filesz=0x1000000 flags=RE`,
    ];
    return memoryInput('llama-cli.nm.txt', [...head, ...lines, ''].join('\n'));
  }
}

const codeOf = ({ extraCodes }: Scenario, mnemonic: string): number => {
  const code = extraCodes?.[mnemonic] ?? CODES[mnemonic];
  if (code === undefined) throw new Error(`no code for ${mnemonic}`);
  return code;
};

/** The run as `perf record -a -e '{…}:S' -g` with probes on llama_decode records it, with symbols. */
export function perfDataInputs(scenario: Scenario): RawInput[] {
  const { cores, counters, runningShare = 1 } = scenario;
  const file = new PerfDataWriter();
  const symbols = new Symbols();
  const kinds = [...new Set(cores)];
  const firstPmuType = 8;
  const groups = new Map<CoreKind, WrittenEvent[]>(
    kinds.map((kind, k) => [
      kind,
      file.group(
        (kind.counters ?? counters).map((mnemonic, member) => ({
          name: kinds.length > 1 ? `${kind.pmu}/${mnemonic.toLowerCase()}/` : mnemonic.toLowerCase(),
          type: firstPmuType + k,
          config: codeOf(scenario, mnemonic),
          instances: cores.length,
          ...(member === 0 ? { period: 1_000_000 } : {}),
        })),
      ),
    ]),
  );
  const entry = file.probe({ name: 'probe_llama:llama_decode', arguments: { n_tokens: 's32' } });
  const exit = file.probe({
    name: 'probe_llama:llama_decode__return',
    isReturn: true,
    arguments: { ret: 's32' },
  });
  file.describe({
    arch: 'aarch64',
    osRelease: '6.12.0',
    version: '6.12.1',
    cpus: cores.length,
    ...(kinds.length === 1 ? { cpuId: `0x00000000${cores[0].midr.slice(2)}` } : {}),
    pmus: Object.fromEntries(kinds.map(({ pmu }, k) => [firstPmuType + k, pmu])),
  });
  file.comm({ pid: PID, name: 'llama-cli' });
  file.mmap({
    pid: PID,
    start: BigInt(TEXT_START),
    bytes: 0x1000000n,
    path: PROGRAM,
    buildId: BUILD_ID,
  });

  const { ticks, calls } = played(scenario);
  const address = BigInt(symbols.addressOf('llama_decode'));
  const hits = calls.flatMap(({ startNs, endNs, tokens }) => [
    {
      timeNs: startNs,
      write: () =>
        file.hit(entry, { pid: PID, timeNs: startNs + 1, cpu: 0, address, arguments: { n_tokens: tokens } }),
    },
    {
      timeNs: endNs,
      write: () => file.hit(exit, { pid: PID, timeNs: endNs - 1, cpu: 0, address, arguments: { ret: 0 } }),
    },
  ]);
  const samples = ticks.map(({ endNs, thread, stack, counts }) => ({
    timeNs: endNs,
    write: () => {
      const addresses = symbols.stack(stack);
      const core = cores[thread];
      file.sample(groups.get(core)![0], {
        pid: PID,
        tid: PID + thread,
        timeNs: endNs,
        cpu: thread,
        instance: thread,
        ip: addresses[0],
        chain: [-512n, ...addresses.map(BigInt)],
        counts: (core.counters ?? counters).map((mnemonic) => Math.round(counts[mnemonic] ?? 0)),
        enabledNs: endNs,
        runningNs: Math.round(endNs * runningShare),
      });
    },
  }));
  for (const { write } of [...hits, ...samples].sort((a, b) => a.timeNs - b.timeNs)) write();
  return [
    memoryInput('perf.data', file.toFile()),
    symbols.listing(),
    targetInput(scenario),
    logInput(scenario),
  ];
}

/** The run as gatord records it in app mode with markers at every call, with symbols. One kind of core. */
export function apcInputs(scenario: Scenario): RawInput[] {
  const { cores, counters } = scenario;
  const [core] = cores;
  const symbols = new Symbols();
  const apc = new ApcWriter({
    shape: 'per-thread-groups',
    cpuCount: cores.length,
    coreName: core.name,
    cpuid: shortMidr(core.midr),
    counters: counters.map((mnemonic, index): ApcCounter => ({
      id: mnemonic,
      type: mnemonic === 'CPU_CYCLES' ? 'ARMv8_Neoverse_V1_ccnt' : `ARMv8_Neoverse_V1_cnt${index}`,
      code: codeOf(scenario, mnemonic),
      title: GATOR_TITLES[mnemonic]?.[0] ?? 'Other',
      name: GATOR_TITLES[mnemonic]?.[1] ?? mnemonic,
    })),
  });
  const threads = scenario.threads.map((_, thread) =>
    apc.thread(PID, PID + thread, 'llama-cli', thread === 0 ? PROGRAM : ''),
  );
  apc.maps(PID, `${TEXT_START.toString(16)}-1400000 r-xp 00000000 fe:01 4711 ${PROGRAM}\n`);
  const { ticks, calls } = played(scenario);
  const markers = apc.annotate(threads[0]);
  for (const { startNs, past, tokens } of calls) markers.marker(startNs, `past ${past}, n_eval ${tokens}`);
  for (const { endNs, thread, stack, counts } of ticks) {
    apc.sample({
      timeNs: endNs,
      cpu: thread,
      thread: threads[thread],
      user: symbols.stack(stack),
      counts: Object.fromEntries(counters.map((mnemonic) => [mnemonic, Math.round(counts[mnemonic] ?? 0)])),
    });
  }
  return [apc.input('scenario.apc'), symbols.listing(), targetInput(scenario), logInput(scenario)];
}

/** Implementer and part, as gator keeps them. */
function shortMidr(midr: string): number {
  const value = Number(midr);
  return ((value >>> 24) << 12) | ((value >>> 4) & 0xfff);
}

/** As Streamline's events files title them: nothing may depend on these texts. */
const GATOR_TITLES: Readonly<Record<string, [title: string, name: string]>> = {
  CPU_CYCLES: ['Cycles', 'CPU Cycles'],
  INST_RETIRED: ['Instructions (Executed)', 'All'],
  STALL_BACKEND: ['Stalls', 'Backend'],
  STALL_FRONTEND: ['Stalls', 'Frontend'],
  L3D_CACHE_REFILL: ['L3 Data Cache', 'Refill'],
};

/** What a capture script notes about the machine. */
function targetInput({ cores, machine, readBandwidth = [] }: Scenario): RawInput {
  return memoryInput(
    'target.json',
    JSON.stringify({
      schema: 'gemview-target/1',
      arch: 'aarch64',
      origin: 'hardware',
      ...(machine === undefined ? {} : { machine }),
      cpus: cores.map(({ midr }, cpu) => ({ cpu, midr })),
      peaks: readBandwidth.map(({ threads, bytesPerSecond }) => ({
        name: 'read-bandwidth',
        value: bytesPerSecond,
        unit: 'B/s',
        threads,
      })),
    }),
  );
}

/** The line of llama.cpp's log that says how many threads there are. */
function logInput({ threads }: Scenario): RawInput {
  const count = threads.length;
  return memoryInput(
    'llama.stderr.txt',
    [
      'main: llama backend init',
      'main: load the model and apply lora adapter, if any',
      `system_info: n_threads = ${count} (n_threads_batch = ${count}) / ${count} | CPU : NEON = 1 | ARM_FMA = 1 | DOTPROD = 1 | MATMUL_INT8 = 1 | `,
      '',
    ].join('\n'),
  );
}

/**
 * A model file, up to where its tensor data begins: dense layers whose weights make so many bytes a token, all of type q8_0.
 * Embeddings, which a token reads one row of, and the cache are small.
 */
export function modelInput(bytesPerToken: number): RawInput {
  const [width, layers, vocabulary] = [4096, 8, 32];
  const bytesOf = (columns: number, rows: number): number => ((columns * rows) / 32) * 34;
  const perLayer = bytesPerToken / layers / bytesOf(width, 1);
  // Three matrices of width × hidden; attention is one head narrow.
  const hidden = Math.round(perLayer / 3 / 32) * 32;
  const matrix = (name: string, columns: number, rows: number): GgufTensor => ({
    name,
    dimensions: [columns, rows],
    type: 8,
    bytes: bytesOf(columns, rows),
  });
  const tensors = Array.from({ length: layers }, (_, layer) => [
    matrix(`blk.${layer}.ffn_gate.weight`, width, hidden),
    matrix(`blk.${layer}.ffn_up.weight`, width, hidden),
    matrix(`blk.${layer}.ffn_down.weight`, hidden, width),
  ]).flat();
  const file = ggufHeader({
    metadata: [
      ['general.architecture', text('llama')],
      ['general.name', text('dense')],
      ['llama.block_count', u32(layers)],
      ['llama.embedding_length', u32(width)],
      ['llama.feed_forward_length', u32(hidden)],
      ['llama.attention.head_count', u32(1)],
      ['llama.attention.head_count_kv', u32(1)],
      ['llama.attention.key_length', u32(32)],
      ['llama.attention.value_length', u32(32)],
    ],
    tensors: [matrix('token_embd.weight', width, vocabulary), ...tensors],
  });
  return memoryInput('dense.gguf', file);
}

/** The whole way from bytes to what is published. */
export async function reportOf(
  inputs: readonly RawInput[],
  runYaml: string | null = null,
): Promise<{ analysis: RunAnalysis; report: Report; inspect: InspectResult }> {
  const config = runYaml === null ? null : { path: 'run.yaml', text: runYaml };
  const { analysis } = await analyseInputs(inputs, config, nodeServices);
  const { report } = await buildReport(
    analysis,
    {
      runId: 'scenario',
      title: 'Scenario',
      description: null,
      tags: [],
      targetNote: null,
      allow: [],
      redact: [],
      contentHash: '0'.repeat(64),
    },
    () => Promise.resolve('0'.repeat(64)),
  );
  return { analysis, report, inspect: inspectResult(analysis) };
}
