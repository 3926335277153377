/** What the model file asks of each stage, what was reached of it, and what the model could reach elsewhere. */
import { z } from 'zod';
import { quantitySchema } from './common.ts';

const stageSchema = z.enum(['prefill', 'decode']);
const sourcedPeakSchema = z.object({
  perSecond: z.number(),
  /** `measured` only when it was measured with as many threads as the run has. */
  kind: z.enum(['measured', 'theoretical']),
  status: z.enum(['theoretical', 'quoted', 'measured', 'unverified']),
  source: z.string(),
});

export const stageRooflineSchema = z.object({
  stage: stageSchema,
  /** `calls`: markers or probes; `log`: llama.cpp's own timings; null when calls are not known. */
  source: z.enum(['calls', 'log']).nullable(),
  calls: z.number().nullable(),
  tokens: z.number().nullable(),
  bytesPerCall: quantitySchema,
  bytesPerToken: quantitySchema,
  weightBytesPerCall: quantitySchema,
  cacheReadBytesPerCall: quantitySchema,
  cacheWriteBytesPerCall: quantitySchema,
  operationsPerCall: quantitySchema,
  operationsPerToken: quantitySchema,
  intensity: quantitySchema,
  achievedBytesPerSecond: quantitySchema,
  achievedOperationsPerSecond: quantitySchema,
  /** Bytes a second; null with the reason. */
  peakBandwidth: sourcedPeakSchema.nullable(),
  peakBandwidthReason: z.string().nullable(),
  bandwidthOfPeak: quantitySchema,
  /** Operations a second of the instruction that the stage's main kernel is made of. */
  peakOperations: sourcedPeakSchema.extend({ instructions: z.string() }).nullable(),
  peakOperationsReason: z.string().nullable(),
  operationsOfPeak: quantitySchema,
  ridge: quantitySchema,
  /** The main kernel and its instruction; null when not known. */
  kernel: z.string().nullable(),
  instruction: z.string().nullable(),
});

/** Refills of the last cache level beside the bytes that the model file asks for, a call. */
export const stageTrafficSchema = z.object({
  stage: stageSchema,
  events: z.array(z.string()),
  measured: quantitySchema,
  expected: quantitySchema,
  difference: quantitySchema,
  ratio: quantitySchema,
  ratioToWeights: quantitySchema,
});

export const kernelRooflineSchema = z.object({
  stage: stageSchema,
  name: z.string(),
  shape: z.enum(['GEMM', 'GEMV', 'AMBIGUOUS']).nullable(),
  weightType: z.string().nullable(),
  tensors: z.number().nullable(),
  share: quantitySchema,
  bytesPerCall: quantitySchema,
  operationsPerCall: quantitySchema,
  intensity: quantitySchema,
  achievedBytesPerSecond: quantitySchema,
  achievedOperationsPerSecond: quantitySchema,
});

/** One token of Decode with so many positions before it. */
export const depthSchema = z.object({
  past: z.number(),
  layerBytes: z.number(),
  outputBytes: z.number(),
  embeddingBytes: z.number(),
  cacheReadBytes: z.number(),
  cacheWriteBytes: z.number(),
  bytes: z.number(),
  operations: z.number(),
  intensity: z.number(),
  /** True for positions that Decode of this run passed. */
  isInRun: z.boolean(),
});

export const tensorGroupSchema = z.object({
  name: z.string(),
  type: z.string(),
  role: z.enum(['rows', 'matmul', 'experts', 'output', 'vector', 'unused']),
  tensors: z.number(),
  bytes: z.number(),
  bytesPerToken: z.number(),
  operationsPerToken: z.number(),
  prefillBytesPerCall: z.number().nullable(),
  prefillOperationsPerCall: z.number().nullable(),
  /** False for a type that gemview does not know: it is in no sum. */
  isTypeKnown: z.boolean(),
});

const stageReachSchema = z.object({
  tokensPerSecond: quantitySchema,
  /** Which bound is the lower one; null when one of them is not known. */
  limit: z.enum(['memory', 'arithmetic']).nullable(),
  instruction: z.string(),
  intensity: z.number(),
  ridge: z.number().nullable(),
});

export const reachRowSchema = z.object({
  id: z.string(),
  machine: z.string(),
  /** The machine the run was recorded on. */
  isOwn: z.boolean(),
  bandwidth: sourcedPeakSchema.nullable(),
  note: z.string().nullable(),
  prefill: stageReachSchema,
  decode: stageReachSchema,
});

export const rooflineSchema = z.object({
  /** What the sums leave out or assume for this model. */
  limits: z.array(z.string()),
  settings: z.object({
    microBatch: z.number(),
    microBatchSource: z.string(),
    cacheKey: z.string(),
    cacheValue: z.string(),
    cacheSource: z.string(),
    padding: z.string(),
  }),
  machine: z.object({
    id: z.string().nullable(),
    name: z.string().nullable(),
    /** How the machine is known, or why not. */
    reason: z.string(),
    /** Why no rate of hardware may be told; null for hardware. */
    noHardware: z.string().nullable(),
  }),
  stages: z.object({ prefill: stageRooflineSchema, decode: stageRooflineSchema }),
  traffic: z.array(stageTrafficSchema),
  kernels: z.array(kernelRooflineSchema),
  omittedKernels: z.number(),
  growth: z.object({
    bytesPerPosition: quantitySchema,
    equalsWeightsAt: quantitySchema,
    impliedBandwidth: quantitySchema,
  }),
  depths: z.array(depthSchema),
  tensors: z.array(tensorGroupSchema),
  reach: z.object({
    promptTokens: z.number(),
    threads: z.number().nullable(),
    reason: z.string().nullable(),
    rows: z.array(reachRowSchema),
  }),
});

export type ReportRoofline = z.infer<typeof rooflineSchema>;
export type ReportStageRoofline = z.infer<typeof stageRooflineSchema>;
export type ReportStageTraffic = z.infer<typeof stageTrafficSchema>;
export type ReportDepth = z.infer<typeof depthSchema>;
export type ReportReachRow = z.infer<typeof reachRowSchema>;
