/** What every export of samples starts from: stacks of functions, and names that other tools can hold. */
import type { RunAnalysis } from '../analysis/analyseRun.ts';
import { functionStacks } from '../analysis/callTree.ts';
import { STAGE_GROUPS, type StageGroup } from '../analysis/stageGroups.ts';
import type { StackTable } from '../profile/types.ts';
import { printable } from '../report/printable.ts';

/** Makes a text fit to be published: takes out what run.yaml redacts. */
export type PublishText = (text: string) => string;

/** The same for names that another tool shows: nothing in them turns its text around, hides, or steers a terminal. */
export function publishShown(publish: PublishText): PublishText {
  return (text) => printable(publish(text));
}

/** Samples of the weight event as rows of a table of function stacks. */
export interface SampledStacks {
  /** `frame` is a row of the FunctionTable; callers come before callees. */
  table: StackTable;
  /** One entry a sample of the weight event that has a stack, in time order. */
  samples: { stack: Int32Array; group: Uint8Array; row: Int32Array };
  /** `cycles`, as the capture names the event. */
  event: string;
}

/** Null for a run without samples. */
export function sampledStacks(analysis: RunAnalysis): SampledStacks | null {
  const { profile, functions, weight, attribution } = analysis;
  if (weight === null) return null;
  const { table, nodeOfStack } = functionStacks(profile, functions);
  const rows = weight.rows.filter((row) => profile.samples.stack[row] >= 0);
  return {
    table,
    samples: {
      stack: rows.map((row) => nodeOfStack[profile.samples.stack[row]]),
      group: Uint8Array.from(rows, (row) => attribution.group[row]),
      row: rows,
    },
    event: weight.name,
  };
}

/** Samples of each stack in one stage, or in all of them. */
export function samplesOfStacks({ table, samples }: SampledStacks, stage: StageGroup | null): Float64Array {
  const counts = new Float64Array(table.length);
  const wanted = stage === null ? null : STAGE_GROUPS.indexOf(stage);
  samples.stack.forEach((stack, sample) => {
    if (wanted === null || samples.group[sample] === wanted) counts[stack]++;
  });
  return counts;
}

/** Frames of a stack, root first, as rows of the FunctionTable. */
export function framesOfStack(table: StackTable, stack: number): number[] {
  const frames: number[] = [];
  for (let row = stack; row >= 0; row = table.prefix[row]) frames.push(table.frame[row]);
  return frames.reverse();
}

/** Last part of an image's path: `libggml-cpu.so`. */
export function imageName(image: string): string {
  return image.slice(image.lastIndexOf('/') + 1) || image;
}
