/**
 * Thresholds of the verdict, in one place, printed with every verdict and overridable per run. They are engineering
 * defaults of gemview, not taken from a specification: Raspberry Pi 5 and 96-core Neoverse N2 measurements of llama.cpp
 * (ggml-org/llama.cpp #26484, #25976, #13886) anchor them.
 */
export interface Thresholds {
  /** Cycles stalled on memory, of all cycles: votes memory. */
  memoryStalledCycles: number;
  /** Backend stalls of cycles, with `memoryShareHigh`: votes memory. */
  backendHigh: number;
  memoryShareHigh: number;
  /** Backend (and front-end) stalls below this: the pipeline is rarely held up. */
  stallsLow: number;
  /** Memory share of stalls at or below this counts as low. */
  memoryShareLow: number;
  /** Backend stalls at or above this with a low memory share: core-limited. */
  backendCore: number;
  /** IPC over issue width that goes with busy pipelines. */
  ipcOfWidth: number;
  /** Topdown retiring that votes compute. */
  retiringHigh: number;
  /** Front-end stalls of cycles, and topdown front-end bound. */
  frontendHigh: number;
  topdownFrontendHigh: number;
  /** MEMBOUND ÷ STALL_BACKEND of V3, N3, X4…: a wider event, thresholds of its own. */
  wideMemoryShareHigh: number;
  wideMemoryShareLow: number;
  /** Bandwidth over the peak measured at the same thread count, and over the theoretical peak. */
  bandwidthOfMeasured: number;
  bandwidthOfTheoretical: number;
  /** Operations over the peak of the instruction set that ran. */
  operationsOfPeak: number;
  /** Aggregate rate of two sequences over one. */
  batchScalesFrom: number;
  batchFlatUpTo: number;
  /** Rate gained over threads added beyond the count that saturates bandwidth. */
  threadScaling: number;
  /** Share of samples in synchronisation, alone and with imbalance. */
  syncAlone: number;
  syncWithImbalance: number;
  imbalance: number;
  /** Bandwidth-limited from here on; latency-limited below `latencyBandwidth` with a high memory share. */
  bandwidthLimitedOfMeasured: number;
  latencyBandwidth: number;
  /** Below both, a stage without counters is too short to judge. */
  leastSeconds: number;
  leastSamples: number;
  /** Samples for high and for medium confidence. */
  samplesHigh: number;
  samplesMedium: number;
  /** A vote within this of its threshold is weak. */
  nearThreshold: number;
}

export const DEFAULT_THRESHOLDS: Thresholds = {
  memoryStalledCycles: 0.15,
  backendHigh: 0.3,
  memoryShareHigh: 0.4,
  stallsLow: 0.2,
  memoryShareLow: 0.2,
  backendCore: 0.35,
  ipcOfWidth: 0.35,
  retiringHigh: 0.5,
  frontendHigh: 0.2,
  topdownFrontendHigh: 0.3,
  wideMemoryShareHigh: 0.6,
  wideMemoryShareLow: 0.3,
  bandwidthOfMeasured: 0.6,
  bandwidthOfTheoretical: 0.55,
  operationsOfPeak: 0.4,
  batchScalesFrom: 1.7,
  batchFlatUpTo: 1.2,
  threadScaling: 0.8,
  syncAlone: 0.25,
  syncWithImbalance: 0.15,
  imbalance: 0.15,
  bandwidthLimitedOfMeasured: 0.7,
  latencyBandwidth: 0.5,
  leastSeconds: 0.05,
  leastSamples: 50,
  samplesHigh: 200,
  samplesMedium: 50,
  nearThreshold: 0.1,
};
