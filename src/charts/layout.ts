/** Sizes that charts share, so that what stands above each other is aligned to the pixel. */
import type { ChartSize } from './chart.ts';

export interface Frame {
  width: number;
  /** Left and right end of the time axis (or of the bars). */
  left: number;
  right: number;
  /** Labels of rows stand above their row instead of left of it. */
  labelsAbove: boolean;
  fontSize: number;
}

/** Width of a picture: `wide` is shown at about this many pixels, `narrow` fits a phone. */
export const PICTURE_WIDTH: Record<ChartSize, number> = { wide: 880, narrow: 360 };

/** The frame of every chart over the run's time. */
export const TIME_FRAME: Record<ChartSize, Frame> = {
  wide: { width: PICTURE_WIDTH.wide, left: 152, right: 872, labelsAbove: false, fontSize: 12 },
  narrow: { width: PICTURE_WIDTH.narrow, left: 2, right: 358, labelsAbove: true, fontSize: 12 },
};

/** Linear scale from a domain to pixels. */
export function linear(
  [from, to]: readonly [number, number],
  [start, end]: readonly [number, number],
): (value: number) => number {
  const factor = to === from ? 0 : (end - start) / (to - from);
  return (value) => start + (value - from) * factor;
}

/** Round values between two ends, about `count` of them: steps of 1, 2 or 5 times a power of ten. */
export function niceTicks(from: number, to: number, count: number): number[] {
  if (!(to > from) || count < 1) return [];
  const step = niceStep((to - from) / count);
  const ticks: number[] = [];
  for (let index = Math.ceil(from / step); index * step <= to * (1 + 1e-12); index++) {
    ticks.push(Number((index * step).toPrecision(12)));
  }
  return ticks;
}

/** The smallest of 1, 2, 5 × 10ⁿ that is not below `step`. */
function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const ratio = step / power;
  const factor = ratio <= 1 ? 1 : ratio <= 2 ? 2 : ratio <= 5 ? 5 : 10;
  return factor * power;
}

/** Estimated width of a text in pixels: Inter's average advance is 0.55 em, JetBrains Mono's is exactly 0.6 em. */
export function textWidth(text: string, fontSize: number, face: 'text' | 'mono' = 'text'): number {
  return text.length * fontSize * (face === 'mono' ? 0.6 : 0.55);
}
