import { describe, expect, it } from 'vitest';
import { attributeSamples, counterTotals, type CounterTotals } from '../../src/analysis/attribution.ts';
import { intervalColumns, placeReadings, sumByInterval } from '../../src/analysis/attributionPlaces.ts';
import { randomGenerator } from '../../src/analysis/bootstrap.ts';
import type { StageInterval, StageTimeline } from '../../src/llama/types.ts';
import { ProfileBuilder } from '../../src/profile/builder.ts';
import type { Counter, CounterReadings, Profile } from '../../src/profile/types.ts';
import { cpuMilliseconds } from '../support/cpuTime.ts';

/** Intervals drawn as `phase/start–end`: `1/0–10 1/10–20 -/20–22`. */
function drawnIntervals(text: string): StageInterval[] {
  return text.split(' ').map((word, token): StageInterval => {
    const match = /^(\d+|-)\/(\d+)–(\d+)$/.exec(word);
    if (!match) throw new Error(`cannot read ${word}`);
    return {
      stage: match[1] === '-' ? 'sampling' : 'decode',
      startNs: Number(match[2]),
      endNs: Number(match[3]),
      phase: match[1] === '-' ? -1 : Number(match[1]),
      token,
    };
  });
}

function readingsOf(
  rows: readonly (readonly [fromNs: number, toNs: number, delta: number])[],
): CounterReadings {
  return {
    counters: [0],
    length: rows.length,
    startNs: Float64Array.from(rows, ([fromNs]) => fromNs),
    timeNs: Float64Array.from(rows, ([, toNs]) => toNs),
    thread: new Int32Array(rows.length),
    cpu: new Int32Array(rows.length),
    sample: new Int32Array(rows.length).fill(-1),
    deltas: [Float64Array.from(rows, ([, , delta]) => delta)],
  };
}

function summed(
  intervals: readonly StageInterval[],
  rows: readonly (readonly [number, number, number])[],
): { byInterval: number[]; splitSum: number } {
  const columns = intervalColumns(intervals);
  const readings = readingsOf(rows);
  const places = placeReadings(readings, columns, Uint8Array.of(1));
  const { byInterval, splitSum } = sumByInterval(readings, readings.deltas[0], places, columns);
  return { byInterval: [...byInterval], splitSum };
}

describe('a reading', () => {
  const intervals = drawnIntervals('0/10–20 0/20–30 -/30–32 0/32–40 1/50–60');

  it.each([
    ['within one interval', [12, 18, 6], [6, 0, 0, 0, 0], 0],
    ['that fills one', [10, 20, 6], [6, 0, 0, 0, 0], 0],
    ['over two calls of one phase crosses no boundary of stages', [15, 25, 10], [5, 5, 0, 0, 0], 0],
    ['over sampling', [25, 35, 10], [0, 5, 2, 3, 0], 10],
    ['that began before everything', [0, 20, 10], [5, 0, 0, 0, 0], 10],
    ['into a gap', [36, 46, 10], [0, 0, 0, 4, 0], 10],
    ['over a gap', [38, 52, 14], [0, 0, 0, 2, 2], 14],
    ['that ends after everything', [55, 65, 10], [0, 0, 0, 0, 5], 10],
    ['before everything', [0, 10, 10], [0, 0, 0, 0, 0], 0],
    ['within a gap', [40, 50, 10], [0, 0, 0, 0, 0], 0],
    ['after everything', [60, 70, 10], [0, 0, 0, 0, 0], 0],
    ['of everything', [0, 60, 60], [10, 10, 2, 8, 10], 60],
    ['of no length', [20, 20, 3], [0, 3, 0, 0, 0], 0],
    ['of no length in a gap', [40, 40, 3], [0, 0, 0, 0, 0], 0],
    ['of no length at the end', [60, 60, 3], [0, 0, 0, 0, 0], 0],
  ] as const)('%s', (_, row, byInterval, splitSum) => {
    expect(summed(intervals, [row])).toEqual({ byInterval: [...byInterval], splitSum });
  });

  it('over a gap within a phase was partly outside of it', () => {
    const apart = drawnIntervals('0/10–20 0/24–30');
    expect(summed(apart, [[15, 25, 10]])).toEqual({ byInterval: [5, 1], splitSum: 10 });
  });

  it('over very many intervals is spread evenly too', () => {
    const many = drawnIntervals(
      Array.from({ length: 1000 }, (_, row) => `${row % 2}/${row * 10}–${row * 10 + 10}`).join(' '),
    );
    const { byInterval } = summed(many, [
      [5, 9985, 9980],
      [5005, 9995, 4990],
    ]);
    expect(byInterval[0]).toBeCloseTo(5, 6);
    expect(byInterval[499]).toBeCloseTo(10, 6);
    expect(byInterval[500]).toBeCloseTo(15, 6);
    expect(byInterval[700]).toBeCloseTo(20, 6);
    expect(byInterval[999]).toBeCloseTo(5, 6);
  });

  it('of a timeline without intervals is nowhere', () => {
    expect(summed([], [[0, 10, 5]])).toEqual({ byInterval: [], splitSum: 0 });
  });
});

describe('many readings', () => {
  it('sum to what comparing each with every interval gives', () => {
    const random = randomGenerator(7);
    const intervals: StageInterval[] = [];
    for (let atNs = 0; intervals.length < 300;) {
      const startNs = atNs + (random() < 0.3 ? Math.ceil(random() * 20) : 0);
      const endNs = startNs + 1 + Math.floor(random() * 30);
      const phase = Math.floor(random() * 4) - 1;
      intervals.push({ stage: 'decode', startNs, endNs, phase, token: -1 });
      atNs = endNs;
    }
    const lengths = [0, 1, 10, 100, 3000];
    const rows = Array.from({ length: 3000 }, (_, row): [number, number, number] => {
      const toNs = random() * 6000;
      return [Math.max(0, toNs - lengths[row % 5] * random()), toNs, Math.floor(random() * 1000)];
    }).sort((a, b) => a[1] - b[1]);

    const expected = new Float64Array(intervals.length);
    for (const [fromNs, toNs, delta] of rows) {
      intervals.forEach(({ startNs, endNs }, at) => {
        if (fromNs === toNs) expected[at] += startNs <= toNs && toNs < endNs ? delta : 0;
        else
          expected[at] +=
            (delta * Math.max(0, Math.min(toNs, endNs) - Math.max(fromNs, startNs))) / (toNs - fromNs);
      });
    }
    const { byInterval } = summed(intervals, rows);
    const worst = Math.max(...byInterval.map((value, at) => Math.abs(value - expected[at])));
    expect(worst).toBeLessThan(1e-6);
  });
});

describe('a large capture', () => {
  const SAMPLES = 1_000_000;
  const TOKENS = 2000;
  const THREADS = 16;
  const COUNTERS = 8;
  const TOKEN_NS = 20e6;

  function largeProfile(): { profile: Profile; timeline: StageTimeline } {
    const builder = new ProfileBuilder({ path: 'drawn', format: 'drawing', tool: null, bytes: 0 });
    for (let tid = 0; tid < THREADS; tid++) builder.thread(7, 7 + tid);
    for (let counter = 0; counter < COUNTERS; counter++) {
      builder.counters.push({ kind: 'delta', unavailable: null } as Counter);
    }
    const profile = builder.finish();
    const stepNs = (TOKENS * TOKEN_NS * THREADS) / SAMPLES;
    const timeNs = Float64Array.from({ length: SAMPLES }, (_, row) => ((row + 1) * stepNs) / THREADS);
    const thread = Int32Array.from({ length: SAMPLES }, (_, row) => row % THREADS);
    profile.samples = { ...profile.samples, length: SAMPLES, timeNs, thread };
    profile.readings = [
      {
        counters: Array.from({ length: COUNTERS }, (_, counter) => counter),
        length: SAMPLES,
        startNs: timeNs.map((time) => Math.max(0, time - stepNs)),
        timeNs,
        thread,
        cpu: thread,
        sample: new Int32Array(SAMPLES),
        deltas: Array.from({ length: COUNTERS }, () => new Float64Array(SAMPLES).fill(1)),
      },
    ];
    const intervals = Array.from({ length: TOKENS }, (_, token): StageInterval[] => [
      { stage: 'decode', startNs: token * TOKEN_NS, endNs: (token + 0.98) * TOKEN_NS, phase: 0, token },
      {
        stage: 'sampling',
        startNs: (token + 0.98) * TOKEN_NS,
        endNs: (token + 1) * TOKEN_NS,
        phase: -1,
        token: -1,
      },
    ]).flat();
    const timeline = {
      source: 'markers',
      tokens: Array.from({ length: TOKENS }),
      phases: [{ stage: 'decode' }],
      intervals,
      pid: 7,
    } as unknown as StageTimeline;
    return { profile, timeline };
  }

  // On an idle machine each takes about 0.3 s; comparing every reading with every interval would take minutes.
  const LIMIT_MS = 5000;

  it('of a million samples, 16 threads, 8 counters and 2,000 tokens is attributed in one pass', () => {
    const { profile, timeline } = largeProfile();
    const spentMs = cpuMilliseconds(() => attributeSamples(profile, timeline));
    let totals: CounterTotals[] = [];
    const countedMs = cpuMilliseconds(() => (totals = counterTotals(profile, timeline)));
    expect(spentMs + countedMs).toBeLessThan(LIMIT_MS);
    expect(totals).toHaveLength(COUNTERS);
    for (const { total, byPhase, byToken } of totals) {
      expect(total).toBe(SAMPLES);
      // 98 % of the time is decode.
      expect(byPhase?.[0]).toBeCloseTo(0.98 * SAMPLES, -2);
      expect(byToken?.[1000]).toBeCloseTo((0.98 * SAMPLES) / TOKENS, 0);
    }
  });

  it('of readings that each cover most of the run takes no longer', () => {
    const { profile, timeline } = largeProfile();
    profile.readings[0].startNs.fill(0);
    let totals: CounterTotals[] = [];
    expect(cpuMilliseconds(() => (totals = counterTotals(profile, timeline)))).toBeLessThan(LIMIT_MS);
    expect(totals[0].byPhase?.[0]).toBeCloseTo(0.98 * SAMPLES, -3);
  });
});
