/** Sets: runs that differ in few settings, found from what their files say. */
import { criticalT } from '../studentT.ts';

/** What is known of a run for telling it from others; unknown settings are left out of the map. */
export interface RunSettings {
  id: string;
  /** Kebab-case names of {@link SUBJECTS} and {@link CONFOUNDERS}. */
  settings: ReadonlyMap<string, string>;
}

/** Settings that people vary on purpose. */
export const SUBJECTS = [
  'threads',
  'quantisation',
  'matmul-path',
  'context-depth',
  'batch',
  'micro-batch',
  'flash-attention',
  'machine',
] as const;

/** Settings that change results without being the question. They are listed first, so that nobody overlooks them. */
export const CONFOUNDERS = [
  'llama-build',
  'compiler',
  'cpu-features',
  'kernel',
  'governor',
  'frequency-limit',
  'hypervisor',
  'page-size',
  'huge-pages',
  'threads-batch',
  'kv-cache',
  'flags',
  'origin',
  'recorder',
  'sampling',
  'prompt-tokens',
] as const;

/** What must be equal for two runs to be about the same thing. */
export const SAME = ['architecture', 'parameters'] as const;

export interface SettingDifference {
  name: string;
  /** Value of each run, in the order of the set; null when unknown. */
  values: (string | null)[];
}

export interface RunSet {
  /** Ids in order of the first varied setting, then of id. */
  runs: string[];
  varies: SettingDifference[];
  confounders: SettingDifference[];
}

/** At most this many purposeful settings may differ in a set. */
const MOST_VARIED = 1;

/**
 * Sets of two or more runs of one model that differ in exactly one purposeful setting. A run may be in several sets (by
 * threads with some, by quantisation with others); a set that is part of a larger one of the same setting is not listed.
 */
export function findSets(runs: readonly RunSettings[]): RunSet[] {
  const sets: RunSet[] = [];
  for (const subject of SUBJECTS) {
    const groups = new Map<string, RunSettings[]>();
    for (const run of runs) {
      // Runs of models that are not known are not of one model.
      if (!run.settings.has(subject) || SAME.some((name) => !run.settings.has(name))) continue;
      const key = JSON.stringify(
        [...SAME, ...SUBJECTS.filter((other) => other !== subject)].map(
          (name) => run.settings.get(name) ?? null,
        ),
      );
      const group = groups.get(key);
      if (group) group.push(run);
      else groups.set(key, [run]);
    }
    for (const group of groups.values()) {
      if (new Set(group.map((run) => run.settings.get(subject))).size < 2) continue;
      sets.push(makeSet(group, subject));
    }
  }
  return sets;
}

function makeSet(group: readonly RunSettings[], subject: string): RunSet {
  const ordered = [...group].sort(
    (a, b) => compareValues(a.settings.get(subject)!, b.settings.get(subject)!) || (a.id < b.id ? -1 : 1),
  );
  return {
    runs: ordered.map((run) => run.id),
    varies: [difference(ordered, subject)],
    confounders: CONFOUNDERS.map((name) => difference(ordered, name)).filter(
      ({ values }) => new Set(values).size > 1,
    ),
  };
}

function difference(runs: readonly RunSettings[], name: string): SettingDifference {
  return { name, values: runs.map((run) => run.settings.get(name) ?? null) };
}

function compareValues(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * How two runs differ: purposeful settings and confounders. `isSameModel` when both models are known and one; `comparable`
 * when besides at most one purposeful setting differs.
 */
export function settingDifferences(
  a: RunSettings,
  b: RunSettings,
): {
  isSameModel: boolean;
  comparable: boolean;
  varies: SettingDifference[];
  confounders: SettingDifference[];
} {
  const differing = (names: readonly string[]): SettingDifference[] =>
    names.map((name) => difference([a, b], name)).filter(({ values }) => values[0] !== values[1]);
  const varies = differing(SUBJECTS);
  const isSameModel = differing(SAME).length === 0 && SAME.every((name) => a.settings.has(name));
  return {
    isSameModel,
    comparable: isSameModel && varies.length <= MOST_VARIED,
    varies,
    confounders: differing(CONFOUNDERS),
  };
}

/**
 * What may be said of a figure of two sides, each with one value per repetition. One run on each side never yields
 * "faster": its spread is unknown.
 */
export function compareRepetitions(
  a: readonly number[],
  b: readonly number[],
): {
  meanA: number;
  meanB: number;
  ratio: number;
  /** 95 % interval of meanB − meanA; null when the spread is not known. */
  interval: [low: number, high: number] | null;
  outcome: 'higher' | 'lower' | 'within-noise' | 'spread-unknown';
} {
  const meanA = mean(a);
  const meanB = mean(b);
  const ratio = meanB / meanA;
  const difference = meanB - meanA;
  if (a.length < 2 || b.length < 2) return { meanA, meanB, ratio, interval: null, outcome: 'spread-unknown' };
  // Welch's t with its own degrees of freedom; the difference is tested, not the overlap of intervals.
  const varianceA = sampleVariance(a, meanA) / a.length;
  const varianceB = sampleVariance(b, meanB) / b.length;
  const variance = varianceA + varianceB;
  const freedom =
    variance === 0
      ? Infinity
      : variance ** 2 / (varianceA ** 2 / (a.length - 1) + varianceB ** 2 / (b.length - 1));
  const half = criticalT(freedom) * Math.sqrt(variance);
  const outcome = Math.abs(difference) <= half ? 'within-noise' : difference > 0 ? 'higher' : 'lower';
  return { meanA, meanB, ratio, interval: [difference - half, difference + half], outcome };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Variance of a sample around its mean, with n − 1. */
export function sampleVariance(values: readonly number[], around: number): number {
  return values.reduce((sum, value) => sum + (value - around) ** 2, 0) / (values.length - 1);
}
