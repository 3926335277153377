/** Operators by lanes (annotations) and by stacks (samples): two witnesses side by side. */
import type { ReportLanes } from '../../report/schema/operators.ts';
import type { ChartDefinition, ChartWords, DrawOptions } from '../chart.ts';
import { STAGE_NAMES, stageToken } from '../colours.ts';
import { formatCount, formatShare, formatText } from '../format.ts';
import { linear, PICTURE_WIDTH } from '../layout.ts';
import { colour, element, label, picture } from '../svg.ts';

const STAGES = ['prefill', 'decode'] as const;
type Stage = (typeof STAGES)[number];
type LaneRow = ReportLanes['rows'][number];

/** Operators in the picture; the table has all. */
const SHOWN = 8;
const ROW_HEIGHT = 30;
const HEAD_HEIGHT = 28;
const NAME_WIDTH = 160;
const NUMBER_WIDTH = 120;

export const operatorLanesChart: ChartDefinition = {
  id: 'operator-lanes',
  chapter: 'operators',

  missing({ operators }) {
    if (!operators?.lanes) return 'The capture has no channel annotations that name operators.';
    return stagesOf(operators.lanes).length === 0 ? 'No annotation lies within Prefill or Decode.' : null;
  },

  words({ operators }) {
    return words(operators!.lanes!);
  },

  draw({ operators }, options) {
    return draw(operators!.lanes!, options);
  },

  table({ operators }) {
    return {
      columns: [
        { id: 'stage', label: 'Stage', unit: null, kind: 'text' },
        { id: 'operator', label: 'Operator', unit: null, kind: 'symbol' },
        { id: 'lane-time', label: 'Time in lanes', unit: 's', kind: 'number' },
        { id: 'spans', label: 'Spans', unit: null, kind: 'number' },
        { id: 'lane-share', label: 'Share by lanes', unit: 'share', kind: 'number' },
        { id: 'samples', label: 'Samples', unit: null, kind: 'number' },
        { id: 'sample-share', label: 'Share by samples', unit: 'share', kind: 'number' },
        { id: 'difference', label: 'Difference', unit: 'share', kind: 'number' },
      ],
      rows: STAGES.flatMap((stage) =>
        bySize(operators!.lanes!, stage).map((row) => [
          STAGE_NAMES[stage],
          row.operator,
          row[stage].laneS,
          row[stage].spans,
          row[stage].laneShare,
          row[stage].samples,
          row[stage].sampleShare,
          difference(row, stage),
        ]),
      ),
    };
  },
};

function stagesOf({ stages }: ReportLanes): Stage[] {
  return STAGES.filter((stage) => stages[stage].laneS > 0);
}

function bySize({ rows }: ReportLanes, stage: Stage): LaneRow[] {
  return rows
    .filter((row) => row[stage].laneS > 0 || row[stage].samples > 0)
    .toSorted((a, b) => (b[stage].laneShare ?? 0) - (a[stage].laneShare ?? 0));
}

function difference(row: LaneRow, stage: Stage): number | null {
  const { laneShare, sampleShare } = row[stage];
  return laneShare === null || sampleShare === null ? null : Number((laneShare - sampleShare).toPrecision(4));
}

function words(lanes: ReportLanes): ChartWords {
  const stages = stagesOf(lanes);
  const checked = stages.filter((stage) => lanes.stages[stage].samplesInLanes > 0);
  const agreement = checked.map((stage) => {
    const { sameOperator, samplesInLanes } = lanes.stages[stage];
    return `${formatShare(sameOperator, samplesInLanes)} of ${STAGE_NAMES[stage]}’s samples`;
  });
  const largest = stages.map((stage) => {
    const [row] = bySize(lanes, stage);
    return `${row.operator} takes ${formatText(row[stage].laneShare ?? 0, 'share')} of ${STAGE_NAMES[stage]}`;
  });
  return {
    title:
      agreement.length > 0
        ? `Annotations and call stacks name the same operator for ${agreement.join(' and ')}`
        : `By annotations, ${largest.join('; ')}`,
    subtitle:
      'Share of each operator, percent: solid by time in lanes (annotations, all threads), outlined by samples whose stack names an operator',
    description: stages
      .map(
        (stage) =>
          `${STAGE_NAMES[stage]}: ${bySize(lanes, stage)
            .slice(0, SHOWN)
            .map(
              (row) =>
                `${row.operator} ${formatText(row[stage].laneShare ?? 0, 'share')} by lanes, ${row[stage].sampleShare === null ? 'no samples' : `${formatText(row[stage].sampleShare, 'share')} by samples`}`,
            )
            .join('; ')}.`,
      )
      .join(' '),
    how: [
      lanes.sentence,
      'A lane is a channel annotation around one node of the graph on one thread; waiting between nodes lies outside of lanes.',
      'A stack works for the ggml operator that its callers pass through, whatever function the sample lies in.',
      ...stages.map(
        (stage) =>
          `${STAGE_NAMES[stage]}: ${formatText(lanes.stages[stage].laneS, 's')} in lanes, ${formatCount(lanes.stages[stage].samples)} samples with an operator.`,
      ),
    ],
  };
}

function draw(lanes: ReportLanes, { size }: DrawOptions): string {
  const width = PICTURE_WIDTH[size];
  const left = size === 'narrow' ? 118 : NAME_WIDTH;
  const stages = stagesOf(lanes);
  const most = Math.max(
    ...stages.flatMap((stage) =>
      lanes.rows.flatMap((row) => [row[stage].laneShare ?? 0, row[stage].sampleShare ?? 0]),
    ),
  );
  const x = linear([0, most], [left, width - NUMBER_WIDTH]);
  const marks: string[] = [];
  let y = 0;
  for (const stage of stages) {
    const token = colour(stageToken(stage));
    marks.push(label(0, y + 14, STAGE_NAMES[stage], { fill: colour('ink'), 'font-weight': 600 }));
    y += HEAD_HEIGHT;
    for (const row of bySize(lanes, stage).slice(0, SHOWN)) {
      const { laneShare, sampleShare } = row[stage];
      const shares = [laneShare, sampleShare].map((share) =>
        share === null ? '–' : formatText(share, 'share'),
      );
      marks.push(
        label(0, y + 14, row.operator, { fill: colour('ink'), class: 'mono', 'font-size': 11 }),
        element('rect', { x: left, y, width: barWidth(x, left, laneShare), height: 10, fill: token }),
        element('rect', {
          x: left + 0.5,
          y: y + 12,
          width: Math.max(0.5, barWidth(x, left, sampleShare) - 1),
          height: 9,
          fill: 'none',
          stroke: token,
          'stroke-width': 1.25,
        }),
        label(x(Math.max(laneShare ?? 0, sampleShare ?? 0)) + 7, y + 15, shares.join(' | '), {
          fill: colour('ink-quiet'),
        }),
      );
      y += ROW_HEIGHT;
    }
    y += 6;
  }
  return picture(width, y, ...marks);
}

function barWidth(x: (share: number) => number, left: number, share: number | null): number {
  return share === null || share === 0 ? 0 : Math.max(0.75, x(share) - left);
}
