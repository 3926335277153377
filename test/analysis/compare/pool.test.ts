import { describe, expect, it } from 'vitest';
import { analyseRun } from '../../../src/analysis/analyseRun.ts';
import { comparisonFindings } from '../../../src/analysis/compare/comparisonFindings.ts';
import { compareRuns } from '../../../src/analysis/compare/compareRuns.ts';
import { configurations, pooled, pooledMetrics } from '../../../src/analysis/compare/pool.ts';
import { scalingOfSet } from '../../../src/analysis/compare/scalingOfSet.ts';
import type { RunSet } from '../../../src/analysis/compare/sets.ts';
import { compareRepetitions } from '../../../src/analysis/compare/sets.ts';
import { quantity, unknown } from '../../../src/analysis/quantity.ts';
import { model } from '../../support/modelFixtures.ts';
import { functionsOfRun, runFromText } from '../../support/llamaRun.ts';

const rate = (value: number) => quantity(value, 'tokens/s', 'counted', { formula: 'tokens ÷ time' });

describe('pooled', () => {
  it('gives the mean with an interval from the spread between runs', () => {
    const of = pooled([10, 11, 12].map(rate));
    expect(of.value).toBe(11);
    // Standard deviation 1, t of two degrees of freedom 4.303, over √3.
    expect(of.interval?.[0]).toBeCloseTo(11 - 4.303 / Math.sqrt(3), 6);
    expect(of.interval?.[1]).toBeCloseTo(11 + 4.303 / Math.sqrt(3), 6);
    expect(of.working?.inputs.map(({ value }) => value)).toEqual([10, 11, 12, 1]);
  });

  it('has no spread of one run, and nothing of none', () => {
    expect(pooled([rate(10)])).toMatchObject({ value: 10, interval: null });
    expect(pooled([rate(10)]).working?.note).toMatch(/spread between runs is not known/);
    expect(pooled([]).value).toBeNull();
    expect(pooled([rate(10), unknown('tokens/s', 'no decode')]).reason).toMatch(/no decode/);
  });
});

describe('configurations', () => {
  it('are runs whose settings are all equal', () => {
    const run = (id: string, settings: Record<string, string>) => ({
      id,
      settings: new Map(Object.entries(settings)),
    });
    const groups = configurations([
      run('b', { threads: '1', 'llama-build': '1' }),
      run('c', { threads: '2', 'llama-build': '1' }),
      run('a', { threads: '1', 'llama-build': '1' }),
      run('d', { threads: '1', 'llama-build': '2' }),
      run('e', { threads: '1' }),
    ]);
    expect(groups.map(({ runs }) => runs)).toEqual([['a', 'b'], ['c'], ['d'], ['e']]);
  });
});

describe('compareRepetitions', () => {
  it('gives the interval of the difference that it tests', () => {
    // Variances 1/3 each over n: √(2/3); four degrees of freedom: 2.776.
    const { interval, outcome } = compareRepetitions([9, 10, 11], [14, 15, 16]);
    expect(interval?.[0]).toBeCloseTo(5 - 2.776 * Math.sqrt(2 / 3), 6);
    expect(interval?.[1]).toBeCloseTo(5 + 2.776 * Math.sqrt(2 / 3), 6);
    expect(outcome).toBe('higher');
    expect(compareRepetitions([1], [2, 3]).interval).toBeNull();
  });
});

/** A drawn run on hardware whose decode calls take a given time. */
function drawn(decodeMs: number) {
  const profile = runFromText(`load/5 0+64/${10 * decodeMs} 64+1/${decodeMs} 65+1/${decodeMs} close/4`, {
    calls: 'both',
  });
  profile.origin = { value: 'hardware', reason: 'drawn' };
  profile.model = model(null, { architecture: 'qwen2', parameterCount: 1000 });
  return analyseRun(profile, functionsOfRun(profile));
}

describe('repeated runs', () => {
  it('pool their metrics', () => {
    const metrics = pooledMetrics([drawn(20), drawn(25)]);
    const decode = metrics.find(({ id }) => id === 'decode-rate')?.quantity;
    expect(decode?.value).toBeCloseTo((50 + 40) / 2, 6);
    expect(decode?.interval).not.toBeNull();
  });

  it('show a difference only when it is larger than between themselves', () => {
    const key = 'gemm';
    const side = (...ms: number[]) => ms.map(drawn);
    const row = (a: ReturnType<typeof side>, b: ReturnType<typeof side>) =>
      compareRuns(a, b, { stage: 'decode' }, 'kernel', 'per-token').find((of) => of.key === key);
    expect(row(side(20, 21, 20), side(40, 41, 40))?.outcome).toBe('differs');
    expect(row(side(20, 40, 30), side(30, 45, 20))?.outcome).toBe('within-noise');
    expect(row(side(20), side(40, 41, 40))?.outcome).toBe('spread-unknown');
  });

  it('are told in rates on hardware, apart and not faster', () => {
    const rows = comparisonFindings(
      { id: 'before', analysis: drawn(20) },
      { id: 'after', analysis: drawn(25) },
    );
    const sentence = rows.find(({ id }) => id === 'compare-rate-decode')?.sentence ?? 'silent';
    expect(sentence.replaceAll('\u00A0', ' ')).toBe(
      'Decode was measured at 40.0 tokens/s and, in the baseline, at 50.0 tokens/s: 20.0 % apart (one run on each side: the spread is unknown).',
    );
  });
});

describe('scaling of a set', () => {
  const set = (name: string, confounders: string[] = []): RunSet => ({
    runs: ['t1', 't2'],
    varies: [{ name, values: ['1', '2'] }],
    confounders: confounders.map((of) => ({ name: of, values: ['a', 'b'] })),
  });
  const runs = new Map([
    ['t1', drawn(20)],
    ['t2', drawn(12)],
  ]);
  const evidence = (of: RunSet) => scalingOfSet(of, (id) => runs.get(id)!, 'decode');

  it('is none of a set of something else', () => {
    expect(evidence(set('quantisation'))).toBeNull();
  });

  it('is refused when more than threads differs', () => {
    expect(evidence(set('threads', ['llama-build', 'recorder']))?.missingReason).toBe(
      'the runs of the set also differ in llama-build',
    );
  });
});
