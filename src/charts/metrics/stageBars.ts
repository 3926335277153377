/** Metrics as pairs of bars: Prefill above Decode, on one scale or each metric on its own. */
import type { ReportMetricRow } from '../../report/schema/metrics.ts';
import type { ChartDefinition, ChartWords, DrawOptions } from '../chart.ts';
import { STAGE_NAMES, stageToken } from '../colours.ts';
import { formatText } from '../format.ts';
import { linear, PICTURE_WIDTH, textWidth } from '../layout.ts';
import { colour, element, label, picture } from '../svg.ts';
import type { Report } from '../../report/schema.ts';
import type { ReportMetricGroup } from '../../report/schema/metrics.ts';
import {
  COMPARED,
  coreRows,
  largestValue,
  missingRows,
  rowTable,
  rowWorking,
  type CoreRows,
} from './metricRows.ts';

const NAME_HEIGHT = 18;
const LINE_HEIGHT = 15;
/** Pages of other sites have their own faces, which may be wider than this site's. */
const WIDER_FACE = 1.25;
const BAR_HEIGHT = 14;
const BAR_GAP = 3;
const ROW_GAP = 12;
const CORE_HEIGHT = 24;
/** Left of the bars: the names of the stages. */
const STAGE_WIDTH = 52;
/** Right of the longest bar: its value. */
const VALUE_WIDTH = 92;

export interface StageBarsWords {
  id: string;
  group: ReportMetricGroup['id'];
  /** Metrics in drawing order; all of the group when left out. */
  ids?: readonly string[];
  scale: 'shared' | 'own';
  subtitle: string;
  title(sections: readonly CoreRows[], report: Report): string;
  how?(report: Report): string[];
  /** The name of a row: units and events stand in the subtitle. */
  name?(row: ReportMetricRow): string;
}

export function stageBarsChart(of: StageBarsWords): ChartDefinition {
  const sections = (report: Report): CoreRows[] => coreRows(report, of.group, of.ids);
  return {
    id: of.id,
    chapter: 'prefill-decode',
    missing: (report) => (sections(report).length > 0 ? null : missingRows(report, of.group)),
    words: (report): ChartWords => ({
      title: of.title(sections(report), report),
      subtitle: `${of.subtitle}; ${of.scale === 'shared' ? 'all bars on one scale from zero' : 'each pair of bars on its own scale from zero'}`,
      description: described(sections(report)),
      how: [...(of.how?.(report) ?? []), ...rowWorking(sections(report))],
    }),
    draw: (report, options) => draw(sections(report), of, options),
    table: (report) => rowTable(sections(report)),
  };
}

function described(sections: readonly CoreRows[]): string {
  return sections
    .flatMap(({ core, rows }) =>
      rows.map((row) => `${core === null ? '' : `${core}: `}${row.label}: ${valuesText(row)}.`),
    )
    .join(' ');
}

function valuesText(row: ReportMetricRow): string {
  return COMPARED.map((stage) => `${STAGE_NAMES[stage]} ${valueText(row, stage)}`).join(', ');
}

function valueText(row: ReportMetricRow, stage: (typeof COMPARED)[number]): string {
  const { value, unit, reason } = row[stage];
  return value === null ? (reason ?? 'not known') : formatText(value, barUnit(unit));
}

/** Per 1,000 instructions is said once, in the subtitle. */
function barUnit(unit: string): string {
  return unit.startsWith('per ') ? '' : unit;
}

/** A name on its line, or broken after its comma where it may be wider than the picture. */
function nameLines(name: string, width: number): string[] {
  const comma = name.indexOf(', ');
  const fits = textWidth(name, 12) * WIDER_FACE <= width;
  return fits || comma < 0 ? [name] : [name.slice(0, comma + 1), name.slice(comma + 2)];
}

function draw(sections: readonly CoreRows[], of: StageBarsWords, { size }: DrawOptions): string {
  const width = PICTURE_WIDTH[size];
  const marks: string[] = [];
  const shared = Math.max(...sections.map(({ rows }) => largestValue(rows)));
  let y = 0;
  for (const { core, rows } of sections) {
    if (core !== null) {
      marks.push(label(0, y + 14, core, { fill: colour('ink'), 'font-weight': 600 }));
      y += CORE_HEIGHT;
    }
    for (const row of rows) {
      const lines = nameLines(of.name?.(row) ?? row.label, width);
      for (const [index, line] of lines.entries()) {
        marks.push(label(0, y + 12 + LINE_HEIGHT * index, line, { fill: colour('ink'), 'font-weight': 600 }));
      }
      y += NAME_HEIGHT + LINE_HEIGHT * (lines.length - 1);
      const largest = of.scale === 'shared' ? shared : largestValue([row]);
      const x = linear([0, largest || 1], [0, width - STAGE_WIDTH - VALUE_WIDTH]);
      for (const stage of COMPARED) {
        const { value } = row[stage];
        marks.push(label(0, y + 11, STAGE_NAMES[stage], { fill: colour('ink-quiet') }));
        if (value !== null) {
          marks.push(
            element('rect', {
              x: STAGE_WIDTH,
              y,
              width: Math.max(0.75, x(value)),
              height: BAR_HEIGHT,
              fill: colour(stageToken(stage)),
            }),
          );
        }
        marks.push(
          label(
            STAGE_WIDTH + (value === null ? 0 : x(value)) + 6,
            y + 11,
            value === null ? 'not known' : formatText(value, barUnit(row[stage].unit)),
            { fill: colour(value === null ? 'ink-quiet' : 'ink') },
          ),
        );
        y += BAR_HEIGHT + BAR_GAP;
      }
      y += ROW_GAP - BAR_GAP;
    }
  }
  return picture(width, y - ROW_GAP + 4, ...marks);
}
