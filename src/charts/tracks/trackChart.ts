/** Tracks over the run's time: counters, threads and span channels, aligned with the token strip. */
import type { Report, ReportTimeline, ReportTrack } from '../../report/schema.ts';
import type { ChartDefinition, ChartSize, ChartTable, ChartWords, DrawOptions } from '../chart.ts';
import { formatPlural, formatText } from '../format.ts';
import { linear, TIME_FRAME, type Frame } from '../layout.ts';
import { timeAxisName } from '../runTime.ts';
import { known, sum } from '../statistics.ts';
import { colour, element, label, picture } from '../svg.ts';
import { shortened } from '../text.ts';
import { partOf, stageGround, timeAxis } from '../timeAxis.ts';
import type { TimeSpan } from '../timeSpan.ts';

const TRACK_HEIGHT = 44;
const LABEL_HEIGHT = 30;
const GAP = 10;
/** Tracks beyond these stand in the table only: a page must stay readable. */
const SHOWN_TRACKS = 12;
/** Bins are merged until a column is as wide as this, pixels. */
const THINNEST_BIN = 2;

type TrackKind = 'counterTracks' | 'metricTracks' | 'threadTracks' | 'spanTracks';

interface TrackWords {
  id: string;
  kind: TrackKind;
  missing: string;
  title(report: Report, tracks: readonly ReportTrack[]): string;
  subject: string;
}

/** A chart of one kind of track. */
export function trackChart({ id, kind, missing, title, subject }: TrackWords): ChartDefinition {
  const tracksOf = (report: Report): ReportTrack[] => report.timeline?.[kind] ?? [];
  return {
    id,
    chapter: 'timeline',
    missing: (report) => (tracksOf(report).length === 0 ? missing : null),
    words: (report) => words(report, tracksOf(report), title(report, tracksOf(report)), subject),
    draw: (report, options) => draw(report.timeline!, tracksOf(report), options),
    table: (report) => table(report.timeline!, tracksOf(report)),
  };
}

function words(report: Report, tracks: readonly ReportTrack[], title: string, subject: string): ChartWords {
  const left = tracks.length - SHOWN_TRACKS;
  const shown = left > 0 ? `; ${formatPlural(left, 'further track')} in the table` : '';
  return {
    title,
    subtitle: `${subject} over ${timeAxisName(report)}, each track from zero to its own maximum; ground in the colour of the stage${shown}`,
    description: tracks
      .map((track) => {
        const values = known(track.values);
        return values.length === 0
          ? `${track.label}: not measured.`
          : `${track.label}: largest ${formatText(Math.max(...values), track.unit)}, mean ${formatText(sum(values) / values.length, track.unit)}.`;
      })
      .slice(0, SHOWN_TRACKS)
      .join(' '),
    how: [
      `${formatPlural(report.timeline!.bins, 'bin')} of equal length.`,
      ...new Set(tracks.map((track) => `${track.label}: ${track.how} (${track.status}).`)),
    ],
  };
}

function table(timeline: ReportTimeline, tracks: readonly ReportTrack[]): ChartTable {
  const binS = (timeline.endS - timeline.startS) / timeline.bins;
  return {
    columns: [
      { id: 'start', label: 'Start', unit: 's', kind: 'number' },
      ...tracks.map((track) => ({
        id: track.id,
        label: track.label,
        unit: track.unit,
        kind: 'number' as const,
      })),
    ],
    rows: Array.from({ length: timeline.bins }, (_, bin) => [
      Number((timeline.startS + bin * binS).toPrecision(9)),
      ...tracks.map((track) => track.values[bin] ?? null),
    ]),
  };
}

function draw(timeline: ReportTimeline, tracks: readonly ReportTrack[], options: DrawOptions): string {
  const frame = TIME_FRAME[options.size];
  const part = partOf(timeline, options.span);
  const columns = trackColumns(timeline, part, options.size);
  const rows: string[] = [];
  let y = 4;
  for (const track of tracks.slice(0, SHOWN_TRACKS)) {
    const values = mergedBy(track.values.slice(columns.first, columns.end), columns.bins);
    const largest = Math.max(0, ...known(values));
    const maximum = known(values).length === 0 ? 'not measured' : `to ${formatText(largest, track.unit)}`;
    if (frame.labelsAbove) {
      rows.push(
        label(0, y + 11, shortened(track.label, 50), { fill: colour('ink') }),
        label(0, y + 25, maximum, { fill: colour('chart-axis'), 'font-size': frame.fontSize - 1 }),
      );
      y += LABEL_HEIGHT;
    } else {
      const name = twoLines(track.label);
      const quiet = { fill: colour('chart-axis'), 'font-size': frame.fontSize - 1 };
      rows.push(
        ...name.map((line, index) => label(0, y + 12 + 14 * index, line, { fill: colour('ink') })),
        // Three lines stand beside a track.
        ...twoLines(maximum)
          .slice(0, 3 - name.length)
          .map((line, index) => label(0, y + 12 + 14 * (name.length + index), line, quiet)),
      );
    }
    rows.push(area(values, columnEdges(timeline, part, columns, frame), largest, frame, y));
    y += TRACK_HEIGHT + GAP;
  }
  const bottom = y - GAP;
  return picture(
    frame.width,
    bottom + 18,
    stageGround(part, frame, 0, bottom),
    timeAxis(part, frame, 0, bottom),
    ...rows,
  );
}

/** A label in at most two lines of the width left of the tracks. */
function twoLines(text: string): string[] {
  const width = 23;
  if (text.length <= width) return [shortened(text, width)];
  // A space that keeps a number and its unit together is still a better place than the middle of the unit.
  const space = [' ', '\u00A0'].map((kind) => text.lastIndexOf(kind, width)).find((place) => place > 8);
  const cut = space ?? width;
  return [shortened(text.slice(0, cut), width), shortened(text.slice(cut).trim(), width)];
}

/** A step area from zero; a bin without a value leaves a gap. */
function area(
  values: readonly (number | null)[],
  x: (column: number) => number,
  largest: number,
  frame: Frame,
  top: number,
): string {
  const base = top + TRACK_HEIGHT;
  const y = linear([0, largest === 0 ? 1 : largest], [base, top]);
  let path = '';
  let isOpen = false;
  values.forEach((value, bin) => {
    if (value === null) {
      if (isOpen) path += `V${base}Z`;
      isOpen = false;
      return;
    }
    if (!isOpen) path += `M${x(bin).toFixed(1)} ${base}`;
    isOpen = true;
    path += `V${y(value).toFixed(1)}H${x(bin + 1).toFixed(1)}`;
  });
  if (isOpen) path += `V${base}Z`;
  return (
    element('path', {
      d: `M${frame.left} ${base}H${frame.right}`,
      stroke: colour('line-strong'),
      fill: 'none',
    }) +
    element('path', {
      d: path,
      fill: colour('chart-mark'),
      'fill-opacity': 0.3,
      stroke: colour('chart-mark'),
      'stroke-width': 1,
      'stroke-linejoin': 'round',
    })
  );
}

/** The bins that a picture of a part of the time shows, and how many of them each drawn column merges. */
export interface TrackColumns {
  first: number;
  /** The bin after the last one. */
  end: number;
  /** Bins in a column: 1 is all that the report holds. */
  bins: number;
}

/** Columns begin at multiples of their bins, so that moving along the time does not change what they hold. */
export function trackColumns(
  timeline: Pick<ReportTimeline, 'startS' | 'endS' | 'bins'>,
  span: TimeSpan,
  size: ChartSize,
): TrackColumns {
  const { left, right } = TIME_FRAME[size];
  const { first, end } = binsIn(timeline, span);
  const bins = Math.max(1, Math.ceil((end - first) / Math.floor((right - left) / THINNEST_BIN)));
  return { first: first - (first % bins), end: Math.min(timeline.bins, Math.ceil(end / bins) * bins), bins };
}

/** The bins that are seen in a part of the time, from `first` to the one before `end`; one that only touches it is not. */
export function binsIn(
  timeline: Pick<ReportTimeline, 'startS' | 'endS' | 'bins'>,
  span: TimeSpan,
): { first: number; end: number } {
  const binOf = binScale(timeline);
  return {
    first: Math.max(0, Math.floor(binOf(span.startS))),
    end: Math.min(timeline.bins, Math.ceil(binOf(span.endS))),
  };
}

/** Seconds to bins, whole and parts of them; ends of a bin come out whole. */
function binScale({ startS, endS, bins }: Pick<ReportTimeline, 'startS' | 'endS' | 'bins'>) {
  return (timeS: number): number => Number((((timeS - startS) / (endS - startS)) * bins).toFixed(6));
}

/** Pixels of the left end of each column; the last one may hold fewer bins than the others. */
function columnEdges(
  timeline: ReportTimeline,
  span: TimeSpan,
  { first, end, bins }: TrackColumns,
  frame: Frame,
): (column: number) => number {
  const binOf = binScale(timeline);
  const x = linear([binOf(span.startS), binOf(span.endS)], [frame.left, frame.right]);
  return (column) => Math.min(frame.right, Math.max(frame.left, x(Math.min(end, first + column * bins))));
}

/** At most `count` bins; a merged bin is the mean of what was measured in it. */
export function merged(values: readonly (number | null)[], count: number): (number | null)[] {
  return mergedBy(values, Math.ceil(values.length / count));
}

function mergedBy(values: readonly (number | null)[], size: number): (number | null)[] {
  if (size <= 1) return [...values];
  const result: (number | null)[] = [];
  for (let start = 0; start < values.length; start += size) {
    const group = known(values.slice(start, start + size));
    result.push(group.length === 0 ? null : sum(group) / group.length);
  }
  return result;
}
