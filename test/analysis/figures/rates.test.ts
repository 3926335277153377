import { describe, expect, it } from 'vitest';
import {
  measuredRates,
  promptRatios,
  rateTest,
  settingOf,
  sharedSettings,
} from '../../../src/analysis/figures/rates.ts';
import type { ModelInfo } from '../../../src/profile/model.ts';
import type { ReportedFigure } from '../../../src/profile/types.ts';
import { emptyProfile } from '../../support/emptyProfile.ts';
import { qwen05b } from '../../support/modelFixtures.ts';

function rate(subject: string, value: number, rest: Partial<ReportedFigure> = {}): ReportedFigure {
  return {
    kind: 'rate',
    subject,
    value,
    unit: 'tokens/s',
    spread: null,
    repetitions: [],
    settings: {},
    source: 'bench.json',
    ...rest,
  };
}

const measured = (figures: ReportedFigure[], model: Partial<ModelInfo> | null = null) =>
  measuredRates({ ...emptyProfile(), figures, model: model as ModelInfo | null });

describe('the name of a test', () => {
  it.each([
    ['pp512', 'prompt', 512, 0, 0, 1],
    ['tg128', 'generation', 0, 128, 0, 1],
    ['tg128 @ d4096', 'generation', 0, 128, 4096, 1],
    ['pp512+tg128', 'both', 512, 128, 0, 1],
    ['tg32 b8', 'generation', 0, 32, 0, 8],
    ['pp128+tg32 b4', 'both', 128, 32, 0, 4],
    ['chat', 'other', 0, 0, 0, 1],
    ['', 'other', 0, 0, 0, 1],
  ] as const)('%j is of %s', (name, kind, promptTokens, generatedTokens, depth, sequences) => {
    expect(rateTest(name)).toEqual({ kind, promptTokens, generatedTokens, depth, sequences });
  });
});

describe('a rate', () => {
  it('keeps the mean that the tool printed and says when tokens per time is another number', () => {
    // SmolLM2 on an M1 Max as published: 64 tokens in 3.654869209 s, then in 1.282572125 s.
    const [row] = measured([rate('pp64', 33.705307, { spread: 22.902369, repetitions: [17.5109, 49.8997] })]);
    expect(row.rate.value).toBe(33.705307);
    expect(row.rate.status).toBe('counted');
    expect(row.spread).toBe(22.902369);
    // 2 × 64 tokens in 4.937441334 s.
    expect(row.rate.working?.note).toMatch(/all tokens ÷ all time is 25\.9\stokens\/s/);
    // Mean of 57.107 and 20.040 ms.
    expect(row.timePerToken.value).toBeCloseTo(38.574, 2);
  });

  it('of one repetition has no spread', () => {
    const [row] = measured([rate('pp1024', 95.322968, { repetitions: [95.323] })]);
    expect(row.spread).toBeNull();
    expect(row.rate.working?.note).toBe('one repetition: its spread is not known');
    expect(row.timePerToken.value).toBeCloseTo(10.49065, 5);
  });

  it('of something else than tokens has no time per token', () => {
    const [row] = measured([rate('copy', 12e9, { unit: 'B/s' })]);
    expect([row.kind, row.timePerToken.value, row.modelBandwidth.value]).toEqual(['other', null, null]);
  });
});

describe('bytes of weights a second', () => {
  const MODEL = { settings: { model_size: '667083080' } };

  it('are rate × size for generation alone from an empty context', () => {
    const [row] = measured([rate('tg128', 8.85, MODEL)]);
    // 8.85 × 667,083,080.
    expect(row.modelBandwidth.value).toBeCloseTo(5_903_685_258, 0);
    expect(row.modelBandwidth.status).toBe('modelled');
  });

  it.each([
    ['pp512', 'only generation'],
    ['tg128 @ d4096', 'KV cache'],
    ['tg128 b4', 'share one pass'],
  ])('are not given for %s', (subject, reason) => {
    const [row] = measured([rate(subject, 8.85, MODEL)]);
    expect(row.modelBandwidth.value).toBeNull();
    expect(row.modelBandwidth.reason).toContain(reason);
  });

  it('of a model file that is not the run’s is not computed', () => {
    const [row] = measuredRates({
      ...emptyProfile(),
      figures: [rate('tg128', 19.5)],
      model: qwen05b(),
      modelDescriptions: [{ ...qwen05b(), tensors: null, layers: 28, source: 'bench.json' }],
    });
    expect(row.modelBandwidth).toMatchObject({
      value: null,
      reason: 'the model file is not that of the run: layers 24 in the file, 28 in bench.json',
    });
  });

  it('need a stated size, and a time that is one of hardware', () => {
    expect(measured([rate('tg128', 8.85)])[0].modelBandwidth.reason).toBe(
      'the size of the model is not stated',
    );
    expect(measured([rate('tg128', 2)], { tensors: null, fileBytes: 1e9 })[0].modelBandwidth.value).toBe(2e9);
    const profile = { ...emptyProfile(), figures: [rate('tg128', 8.85, MODEL)] };
    const [row] = measuredRates({ ...profile, origin: { value: 'emulated', reason: '' } });
    expect(row.modelBandwidth.value).toBeNull();
  });
});

describe('settings', () => {
  it('are shared, or vary and tell tests apart; what the name says is neither', () => {
    const rates = measured([
      rate('pp512', 100, { settings: { n_prompt: '512', n_threads: '1', n_batch: '2048' } }),
      rate('pp512', 190, { settings: { n_prompt: '512', n_threads: '2', n_batch: '2048' } }),
      rate('tg128', 20, { settings: { n_prompt: '0', n_threads: '2', n_batch: '2048' } }),
    ]);
    expect(sharedSettings(rates)).toEqual({ shared: { n_batch: '2048' }, varying: ['n_threads'] });
  });
});

describe('prompt ÷ generation', () => {
  it('compares tests that differ in nothing else', () => {
    const ratios = promptRatios(
      measured([
        rate('pp512', 100, { settings: { n_threads: '1' } }),
        rate('tg128', 20, { settings: { n_threads: '1' } }),
        rate('pp512', 190, { settings: { n_threads: '2' } }),
        rate('tg128 @ d512', 10, { settings: { n_threads: '2' } }),
      ]),
    );
    expect(ratios.map(({ label, quantity }) => [label, quantity.value])).toEqual([
      ['pp512 ÷ tg128 (n_threads 1)', 5],
    ]);
  });

  it('is left out where there are too many pairs to compare', () => {
    const prompts = Array.from({ length: 9 }, (_, row) => rate(`pp${row + 1}`, 100));
    expect(promptRatios(measured([...prompts, rate('tg128', 20)]))).toEqual([]);
    expect(promptRatios(measured([...prompts.slice(1), rate('tg128', 20)]))).toHaveLength(8);
  });
});

describe('names of settings from files', () => {
  it('are no properties that every object has', () => {
    const rates = measured([
      rate('pp512', 10, { settings: { constructor: 'a', n_threads: '1' } }),
      rate('tg128', 10, { settings: { n_threads: '1' } }),
    ]);
    expect(sharedSettings(rates)).toEqual({ shared: { n_threads: '1' }, varying: ['constructor'] });
    expect(settingOf(rates[1].settings, 'constructor')).toBeNull();
  });
});
