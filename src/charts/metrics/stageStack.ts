/** Parts of a whole as one bar a stage, from 0 to 100 %: each part in a shade of the stage's colour, with its name. */
import type { Report } from '../../report/schema.ts';
import type { ReportMetricGroup } from '../../report/schema/metrics.ts';
import type { ChartDefinition, ChartWords, DrawOptions } from '../chart.ts';
import { STAGE_NAMES, stageToken } from '../colours.ts';
import { formatText } from '../format.ts';
import { linear, PICTURE_WIDTH, textWidth } from '../layout.ts';
import { sum } from '../statistics.ts';
import { colour, element, label, picture } from '../svg.ts';
import {
  COMPARED,
  coreRows,
  missingRows,
  rowTable,
  rowWorking,
  type ComparedStage,
  type CoreRows,
} from './metricRows.ts';

const BAR_HEIGHT = 32;
const NAME_HEIGHT = 19;
const KEY_LINE = 17;
const BAR_SPACE = 14;
const CORE_HEIGHT = 24;
/** From the part that matters most to the one that is left over: strong to faint. */
const SHADES = [0.6, 0.36, 0.2, 0.07];

export interface StackPart {
  /** Metric that the part is. */
  id: string;
  name: string;
}

export interface StageStackWords {
  id: string;
  group: ReportMetricGroup['id'];
  /** Ways to divide the whole, the finest first: the first whose metrics are all known is drawn. */
  divisions: readonly (readonly StackPart[])[];
  /** `cycles`, `slots`: what the whole is made of. */
  whole: string;
  title(section: Divided): string;
}

/** The rows of one division that a type of core has in full. */
export interface Divided extends CoreRows {
  parts: readonly StackPart[];
  /** Stages in which all parts are known. */
  stages: ComparedStage[];
}

export function stageStackChart(of: StageStackWords): ChartDefinition {
  const sections = (report: Report): Divided[] => divided(report, of);
  return {
    id: of.id,
    chapter: 'prefill-decode',
    missing: (report) => (sections(report).length > 0 ? null : missingRows(report, of.group)),
    words: (report): ChartWords => ({
      title: of.title(sections(report)[0]),
      subtitle: `Share of ${of.whole} in each stage, percent; each bar is the whole`,
      description: sections(report).map(described).join(' '),
      how: [...rowWorking(sections(report)), 'Small overlaps of the parts are left as they were counted.'],
    }),
    draw: (report, options) => draw(sections(report), options),
    table: (report) => rowTable(sections(report)),
  };
}

/** A part's value in a stage. */
export function partValue({ rows }: CoreRows, id: string, stage: ComparedStage): number | null {
  return rows.find((row) => row.id === id)?.[stage].value ?? null;
}

function divided(report: Report, { group, divisions }: StageStackWords): Divided[] {
  const found = divisions.map((parts) =>
    coreRows(
      report,
      group,
      parts.map(({ id }) => id),
    ).flatMap((section): Divided[] => {
      const stages = COMPARED.filter((stage) =>
        parts.every(({ id }) => partValue(section, id, stage) !== null),
      );
      return stages.length === 0 ? [] : [{ ...section, parts, stages }];
    }),
  );
  const cores = new Set(found.flat().map(({ core }) => core));
  return [...cores].map((core) => found.flat().find((section) => section.core === core)!);
}

function described(section: Divided): string {
  return section.stages
    .map(
      (stage) =>
        `${section.core === null ? '' : `${section.core}, `}${STAGE_NAMES[stage]}: ${section.parts
          .map(({ id, name }) => `${name} ${formatText(partValue(section, id, stage)!, '%')}`)
          .join('; ')}.`,
    )
    .join(' ');
}

function draw(sections: readonly Divided[], { size }: DrawOptions): string {
  const width = PICTURE_WIDTH[size];
  const marks: string[] = [];
  let y = 0;
  for (const section of sections) {
    if (section.core !== null) {
      marks.push(label(0, y + 14, section.core, { fill: colour('ink'), 'font-weight': 600 }));
      y += CORE_HEIGHT;
    }
    for (const stage of section.stages) {
      marks.push(label(0, y + 13, STAGE_NAMES[stage], { fill: colour('ink'), 'font-weight': 600 }));
      y += NAME_HEIGHT;
      const values = section.parts.map(({ id, name }, part) => ({
        name,
        part,
        value: partValue(section, id, stage)!,
      }));
      const x = linear([0, Math.max(100, sum(values.map(({ value }) => value)))], [0, width]);
      const fill = (part: number): Record<string, string | number> => ({
        fill: colour(stageToken(stage)),
        'fill-opacity': SHADES[part] ?? SHADES[SHADES.length - 1],
        stroke: colour(stageToken(stage)),
        'stroke-width': 1,
      });
      let from = 0;
      const below: typeof values = [];
      for (const { name, part, value } of values) {
        const left = x(from);
        from += value;
        const partWidth = Math.max(0.5, x(from) - left - 2);
        marks.push(
          element('rect', {
            x: left + 0.5,
            y: y + 0.5,
            width: partWidth,
            height: BAR_HEIGHT - 1,
            ...fill(part),
          }),
        );
        const text = `${name} ${formatText(value, '%')}`;
        if (textWidth(text, 12) + 12 <= partWidth) {
          marks.push(label(left + 7, y + 21, text, { fill: colour('ink'), class: 'halo' }));
        } else below.push({ name, part, value });
      }
      y += BAR_HEIGHT;
      for (const { name, part, value } of below) {
        y += KEY_LINE;
        marks.push(
          element('rect', { x: 0.5, y: y - 9, width: 9, height: 9, ...fill(part) }),
          label(15, y, `${name} ${formatText(value, '%')}`, { fill: colour('ink-quiet') }),
        );
      }
      y += BAR_SPACE;
    }
  }
  return picture(width, y - BAR_SPACE + 6, ...marks);
}
