/** Demand without rates: a lane for each stage over operations a byte, its line and its kernels. */
import type { ReportRoofline } from '../../report/schema/roofline.ts';
import type { DrawOptions } from '../chart.ts';
import { STAGE_NAMES, stageToken } from '../colours.ts';
import { formatText } from '../format.ts';
import { PICTURE_WIDTH, textWidth } from '../layout.ts';
import { colour, element, label, picture } from '../svg.ts';
import { baseName, shortened } from '../text.ts';
import { drawnKernels, stagesWithDemand } from './rooflineState.ts';

const LANE_HEIGHT = 58;
/** Names of kernels stand below their dots, beside each other where there is room. */
const NAME_HEIGHT = 15;
const NAME_SIZE = 11;
const LONGEST_NAME = { wide: 52, narrow: 34 };
const NAME_WIDTH = { wide: 72, narrow: 4 };
const MARGIN_RIGHT = 24;
const AXIS_HEIGHT = 42;
const FONT_SIZE = 12;

export function demandPicture(roofline: ReportRoofline, { size }: DrawOptions): string {
  const width = PICTURE_WIDTH[size];
  const left = NAME_WIDTH[size] + 8;
  const stages = stagesWithDemand(roofline);
  const kernels = drawnKernels(roofline);
  const values = [...stages, ...kernels].map(({ intensity }) => intensity.value!);
  const [from, to] = decades(values);
  const x = (value: number): number =>
    left + ((Math.log10(value) - from) / (to - from)) * (width - MARGIN_RIGHT - left);
  const lanes = stages.map(({ stage }) => {
    const dots = kernels.filter((kernel) => kernel.stage === stage);
    return { dots, names: placedNames(dots, x, width, LONGEST_NAME[size]) };
  });
  const laneHeights = lanes.map(
    ({ names }) => LANE_HEIGHT + NAME_HEIGHT * names.reduce((rows, { row }) => Math.max(rows, row + 1), 0),
  );
  const height = laneHeights.reduce((sum, laneHeight) => sum + laneHeight, 0);
  const marks: string[] = [];
  for (let decade = from; decade <= to; decade++) {
    const at = x(10 ** decade);
    marks.push(
      element('line', { x1: at, x2: at, y1: 0, y2: height, stroke: colour('chart-grid'), 'stroke-width': 1 }),
      label(at, height + 16, formatText(10 ** decade, ''), {
        fill: colour('ink-quiet'),
        'text-anchor': 'middle',
      }),
    );
  }
  marks.push(
    label((left + width - MARGIN_RIGHT) / 2, height + 34, 'operations a byte', {
      fill: colour('ink-quiet'),
      'text-anchor': 'middle',
    }),
  );
  let top = 0;
  stages.forEach((stage, lane) => {
    const middle = top + LANE_HEIGHT / 2 + 6;
    const token = colour(stageToken(stage.stage));
    const at = x(stage.intensity.value!);
    const text = `${size === 'wide' ? '' : `${STAGE_NAMES[stage.stage]} `}${formatText(stage.intensity.value!, '')} operations a byte`;
    const isRight = at + 8 + textWidth(text, FONT_SIZE) > width;
    if (size === 'wide') {
      marks.push(label(0, middle + 4, STAGE_NAMES[stage.stage], { fill: colour('ink'), 'font-weight': 600 }));
    }
    marks.push(
      element('line', {
        ...{ x1: left, x2: width - MARGIN_RIGHT, y1: middle, y2: middle },
        stroke: colour('chart-axis'),
        'stroke-width': 1,
      }),
      element('line', {
        ...{ x1: at, x2: at, y1: top + 4, y2: top + LANE_HEIGHT - 4 },
        stroke: token,
        'stroke-width': 3,
      }),
      label(at + (isRight ? -8 : 8), top + 16, text, {
        fill: colour('ink'),
        'text-anchor': isRight ? 'end' : 'start',
        class: 'halo',
      }),
    );
    for (const { text: name, at: nameAt, isRight: isNameRight, row } of lanes[lane].names) {
      marks.push(
        label(nameAt, top + LANE_HEIGHT + 8 + row * NAME_HEIGHT, name, {
          fill: colour('ink-quiet'),
          'font-size': NAME_SIZE,
          'text-anchor': isNameRight ? 'end' : 'start',
          class: 'mono halo',
        }),
      );
    }
    for (const kernel of lanes[lane].dots) {
      const share = formatText(kernel.share.value ?? 0, '%');
      marks.push(
        element(
          'circle',
          {
            ...{ cx: x(kernel.intensity.value!), cy: middle, r: 5 },
            fill: colour('panel'),
            stroke: token,
            'stroke-width': 2,
          },
          element(
            'title',
            {},
            `${kernel.name}: ${formatText(kernel.intensity.value!, '')} operations a byte, ${share} of the samples of ${STAGE_NAMES[kernel.stage]}`,
          ),
        ),
      );
    }
    top += laneHeights[lane];
  });
  return picture(width, height + AXIS_HEIGHT, ...marks);
}

interface PlacedName {
  text: string;
  /** Where it starts, or ends when it stands to the left. */
  at: number;
  isRight: boolean;
  row: number;
}

/** A name for each dot, from its edge to the side with more room, in the first row where it touches no other. */
function placedNames(
  dots: ReportRoofline['kernels'],
  x: (value: number) => number,
  width: number,
  longest: number,
): PlacedName[] {
  const ends: number[][] = [];
  return dots
    .map(({ name, intensity }) => ({ text: shortened(baseName(name), longest), at: x(intensity.value!) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ text, at }) => {
      const length = text.length * NAME_SIZE * 0.6;
      const isRight = at - 5 + length > width;
      const [from, to] = isRight ? [at + 5 - length, at + 5] : [at - 5, at - 5 + length];
      let row = 0;
      // Ends of a row come in pairs: from, to.
      while (
        ends[row]?.some((end, index, all) => index % 2 === 0 && from < all[index + 1] + 12 && end < to + 12)
      )
        row++;
      (ends[row] ??= []).push(from, to);
      return { text, at: isRight ? at + 5 : at - 5, isRight, row };
    });
}

/** Whole decades around the values. */
function decades(values: readonly number[]): [number, number] {
  const from = Math.floor(Math.log10(values.reduce((a, b) => Math.min(a, b)) * 0.999));
  const to = Math.ceil(Math.log10(values.reduce((a, b) => Math.max(a, b)) * 1.001));
  return [from, Math.max(to, from + 1)];
}
