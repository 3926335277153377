/** How something of decode calls grows with the position in the context: a line through one value a token. */
import type { StageTimeline } from '../llama/types.ts';
import { autocorrelationTime } from './blockSpread.ts';
import { percentile } from './bootstrap.ts';
import { isDecodeToken } from './stageMetricsEnds.ts';
import { NORMAL_95 } from './studentT.ts';

/** The KV cache is padded in steps of 32 to 256 positions: growth shows over more than one step only. */
export const LEAST_POSITIONS_FOR_GROWTH = 256;
/** Calls beyond this many medians were interrupted: they would bend the line. */
const OUTLIER_MEDIANS = 3;

/** value = intercept + slope × position. */
export interface PositionLine {
  /** Units of the value per position. */
  slope: number;
  intercept: number;
  fromPast: number;
  toPast: number;
  /** 95 % interval of the slope. */
  slopeInterval: [low: number, high: number];
  /** Tokens the line was fitted to, and those left out as interrupted. */
  kept: number;
  leftOut: number;
}

/**
 * Least-squares line of a value over position, values beyond three medians left out.
 *
 * @param values one entry per token, null where there is none
 * @returns the line, or the reason why there is none
 */
export function lineOverPosition(
  timeline: StageTimeline,
  values: ArrayLike<number | null>,
): PositionLine | { reason: string } {
  const points: { past: number; value: number }[] = [];
  for (const token of timeline.tokens) {
    const value = values[token.index];
    if (isDecodeToken(token) && token.past !== null && value !== null)
      points.push({ past: token.past, value });
  }
  if (points.length === 0) return { reason: 'no decode call with a known position' };
  const positions = new Set(points.map(({ past }) => past)).size;
  if (positions < LEAST_POSITIONS_FOR_GROWTH) {
    return {
      reason: `needs ${LEAST_POSITIONS_FOR_GROWTH} positions, this run decodes at ${positions}: the cache is padded in steps`,
    };
  }
  const ascending = points.map(({ value }) => value).sort((a, b) => a - b);
  const limit = OUTLIER_MEDIANS * percentile(ascending, 0.5);
  const kept = points.filter(({ value }) => value <= limit);
  const meanPast = mean(kept.map(({ past }) => past));
  const meanValue = mean(kept.map(({ value }) => value));
  let [pastSquares, products, fromPast, toPast] = [0, 0, Infinity, -Infinity];
  for (const { past, value } of kept) {
    pastSquares += (past - meanPast) ** 2;
    products += (past - meanPast) * (value - meanValue);
    fromPast = Math.min(fromPast, past);
    toPast = Math.max(toPast, past);
  }
  const slope = products / pastSquares;
  const residuals = Float64Array.from(
    kept,
    ({ past, value }) => value - meanValue - slope * (past - meanPast),
  );
  const variance = residuals.reduce((sum, residual) => sum + residual ** 2, 0) / (kept.length - 2);
  // A clock that wanders slowly looks like growth: tokens that resemble their neighbours count for fewer.
  const standardError = Math.sqrt((variance * autocorrelationTime(residuals)) / pastSquares);
  return {
    slope,
    intercept: meanValue - slope * meanPast,
    fromPast,
    toPast,
    slopeInterval: [slope - NORMAL_95 * standardError, slope + NORMAL_95 * standardError],
    kept: kept.length,
    leftOut: points.length - kept.length,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
