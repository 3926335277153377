/** What the core waits for, where it was counted on hardware: the memory share of backend stalls, stage by stage. */
import { timeIsHardwareTime } from '../origin.ts';
import type { Quantity } from '../quantity.ts';
import { metricOfStage } from '../selectionMetrics.ts';
import { enumeration, finding, name, say, value, type Finding, type Sentence } from './finding.ts';
import { IMPORTANCE } from './importance.ts';
import { COMPUTE_STAGES, STAGE_TITLE, type ComputeStage, type FindingInput } from './input.ts';

/** Emulators count no stalls: their zeros are no measurement. */
export function stallSplit(input: FindingInput): Finding[] {
  if (!timeIsHardwareTime(input.run.profile)) return [];
  return [...memoryShare(input), ...stalledCycles(input)];
}

function memoryShare(input: FindingInput): Finding[] {
  const parts = COMPUTE_STAGES.flatMap((stage): Sentence[] => {
    const share = stageMetric(input, stage, 'memory-stall-share');
    const part = say`${value(`${STAGE_TITLE[stage]}: memory share`, share)} of ${name(STAGE_TITLE[stage])}’s`;
    return part ? [part] : [];
  });
  if (parts.length === 0) return [];
  return finding(
    {
      id: 'stall-split',
      kind: 'stalls',
      importance: IMPORTANCE.stallSplit,
      evidence: { chart: null, chapter: 'prefill-decode', selection: {} },
    },
    say`Memory holds up ${enumeration(parts)} backend stall cycles.`,
  );
}

function stalledCycles(input: FindingInput): Finding[] {
  const parts = COMPUTE_STAGES.flatMap((stage): Sentence[] => {
    const share = stageMetric(input, stage, 'backend-stalled');
    const part = say`${value(`${STAGE_TITLE[stage]}: backend stalls`, share)} of ${name(STAGE_TITLE[stage])}’s`;
    return part ? [part] : [];
  });
  if (parts.length === 0) return [];
  const frontEnd = COMPUTE_STAGES.map((stage) =>
    value(`${STAGE_TITLE[stage]}: front-end stalls`, stageMetric(input, stage, 'frontend-stalled')),
  );
  return finding(
    {
      id: 'stalled-cycles',
      kind: 'stalls',
      importance: IMPORTANCE.stallSplit - 1,
      evidence: { chart: null, chapter: 'prefill-decode', selection: {} },
    },
    say`The back end stalls in ${enumeration(parts)} cycles.`,
    frontEnd,
  );
}

/** A metric over one stage; unknown on a run with several types of core, whose ratios are not mixed. */
function stageMetric({ run }: FindingInput, stage: ComputeStage, id: string): Quantity {
  return metricOfStage(run.metrics, id, stage);
}
