/**
 * Thresholds of the verdict, in one place, printed with every verdict and overridable per run (`thresholds:` of run.yaml).
 * They are engineering defaults of gemview, not taken from a specification: Raspberry Pi 5 and 96-core Neoverse N2
 * measurements of llama.cpp (ggml-org/llama.cpp #26484, #25976, #13886) anchor them.
 */

interface ThresholdRow {
  default: number;
  /** What it decides, a phrase. */
  words: string;
  unit: string;
}

const TABLE = {
  memoryStalledCycles: {
    default: 0.15,
    words: 'cycles stalled on memory that vote memory, whatever the share of stalls',
    unit: 'of cycles',
  },
  backendHigh: {
    default: 0.3,
    words: 'backend stalls that vote memory together with a high memory share',
    unit: 'of cycles',
  },
  memoryShareHigh: { default: 0.4, words: 'memory share that counts as high', unit: 'of backend stalls' },
  memoryShareLow: { default: 0.2, words: 'memory share that counts as low', unit: 'of backend stalls' },
  stallsLow: {
    default: 0.2,
    words: 'backend and front-end stalls below which the pipeline is rarely held up: votes compute',
    unit: 'of cycles',
  },
  backendCore: {
    default: 0.35,
    words: 'backend stalls that vote core-limited together with a low memory share',
    unit: 'of cycles',
  },
  ipcOfWidth: {
    default: 0.35,
    words: 'instructions per cycle over issue width that vote compute together with a low memory share',
    unit: 'of issue width',
  },
  retiringHigh: { default: 0.5, words: 'topdown retiring that votes compute', unit: 'of slots' },
  frontendHigh: {
    default: 0.2,
    words: 'front-end stalls that vote instruction supply when they exceed backend stalls',
    unit: 'of cycles',
  },
  topdownFrontendHigh: {
    default: 0.3,
    words: 'topdown front-end bound that votes instruction supply',
    unit: 'of slots',
  },
  wideMemoryShareHigh: {
    default: 0.6,
    words: 'STALL_BACKEND_MEMBOUND share that counts as high: a wider event than STALL_BACKEND_MEM',
    unit: 'of backend stalls',
  },
  wideMemoryShareLow: {
    default: 0.3,
    words: 'STALL_BACKEND_MEMBOUND share that counts as low',
    unit: 'of backend stalls',
  },
  bandwidthOfMeasured: {
    default: 0.6,
    words: 'read bandwidth that votes memory, of the peak measured at the same thread count',
    unit: 'of peak',
  },
  bandwidthOfTheoretical: {
    default: 0.55,
    words: 'read bandwidth that votes memory, of the theoretical peak',
    unit: 'of peak',
  },
  operationsOfPeak: {
    default: 0.4,
    words: 'operations that vote compute, of the peak of the instructions that ran',
    unit: 'of peak',
  },
  ipcOfPrefill: {
    default: 0.6,
    words:
      'Decode’s instructions per cycle over Prefill’s, below which half of the bandwidth is enough to vote memory',
    unit: '×',
  },
  bandwidthWithLowIpc: {
    default: 0.5,
    words:
      'read bandwidth that votes memory when instructions per cycle fall that far and stalls were not counted',
    unit: 'of peak',
  },
  batchScalesFrom: {
    default: 1.7,
    words: 'rate of two sequences over one from which arithmetic has room: votes memory',
    unit: '×',
  },
  batchFlatUpTo: {
    default: 1.2,
    words: 'rate of two sequences over one up to which arithmetic is full: votes compute',
    unit: '×',
  },
  saturatedFrom: {
    default: 0.9,
    words: 'measured read bandwidth from which a thread count counts as saturating memory',
    unit: 'of the largest',
  },
  threadScaling: {
    default: 0.8,
    words: 'rate gained per thread added beyond saturation that votes core-limited',
    unit: '×',
  },
  threadsFlatUpTo: {
    default: 0.1,
    words: 'rate gained per thread added beyond saturation that counts as none: votes memory',
    unit: '×',
  },
  syncAlone: { default: 0.25, words: 'waiting samples that vote synchronisation', unit: 'of samples' },
  syncWithImbalance: {
    default: 0.15,
    words: 'waiting samples that vote synchronisation together with imbalance',
    unit: 'of samples',
  },
  imbalance: {
    default: 0.15,
    words: 'busiest thread over the mean, minus 1, that counts as imbalance',
    unit: '',
  },
  bandwidthLimitedOfMeasured: {
    default: 0.7,
    words: 'read bandwidth of the measured peak that makes memory-bound bandwidth-limited',
    unit: 'of peak',
  },
  latencyBandwidth: {
    default: 0.5,
    words: 'read bandwidth below which a high memory share means latency',
    unit: 'of peak',
  },
  leastSeconds: { default: 0.05, words: 'a shorter stage without counters is not judged', unit: 's' },
  leastSamples: { default: 50, words: 'samples below which waiting is not judged', unit: 'samples' },
  samplesHigh: { default: 200, words: 'samples for high confidence', unit: 'samples' },
  samplesMedium: { default: 50, words: 'samples for medium confidence', unit: 'samples' },
  smallBatch: {
    default: 16,
    words: 'tokens of a Prefill call below which it is neither a matrix product nor a vector one',
    unit: 'tokens',
  },
  nearThreshold: { default: 0.1, words: 'distance from its threshold within which a vote is weak', unit: '' },
} as const satisfies Record<string, ThresholdRow>;

export type ThresholdName = keyof typeof TABLE;
export type Thresholds = Record<ThresholdName, number>;

export const THRESHOLD_NAMES = Object.keys(TABLE) as ThresholdName[];

export const DEFAULT_THRESHOLDS: Readonly<Thresholds> = Object.fromEntries(
  THRESHOLD_NAMES.map((name) => [name, TABLE[name].default]),
) as Thresholds;

/** A threshold as it is printed with a verdict. */
export interface PrintedThreshold {
  name: ThresholdName;
  value: number;
  unit: string;
  words: string;
  /** The default where the run set another value; else null. */
  insteadOf: number | null;
}

/** The defaults with what a run sets. */
export function thresholdsWith(overrides: Partial<Thresholds> = {}): Thresholds {
  return { ...DEFAULT_THRESHOLDS, ...overrides };
}

/** All thresholds in the order of the families they belong to. */
export function printedThresholds(thresholds: Thresholds): PrintedThreshold[] {
  return THRESHOLD_NAMES.map((name) => {
    const { default: standard, words, unit } = TABLE[name];
    const value = thresholds[name];
    return { name, value, unit, words, insteadOf: value === standard ? null : standard };
  });
}
