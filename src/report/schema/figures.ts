/** Figures of a run: rates, counter totals, shares and other numbers that stand in its files as results, with their source. */
import { z } from 'zod';
import { metricSchema, quantitySchema } from './common.ts';

const settingsSchema = z.array(z.object({ name: z.string(), value: z.string() }));

/** Row of `sources`. */
const sourceIndex = z.number();

/** The speed of one test of llama-bench or llama-batched-bench. */
export const rateSchema = z.object({
  /** `pp512`, `tg128 @ d4096`, `pp128+tg32 b4`. */
  subject: z.string(),
  kind: z.enum(['prompt', 'generation', 'both', 'other']),
  promptTokens: z.number(),
  generatedTokens: z.number(),
  depth: z.number(),
  sequences: z.number(),
  /** Settings in which the tests differ; those that all share stand in `sharedSettings`. */
  settings: settingsSchema,
  rate: quantitySchema,
  /** Sample standard deviation or published ±, in the rate's unit. */
  spread: z.number().nullable(),
  repetitions: z.array(z.number()),
  timePerToken: quantitySchema,
  modelBandwidth: quantitySchema,
  source: sourceIndex,
});

/** Counter totals that were counted together, and what they allow. */
export const measurementSchema = z.object({
  settings: settingsSchema,
  totals: z.array(
    z.object({
      event: z.string(),
      code: z.string().nullable(),
      mnemonic: z.string().nullable(),
      total: quantitySchema,
      spread: z.number().nullable(),
    }),
  ),
  metrics: z.array(metricSchema),
  source: sourceIndex,
});

export const functionShareSchema = z.object({
  name: z.string(),
  image: z.string().nullable(),
  event: z.string().nullable(),
  share: quantitySchema,
  category: z.string().nullable(),
  words: z.string().nullable(),
  source: sourceIndex,
});

export const otherFigureSchema = z.object({
  subject: z.string(),
  value: quantitySchema,
  spread: z.number().nullable(),
  settings: settingsSchema,
  source: sourceIndex,
});

export const figuresSchema = z.object({
  sources: z.array(
    z.object({
      text: z.string(),
      /** Published by somebody and entered by hand; false for a file of the run. */
      isPublished: z.boolean(),
    }),
  ),
  /** What these figures say and what they do not, a sentence each. */
  limits: z.array(z.string()),
  rates: z.array(rateSchema),
  sharedSettings: settingsSchema,
  ratios: z.array(metricSchema),
  measurements: z.array(measurementSchema),
  shares: z.array(functionShareSchema),
  others: z.array(otherFigureSchema),
  /** Rows that report.json leaves out; `figures.csv` has all. */
  omitted: z.number(),
});

export type ReportFigures = z.infer<typeof figuresSchema>;
export type ReportRate = z.infer<typeof rateSchema>;
