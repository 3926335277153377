/** The charts whose horizontal axis is the run's time: they draw any part of it. */
import type { ChartDefinition } from './chart.ts';
import { tokenStripChart } from './tokenStrip/tokenStripChart.ts';
import {
  counterTracksChart,
  metricTracksChart,
  spanTracksChart,
  threadTracksChart,
} from './tracks/trackCharts.ts';

export const TIME_CHARTS: readonly ChartDefinition[] = [
  tokenStripChart,
  counterTracksChart,
  metricTracksChart,
  threadTracksChart,
  spanTracksChart,
];

/** True for a chart that draws any part of the run's time. */
export function isTimeChart(id: string): boolean {
  return TIME_CHARTS.some((chart) => chart.id === id);
}
