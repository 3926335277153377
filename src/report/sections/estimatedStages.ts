/** Stages guessed from kernels, and what the guess is worth. */
import type { RunAnalysis } from '../../analysis/analyseRun.ts';
import { formatShare } from '../../analysis/format.ts';
import type { EstimateScore } from '../../analysis/estimatedStages.ts';
import { seconds, significant } from '../round.ts';
import type { ReportEstimatedStages } from '../schema/operators.ts';

export function estimatedStagesSection({ estimatedStages, timeline }: RunAnalysis): ReportEstimatedStages {
  const { phases, reason, basis, score } = estimatedStages;
  return {
    phases: phases.map(({ stage, name, startNs, endNs, samples }) => ({
      stage,
      name,
      startS: seconds(startNs),
      endS: seconds(endNs),
      samples,
    })),
    reason,
    basis,
    score: score && scoreSection(score, timeline.source ?? 'markers'),
  };
}

function scoreSection(score: EstimateScore, source: string): ReportEstimatedStages['score'] {
  if (score.callNs <= 0 || score.samples === 0) return null;
  const ofOutside =
    score.outside === 0
      ? ''
      : ` ${formatShare(score.outsideAgreeing, score.outside)} of ${score.outside.toLocaleString('en-US')} samples outside of calls are left out of both stages.`;
  return {
    ofCallTime: significant(score.agreeingNs / score.callNs, 5),
    ofCallSamples: significant(score.agreeing / score.samples, 5),
    callSamples: score.samples,
    ofOutsideSamples: score.outside === 0 ? null : significant(score.outsideAgreeing / score.outside, 5),
    outsideSamples: score.outside,
    sentence: `On this run the guess from kernels agrees with the ${source} for ${formatShare(score.agreeingNs, score.callNs)} of the time of Prefill and Decode calls (${formatShare(score.agreeing, score.samples)} of ${score.samples.toLocaleString('en-US')} samples).${ofOutside}`,
  };
}
