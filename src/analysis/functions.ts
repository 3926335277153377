/** Self and total of every function, by stage: whose code ran, and on whose behalf. */
import type { Profile } from '../profile/types.ts';
import type { FunctionTable } from '../symbols/types.ts';
import { STAGE_GROUPS } from './stageGroups.ts';
import type { Weight } from './weight.ts';

/** Sample counts; `self[g][f]` is stage group g, function f. */
export interface FunctionCounts {
  self: Float64Array[];
  total: Float64Array[];
  /** Samples whose instruction pointer could not be placed in any function (no stack, no frame), by group. */
  withoutFunction: number[];
}

/**
 * Counts samples per function. `self` goes to the function that holds the sample's instruction pointer, `total` once to
 * every function of its stack, however often it recurs there.
 *
 * @param groupOfSample stage group (row of STAGE_GROUPS) per row of the sample table
 */
export function countFunctions(
  profile: Profile,
  functions: FunctionTable,
  weight: Weight,
  groupOfSample: Uint8Array,
): FunctionCounts {
  const { stacks, samples } = profile;
  const groups = STAGE_GROUPS.length;
  const makeColumns = (length: number): Float64Array[] => STAGE_GROUPS.map(() => new Float64Array(length));
  const self = makeColumns(functions.functions.length);
  const total = makeColumns(functions.functions.length);
  const withoutFunction = STAGE_GROUPS.map(() => 0);

  // Distinct stacks are far fewer than samples: count by stack first, then walk each stack once.
  const ofStack = makeColumns(stacks.length);
  for (let at = 0; at < weight.rows.length; at++) {
    const row = weight.rows[at];
    const stack = samples.stack[row];
    if (stack < 0) withoutFunction[groupOfSample[row]]++;
    else ofStack[groupOfSample[row]][stack]++;
  }
  const seenIn = new Int32Array(functions.functions.length).fill(-1);
  for (let stack = 0; stack < stacks.length; stack++) {
    let any = 0;
    for (let g = 0; g < groups; g++) any += ofStack[g][stack];
    if (any === 0) continue;
    const leaf = functions.functionOfFrame[stacks.frame[stack]];
    for (let g = 0; g < groups; g++) self[g][leaf] += ofStack[g][stack];
    for (let at = stack; at >= 0; at = stacks.prefix[at]) {
      const index = functions.functionOfFrame[stacks.frame[at]];
      if (seenIn[index] === stack) continue;
      seenIn[index] = stack;
      for (let g = 0; g < groups; g++) total[g][index] += ofStack[g][stack];
    }
  }
  return { self, total, withoutFunction };
}
