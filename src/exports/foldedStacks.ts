/**
 * Folded stacks, one line a call path: `root;caller;leaf COUNT`, the input of flamegraph.pl, inferno, speedscope and others.
 * Kernel functions carry `_[k]` as `stackcollapse-perf.pl --kernel` writes it.
 */
import type { RunAnalysis } from '../analysis/analyseRun.ts';
import type { StageGroup } from '../analysis/stageGroups.ts';
import { printable } from '../report/printable.ts';
import { framesOfStack, sampledStacks, samplesOfStacks, type PublishText } from './sampledStacks.ts';

/** Characters that end a frame or a line. */
// oxlint-disable-next-line no-control-regex -- control characters are what must go
const SEPARATORS = /[;\u0000-\u001f\u007f\u2028\u2029]+/g;

/**
 * @param stage samples of one stage only; null for all
 * @returns lines in order of their text; empty for a run without samples
 */
export function foldedStacks(analysis: RunAnalysis, stage: StageGroup | null, publish: PublishText): string {
  const stacks = sampledStacks(analysis);
  if (stacks === null) return '';
  const names = analysis.functions.functions.map(
    ({ name, isKernel }) =>
      `${printable(publish(name).replaceAll(SEPARATORS, ':')) || '[unknown]'}${isKernel ? '_[k]' : ''}`,
  );
  const lines: string[] = [];
  samplesOfStacks(stacks, stage).forEach((count, stack) => {
    if (count === 0) return;
    const path = framesOfStack(stacks.table, stack).map((index) => names[index]);
    lines.push(`${path.join(';')} ${count}`);
  });
  return lines
    .sort()
    .map((line) => `${line}\n`)
    .join('');
}
