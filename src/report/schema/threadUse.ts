/** Threads and cores: what each thread of the llama.cpp process did in each stage, and where. */
import { z } from 'zod';
import { quantitySchema } from './common.ts';

/** A share 0…1 with its interval over calls; null where it is of nothing, or the stage has too few calls. */
export const shareSchema = z.object({
  value: z.number().nullable(),
  interval: z.tuple([z.number(), z.number()]).nullable(),
});

/** Counts of a column for the stages that threads are compared in, and for all others together. */
const byStageSchema = z.object({
  load: z.number(),
  prefill: z.number(),
  decode: z.number(),
  other: z.number(),
});

const threadStageSchema = z.object({
  /** In kernels, in the runtime, or anywhere else but waiting. */
  busy: z.number(),
  /** In barriers, polling and locks. */
  sync: z.number(),
  /** Idle loop; the main thread in a condition variable. */
  idle: z.number(),
});

export const threadUseSchema = z.object({
  /** Threads of the process with samples, the main thread first. */
  threads: z.array(
    z.object({
      pid: z.number(),
      tid: z.number(),
      name: z.string(),
      isMain: z.boolean(),
      stages: z.object({
        load: threadStageSchema,
        prefill: threadStageSchema,
        decode: threadStageSchema,
        other: threadStageSchema,
      }),
      /** Share of the stage's time that it was on a CPU, %. */
      running: z.object({ prefill: quantitySchema, decode: quantitySchema }),
      migrations: byStageSchema.nullable(),
      /** Samples by CPU. */
      cpus: z.array(z.object({ cpu: z.number(), prefill: z.number(), decode: z.number() })),
    }),
  ),
  omittedThreads: z.number(),
  /** How the threads that compute a stage share it; a stage without samples has no workers. */
  stages: z.array(
    z.object({
      stage: z.enum(['prefill', 'decode']),
      samples: z.number(),
      syncShare: quantitySchema,
      imbalance: quantitySchema,
      workers: z.array(
        z.object({
          tid: z.number(),
          busy: z.number(),
          sync: z.number(),
          ofWork: shareSchema,
          waiting: shareSchema,
        }),
      ),
      /** Why shares have no interval; null when they have. */
      noInterval: z.string().nullable(),
    }),
  ),
  /** CPUs that the process was seen on, ascending. */
  cores: z.array(
    z.object({
      cpu: z.number(),
      name: z.string().nullable(),
      threads: z.number(),
      samples: byStageSchema,
      /** Counts of `coreCounters`, in their order. */
      prefill: z.array(z.number().nullable()),
      decode: z.array(z.number().nullable()),
      frequencyHz: z.object({
        prefill: z.object({ mean: z.number(), least: z.number(), most: z.number() }).nullable(),
        decode: z.object({ mean: z.number(), least: z.number(), most: z.number() }).nullable(),
      }),
    }),
  ),
  omittedCores: z.number(),
  /** Counters whose readings name CPUs. */
  coreCounters: z.array(z.object({ name: z.string(), mnemonic: z.string().nullable(), unit: z.string() })),
  /** CPUs of the machine; null when the capture does not say. */
  machineCpus: z.number().nullable(),
  migrationsFrom: z.enum(['switches', 'samples']).nullable(),
  overcommitted: z.object({ threads: z.number(), cpus: z.number() }).nullable(),
});

export type ReportThreadUse = z.infer<typeof threadUseSchema>;
