/** Which code runs the matrix products of each stage, and in which shape: bars with the intervals of their shares. */
import { familyFacts } from '../../llama/kernels/families.ts';
import type { ReportCoverage } from '../../report/schema/operators.ts';
import type { ChartDefinition, ChartWords, DrawOptions } from '../chart.ts';
import { STAGE_NAMES, stageToken } from '../colours.ts';
import { formatCount, formatShare, formatText } from '../format.ts';
import { linear, PICTURE_WIDTH } from '../layout.ts';
import { colour, element, label, picture } from '../svg.ts';

const BAR_HEIGHT = 13;
const BAR_GAP = 4;
const ROW_GAP = 14;
const HEAD_HEIGHT = 26;
const NAME_HEIGHT = 18;
/** Room right of a full bar for its number. */
const NUMBER_WIDTH = 132;
const NAME_WIDTH = 150;

interface Row {
  name: string;
  parts: {
    stage: ReportCoverage['stage'];
    share: number;
    samples: number;
    interval: [number, number] | null;
  }[];
}

export const kernelCoverageChart: ChartDefinition = {
  id: 'kernel-coverage',
  chapter: 'operators',

  missing({ operators }) {
    if (!operators) return 'The capture holds no samples.';
    return stagesOf(operators.coverage).length === 0
      ? 'No sample of Prefill or Decode lies in a matrix product.'
      : null;
  },

  words({ operators }) {
    return words(operators!.coverage);
  },

  draw({ operators }, options) {
    return draw(operators!.coverage, options);
  },

  table({ operators }) {
    return {
      columns: [
        { id: 'stage', label: 'Stage', unit: null, kind: 'text' },
        { id: 'by', label: 'By', unit: null, kind: 'text' },
        { id: 'name', label: 'Name', unit: null, kind: 'text' },
        { id: 'samples', label: 'Samples', unit: null, kind: 'number' },
        { id: 'share', label: 'Share of matrix products', unit: 'share', kind: 'number' },
        { id: 'low', label: 'from', unit: 'share', kind: 'number' },
        { id: 'high', label: 'to', unit: 'share', kind: 'number' },
      ],
      rows: stagesOf(operators!.coverage).flatMap(({ stage, families, shapes }) =>
        [
          ...families.map((part) => ({ by: 'family', part, name: familyFacts(part.name).label })),
          ...shapes.map((part) => ({ by: 'shape', part, name: part.name })),
        ].map(({ by, part, name }) => [
          STAGE_NAMES[stage],
          by,
          name,
          part.samples,
          part.share,
          part.interval?.[0] ?? null,
          part.interval?.[1] ?? null,
        ]),
      ),
    };
  },
};

function stagesOf(coverage: readonly ReportCoverage[]): ReportCoverage[] {
  return coverage.filter(({ products }) => products.samples > 0);
}

function rowsOf(
  stages: readonly ReportCoverage[],
  kind: 'families' | 'shapes',
  nameOf: (name: string) => string,
): Row[] {
  const names = [...new Set(stages.flatMap((stage) => stage[kind].map(({ name }) => name)))];
  return names.map((name) => ({
    name: nameOf(name),
    parts: stages.map(({ stage, ...coverage }) => {
      const part = coverage[kind].find((candidate) => candidate.name === name);
      return {
        stage,
        share: part?.share ?? 0,
        samples: part?.samples ?? 0,
        interval: part?.interval ?? null,
      };
    }),
  }));
}

function words(coverage: readonly ReportCoverage[]): ChartWords {
  const stages = stagesOf(coverage);
  const firsts = stages.map(({ stage, families, products }, index) => {
    const [first] = families;
    const share = `${formatShare(first.samples, products.samples)} of ${STAGE_NAMES[stage]}’s`;
    const { label: family } = familyFacts(first.name);
    return index === 0 ? `${family}: ${share} matrix products` : `${family}: ${share}`;
  });
  const unsure = stages.flatMap(({ stage, intervalReason }) =>
    intervalReason === null ? [] : [`${STAGE_NAMES[stage]} has no intervals: ${intervalReason}.`],
  );
  return {
    title: firsts.join('; '),
    subtitle: 'Share of the samples in matrix products with weights, percent; attention is not among them',
    description: stages
      .map(
        ({ stage, families, shapes, products }) =>
          `${STAGE_NAMES[stage]}: ${[
            ...families.map((part) => ({ ...part, name: familyFacts(part.name).label })),
            ...shapes,
          ]
            .map((part) => `${part.name} ${formatShare(part.samples, products.samples)}`)
            .join('; ')}.`,
      )
      .join(' '),
    how: [
      ...stages.map(
        ({ stage, products, stageSamples }) =>
          `${STAGE_NAMES[stage]}: ${formatCount(products.samples)} of ${formatCount(stageSamples)} samples lie in matrix products.`,
      ),
      'Family and shape come from the kernel’s name; functions that serve both shapes take that of the stage: GEMM in Prefill, GEMV in Decode. The output layer’s product has one row in both, where its type tells it.',
      'Whiskers are 95 % intervals, by block bootstrap over calls of llama_decode.',
      ...unsure,
    ],
  };
}

function draw(coverage: readonly ReportCoverage[], { size }: DrawOptions): string {
  const width = PICTURE_WIDTH[size];
  const stages = stagesOf(coverage);
  const namesAbove = size === 'narrow';
  const left = namesAbove ? 0 : NAME_WIDTH;
  const x = linear([0, 1], [left, width - NUMBER_WIDTH]);
  const marks: string[] = [];
  let y = 0;
  const section = (title: string, rows: readonly Row[]): void => {
    marks.push(label(0, y + 14, title, { fill: colour('ink'), 'font-weight': 600 }));
    y += HEAD_HEIGHT;
    for (const { name, parts } of rows) {
      if (namesAbove) {
        marks.push(label(0, y + 12, name, { fill: colour('ink') }));
        y += NAME_HEIGHT;
      } else {
        const middle = y + (parts.length * (BAR_HEIGHT + BAR_GAP) - BAR_GAP) / 2;
        marks.push(label(0, middle + 4, name, { fill: colour('ink') }));
      }
      for (const part of parts) {
        marks.push(bar(part, x, y));
        y += BAR_HEIGHT + BAR_GAP;
      }
      y += ROW_GAP - BAR_GAP;
    }
    y += 4;
  };
  section(
    'Whose kernels',
    rowsOf(stages, 'families', (name) => familyFacts(name).label),
  );
  section('In which shape', rowsOf(stages, 'shapes', shapeName));
  return picture(width, y, ...marks);
}

function shapeName(shape: string): string {
  return shape === 'AMBIGUOUS' ? 'not told' : shape;
}

function bar(
  { stage, share, interval }: Row['parts'][number],
  x: (share: number) => number,
  y: number,
): string {
  const token = stageToken(stage);
  const middle = y + BAR_HEIGHT / 2;
  const [low, high] = interval ?? [share, share];
  const hasWidth = high > low;
  const whisker = hasWidth
    ? element('path', {
        d: `M${x(low).toFixed(1)} ${middle}H${x(high).toFixed(1)}M${x(low).toFixed(1)} ${y + 2}v${BAR_HEIGHT - 4}M${x(high).toFixed(1)} ${y + 2}v${BAR_HEIGHT - 4}`,
        stroke: colour('ink'),
        'stroke-width': 1.25,
        fill: 'none',
      })
    : '';
  const numberAt = x(Math.max(share, high)) + 7;
  return (
    element('rect', {
      x: x(0),
      y,
      width: x(1) - x(0),
      height: BAR_HEIGHT,
      fill: colour('chart-grid'),
      'fill-opacity': 0.6,
    }) +
    element('rect', {
      x: x(0),
      y,
      width: share === 0 ? 0 : Math.max(0.75, x(share) - x(0)),
      height: BAR_HEIGHT,
      fill: colour(token),
    }) +
    whisker +
    label(numberAt, y + 11, `${STAGE_NAMES[stage]} ${share === 0 ? 'none' : formatText(share, 'share')}`, {
      fill: colour('ink-quiet'),
      class: 'halo',
    })
  );
}
