/**
 * What the chart of rates shows: a panel for prompts, one for generation, one for tests of both. A panel is lines where
 * its tests differ in a number of at least three values (threads, depth, batch, prompt length…), bars otherwise.
 */
import type { Report } from '../../report/schema.ts';
import type { ReportRate } from '../../report/schema/figures.ts';

export interface RatePoint {
  /** The test with the settings that tell it from others: `pp512 · n_threads 4`. */
  label: string;
  /** Tokens per second. */
  rate: number;
  spread: number | null;
  repetitions: number[];
  /** Value on the panel's axis; 0 in a panel of bars. */
  x: number;
}

/** Points that differ only in the number on the axis. */
export interface RateSeries {
  label: string;
  points: RatePoint[];
}

export interface RatePanel {
  kind: ReportRate['kind'];
  /** What the axis counts, in words; null for bars. */
  axis: string | null;
  /** One series for bars. */
  series: RateSeries[];
}

const KINDS = ['prompt', 'generation', 'both', 'other'] as const;
/** Values from which a line says more than bars. */
const LEAST_VALUES = 3;
/** Lines that can still be told apart in one panel. */
const MOST_LINES = 6;

/** What a test may differ in, with the words for its axis; settings of numbers follow under their own names. */
const TEST_AXES = [
  { name: 'promptTokens', words: 'prompt tokens' },
  { name: 'generatedTokens', words: 'generated tokens' },
  { name: 'depth', words: 'positions in the cache before the test' },
  { name: 'sequences', words: 'sequences at once' },
] as const;
const SETTING_WORDS: ReadonlyMap<string, string> = new Map([
  ['n_threads', 'threads'],
  ['n_batch', 'batch'],
  ['n_ubatch', 'micro-batch'],
]);

interface Axis {
  words: string;
  valueOf: (rate: ReportRate) => number | null;
}

/** Panels with something in them, prompts first. */
export function ratePanels(report: Pick<Report, 'figures'>): RatePanel[] {
  const rates = (report.figures?.rates ?? []).filter(
    ({ rate }) => rate.value !== null && rate.unit === 'tokens/s',
  );
  return KINDS.flatMap((kind) => {
    const ofKind = rates.filter((rate) => rate.kind === kind);
    return ofKind.length === 0 ? [] : [linePanel(kind, ofKind) ?? barPanel(kind, ofKind)];
  });
}

/** All points of a panel. */
export function pointsOf(panel: RatePanel): RatePoint[] {
  return panel.series.flatMap(({ points }) => points);
}

function barPanel(kind: RatePanel['kind'], rates: readonly ReportRate[]): RatePanel {
  return { kind, axis: null, series: [{ label: '', points: rates.map((rate) => pointOf(rate, 0)) }] };
}

function linePanel(kind: RatePanel['kind'], rates: readonly ReportRate[]): RatePanel | null {
  const distinct = ({ valueOf }: Axis): number => new Set(rates.map(valueOf)).size;
  const [axis, ...others] = axesOf(rates)
    .filter((candidate) => distinct(candidate) > 1)
    .toSorted((a, b) => distinct(b) - distinct(a));
  if (!axis || distinct(axis) < LEAST_VALUES) return null;
  const groups = Map.groupBy(rates, (rate) =>
    [
      ...others.map(({ words, valueOf }) => `${words} ${valueOf(rate)}`),
      ...rate.settings.filter(({ value }) => numberOf(value) === null).map(({ value }) => value),
    ].join(', '),
  );
  const series = [...groups].map(([label, group]) => ({
    label,
    points: group.map((rate) => pointOf(rate, axis.valueOf(rate) ?? 0)).toSorted((a, b) => a.x - b.x),
  }));
  const isReadable =
    series.length <= MOST_LINES &&
    series.every(({ points }) => new Set(points.map(({ x }) => x)).size === points.length) &&
    series.some(({ points }) => points.length >= LEAST_VALUES);
  return isReadable ? { kind, axis: axis.words, series } : null;
}

/** Axes on which every test has a place. */
function axesOf(rates: readonly ReportRate[]): Axis[] {
  const settings = new Set(rates.flatMap((rate) => rate.settings.map(({ name }) => name)));
  return [
    ...TEST_AXES.map(({ name, words }): Axis => ({ words, valueOf: (rate) => rate[name] })),
    ...[...settings].map((name): Axis => ({
      words: SETTING_WORDS.get(name) ?? name,
      valueOf: (rate) => numberOf(rate.settings.find((setting) => setting.name === name)?.value),
    })),
  ].filter(({ valueOf }) => rates.every((rate) => valueOf(rate) !== null));
}

function numberOf(text: string | undefined): number | null {
  return text !== undefined && /^-?\d{1,15}(?:\.\d{1,6})?$/.test(text) ? Number(text) : null;
}

function pointOf({ subject, settings, rate, spread, repetitions }: ReportRate, x: number): RatePoint {
  const told = settings.map(({ name, value }) => `${name} ${value}`).join(', ');
  return { label: told === '' ? subject : `${subject} · ${told}`, rate: rate.value!, spread, repetitions, x };
}
