/** Reports that try the pages: runs that lack something, a large run, and text that wants to break out. */
import { quantity, unknown } from '../../src/analysis/quantity.ts';
import { reportSchema, type Report, type ReportCounter } from '../../src/report/schema.ts';
import { emulatedTinyReport } from './reportFixture.ts';
import { serverMetrics } from './reportFixtureMetrics.ts';
import { operatorsFixture } from './reportFixtureOperators.ts';
import { hostileRoofline, rooflineFixture } from './reportFixtureRoofline.ts';
import { threadUseFixture } from './reportFixtureThreads.ts';
import { verdictsFixture } from './reportFixtureVerdicts.ts';

function renamed(report: Report, id: string, title: string): Report {
  report.run.id = id;
  report.run.title = title;
  report.run.contentHash = [...id]
    .reduce((hash, c) => (Math.imul(hash, 31) + c.charCodeAt(0)) >>> 0, 7)
    .toString(16);
  return report;
}

const NO_MARKERS = 'not known: the capture has neither markers nor probe hits';

/** A run whose stages cannot be told. */
export function noMarkersReport(): Report {
  const report = renamed(emulatedTinyReport(), 'no-markers', 'A run without markers');
  report.stages = {
    estimated: {
      phases: [],
      reason: 'there are no samples with times and stacks',
      basis: null,
      score: null,
    },
    source: null,
    reason:
      'The capture has neither annotation markers nor llama_decode probe hits, so Prefill and Decode cannot be told apart.',
    fix: 'perf probe -x ./llama-cli llama_decode, then record with -e probe_llama:llama_decode as well',
    phases: [],
    metrics: [],
    growth: null,
  };
  report.tokens = {
    startS: [],
    endS: [],
    endIsEstimated: [],
    past: [],
    nEval: [],
    stage: [],
    latencyMs: [],
    notes: [],
    samples: [],
  };
  report.timeline = report.timeline && { ...report.timeline, bands: [], markers: [] };
  report.headline = report.headline.map((metric) => ({
    ...metric,
    quantity: unknown(metric.quantity.unit, NO_MARKERS),
  }));
  report.comparison = report.comparison.map((row) => ({
    ...row,
    prefill: unknown(row.prefill.unit, NO_MARKERS),
    decode: unknown(row.decode.unit, NO_MARKERS),
  }));
  report.counters = report.counters.map((counter) => ({
    ...counter,
    prefill: unknown(counter.unit, NO_MARKERS),
    decode: unknown(counter.unit, NO_MARKERS),
    prefillPerCall: unknown(counter.unit, NO_MARKERS),
    decodePerCall: unknown(counter.unit, NO_MARKERS),
    prefillPerToken: unknown(counter.unit, NO_MARKERS),
    decodePerToken: unknown(counter.unit, NO_MARKERS),
  }));
  for (const row of report.functions.rows) {
    row.self = { ...row.self, load: 0, prefill: 0, decode: 0, other: row.self.all };
    row.total = { ...row.total, load: 0, prefill: 0, decode: 0, other: row.total.all };
  }
  if (report.callTree) {
    const none = report.callTree.parent.map(() => 0);
    report.callTree.self = { all: report.callTree.self.all, load: none, prefill: none, decode: none };
    report.callTree.total = { all: report.callTree.total.all, load: none, prefill: none, decode: none };
  }
  report.answers = {
    ...report.answers,
    overview:
      'Stages cannot be told apart: the capture has no markers. Two KleidiAI kernels hold 25 % of all samples.',
    timeline: 'The run takes 1.73 s of emulated time; without markers it has no tokens.',
    'prefill-decode': 'Not known: the capture has neither markers nor probe hits.',
  };
  return reportSchema.parse(report);
}

/** A run with samples and markers but nothing counted. */
export function noCountersReport(): Report {
  const report = renamed(emulatedTinyReport(), 'no-counters', 'A run without counters');
  report.counters = [];
  report.metrics = { ...report.metrics, coreTypes: [] };
  report.comparison = report.comparison.filter((row) => !/ipc|instructions|stall/.test(row.id));
  if (report.timeline) report.timeline = { ...report.timeline, counterTracks: [], metricTracks: [] };
  report.answers['prefill-decode'] =
    'No counters were recorded: the stages can only be compared by time and samples.';
  return reportSchema.parse(report);
}

/** A run of which only markers survived. */
export function zeroSamplesReport(): Report {
  const report = renamed(emulatedTinyReport(), 'zero-samples', 'A run without samples');
  report.samples = { count: 0, lost: 0, withStack: 0 };
  report.weight = null;
  report.functions = { rows: [], omitted: 0 };
  report.callTree = null;
  report.threads = [];
  report.durationS = null;
  report.comparison = report.comparison.filter((row) => row.id !== 'samples' && row.id !== 'matmul-share');
  report.tokens.samples = report.tokens.samples.map(() => 0);
  report.stages.phases = report.stages.phases.map((phase) => ({ ...phase, samples: 0 }));
  if (report.timeline) report.timeline.threadTracks = [];
  report.warnings.push({
    code: 'no-samples',
    message: 'The capture holds no samples.',
    fix: 'Check perf_event_paranoid, then record again.',
  });
  for (const chapter of ['functions', 'call-paths'])
    report.answers[chapter] = 'Not known: the capture holds no samples.';
  return reportSchema.parse(report);
}

/** Names of thousands of characters, as templates make them. */
export function longNamesReport(): Report {
  const report = renamed(
    emulatedTinyReport(),
    'long-names',
    `A run whose names are very long ${'and then some more '.repeat(8)}`,
  );
  const long = `ggml::cpu::repack::tensor_traits<${'block_q4_0_with_a_very_long_name, '.repeat(60)}8l, 8l>::compute_forward`;
  report.functions.rows[0].name = long;
  report.functions.rows[1].name = 'a'.repeat(3000);
  report.functions.rows[2].image = `/opt/${'deep/'.repeat(40)}libggml-cpu.so`;
  if (report.callTree)
    report.callTree.functions.forEach((row, index) => index % 7 === 3 && (row.name = `${long}${index}`));
  report.identity[0].value = 'Cortex-X925 + Cortex-X4 + Cortex-A720 '.repeat(12);
  report.threads[0].name = 'worker-'.repeat(60);
  return reportSchema.parse(report);
}

/** Text that would run, redirect or break a spreadsheet if anything printed it unescaped. */
export const HOSTILE_TEXTS = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '=HYPERLINK("http://example.invalid","x")',
  '+1+1|cmd',
  '@SUM(A1)',
  '</title></svg><script>alert(2)</script>',
  'zero\u0000byte and \u202Eright-to-left\u2066',
  '{{constructor}} ${x} %s',
  ']]>',
] as const;

/** A run whose names were chosen by an enemy. */
export function hostileTextReport(): Report {
  const report = renamed(emulatedTinyReport(), 'hostile-text', HOSTILE_TEXTS[0]);
  const text = (index: number): string => HOSTILE_TEXTS[index % HOSTILE_TEXTS.length];
  report.run.description = text(1);
  report.run.tags = [...HOSTILE_TEXTS];
  report.functions.rows.forEach((row, index) => {
    row.name = `${text(index)}${index}`;
    row.image = text(index + 1);
    row.words = text(index + 2);
    row.category = index % 3 === 0 ? text(index) : row.category;
  });
  report.callTree?.functions.forEach((row, index) => (row.name = `${text(index)}${index}`));
  report.identity.forEach((row, index) => (row.value = text(index)));
  report.threads.forEach((row, index) => (row.name = text(index)));
  report.threadUse = threadUseFixture({ busy: [9, 8], sync: [0, 1] }, { busy: [9, 8], sync: [0, 1] });
  report.roofline = hostileRoofline(text);
  report.operators = operatorsFixture({ kernel: text(0), operator: text(1), node: text(2), roles: text(1) });
  report.threadUse.threads.forEach((row, index) => (row.name = text(index)));
  report.threadUse.cores.forEach((row, index) => (row.name = text(index)));
  report.threadUse.coreCounters.forEach((row, index) => (row.name = text(index)));
  report.counters.forEach((row, index) => (row.name = text(index)));
  report.warnings.forEach((row, index) => ((row.message = text(index)), (row.fix = text(index + 1))));
  report.timeline?.markers.forEach((row, index) => (row.text = text(index)));
  report.timeline?.threadTracks.forEach((row, index) => (row.label = text(index)));
  report.timeline?.counterTracks.forEach((row, index) => (row.label = text(index)));
  report.timeline?.bands.forEach((row, index) => (row.label = text(index)));
  for (const verdict of [report.verdicts.prefill, report.verdicts.decode]) {
    verdict.reasons.push(text(1));
    verdict.next = text(0);
    verdict.core.name = text(1);
    verdict.witnesses.forEach((row, index) => (row.note = text(index)));
  }
  for (const key of Object.keys(report.answers)) report.answers[key] = text(key.length);
  return reportSchema.parse(report);
}

const HARDWARE_COUNTERS: ReadonlyArray<
  [
    name: string,
    code: string,
    mnemonic: string,
    unit: string,
    prefillPerToken: number,
    decodePerToken: number,
  ]
> = [
  ['cycles', '0x11', 'CPU_CYCLES', 'cycles', 24_100_000, 61_900_000],
  ['instructions', '0x8', 'INST_RETIRED', 'instructions', 71_800_000, 268_500_000],
  ['stall_frontend', '0x23', 'STALL_FRONTEND', 'cycles', 210_000, 340_000],
  ['stall_backend', '0x24', 'STALL_BACKEND', 'cycles', 2_900_000, 31_400_000],
  ['stall_backend_mem', '0x4005', 'STALL_BACKEND_MEM', 'cycles', 310_000, 22_900_000],
  ['l1d_cache_refill', '0x3', 'L1D_CACHE_REFILL', 'events', 118_000, 5_140_000],
  ['l2d_cache_refill', '0x17', 'L2D_CACHE_REFILL', 'events', 79_000, 4_990_000],
  ['l3d_cache_refill', '0x2a', 'L3D_CACHE_REFILL', 'events', 72_100, 4_945_000],
  ['ase_spec', '0x74', 'ASE_SPEC', 'instructions', 43_200_000, 121_000_000],
  ['ld_spec', '0x70', 'LD_SPEC', 'instructions', 11_200_000, 62_100_000],
  ['st_spec', '0x71', 'ST_SPEC', 'instructions', 2_310_000, 5_020_000],
  ['br_retired', '0x21', 'BR_RETIRED', 'instructions', 3_120_000, 11_900_000],
];

/** A larger run on (imagined) hardware: 512 decode tokens on four threads, growth over context, twelve counters. */
export function hardwareServerReport(): Report {
  const report = renamed(
    emulatedTinyReport(),
    'hardware-server-t4',
    'Qwen1.5-0.5B Q4_0, four threads, imagined Neoverse V2',
  );
  const decodeTokens = 512;
  const promptTokens = 812;
  const promptS = 3.42;
  const loadS = 0.9;
  report.run.description =
    'Not a measurement: a drawn run that shows what a capture with twelve counters looks like.';
  report.run.tags = ['fixture', 'four threads'];
  report.origin = {
    value: 'hardware',
    label: 'hardware',
    sentence: 'This run was recorded on hardware: times and counters are those of the machine.',
  };
  report.identity = report.identity.map((row) => ({
    ...row,
    value:
      {
        Core: '4 of 96 × Neoverse-V2',
        Model: 'Qwen1.5-0.5B-Chat Q4_0',
        Shape: '24 layers, 1,024 wide, vocabulary 151,936',
        Recorder: 'perf 6.12.1',
        Threads: '4',
        Context: '2048',
      }[row.label] ?? row.value,
  }));
  const tokens: Report['tokens'] = {
    startS: [loadS],
    endS: [loadS + promptS],
    endIsEstimated: [false],
    past: [0],
    nEval: [promptTokens],
    stage: ['prefill'],
    latencyMs: [null],
    notes: [[]],
    samples: [3420],
  };
  let time = loadS + promptS;
  for (let row = 0; row < decodeTokens; row++) {
    const past = promptTokens + row;
    const wobble = ((Math.imul(row + 1, 2654435761) >>> 0) / 2 ** 32 - 0.5) * 0.6;
    const latency = Number((15.2 + 0.0024 * past + wobble + (row === 300 ? 14 : 0)).toFixed(4));
    tokens.startS.push(Number(time.toFixed(6)));
    tokens.endS.push(Number((time + (latency - 0.2) / 1000).toFixed(6)));
    tokens.endIsEstimated.push(false);
    tokens.past.push(past);
    tokens.nEval.push(1);
    tokens.stage.push('decode');
    tokens.latencyMs.push(row === decodeTokens - 1 ? null : latency);
    tokens.notes.push(row === 300 ? ['context-shift'] : []);
    tokens.samples.push(18);
    time += latency / 1000;
  }
  const endS = Number((time + 0.2).toFixed(6));
  report.tokens = tokens;
  report.metrics = serverMetrics(tokens);
  report.functions.rows.forEach((row) => (row.metrics = [row.self.all >= 50 ? 1.9 : null]));
  report.durationS = endS;
  const decodeStart = loadS + promptS;
  const estimated = (value: number, unit: string, formula: string) =>
    quantity(value, unit, 'counted', { formula, runningShare: 1 });
  report.headline = [
    {
      id: 'ttft',
      label: 'Time to first token',
      quantity: estimated(promptS, 's', 'start of the first decode call − start of the first prefill call'),
    },
    {
      id: 'prompt-rate',
      label: 'Prompt',
      quantity: estimated(
        promptTokens / promptS,
        'tokens/s',
        'prompt tokens ÷ duration of the prefill calls',
      ),
    },
    {
      id: 'decode-rate',
      label: 'Decode',
      quantity: estimated(
        decodeTokens / (time - decodeStart),
        'tokens/s',
        'decode tokens ÷ duration of the decode calls',
      ),
    },
    {
      id: 'itl-p50',
      label: 'Between tokens, median',
      quantity: estimated(0.0177, 's', 'median of the time between decode calls'),
    },
    {
      id: 'itl-p95',
      label: 'Between tokens, p95',
      quantity: estimated(0.0184, 's', '95th percentile of the time between decode calls'),
    },
    {
      id: 'itl-p99',
      label: 'Between tokens, p99',
      quantity: estimated(0.0187, 's', '99th percentile of the time between decode calls'),
    },
  ];
  report.stages.source = 'probes';
  report.stages.phases = [
    {
      stage: 'load',
      name: 'load',
      startS: 0,
      endS: loadS,
      endIsEstimated: false,
      calls: 0,
      tokens: 0,
      cachedTokens: 0,
      samples: report.functions.rows.reduce((sum, row) => sum + row.self.load, 0),
    },
    {
      stage: 'prefill',
      name: '1',
      startS: loadS,
      endS: decodeStart,
      endIsEstimated: false,
      calls: 1,
      tokens: promptTokens,
      cachedTokens: 0,
      samples: report.functions.rows.reduce((sum, row) => sum + row.self.prefill, 0),
    },
    {
      stage: 'decode',
      name: '1',
      startS: decodeStart,
      endS: time,
      endIsEstimated: false,
      calls: decodeTokens,
      tokens: decodeTokens,
      cachedTokens: 0,
      samples: report.functions.rows.reduce((sum, row) => sum + row.self.decode, 0),
    },
  ];
  report.stages.growth = {
    slopeMsPerPosition: 0.0024,
    interceptMs: 15.2,
    fromPast: promptTokens,
    toPast: promptTokens + decodeTokens - 2,
    slopeInterval: [0.0021, 0.0027],
  };
  report.stages.metrics = [
    {
      id: 'growth',
      label: 'Growth with context',
      quantity: quantity(
        0.0000024,
        's/position',
        'counted',
        {
          formula: 'least-squares slope of latency over position',
          note: 'one token above three times the median left out',
        },
        [0.0000021, 0.0000027],
      ),
    },
  ];
  report.counters = HARDWARE_COUNTERS.map(([name, code, mnemonic, unit, prefill, decode]): ReportCounter => {
    const of = (value: number, formula: string) =>
      quantity(value, unit, 'counted', { formula, runningShare: 0.5 });
    return {
      name,
      code,
      mnemonic,
      unit,
      pmu: 'armv8_pmuv3_0',
      total: of(prefill * promptTokens + decode * decodeTokens * 1.02, 'sum of all readings'),
      prefill: of(prefill * promptTokens, 'sum of readings inside prefill calls'),
      decode: of(decode * decodeTokens, 'sum of readings inside decode calls'),
      prefillPerCall: of(prefill * promptTokens, 'prefill total ÷ prefill calls'),
      decodePerCall: of(decode, 'decode total ÷ decode calls'),
      prefillPerToken: of(prefill, 'prefill total ÷ tokens evaluated'),
      decodePerToken: of(decode, 'decode total ÷ tokens evaluated'),
    };
  });
  report.comparison = [
    {
      id: 'wall',
      label: 'Wall time',
      help: 'From the first call of the stage to its end.',
      prefill: estimated(promptS, 's', 'end − start of the phase'),
      decode: estimated(time - decodeStart, 's', 'end − start of the phase'),
    },
    {
      id: 'tokens',
      label: 'Tokens evaluated',
      help: 'Tokens that entered llama_decode.',
      prefill: estimated(promptTokens, 'tokens', 'sum of n_eval'),
      decode: estimated(decodeTokens, 'tokens', 'sum of n_eval'),
    },
    {
      id: 'ipc',
      label: 'Instructions per cycle',
      help: 'Executed instructions for each core clock cycle.',
      prefill: estimated(2.98, 'instructions/cycle', 'INST_RETIRED ÷ CPU_CYCLES'),
      decode: estimated(4.34, 'instructions/cycle', 'INST_RETIRED ÷ CPU_CYCLES'),
    },
    {
      id: 'stall-backend',
      label: 'Backend stalls',
      help: 'Cycles in which nothing could be sent to the back end, of all cycles.',
      prefill: estimated(0.12, 'share', 'STALL_BACKEND ÷ CPU_CYCLES'),
      decode: estimated(0.507, 'share', 'STALL_BACKEND ÷ CPU_CYCLES'),
    },
    {
      id: 'stall-mem',
      label: 'of which memory',
      help: 'Backend stall cycles with a demand miss outstanding, of all backend stall cycles.',
      prefill: estimated(0.107, 'share', 'STALL_BACKEND_MEM ÷ STALL_BACKEND'),
      decode: estimated(0.729, 'share', 'STALL_BACKEND_MEM ÷ STALL_BACKEND'),
    },
    {
      id: 'l3-mpki',
      label: 'L3 refills per 1,000 instructions',
      help: 'Lines brought into the last-level cache.',
      prefill: estimated(1, 'events/1000 instructions', 'L3D_CACHE_REFILL × 1,000 ÷ INST_RETIRED'),
      decode: estimated(18.4, 'events/1000 instructions', 'L3D_CACHE_REFILL × 1,000 ÷ INST_RETIRED'),
    },
  ];
  const bands: NonNullable<Report['timeline']>['bands'] = [
    { stage: 'load', startS: 0, endS: loadS, label: 'load' },
    { stage: 'prefill', startS: loadS, endS: decodeStart, label: `${promptTokens} tokens` },
    { stage: 'decode', startS: decodeStart, endS: time, label: `${decodeTokens} tokens` },
    { stage: 'idle', startS: time, endS, label: 'end' },
  ];
  if (report.timeline) {
    const scaled = (values: (number | null)[], seed: number) =>
      values.map((_, bin) => {
        const at = ((bin + 0.5) / values.length) * endS;
        const level = at < loadS ? 0.4 : at < decodeStart ? 1 : at < time ? 0.62 : 0.05;
        return level * (1 + 0.05 * Math.sin(bin * seed));
      });
    report.timeline = {
      ...report.timeline,
      endS,
      bands,
      markers: tokens.startS.map((timeS, row) => ({
        timeS,
        text: `past ${tokens.past[row]}, n_eval ${tokens.nEval[row]}`,
      })),
      counterTracks: report.timeline.counterTracks.map((track, index) => ({
        ...track,
        values: scaled(track.values, index + 2).map((v) => v * [1.1e10, 3.3e10, 3][index]),
      })),
      metricTracks: [
        {
          ...report.timeline.counterTracks[2],
          id: 'metric-ipc',
          values: scaled(report.timeline.counterTracks[2].values, 4).map((v) => v * 3),
        },
      ],
      threadTracks: [0, 1, 2, 3].map((index) => ({
        ...report.timeline!.threadTracks[0],
        id: String(4100 + index),
        label: `llama-cli (${4100 + index})`,
        values: scaled(report.timeline!.threadTracks[0].values, index + 3).map((v) => Math.min(1, v)),
      })),
      spanTracks: [
        {
          id: '0-0',
          label: 'MUL_MAT GEMV',
          unit: 'share',
          status: 'counted',
          how: 'Time covered by spans of the channel ÷ bin.',
          values: scaled(report.timeline.threadTracks[0].values, 5).map((v, bin) =>
            bin > 120 ? v * 0.8 : 0,
          ),
        },
        {
          id: '0-1',
          label: 'MUL_MAT GEMM',
          unit: 'share',
          status: 'counted',
          how: 'Time covered by spans of the channel ÷ bin.',
          values: scaled(report.timeline.threadTracks[0].values, 6).map((v, bin) =>
            bin > 20 && bin < 110 ? v * 0.7 : 0,
          ),
        },
      ],
    };
  }
  report.verdicts = verdictsFixture(
    'hardware',
    {
      intensity: 162,
      stalls: { backend: 0.12, frontend: 0.01, memoryShare: 0.107, ipc: 2.98, width: 8, runningShare: 1 },
    },
    {
      intensity: 3,
      stalls: { backend: 0.507, frontend: 0.005, memoryShare: 0.729, ipc: 4.34, width: 8, runningShare: 1 },
      rate: {
        bandwidth: 17.6e9,
        peak: { bytesPerSecond: 22.4e9, kind: 'measured', source: 'read-bandwidth measured with 4 threads' },
        operations: 53e9,
        operationsPeak: {
          perSecond: 1433e9,
          instructions: 'SDOT',
          kind: 'theoretical',
          source: '4 × (4 pipes × 32 operations × 2.8 GHz)',
        },
      },
    },
  );
  report.operators = operatorsFixture();
  report.roofline = rooflineFixture();
  report.threadUse = threadUseFixture(
    { busy: [3400, 3380, 3390, 3350], sync: [10, 40, 30, 70] },
    { busy: [7800, 7750, 7700, 6900], sync: [1300, 1400, 1450, 2200] },
  );
  report.spanChannels = [
    {
      group: 'ggml',
      channel: 0,
      name: 'MUL_MAT GEMV',
      count: 86_528,
      totalS: 7.21,
      prefillS: 0.004,
      decodeS: 7.2,
    },
    { group: 'ggml', channel: 1, name: 'MUL_MAT GEMM', count: 165, totalS: 2.81, prefillS: 2.81, decodeS: 0 },
  ];
  const filler = Array.from({ length: 90 }, (_, index) => ({
    name: `ggml_fixture_helper_${index}`,
    rawName: `ggml_fixture_helper_${index}`,
    image: 'libggml-cpu.so',
    isKernel: false,
    self: { all: 1, load: index % 2, prefill: 0, decode: (index + 1) % 2, other: 0 },
    total: { all: 2, load: 1, prefill: 0, decode: 1, other: 0 },
    category: 'other_op',
    operator: null,
    shape: null,
    words: null,
  }));
  report.functions = { rows: [...report.functions.rows, ...filler], omitted: 17 };
  report.answers = {
    overview: `${promptTokens} prompt tokens take 3.42 s in one call; Decode makes 56.5 tokens a second and is limited by memory: 73 % of its backend stall cycles wait for data.`,
    timeline: 'Prefill takes 3.42 s in one call; 512 decode tokens follow, every 17.7 ms in the median.',
    'prefill-decode': 'Decode refills L3 18.4 times per 1,000 instructions, Prefill once.',
    'call-paths':
      'All compute runs below ggml_graph_compute_thread; 27 % of all samples pass through KleidiAI.',
    functions: 'Two KleidiAI kernels and two ggml dot products hold 41 % of all samples.',
    threads:
      '4 threads compute on 5 CPUs: in Prefill they wait for each other in 1.10 % of their samples; in Decode in 17.4 %.',
    method: 'perf sampled four threads at 1 kHz and counted twelve events in two groups.',
  };
  return reportSchema.parse(report);
}

/** Every fixture, in the order of the home page. */
export function allFixtureReports(): Report[] {
  return [
    emulatedTinyReport(),
    hardwareServerReport(),
    noMarkersReport(),
    noCountersReport(),
    zeroSamplesReport(),
    longNamesReport(),
    hostileTextReport(),
  ];
}
