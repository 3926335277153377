/** The time axis and the stage ground of charts over the run's time. */
import type { ReportTimeline } from '../report/schema.ts';
import { drawnBands } from './bands.ts';
import { stageToken } from './colours.ts';
import { formatText } from './format.ts';
import { linear, niceTicks, type Frame } from './layout.ts';
import { colour, element, label } from './svg.ts';
import { isSeenIn, type TimeSpan } from './timeSpan.ts';

/** The timeline as a picture of one part of it needs it: only the bands and markers that are seen there. */
export function partOf(timeline: ReportTimeline, span: TimeSpan | undefined): ReportTimeline {
  if (!span) return timeline;
  return {
    ...timeline,
    startS: span.startS,
    endS: span.endS,
    bands: timeline.bands.filter((band) => isSeenIn(span, band)),
    markers: timeline.markers.filter(({ timeS }) => timeS >= span.startS && timeS <= span.endS),
  };
}

/** Seconds to pixels; what began before the span or goes on after it stops at the frame's ends. */
export function timeScale(span: TimeSpan, frame: Frame): (timeS: number) => number {
  const x = linear([span.startS, span.endS], [frame.left, frame.right]);
  return (timeS) => Math.min(frame.right, Math.max(frame.left, x(timeS)));
}

/** Grid lines from `top` to `bottom` with their times below. */
export function timeAxis(timeline: TimeSpan, frame: Frame, top: number, bottom: number): string {
  const x = timeScale(timeline, frame);
  const ticks = niceTicks(timeline.startS, timeline.endS, frame.labelsAbove ? 4 : 8);
  const lines = ticks.map((tick) => `M${x(tick).toFixed(1)} ${top}V${bottom}`).join('');
  return (
    element('path', { d: lines, stroke: colour('chart-grid'), fill: 'none' }) +
    element(
      'g',
      { fill: colour('chart-axis'), 'font-size': frame.fontSize - 1 },
      ...ticks.map((tick) => {
        const at = x(tick);
        const anchor = at < frame.left + 14 ? 'start' : at > frame.right - 18 ? 'end' : 'middle';
        return label(at, bottom + 14, tickText(tick, ticks), { 'text-anchor': anchor });
      }),
    )
  );
}

/** A tick's time, in the unit that suits the whole axis. */
function tickText(tick: number, ticks: readonly number[]): string {
  if (tick === 0) return formatText(0, 's');
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : tick;
  const largest = Math.max(...ticks.map(Math.abs));
  const [factor, unit] = largest >= 1 ? [1, 's'] : largest >= 1e-3 ? [1e3, 'ms'] : [1e6, 'µs'];
  const decimals = Math.max(0, -Math.floor(Math.log10(step * factor) + 1e-9));
  return `${(tick * factor).toFixed(decimals)}\u00A0${unit}`;
}

/** Faint ground in the colours of the stages, behind tracks. */
export function stageGround(timeline: ReportTimeline, frame: Frame, top: number, bottom: number): string {
  const x = timeScale(timeline, frame);
  return drawnBands(timeline, Math.floor((frame.right - frame.left) / 2))
    .filter((band) => band.stage !== 'idle')
    .map((band) =>
      element('rect', {
        x: x(band.startS),
        y: top,
        width: Math.max(0, x(band.endS) - x(band.startS)),
        height: bottom - top,
        fill: colour(stageToken(band.stage)),
        'fill-opacity': 0.09,
      }),
    )
    .join('');
}
