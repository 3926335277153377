/**
 * Figures of a run: numbers that stand in its files or in run.yaml as results, not as records of a recorder. They are shown
 * with their source, and only what they allow is derived from them.
 */
import { classifyKernel } from '../../llama/kernels/index.ts';
import type { StageTimeline } from '../../llama/types.ts';
import type { Profile, ReportedFigure } from '../../profile/types.ts';
import type { CoreType } from '../coreTypes.ts';
import { formatSpread } from '../format.ts';
import { quantity, type Quantity } from '../quantity.ts';
import type { StageMetric } from '../stageMetrics.ts';
import { measurements, wholeRunMetrics, type EventMetric, type Measurement } from './eventFigures.ts';
import { logMetrics } from './logTimings.ts';
import {
  measuredRates,
  promptRatios,
  settingOf,
  sharedSettings,
  type MeasuredRate,
  type RateRatio,
} from './rates.ts';

/** A function's share of a whole recording. */
export interface FunctionShare {
  name: string;
  image: string | null;
  event: string | null;
  share: Quantity;
  category: string | null;
  /** The kernel's name in words; null for what is no compute kernel. */
  words: string | null;
  source: string;
}

/** Any other number, under the name its source gives it. */
export interface OtherFigure {
  subject: string;
  value: Quantity;
  spread: number | null;
  settings: Record<string, string>;
  source: string;
}

export interface FiguresAnalysis {
  rates: MeasuredRate[];
  ratios: RateRatio[];
  measurements: Measurement[];
  /** Metrics over the whole of a run that has counters and nothing else, by type of core. */
  wholeRun: { core: string | null; metrics: EventMetric[] }[];
  shares: FunctionShare[];
  others: OtherFigure[];
  /** First numbers of a run whose stages are not known; empty for every other run. */
  headline: StageMetric[];
}

/**
 * All figures of the run and what follows from them. Pure.
 *
 * @param types the counts by type of core
 */
export function analyseFigures(
  profile: Profile,
  timeline: StageTimeline,
  types: readonly CoreType[],
): FiguresAnalysis {
  const rates = measuredRates(profile);
  const parts = {
    rates,
    ratios: promptRatios(rates),
    measurements: measurements(profile),
    wholeRun: wholeRunMetrics(profile, timeline, types),
    shares: profile.figures.filter(({ kind }) => kind === 'function-share').map(functionShare),
    others: profile.figures.filter(({ kind }) => kind === 'metric').map(otherFigure),
  };
  return { ...parts, headline: timeline.source === null ? headline(profile, parts) : [] };
}

/** The run's metrics with the figures' first numbers before them, which take the place of what cannot be measured. */
export function withFigures(metrics: readonly StageMetric[], first: readonly StageMetric[]): StageMetric[] {
  if (first.length === 0) return [...metrics];
  const taken = new Set(first.map(({ id }) => id));
  return [
    ...first,
    ...metrics.filter(({ id }) => !taken.has(id)).map((metric) => ({ ...metric, isHeadline: false })),
  ];
}

function functionShare({ subject, value, unit, settings, source }: ReportedFigure): FunctionShare {
  const kernel = classifyKernel(subject);
  const samples = Number(settings.samples ?? Number.NaN);
  const event = settings.event ?? null;
  return {
    name: subject,
    image: settings.image ?? null,
    event,
    share: quantity(unit === 'share' ? 100 * value : value, '%', 'sampled', {
      formula: `self samples of the function ÷ samples of the whole recording${event === null ? '' : `, of ${event}`}`,
      samples: Number.isSafeInteger(samples) ? samples : null,
    }),
    category: kernel.category,
    words: kernel.words,
    source,
  };
}

function otherFigure({ subject, value, unit, spread, settings, source }: ReportedFigure): OtherFigure {
  return {
    subject,
    value: quantity(value, unit, 'counted', {
      formula: 'as its source says',
    }),
    spread,
    settings,
    source,
  };
}

type Parts = Omit<FiguresAnalysis, 'headline'>;

/** Metrics of events that stand among the first numbers, when they are known. */
const TOLD_METRICS = ['ipc', 'backend-stalled'];

/** Speeds first, of a log where no benchmark gives any; then what counters say; else the largest function. */
function headline(profile: Profile, parts: Parts): StageMetric[] {
  const rates = [...rateHeadline(parts.rates, 'prompt'), ...rateHeadline(parts.rates, 'generation')];
  const speeds = rates.length > 0 ? rates : logMetrics(profile);
  const all = [...speeds, ...derivedHeadline(parts), ...eventHeadline(parts)];
  return all.length > 0 ? all : shareHeadline(parts.shares);
}

const RATE_IDS = {
  prompt: { id: 'prefill-rate', label: 'Prompt rate', stage: 'prefill' },
  generation: { id: 'decode-rate', label: 'Decode rate', stage: 'decode' },
} as const;

/** The one speed of a kind; of several, the highest and the lowest: a mean over different tests means nothing. */
function rateHeadline(rates: readonly MeasuredRate[], kind: keyof typeof RATE_IDS): StageMetric[] {
  const { id, label, stage } = RATE_IDS[kind];
  const { varying } = sharedSettings(rates);
  const told = ({ settings }: MeasuredRate): string => {
    const parts = varying.flatMap((name) => {
      const value = settingOf(settings, name);
      return value === null ? [] : [`${name} ${value}`];
    });
    return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
  };
  const ascending = rates
    .filter((rate) => rate.kind === kind && rate.rate.value !== null)
    .toSorted((a, b) => a.rate.value! - b.rate.value!);
  if (ascending.length === 0) return [];
  const metric = (name: string, words: string, rate: MeasuredRate): StageMetric => ({
    id: name,
    label: `${words}, ${rate.subject}${told(rate)}`,
    stage,
    quantity: withSpread(rate),
    isHeadline: true,
  });
  const [lowest] = ascending;
  if (ascending.length === 1) return [metric(id, label, lowest)];
  return [
    metric(`${id}-highest`, `Highest ${label.toLowerCase()}`, ascending.at(-1)!),
    metric(`${id}-lowest`, `Lowest ${label.toLowerCase()}`, lowest),
  ];
}

/** A card has no room for the deviation: its working tells it. */
function withSpread({ rate, spread }: MeasuredRate): Quantity {
  if (spread === null || rate.working === null) return rate;
  const told = `${formatSpread(spread, rate.unit)} (one standard deviation)`;
  return { ...rate, working: { ...rate.working, formula: `${rate.working.formula}, ${told}` } };
}

function derivedHeadline({ rates, ratios }: Parts): StageMetric[] {
  const rows: StageMetric[] = [];
  if (ratios.length === 1) {
    const [{ label, quantity: ratio }] = ratios;
    rows.push({ id: 'prompt-ratio', label, stage: null, quantity: ratio, isHeadline: true });
  }
  const generations = rates.filter(({ kind }) => kind === 'generation');
  if (generations.length === 1 && generations[0].modelBandwidth.value !== null) {
    const [{ modelBandwidth, subject }] = generations;
    rows.push({
      id: 'model-bandwidth',
      label: `Weights read, ${subject}`,
      stage: 'decode',
      quantity: modelBandwidth,
      isHeadline: true,
    });
  }
  return rows;
}

function eventHeadline({ measurements: published, wholeRun, others }: Parts): StageMetric[] {
  const sets = [...published, ...wholeRun].filter(({ metrics }) => metrics.length > 0);
  // Of several sets, none is the run.
  const told = TOLD_METRICS.flatMap((id) => {
    const found = sets.flatMap(({ metrics }) => metrics.filter((metric) => metric.id === id));
    return found.length === 1 ? found : [];
  });
  const elapsed = wholeRun.length > 0 ? others.filter(({ subject }) => subject === 'time-elapsed') : [];
  return [
    ...elapsed.slice(0, 1).map(({ value }) => ({ id: 'time-elapsed', label: 'Wall time', quantity: value })),
    ...told.map((metric) => ({ ...metric, label: `${metric.label}, whole run` })),
  ].map((metric) => ({ ...metric, stage: null, isHeadline: true }));
}

function shareHeadline(shares: readonly FunctionShare[]): StageMetric[] {
  const [largest] = shares.toSorted((a, b) => b.share.value! - a.share.value!);
  if (!largest) return [];
  return [
    {
      id: 'largest-share',
      label: `Self share of ${largest.name}`,
      stage: null,
      quantity: largest.share,
      isHeadline: true,
    },
  ];
}
