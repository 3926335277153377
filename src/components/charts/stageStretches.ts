/** Where a stage is one stretch of time, so that one button can show it. */
import type { ReportStage, ReportTimeline } from '../../report/schema.ts';

export interface StageStretch {
  stage: ReportStage;
  startS: number;
  endS: number;
}

/** Load, Prefill and Decode where they follow each other once; those that come in turns are left out. */
export function stretches({ bands }: Pick<ReportTimeline, 'bands'>): StageStretch[] {
  const order = bands.filter(({ stage }) => stage === 'load' || stage === 'prefill' || stage === 'decode');
  const found: (StageStretch & { isInTurns: boolean })[] = [];
  order.forEach(({ stage, startS, endS }, index) => {
    const same = found.find((stretch) => stretch.stage === stage);
    if (!same) {
      found.push({ stage, startS, endS, isInTurns: false });
      return;
    }
    same.isInTurns ||= order[index - 1].stage !== stage;
    same.endS = Math.max(same.endS, endS);
  });
  return found
    .filter(({ isInTurns }) => !isInTurns)
    .map(({ stage, startS, endS }) => ({ stage, startS, endS }));
}
