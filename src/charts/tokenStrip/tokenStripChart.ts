/** The run as a strip: bands of stages, one cell for each llama_decode call, and the markers. */
import type { Report, ReportStage, ReportTimeline } from '../../report/schema.ts';
import type { ChartDefinition, ChartWords, DrawOptions } from '../chart.ts';
import { drawnBands, estimatedBands, type Band } from '../bands.ts';
import { STAGE_NAMES, stageToken } from '../colours.ts';
import { formatCount, formatPlural, formatText } from '../format.ts';
import { TIME_FRAME, textWidth, type Frame } from '../layout.ts';
import { durationText, timeAxisName } from '../runTime.ts';
import { known, median, sum } from '../statistics.ts';
import { hatchDefinition, stageLabel, stageRect } from '../stageMarks.ts';
import { colour, element, label, picture } from '../svg.ts';
import { partOf, timeAxis, timeScale } from '../timeAxis.ts';
import { isSeenIn } from '../timeSpan.ts';
import { markerGroups, stripCells } from './tokenStripState.ts';

const BAND_HEIGHT = 30;
const CELL_HEIGHT = 26;
const MARKER_HEIGHT = 12;
const GAP = 8;
const LABEL_HEIGHT = 16;
/** Cells are merged below this width: a gap of half a pixel between two must stay visible. */
const THINNEST_CELL = 3;

export const tokenStripChart: ChartDefinition = {
  id: 'tokens',
  chapter: 'timeline',

  missing(report) {
    if (!report.timeline) return 'Nothing in this run has a time.';
    return report.timeline.bands.length === 0 &&
      report.timeline.markers.length === 0 &&
      estimatedBands(report).length === 0
      ? (report.stages.reason ?? 'The stages of this run are not known.')
      : null;
  },

  words(report) {
    return words(report);
  },

  draw(report, options) {
    return draw(report.timeline!, report.tokens, estimatedBands(report), options);
  },

  table({ tokens }) {
    return {
      columns: [
        { id: 'call', label: 'Call', unit: null, kind: 'number' },
        { id: 'stage', label: 'Stage', unit: null, kind: 'text' },
        { id: 'start', label: 'Start', unit: 's', kind: 'number' },
        { id: 'end', label: 'End', unit: 's', kind: 'number' },
        { id: 'past', label: 'Tokens before', unit: null, kind: 'number' },
        { id: 'tokens', label: 'Tokens evaluated', unit: null, kind: 'number' },
        { id: 'samples', label: 'Samples', unit: null, kind: 'number' },
      ],
      rows: tokens.startS.map((start, row) => [
        row,
        tokens.stage[row],
        start,
        tokens.endS[row],
        tokens.past[row],
        tokens.nEval[row],
        tokens.samples[row],
      ]),
    };
  },
};

function phasesOf(report: Report, stage: ReportStage): Report['stages']['phases'] {
  return report.stages.phases.filter((phase) => phase.stage === stage);
}

function words(report: Report): ChartWords {
  const prefills = phasesOf(report, 'prefill');
  const decodeCalls = report.tokens.stage.filter((stage) => stage === 'decode').length;
  const latency = median(
    known(report.tokens.latencyMs.filter((_, row) => report.tokens.stage[row] === 'decode')),
  );
  const parts: string[] = [];
  if (prefills.length > 0) {
    const tokens = sum(prefills.map((phase) => phase.tokens));
    const seconds = sum(prefills.map((phase) => phase.endS - phase.startS));
    parts.push(`${formatPlural(tokens, 'prompt token')} take ${durationText(report, seconds)}`);
  }
  if (decodeCalls > 0) {
    const every = latency === null ? '' : `, one every ${formatText(latency, 'ms')}`;
    parts.push(`${formatPlural(decodeCalls, 'decode token')} follow${every}`);
  }
  const { startS, endS } = report.timeline!;
  const guessed = estimatedBands(report);
  const guessedParts = (['prefill', 'decode'] as const).flatMap((stage) => {
    const seconds = sum(
      guessed.filter((band) => band.stage === stage).map((band) => band.endS - band.startS),
    );
    return seconds > 0 ? [`${STAGE_NAMES[stage]} ${durationText(report, seconds)}`] : [];
  });
  if (guessedParts.length > 0) parts.push(`Estimated from kernels: ${guessedParts.join(', ')}`);
  return {
    title: parts.join('; ') || `The capture covers ${durationText(report, endS - startS)}`,
    subtitle: `Stages, llama_decode calls and markers over ${timeAxisName(report)}`,
    description: `Bands of stages in order${guessed.length > 0 ? ', estimated' : ''}: ${[
      ...report.timeline!.bands,
      ...guessed,
    ]
      .map(
        (band) =>
          `${STAGE_NAMES[band.stage]} ${formatText(band.startS, 's')} to ${formatText(band.endS, 's')}`,
      )
      .slice(0, 12)
      .join('; ')}.`,
    how: [
      guessed.length > 0
        ? `Stages are estimated from the kernels that ran. ${report.stages.estimated.basis ?? ''}`
        : `Stages come from ${report.stages.source ?? 'nothing: they are not known'}.`,
      `${formatPlural(report.tokens.startS.length, 'call')} of llama_decode, warm-up left out; ${formatCount(
        report.tokens.endIsEstimated.filter(Boolean).length,
      )} of their ends are estimated from what follows.`,
    ],
  };
}

function draw(
  timeline: ReportTimeline,
  tokens: Report['tokens'],
  estimated: readonly Band[],
  { size, idPrefix, span }: DrawOptions,
): string {
  const frame = TIME_FRAME[size];
  const part = partOf(timeline, span);
  const secondsPerPixel = (part.endS - part.startS) / (frame.right - frame.left);
  const rows: string[] = [];
  let y = 4;
  const row = (name: string, height: number, content: (top: number) => string): void => {
    if (frame.labelsAbove) {
      rows.push(label(0, y + 11, name, { fill: colour('chart-axis') }));
      y += LABEL_HEIGHT;
    } else {
      rows.push(label(0, y + height / 2 + 4, name, { fill: colour('chart-axis') }));
    }
    rows.push(content(y));
    y += height + GAP;
  };
  if (timeline.bands.length > 0) row('Stages', BAND_HEIGHT, (top) => bands(part, frame, top, idPrefix));
  if (estimated.length > 0) {
    const seen = estimated.filter((band) => isSeenIn(part, band));
    row('Stages, estimated', BAND_HEIGHT, (top) => guessedBands(seen, part, frame, top, idPrefix));
  }
  if (tokens.startS.length > 0) {
    const cells = stripCells(tokens, THINNEST_CELL * secondsPerPixel, part);
    const most = Math.max(1, ...cells.map((cell) => cell.calls));
    const name = most === 1 ? 'Calls' : `Calls, up to ${formatCount(most)} a cell`;
    row(name, CELL_HEIGHT, (top) => strip(cells, most, part, frame, top));
  }
  if (timeline.markers.length > 0) {
    row(formatPlural(part.markers.length, 'marker'), MARKER_HEIGHT, (top) =>
      markers(part, frame, top, secondsPerPixel),
    );
  }
  const axis = timeAxis(part, frame, 0, y - GAP + 4);
  return picture(frame.width, y + 14, hatchDefinition(idPrefix), axis, ...rows);
}

/** Bands with the stage's name inside where it fits. */
function bands(timeline: ReportTimeline, frame: Frame, top: number, idPrefix: string): string {
  const x = timeScale(timeline, frame);
  return drawnBands(timeline, Math.floor((frame.right - frame.left) / 2))
    .map((band) => {
      const left = x(band.startS);
      const width = Math.max(1, x(band.endS) - left);
      const name = STAGE_NAMES[band.stage];
      const detail =
        /^\d+$/.test(band.label) || band.label.toLowerCase() === name.toLowerCase() ? '' : ` ${band.label}`;
      const text = [`${name}${detail}`, name].find(
        (candidate) => textWidth(candidate, frame.fontSize) + 10 <= width,
      );
      return element(
        'g',
        {},
        element('title', {}, `${name}: ${formatText(band.startS, 's')} to ${formatText(band.endS, 's')}`),
        stageRect({ stage: band.stage, x: left, y: top, width, height: BAND_HEIGHT }, idPrefix),
        text ? label(left + 5, top + 21, text, stageLabel(band.stage)) : '',
      );
    })
    .join('');
}

/** Bands of guessed stages: the same marks with a dashed outline. */
function guessedBands(
  estimated: readonly Band[],
  timeline: ReportTimeline,
  frame: Frame,
  top: number,
  idPrefix: string,
): string {
  const x = timeScale(timeline, frame);
  const outlines = estimated.map((band) =>
    element('rect', {
      x: x(band.startS) + 0.5,
      y: top + 0.5,
      width: Math.max(0.5, x(band.endS) - x(band.startS) - 1),
      height: BAND_HEIGHT - 1,
      fill: 'none',
      stroke: colour('ink'),
      'stroke-dasharray': '4 3',
    }),
  );
  return bands({ ...timeline, bands: [...estimated] }, frame, top, idPrefix) + outlines.join('');
}

function strip(
  cells: ReturnType<typeof stripCells>,
  most: number,
  timeline: ReportTimeline,
  frame: Frame,
  top: number,
): string {
  const x = timeScale(timeline, frame);
  return cells
    .map((cell) => {
      const left = x(cell.startS);
      return element('rect', {
        x: left,
        y: top,
        width: Math.max(0.75, x(cell.endS) - left - 0.75),
        height: CELL_HEIGHT,
        fill: colour(stageToken(cell.stage)),
        'fill-opacity': most === 1 ? null : 0.5 + (0.5 * cell.calls) / most,
      });
    })
    .join('');
}

function markers(timeline: ReportTimeline, frame: Frame, top: number, secondsPerPixel: number): string {
  const x = timeScale(timeline, frame);
  const groups = markerGroups(
    timeline.markers.filter(({ timeS }) => timeS >= timeline.startS && timeS <= timeline.endS),
    2 * secondsPerPixel,
  );
  const ticks = groups.map(({ timeS }) => `M${x(timeS).toFixed(1)} ${top}v${MARKER_HEIGHT}`).join('');
  return element('path', { d: ticks, stroke: colour('chart-mark'), 'stroke-width': 1.25, fill: 'none' });
}
