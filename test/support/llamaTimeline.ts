import { callsOf } from '../../src/llama/calls.ts';
import { stageTimeline, type StageOptions } from '../../src/llama/stages.ts';
import { llamaStacks } from '../../src/llama/stages/stackMarks.ts';
import type { StageTimeline } from '../../src/llama/types.ts';
import { functionsOfRun, runFromText, type RunOptions } from './llamaRun.ts';

/** The stages of a drawn run (see {@link runFromText}); `names: false` for a run without function names. */
export function timelineFromText(
  drawing: string,
  options: RunOptions & StageOptions & { names?: boolean } = {},
): StageTimeline {
  const profile = runFromText(drawing, options);
  const stacks = options.names === false ? null : llamaStacks(profile, functionsOfRun(profile));
  const calls = callsOf(profile, stacks ? { isInsideDecode: stacks.isInsideDecode } : {});
  return stageTimeline(profile, calls, { ...options, stacks });
}
