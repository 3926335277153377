/** A clock that falls while the run goes on: from recorded frequencies, else from cycles per second of decode calls. */
import { percentile } from '../bootstrap.ts';
import { frequencyTracks } from '../frequencyTracks.ts';
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

export function throttling(input: FindingInput): Finding[] {
  if (!timeIsHardwareTime(input.run.profile)) return [];
  const recorded = recordedFrequencies(input);
  const found = recorded
    ? { points: recorded, source: 'recorded frequencies of the CPUs that ran Decode' }
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

/** CPUs with a smaller share of Decode's samples only helped out. */
const LEAST_SHARE_OF_CPU = 0.05;

/**
 * The clock at each decode call, of the CPUs that Decode ran on and for as much as it ran there: idle CPUs slow down
 * without anything being throttled. Null where no frequency of such a CPU was recorded.
 */
function recordedFrequencies({ run }: FindingInput): Point[] | null {
  const decode = STAGE_GROUPS.indexOf('decode');
  const cores = run.threadUse?.cores ?? [];
  const samples = cores.reduce((sum, core) => sum + core.samples[decode], 0);
  const weights = new Map(
    cores
      .filter((core) => core.samples[decode] > 0 && core.samples[decode] >= LEAST_SHARE_OF_CPU * samples)
      .map((core) => [core.cpu, core.samples[decode]]),
  );
  const tracks = frequencyTracks(run.profile).filter(({ cpu }) => weights.has(cpu));
  if (tracks.length === 0) return null;
  const durations = callDurations(run.timeline);
  const next = tracks.map(() => 0);
  const points: Point[] = [];
  for (const token of run.timeline.tokens) {
    if (!isDecodeToken(token) || !(durations[token.index] > 0)) continue;
    const timeNs = token.startNs + durations[token.index] / 2;
    let [sum, weight] = [0, 0];
    tracks.forEach((track, at) => {
      while (next[at] < track.timeNs.length && track.timeNs[next[at]] <= timeNs) next[at]++;
      const hertz = track.hertz[next[at] - 1] ?? 0;
      if (!(hertz > 0)) return;
      sum += hertz * weights.get(track.cpu)!;
      weight += weights.get(track.cpu)!;
    });
    if (weight > 0) points.push({ timeNs, hertz: sum / weight });
  }
  return points;
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
