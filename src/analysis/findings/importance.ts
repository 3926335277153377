/**
 * The order of findings, in one place: what decides how the rest is read comes first, then where the time goes, why, and
 * what is small. Larger stands earlier; the first few are shown, the others wait in closed details.
 */
export const IMPORTANCE = {
  /** The capture and the log contradict each other: every other number is in doubt. */
  contradiction: 100,
  comparisonConfounders: 99,
  comparisonSettings: 98,
  comparisonWork: 97,
  comparisonKernel: 96,
  comparisonTraffic: 95,
  throttling: 92,
  fallThroughAvoidable: 90,
  stageSplit: 85,
  stallSplit: 84,
  traffic: 82,
  dominantDecode: 80,
  dominantPrefill: 79,
  instructions: 76,
  trafficAgainstModel: 74,
  outputLayer: 70,
  syncLarge: 68,
  fallThrough: 64,
  growth: 62,
  pageFaults: 58,
  microBatches: 56,
  matmulShape: 50,
  steadiness: 48,
  sync: 42,
  samplingLarge: 60,
  sampling: 36,
  tailRows: 30,
  negligible: 24,
  warmup: 20,
} as const satisfies Record<string, number>;
