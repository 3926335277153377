import { describe, expect, it } from 'vitest';
import { scalingEvidence, scalingWitnesses } from '../../../src/analysis/verdict/scaling.ts';
import { scalingOfRuns, type ScalingRun } from '../../../src/analysis/verdict/scalingOfRuns.ts';
import { quantity } from '../../../src/analysis/quantity.ts';
import type { ReportedFigure } from '../../../src/profile/types.ts';
import { emptyProfile } from '../../support/emptyProfile.ts';
import { SETTINGS } from '../../support/rooflineRun.ts';
import { DEFAULT_THRESHOLDS } from '../../../src/analysis/verdict/thresholds.ts';

const t = DEFAULT_THRESHOLDS;
const GB = 1e9;

const rates = (...rows: [threads: number, tokensPerSecond: number][]) =>
  rows.map(([threads, tokensPerSecond]) => ({ threads, tokensPerSecond }));
/** Reading on a Raspberry Pi 5: two threads read most. */
const PI = [
  { threads: 1, bytesPerSecond: 9.26 * GB },
  { threads: 2, bytesPerSecond: 13.23 * GB },
  { threads: 4, bytesPerSecond: 11.59 * GB },
];

describe('rates by threads against the bandwidth by threads', () => {
  it('count beyond the threads that saturate memory', () => {
    // Two threads saturate: from there to four the rate falls by 8 %.
    const evidence = scalingEvidence(rates([1, 8.9], [2, 12.5], [4, 11.5]), PI, null, t);
    expect(evidence.gainBeyondSaturation).toBeCloseTo(11.5 / 12.5 - 1, 6);
    expect(scalingWitnesses(evidence, t).find(({ vote }) => vote !== null)).toMatchObject({ vote: 'memory' });
  });

  it('vote core where they go on rising', () => {
    const evidence = scalingEvidence(rates([2, 10], [4, 19]), PI, null, t);
    expect(evidence.gainBeyondSaturation).toBeCloseTo(0.9, 6);
    expect(scalingWitnesses(evidence, t).find(({ vote }) => vote !== null)).toMatchObject({ vote: 'core' });
  });

  it('are silent in between, with a reason for each thing that is missing', () => {
    const between = scalingEvidence(rates([2, 10], [4, 14]), PI, null, t);
    expect(scalingWitnesses(between, t).every(({ vote }) => vote === null)).toBe(true);
    expect(scalingEvidence(rates([2, 10]), PI, null, t).missingReason).toBe('one thread count only');
    expect(scalingEvidence(rates([2, 10], [4, 14]), [], null, t).missingReason).toContain(
      'not measured at several',
    );
    expect(scalingEvidence(rates([1, 10], [2, 14]), PI, null, t).missingReason).toContain(
      'beyond the 2 threads that saturate',
    );
  });
});

describe('several sequences at once', () => {
  it.each<[ratio: number, vote: string | null]>([
    [1.97, 'memory'],
    [1.5, null],
    [1.1, 'compute'],
  ])('run %d times as fast as one', (ratio, vote) => {
    const [batch] = scalingWitnesses(scalingEvidence([], [], ratio, t), t);
    expect(batch.vote).toBe(vote);
  });
});

describe('runs of a set', () => {
  /** Two runs that differ in --threads-batch only: 1 and 2 threads for the prompt, 4 for generation. */
  const run = (threadsBatch: number, tokensPerSecond: number): ScalingRun => ({
    profile: emptyProfile(),
    stageMetrics: ['prefill', 'decode'].map((stage) => ({
      id: `${stage}-rate`,
      label: '',
      stage: stage as 'prefill',
      quantity: quantity(tokensPerSecond, 'tokens/s', 'sampled', { formula: 'drawn' }),
      isHeadline: true,
    })),
    roofline: {
      machine: {
        machine: null,
        measured: [1, 2].map((threads) => ({
          quantity: 'bandwidth' as const,
          instruction: null,
          subject: 'read-bandwidth',
          perSecond: 10 * GB,
          threads,
          source: 'drawn',
        })),
      },
      settings: { threads: { prefill: threadsBatch, decode: 4 } },
    },
  });

  it('are placed by the threads of the stage: those of the batch in Prefill', () => {
    const runs = [run(1, 10), run(2, 19)];
    // One thread saturates; the second adds (19 ÷ 10 − 1) ÷ (2 ÷ 1 − 1).
    expect(scalingOfRuns(runs, 'prefill', t)?.gainBeyondSaturation).toBeCloseTo(0.9, 9);
    // Both generate with four threads: nothing to compare.
    expect(scalingOfRuns(runs, 'decode', t)).toBeNull();
  });

  it('tell nothing where another device holds weights: no thread changes its rate', () => {
    const offloaded = (threads: number): ScalingRun => {
      const of = run(threads, 10);
      return { ...of, profile: { ...of.profile, settings: { ...SETTINGS, buffers: { Vulkan0: 288 } } } };
    };
    expect(scalingOfRuns([run(1, 10), run(2, 10)], 'prefill', t)?.gainBeyondSaturation).toBe(0);
    expect(scalingOfRuns([offloaded(1), offloaded(2)], 'prefill', t)).toBeNull();
    expect(scalingOfRuns([offloaded(1), run(1, 10), run(2, 10)], 'prefill', t)).toBeNull();
    expect(scalingOfRuns([run(1, 10), offloaded(2)], 'prefill', t)).toBeNull();
  });

  it('are compared between rows of a benchmark that differ in threads alone', () => {
    const row = (threads: number, value: number, model: string): ReportedFigure => ({
      kind: 'rate',
      subject: 'tg128',
      value,
      unit: 'tokens/s',
      spread: null,
      repetitions: [],
      settings: { n_threads: String(threads), model_type: model },
      source: 'llama-bench',
    });
    const bench = run(1, 10);
    bench.profile.figures.push(row(1, 10, 'small'), row(2, 19, 'small'), row(2, 5, 'large'));
    expect(scalingOfRuns([bench], 'decode', t)?.gainBeyondSaturation).toBeCloseTo(0.9, 9);
    // One model at one thread and another at two are no scaling.
    const apart = run(1, 10);
    apart.profile.figures.push(row(1, 10, 'small'), row(2, 5, 'large'));
    expect(scalingOfRuns([apart], 'decode', t)).toBeNull();
  });
});
