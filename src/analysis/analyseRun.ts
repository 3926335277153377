/** Everything that is known about one run: the functions of this folder applied to its Profile, once. */
import type { Profile, Warning } from '../profile/types.ts';
import type { FunctionTable } from '../symbols/types.ts';
import type { StageTimeline, Stage } from '../llama/types.ts';
import type { CallTree } from './callTree.ts';
import type { FunctionCounts } from './functions.ts';
import type { Quantity } from './quantity.ts';
import type { GroupCounts } from './stageGroups.ts';
import type { Weight } from './weight.ts';

/** What the name of a function says about the kernel it is. */
export interface KernelFacts {
  category: string | null;
  operator: string | null;
  shape: 'GEMM' | 'GEMV' | 'AMBIGUOUS' | null;
  words: string | null;
}

/** Totals of one counter; all null for a counter that has no usable value (its `unavailable` says why). */
export interface CounterTotals {
  total: number | null;
  /** CPU number → total; empty when readings carry no CPU. */
  byCpu: Map<string, number>;
  /** One value per phase of the timeline; null without stages. */
  byPhase: Float64Array | null;
  /** One value per token; null without stages. */
  byToken: Float64Array | null;
  /** Share of the total whose reading crossed a phase boundary and was split in proportion to time, 0…1. */
  splitShare: number;
}

/** A channel of annotations, summed over threads. */
export interface SpanChannelTotals {
  group: string;
  channel: number;
  name: string;
  count: number;
  totalNs: number;
  prefillNs: number | null;
  decodeNs: number | null;
  /** Rows of profile.spanChannels. */
  rows: number[];
}

/** A timing or a rate of the run; `stage` null when it is of the run as a whole. */
export interface StageMetric {
  id: string;
  label: string;
  stage: Stage | null;
  quantity: Quantity;
  /** Shown at the top of the Overview. */
  isHeadline: boolean;
}

/** llama.cpp's own number beside the one from the capture. */
export interface LogCheck {
  name: string;
  fromLog: Quantity;
  fromCapture: Quantity;
  /** Null when one of the two is not known. */
  agrees: boolean | null;
  sentence: string;
}

export interface RunAnalysis {
  profile: Profile;
  functions: FunctionTable;
  timeline: StageTimeline;
  weight: Weight | null;
  functionCounts: FunctionCounts | null;
  callTree: CallTree | null;
  kernelOf: (functionIndex: number) => KernelFacts;
  /** First to last counted sample. */
  durationNs: number | null;
  samplesWithStack: number;
  /** From the first to the last thing that has a time; null when nothing has. */
  extent: { startNs: number; endNs: number } | null;
  /** One row per counter of the profile. */
  counterTotals: CounterTotals[];
  /** Samples of all events per phase of the timeline. */
  phaseSamples: number[];
  /** Samples of the weight event per token. */
  tokenSamples: number[];
  /** Milliseconds from each decode call to the next of its turn, idle removed; null where there is none. */
  tokenLatencyMs: (number | null)[];
  /** Threads with samples, most first. */
  threadRows: { thread: number; counts: GroupCounts; switches: number | null }[];
  spanChannels: SpanChannelTotals[];
  stageMetrics: StageMetric[];
  logChecks: LogCheck[];
  /** The profile's warnings and those of the analysis. */
  warnings: Warning[];
}
