/**
 * How fast a run is analysed, and how much memory that takes: 16 threads, 2,000 tokens, 8 counters read with every sample.
 *
 *     node scripts/bench/analysis.ts [--samples 1000000,2000000]
 *
 * Each size is analysed once in a process of its own, as a build does it: nothing is warm. The peak of memory holds the
 * profile itself.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { analyseRun } from '../../src/analysis/analyseRun.ts';
import { ProfileBuilder } from '../../src/profile/builder.ts';
import type { Profile } from '../../src/profile/types.ts';
import type { FunctionTable } from '../../src/symbols/types.ts';

const THREADS = 16;
const TOKENS = 2000;
const PROMPT_TOKENS = 512;
const FUNCTIONS = 5000;
const CALL_PATHS = 20_000;
const PID = 4000;
const IMAGE = '/opt/llama.cpp/bin/llama-cli';
const COUNTERS: readonly [name: string, code: string, mnemonic: string, perSample: number][] = [
  ['cpu_cycles', '0x11', 'CPU_CYCLES', 2_800_000],
  ['inst_retired', '0x8', 'INST_RETIRED', 5_100_000],
  ['stall_frontend', '0x23', 'STALL_FRONTEND', 60_000],
  ['stall_backend', '0x24', 'STALL_BACKEND', 1_200_000],
  ['stall_backend_mem', '0x4005', 'STALL_BACKEND_MEM', 700_000],
  ['l1d_cache_refill', '0x3', 'L1D_CACHE_REFILL', 21_000],
  ['l2d_cache_refill', '0x17', 'L2D_CACHE_REFILL', 20_000],
  ['l3d_cache_refill', '0x2a', 'L3D_CACHE_REFILL', 19_000],
];
const KERNELS = [
  'kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm',
  'kai_run_matmul_clamp_f32_qsi8d32p1x8_qsi4c32p4x8_1x4x32_neon_dotprod',
  'ggml_vec_dot_q6_K_q8_K',
  'ggml_vec_dot_f16',
  'ggml_barrier',
  'ggml_compute_forward_rms_norm',
  'ggml_compute_forward_rope',
  'quantize_row_q8_0',
];
const CALLERS = [
  '_start',
  'main',
  'llama_decode',
  'ggml_graph_compute_thread',
  'ggml_compute_forward_mul_mat',
];

const { values } = parseArgs({
  options: {
    samples: { type: 'string', default: '1000000,2000000' },
    measure: { type: 'string' },
  },
});
if (values.measure === undefined) bench(values.samples.split(',').map(Number));
else measure(Number(values.measure));

interface Cost {
  seconds: number;
  /** Of all threads of the process: what counts where the machine has other work to do. */
  cpuSeconds: number;
  profileMegabytes: number;
  peakMegabytes: number;
}

function bench(sizes: readonly number[]): void {
  let before: { samples: number; seconds: number } | null = null;
  for (const samples of sizes) {
    const child = spawnSync(process.execPath, [import.meta.filename, '--measure', String(samples)], {
      encoding: 'utf8',
    });
    if (child.status !== 0) throw new Error(child.stderr);
    const cost = JSON.parse(child.stdout) as Cost;
    const growth: string = before
      ? `, ${(cost.seconds / before.seconds).toFixed(2)} × the time for ${samples / before.samples} × the samples`
      : '';
    console.log(
      `${samples.toLocaleString('en-US')} samples: ${cost.seconds.toFixed(2)} s (${cost.cpuSeconds.toFixed(2)} s of CPU), peak ${cost.peakMegabytes.toFixed(0)} MB (${cost.profileMegabytes.toFixed(0)} MB with the profile alone)${growth}`,
    );
    before = { samples, seconds: cost.seconds };
  }
}

/** Analyses a run of that many samples and prints what it cost. */
function measure(samples: number): void {
  const { profile, functions } = drawnRun(samples);
  const profileMegabytes = process.memoryUsage().rss / 2 ** 20;
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const analysis = analyseRun(profile, functions);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const decodeTokens = analysis.timeline.tokens.filter(({ stage }) => stage === 'decode').length;
  if (decodeTokens !== TOKENS) throw new Error(`${decodeTokens} decode tokens`);
  const peakMegabytes = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(
    JSON.stringify({
      seconds,
      cpuSeconds: (user + system) / 1e6,
      profileMegabytes,
      peakMegabytes,
    } satisfies Cost),
  );
}

/** A prompt, then tokens; every thread is sampled all the time, a tenth of it before the prompt. */
function drawnRun(samples: number): { profile: Profile; functions: FunctionTable } {
  const builder = new ProfileBuilder({ path: 'bench', format: 'drawing', tool: null, bytes: 0 });
  builder.clock = { ...builder.clock, name: 'CLOCK_MONOTONIC_RAW', startNs: '0' };
  builder.origin = { value: 'hardware', reason: 'drawn' };
  builder.target.arch = 'aarch64';
  builder.target.cpuCount = THREADS;
  for (let cpu = 0; cpu < THREADS; cpu++) {
    builder.target.cpus.push({ cpu, name: 'Neoverse-V2', midr: '0x410fd4f0' });
  }
  for (const [name, code, mnemonic] of COUNTERS) {
    builder.counters.push({
      name,
      code,
      mnemonic,
      unit: 'events',
      kind: 'delta',
      multiplier: 1,
      status: 'counted',
      pmu: 'armv8_pmuv3_0',
      runningShare: 1,
      unavailable: null,
      excludesKernel: false,
    });
  }
  builder.events.push({
    name: 'cpu_cycles',
    role: 'sampling',
    code: '0x11',
    mnemonic: 'CPU_CYCLES',
    unit: 'cycles',
    period: null,
    frequencyHz: 999,
    counter: 0,
  });
  const readings = builder.addReadings(COUNTERS.map((_, index) => index));
  const names = functionNames();
  const stacks = callPaths(builder, names);
  const threads = Array.from({ length: THREADS }, (_, row) => {
    builder.nameThread(PID, PID + row, 'llama-cli');
    return builder.thread(PID, PID + row);
  });
  const stepNs = 1e6 / THREADS;
  const lengthNs = samples * stepNs;
  let state = 1;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const lastNs = new Float64Array(THREADS);
  const deltas = new Float64Array(COUNTERS.length);
  for (let row = 0; row < samples; row++) {
    const thread = row % THREADS;
    const timeNs = row * stepNs;
    // Two of three samples lie on a few hot paths.
    const path = random(3) === 0 ? random(CALL_PATHS) : random(60);
    const cpu = random(500) === 0 ? random(THREADS) : thread;
    builder.addSample(timeNs, threads[thread], cpu, stacks[path], 0, COUNTERS[0][3], false);
    COUNTERS.forEach(([, , , perSample], counter) => (deltas[counter] = perSample + random(perSample)));
    readings.push(lastNs[thread], timeNs, threads[thread], cpu, row, deltas);
    lastNs[thread] = timeNs;
  }
  const promptNs = 0.1 * lengthNs;
  const firstTokenNs = 0.25 * lengthNs;
  const tokenNs = (lengthNs - firstTokenNs) / (TOKENS + 1);
  const marker = (timeNs: number, text: string): void => {
    builder.markers.push({ timeNs, thread: threads[0], text, colour: null });
  };
  marker(promptNs, `past 0, n_eval ${PROMPT_TOKENS}`);
  for (let token = 0; token < TOKENS; token++) {
    marker(firstTokenNs + token * tokenNs, `past ${PROMPT_TOKENS + token}, n_eval 1`);
  }
  const profile = builder.finish();
  return { profile, functions: functionTable(profile, names) };
}

function functionNames(): string[] {
  const named = [...CALLERS, ...KERNELS];
  return [...named, ...Array.from({ length: FUNCTIONS - named.length }, (_, row) => `helper_${row}`)];
}

/** Stacks of 6 to 14 frames whose leaves are kernels and helpers; frames are distinct addresses of few functions. */
function callPaths(builder: ProfileBuilder, names: readonly string[]): number[] {
  const image = builder.strings.intern(IMAGE);
  const frame = (name: number, address: number, isCaller: 0 | 1): number =>
    builder.frames.intern(address, 0, -1, isCaller, builder.strings.intern(names[name]), image);
  return Array.from({ length: CALL_PATHS }, (_, path) => {
    let stack = -1;
    CALLERS.forEach((_, caller) => (stack = builder.stacks.intern(stack, frame(caller, caller * 4096, 1))));
    for (let depth = 0; depth < path % 9; depth++) {
      const helper = CALLERS.length + KERNELS.length + ((path * 7 + depth * 131) % 2000);
      stack = builder.stacks.intern(stack, frame(helper, helper * 256 + (path % 3) * 4, 1));
    }
    const leaf =
      path < 60
        ? CALLERS.length + (path % KERNELS.length)
        : CALLERS.length + ((path * 13) % (FUNCTIONS - CALLERS.length));
    return builder.stacks.intern(stack, frame(leaf, leaf * 256 + (path % 5) * 4 + 128, 0));
  });
}

function functionTable(profile: Profile, names: readonly string[]): FunctionTable {
  const rowOf = new Map(names.map((name, row) => [name, row]));
  return {
    functions: names.map((name) => ({
      name,
      rawName: name,
      image: IMAGE,
      isKernel: false,
      hasSymbol: true,
    })),
    functionOfFrame: Int32Array.from(profile.frames.name, (name) => rowOf.get(profile.strings[name]) ?? 0),
    images: [],
    warnings: [],
  };
}
