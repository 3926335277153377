/** Every chart of the site, in the order of the chapters: pages, chart addresses and embeds share this list. */
import type { ChapterId } from '../report/chapters.ts';
import type { Report } from '../report/schema.ts';
import type { ChartDefinition } from './chart.ts';

export const CHARTS: readonly ChartDefinition[] = [];

/** A chart by its id; throws for an id that is no chart. */
export function chartById(id: string): ChartDefinition {
  const chart = CHARTS.find((candidate) => candidate.id === id);
  if (!chart) throw new Error(`no chart '${id}'`);
  return chart;
}

/** Charts that can be drawn from this report. */
export function availableCharts(report: Report): ChartDefinition[] {
  return CHARTS.filter((chart) => chart.missing(report) === null);
}

/** Charts of one chapter, whether they can be drawn or not. */
export function chartsOfChapter(chapter: ChapterId): ChartDefinition[] {
  return CHARTS.filter((chart) => chart.chapter === chapter);
}
