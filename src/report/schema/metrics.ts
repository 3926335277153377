/** Metrics of PMU events by stage and type of core. */
import { z } from 'zod';
import { quantitySchema } from './common.ts';

/** One metric over the two stages and over the whole run. */
export const metricRowSchema = z.object({
  id: z.string(),
  label: z.string(),
  /** In event names. */
  formula: z.string(),
  /** Name in Arm's telemetry JSON; null for one of gemview's own. */
  official: z.string().nullable(),
  prefill: quantitySchema,
  decode: quantitySchema,
  run: quantitySchema,
});

export const metricGroupSchema = z.object({
  id: z.enum(['traffic', 'rates', 'pipeline', 'stalls', 'topdown', 'mix', 'caches', 'tlb', 'branches']),
  title: z.string(),
  /** Empty when nothing of the group was measured; then `missing` says why. */
  rows: z.array(metricRowSchema),
  /** What could not be had and why, one sentence; null when nothing is missing. */
  missing: z.string().nullable(),
  /** Option of `perf record` that counts the group; null when everything was counted or the core cannot. */
  record: z.string().nullable(),
});

/** A metric of single calls: one value a row of the token table. */
export const tokenMetricSchema = z.object({
  id: z.string(),
  label: z.string(),
  unit: z.string(),
  formula: z.string(),
  values: z.array(z.number().nullable()),
  /** Line through the decode calls over their position; null when too few positions are covered. */
  growth: z
    .object({
      slope: z.number(),
      intercept: z.number(),
      fromPast: z.number(),
      toPast: z.number(),
      slopeInterval: z.tuple([z.number(), z.number()]),
    })
    .nullable(),
  /** Why there is no line; null when there is one. */
  growthReason: z.string().nullable(),
});

export const coreTypeMetricsSchema = z.object({
  /** `Neoverse-V1`; null when the target does not say. */
  core: z.string().nullable(),
  cpus: z.array(z.number()),
  /** The event that "L3 refills" are read from, and why that one; null when none was counted. */
  lastLevel: z.object({ mnemonic: z.string(), reason: z.string() }).nullable(),
  groups: z.array(metricGroupSchema),
  tokens: z.array(tokenMetricSchema),
});

export const metricsSchema = z.object({
  coreTypes: z.array(coreTypeMetricsSchema),
  /** How traffic per call, per token and per instruction belong together, with the run's own sizes; null without traffic. */
  trafficSentence: z.string().nullable(),
  /** Columns of the functions table; a row's `metrics` has one value for each. */
  functionColumns: z.array(
    z.object({
      id: z.string(),
      label: z.string(),
      unit: z.string(),
      formula: z.string(),
      core: z.string().nullable(),
    }),
  ),
  /** Why there are no such columns; null when there are. */
  functionReason: z.string().nullable(),
  /** Samples that a function needs before its counts say something. */
  leastFunctionSamples: z.number(),
});

export type ReportMetrics = z.infer<typeof metricsSchema>;
export type ReportCoreMetrics = z.infer<typeof coreTypeMetricsSchema>;
export type ReportMetricGroup = z.infer<typeof metricGroupSchema>;
export type ReportMetricRow = z.infer<typeof metricRowSchema>;
export type ReportTokenMetric = z.infer<typeof tokenMetricSchema>;
