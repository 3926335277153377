/** Demand without rates: a lane for each stage over operations a byte, its line and its kernels. */
import type { ReportRoofline } from '../../report/schema/roofline.ts';
import type { DrawOptions } from '../chart.ts';
import { STAGE_NAMES, stageToken } from '../colours.ts';
import { formatText } from '../format.ts';
import { PICTURE_WIDTH, textWidth } from '../layout.ts';
import { colour, element, label, picture } from '../svg.ts';
import { drawnKernels, stagesWithDemand } from './rooflineState.ts';

const LANE_HEIGHT = 58;
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
  const height = stages.length * LANE_HEIGHT;
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
  stages.forEach((stage, lane) => {
    const top = lane * LANE_HEIGHT;
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
    for (const kernel of kernels.filter((candidate) => candidate.stage === stage.stage)) {
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
  });
  return picture(width, height + AXIS_HEIGHT, ...marks);
}

/** Whole decades around the values. */
function decades(values: readonly number[]): [number, number] {
  const from = Math.floor(Math.log10(values.reduce((a, b) => Math.min(a, b)) * 0.999));
  const to = Math.ceil(Math.log10(values.reduce((a, b) => Math.max(a, b)) * 1.001));
  return [from, Math.max(to, from + 1)];
}
