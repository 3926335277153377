/** Bands of stages as they are drawn: where there are more than a picture can show, columns of the stage that fills them. */
import type { Report, ReportStage, ReportTimeline } from '../report/schema.ts';

export type Band = ReportTimeline['bands'][number];

/** Bands of stages guessed from kernels, for a report whose stages nothing else tells; empty for all others. */
export function estimatedBands({ stages }: Pick<Report, 'stages'>): Band[] {
  if (stages.source !== null) return [];
  return stages.estimated.phases.map(({ stage, name, startS, endS }) => ({
    stage,
    startS,
    endS,
    label: name,
  }));
}

/** Bands up to this number are drawn one by one. */
const MOST_BANDS = 300;

/** The bands themselves, or at most `columns` merged ones that cover the same time. */
export function drawnBands(
  timeline: Pick<ReportTimeline, 'bands' | 'startS' | 'endS'>,
  columns: number,
): Band[] {
  if (timeline.bands.length <= MOST_BANDS) return timeline.bands;
  const width = (timeline.endS - timeline.startS) / columns;
  const seconds = Array.from({ length: columns }, () => new Map<ReportStage, number>());
  for (const { stage, startS, endS } of timeline.bands) {
    const first = Math.max(0, Math.floor((startS - timeline.startS) / width));
    const last = Math.min(columns - 1, Math.floor((endS - timeline.startS) / width));
    for (let column = first; column <= last; column++) {
      const from = timeline.startS + column * width;
      const overlap = Math.min(endS, from + width) - Math.max(startS, from);
      if (overlap > 0) seconds[column].set(stage, (seconds[column].get(stage) ?? 0) + overlap);
    }
  }
  const merged: Band[] = [];
  seconds.forEach((stages, column) => {
    const [stage] = [...stages].toSorted((a, b) => b[1] - a[1])[0] ?? [];
    if (stage === undefined) return;
    const startS = timeline.startS + column * width;
    const last = merged.at(-1);
    if (last && last.stage === stage && startS - last.endS < width / 2) last.endS = startS + width;
    else merged.push({ stage, startS, endS: startS + width, label: stage });
  });
  return merged;
}
