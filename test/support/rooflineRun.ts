/** Runs of a known model on a known machine, for tests of the roofline. */
import { analyseRun, type RunAnalysis } from '../../src/analysis/analyseRun.ts';
import type { ModelInfo } from '../../src/profile/model.ts';
import type { LlamaSettings, LlamaTimings, Profile, ReportedFigure } from '../../src/profile/types.ts';
import { functionsOfRun, runFromText } from './llamaRun.ts';
import { qwen05b } from './modelFixtures.ts';

export interface RooflineRun {
  /** As `runFromText` draws it. */
  drawing?: string;
  program?: string;
  model?: ModelInfo | null;
  /** What the log says of the model. */
  describedAs?: ModelInfo;
  origin?: Profile['origin']['value'];
  /** What the machine is called, and the core of its four CPUs. */
  machine?: string;
  core?: string;
  settings?: Partial<LlamaSettings> | null;
  peaks?: { name: string; value: number; unit: string; threads?: number }[];
  /** The one kernel that all samples within calls fall into. */
  kernel?: string;
  /** llama.cpp's own timings; the drawing then has no calls. */
  timings?: Partial<LlamaTimings>;
}

export const SETTINGS: LlamaSettings = {
  build: null,
  compiler: null,
  threads: 4,
  threadsBatch: 4,
  contextLength: 512,
  batch: 512,
  microBatch: 512,
  flashAttention: null,
  features: {},
  buffers: {},
};

const NO_TIMINGS: LlamaTimings = {
  era: 'llama_perf_context_print',
  loadMs: null,
  promptMs: null,
  promptTokens: null,
  evalMs: null,
  evalRuns: null,
  samplingMs: null,
  samplingRuns: null,
  totalMs: null,
  unaccountedMs: null,
  graphsReused: null,
  promptTokensPerSecond: null,
  evalTokensPerSecond: null,
};

export const SDOT_KERNEL = 'kai_run_matmul_clamp_f32_qsi8d32p1x8_qsi4c32p4x8_1x4x32_neon_dotprod';

/** A prompt of 78 tokens in 100 ms, then two tokens of 20 ms each, on hardware. */
export function rooflineRun(run: RooflineRun = {}): RunAnalysis {
  const profile = runFromText(run.drawing ?? 'load/30 0+78/100 sample/2 78+1/20 sample/2 79+1/20 close/4', {
    calls: 'both',
    ...(run.program === undefined ? {} : { program: run.program }),
  });
  profile.origin = { value: run.origin === undefined ? 'hardware' : run.origin, reason: 'drawn' };
  profile.model = run.model === undefined ? qwen05b() : run.model;
  if (run.describedAs) profile.modelDescriptions = [run.describedAs];
  profile.settings = run.settings === null ? null : { ...SETTINGS, ...run.settings };
  if (run.machine) {
    profile.facts.push({ name: 'machine-model', value: run.machine, source: 'drawn', private: false });
  }
  if (run.core) {
    const name = run.core;
    profile.target.cpus = [0, 1, 2, 3].map((cpu) => ({ cpu, name, midr: null }));
  }
  if (run.timings) profile.timings.push({ ...NO_TIMINGS, ...run.timings });
  profile.figures.push(...(run.peaks ?? []).map(peakFigure));
  const functions = functionsOfRun(profile);
  for (const row of functions.functions) {
    if (row.name === 'gemm') Object.assign(row, { name: run.kernel ?? SDOT_KERNEL });
  }
  return analyseRun(profile, functions);
}

function peakFigure({
  name,
  value,
  unit,
  threads,
}: NonNullable<RooflineRun['peaks']>[number]): ReportedFigure {
  return {
    kind: 'peak',
    subject: name,
    value,
    unit,
    spread: null,
    repetitions: [],
    settings: threads === undefined ? {} : { threads: String(threads) },
    source: 'run.yaml',
  };
}
