/**
 * Complete, valid Reports without a capture behind them: what the pages and charts are built and looked at with.
 *
 * `emulatedTinyReport` resembles a tiny llama model on an emulated two-CPU target: one prefill of 109 tokens, 19 decode
 * tokens of about 22.4 ms, 1,734 samples. `hardwareServerReport` resembles a four-thread run with growth over context
 * and many counters. The numbers are drawn by hand and by a fixed generator, so every call gives the same report.
 */
import { quantity, unknown, type Quantity } from '../../src/analysis/quantity.ts';
import type { NumberStatus } from '../../src/profile/types.ts';
import {
  REPORT_SCHEMA_VERSION,
  reportSchema,
  type Report,
  type ReportCounter,
  type ReportFunction,
  type ReportStage,
  type ReportTrack,
  type StageCounts,
} from '../../src/report/schema.ts';
import { emulatedMetrics } from './reportFixtureMetrics.ts';
import { EMULATED_STACKS, type StackLine } from './reportFixtureStacks.ts';
import { verdictsFixture } from './reportFixtureVerdicts.ts';

/** A fixed sequence of numbers in [0, 1): a fixture must not differ between two runs. */
function fixedSequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function counted(value: number, unit: string, formula: string, runningShare: number | null = 1): Quantity {
  return quantity(value, unit, 'counted', { formula, runningShare });
}

function timed(value: number, unit: string, formula: string, samples: number | null = null): Quantity {
  return quantity(value, unit, 'estimated', { formula, samples });
}

const LEAF_CATEGORIES: ReadonlyArray<
  [
    pattern: RegExp,
    category: string,
    operator: string | null,
    shape: ReportFunction['shape'],
    words: string | null,
  ]
> = [
  [
    /^kai_run_matmul_.*_16x4_/,
    'matmul',
    'MUL_MAT',
    'GEMM',
    'KleidiAI GEMM: f32 result, int8 activations by int4 weights, 16×4 tile, NEON i8mm',
  ],
  [
    /^kai_run_matmul_.*_1x4x32_/,
    'matmul',
    'MUL_MAT',
    'GEMV',
    'KleidiAI GEMV: f32 result, int8 activations by int4 weights, 1×4 tile, NEON dot product',
  ],
  [
    /^ggml_vec_dot_q6_K_q8_K$/,
    'matmul',
    'MUL_MAT',
    'AMBIGUOUS',
    'dot product of q6_K weights with q8_K activations',
  ],
  [/^ggml_vec_dot_f16$/, 'attention', 'MUL_MAT_KQ_KQV', 'AMBIGUOUS', 'dot product over the F16 KV cache'],
  [/flash_attn/, 'attention', 'FLASH_ATTN_EXT', null, 'flash attention'],
  [/^kai_run_rhs_pack/, 'load', 'RHS_PACK', null, 'KleidiAI weight packing at load'],
  [
    /^kai_run_lhs_quant_pack/,
    'quantize',
    'LHS_QUANT_PACK',
    null,
    'KleidiAI activation quantising and packing',
  ],
  [/^(ggml_cpu_fp32_to_fp16|quantize_row)/, 'quantize', 'CONVERT', null, 'conversion of activations'],
  [/rope/, 'rope', 'ROPE', null, 'rotary position embedding'],
  [/rms_norm/, 'norm', 'RMS_NORM', null, 'RMS normalisation'],
  [/swiglu/, 'activation', 'GLU', null, 'gated activation'],
  [/^expf/, 'libm', 'LIBM', null, null],
  [/^(malloc|_int_free)/, 'libc', 'MALLOC', null, null],
  [/^__(memcpy|memset)/, 'libc', 'MEMCPY', null, null],
  [/compute_forward_dup/, 'copy', 'CPY', null, 'copy between types or layouts'],
  [/^(do_|handle_mm|clear_page|el0_)/, 'kernel_mem', 'PAGE_FAULT', null, null],
  [/^ggml_barrier/, 'sync', 'BARRIER', null, null],
  [/^llama_sampler/, 'sampling', 'SAMPLE', null, null],
  [/^ggml_(graph|backend)|^llama_context::/, 'graph', 'GRAPH', null, null],
];

interface Classified {
  category: string | null;
  operator: string | null;
  shape: ReportFunction['shape'];
  words: string | null;
}

function classify(name: string): Classified {
  for (const [pattern, category, operator, shape, words] of LEAF_CATEGORIES) {
    if (pattern.test(name)) return { category, operator, shape, words };
  }
  return { category: null, operator: null, shape: null, words: null };
}

function noCounts(): StageCounts {
  return { all: 0, load: 0, prefill: 0, decode: 0, other: 0 };
}

function addCounts(to: StageCounts, from: StageCounts): void {
  to.all += from.all;
  to.load += from.load;
  to.prefill += from.prefill;
  to.decode += from.decode;
  to.other += from.other;
}

function countsOf(line: StackLine): StageCounts {
  const [load, prefill, decode, other] = line.samples;
  return { all: load + prefill + decode + other, load, prefill, decode, other };
}

interface TreeNode {
  name: string;
  parent: number;
  self: StageCounts;
  total: StageCounts;
}

/** Merges stacks into a tree, root first. */
function treeOf(lines: readonly StackLine[]): TreeNode[] {
  const nodes: TreeNode[] = [];
  const rows = new Map<string, number>();
  for (const line of lines) {
    const counts = countsOf(line);
    let parent = -1;
    let key = '';
    line.stack.forEach((name, depth) => {
      key += `\n${name}`;
      let row = rows.get(key);
      if (row === undefined) {
        row = nodes.push({ name, parent, self: noCounts(), total: noCounts() }) - 1;
        rows.set(key, row);
      }
      addCounts(nodes[row].total, counts);
      if (depth === line.stack.length - 1) addCounts(nodes[row].self, counts);
      parent = row;
    });
  }
  return nodes;
}

function imageOf(name: string): string {
  if (/^(do_|handle_mm|clear_page|el0_)/.test(name)) return '[kernel.kallsyms]';
  return 'llama-cli';
}

function functionsOf(lines: readonly StackLine[]): ReportFunction[] {
  const byName = new Map<string, ReportFunction>();
  const rowOf = (name: string): ReportFunction => {
    let row = byName.get(name);
    if (!row) {
      const image = imageOf(name);
      row = {
        name,
        rawName: name,
        image,
        isKernel: image.startsWith('[kernel'),
        self: noCounts(),
        total: noCounts(),
        ...classify(name),
      };
      byName.set(name, row);
    }
    return row;
  };
  for (const line of lines) {
    const counts = countsOf(line);
    for (const name of new Set(line.stack)) addCounts(rowOf(name).total, counts);
    addCounts(rowOf(line.stack.at(-1)!).self, counts);
  }
  return [...byName.values()].sort((a, b) => b.self.all - a.self.all || b.total.all - a.total.all);
}

function callTreeOf(lines: readonly StackLine[]): Report['callTree'] {
  const nodes = treeOf(lines);
  const names = [...new Set(nodes.map((node) => node.name))];
  const column = (counts: 'self' | 'total', stage: keyof StageCounts): number[] =>
    nodes.map((node) => node[counts][stage]);
  const columns = (counts: 'self' | 'total') => ({
    all: column(counts, 'all'),
    load: column(counts, 'load'),
    prefill: column(counts, 'prefill'),
    decode: column(counts, 'decode'),
  });
  return {
    functions: names.map((name) => ({ name, image: imageOf(name), category: classify(name).category })),
    parent: nodes.map((node) => node.parent),
    function: nodes.map((node) => names.indexOf(node.name)),
    self: columns('self'),
    total: columns('total'),
    minimumShare: 0.0005,
    omittedNodes: 12,
  };
}

function stageAt(
  bands: ReadonlyArray<{ stage: ReportStage; startS: number; endS: number }>,
  timeS: number,
): ReportStage {
  return bands.find((band) => timeS >= band.startS && timeS < band.endS)?.stage ?? 'idle';
}

interface TrackPlan {
  id: string;
  label: string;
  unit: string;
  status: NumberStatus;
  how: string;
  /** Value in a bin of this stage, before noise. */
  level: Partial<Record<ReportStage, number>>;
}

const BINS = 300;

function tracksOf(
  plans: readonly TrackPlan[],
  startS: number,
  endS: number,
  bands: ReadonlyArray<{ stage: ReportStage; startS: number; endS: number }>,
  seed: number,
): ReportTrack[] {
  const next = fixedSequence(seed);
  return plans.map(({ level, ...track }) => ({
    ...track,
    values: Array.from({ length: BINS }, (_, bin) => {
      const value = level[stageAt(bands, startS + ((bin + 0.5) * (endS - startS)) / BINS)];
      return value === undefined ? null : Number((value * (0.9 + 0.2 * next())).toPrecision(5));
    }),
  }));
}

interface CounterPlan {
  name: string;
  code: string | null;
  mnemonic: string | null;
  unit: string;
  pmu: string | null;
  prefill: number;
  decode: number;
  rest: number;
  unavailable?: string;
}

function countersOf(
  plans: readonly CounterPlan[],
  calls: { prefill: number; decode: number },
  tokens: { prefill: number; decode: number },
): ReportCounter[] {
  return plans.map((plan) => {
    const { name, code, mnemonic, unit, pmu } = plan;
    const of = (value: number, formula: string): Quantity =>
      plan.unavailable ? unknown(unit, plan.unavailable) : counted(value, unit, formula);
    return {
      name,
      code,
      mnemonic,
      unit,
      pmu,
      total: of(plan.prefill + plan.decode + plan.rest, 'sum of all readings, user mode only'),
      prefill: of(plan.prefill, 'sum of readings inside prefill calls'),
      decode: of(plan.decode, 'sum of readings inside decode calls'),
      prefillPerCall: of(plan.prefill / calls.prefill, 'prefill total ÷ prefill calls'),
      decodePerCall: of(plan.decode / calls.decode, 'decode total ÷ decode calls'),
      prefillPerToken: of(plan.prefill / tokens.prefill, 'prefill total ÷ tokens evaluated'),
      decodePerToken: of(plan.decode / tokens.decode, 'decode total ÷ tokens evaluated'),
    };
  });
}

/** Time between markers of the emulated run, milliseconds: one prefill, then the decode tokens. */
const EMULATED_INTERVALS_MS = [
  634.341, 22.973, 22.269, 22.328, 23.024, 22.322, 22.355, 22.369, 22.397, 23.1, 22.449, 22.445, 22.545,
  23.176, 22.487, 22.521, 22.557, 23.277, 22.6,
];
const EMULATED_FIRST_MARKER_S = 0.64447;
const EMULATED_DURATION_S = 1.726487;

const EMULATED_ORIGIN: Report['origin'] = {
  value: 'emulated',
  label: 'emulated',
  sentence:
    'This run was recorded on an emulated target: its software, stacks and order of events are real, its time is not. No sentence here is about the speed of hardware.',
};

const NO_STALLS =
  'not counted: the event reads a constant 0 while cycles advance, so this target does not implement it';

/** The emulated run of the tiny model: complete, with markers, stacks and two counters. */
export function emulatedTinyReport(): Report {
  const starts = [EMULATED_FIRST_MARKER_S];
  for (const interval of EMULATED_INTERVALS_MS)
    starts.push(Number((starts.at(-1)! + interval / 1000).toFixed(6)));
  const ends = [...starts.slice(1), Number((starts.at(-1)! + 0.02254).toFixed(6))];
  const decodeStart = starts[1];
  const decodeEnd = ends.at(-1)!;
  const bands: NonNullable<Report['timeline']>['bands'] = [
    { stage: 'load', startS: 0, endS: starts[0], label: 'load' },
    { stage: 'prefill', startS: starts[0], endS: decodeStart, label: '109 tokens' },
    { stage: 'decode', startS: decodeStart, endS: decodeEnd, label: '19 tokens' },
    { stage: 'idle', startS: decodeEnd, endS: EMULATED_DURATION_S, label: 'end' },
  ];
  const isDecode = (row: number): boolean => row > 0;
  const past = starts.map((_, row) => (row === 0 ? 0 : 108 + row));
  const prefillS = decodeStart - starts[0];
  const decodeS = decodeEnd - decodeStart;
  const functions = functionsOf(EMULATED_STACKS);
  const total = noCounts();
  for (const row of functions) addCounts(total, row.self);
  const counterPlans: CounterPlan[] = [
    {
      name: 'Clock: Cycles',
      code: '0x11',
      mnemonic: 'CPU_CYCLES',
      unit: 'cycles',
      pmu: 'armv8_pmuv3',
      prefill: 628_400_000,
      decode: 421_900_000,
      rest: 425_016_128,
    },
    {
      name: 'Instruction: Executed',
      code: '0x8',
      mnemonic: 'INST_RETIRED',
      unit: 'instructions',
      pmu: 'armv8_pmuv3',
      prefill: 314_200_000,
      decode: 210_950_000,
      rest: 212_508_064,
    },
    {
      name: 'Stalls: Backend',
      code: '0x24',
      mnemonic: 'STALL_BACKEND',
      unit: 'cycles',
      pmu: 'armv8_pmuv3',
      prefill: 0,
      decode: 0,
      rest: 0,
      unavailable: NO_STALLS,
    },
  ];
  return reportSchema.parse({
    schema: REPORT_SCHEMA_VERSION,
    run: {
      id: 'emulated-tiny-t1',
      title: 'Tiny Qwen2 shape, one thread, emulated Neoverse V1',
      description: 'The smallest run that shows every stage: a prompt of 109 tokens and 20 generated tokens.',
      tags: ['emulated', 'kleidiai', 'tiny'],
      contentHash: '0f6a1d52c9b3e874',
    },
    origin: EMULATED_ORIGIN,
    identity: [
      { group: 'machine', label: 'Core', value: '2 × Neoverse-V1 (emulated)' },
      { group: 'machine', label: 'Kernel', value: '6.12.117+deb13-arm64' },
      { group: 'machine', label: 'Features used', value: 'dotprod, i8mm' },
      { group: 'model', label: 'Model', value: 'tiny-qwen2 Q4_0, random weights' },
      { group: 'model', label: 'Shape', value: '4 layers, 512 wide, vocabulary 8,192' },
      { group: 'build', label: 'llama.cpp', value: 'b6673, KleidiAI 1.14, no OpenMP' },
      { group: 'build', label: 'Compiler', value: 'gcc 14.2, armv8.2-a+dotprod+i8mm' },
      { group: 'capture', label: 'Recorder', value: 'gator 9.7.2, app mode' },
      { group: 'capture', label: 'Threads', value: '1' },
      { group: 'capture', label: 'Context', value: '512' },
    ],
    inputs: [{ path: 'markers_t1.apc', format: 'apc', tool: 'gator 9.7.2', bytes: 7343090 }],
    durationS: EMULATED_DURATION_S,
    weight: { event: 'cpu-clock', unit: 'samples', samples: total.all },
    samples: { count: total.all, lost: 0, withStack: total.all - 6 },
    answers: {
      overview: `One prompt of 109 tokens is evaluated in one call, then 19 decode calls make one token each; KleidiAI kernels hold ${percent(functions[0].self.all + functions[3].self.all, total.all)} of all samples.`,
      timeline:
        'Prefill takes 634 ms of emulated time in one call; 19 decode tokens follow, every 22.4 ms in the median.',
      'prefill-decode':
        'Prefill executes 2.88 M instructions per token, Decode 11.1 M: a prompt token shares each weight read with 108 others.',
      'call-paths':
        'All compute runs below ggml_graph_compute_thread; 27 % of all samples pass through KleidiAI.',
      functions: 'Two KleidiAI kernels and two ggml dot products hold 41 % of all samples.',
      method:
        'gator sampled user stacks every 991 µs and counted two events; stall events are not implemented by this target.',
    },
    findings: [
      {
        id: 'stage-split',
        kind: 'time',
        sentence: `Prefill takes ${Math.round(1000 * prefillS)}\u00A0ms of emulated time.`,
        values: [
          { name: 'Prefill', quantity: timed(prefillS, 's', 'sum of the durations of the prefill calls') },
        ],
        names: [],
        evidence: { chart: 'stage-split', chapter: 'overview', selection: {} },
        importance: 85,
      },
      {
        id: 'matmul-shape',
        kind: 'kernels',
        sentence: 'Decode runs its matrix products in ggml_vec_dot_q6_K_q8_K.',
        values: [],
        names: ['ggml_vec_dot_q6_K_q8_K'],
        evidence: { chart: null, chapter: 'functions', selection: { stage: 'decode' } },
        importance: 50,
      },
    ],
    headline: [
      {
        id: 'ttft',
        label: 'Time to first token',
        quantity: timed(prefillS, 's', 'start of the first decode call − start of the first prefill call'),
      },
      {
        id: 'prompt-rate',
        label: 'Prompt',
        quantity: timed(109 / prefillS, 'tokens/s', 'prompt tokens ÷ duration of the prefill calls'),
      },
      {
        id: 'decode-rate',
        label: 'Decode',
        quantity: timed(19 / decodeS, 'tokens/s', 'decode tokens ÷ duration of the decode calls'),
      },
      {
        id: 'itl-p50',
        label: 'Between tokens, median',
        quantity: timed(0.0224, 's', 'median of the time between decode calls'),
      },
      {
        id: 'itl-p95',
        label: 'Between tokens, p95',
        quantity: unknown('s', 'needs 20 intervals: this run has 18'),
      },
      {
        id: 'itl-p99',
        label: 'Between tokens, p99',
        quantity: unknown('s', 'needs 100 intervals: this run has 18'),
      },
    ],
    comparison: [
      {
        id: 'wall',
        label: 'Wall time',
        help: 'From the first call of the stage to its end.',
        prefill: timed(prefillS, 's', 'end − start of the phase'),
        decode: timed(decodeS, 's', 'end − start of the phase'),
      },
      {
        id: 'tokens',
        label: 'Tokens evaluated',
        help: 'Tokens that entered llama_decode.',
        prefill: counted(109, 'tokens', 'sum of n_eval', null),
        decode: counted(19, 'tokens', 'sum of n_eval', null),
      },
      {
        id: 'samples',
        label: 'Samples',
        help: 'Profile samples inside the stage.',
        prefill: quantity(total.prefill, 'samples', 'sampled', {
          formula: 'samples inside the phase',
          samples: total.prefill,
        }),
        decode: quantity(total.decode, 'samples', 'sampled', {
          formula: 'samples inside the phase',
          samples: total.decode,
        }),
      },
      {
        id: 'ipc',
        label: 'Instructions per cycle',
        help: 'Executed instructions for each core clock cycle.',
        prefill: counted(0.5, 'instructions/cycle', 'INST_RETIRED ÷ CPU_CYCLES'),
        decode: counted(0.5, 'instructions/cycle', 'INST_RETIRED ÷ CPU_CYCLES'),
      },
      {
        id: 'instructions-per-token',
        label: 'Instructions per token',
        help: 'Executed instructions for each evaluated token.',
        prefill: counted(314_200_000 / 109, 'instructions', 'INST_RETIRED ÷ tokens'),
        decode: counted(210_950_000 / 19, 'instructions', 'INST_RETIRED ÷ tokens'),
      },
      {
        id: 'stall-backend',
        label: 'Backend stalls',
        help: 'Cycles in which nothing could be sent to the back end, of all cycles.',
        prefill: unknown('%', NO_STALLS),
        decode: unknown('%', NO_STALLS),
      },
      {
        id: 'matmul-share',
        label: 'Matrix multiplication',
        help: 'Samples in matmul kernels, of the samples of the stage.',
        prefill: quantity(
          0.46,
          'share',
          'sampled',
          { formula: 'samples in category matmul ÷ samples of the stage', samples: total.prefill },
          [0.42, 0.5],
        ),
        decode: quantity(
          0.72,
          'share',
          'sampled',
          { formula: 'samples in category matmul ÷ samples of the stage', samples: total.decode },
          [0.68, 0.76],
        ),
      },
    ],
    operators: null,
    roofline: null,
    stages: {
      estimated: { phases: [], reason: null, basis: null, score: null },
      source: 'markers',
      reason: null,
      fix: null,
      phases: [
        {
          stage: 'load',
          name: 'load',
          startS: 0,
          endS: starts[0],
          endIsEstimated: false,
          calls: 0,
          tokens: 0,
          cachedTokens: 0,
          samples: total.load,
        },
        {
          stage: 'prefill',
          name: '1',
          startS: starts[0],
          endS: decodeStart,
          endIsEstimated: true,
          calls: 1,
          tokens: 109,
          cachedTokens: 0,
          samples: total.prefill,
        },
        {
          stage: 'decode',
          name: '1',
          startS: decodeStart,
          endS: decodeEnd,
          endIsEstimated: true,
          calls: 19,
          tokens: 19,
          cachedTokens: 0,
          samples: total.decode,
        },
      ],
      metrics: [
        {
          id: 'itl-mean',
          label: 'Between tokens, mean',
          quantity: timed(0.022617, 's', 'mean of the time between decode calls'),
        },
        {
          id: 'itl-cv',
          label: 'Jitter',
          quantity: timed(0.0144, 'share', 'sample standard deviation ÷ mean of the time between tokens'),
        },
        {
          id: 'growth',
          label: 'Growth with context',
          quantity: unknown('s/position', 'needs 256 positions: this run covers 18'),
        },
      ],
      growth: null,
    },
    tokens: {
      startS: starts,
      endS: ends,
      endIsEstimated: starts.map(() => true),
      past,
      nEval: starts.map((_, row) => (isDecode(row) ? 1 : 109)),
      stage: starts.map((_, row) => (isDecode(row) ? 'decode' : 'prefill')),
      latencyMs: starts.map((_, row) => (isDecode(row) ? (EMULATED_INTERVALS_MS[row] ?? null) : null)),
      notes: starts.map(() => []),
      samples: starts.map((_, row) => (isDecode(row) ? Math.round(total.decode / 19) : total.prefill)),
    },
    timeline: {
      startS: 0,
      endS: EMULATED_DURATION_S,
      bins: BINS,
      bands,
      markers: starts.map((timeS, row) => ({
        timeS,
        text: row === 0 ? 'past 0, n_eval 109' : `past ${past[row]}, n_eval 1`,
      })),
      metricTracks: [],
      counterTracks: tracksOf(
        [
          {
            id: 'cycles',
            label: 'Cycles',
            unit: 'cycles/s',
            status: 'counted',
            how: 'Readings of CPU_CYCLES spread over the time they cover.',
            level: { load: 9.1e8, prefill: 9.9e8, decode: 9.8e8, idle: 4e8 },
          },
          {
            id: 'instructions',
            label: 'Instructions',
            unit: 'instructions/s',
            status: 'counted',
            how: 'Readings of INST_RETIRED spread over the time they cover.',
            level: { load: 4.5e8, prefill: 4.95e8, decode: 4.9e8, idle: 2e8 },
          },
          {
            id: 'ipc',
            label: 'Instructions per cycle',
            unit: 'instructions/cycle',
            status: 'counted',
            how: 'INST_RETIRED ÷ CPU_CYCLES of each bin.',
            level: { load: 0.5, prefill: 0.5, decode: 0.5 },
          },
        ],
        0,
        EMULATED_DURATION_S,
        bands,
        7,
      ),
      threadTracks: tracksOf(
        [
          {
            id: '2171',
            label: 'llama-cli (2171)',
            unit: 'share',
            status: 'sampled',
            how: 'Samples of the thread in the bin × sampling interval ÷ bin.',
            level: { load: 0.93, prefill: 0.97, decode: 0.95, idle: 0.3 },
          },
          {
            id: '2177',
            label: 'llama-cli (2177)',
            unit: 'share',
            status: 'sampled',
            how: 'Samples of the thread in the bin × sampling interval ÷ bin.',
            level: { load: 0.03, prefill: 0, decode: 0, idle: 0 },
          },
        ],
        0,
        EMULATED_DURATION_S,
        bands,
        11,
      ),
      spanTracks: [],
    },
    counters: countersOf(counterPlans, { prefill: 1, decode: 19 }, { prefill: 109, decode: 19 }),
    metrics: emulatedMetrics(),
    functions: { rows: functions, omitted: 0 },
    callTree: callTreeOf(EMULATED_STACKS),
    threads: [
      {
        pid: 2171,
        tid: 2171,
        process: 'llama-cli',
        name: 'llama-cli',
        samples: { ...total, load: total.load - 21, all: total.all - 21 },
        switches: 268,
      },
      {
        pid: 2171,
        tid: 2177,
        process: 'llama-cli',
        name: 'llama-cli',
        samples: { all: 18, load: 18, prefill: 0, decode: 0, other: 0 },
        switches: 4,
      },
      {
        pid: 2171,
        tid: 2175,
        process: 'llama-cli',
        name: 'gator-annotate',
        samples: { all: 3, load: 3, prefill: 0, decode: 0, other: 0 },
        switches: 12,
      },
    ],
    threadUse: null,
    verdicts: verdictsFixture('emulated', { intensity: 131 }, { intensity: 3 }),
    spanChannels: [],
    figures: null,
    logChecks: [
      {
        name: 'Prompt evaluation',
        fromLog: counted(0.63096, 's', "llama.cpp's own timing", null),
        fromCapture: timed(prefillS, 's', 'duration of the prefill calls'),
        agrees: true,
        sentence: 'The log says 631 ms, the markers 634 ms: 0.5 % apart.',
      },
      {
        name: 'Decode calls',
        fromLog: counted(19, 'calls', "llama.cpp's own count", null),
        fromCapture: counted(19, 'calls', 'decode calls seen', null),
        agrees: true,
        sentence: 'Both say 19 calls.',
      },
    ],
    warnings: [
      {
        code: 'counter-constant-zero',
        message: 'STALL_BACKEND reads 0 in all 284 readings while cycles advance.',
        fix: 'Record on hardware whose PMU implements the event.',
      },
      {
        code: 'user-mode-only',
        message: 'Counters exclude the kernel: 127 of 1,734 samples ran there.',
        fix: 'gatord --exclude-kernel no (needs perf_event_paranoid ≤ 1)',
      },
    ],
    method: {
      clock: { name: 'CLOCK_MONOTONIC_RAW', alignments: [] },
      recording: [
        'gator 9.7.2 recorded the program in app mode, sampling cpu-clock every 991 µs.',
        'Call stacks were walked by frame pointers; 6 of 1,734 samples have none.',
        'Stages come from 20 annotation markers written before each llama_decode.',
      ],
      images: [
        {
          image: 'llama-cli',
          buildId: '9365dbc2cbffb0669b8a523cbd47ff4585287e8c',
          frames: 812,
          resolvedFrames: 812,
          source: 'nm listing',
        },
        {
          image: '[kernel.kallsyms]',
          buildId: null,
          frames: 96,
          resolvedFrames: 96,
          source: 'kallsyms in the capture',
        },
        { image: '[vdso]', buildId: null, frames: 3, resolvedFrames: 0, source: null },
      ],
      withheld: ['command line', 'host name', 'prompt'],
    },
    files: [],
  });
}

function percent(part: number, whole: number): string {
  return `${Math.round((100 * part) / whole)} %`;
}
