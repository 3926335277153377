/** Decode latency over position in the context, with the fitted line where growth is known. */
import * as Plot from '@observablehq/plot';
import type { Report } from '../../report/schema.ts';
import type { ChartDefinition, ChartWords, DrawOptions } from '../chart.ts';
import { formatPlural, formatText } from '../format.ts';
import { PICTURE_WIDTH } from '../layout.ts';
import { plotMarkup } from '../postprocess.ts';
import { ofTime } from '../runTime.ts';
import { quantile } from '../statistics.ts';
import { colour } from '../svg.ts';
import {
  latencyGroups,
  tokenLatencyState,
  type LatencyPoint,
  type TokenLatencyState,
} from './tokenLatencyState.ts';

const HEIGHT = { wide: 300, narrow: 240 };
/** More single points than these are drawn as median and band. */
const MOST_POINTS = { wide: 600, narrow: 250 };
const GROUPS = { wide: 240, narrow: 90 };
/** The axis starts at zero unless the values lie in less than this part of it. */
const ZERO_BELOW = 0.55;
/** A latency of so many times the 98th percentile does not stretch the axis. */
const FAR_ABOVE = 1.4;
/** So many of the values above the axis are labelled. */
const LABELLED_ABOVE = 3;

export const tokenLatencyChart: ChartDefinition = {
  id: 'token-latency',
  chapter: 'timeline',

  missing(report) {
    if (tokenLatencyState(report)) return null;
    return report.stages.reason ?? 'No decode token has a following one, so no latency is known.';
  },

  words(report) {
    return words(report, tokenLatencyState(report)!);
  },

  draw(report, options) {
    return draw(tokenLatencyState(report)!, options);
  },

  table(report) {
    const { points, positionIsKnown } = tokenLatencyState(report)!;
    return {
      columns: [
        { id: 'position', label: positionIsKnown ? 'Position' : 'Call', unit: null, kind: 'number' },
        { id: 'latency', label: 'Latency', unit: 'ms', kind: 'number' },
        { id: 'notes', label: 'Notes', unit: null, kind: 'text' },
      ],
      rows: points.map((point) => [point.position, point.latencyMs, point.notes.join(', ')]),
    };
  },
};

function words(report: Report, state: TokenLatencyState): ChartWords {
  const { points, growth, growthIsCertain, medianMs, largest, positionIsKnown } = state;
  const slope = growth && `${formatText(Math.abs(growth.slopeMsPerPosition), 'ms')} per position`;
  const title =
    growth && growthIsCertain
      ? `Token latency ${growth.slopeMsPerPosition > 0 ? 'grows' : 'falls'} ${slope}`
      : points.length === 1
        ? `One decode token takes ${formatText(medianMs, 'ms')}${ofTime(report)}`
        : `A decode token takes ${formatText(medianMs, 'ms')}${ofTime(report)} in the median, ${formatText(largest.latencyMs, 'ms')} at most`;
  const domain = latencyDomain(state);
  const start = domain[0] === 0 ? 'from zero' : `from ${formatText(domain[0], 'ms')}, not from zero`;
  const above = points.filter((point) => point.latencyMs > domain[1]).length;
  const clipped = above === 0 ? '' : `; ${formatPlural(above, 'token')} above the axis marked at its top`;
  return {
    title,
    subtitle: `Milliseconds${ofTime(report)} to the next decode call, by ${positionIsKnown ? 'tokens before the call' : 'number of the call'}; axis ${start}${clipped}`,
    description: `${formatPlural(points.length, 'decode token')}; median ${formatText(medianMs, 'ms')}, largest ${formatText(largest.latencyMs, 'ms')} at ${largest.position}.${growth ? ` Fitted slope ${slope}.` : ''}`,
    how: [
      'Latency is the time from one decode call to the next of the same turn, idle time removed.',
      growth
        ? `The line is a least-squares fit over positions ${growth.fromPast} to ${growth.toPast}${
            growth.slopeInterval
              ? `; the interval of its slope is ${formatText(growth.slopeInterval[0], 'ms')} to ${formatText(growth.slopeInterval[1], 'ms')} per position`
              : ''
          }.`
        : `No line is fitted: ${growthReason(report)}.`,
    ],
  };
}

function growthReason(report: Report): string {
  const metric = report.stages.metrics.find((candidate) => candidate.id.includes('growth'));
  return metric?.quantity.reason ?? 'the growth with context is not known';
}

/**
 * From zero, or just around the values where they are close together: a slope would not be seen otherwise. Single values
 * far above the others do not stretch the axis: they are marked at its top.
 */
function latencyDomain({ points, largest }: TokenLatencyState): [number, number] {
  const latencies = points.map((point) => point.latencyMs);
  const usual = quantile(latencies, 0.98)!;
  const high = largest.latencyMs > FAR_ABOVE * usual ? usual * 1.05 : largest.latencyMs;
  const low = quantile(latencies, 0)!;
  if (low < ZERO_BELOW * high || points.length < 3) return [0, high * 1.08];
  const margin = Math.max((high - low) * 0.25, high * 0.01);
  return [Number((low - margin).toPrecision(3)), high + margin];
}

function draw(state: TokenLatencyState, { size, document }: DrawOptions): string {
  const { growth, medianMs, positionIsKnown } = state;
  const domain = latencyDomain(state);
  const points = state.points.filter((point) => point.latencyMs <= domain[1]);
  const above = state.points.filter((point) => point.latencyMs > domain[1]);
  const isDense = points.length > MOST_POINTS[size];
  const groups = isDense ? latencyGroups(points, GROUPS[size]) : [];
  const fit = growth
    ? [growth.fromPast, growth.toPast].map((position) => ({
        position,
        latencyMs: growth.interceptMs + growth.slopeMsPerPosition * position,
      }))
    : [];
  const stage = colour('stage-decode');
  const ink = colour('ink');
  const positions = state.points.map((point) => point.position);
  const from = positions.reduce((a, b) => Math.min(a, b));
  const to = positions.reduce((a, b) => Math.max(a, b));
  const svg = Plot.plot({
    document,
    width: PICTURE_WIDTH[size],
    height: HEIGHT[size],
    marginTop: 24,
    marginLeft: 48,
    marginRight: size === 'wide' ? 24 : 12,
    marginBottom: 40,
    x: {
      label: positionIsKnown ? 'tokens before the call' : 'call',
      domain: from === to ? [from - 1, to + 1] : [from, to],
      nice: false,
      ticks: size === 'wide' ? 8 : 4,
      tickFormat: (value: number) => (Number.isInteger(value) ? value.toLocaleString('en-US') : ''),
    },
    y: { label: 'ms', domain, grid: true, ticks: 5 },
    marks: [
      isDense
        ? [
            Plot.areaY(groups, { x: 'position', y1: 'low', y2: 'high', fill: stage, fillOpacity: 0.25 }),
            Plot.lineY(groups, { x: 'position', y: 'middle', stroke: stage, strokeWidth: 1.75 }),
          ]
        : Plot.dot(points, { x: 'position', y: 'latencyMs', r: points.length > 150 ? 2 : 3.5, fill: stage }),
      growth
        ? Plot.line(fit, { x: 'position', y: 'latencyMs', stroke: ink, strokeWidth: 1.5 })
        : Plot.ruleY([medianMs], { stroke: ink, strokeWidth: 1, strokeDasharray: '4 3' }),
      Plot.text(
        [
          growth
            ? {
                position: growth.toPast,
                latencyMs: fit[1].latencyMs,
                text: `fit: ${formatText(growth.slopeMsPerPosition, 'ms')} per position`,
              }
            : { position: to, latencyMs: medianMs, text: `median ${formatText(medianMs, 'ms')}` },
        ],
        {
          x: 'position',
          y: 'latencyMs',
          text: 'text',
          textAnchor: 'end',
          // Below the line, and clear of the points that scatter around it.
          dy: growth ? 40 : 12,
          fill: ink,
          fontSize: 12,
          className: 'halo',
        },
      ),
      Plot.dot(above, {
        x: 'position',
        y: () => domain[1],
        symbol: 'triangle',
        r: 4,
        fill: stage,
      }),
      aboveLabels(above, domain[1], (from + to) / 2),
    ],
  });
  return plotMarkup(svg);
}

/** Labels of the highest values above the axis, on the side that has room. */
function aboveLabels(above: readonly LatencyPoint[], y: number, middle: number): Plot.Markish[] {
  const labelled = above.toSorted((a, b) => b.latencyMs - a.latencyMs).slice(0, LABELLED_ABOVE);
  const side = (points: LatencyPoint[], textAnchor: 'start' | 'end'): Plot.Markish =>
    Plot.text(points, {
      x: 'position',
      y: () => y,
      text: (point: LatencyPoint) => [formatText(point.latencyMs, 'ms'), ...point.notes].join(', '),
      dx: textAnchor === 'start' ? 8 : -8,
      textAnchor,
      fill: colour('ink'),
      fontSize: 12,
    });
  return [
    side(
      labelled.filter((point) => point.position <= middle),
      'start',
    ),
    side(
      labelled.filter((point) => point.position > middle),
      'end',
    ),
  ];
}
