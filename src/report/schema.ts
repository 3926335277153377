/**
 * The Report: everything the static pages of one run print, as plain JSON, and the list of column files that hold more.
 * The schema is the contract between analysis and pages; `report.json` is published as it is.
 *
 * Times are seconds from the start of the capture. Shares are 0…1. Where a number cannot be known it is null and the
 * quantity's `reason` stands in its place. Nothing private is in here unless run.yaml allowed it.
 */
import { z } from 'zod';
import { metricsSchema } from './schema/metrics.ts';
import { metricSchema, originSchema, quantitySchema, stageSchema, statusSchema } from './schema/common.ts';
import { baselineSchema, findingSchema } from './schema/findings.ts';
import { figuresSchema } from './schema/figures.ts';
import { estimatedStagesSchema, operatorsSchema } from './schema/operators.ts';
import { rooflineSchema } from './schema/roofline.ts';
import { threadUseSchema } from './schema/threadUse.ts';
import { verdictsSchema } from './schema/verdicts.ts';

export { metricSchema, originSchema, quantitySchema, stageSchema, statusSchema };

export const REPORT_SCHEMA_VERSION = 1;

/** One row of the Prefill / Decode table of the Overview. */
export const comparisonRowSchema = z.object({
  id: z.string(),
  label: z.string(),
  /** What the row means, one sentence. */
  help: z.string(),
  prefill: quantitySchema,
  decode: quantitySchema,
  /** For rows whose answer is a name, not a number (the main kernel): stands in the cells instead of the quantities. */
  texts: z.object({ prefill: z.string().nullable(), decode: z.string().nullable() }).optional(),
});

export const phaseSchema = z.object({
  stage: stageSchema,
  name: z.string(),
  startS: z.number(),
  endS: z.number(),
  endIsEstimated: z.boolean(),
  calls: z.number(),
  tokens: z.number(),
  cachedTokens: z.number(),
  samples: z.number(),
});

/** One row a call, warm-up excluded; columns of equal length. */
export const tokenColumnsSchema = z.object({
  startS: z.array(z.number()),
  endS: z.array(z.number()),
  endIsEstimated: z.array(z.boolean()),
  past: z.array(z.number().nullable()),
  nEval: z.array(z.number()),
  stage: z.array(stageSchema),
  /** Milliseconds to the next decode call of the turn, idle removed; null where there is none. */
  latencyMs: z.array(z.number().nullable()),
  notes: z.array(z.array(z.string())),
  samples: z.array(z.number()),
});

/** One line over the run, as equal bins; null where nothing was measured. */
export const trackSchema = z.object({
  id: z.string(),
  label: z.string(),
  unit: z.string(),
  status: statusSchema,
  /** How the values are made, one sentence. */
  how: z.string(),
  values: z.array(z.number().nullable()),
});

export const timelineSchema = z.object({
  startS: z.number(),
  endS: z.number(),
  /** Bins per track; bin i covers [startS + i·w, startS + (i+1)·w), w = (endS − startS) / bins. */
  bins: z.number(),
  /** Stretches in order of their start. Warm-up lies within load; sampling is listed only where it is wider than a bin. */
  bands: z.array(z.object({ stage: stageSchema, startS: z.number(), endS: z.number(), label: z.string() })),
  markers: z.array(z.object({ timeS: z.number(), text: z.string() })),
  counterTracks: z.array(trackSchema),
  /** Ratios of counters per bin, by type of core. */
  metricTracks: z.array(trackSchema),
  /** Share of the bin that the thread was seen running, by samples or context switches. */
  threadTracks: z.array(trackSchema),
  /** Share of the bin covered by spans of a channel. */
  spanTracks: z.array(trackSchema),
});

/** Totals of one counter. */
export const counterSchema = z.object({
  name: z.string(),
  code: z.string().nullable(),
  mnemonic: z.string().nullable(),
  unit: z.string(),
  pmu: z.string().nullable(),
  total: quantitySchema,
  prefill: quantitySchema,
  decode: quantitySchema,
  /** Per llama_decode call, mean. */
  prefillPerCall: quantitySchema,
  decodePerCall: quantitySchema,
  /** Per evaluated token, mean. */
  prefillPerToken: quantitySchema,
  decodePerToken: quantitySchema,
});

/** Sample counts by stage; `other` is sampling, mixed, speculative and idle together, and samples outside the llama process. */
export const stageCountsSchema = z.object({
  all: z.number(),
  load: z.number(),
  prefill: z.number(),
  decode: z.number(),
  other: z.number(),
});

/** 95 % intervals of shares of a stage's samples, 0…1; null where there is none. */
const shareIntervalsSchema = z.object({
  self: z.tuple([z.number(), z.number()]).nullable(),
  total: z.tuple([z.number(), z.number()]).nullable(),
});

export const functionSchema = z.object({
  name: z.string(),
  rawName: z.string(),
  image: z.string(),
  isKernel: z.boolean(),
  self: stageCountsSchema,
  total: stageCountsSchema,
  /** Of kernel-rules: `matmul`, `attention`, `sync`…; null before the classifier has a say. */
  category: z.string().nullable(),
  operator: z.string().nullable(),
  shape: z.enum(['GEMM', 'GEMV', 'AMBIGUOUS']).nullable(),
  /** The kernel's name in words; null for what is no compute kernel. */
  words: z.string().nullable(),
  /** One value per column of `metrics.functionColumns`; null where it cannot be had. Left out when there are none. */
  metrics: z.array(z.number().nullable()).optional(),
  /** Intervals of its shares of a stage; only for the largest functions, in stages with enough calls. */
  intervals: z.object({ prefill: shareIntervalsSchema, decode: shareIntervalsSchema }).optional(),
});

/**
 * The call tree, root first, as columns: `parent[i] < i`, -1 for roots. A node's function is a row of `functions`
 * (complete list of the tree's functions, not of the table).
 */
export const callTreeSchema = z.object({
  functions: z.array(z.object({ name: z.string(), image: z.string(), category: z.string().nullable() })),
  parent: z.array(z.number()),
  function: z.array(z.number()),
  self: z.object({
    all: z.array(z.number()),
    load: z.array(z.number()),
    prefill: z.array(z.number()),
    decode: z.array(z.number()),
  }),
  total: z.object({
    all: z.array(z.number()),
    load: z.array(z.number()),
    prefill: z.array(z.number()),
    decode: z.array(z.number()),
  }),
  /** Intervals of total shares of a stage, 0…1, of the widest nodes in stages with enough calls. */
  intervals: z
    .array(
      z.object({ node: z.number(), stage: z.enum(['prefill', 'decode']), low: z.number(), high: z.number() }),
    )
    .optional(),
  /** Nodes below this share of all samples were left out of report.json, and how many. */
  minimumShare: z.number(),
  omittedNodes: z.number(),
});

export const threadSchema = z.object({
  pid: z.number(),
  tid: z.number(),
  process: z.string(),
  name: z.string(),
  samples: stageCountsSchema,
  /** Context switches seen; null when the capture has none recorded. */
  switches: z.number().nullable(),
});

export const spanChannelSchema = z.object({
  group: z.string(),
  channel: z.number(),
  name: z.string(),
  count: z.number(),
  totalS: z.number(),
  prefillS: z.number().nullable(),
  decodeS: z.number().nullable(),
});

export const warningSchema = z.object({
  code: z.string(),
  message: z.string(),
  fix: z.string().nullable(),
});

/** llama.cpp's own number beside the one from markers or probes. */
export const logCheckSchema = z.object({
  name: z.string(),
  fromLog: quantitySchema,
  fromCapture: quantitySchema,
  agrees: z.boolean().nullable(),
  sentence: z.string(),
});

export const reportSchema = z.object({
  schema: z.literal(REPORT_SCHEMA_VERSION),
  run: z.object({
    id: z.string(),
    title: z.string(),
    description: z.string().nullable(),
    tags: z.array(z.string()),
    /** Hash of the run's content and of what made the report: pins addresses. */
    contentHash: z.string(),
    /** Former ids of the run: their addresses lead here. */
    aliases: z.array(z.string()).default([]),
  }),
  origin: z.object({
    value: originSchema.nullable(),
    /** `emulated`, for the badge. */
    label: z.string(),
    /** What may and may not be concluded from this run, one sentence. */
    sentence: z.string(),
  }),
  /** Machine, model, build, settings: what the run is, label by label. Private facts are not in it. */
  identity: z.array(
    z.object({
      group: z.enum(['machine', 'model', 'build', 'capture']),
      label: z.string(),
      value: z.string(),
    }),
  ),
  inputs: z.array(
    z.object({
      path: z.string(),
      format: z.string().nullable(),
      tool: z.string().nullable(),
      bytes: z.number(),
    }),
  ),
  durationS: z.number().nullable(),
  /** The event that functions, call tree and shares are weighted by. */
  weight: z.object({ event: z.string(), unit: z.string(), samples: z.number() }).nullable(),
  samples: z.object({ count: z.number(), lost: z.number(), withStack: z.number() }),
  /** One sentence each that answers the chapter's question; keyed by chapter id. */
  answers: z.record(z.string(), z.string()),
  /** What holds Prefill and Decode back, and how sure that is. */
  verdicts: verdictsSchema,
  headline: z.array(metricSchema),
  /** What the data supports in words, most important first. */
  findings: z.array(findingSchema),
  baseline: baselineSchema.optional(),
  comparison: z.array(comparisonRowSchema),
  stages: z.object({
    source: z.enum(['markers', 'probes', 'benchmark']).nullable(),
    reason: z.string().nullable(),
    fix: z.string().nullable(),
    phases: z.array(phaseSchema),
    /** Prefill and Decode guessed from kernels: never mixed with `phases`, which markers, probes or benchmarks tell. */
    estimated: estimatedStagesSchema,
    /** All timing metrics beyond the headline: percentiles, jitter, growth, wall time per stage. */
    metrics: z.array(metricSchema),
    /**
     * Line through decode latency over position: latency = interceptMs + slopeMsPerPosition × past, fitted from
     * `fromPast` to `toPast`. Null (or left out) when too few positions are covered or the slope is not known.
     */
    growth: z
      .object({
        slopeMsPerPosition: z.number(),
        interceptMs: z.number(),
        fromPast: z.number(),
        toPast: z.number(),
        /** Interval of the slope, milliseconds per position. */
        slopeInterval: z.tuple([z.number(), z.number()]).nullable(),
      })
      .nullable()
      .optional(),
  }),
  tokens: tokenColumnsSchema,
  timeline: timelineSchema.nullable(),
  counters: z.array(counterSchema),
  metrics: metricsSchema,
  functions: z.object({
    rows: z.array(functionSchema),
    omitted: z.number(),
    /** Why shares of a stage have no interval; null where they have. */
    noInterval: z.object({ prefill: z.string().nullable(), decode: z.string().nullable() }).optional(),
  }),
  callTree: callTreeSchema.nullable(),
  /** Operators, kernels and coverage by stage; null without samples. */
  operators: operatorsSchema.nullable(),
  /** What the model file asks of the stages; null without the sizes of its tensors. */
  roofline: rooflineSchema.nullable(),
  threads: z.array(threadSchema),
  /** Work, waiting and places of the llama.cpp process's threads; null without samples. */
  threadUse: threadUseSchema.nullable(),
  spanChannels: z.array(spanChannelSchema),
  /** Results that stand in the files or in run.yaml as such; null when there are none. */
  figures: figuresSchema.nullable(),
  logChecks: z.array(logCheckSchema),
  warnings: z.array(warningSchema),
  method: z.object({
    clock: z.object({ name: z.string(), alignments: z.array(z.string()) }),
    /** Sentences on how it was recorded: sampling event and rate, stack walking, kernel included or not. */
    recording: z.array(z.string()),
    images: z.array(
      z.object({
        image: z.string(),
        buildId: z.string().nullable(),
        frames: z.number(),
        resolvedFrames: z.number(),
        source: z.string().nullable(),
      }),
    ),
    /** Facts withheld for privacy, by name, without their values. */
    withheld: z.array(z.string()),
  }),
  /** The files of the capture as one download, in the folder `capture` beside the report; where run.yaml publishes them. */
  capture: z
    .object({
      name: z.string(),
      /** How many files are in it. */
      files: z.number(),
      bytes: z.number(),
      sha256: z.string(),
    })
    .optional(),
  /** Files published beside the report: CSV twins and column files; `name` is relative to the run's address. */
  files: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      bytes: z.number(),
      sha256: z.string(),
      format: z.string(),
    }),
  ),
});

export type Report = z.infer<typeof reportSchema>;
export type ReportQuantity = z.infer<typeof quantitySchema>;
export type ReportMetric = z.infer<typeof metricSchema>;
export type ReportFunction = z.infer<typeof functionSchema>;
export type ReportCounter = z.infer<typeof counterSchema>;
export type ReportCallTree = z.infer<typeof callTreeSchema>;
export type ReportTimeline = z.infer<typeof timelineSchema>;
export type ReportTrack = z.infer<typeof trackSchema>;
export type StageCounts = z.infer<typeof stageCountsSchema>;
export type ReportStage = z.infer<typeof stageSchema>;
