/** Findings as the report keeps them: sentences with every number they hold, and where to look. */
import { z } from 'zod';
import { quantitySchema } from './common.ts';

export const findingSchema = z.object({
  /** Its address on the Overview is `#finding-<id>`. */
  id: z.string(),
  kind: z.enum([
    'time',
    'kernels',
    'stalls',
    'memory',
    'tokens',
    'threads',
    'model',
    'recording',
    'comparison',
  ]),
  /** Every number in it is one of `values` as the site prints it. */
  sentence: z.string(),
  values: z.array(z.object({ name: z.string(), quantity: quantitySchema })),
  /** Names from the capture that stand in the sentence: functions, tensor types, events. */
  names: z.array(z.string()),
  evidence: z.object({
    /** Id of a chart; null when tables show it. */
    chart: z.string().nullable(),
    chapter: z.string(),
    selection: z.object({
      stage: z.enum(['load', 'prefill', 'decode', 'sampling']).optional(),
      tokens: z.tuple([z.number(), z.number()]).optional(),
      functions: z.array(z.string()).optional(),
      runs: z.array(z.string()).optional(),
    }),
  }),
  /** Larger stands earlier. */
  importance: z.number(),
});

/** Findings against the run that `run.yaml` names as baseline; left out for a run without one. */
export const baselineSchema = z.object({
  /** Run id. */
  id: z.string(),
  title: z.string(),
  /** Why nothing is compared; null when it is. */
  reason: z.string().nullable(),
  findings: z.array(findingSchema),
});

export type ReportFinding = z.infer<typeof findingSchema>;
