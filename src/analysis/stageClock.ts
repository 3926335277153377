/** How much of a stretch of time belongs to each stage group. */
import { firstRowFrom } from '../llama/stages/activity.ts';
import type { StageTimeline } from '../llama/types.ts';
import { STAGE_GROUPS, stageGroup } from './stageGroups.ts';

export interface StageClock {
  /** Time of each stage group in the run, nanoseconds; of `other` only what lies in a known interval. */
  lengthNs: Float64Array;
  /**
   * Adds the time of each group within [fromNs, toNs) to `into`, one entry a group; what no interval holds goes to
   * `other`. Costs two searches, however many intervals lie between.
   */
  add(fromNs: number, toNs: number, into: Float64Array): void;
  /** Row of STAGE_GROUPS at an instant; `other` outside every interval. */
  groupAt(timeNs: number): number;
  /** The group when one interval, or one gap between intervals, holds all of [fromNs, toNs]; -1 when it is divided. */
  soleGroup(fromNs: number, toNs: number): number;
}

/** Prefix sums over the intervals of a timeline, which are in time order and do not overlap. */
export function stageClock({ intervals }: Pick<StageTimeline, 'intervals'>): StageClock {
  const groups = STAGE_GROUPS.length;
  const other = stageGroup(null);
  const startNs = Float64Array.from(intervals, (interval) => interval.startNs);
  const endNs = Float64Array.from(intervals, (interval) => interval.endNs);
  const group = Uint8Array.from(intervals, (interval) => stageGroup(interval.stage));
  /** Row i: time of each group in the intervals before interval i. */
  const before = new Float64Array((intervals.length + 1) * groups);
  for (let row = 0; row < intervals.length; row++) {
    for (let g = 0; g < groups; g++) before[(row + 1) * groups + g] = before[row * groups + g];
    before[(row + 1) * groups + group[row]] += endNs[row] - startNs[row];
  }
  let recent = 0;
  /** First interval that ends after an instant. Most questions are asked in order of time: the last answer is tried first. */
  const rowAfter = (timeNs: number): number => {
    const isRecent =
      (recent === 0 || endNs[recent - 1] <= timeNs) &&
      (recent === intervals.length || endNs[recent] > timeNs);
    if (!isRecent) {
      recent = firstRowFrom(endNs, timeNs);
      while (recent < intervals.length && endNs[recent] <= timeNs) recent++;
    }
    return recent;
  };
  /** Time of the groups before an instant, with a sign. */
  const accumulate = (timeNs: number, sign: number, into: Float64Array): void => {
    const row = rowAfter(timeNs);
    for (let g = 0; g < groups; g++) into[g] += sign * before[row * groups + g];
    if (row < intervals.length && startNs[row] < timeNs) into[group[row]] += sign * (timeNs - startNs[row]);
  };
  return {
    lengthNs: before.slice(intervals.length * groups),
    add(fromNs, toNs, into) {
      let known = 0;
      for (const value of into) known -= value;
      accumulate(toNs, 1, into);
      accumulate(fromNs, -1, into);
      for (const value of into) known += value;
      into[other] += Math.max(0, toNs - fromNs - known);
    },
    groupAt(timeNs) {
      const row = rowAfter(timeNs);
      return row < intervals.length && startNs[row] <= timeNs ? group[row] : other;
    },
    soleGroup(fromNs, toNs) {
      const row = rowAfter(fromNs);
      if (row === intervals.length || toNs <= startNs[row]) return other;
      return startNs[row] <= fromNs && toNs <= endNs[row] ? group[row] : -1;
    },
  };
}
