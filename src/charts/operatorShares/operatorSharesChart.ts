/** What each stage computes: Prefill and Decode as bars of one length, divided by groups of categories. */
import type { ReportOperators } from '../../report/schema/operators.ts';
import type { ChartDefinition, ChartWords, DrawOptions } from '../chart.ts';
import { CATEGORY_GROUPS, STAGE_NAMES, type CategoryGroup } from '../colours.ts';
import { formatCount, formatShare } from '../format.ts';
import { linear, PICTURE_WIDTH, textWidth } from '../layout.ts';
import { colour, element, label, picture } from '../svg.ts';

const STAGES = ['prefill', 'decode'] as const;
type Stage = (typeof STAGES)[number];

const BAR_HEIGHT = 34;
const NAME_HEIGHT = 20;
const GAP = 16;
const KEY_LINE = 20;
/** Room that a label needs beside its text to stand inside its part. */
const PAD = 12;

interface Part {
  group: CategoryGroup;
  samples: number;
}

export const operatorSharesChart: ChartDefinition = {
  id: 'operator-shares',
  chapter: 'operators',

  missing({ operators, stages }) {
    if (!operators) return 'The capture holds no samples.';
    if (stagesOf(operators).length > 0) return null;
    return stages.reason
      ? `Stages are not known: ${stages.reason}.`
      : 'No sample fell into Prefill or Decode.';
  },

  words({ operators, weight }) {
    return words(operators!, weight?.event ?? null);
  },

  draw({ operators }, options) {
    return draw(operators!, options);
  },

  table({ operators }) {
    return {
      columns: [
        { id: 'group', label: 'Group', unit: null, kind: 'text' },
        ...STAGES.flatMap((stage) => [
          {
            id: `${stage}-samples`,
            label: `${STAGE_NAMES[stage]} samples`,
            unit: null,
            kind: 'number' as const,
          },
          {
            id: `${stage}-share`,
            label: `${STAGE_NAMES[stage]} share`,
            unit: 'share',
            kind: 'number' as const,
          },
          { id: `${stage}-low`, label: 'from', unit: 'share', kind: 'number' as const },
          { id: `${stage}-high`, label: 'to', unit: 'share', kind: 'number' as const },
        ]),
      ],
      rows: CATEGORY_GROUPS.flatMap((group) => {
        const row = operators!.groups.find((candidate) => candidate.group === group.id);
        if (!row || row.prefill.samples + row.decode.samples === 0) return [];
        return [
          [
            group.label,
            ...STAGES.flatMap((stage) => {
              const { samples, share, interval } = row[stage];
              return [samples, share, interval?.[0] ?? null, interval?.[1] ?? null];
            }),
          ],
        ];
      }),
    };
  },
};

function stagesOf({ stageSamples }: ReportOperators): Stage[] {
  return STAGES.filter((stage) => stageSamples[stage] > 0);
}

/** Groups in the order of legends; what no group holds (samples without a function) is left over at the end. */
function partsOf({ groups }: ReportOperators, stage: Stage): Part[] {
  return CATEGORY_GROUPS.flatMap((group) => {
    const samples = groups.find((row) => row.group === group.id)?.[stage].samples ?? 0;
    return samples > 0 ? [{ group, samples }] : [];
  });
}

function words(operators: ReportOperators, event: string | null): ChartWords {
  const stages = stagesOf(operators);
  const largest = (stage: Stage): Part =>
    partsOf(operators, stage).reduce((a, b) => (b.samples > a.samples ? b : a));
  const shareOf = (stage: Stage, part: Part): string =>
    formatShare(part.samples, operators.stageSamples[stage]);
  const firsts = stages.map((stage) => ({ stage, part: largest(stage) }));
  const isSame = firsts.every(({ part }) => part.group.id === firsts[0].part.group.id);
  const title = isSame
    ? `${firsts[0].part.group.label} takes ${firsts.map(({ stage, part }) => `${shareOf(stage, part)} of ${STAGE_NAMES[stage]}`).join(' and ')}`
    : firsts
        .map(
          ({ stage, part }) => `${part.group.label} takes ${shareOf(stage, part)} of ${STAGE_NAMES[stage]}`,
        )
        .join('; ');
  return {
    title,
    subtitle: `Share of the samples${event === null ? '' : ` of ${event}`} of each stage by what they work on, percent`,
    description: stages
      .map(
        (stage) =>
          `${STAGE_NAMES[stage]}: ${partsOf(operators, stage)
            .map((part) => `${part.group.label} ${shareOf(stage, part)}`)
            .join('; ')}.`,
      )
      .join(' '),
    how: [
      'The function that holds a sample’s instruction pointer has a category by its name; library functions take that of the operator that called them.',
      ...stages.map(
        (stage) => `${STAGE_NAMES[stage]}: ${formatCount(operators.stageSamples[stage])} samples.`,
      ),
      'Intervals are 95 %, by block bootstrap over calls of llama_decode; a stage of few calls has none.',
    ],
  };
}

function draw(operators: ReportOperators, { size }: DrawOptions): string {
  const width = PICTURE_WIDTH[size];
  const stages = stagesOf(operators);
  const marks: string[] = [];
  let y = 0;
  for (const stage of stages) {
    const whole = operators.stageSamples[stage];
    const x = linear([0, whole], [0, width]);
    marks.push(
      label(0, y + 13, STAGE_NAMES[stage], { fill: colour('ink'), 'font-weight': 600 }),
      label(width, y + 13, `${formatCount(whole)} samples`, {
        fill: colour('ink-quiet'),
        'text-anchor': 'end',
      }),
    );
    y += NAME_HEIGHT;
    let from = 0;
    for (const { group, samples } of partsOf(operators, stage)) {
      const left = x(from);
      const partWidth = Math.max(0.75, x(from + samples) - left - 1);
      from += samples;
      const share = formatShare(samples, whole);
      const text = [`${group.label} ${share}`, share].find(
        (candidate) => textWidth(candidate, 12) + PAD <= partWidth,
      );
      marks.push(
        element(
          'g',
          {},
          element('title', {}, `${group.label}: ${share}`),
          element('rect', {
            x: left,
            y,
            width: partWidth,
            height: BAR_HEIGHT,
            fill: colour(group.token),
            'fill-opacity': 0.24,
          }),
          element('rect', { x: left, y, width: partWidth, height: 5, fill: colour(group.token) }),
          text ? label(left + 6, y + 23, text, { fill: colour('ink') }) : '',
        ),
      );
    }
    y += BAR_HEIGHT + GAP;
  }
  return picture(width, y + drawKey(operators, stages, width, y, marks), ...marks);
}

/** The key says every share that a bar has no room for; returns its height. */
function drawKey(
  operators: ReportOperators,
  stages: readonly Stage[],
  width: number,
  top: number,
  marks: string[],
): number {
  let [x, y] = [0, 12];
  for (const group of CATEGORY_GROUPS) {
    const row = operators.groups.find((candidate) => candidate.group === group.id);
    if (!row || stages.every((stage) => row[stage].samples === 0)) continue;
    const shares = stages.map((stage) => formatShare(row[stage].samples, operators.stageSamples[stage]));
    const text = `${group.label} ${shares.join(' | ')}`;
    const wide = 16 + textWidth(text, 12) + 18;
    if (x > 0 && x + wide - 18 > width) [x, y] = [0, y + KEY_LINE];
    marks.push(
      element('rect', { x, y: top + y - 10, width: 11, height: 11, fill: colour(group.token) }),
      label(x + 16, top + y, text, { fill: colour('ink-quiet') }),
    );
    x += wide;
  }
  return y + 6;
}
