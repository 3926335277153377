/** Every chart of the site, in the order of the chapters: pages, chart addresses and embeds share this list. */
import type { Report } from '../report/schema.ts';
import type { ChartDefinition } from './chart.ts';
import { contextBytesChart } from './contextBytes/contextBytesChart.ts';
import { counterComparisonChart } from './counterComparison/counterComparisonChart.ts';
import { flameGraphCharts } from './flameGraph/flameGraphCharts.ts';
import { coreMapChart } from './coreMap/coreMapChart.ts';
import { functionBarsChart } from './functionBars/functionBarsChart.ts';
import { kernelCoverageChart } from './kernelCoverage/kernelCoverageChart.ts';
import { contextGrowthChart } from './metrics/contextGrowthChart.ts';
import { metricCharts } from './metrics/metricCharts.ts';
import { operatorLanesChart } from './operatorLanes/operatorLanesChart.ts';
import { operatorSharesChart } from './operatorShares/operatorSharesChart.ts';
import { ratesChart } from './rates/ratesChart.ts';
import { rooflineChart } from './roofline/rooflineChart.ts';
import { stageSplitChart } from './stageSplit/stageSplitChart.ts';
import { threadWorkChart } from './threadWork/threadWorkChart.ts';
import { tokenLatencyChart } from './tokenLatency/tokenLatencyChart.ts';
import { tokenStripChart } from './tokenStrip/tokenStripChart.ts';
import {
  counterTracksChart,
  metricTracksChart,
  spanTracksChart,
  threadTracksChart,
} from './tracks/trackCharts.ts';

export const CHARTS: readonly ChartDefinition[] = [
  stageSplitChart,
  ratesChart,
  tokenStripChart,
  tokenLatencyChart,
  counterTracksChart,
  metricTracksChart,
  threadTracksChart,
  spanTracksChart,
  ...metricCharts,
  contextGrowthChart,
  counterComparisonChart,
  ...flameGraphCharts,
  functionBarsChart,
  operatorSharesChart,
  kernelCoverageChart,
  rooflineChart,
  contextBytesChart,
  operatorLanesChart,
  threadWorkChart,
  coreMapChart,
];

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
