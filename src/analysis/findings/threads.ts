/** How much the threads of a stage wait for each other. */
import { weightsElsewhere } from '../otherDevices.ts';
import { finding, name, say, value, type Finding } from './finding.ts';
import { IMPORTANCE } from './importance.ts';
import {
  COMPUTE_STAGES,
  LEAST_STAGE_SAMPLES,
  STAGE_TITLE,
  type FindingInput,
  type StageView,
} from './input.ts';

/** Waiting above this share comes early in the list. */
const LARGE_PERCENT = 15;
/** Waiting below this share is no finding. */
const LEAST_PERCENT = 1;

export function syncShare(input: FindingInput): Finding[] {
  return COMPUTE_STAGES.flatMap((stage) => waitingIn(input, input.stages[stage]));
}

function waitingIn({ run }: FindingInput, view: StageView): Finding[] {
  const threads = run.threadUse?.stages.find(({ stage }) => stage === view.stage);
  const share = threads?.syncShare.value ?? null;
  if (!threads || share === null || share < LEAST_PERCENT || view.samples.length < LEAST_STAGE_SAMPLES)
    return [];
  // They wait for the other device as well.
  if (weightsElsewhere(run.profile) !== null) return [];
  return finding(
    {
      id: `sync-share-${view.stage}`,
      kind: 'threads',
      importance: share >= LARGE_PERCENT ? IMPORTANCE.syncLarge : IMPORTANCE.sync,
      evidence: { chart: 'thread-work', chapter: 'threads', selection: { stage: view.stage } },
    },
    say`The threads of ${name(STAGE_TITLE[view.stage])} wait for each other in ${value('share', threads.syncShare)} of their samples.`,
    [value('imbalance', threads.imbalance)],
  );
}
