/** Parts of a run's time: what is seen in them, how they move, and how an address and a sentence say them. Times are seconds. */

export interface TimeSpan {
  startS: number;
  endS: number;
}

/** More than this share of the run is all of it: addresses name parts no finer. */
const NEARLY_ALL = 0.999;
/** The shortest part is this share of the run: beyond it nothing of the picture is left to tell apart. */
const SHORTEST_SHARE = 1e-6;
/** Address and sentence name a part to a thousandth of its length, or finer. */
const DIGITS = 3;
/** Nothing is recorded finer than nanoseconds. */
const MOST_DECIMALS = 9;

/** True when a stretch has more than an end in common with the span. */
export function isSeenIn(span: TimeSpan, { startS, endS }: TimeSpan): boolean {
  return startS === endS
    ? startS >= span.startS && startS <= span.endS
    : startS < span.endS && endS > span.startS;
}

export function lengthOf({ startS, endS }: TimeSpan): number {
  return endS - startS;
}

/** The span within the run's time and not shorter than the shortest; null where that is the whole run, or nothing. */
export function within(whole: TimeSpan, span: TimeSpan): TimeSpan | null {
  const length = lengthOf(whole);
  const from = Math.max(whole.startS, Math.min(span.startS, span.endS));
  const to = Math.min(whole.endS, Math.max(span.startS, span.endS));
  if (!(from < to) || to - from >= length * NEARLY_ALL) return null;
  const missing = length * SHORTEST_SHARE - (to - from);
  if (missing <= 0) return { startS: from, endS: to };
  const startS = Math.min(from, whole.endS - length * SHORTEST_SHARE);
  return { startS, endS: startS + length * SHORTEST_SHARE };
}

/** `factor` times as long, `aroundS` keeps its place. */
export function scaled(whole: TimeSpan, span: TimeSpan, factor: number, aroundS: number): TimeSpan | null {
  const startS = aroundS - (aroundS - span.startS) * factor;
  return shiftedInto(whole, { startS, endS: startS + lengthOf(span) * factor });
}

/** Moved by a share of its own length, at most to the run's ends. */
export function moved(whole: TimeSpan, span: TimeSpan, share: number): TimeSpan | null {
  const byS = lengthOf(span) * share;
  return shiftedInto(whole, { startS: span.startS + byS, endS: span.endS + byS });
}

/** A span of the same length that lies within the run. */
function shiftedInto(whole: TimeSpan, { startS, endS }: TimeSpan): TimeSpan | null {
  const byS = Math.max(0, whole.startS - startS) - Math.max(0, endS - whole.endS);
  return within(whole, { startS: startS + byS, endS: endS + byS });
}

/** The part that `?from=1.2&to=3.4` names; null for the whole run, and for what is no part of it. */
export function spanOfQuery(query: URLSearchParams, whole: TimeSpan): TimeSpan | null {
  const [from, to] = ['from', 'to'].map((name) => query.get(name));
  if (from === null && to === null) return null;
  const startS = from === null ? whole.startS : secondsOf(from);
  const endS = to === null ? whole.endS : secondsOf(to);
  return startS !== null && endS !== null && startS < endS ? within(whole, { startS, endS }) : null;
}

/** Plain decimal seconds; null for all else. */
function secondsOf(text: string): number | null {
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : null;
}

/** Writes the part into the query, or takes it out. */
export function writeSpan(query: URLSearchParams, span: TimeSpan | null): void {
  query.delete('from');
  query.delete('to');
  if (span === null) return;
  query.set('from', secondsText(span.startS, span));
  query.set('to', secondsText(span.endS, span));
}

/** A moment with as many decimals as tell apart moments of the part. */
export function secondsText(timeS: number, span: TimeSpan): string {
  const decimals = Math.min(
    MOST_DECIMALS,
    Math.max(0, DIGITS - Math.floor(Math.log10(lengthOf(span)) + 1e-9)),
  );
  return Math.abs(timeS) < 0.5 * 10 ** -decimals ? (0).toFixed(decimals) : timeS.toFixed(decimals);
}
