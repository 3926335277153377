/** The two forms of a panel of rates: bars with whiskers and dots, and lines over a number. */
import type { ReportStage } from '../../report/schema.ts';
import type { ChartSize } from '../chart.ts';
import { stageToken } from '../colours.ts';
import { formatCount, formatSpread, formatText } from '../format.ts';
import { linear, niceTicks, PICTURE_WIDTH, textWidth } from '../layout.ts';
import { colour, element, label } from '../svg.ts';
import { shortened } from '../text.ts';
import { pointsOf, type RatePanel, type RatePoint } from './ratesState.ts';
import { KIND_NAMES } from './ratesWords.ts';

/** Markup of a panel and the height it takes. */
export interface DrawnPanel {
  markup: string;
  height: number;
}

const STAGE_OF: Record<RatePanel['kind'], ReportStage> = {
  prompt: 'prefill',
  generation: 'decode',
  both: 'mixed',
  other: 'load',
};
const UNIT = 'tokens/s';
const HEAD_HEIGHT = 24;
const MARK_RADIUS = 3.5;

const BAR_HEIGHT = 16;
const NAME_HEIGHT = 18;
const BAR_GAP = 12;
/** Room right of the longest bar for its number. */
const VALUE_WIDTH = 148;
/** Bars of a panel; the table has all. */
const SHOWN_BARS = { wide: 30, narrow: 16 };

const PLOT_HEIGHT = 168;
const PLOT_LEFT = 46;
/** Room right of the plot for the names of several lines. */
const NAME_WIDTH = { wide: 190, narrow: 12 };
const NO_NAMES_WIDTH = 12;
const AXIS_HEIGHT = 38;
const DASHES = ['', '6 4', '2 3', '9 3 2 3', '4 2', '1 4'];

/** The largest number a panel must have room for. */
export function reachOf(panel: RatePanel): number {
  return Math.max(
    0,
    ...pointsOf(panel).flatMap(({ rate, spread, repetitions }) => [rate + (spread ?? 0), ...repetitions]),
  );
}

/** @param reach largest number of all panels: bars share one scale */
export function barPanel(panel: RatePanel, top: number, reach: number, size: ChartSize): DrawnPanel {
  const width = PICTURE_WIDTH[size];
  const x = linear([0, reach || 1], [0, width - VALUE_WIDTH]);
  const fill = colour(stageToken(STAGE_OF[panel.kind]));
  const points = pointsOf(panel);
  const shown = points.slice(0, SHOWN_BARS[size]);
  const marks = [panelHead(panel, top)];
  let y = top + HEAD_HEIGHT;
  for (const point of shown) {
    marks.push(
      label(0, y + 12, shortened(point.label, Math.floor(width / 7)), { fill: colour('ink-quiet') }),
      element('rect', {
        x: 0,
        y: y + NAME_HEIGHT,
        width: Math.max(0.5, x(point.rate)),
        height: BAR_HEIGHT,
        fill,
      }),
      whisker(point, x, y + NAME_HEIGHT + BAR_HEIGHT / 2),
      ...dots(point, (rate) => [x(rate), y + NAME_HEIGHT + BAR_HEIGHT / 2]),
      label(
        x(Math.max(point.rate + (point.spread ?? 0), ...point.repetitions)) + 8,
        y + NAME_HEIGHT + 12,
        valueText(point),
        {
          fill: colour('ink'),
        },
      ),
    );
    y += NAME_HEIGHT + BAR_HEIGHT + BAR_GAP;
  }
  if (points.length > shown.length) {
    marks.push(
      label(0, y + 10, `${formatCount(points.length - shown.length)} more tests in the table`, {
        fill: colour('ink-quiet'),
      }),
    );
    y += 18;
  }
  return { markup: element('g', {}, ...marks), height: y - top };
}

function panelHead(panel: RatePanel, top: number): string {
  return label(0, top + 12, KIND_NAMES[panel.kind], { fill: colour('ink'), 'font-weight': 600 });
}

function valueText({ rate, spread }: RatePoint): string {
  return `${formatText(rate, UNIT)}${spread === null ? '' : ` ${formatSpread(spread, '')}`}`;
}

/** A horizontal line of ± one standard deviation with caps; nothing where none is known. */
function whisker({ rate, spread }: RatePoint, x: (value: number) => number, y: number): string {
  if (spread === null) return '';
  const [from, to] = [x(Math.max(0, rate - spread)), x(rate + spread)];
  return element('path', {
    d: `M${from.toFixed(1)} ${y}H${to.toFixed(1)}M${from.toFixed(1)} ${y - 5}v10M${to.toFixed(1)} ${y - 5}v10`,
    stroke: colour('ink'),
    'stroke-width': 1.5,
    fill: 'none',
  });
}

/** Single repetitions, when there are several. */
function dots({ repetitions }: RatePoint, place: (rate: number) => [x: number, y: number]): string[] {
  if (repetitions.length < 2) return [];
  return repetitions.map((rate) => {
    const [cx, cy] = place(rate);
    return element('circle', {
      cx,
      cy,
      r: 3,
      fill: colour('panel'),
      stroke: colour('ink'),
      'stroke-width': 1.2,
    });
  });
}

/** Lines over the panel's axis, from zero; a point stands at each test. */
export function linePanel(panel: RatePanel, top: number, size: ChartSize): DrawnPanel {
  const hasNames = panel.series.length > 1;
  const right = PICTURE_WIDTH[size] - (hasNames ? NAME_WIDTH[size] : NO_NAMES_WIDTH);
  const plotTop = top + HEAD_HEIGHT + 4;
  const base = plotTop + PLOT_HEIGHT;
  const points = pointsOf(panel);
  const x = linear([0, Math.max(...points.map((point) => point.x)) || 1], [PLOT_LEFT, right - 8]);
  const ticks = niceTicks(0, reachOf(panel), 4);
  const y = linear([0, Math.max(reachOf(panel), ticks.at(-1) ?? 0) || 1], [base, plotTop]);
  const paint = colour(stageToken(STAGE_OF[panel.kind]));
  const marks = [
    panelHead(panel, top),
    ...ticks.flatMap((tick) => [
      element('path', { d: `M${PLOT_LEFT} ${y(tick).toFixed(1)}H${right}`, stroke: colour('chart-grid') }),
      label(PLOT_LEFT - 8, y(tick) + 4, formatText(tick, ''), {
        fill: colour('chart-axis'),
        'text-anchor': 'end',
      }),
    ]),
    element('path', { d: `M${PLOT_LEFT} ${base}H${right}`, stroke: colour('line-strong'), fill: 'none' }),
    ...axisLabels(points, x, base),
    label((PLOT_LEFT + right) / 2, base + 34, panel.axis ?? '', {
      fill: colour('chart-axis'),
      'text-anchor': 'middle',
    }),
  ];
  const names = lineNames(panel, y, right);
  panel.series.forEach((series, index) => {
    const path = series.points
      .map((point) => `${x(point.x).toFixed(1)} ${y(point.rate).toFixed(1)}`)
      .join('L');
    marks.push(
      element('path', {
        d: `M${path}`,
        fill: 'none',
        stroke: paint,
        'stroke-width': 2,
        'stroke-linejoin': 'round',
        'stroke-dasharray': DASHES[index] || null,
      }),
      ...series.points.flatMap((point) => [
        spreadLine(point, x(point.x), y),
        ...dots(point, (rate) => [x(point.x), y(rate)]),
        element('circle', { cx: x(point.x), cy: y(point.rate), r: MARK_RADIUS, fill: paint }),
      ]),
      ...(hasNames ? [] : pointNumbers(series.points, x, y)),
      hasNames && size === 'wide' ? names[index] : '',
    );
  });
  return { markup: element('g', {}, ...marks), height: HEAD_HEIGHT + 4 + PLOT_HEIGHT + AXIS_HEIGHT + 6 };
}

/** The values at which there are points; those that would lie over each other are left out. */
function axisLabels(points: readonly RatePoint[], x: (value: number) => number, base: number): string[] {
  const values = [...new Set(points.map((point) => point.x))].toSorted((a, b) => b - a);
  let free = Infinity;
  return values.flatMap((value) => {
    const text = formatCount(value);
    const half = textWidth(text, 12) / 2;
    if (x(value) + half > free) return [];
    free = x(value) - half - 8;
    return [label(x(value), base + 16, text, { fill: colour('chart-axis'), 'text-anchor': 'middle' })];
  });
}

function spreadLine({ rate, spread }: RatePoint, x: number, y: (value: number) => number): string {
  if (spread === null) return '';
  const [from, to] = [y(Math.max(0, rate - spread)), y(rate + spread)];
  return element('path', {
    d: `M${x.toFixed(1)} ${from.toFixed(1)}V${to.toFixed(1)}M${(x - 5).toFixed(1)} ${from.toFixed(1)}h10M${(x - 5).toFixed(1)} ${to.toFixed(1)}h10`,
    stroke: colour('ink'),
    'stroke-width': 1.5,
    fill: 'none',
  });
}

/**
 * Numbers at the points of a sole line: left of a point from which the line rises, so that it does not run through them,
 * and of the last one. Those that would lie over each other are left out.
 */
function pointNumbers(
  points: readonly RatePoint[],
  x: (value: number) => number,
  y: (value: number) => number,
): string[] {
  let free = -Infinity;
  return points.flatMap((point, index) => {
    const text = formatText(point.rate, '');
    const width = textWidth(text, 12);
    const next = points[index + 1];
    const isLeft = next === undefined || next.rate > point.rate;
    const left = isLeft ? x(point.x) - 4 - width : x(point.x) + 5;
    if (left < free) return [];
    free = left + width + 6;
    return [label(left, y(point.rate + (point.spread ?? 0)) - 8, text, { fill: colour('ink') })];
  });
}

/** Names at the right ends of lines, pushed apart. */
function lineNames(panel: RatePanel, y: (value: number) => number, right: number): string[] {
  const wanted = panel.series.map(({ label: text, points }, index) => ({
    index,
    text,
    y: y(points.at(-1)!.rate) + 4,
  }));
  let lowest = -Infinity;
  const names = new Array<string>(wanted.length).fill('');
  for (const name of wanted.toSorted((a, b) => a.y - b.y)) {
    lowest = Math.max(name.y, lowest + 15);
    names[name.index] = label(right + 6, lowest, shortened(name.text, 28), { fill: colour('ink-quiet') });
  }
  return names;
}
