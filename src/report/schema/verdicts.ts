/** Verdicts: what holds each stage back, how sure that is, and every witness with its threshold. */
import { z } from 'zod';

const voteSchema = z.enum(['memory', 'compute', 'core', 'frontend', 'sync']);

export const witnessSchema = z.object({
  family: z.enum(['stalls', 'rate', 'scaling', 'sync', 'demand']),
  metric: z.string(),
  /** Null when it was not measured; a share is 0…1. */
  value: z.number().nullable(),
  unit: z.string(),
  /** In words: `≥ 40 % with backend stalls ≥ 30 %`. */
  threshold: z.string(),
  vote: voteSchema.nullable(),
  /** What it says of the verdict that it is listed with. */
  stance: z.enum(['supports', 'contradicts', 'silent']),
  /** Why it does not vote; null when it does. */
  silentBecause: z.string().nullable(),
  /** What makes its vote weaker. */
  weakness: z.string().nullable(),
  /** What the number does not see, or where its peak comes from. */
  note: z.string().nullable(),
  /** PMU events or other sources behind it. */
  sources: z.array(z.string()),
});

export const stageVerdictSchema = z.object({
  class: z.enum([...voteSchema.options, 'mixed', 'insufficient', 'none']),
  /** The class in words: `Memory-bound, bandwidth`. */
  label: z.string(),
  subtype: z.enum(['bandwidth', 'latency']).nullable(),
  confidence: z.enum(['high', 'medium', 'low']).nullable(),
  sentence: z.string(),
  /** Why this confidence, or why there is no verdict. */
  reasons: z.array(z.string()),
  /** The cause behind waiting threads; null elsewhere. */
  secondary: voteSchema.nullable(),
  /** The type of core whose stalls were judged, and its share 0…1 of the stage's work where there are several types. */
  core: z.object({ name: z.string().nullable(), share: z.number().nullable(), of: z.string().nullable() }),
  witnesses: z.array(witnessSchema),
  /** What to record to know more; null when nothing is missing. */
  next: z.string().nullable(),
});

export const verdictsSchema = z.object({
  prefill: stageVerdictSchema,
  decode: stageVerdictSchema,
  /** All thresholds of the families; `insteadOf` is the default where run.yaml set another value. */
  thresholds: z.array(
    z.object({
      name: z.string(),
      value: z.number(),
      unit: z.string(),
      words: z.string(),
      insteadOf: z.number().nullable(),
    }),
  ),
});

export type ReportVerdict = z.infer<typeof stageVerdictSchema>;
export type ReportWitness = z.infer<typeof witnessSchema>;
