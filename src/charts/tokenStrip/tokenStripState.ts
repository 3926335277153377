/** What the token strip shows: bands of stages, one cell a call, and the markers, merged where they are too dense. */
import type { Report, ReportStage } from '../../report/schema.ts';
import { isSeenIn, type TimeSpan } from '../timeSpan.ts';

export interface StripCell {
  startS: number;
  endS: number;
  stage: ReportStage;
  /** Calls in the cell: more than one where single calls would be thinner than a pixel. */
  calls: number;
}

/**
 * The calls as cells of at least `widthS` seconds: neighbours of one stage that are thinner are merged, so that dense
 * stretches stay visible and no call is dropped.
 *
 * @param span only the calls that are seen in it
 */
export function stripCells(
  tokens: Pick<Report['tokens'], 'startS' | 'endS' | 'stage'>,
  widthS: number,
  span?: TimeSpan,
): StripCell[] {
  const cells: StripCell[] = [];
  for (let row = 0; row < tokens.startS.length; row++) {
    const startS = tokens.startS[row];
    const endS = Math.max(tokens.endS[row], startS);
    if (span && !isSeenIn(span, { startS, endS })) continue;
    const stage = tokens.stage[row];
    const last = cells.at(-1);
    if (last && last.stage === stage && endS - startS < widthS && startS - last.startS < widthS) {
      last.endS = Math.max(last.endS, endS);
      last.calls++;
    } else {
      cells.push({ startS, endS, stage, calls: 1 });
    }
  }
  return cells;
}

/** Times of markers with how many fall into each stretch of `widthS` seconds. */
export function markerGroups(
  markers: readonly { timeS: number }[],
  widthS: number,
): { timeS: number; count: number }[] {
  const groups: { timeS: number; count: number }[] = [];
  for (const { timeS } of markers.toSorted((a, b) => a.timeS - b.timeS)) {
    const last = groups.at(-1);
    if (last && timeS - last.timeS < widthS) last.count++;
    else groups.push({ timeS, count: 1 });
  }
  return groups;
}
