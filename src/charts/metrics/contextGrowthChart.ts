/** A metric of decode calls over their position in the context, with the fitted line where there is one. */
import * as Plot from '@observablehq/plot';
import type { Report } from '../../report/schema.ts';
import type { ReportTokenMetric } from '../../report/schema/metrics.ts';
import type { ChartDefinition, ChartWords, DrawOptions } from '../chart.ts';
import { formatPlural, formatText, formatValue } from '../format.ts';
import { PICTURE_WIDTH } from '../layout.ts';
import { plotMarkup } from '../postprocess.ts';
import { median } from '../statistics.ts';
import { colour } from '../svg.ts';
import { latencyGroups } from '../tokenLatency/tokenLatencyState.ts';

const HEIGHT = { wide: 280, narrow: 230 };
/** More single points than these are drawn as median and band. */
const MOST_POINTS = { wide: 600, narrow: 250 };
const GROUPS = { wide: 240, narrow: 90 };
/** Growth shows in what memory does first; the first of these that the run has is drawn. */
const PREFERRED = ['refill-bytes-per-call', 'memory-stalled', 'backend-stalled', 'ipc'];

interface Growth {
  metric: ReportTokenMetric;
  core: string | null;
  points: { position: number; value: number }[];
}

export const contextGrowthChart: ChartDefinition = {
  id: 'context-growth',
  chapter: 'prefill-decode',

  missing(report) {
    if (growthOf(report)) return null;
    return report.stages.reason ?? 'Counters were not read often enough to tell decode calls apart.';
  },

  words(report) {
    return words(growthOf(report)!);
  },

  draw(report, options) {
    return draw(growthOf(report)!, options);
  },

  table(report) {
    const { metric, points } = growthOf(report)!;
    return {
      columns: [
        { id: 'position', label: 'Position', unit: null, kind: 'number' },
        { id: 'value', label: metric.label, unit: metric.unit, kind: 'number' },
      ],
      rows: points.map(({ position, value }) => [position, value]),
    };
  },
};

function growthOf({ metrics, tokens }: Report): Growth | null {
  for (const id of PREFERRED) {
    for (const { core, tokens: columns } of metrics.coreTypes) {
      const metric = columns.find((column) => column.id === id);
      const points = (metric?.values ?? []).flatMap((value, row) => {
        const position = tokens.past[row];
        return value !== null && position !== null && position !== undefined && tokens.stage[row] === 'decode'
          ? [{ position, value }]
          : [];
      });
      if (metric && points.length > 1)
        return { metric, core: metrics.coreTypes.length > 1 ? core : null, points };
    }
  }
  return null;
}

function words({ metric, core, points }: Growth): ChartWords {
  const { growth, unit } = metric;
  const values = points.map(({ value }) => value);
  const positions = points.map(({ position }) => position);
  const on = core === null ? '' : ` on ${core}`;
  const slope = growth && `${formatText(Math.abs(growth.slope), unit)} per position`;
  const isCertain = growth !== null && growth.slopeInterval[0] * growth.slopeInterval[1] > 0;
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const ends = [low, high].map((end) => formatText(end, unit));
  const range = ends[0] === ends[1] ? ends[0] : ends.join(' to ');
  return {
    title: isCertain
      ? `${metric.label}: ${growth.slope > 0 ? 'grows' : 'falls'} ${slope}${on}`
      : `${metric.label}: ${range} at positions ${Math.min(...extent(positions))} to ${Math.max(...extent(positions))}${on}`,
    subtitle: `${formatValue(low, unit).unit || 'Ratio'} of each decode call, by tokens before the call; the axis starts at zero`,
    description: `${formatPlural(points.length, 'decode call')}; ${range}, median ${formatText(median(values)!, unit)}.${slope ? ` Fitted slope ${slope}.` : ''}`,
    how: [
      `${metric.label}: ${metric.formula}, of each call.`,
      growth
        ? `The line is a least-squares fit over positions ${growth.fromPast} to ${growth.toPast}; the interval of its slope is ${formatText(growth.slopeInterval[0], unit)} to ${formatText(growth.slopeInterval[1], unit)} per position.`
        : `No line is fitted: ${metric.growthReason ?? 'growth is not known'}.`,
      'A reading that crosses the end of a call is split in proportion to time.',
    ],
  };
}

function extent(values: readonly number[]): [number, number] {
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

function draw({ metric, points }: Growth, { size, document }: DrawOptions): string {
  const { growth, unit } = metric;
  const stage = colour('stage-decode');
  const ink = colour('ink');
  const [from, to] = extent(points.map(({ position }) => position));
  const [, high] = extent(points.map(({ value }) => value));
  const fit = growth
    ? [growth.fromPast, growth.toPast].map((position) => ({
        position,
        value: growth.intercept + growth.slope * position,
      }))
    : [];
  const isDense = points.length > MOST_POINTS[size];
  const groups = isDense
    ? latencyGroups(
        points.map(({ position, value }) => ({ position, latencyMs: value, notes: [] })),
        GROUPS[size],
      )
    : [];
  return plotMarkup(
    Plot.plot({
      document,
      width: PICTURE_WIDTH[size],
      height: HEIGHT[size],
      marginTop: 24,
      marginLeft: 64,
      marginRight: size === 'wide' ? 24 : 12,
      marginBottom: 40,
      x: {
        label: 'tokens before the call',
        domain: from === to ? [from - 1, to + 1] : [from, to],
        nice: false,
        ticks: size === 'wide' ? 8 : 4,
        tickFormat: (value: number) => (Number.isInteger(value) ? value.toLocaleString('en-US') : ''),
      },
      y: {
        label: null,
        domain: [0, high === 0 ? 1 : high * 1.12],
        grid: true,
        ticks: 5,
        tickFormat: (value: number) => formatText(value, unit.split('/')[0]),
      },
      marks: [
        isDense
          ? [
              Plot.areaY(groups, { x: 'position', y1: 'low', y2: 'high', fill: stage, fillOpacity: 0.25 }),
              Plot.lineY(groups, { x: 'position', y: 'middle', stroke: stage, strokeWidth: 1.75 }),
            ]
          : Plot.dot(points, { x: 'position', y: 'value', r: points.length > 150 ? 2 : 3.5, fill: stage }),
        growth ? Plot.line(fit, { x: 'position', y: 'value', stroke: ink, strokeWidth: 1.5 }) : [],
        growth
          ? Plot.text([fit[1]], {
              x: 'position',
              y: 'value',
              text: () => `fit: ${formatText(growth.slope, unit)} per position`,
              textAnchor: 'end',
              dy: 28,
              fill: ink,
              fontSize: 12,
              className: 'halo',
            })
          : [],
      ],
    }),
  );
}
