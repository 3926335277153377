/** A clock that falls while the run goes on: from recorded frequencies, else from cycles per second of decode calls. */
import { percentile } from '../bootstrap.ts';
import { frequencyTracks, type FrequencyTrack } from '../frequencyTracks.ts';
import { timeIsHardwareTime } from '../origin.ts';
import { quantity } from '../quantity.ts';
import { onlyCoreType } from '../selectionMetrics.ts';
import { STAGE_GROUPS } from '../stageGroups.ts';
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

/** How fast the clock was at decode calls. */
interface ClockCourse {
  points: Point[];
  source: string;
}

export function throttling(input: FindingInput): Finding[] {
  if (!timeIsHardwareTime(input.run.profile)) return [];
  const found = recordedFrequencies(input) ?? cycleRates(input);
  if (!found || found.points.length < 2 * LEAST_VALUES) return [];
  const { points, source } = found;
  const { before, after, fallPercent } = fallOf(points);
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

function fallOf(points: readonly Point[]): { before: number; after: number; fallPercent: number } {
  const part = Math.max(LEAST_VALUES, Math.floor(points.length * PART));
  const before = medianHertz(points.slice(0, part));
  const after = medianHertz(points.slice(-part));
  return { before, after, fallPercent: 100 * (1 - after / before) };
}

function medianHertz(points: readonly Point[]): number {
  return percentile(
    points.map(({ hertz }) => hertz).sort((a, b) => a - b),
    0.5,
  );
}

/** CPUs with a smaller share of Decode's samples only helped out. */
const LEAST_SHARE_OF_CPU = 0.05;

/**
 * The clock at each decode call, of the CPUs that Decode ran on and for as much as it ran there: idle CPUs slow down
 * without anything being throttled. Where samples do not tell their CPU, of all CPUs, and only if every one of them falls.
 * Null where such frequencies were not recorded for enough calls.
 */
function recordedFrequencies({ run }: FindingInput): ClockCourse | null {
  const decode = STAGE_GROUPS.indexOf('decode');
  const cores = run.threadUse?.cores ?? [];
  const samples = cores.reduce((sum, core) => sum + core.samples[decode], 0);
  const all = frequencyTracks(run.profile);
  if (samples === 0) {
    const falls = all.every((track) => {
      const points = pointsOf(run, [{ track, weight: 1 }]);
      return points.length >= 2 * LEAST_VALUES && fallOf(points).fallPercent >= LEAST_FALL_PERCENT;
    });
    const everywhere = pointsOf(
      run,
      all.map((track) => ({ track, weight: 1 })),
    );
    return falls ? longEnough(everywhere, 'recorded frequencies of all CPUs, each of which falls') : null;
  }
  const weights = new Map(cores.map((core) => [core.cpu, core.samples[decode]]));
  const weighted = all.flatMap((track) => {
    const weight = weights.get(track.cpu) ?? 0;
    return weight > 0 && weight >= LEAST_SHARE_OF_CPU * samples ? [{ track, weight }] : [];
  });
  return longEnough(pointsOf(run, weighted), 'recorded frequencies of the CPUs that ran Decode');
}

function longEnough(points: Point[], source: string): ClockCourse | null {
  return points.length < 2 * LEAST_VALUES ? null : { points, source };
}

/**
 * The weighted mean of the tracks at the middle of each decode call. Calls for which one of them has no value yet, or none
 * above zero, are left out: the mean of other CPUs is another clock.
 */
function pointsOf(
  run: FindingInput['run'],
  tracks: readonly { track: FrequencyTrack; weight: number }[],
): Point[] {
  const whole = tracks.reduce((sum, { weight }) => sum + weight, 0);
  const durations = callDurations(run.timeline);
  const next = tracks.map(() => 0);
  const points: Point[] = [];
  for (const token of run.timeline.tokens) {
    if (!isDecodeToken(token) || !(durations[token.index] > 0)) continue;
    const timeNs = token.startNs + durations[token.index] / 2;
    const values = tracks.map(({ track }, at) => {
      while (next[at] < track.timeNs.length && track.timeNs[next[at]] <= timeNs) next[at]++;
      return track.hertz[next[at] - 1] ?? 0;
    });
    if (values.length === 0 || !values.every((hertz) => hertz > 0)) continue;
    const sum = values.reduce((total, hertz, at) => total + hertz * tracks[at].weight, 0);
    points.push({ timeNs, hertz: sum / whole });
  }
  return points;
}

/**
 * Cycles of each decode call over its duration: the clock, as long as the threads do not sleep. Null where the number of
 * threads is not known, and where cycles of several types of core would be one sum.
 */
function cycleRates({ run }: FindingInput): ClockCourse | null {
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
