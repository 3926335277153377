/** A clock that falls while the run goes on: from recorded frequencies, else from cycles per second of decode calls. */
import { percentile } from '../bootstrap.ts';
import { timeIsHardwareTime } from '../origin.ts';
import { quantity } from '../quantity.ts';
import { onlyCoreType } from '../selectionMetrics.ts';
import { callDurations, isDecodeToken } from '../stageMetricsEnds.ts';
import { finding, name, say, value, type Finding } from './finding.ts';
import { IMPORTANCE } from './importance.ts';
import type { FindingInput } from './input.ts';

/** A fall below this share of the start is no throttling. */
const LEAST_FALL_PERCENT = 5;
/** First and last part of the run that are compared, and the fewest values in each. */
const PART = 0.25;
const LEAST_VALUES = 5;

interface Point {
  timeNs: number;
  hertz: number;
}

export function throttling(input: FindingInput): Finding[] {
  if (!timeIsHardwareTime(input.run.profile)) return [];
  const recorded = recordedFrequencies(input);
  const found = recorded
    ? { points: recorded, source: 'recorded frequencies of the CPUs' }
    : cycleRates(input);
  if (!found || found.points.length < 2 * LEAST_VALUES) return [];
  const { points, source } = found;
  const part = Math.max(LEAST_VALUES, Math.floor(points.length * PART));
  const before = medianHertz(points.slice(0, part));
  const after = medianHertz(points.slice(-part));
  const fallPercent = 100 * (1 - after / before);
  if (!(fallPercent >= LEAST_FALL_PERCENT)) return [];
  const formula = (which: string): string => `median over the ${which} quarter of Decode, from ${source}`;
  return finding(
    {
      id: 'throttling',
      kind: 'time',
      importance: IMPORTANCE.throttling,
      evidence: { chart: 'counter-tracks', chapter: 'timeline', selection: { stage: 'decode' } },
    },
    say`The clock falls from ${value('first quarter', quantity(before, 'Hz', 'counted', { formula: formula('first') }))} to ${value('last quarter', quantity(after, 'Hz', 'counted', { formula: formula('last') }))} during Decode, by ${value('fall', quantity(fallPercent, '%', 'counted', { formula: '1 − last ÷ first' }))}, by ${name(source)}.`,
  );
}

function medianHertz(points: readonly Point[]): number {
  return percentile(
    points.map(({ hertz }) => hertz).sort((a, b) => a - b),
    0.5,
  );
}

const HERTZ_OF_UNIT: Record<string, number> = { hz: 1, khz: 1e3, mhz: 1e6, ghz: 1e9 };

/** Levels of counters that are frequencies, within Decode; null when none were recorded. */
function recordedFrequencies({ run }: FindingInput): Point[] | null {
  const { counters, readings } = run.profile;
  const decode = run.timeline.phases.filter(({ stage }) => stage === 'decode');
  const points: Point[] = [];
  for (const table of readings) {
    table.counters.forEach((index, column) => {
      const { kind, unit, name: counterName, multiplier } = counters[index];
      const factor = HERTZ_OF_UNIT[unit.toLowerCase()];
      if (kind !== 'absolute' || factor === undefined || !/freq|clock/i.test(counterName)) return;
      for (let row = 0; row < table.length; row++) {
        const timeNs = table.timeNs[row];
        const hertz = table.deltas[column][row] * factor * (Number.isFinite(multiplier) ? multiplier : 1);
        const isInDecode = decode.some(({ startNs, endNs }) => startNs <= timeNs && timeNs <= endNs);
        if (isInDecode && hertz > 0) points.push({ timeNs, hertz });
      }
    });
  }
  return points.length === 0 ? null : points.sort((a, b) => a.timeNs - b.timeNs);
}

/**
 * Cycles of each decode call over its duration: the clock, as long as the threads do not sleep. Null where the number of
 * threads is not known, and where cycles of several types of core would be one sum.
 */
function cycleRates({ run }: FindingInput): { points: Point[]; source: string } | null {
  const index = run.profile.counters.findIndex(({ mnemonic }) => mnemonic === 'CPU_CYCLES');
  const byToken = index < 0 ? null : run.counterTotals[index].byToken;
  const threads = run.roofline.settings.threads.decode ?? onlyThread(run);
  if (!byToken || threads === null || onlyCoreType(run.metrics) === null) return null;
  const durations = callDurations(run.timeline);
  const points = run.timeline.tokens
    .filter((token) => isDecodeToken(token) && durations[token.index] > 0 && byToken[token.index] > 0)
    .map(({ index: token, startNs }) => ({
      timeNs: startNs,
      hertz: byToken[token] / threads / (durations[token] / 1e9),
    }));
  return { points, source: 'cycles of decode calls per second' };
}

/** 1 where the process was seen with a single thread; else the number of those that compute is not known. */
function onlyThread({ profile, timeline }: FindingInput['run']): 1 | null {
  const own = profile.threads.filter(({ pid }) => timeline.pid === null || pid === timeline.pid);
  return own.length === 1 ? 1 : null;
}
