/** Decode latency by position: the points, their summary, and the fitted line where it is known. */
import type { Report } from '../../report/schema.ts';
import { median, quantile } from '../statistics.ts';

export interface LatencyPoint {
  /** Tokens before the call, or the number of the call where positions are not known. */
  position: number;
  latencyMs: number;
  notes: string[];
}

export interface LatencyGroup {
  position: number;
  low: number;
  middle: number;
  high: number;
}

export interface TokenLatencyState {
  points: LatencyPoint[];
  /** False when the horizontal axis is the number of the call. */
  positionIsKnown: boolean;
  medianMs: number;
  largest: LatencyPoint;
  growth: NonNullable<Report['stages']['growth']> | null;
  /** The slope's interval leaves out zero: growth may be claimed. */
  growthIsCertain: boolean;
}

/** Null when no decode call has a latency. */
export function tokenLatencyState({ tokens, stages }: Report): TokenLatencyState | null {
  const rows = tokens.latencyMs
    .map((latencyMs, row) => ({ latencyMs, row }))
    .filter((entry): entry is { latencyMs: number; row: number } => entry.latencyMs !== null)
    .filter(({ row }) => tokens.stage[row] === 'decode');
  if (rows.length === 0) return null;
  const positionIsKnown = rows.every(({ row }) => tokens.past[row] !== null);
  const points = rows.map(({ latencyMs, row }) => ({
    position: positionIsKnown ? tokens.past[row]! : row,
    latencyMs,
    notes: tokens.notes[row],
  }));
  const growth = (positionIsKnown && stages.growth) || null;
  const interval = growth?.slopeInterval ?? null;
  return {
    points,
    positionIsKnown,
    medianMs: median(points.map((point) => point.latencyMs))!,
    largest: points.reduce((a, b) => (b.latencyMs > a.latencyMs ? b : a)),
    growth,
    growthIsCertain: interval !== null && interval[0] * interval[1] > 0,
  };
}

/** Points in at most `count` groups of neighbouring positions: median and the middle nine tenths. */
export function latencyGroups(points: readonly LatencyPoint[], count: number): LatencyGroup[] {
  const sorted = points.toSorted((a, b) => a.position - b.position);
  const size = Math.ceil(sorted.length / count);
  const groups: LatencyGroup[] = [];
  for (let start = 0; start < sorted.length; start += size) {
    const part = sorted.slice(start, start + size);
    const latencies = part.map((point) => point.latencyMs);
    groups.push({
      position: median(part.map((point) => point.position))!,
      low: quantile(latencies, 0.05)!,
      middle: median(latencies)!,
      high: quantile(latencies, 0.95)!,
    });
  }
  return groups;
}
