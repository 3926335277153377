/** How the run's time and its samples divide into stages: two bars on one scale from 0 to 100 %. */
import type { Report, ReportStage, ReportTimeline } from '../../report/schema.ts';
import type { ChartDefinition, ChartWords, DrawOptions } from '../chart.ts';
import { STAGE_NAMES, stageToken } from '../colours.ts';
import { formatCount, formatShare, formatText } from '../format.ts';
import { PICTURE_WIDTH, linear, textWidth } from '../layout.ts';
import { timeAxisName } from '../runTime.ts';
import { sum } from '../statistics.ts';
import { hatchDefinition, stageLabel, stageRect } from '../stageMarks.ts';
import { colour, element, label, picture } from '../svg.ts';

interface Part {
  stage: ReportStage;
  name: string;
  value: number;
  text: string;
}

interface Split {
  name: string;
  parts: Part[];
  whole: number;
}

const BAR_HEIGHT = 30;
const NAME_HEIGHT = 20;
const KEY_LINE = 17;

export const stageSplitChart: ChartDefinition = {
  id: 'stage-split',
  chapter: 'overview',

  missing(report) {
    if (report.stages.source === null) return report.stages.reason ?? 'The stages of this run are not known.';
    return splits(report).length === 0 ? 'No stage of this run has a duration.' : null;
  },

  words(report) {
    return words(report);
  },

  draw(report, options) {
    return draw(splits(report), options);
  },

  table(report) {
    return {
      columns: [
        { id: 'of', label: 'Of', unit: null, kind: 'text' },
        { id: 'stage', label: 'Stage', unit: null, kind: 'text' },
        { id: 'value', label: 'Seconds or samples', unit: null, kind: 'number' },
        { id: 'share', label: 'Share', unit: 'share', kind: 'number' },
      ],
      rows: splits(report).flatMap(({ name, parts, whole }) =>
        parts.map((part) => [
          name,
          part.name,
          Number(part.value.toPrecision(9)),
          Number((part.value / whole).toPrecision(6)),
        ]),
      ),
    };
  },
};

/** Length of all bands of a stage together; bands of one stage may lie inside each other (warm-up inside load). */
export function stageSeconds(bands: ReportTimeline['bands'], stage: ReportStage): number {
  let seconds = 0;
  let coveredTo = -Infinity;
  for (const band of bands
    .filter((candidate) => candidate.stage === stage)
    .toSorted((a, b) => a.startS - b.startS)) {
    seconds += Math.max(0, band.endS - Math.max(band.startS, coveredTo));
    coveredTo = Math.max(coveredTo, band.endS);
  }
  return seconds;
}

/** Wall time from the bands and what lies in none, samples from the functions' self counts; only what has a size. */
function splits(report: Report): Split[] {
  const bands = report.timeline?.bands ?? [];
  const time = [...new Set(bands.map((band) => band.stage))].map((stage): Part => {
    const value = stageSeconds(bands, stage);
    return { stage, name: STAGE_NAMES[stage], value, text: formatText(value, 's') };
  });
  const captureSeconds = report.timeline ? report.timeline.endS - report.timeline.startS : 0;
  const outside = captureSeconds - sum(time.map(({ value }) => value));
  // Ends are rounded in the report: what is left of rounding is no time.
  if (time.length > 0 && outside > captureSeconds * 1e-6) {
    time.push({ stage: 'idle', name: 'Other', value: outside, text: formatText(outside, 's') });
  }
  const { rows } = report.functions;
  const samples = (['load', 'prefill', 'decode', 'other'] as const).map((group): Part => {
    const value = sum(rows.map((row) => row.self[group]));
    const stage = group === 'other' ? 'idle' : group;
    return { stage, name: group === 'other' ? 'Other' : STAGE_NAMES[group], value, text: formatCount(value) };
  });
  return [
    { name: 'Time', parts: time },
    { name: 'Samples', parts: samples },
  ]
    .map(({ name, parts }) => ({
      name,
      parts: parts.filter(({ value }) => value > 0),
      whole: sum(parts.map(({ value }) => value)),
    }))
    .filter(({ whole }) => whole > 0);
}

function words(report: Report): ChartWords {
  const [first] = splits(report);
  const shareOf = (stage: ReportStage): string | null => {
    const part = first.parts.find((candidate) => candidate.stage === stage);
    return part ? formatShare(part.value, first.whole) : null;
  };
  const prefill = shareOf('prefill');
  const decode = shareOf('decode');
  const noun = first.name === 'Time' ? `the time of the capture` : 'all samples';
  const title =
    prefill && decode
      ? `Prefill takes ${prefill} and Decode ${decode} of ${noun}`
      : prefill
        ? `Prefill takes ${prefill} of ${noun}`
        : decode
          ? `Decode takes ${decode} of ${noun}`
          : `${first.parts[0].name} takes ${formatShare(first.parts[0].value, first.whole)} of ${noun}`;
  return {
    title,
    subtitle: `Share of each stage, percent; ${timeAxisName(report)} from its first call to the end of its last, gaps included`,
    description: splits(report)
      .map(
        ({ name, parts, whole }) =>
          `${name}: ${parts.map((part) => `${part.name} ${part.text}, ${formatShare(part.value, whole)}`).join('; ')}.`,
      )
      .join(' '),
    how: [
      'Time is the length of the stage bands of the timeline, from the first call of a stage to its end; Other is the rest of the capture.',
      'Samples are self samples of all functions in report.json, by the stage that their time falls into; Other is sampling, idle time and other processes.',
    ],
  };
}

function draw(all: readonly Split[], { size, idPrefix }: DrawOptions): string {
  const width = PICTURE_WIDTH[size];
  const rows: string[] = [];
  let y = 0;
  for (const { name, parts, whole } of all) {
    rows.push(label(0, y + 13, name, { fill: colour('ink'), 'font-weight': 600 }));
    y += NAME_HEIGHT;
    const x = linear([0, whole], [0, width]);
    let from = 0;
    const below: Part[] = [];
    for (const part of parts) {
      const left = x(from);
      const partWidth = Math.max(1, x(from + part.value) - left - 1);
      from += part.value;
      const share = formatShare(part.value, whole);
      const text = [`${part.name} ${part.text} · ${share}`, `${part.name} ${share}`].find(
        (candidate) => textWidth(candidate, 12) + 12 <= partWidth,
      );
      if (!text) below.push(part);
      rows.push(
        stageRect({ stage: part.stage, x: left, y, width: partWidth, height: BAR_HEIGHT }, idPrefix),
        text ? label(left + 6, y + 21, text, stageLabel(part.stage)) : '',
      );
    }
    y += BAR_HEIGHT;
    for (const part of below) {
      y += KEY_LINE;
      rows.push(
        element('rect', { x: 0, y: y - 9, width: 9, height: 9, fill: colour(stageToken(part.stage)) }),
        label(14, y, `${part.name} ${part.text} · ${formatShare(part.value, whole)}`, {
          fill: colour('ink-quiet'),
        }),
      );
    }
    y += 16;
  }
  return picture(width, y - 8, hatchDefinition(idPrefix), ...rows);
}
