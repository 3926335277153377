/** Figures as the report keeps them: each with its source, and a sentence on what they allow. */
import type { RunAnalysis } from '../../analysis/analyseRun.ts';
import { settingOf, sharedSettings } from '../../analysis/figures/rates.ts';
import type { Quantity } from '../../analysis/quantity.ts';
import { toCsv } from '../csv.ts';
import { reportQuantity, significant } from '../round.ts';
import type { ReportMetric } from '../schema.ts';
import type { ReportFigures } from '../schema/figures.ts';
import { trackId } from './timeline.ts';

/** Rows of each table that report.json keeps: a perf report has thousands of functions. */
const KEPT_ROWS = 200;

/** Source of what run.yaml states of this run itself: measured peaks. */
const RUN_YAML = 'run.yaml';

type Settings = Record<string, string>;

/** Null for a run without any figure. */
export function figuresSection({
  figures,
  profile,
  counterTotals,
  samplesWithStack,
}: RunAnalysis): ReportFigures | null {
  const { rates, ratios, measurements, shares, others } = figures;
  const all = [...rates, ...measurements, ...shares, ...others];
  if (all.length === 0) return null;
  const sources = [...new Set(all.map(({ source }) => source))];
  const sourceOf = (source: string): number => sources.indexOf(source);
  const { shared, varying } = sharedSettings(rates);
  const kept = <Row>(rows: readonly Row[]): Row[] => rows.slice(0, KEPT_ROWS);
  const spreadOf = (spread: number | null): number | null => (spread === null ? null : significant(spread));
  return {
    sources: sources.map((text) => ({
      text,
      isPublished: text !== RUN_YAML && !profile.inputs.some(({ path }) => path === text),
    })),
    limits: limits(figures, {
      hasSamples: profile.samples.length > 0 || samplesWithStack > 0,
      hasCounters: counterTotals.some(({ total }) => total !== null),
    }),
    rates: kept(rates).map((rate) => ({
      subject: rate.subject,
      kind: rate.kind,
      promptTokens: rate.promptTokens,
      generatedTokens: rate.generatedTokens,
      depth: rate.depth,
      sequences: rate.sequences,
      settings: settingRows(rate.settings, varying),
      rate: reportQuantity(rate.rate),
      spread: spreadOf(rate.spread),
      repetitions: rate.repetitions.map((value) => significant(value)),
      timePerToken: reportQuantity(rate.timePerToken),
      modelBandwidth: reportQuantity(rate.modelBandwidth),
      source: sourceOf(rate.source),
    })),
    sharedSettings: settingRows(shared),
    ratios: ratios.map(({ label, quantity }) => metric(trackId('ratio', label), label, quantity)),
    measurements: measurements.map(({ settings, totals, metrics, source }) => ({
      settings: settingRows(settings),
      totals: kept(totals).map(({ event, code, mnemonic, total, spread }) => ({
        event,
        code,
        mnemonic,
        total: reportQuantity(total),
        spread: spreadOf(spread),
      })),
      metrics: metrics.map(({ id, label, quantity }) => metric(id, label, quantity)),
      source: sourceOf(source),
    })),
    shares: kept(shares).map(({ share, source, ...rest }) => ({
      ...rest,
      share: reportQuantity(share),
      source: sourceOf(source),
    })),
    others: kept(others).map(({ subject, value, spread, settings, source }) => ({
      subject,
      value: reportQuantity(value),
      spread: spreadOf(spread),
      settings: settingRows(settings),
      source: sourceOf(source),
    })),
    omitted: [rates, shares, others, ...measurements.map(({ totals }) => totals)].reduce(
      (sum, rows) => sum + Math.max(0, rows.length - KEPT_ROWS),
      0,
    ),
  };
}

function metric(id: string, label: string, quantity: Quantity): ReportMetric {
  return { id, label, quantity: reportQuantity(quantity) };
}

function settingRows(
  settings: Settings,
  names: readonly string[] = Object.keys(settings),
): { name: string; value: string }[] {
  return names.flatMap((name) => {
    const value = settingOf(settings, name);
    return value === null ? [] : [{ name, value }];
  });
}

/** What the kinds of figures that are here say, and what they leave open. */
function limits(
  { rates, measurements, shares }: RunAnalysis['figures'],
  { hasSamples, hasCounters }: { hasSamples: boolean; hasCounters: boolean },
): string[] {
  const sentences: string[] = [];
  if (rates.length > 0) {
    sentences.push(
      'A rate is of a whole test: it says how fast prompts and generation run, not what runs in them nor what holds them back.',
    );
  }
  if (measurements.length > 0) {
    sentences.push(
      'Counter totals are of a whole program run, start included: they give ratios for the run, none for a stage or a token, and are divided by each other only where they were counted together.',
    );
  }
  if (shares.length > 0) {
    sentences.push('Shares are of a whole recording: which stage a function ran in is not known.');
  }
  if (sentences.length > 0 && !hasSamples && !hasCounters) {
    sentences.push('There are no samples: no timeline, no call paths.');
  }
  return sentences;
}

/** Every figure, and every number derived from them, as one table. */
export function figuresCsv({ figures }: RunAnalysis): string {
  const { rates, ratios, measurements, shares, others } = figures;
  type Row = {
    kind: string;
    subject: string;
    value: Quantity;
    spread?: number | null;
    repetitions?: number[];
    settings?: Settings;
    source?: string;
  };
  const rows: Row[] = [
    ...rates.flatMap((rate): Row[] => {
      const { subject, settings, source } = rate;
      const derived = (kind: string, value: Quantity): Row[] =>
        value.value === null ? [] : [{ kind, subject, value, settings, source }];
      return [
        {
          kind: 'rate',
          subject,
          value: rate.rate,
          spread: rate.spread,
          repetitions: rate.repetitions,
          settings,
          source,
        },
        ...derived('time per token', rate.timePerToken),
        ...derived('weights read', rate.modelBandwidth),
      ];
    }),
    ...ratios.map(({ label, quantity }): Row => ({ kind: 'ratio', subject: label, value: quantity })),
    ...measurements.flatMap(({ settings, totals, metrics, source }): Row[] => [
      ...totals.map(({ event, total, spread }): Row => ({
        kind: 'counter total',
        subject: event,
        value: total,
        spread,
        settings,
        source,
      })),
      ...metrics.map(({ label, quantity }): Row => ({
        kind: 'counter metric',
        subject: label,
        value: quantity,
        settings,
        source,
      })),
    ]),
    ...shares.map(({ name, share, image, event, source }): Row => ({
      kind: 'function share',
      subject: name,
      value: share,
      settings: { ...(image === null ? {} : { image }), ...(event === null ? {} : { event }) },
      source,
    })),
    ...others.map(({ subject, value, spread, settings, source }): Row => ({
      kind: 'other',
      subject,
      value,
      spread,
      settings,
      source,
    })),
  ];
  return toCsv(
    [
      'kind',
      'subject',
      'value',
      'unit',
      'standard deviation',
      'repetitions',
      'status',
      'settings',
      'how',
      'source',
    ],
    rows.map(({ kind, subject, value, spread, repetitions, settings, source }) => [
      kind,
      subject,
      value.value === null ? null : significant(value.value, 15),
      value.unit,
      spread ?? null,
      (repetitions ?? []).join(' '),
      value.status,
      Object.entries(settings ?? {})
        .map(([name, text]) => `${name}=${text}`)
        .join('; '),
      value.working?.formula ?? null,
      source ?? null,
    ]),
  );
}
