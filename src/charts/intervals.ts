/** Intervals of shares: how they are made, in words, and as a mark. */
import { RESAMPLES } from '../analysis/bootstrap.ts';
import type { Report } from '../report/schema.ts';
import { STAGE_NAMES } from './colours.ts';
import { formatCount } from './format.ts';
import { colour, element } from './svg.ts';

const HALF_HEIGHT = 3.5;

/** One sentence for each stage: where its intervals come from, or why it has none. */
export function intervalSentences({ functions, stages }: Pick<Report, 'functions' | 'stages'>): string[] {
  const { noInterval } = functions;
  if (!noInterval || stages.source === null) return [];
  return (['prefill', 'decode'] as const).map((stage) =>
    noInterval[stage] === null
      ? `${STAGE_NAMES[stage]}: 95 % intervals of the largest shares by block bootstrap over its calls, ${formatCount(RESAMPLES)} resamples with a fixed seed.`
      : `${STAGE_NAMES[stage]}: no interval, ${noInterval[stage]}.`,
  );
}

/** A horizontal interval with ends, in the ink of the page so that it is seen on every bar. */
export function whisker(from: number, to: number, y: number): string {
  return element('path', {
    d: `M${from.toFixed(2)} ${y - HALF_HEIGHT}V${y + HALF_HEIGHT}M${from.toFixed(2)} ${y}H${to.toFixed(2)}M${to.toFixed(2)} ${y - HALF_HEIGHT}V${y + HALF_HEIGHT}`,
    stroke: colour('ink'),
    'stroke-width': 1.25,
    fill: 'none',
  });
}
