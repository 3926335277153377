/** Functions with most self samples as bars, divided by stage. */
import type { Report, ReportFunction, ReportStage } from '../../report/schema.ts';
import type { ChartDefinition, ChartWords, DrawOptions } from '../chart.ts';
import { STAGE_NAMES } from '../colours.ts';
import { formatCount, formatPlural, formatShare } from '../format.ts';
import { intervalSentences, whisker } from '../intervals.ts';
import { linear, PICTURE_WIDTH, textWidth } from '../layout.ts';
import { hatchDefinition, stageFill } from '../stageMarks.ts';
import { sum } from '../statistics.ts';
import { colour, element, label, picture } from '../svg.ts';
import { baseName, escaped, shortened } from '../text.ts';

const SHOWN = { wide: 16, narrow: 10 };
const NAME_HEIGHT = 17;
const BAR_HEIGHT = 14;
const GAP = 11;
const KEY_HEIGHT = 26;
/** Room right of the longest bar for its count. */
const COUNT_WIDTH = 116;

/** Groups of samples in drawing order; `other` is hatched as idle is. */
const GROUPS = [
  { group: 'load', stage: 'load', name: STAGE_NAMES.load },
  { group: 'prefill', stage: 'prefill', name: STAGE_NAMES.prefill },
  { group: 'decode', stage: 'decode', name: STAGE_NAMES.decode },
  { group: 'other', stage: 'idle', name: 'Other' },
] as const satisfies readonly { group: keyof ReportFunction['self']; stage: ReportStage; name: string }[];

function hasInterval(group: string): group is 'prefill' | 'decode' {
  return group === 'prefill' || group === 'decode';
}

export const functionBarsChart: ChartDefinition = {
  id: 'functions',
  chapter: 'functions',

  missing(report) {
    return report.functions.rows.some((row) => row.self.all > 0) ? null : 'The capture holds no samples.';
  },

  words(report) {
    return words(report);
  },

  draw(report, options) {
    return draw(report, options);
  },

  table(report) {
    return {
      columns: [
        { id: 'function', label: 'Function', unit: null, kind: 'symbol' },
        { id: 'image', label: 'Image', unit: null, kind: 'symbol' },
        { id: 'self', label: 'Self', unit: null, kind: 'number' },
        ...GROUPS.map(({ group, name }) => ({ id: group, label: name, unit: null, kind: 'number' as const })),
      ],
      rows: report.functions.rows.map((row) => [
        row.name,
        row.image,
        row.self.all,
        ...GROUPS.map(({ group }) => row.self[group]),
      ]),
    };
  },
};

/** All samples of the run's weight event: the table may hold fewer functions than there are. */
export function allSamples(report: Report): number {
  return report.weight?.samples ?? sum(report.functions.rows.map((row) => row.self.all));
}

function hasIntervals(report: Report): boolean {
  return report.functions.rows.some(({ intervals }) => intervals?.prefill.self ?? intervals?.decode.self);
}

function bySelf(report: Report): ReportFunction[] {
  return report.functions.rows.filter((row) => row.self.all > 0).toSorted((a, b) => b.self.all - a.self.all);
}

function words(report: Report): ChartWords {
  const rows = bySelf(report);
  const all = allSamples(report);
  let held = 0;
  const half = rows.findIndex((row) => (held += row.self.all) >= all / 2) + 1;
  const [first] = rows;
  const name = baseName(first.name);
  return {
    title:
      half > 1
        ? `${formatPlural(half, 'function')} hold half of all samples; ${shortened(name, 80)} holds ${formatShare(first.self.all, all)}`
        : `${shortened(name, 80)} holds ${formatShare(first.self.all, all)} of all samples`,
    subtitle: `Self samples${report.weight ? ` of ${report.weight.event}` : ''} by stage: samples whose instruction lies in the function itself${hasIntervals(report) ? '; whiskers: 95 % interval of the stage’s part' : ''}`,
    description: rows
      .slice(0, SHOWN.narrow)
      .map(
        (row) =>
          `${shortened(row.name, 100)}: ${formatCount(row.self.all)}, ${formatShare(row.self.all, all)}.`,
      )
      .join(' '),
    how: [
      `A sample counts for the function that holds its instruction pointer; shares are of ${formatCount(all)} samples.`,
      'The stage of a sample is that of its time.',
      ...intervalSentences(report),
    ],
  };
}

function draw(report: Report, { size, idPrefix }: DrawOptions): string {
  const width = PICTURE_WIDTH[size];
  const all = allSamples(report);
  const rows = bySelf(report).slice(0, SHOWN[size]);
  const x = linear([0, rows[0].self.all], [0, width - COUNT_WIDTH]);
  const nameLength = Math.floor(width / (12 * 0.6));
  const used = GROUPS.filter(({ group }) => rows.some((row) => row.self[group] > 0));
  const marks: string[] = [];
  let keyLeft = 0;
  for (const { stage, name } of used) {
    marks.push(
      element('rect', { x: keyLeft, y: 2, width: 11, height: 11, ...stageFill(stage, idPrefix) }),
      label(keyLeft + 16, 12, name, { fill: colour('ink') }),
    );
    keyLeft += 16 + textWidth(name, 12) + 18;
  }
  const ofStage = {
    prefill: sum(report.functions.rows.map((row) => row.self.prefill)),
    decode: sum(report.functions.rows.map((row) => row.self.decode)),
  };
  let y = KEY_HEIGHT;
  for (const row of rows) {
    const whiskers: string[] = [];
    let reach = x(row.self.all);
    marks.push(
      element(
        'text',
        { x: 0, y: y + 11, class: 'mono', fill: colour('ink') },
        element('title', {}, escaped(row.name)),
        escaped(shortened(row.name, nameLength)),
      ),
    );
    y += NAME_HEIGHT;
    let from = 0;
    for (const { group, stage } of used) {
      const value = row.self[group];
      if (value === 0) continue;
      const left = x(from);
      const interval = hasInterval(group) ? row.intervals?.[group].self : null;
      if (interval && hasInterval(group)) {
        const [low, high] = interval.map((share) => x(from + share * ofStage[group]));
        // An interval narrower than its own ends says less than the number beside it.
        if (high - low > 2) {
          whiskers.push(whisker(low, high, y + BAR_HEIGHT / 2));
          reach = Math.max(reach, high);
        }
      }
      from += value;
      marks.push(
        element('rect', {
          x: left,
          y,
          width: Math.max(0.5, x(from) - left - 0.75),
          height: BAR_HEIGHT,
          ...stageFill(stage, idPrefix),
        }),
      );
    }
    marks.push(
      ...whiskers,
      label(reach + 6, y + 11, `${formatCount(row.self.all)} · ${formatShare(row.self.all, all)}`, {
        fill: colour('ink-quiet'),
      }),
    );
    y += BAR_HEIGHT + GAP;
  }
  return picture(width, y - GAP + 2, hatchDefinition(idPrefix), ...marks);
}
