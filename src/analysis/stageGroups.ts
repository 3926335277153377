/** The columns of tables that tell stages apart: load, prefill, decode, and everything else together. */
import type { Stage } from '../llama/types.ts';

export const STAGE_GROUPS = ['load', 'prefill', 'decode', 'other'] as const;
export type StageGroup = (typeof STAGE_GROUPS)[number];

/** Row of {@link STAGE_GROUPS} for a stage; what lies outside every stage is `other`. */
export function stageGroup(stage: Stage | null): number {
  const group = stage === null ? -1 : STAGE_GROUPS.indexOf(stage as StageGroup);
  return group < 0 ? STAGE_GROUPS.indexOf('other') : group;
}

/** Counts by stage group, with their sum. */
export interface GroupCounts {
  all: number;
  load: number;
  prefill: number;
  decode: number;
  other: number;
}

/** Counts of one row out of a column per group. */
export function groupCounts(columns: readonly ArrayLike<number>[], row: number): GroupCounts {
  const [load, prefill, decode, other] = columns.map((column) => column[row]);
  return { all: load + prefill + decode + other, load, prefill, decode, other };
}
