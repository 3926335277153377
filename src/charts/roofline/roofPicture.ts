/** Rates under the limits of the machine, both axes logarithmic. */
import * as Plot from '@observablehq/plot';
import type { ReportRoofline } from '../../report/schema/roofline.ts';
import type { DrawOptions } from '../chart.ts';
import { STAGE_NAMES, stageToken } from '../colours.ts';
import { formatPrefixed, formatText } from '../format.ts';
import { PICTURE_WIDTH } from '../layout.ts';
import { plotMarkup } from '../postprocess.ts';
import { colour } from '../svg.ts';
import { drawnKernels, roofs, stagesWithDemand } from './rooflineState.ts';

const HEIGHT = { wide: 380, narrow: 300 };
/** Room around the outermost points, as a factor. */
const ROOM = 2;

interface Point {
  x: number;
  y: number;
  name: string;
  token: string;
  isStage: boolean;
}

export function roofPicture(roofline: ReportRoofline, { size, document }: DrawOptions): string {
  const points = pointsOf(roofline);
  const { bandwidth, arithmetic } = roofs(roofline);
  const ridges = stagesWithDemand(roofline).flatMap(({ ridge }) => ridge.value ?? []);
  const xs = [...points.map(({ x }) => x), ...ridges];
  const x: [number, number] = [least(xs) / ROOM, most(xs) * ROOM];
  const ys = [...points.map(({ y }) => y), ...arithmetic.map(({ perSecond }) => perSecond)];
  const y: [number, number] = [least(ys) / ROOM, most(ys) * ROOM];
  const highest = arithmetic.length > 0 ? most(arithmetic.map(({ perSecond }) => perSecond)) : y[1];
  // A diagonal from the lower left to where arithmetic or the picture ends.
  const diagonals = bandwidth.map(({ perSecond, label }) => {
    const from = Math.max(x[0], y[0] / perSecond);
    const to = Math.min(x[1], highest / perSecond);
    const rate = formatText(perSecond, 'B/s');
    return { label: size === 'wide' ? `${label} ${rate}` : rate, from, to, perSecond };
  });
  const flats = arithmetic.map(({ perSecond, label }) => ({
    label: `${label} ${formatText(perSecond, 'operations/s')}`,
    from: Math.min(
      x[1],
      Math.max(x[0], bandwidth.length > 0 ? perSecond / most(bandwidth.map((roof) => roof.perSecond)) : x[0]),
    ),
    perSecond,
  }));
  const ink = colour('ink');
  const isWide = size === 'wide';
  return plotMarkup(
    Plot.plot({
      document,
      width: PICTURE_WIDTH[size],
      height: HEIGHT[size],
      marginTop: 28,
      marginLeft: 56,
      marginRight: isWide ? 24 : 12,
      marginBottom: 40,
      x: {
        type: 'log',
        label: 'operations a byte',
        domain: x,
        ticks: isWide ? 6 : 4,
        tickFormat: tickText,
      },
      y: {
        type: 'log',
        label: 'operations a second',
        domain: y,
        grid: true,
        ticks: 5,
        tickFormat: tickText,
      },
      marks: [
        ...diagonals.map((roof) =>
          Plot.line(
            [roof.from, roof.to].map((at) => ({ x: at, y: at * roof.perSecond })),
            { x: 'x', y: 'y', stroke: ink, strokeWidth: 1.5 },
          ),
        ),
        ...flats.map((roof) =>
          Plot.line(
            [roof.from, x[1]].map((at) => ({ x: at, y: roof.perSecond })),
            { x: 'x', y: 'y', stroke: ink, strokeWidth: 1.5 },
          ),
        ),
        Plot.text(diagonals, {
          x: (roof: (typeof diagonals)[number]) => Math.sqrt(roof.from * roof.to),
          y: (roof: (typeof diagonals)[number]) => Math.sqrt(roof.from * roof.to) * roof.perSecond,
          text: 'label',
          textAnchor: 'end',
          dx: -10,
          dy: -4,
          fontSize: 12,
          fill: ink,
          className: 'halo',
        }),
        Plot.text(flats, {
          x: () => x[1],
          y: 'perSecond',
          text: 'label',
          textAnchor: 'end',
          dy: -8,
          fontSize: 12,
          fill: ink,
          className: 'halo',
        }),
        ...points
          .filter(({ isStage }) => !isStage)
          .map((point) =>
            Plot.dot([point], {
              ...{ x: 'x', y: 'y', r: 3.5, strokeWidth: 1.5 },
              stroke: point.token,
              fill: colour('panel'),
              title: () => `${point.name}: ${formatText(point.y, 'operations/s')}`,
            }),
          ),
        ...points
          .filter(({ isStage }) => isStage)
          .flatMap((point) => [
            Plot.dot([point], { x: 'x', y: 'y', r: 7, fill: point.token }),
            Plot.text([point], {
              ...{ x: 'x', y: 'y', dy: 20, fontSize: 12, fontWeight: 600, fill: ink, className: 'halo' },
              text: () => `${point.name} ${formatText(point.y, 'operations/s')}`,
              textAnchor: isInRightHalf(point.x, x) ? 'end' : 'start',
            }),
          ]),
      ],
    }),
  );
}

/** `2`, `200 G`: ticks are round. */
function tickText(value: number): string {
  return formatPrefixed(value).replace(/\.0+(?=\D|$)/, '');
}

function isInRightHalf(value: number, [from, to]: readonly [number, number]): boolean {
  return value / from > to / value;
}

function pointsOf(roofline: ReportRoofline): Point[] {
  const stages = stagesWithDemand(roofline).map((stage) => ({
    of: stage,
    name: STAGE_NAMES[stage.stage],
    isStage: true,
  }));
  const kernels = drawnKernels(roofline).map((kernel) => ({ of: kernel, name: kernel.name, isStage: false }));
  return [...stages, ...kernels].flatMap(({ of, name, isStage }) => {
    const rate = of.achievedOperationsPerSecond.value;
    return rate === null
      ? []
      : [{ x: of.intensity.value!, y: rate, name, token: colour(stageToken(of.stage)), isStage }];
  });
}

const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b));
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b));
