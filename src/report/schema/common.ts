/** What all parts of the Report are made of: numbers with their working, stages, origins. */
import { z } from 'zod';

export const originSchema = z.enum(['hardware', 'vm', 'emulated', 'simulated', 'reported']);
export const statusSchema = z.enum(['counted', 'sampled', 'modelled', 'estimated']);
export const stageSchema = z.enum(['load', 'prefill', 'decode', 'speculative', 'mixed', 'sampling', 'idle']);

/** A number with its working; mirrors `Quantity` of src/analysis/quantity.ts. */
export const quantitySchema = z.object({
  value: z.number().nullable(),
  unit: z.string(),
  status: statusSchema.nullable(),
  reason: z.string().nullable(),
  working: z
    .object({
      formula: z.string(),
      inputs: z.array(z.object({ name: z.string(), value: z.number().nullable(), unit: z.string() })),
      samples: z.number().nullable(),
      runningShare: z.number().nullable(),
      note: z.string().nullable(),
    })
    .nullable(),
  interval: z.tuple([z.number(), z.number()]).nullable(),
});

/** A labelled result: `id` is stable and is the last part of its address. */
export const metricSchema = z.object({ id: z.string(), label: z.string(), quantity: quantitySchema });
