/** Sets and comparisons of the captures that ship with the project. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunAnalysis } from '../../../src/analysis/analyseRun.ts';
import { comparisonFindings } from '../../../src/analysis/compare/comparisonFindings.ts';
import { compareRuns } from '../../../src/analysis/compare/compareRuns.ts';
import { compareSelections, type SelectionCounts } from '../../../src/analysis/compare/difference.ts';
import { runSettings } from '../../../src/analysis/compare/runSettings.ts';
import { scalingOfSet } from '../../../src/analysis/compare/scalingOfSet.ts';
import { LEVELS, selectionCounts } from '../../../src/analysis/compare/selectionCounts.ts';
import { findSets, type RunSettings } from '../../../src/analysis/compare/sets.ts';
import type { Finding } from '../../../src/analysis/findings/index.ts';
import { strayNumbers } from '../../support/findingNumbers.ts';
import { SHIPPED_RUNS, shippedRun } from '../../support/shippedRuns.ts';

const TWIN = 'sim-qwen05b-t1-norepack';
const BASELINE = 'sim-qwen05b-t1';
const GEMV = 'kai_run_matmul_clamp_f32_qsi8d32p1x8_qsi4c32p4x8_1x4x32_neon_dotprod';
const DOT = 'ggml_vec_dot_q4_0_q8_0';

function sumOfAll({ byKey }: SelectionCounts): number {
  return [...byKey.values()].flatMap((row) => Array.from(row)).reduce((sum, count) => sum + count, 0);
}

let baseline: RunAnalysis;
let twin: RunAnalysis;
let settings: RunSettings[];
beforeAll(async () => {
  baseline = await shippedRun(BASELINE);
  twin = await shippedRun(TWIN);
  settings = await Promise.all(SHIPPED_RUNS.map(async (run) => runSettings(run, await shippedRun(run))));
}, 120_000);

const setOf = (subject: string, ...runs: string[]) =>
  findSets(settings).find(
    (set) => set.varies[0].name === subject && runs.every((run) => set.runs.includes(run)),
  );

describe('settings of a run', () => {
  it('are read from its log, its files and its kernels', () => {
    const of = settings.find(({ id }) => id === TWIN)?.settings;
    expect(of?.get('threads')).toBe('1');
    expect(of?.get('quantisation')).toBe('Q4_0');
    expect(of?.get('micro-batch')).toBe('512');
    expect(of?.get('flash-attention')).toBe('enabled');
    expect(of?.get('origin')).toBe('simulated');
    expect(of?.get('prompt-tokens')).toBe('110');
    // The log is silent on kernels: their names say that only Decode left KleidiAI.
    expect(of?.get('matmul-path')).toBe('prefill KleidiAI, decode generic');
    expect(of?.has('governor')).toBe(false);
  });
});

describe('sets of the shipped captures', () => {
  it('hold the twins, which differ in one setting and in nothing else that is known', () => {
    expect(setOf('matmul-path', BASELINE)).toEqual({
      runs: [BASELINE, TWIN],
      varies: [{ name: 'matmul-path', values: ['KleidiAI', 'prefill KleidiAI, decode generic'] }],
      confounders: [],
    });
  });

  it('hold one and two threads of the same simulated run', () => {
    const set = setOf('threads', BASELINE);
    expect(set?.runs).toEqual([BASELINE, 'sim-qwen05b-t2']);
    expect(set?.confounders).toEqual([]);
  });

  it('list what else differs between runs of two recorders', () => {
    const set = setOf('threads', 'gator-app-t1', 'gator-channels-t2');
    expect(set?.confounders.map(({ name }) => name)).toEqual(['recorder', 'sampling', 'prompt-tokens']);
  });

  it('prove nothing about scaling when their time is no hardware time', async () => {
    const runs = new Map(
      await Promise.all(SHIPPED_RUNS.map(async (run) => [run, await shippedRun(run)] as const)),
    );
    const set = setOf('threads', BASELINE)!;
    const evidence = scalingOfSet(set, (id) => runs.get(id)!, 'decode');
    expect(evidence).toMatchObject({ batchTwoOverOne: null, gainBeyondSaturation: null });
    expect(evidence?.missingReason).toMatch(/not all made on hardware/);
    expect(scalingOfSet(setOf('matmul-path', BASELINE)!, (id) => runs.get(id)!, 'decode')).toBeNull();
  });
});

describe('the twin against its baseline', () => {
  let findings: Map<string, Finding>;
  beforeAll(() => {
    const rows = comparisonFindings({ id: BASELINE, analysis: baseline }, { id: TWIN, analysis: twin });
    findings = new Map(rows.map((row) => [row.id, row]));
  });
  const sentence = (id: string): string => (findings.get(id)?.sentence ?? 'silent').replaceAll('\u00A0', ' ');
  const number = (id: string, name: string): number =>
    findings.get(id)?.values.find((row) => row.name === name)?.quantity.value ?? NaN;

  it('differs in the path of its matrix products', () => {
    expect([...findings.keys()][0]).toBe('compare-settings');
    expect(sentence('compare-settings')).toBe(
      'sim-qwen05b-t1-norepack differs from sim-qwen05b-t1 in one setting: matmul path (prefill KleidiAI, decode generic instead of KleidiAI).',
    );
  });

  it('executes 43 % more instructions a token of Decode', () => {
    // 384,757,874 and 268,538,726 by the simulator: 43.28 % more.
    expect(number('compare-instructions-decode', 'run') / 384_757_874).toBeCloseTo(1, 3);
    expect(number('compare-instructions-decode', 'baseline') / 268_538_726).toBeCloseTo(1, 3);
    expect(sentence('compare-instructions-decode')).toBe(
      'A token of Decode executes 385 M instructions instead of 269 M instructions, 43.3 % more (one run on each side: the spread is unknown).',
    );
  });

  it('has the same traffic', () => {
    // 316,499,719 and 316,533,305 bytes by the simulator.
    expect(number('compare-traffic-decode', 'run') / 316_499_719).toBeCloseTo(1, 2);
    expect(sentence('compare-traffic-decode')).toMatch(
      /^The traffic of a token of Decode is the same: 316 MB and 316 MB by L3D_CACHE_REFILL, 0\.\d+ % apart\.$/,
    );
  });

  it('names exactly the kernel that took over, and the one that went', () => {
    expect(findings.get('compare-kernels-decode')?.evidence.selection.functions).toEqual([DOT, GEMV]);
    // 1,268 samples against none, and none against 568, of 1.5 million instructions over 9 tokens.
    expect(number('compare-kernels-decode', `${DOT}, run`) / ((1268 * 1.5e6) / 9)).toBeCloseTo(1, 2);
    expect(number('compare-kernels-decode', `${GEMV}, baseline`) / ((568 * 1.5e6) / 9)).toBeCloseTo(1, 2);
  });

  it('never says faster, and holds no number of its own making', () => {
    for (const row of findings.values()) {
      expect(row.sentence).not.toMatch(/faster|slower|speed/);
      expect([row.id, strayNumbers(row)]).toEqual([row.id, []]);
    }
  });

  it('compares kernels without a verdict on their spread', () => {
    const [first, second] = compareRuns([baseline], [twin], { stage: 'decode' }, 'kernel', 'per-token');
    expect([first.key, first.outcome, first.interval]).toEqual([DOT, 'spread-unknown', null]);
    expect(second.key).toBe(GEMV);
  });
});

describe('runs of different models', () => {
  it('are not compared', async () => {
    const other = { id: 'sim-tiny-t1', analysis: await shippedRun('sim-tiny-t1') };
    const rows = comparisonFindings({ id: BASELINE, analysis: baseline }, other);
    expect(rows.map(({ id }) => id)).toEqual(['compare-models']);
  });
});

describe('emulated runs against each other', () => {
  it('compare shares, never rates', async () => {
    const rows = comparisonFindings(
      { id: 'gator-app-t1', analysis: await shippedRun('gator-app-t1') },
      { id: 'gator-channels-t2', analysis: await shippedRun('gator-channels-t2') },
    );
    expect(rows.map(({ id }) => id)).toEqual([
      'compare-settings',
      'compare-kernels-decode',
      'compare-kernels-prefill',
    ]);
    expect(rows[1].sentence).toMatch(/^Of the samples of Decode, ggml_barrier takes /);
  });
});

describe('a run of hardware beside one that is not', () => {
  it('compares shares in either order: cycles of the one are no cost to the other', async () => {
    const emulated = await shippedRun('gator-app-t1');
    const hardware: RunAnalysis = {
      ...emulated,
      profile: { ...emulated.profile, origin: { value: 'hardware', reason: 'drawn' } },
    };
    // Shares of one kernel differ, so that there is something to say.
    const other = await shippedRun('gator-channels-t2');
    const sentences = (baseline: RunAnalysis, of: RunAnalysis): string =>
      comparisonFindings({ id: 'a', analysis: baseline }, { id: 'b', analysis: of })
        .map(({ sentence }) => sentence)
        .join('\n');
    for (const text of [sentences(other, hardware), sentences(hardware, other)]) {
      expect(text).toContain('Of the samples of Decode');
      expect(text).not.toContain('For a token of');
    }
  });
});

describe('selections of one run', () => {
  it.each(LEVELS)('are counted whole by %s', (level) => {
    // 1,612 samples of 1.5 million instructions fell into the nine decode calls.
    const counts = selectionCounts(baseline, { stage: 'decode' }, level, 'per-token', 'Decode');
    const sum = sumOfAll(counts);
    expect(counts.blocks).toBe(9);
    expect(Array.from(counts.size)).toEqual(new Array(9).fill(1));
    expect(sum / (1612 * 1.5e6)).toBeCloseTo(1, 2);
  });

  it('tell Prefill from Decode on every level, with the spread unknown of a single call', () => {
    const largest = LEVELS.map((level) => {
      const [a, b] = (['prefill', 'decode'] as const).map((stage) =>
        selectionCounts(baseline, { stage }, level, 'share', stage),
      );
      return compareSelections(a, b)[0];
    });
    expect(largest.every(({ outcome }) => outcome === 'spread-unknown')).toBe(true);
    // Matrix products hold 2,528 of Prefill’s 3,432 samples and 1,466 of Decode’s 1,612.
    expect([largest[0].key, largest[1].key]).toEqual(['matmul', 'MUL_MAT']);
    expect(largest[0].difference).toBeCloseTo(1466 / 1612 - 2528 / 3432, 2);
    expect(largest[2].key).toBe('kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm');
    // 2,426 of 3,432 samples, against none.
    expect(largest[2].a).toBeCloseTo(2426 / 3432, 2);
    expect(largest[3].key).toMatch(/^_start › .* › kai_run_matmul_clamp/);
  });

  it('find no difference between the earlier and the later half of like tokens', async () => {
    const run = await shippedRun('gator-app-t1');
    const half = (first: number, last: number) =>
      selectionCounts(run, { stage: 'decode', tokens: [first, last] }, 'kernel', 'per-token', 'half');
    const rows = compareSelections(half(1, 9), half(10, 19));
    const products = rows.filter(({ key }) => /^(kai_run_matmul|ggml_vec_dot_q6)/.test(key));
    expect(products).toHaveLength(2);
    expect(products.map(({ outcome }) => outcome)).toEqual(['within-noise', 'within-noise']);
  });

  it('can be of one thread', async () => {
    const run = await shippedRun('sim-qwen05b-t2');
    const threads = run.threadUse?.threads.map(({ thread }) => thread) ?? [];
    const sums = [undefined, ...threads].map((thread) => {
      const counts = selectionCounts(run, { stage: 'decode', thread }, 'category', 'per-token', '');
      return sumOfAll(counts);
    });
    expect(threads.length).toBeGreaterThanOrEqual(2);
    expect(sums.slice(1).reduce((a, b) => a + b)).toBeCloseTo(sums[0], 0);
  });
});
