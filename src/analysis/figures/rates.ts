/**
 * Speeds of whole tests, from llama-bench, llama-batched-bench, or a person who typed what somebody published: what each
 * test was, in which settings tests differ, and what may be derived from one speed.
 */
import { modelDemand } from '../../llama/roofline.ts';
import type { ModelInfo } from '../../profile/model.ts';
import type { Profile, ReportedFigure } from '../../profile/types.ts';
import { formatText } from '../format.ts';
import { modelCheck } from '../modelChecks.ts';
import { quantity, unknown, type Quantity } from '../quantity.ts';

/** What a test evaluates: a prompt, generated tokens, one after the other, or something its name does not say. */
export type RateKind = 'prompt' | 'generation' | 'both' | 'other';

/** A test as llama-bench names it: `pp512`, `tg128 @ d4096`, `pp512+tg128`, `tg32 b4`. */
export interface RateTest {
  kind: RateKind;
  promptTokens: number;
  generatedTokens: number;
  /** Positions in the cache before the test. */
  depth: number;
  /** Sequences evaluated together; the speed is of all of them. */
  sequences: number;
}

export interface MeasuredRate extends RateTest {
  subject: string;
  rate: Quantity;
  /** Sample standard deviation, or the published ±; null when none is known. */
  spread: number | null;
  repetitions: number[];
  timePerToken: Quantity;
  /** Bytes of weights that generation reads in a second, if every token reads all of them once. */
  modelBandwidth: Quantity;
  /** All settings by name, without those that the test's name says. */
  settings: Record<string, string>;
  source: string;
}

/** Two speeds of one set of settings divided by each other. */
export interface RateRatio {
  label: string;
  quantity: Quantity;
}

const TEST = /^(?:pp(\d{1,9}))?\+?(?:tg(\d{1,9}))?(?: @ d(\d{1,9}))?(?: b(\d{1,9}))?$/;
/** Fields that say again what the test's name says, or follow from it. */
const RESTATED = new Set(['n_prompt', 'n_gen', 'n_depth', 'pp', 'tg', 'pl', 'n_kv', 'test_time']);
/** Spellings of tokens per second. */
const RATE_UNITS = new Set(['tokens/s', 't/s', 'tok/s', 'tokens per second']);
/** Mean of rates and tokens per time may differ by this share before it is worth a word. */
const MEAN_TOLERANCE = 0.01;
/** More pairs than this in one set of settings are not a comparison any more. */
const MOST_RATIOS = 8;

/** What the name of a test says; `other` for a name of another form. */
export function rateTest(subject: string): RateTest {
  const match = TEST.exec(subject);
  const [prompt, generated, depth, sequences] = (match ?? []).slice(1).map((text) => Number(text ?? 0));
  const base = { promptTokens: prompt ?? 0, generatedTokens: generated ?? 0, depth: depth ?? 0 };
  const kind = !match
    ? 'other'
    : prompt > 0
      ? generated > 0
        ? 'both'
        : 'prompt'
      : generated > 0
        ? 'generation'
        : 'other';
  return { kind, ...base, sequences: sequences || 1 };
}

type RatedProfile = Pick<Profile, 'figures' | 'inputs' | 'model' | 'modelDescriptions' | 'facts' | 'origin'>;

/** All speeds of the run, in the order of its files. */
export function measuredRates(profile: RatedProfile): MeasuredRate[] {
  return profile.figures
    .filter((figure) => figure.kind === 'rate' && Number.isFinite(figure.value))
    .map((figure) => {
      const unit = RATE_UNITS.has(figure.unit) ? 'tokens/s' : figure.unit;
      const test =
        unit === 'tokens/s' ? rateTest(figure.subject) : { ...rateTest(''), kind: 'other' as const };
      const isFromFile = profile.inputs.some(({ path }) => path === figure.source);
      const rate = rateQuantity(figure, unit, isFromFile);
      return {
        ...test,
        subject: figure.subject,
        rate,
        spread: figure.spread,
        repetitions: figure.repetitions,
        timePerToken: timePerToken(figure, unit, test),
        modelBandwidth: modelBandwidth(figure, unit, test, profile),
        settings: Object.fromEntries(Object.entries(figure.settings).filter(([name]) => !RESTATED.has(name))),
        source: figure.source,
      };
    });
}

function rateQuantity(figure: ReportedFigure, unit: string, isFromFile: boolean): Quantity {
  const { value, spread, repetitions } = figure;
  const count = repetitions.length;
  const published = isFromFile ? 'as the tool printed it' : 'as published';
  return quantity(value, unit, 'counted', {
    formula: count > 1 ? `mean of the rates of ${count} repetitions, ${published}` : published,
    note:
      [
        count === 1 && spread === null ? 'one repetition: its spread is not known' : null,
        meanRemark(figure, unit),
      ]
        .filter(Boolean)
        .join('; ') || null,
  });
}

/** Tokens of all repetitions divided by their time, which weighs slow ones as they were: the harmonic mean. */
function ratePerTime(repetitions: readonly number[]): number | null {
  if (repetitions.length < 2 || repetitions.some((rate) => rate <= 0)) return null;
  return repetitions.length / repetitions.reduce((sum, rate) => sum + 1 / rate, 0);
}

function meanRemark({ value, repetitions }: ReportedFigure, unit: string): string | null {
  const perTime = ratePerTime(repetitions);
  if (perTime === null || Math.abs(perTime - value) <= MEAN_TOLERANCE * value) return null;
  return `all tokens ÷ all time is ${formatText(perTime, unit)}: the repetitions differ, and a mean of rates favours the fast ones`;
}

function timePerToken({ value, repetitions }: ReportedFigure, unit: string, test: RateTest): Quantity {
  if (unit !== 'tokens/s') return unknown('ms/token', `${unit} is no rate of tokens`);
  if (value <= 0) return unknown('ms/token', 'the rate is 0');
  const perTime = ratePerTime(repetitions);
  return quantity(1000 / (perTime ?? value), 'ms/token', 'counted', {
    formula: perTime === null ? '1,000 ÷ rate' : 'mean of 1,000 ÷ rate over the repetitions',
    inputs: [{ name: 'rate', value: perTime ?? value, unit }],
    note: test.sequences > 1 ? `over ${test.sequences} sequences together` : null,
  });
}

/**
 * Generation from an empty cache reads the weights once a token: rate × bytes is what the memory must have delivered, if
 * nothing stayed in a cache.
 */
function modelBandwidth(
  figure: ReportedFigure,
  unit: string,
  test: RateTest,
  profile: RatedProfile,
): Quantity {
  const { model, origin } = profile;
  if (test.kind !== 'generation' || unit !== 'tokens/s')
    return unknown('B/s', 'only generation reads all weights for each token');
  if (test.sequences > 1) return unknown('B/s', 'several sequences share one pass over the weights');
  if (test.depth > 0) return unknown('B/s', 'the size of the KV cache is not stated');
  if (origin.value === 'emulated' || origin.value === 'simulated')
    return unknown('B/s', `the time of an ${origin.value} run is not that of a memory`);
  const { reason } = modelCheck(profile);
  if (reason !== null) return unknown('B/s', reason);
  const weights = weightBytes(figure, model);
  if (weights === null) return unknown('B/s', 'the size of the model is not stated');
  return quantity(figure.value * weights.bytes, 'B/s', 'modelled', {
    formula: `rate × ${weights.of}`,
    inputs: [
      { name: 'rate', value: figure.value, unit },
      { name: weights.of, value: weights.bytes, unit: 'B' },
    ],
    note: weights.note,
  });
}

/** Bytes of weights that one token reads, as well as they are known. */
function weightBytes(
  figure: ReportedFigure,
  model: ModelInfo | null,
): { bytes: number; of: string; note: string } | null {
  const demand = model?.tensors ? modelDemand(model).demand : null;
  if (demand) {
    return {
      bytes: demand.weightBytes,
      of: 'bytes of weights a token reads',
      note: 'weights only: the KV cache is left out',
    };
  }
  const stated = Number(figure.settings.model_size ?? model?.fileBytes ?? 0);
  if (!(stated > 0)) return null;
  return {
    bytes: stated,
    of: 'bytes of the model',
    note: 'all of the model, though of an embedding table a token reads one row; the KV cache is left out',
  };
}

/** Settings that all tests share, and the names of those in which they differ, in the order of the files. */
export function sharedSettings(rates: readonly MeasuredRate[]): {
  shared: Record<string, string>;
  varying: string[];
} {
  const shared: [name: string, value: string][] = [];
  const varying: string[] = [];
  for (const name of new Set(rates.flatMap((rate) => Object.keys(rate.settings)))) {
    const values = new Set(rates.map((rate) => settingOf(rate.settings, name)));
    const [value] = values;
    if (values.size === 1 && value !== null) shared.push([name, value]);
    else varying.push(name);
  }
  return { shared: Object.fromEntries(shared), varying };
}

/** A setting by its name, which comes from a file: `constructor` is one only where the file has it. */
export function settingOf(settings: Readonly<Record<string, string>>, name: string): string | null {
  return Object.hasOwn(settings, name) ? settings[name] : null;
}

/** Prompt ÷ generation for tests that differ in nothing else. */
export function promptRatios(rates: readonly MeasuredRate[]): RateRatio[] {
  const { varying } = sharedSettings(rates);
  const groups = Map.groupBy(rates, (rate) =>
    JSON.stringify([
      rate.source,
      rate.depth,
      rate.sequences,
      ...varying.map((name) => settingOf(rate.settings, name)),
    ]),
  );
  return [...groups.values()].flatMap((group) => {
    const prompts = group.filter((rate) => rate.kind === 'prompt');
    const generations = group.filter((rate) => rate.kind === 'generation' && (rate.rate.value ?? 0) > 0);
    if (prompts.length * generations.length > MOST_RATIOS) return [];
    return generations.flatMap((generation) => prompts.map((prompt) => ratioOf(prompt, generation, varying)));
  });
}

function ratioOf(prompt: MeasuredRate, generation: MeasuredRate, varying: readonly string[]): RateRatio {
  const settings = varying
    .flatMap((name) => (prompt.settings[name] === undefined ? [] : [`${name} ${prompt.settings[name]}`]))
    .join(', ');
  return {
    label: `${prompt.subject} ÷ ${generation.subject}${settings && ` (${settings})`}`,
    quantity: quantity(prompt.rate.value! / generation.rate.value!, '', 'counted', {
      formula: 'prompt rate ÷ generation rate',
      inputs: [
        { name: prompt.subject, value: prompt.rate.value, unit: 'tokens/s' },
        { name: generation.subject, value: generation.rate.value, unit: 'tokens/s' },
      ],
      note: 'tokens of a prompt share one pass over the weights, a generated token has one of its own',
    }),
  };
}
