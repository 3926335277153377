/** The call tree: stacks of functions instead of addresses, with self and total per stage. */
import { StackInterner } from '../profile/interning.ts';
import type { Profile, StackTable } from '../profile/types.ts';
import type { FunctionTable } from '../symbols/types.ts';
import { STAGE_GROUPS } from './stageGroups.ts';
import type { Weight } from './weight.ts';

/** Nodes in an order where parents come first; counts are samples, `self[g][node]` for stage group g. */
export interface CallTree {
  length: number;
  parent: Int32Array;
  /** Row of the FunctionTable. */
  function: Int32Array;
  self: Float64Array[];
  total: Float64Array[];
  /** Node of each row of the profile's stacks. */
  nodeOfStack: Int32Array;
}

/** The call tree of an event's samples. @param groupOfSample stage group per row of the sample table */
export function buildCallTree(
  profile: Profile,
  functions: FunctionTable,
  weight: Weight,
  groupOfSample: Uint8Array,
): CallTree {
  const { samples } = profile;
  const { table, nodeOfStack } = functionStacks(profile, functions);
  const self = STAGE_GROUPS.map(() => new Float64Array(table.length));
  for (let at = 0; at < weight.rows.length; at++) {
    const row = weight.rows[at];
    const stack = samples.stack[row];
    if (stack >= 0) self[groupOfSample[row]][nodeOfStack[stack]]++;
  }
  const total = self.map((column) => {
    const sums = Float64Array.from(column);
    for (let node = table.length - 1; node >= 0; node--) {
      if (table.prefix[node] >= 0) sums[table.prefix[node]] += sums[node];
    }
    return sums;
  });
  return { length: table.length, parent: table.prefix, function: table.frame, self, total, nodeOfStack };
}

/** Stacks of functions: `table.frame` is a row of the FunctionTable, `nodeOfStack` the row of `table` for each stack. */
export function functionStacks(
  { stacks }: Pick<Profile, 'stacks'>,
  { functionOfFrame }: Pick<FunctionTable, 'functionOfFrame'>,
): { table: StackTable; nodeOfStack: Int32Array } {
  const nodes = new StackInterner();
  const nodeOfStack = new Int32Array(stacks.length);
  for (let stack = 0; stack < stacks.length; stack++) {
    const prefix = stacks.prefix[stack];
    nodeOfStack[stack] = nodes.intern(
      prefix < 0 ? -1 : nodeOfStack[prefix],
      functionOfFrame[stacks.frame[stack]],
    );
  }
  return { table: nodes.finish(), nodeOfStack };
}
