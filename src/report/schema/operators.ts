/** Operators and kernels by stage, coverage of the matrix products, weights by type, lanes beside stacks. */
import { z } from 'zod';

/** Samples, and their share of the samples of a stage (0…1) with its 95 % interval where the stage has enough calls. */
export const stageShareSchema = z.object({
  samples: z.number(),
  share: z.number().nullable(),
  interval: z.tuple([z.number(), z.number()]).nullable(),
});

const byStage = { prefill: stageShareSchema, decode: stageShareSchema };
const shapeSchema = z.enum(['GEMM', 'GEMV', 'AMBIGUOUS']).nullable();
export const comparedStageSchema = z.enum(['prefill', 'decode']);

export const operatorKernelSchema = z.object({
  name: z.string(),
  family: z.string().nullable(),
  /** Type of weights that the name states. */
  weightType: z.string().nullable(),
  /** True when the kernel also serves attention and nothing tells the two apart. */
  mayBeAttention: z.boolean(),
  /** Samples of the whole run. */
  samples: z.number(),
  ...byStage,
});

export const operatorGroupSchema = z.object({
  operator: z.string().nullable(),
  shape: shapeSchema,
  samples: z.number(),
  ...byStage,
  kernels: z.array(operatorKernelSchema),
  /** Kernels that only operators.csv has. */
  omittedKernels: z.number(),
});

export const operatorCategorySchema = z.object({
  category: z.string(),
  label: z.string(),
  samples: z.number(),
  ...byStage,
  operators: z.array(operatorGroupSchema),
});

/** A part of a stage's matrix-product samples: a kernel family, or a shape. */
export const coveragePartSchema = z.object({
  name: z.string(),
  samples: z.number(),
  share: z.number(),
  interval: z.tuple([z.number(), z.number()]).nullable(),
});

export const coverageSchema = z.object({
  stage: comparedStageSchema,
  /** Samples in matrix products with weights, and those of the stage. */
  products: stageShareSchema,
  stageSamples: z.number(),
  families: z.array(coveragePartSchema),
  shapes: z.array(coveragePartSchema),
  mayBeAttention: z.number(),
  /** Why shares of this stage have no interval; null when they have. */
  intervalReason: z.string().nullable(),
});

/** A kernel that ran weights of one type. */
export const tensorKernelSchema = z.object({
  stage: comparedStageSchema,
  name: z.string(),
  family: z.string().nullable(),
  shape: shapeSchema,
  ...stageShareSchema.shape,
});

export const tensorTypeSchema = z.object({
  type: z.string(),
  tensors: z.number(),
  parameters: z.number(),
  bytes: z.number(),
  roles: z.string(),
  kernels: z.array(tensorKernelSchema),
  notes: z.array(z.string()),
});

/** Weights that ran in dot products, one output at a time. */
export const fallThroughSchema = z.object({
  stage: comparedStageSchema,
  type: z.string(),
  kernel: z.string(),
  tensors: z.number(),
  roles: z.string(),
  samples: z.number(),
  shareOfStage: z.number(),
  shareOfProducts: z.number(),
  interval: z.tuple([z.number(), z.number()]).nullable(),
  kind: z.enum(['no-kernel', 'not-in-build', 'built-without', 'no-feature', 'not-repacked', 'unclear']),
  reason: z.string(),
  fix: z.string().nullable(),
  /** Family that runs other tensors of the type in this stage: only some fell through. */
  familyInSameStage: z.string().nullable(),
  familyInOtherStage: z.string().nullable(),
});

const laneSharesSchema = z.object({
  laneS: z.number(),
  spans: z.number(),
  laneShare: z.number().nullable(),
  samples: z.number(),
  sampleShare: z.number().nullable(),
});

const laneStageSchema = z.object({
  laneS: z.number(),
  gemmS: z.number(),
  gemvS: z.number(),
  samples: z.number(),
  samplesInLanes: z.number(),
  sameOperator: z.number(),
});

export const lanesSchema = z.object({
  /** How well lanes and stacks agree. */
  sentence: z.string(),
  rows: z.array(z.object({ operator: z.string(), prefill: laneSharesSchema, decode: laneSharesSchema })),
  stages: z.object({ prefill: laneStageSchema, decode: laneStageSchema }),
  /** Matrix products by kind of node, over all layers. */
  products: z.array(
    z.object({
      node: z.string(),
      shape: z.enum(['GEMM', 'GEMV']).nullable(),
      weights: z.string().nullable(),
      prefillS: z.number(),
      decodeS: z.number(),
      spans: z.number(),
    }),
  ),
});

export const operatorsSchema = z.object({
  stageSamples: z.object({ prefill: z.number(), decode: z.number() }),
  categories: z.array(operatorCategorySchema),
  /** The groups of categories that charts tell apart by colour. */
  groups: z.array(z.object({ group: z.string(), ...byStage })),
  coverage: z.array(coverageSchema),
  tensors: z.array(tensorTypeSchema),
  /** Products whose names state no type of weights. */
  untyped: z.array(tensorKernelSchema),
  fallThrough: z.array(fallThroughSchema),
  /** What products with operands of the KV cache's types, F16 first, were taken for, and why. */
  f16: z.string(),
  lanes: lanesSchema.nullable(),
});

/** Stages guessed from kernels, apart from those that markers and probes tell. */
export const estimatedStagesSchema = z.object({
  phases: z.array(
    z.object({
      stage: z.enum(['load', 'prefill', 'decode']),
      name: z.string(),
      startS: z.number(),
      endS: z.number(),
      samples: z.number(),
    }),
  ),
  /** Why there is no guess; null when there is one. */
  reason: z.string().nullable(),
  /** What it rests on, a sentence. */
  basis: z.string().nullable(),
  /** Agreement with markers or probes, where the run has them; shares 0…1. */
  score: z
    .object({
      ofCallTime: z.number(),
      ofCallSamples: z.number(),
      callSamples: z.number(),
      ofOutsideSamples: z.number().nullable(),
      outsideSamples: z.number(),
      sentence: z.string(),
    })
    .nullable(),
});

export type ReportOperators = z.infer<typeof operatorsSchema>;
export type ReportOperatorCategory = z.infer<typeof operatorCategorySchema>;
export type ReportOperatorGroup = z.infer<typeof operatorGroupSchema>;
export type ReportStageShare = z.infer<typeof stageShareSchema>;
export type ReportCoverage = z.infer<typeof coverageSchema>;
export type ReportTensorType = z.infer<typeof tensorTypeSchema>;
export type ReportTensorKernel = z.infer<typeof tensorKernelSchema>;
export type ReportLanes = z.infer<typeof lanesSchema>;
export type ReportEstimatedStages = z.infer<typeof estimatedStagesSchema>;
