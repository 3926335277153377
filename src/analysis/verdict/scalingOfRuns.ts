/** Scaling evidence from the runs of a set, or from a benchmark's rows within one run. */
import type { Machine } from '../../arm/machines.ts';
import type { MeasuredPeak } from '../../arm/measuredPeaks.ts';
import type { Profile, ReportedFigure } from '../../profile/types.ts';
import { weightsElsewhere } from '../otherDevices.ts';
import type { RooflineSettings } from '../roofline/settings.ts';
import type { StageMetric } from '../stageMetrics.ts';
import {
  scalingEvidence,
  type BandwidthAtThreads,
  type RateAtThreads,
  type ScalingEvidence,
} from './scaling.ts';
import type { Thresholds } from './thresholds.ts';

/** What scaling is told from: fields of a RunAnalysis. */
export interface ScalingRun {
  profile: Profile;
  stageMetrics: readonly StageMetric[];
  roofline: {
    machine: { machine: Machine | null; measured: readonly MeasuredPeak[] };
    settings: Pick<RooflineSettings, 'threads'>;
  };
}

type JudgedStage = 'prefill' | 'decode';

/**
 * Scaling evidence from runs that differ in their threads and nothing else that matters. The first run's machine counts.
 * Null when nothing of it is about scaling: one thread count, no benchmark of several sequences, or a device besides the
 * cores whose rate no thread changes.
 */
export function scalingOfRuns(
  allRuns: readonly ScalingRun[],
  stage: JudgedStage,
  t: Thresholds,
): ScalingEvidence | null {
  const runs = allRuns.filter(({ profile }) => weightsElsewhere(profile) === null);
  if (runs[0] !== allRuns[0]) return null;
  const rates = runs.flatMap((run) => ratesOfRun(run, stage));
  const batch = stage === 'decode' ? firstOf(runs.map(({ profile }) => batchRatio(profile.figures))) : null;
  if (new Set(rates.map(({ threads }) => threads)).size < 2 && batch === null) return null;
  return scalingEvidence(rates, runs[0] ? bandwidthByThreads(runs) : [], batch, t);
}

function firstOf(values: readonly (number | null)[]): number | null {
  return values.find((value) => value !== null) ?? null;
}

/** Rates by thread count: of a benchmark's rows where there are several counts, else the run's own, with its stage's threads. */
function ratesOfRun({ profile, stageMetrics, roofline }: ScalingRun, stage: JudgedStage): RateAtThreads[] {
  const rows = benchmarkRates(profile.figures, stage);
  if (rows.length > 0) return rows;
  const threads = roofline.settings.threads[stage];
  const rate = stageMetrics.find(({ id }) => id === `${stage}-rate`)?.quantity.value ?? null;
  return threads === null || rate === null ? [] : [{ threads, tokensPerSecond: rate }];
}

/** `tg128`, `pp512`: llama-bench's tests of one stage, without depth or batch. */
const TEST: Readonly<Record<JudgedStage, RegExp>> = { prefill: /^pp\d+$/, decode: /^tg\d+$/ };

/** Rows of one test that differ in threads alone, of the test with most thread counts; empty when none has two. */
function benchmarkRates(figures: readonly ReportedFigure[], stage: JudgedStage): RateAtThreads[] {
  const byTest = new Map<string, RateAtThreads[]>();
  for (const { kind, subject, value, settings } of figures) {
    const threads = Number(settings.n_threads ?? NaN);
    if (kind !== 'rate' || !TEST[stage].test(subject) || !Number.isInteger(threads)) continue;
    const test = `${subject} ${otherSettings(settings)}`;
    byTest.set(test, [...(byTest.get(test) ?? []), { threads, tokensPerSecond: value }]);
  }
  const [most] = [...byTest.values()].sort((a, b) => b.length - a.length);
  return most && most.length >= 2 ? most : [];
}

/** Which threads compute goes with how many there are. */
const OF_THREADS = new Set(['n_threads', 'cpu_mask']);

/** All settings of a row but its threads, as one text: models, builds and attention must not stand for threads. */
function otherSettings(settings: ReportedFigure['settings']): string {
  return JSON.stringify(
    Object.entries(settings)
      .filter(([name]) => !OF_THREADS.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Aggregate generation rate of two sequences over one, same test of llama-batched-bench; null when not both were run. */
function batchRatio(figures: readonly ReportedFigure[]): number | null {
  const rateOf = (subject: string, prompt: string | undefined): number | null =>
    figures.find((row) => row.kind === 'rate' && row.subject === subject && row.settings.pp === prompt)
      ?.value ?? null;
  for (const { kind, subject, settings, value } of figures) {
    const single = /^(tg\d+) b2$/.exec(subject)?.[1];
    const one = kind === 'rate' && single !== undefined ? rateOf(single, settings.pp) : null;
    if (one) return value / one;
  }
  return null;
}

/** Read bandwidth by thread count: measured in these runs, which wins, or on such a machine. */
function bandwidthByThreads(runs: readonly ScalingRun[]): BandwidthAtThreads[] {
  const [{ roofline }] = runs;
  const rows = new Map(
    (roofline.machine.machine?.measuredRead ?? []).map((row) => [row.threads, row.bytesPerSecond]),
  );
  const own = new Map<number, number>();
  for (const run of runs) {
    for (const { quantity, threads, perSecond } of run.roofline.machine.measured) {
      if (quantity !== 'bandwidth' || threads === null) continue;
      own.set(threads, Math.max(own.get(threads) ?? 0, perSecond));
    }
  }
  return [...rows, ...own].reduce<BandwidthAtThreads[]>(
    (all, [threads, bytesPerSecond]) => [
      ...all.filter((row) => row.threads !== threads),
      { threads, bytesPerSecond },
    ],
    [],
  );
}
