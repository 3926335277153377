import { describe, expect, it } from 'vitest';
import { drawnBands } from '../../src/charts/bands.ts';
import { drawnCategories, flameLayout } from '../../src/charts/flameGraph/flameGraphState.ts';
import { classifyKernel } from '../../src/llama/kernels/index.ts';
import { linear, niceTicks } from '../../src/charts/layout.ts';
import { stageSeconds } from '../../src/charts/stageSplit/stageSplitChart.ts';
import { quantile } from '../../src/charts/statistics.ts';
import { latencyGroups, tokenLatencyState } from '../../src/charts/tokenLatency/tokenLatencyState.ts';
import { markerGroups, stripCells } from '../../src/charts/tokenStrip/tokenStripState.ts';
import { merged } from '../../src/charts/tracks/trackChart.ts';
import type { Report, ReportCallTree, ReportTimeline } from '../../src/report/schema.ts';
import { emulatedTinyReport } from '../support/reportFixture.ts';
import { hardwareServerReport, noMarkersReport } from '../support/reportFixtureVariants.ts';

describe('scales', () => {
  it('map a domain to pixels, and a domain without extent to its start', () => {
    expect(linear([0, 10], [100, 200])(2.5)).toBe(125);
    expect(linear([5, 5], [100, 200])(5)).toBe(100);
  });

  it('tick at round values', () => {
    expect(niceTicks(0, 1.73, 8)).toEqual([0, 0.5, 1, 1.5]);
    expect(niceTicks(0.13, 0.31, 4)).toEqual([0.15, 0.2, 0.25, 0.3]);
    expect(niceTicks(1, 1, 4)).toEqual([]);
  });

  it('take quantiles by interpolation between order statistics', () => {
    // numpy.quantile([3, 1, 2, 10], [0.5, 0.95]) gives 2.5 and 8.95.
    expect(quantile([3, 1, 2, 10], 0.5)).toBe(2.5);
    expect(quantile([3, 1, 2, 10], 0.95)).toBeCloseTo(8.95, 12);
    expect(quantile([], 0.5)).toBeNull();
  });
});

describe('token strip', () => {
  const tokens = (
    starts: number[],
    ends: number[],
    stage: Report['tokens']['stage'][number],
  ): Report['tokens'] => ({
    startS: starts,
    endS: ends,
    endIsEstimated: starts.map(() => false),
    past: starts.map((_, row) => row),
    nEval: starts.map(() => 1),
    stage: starts.map(() => stage),
    latencyMs: starts.map(() => null),
    notes: starts.map(() => []),
    samples: starts.map(() => 0),
  });

  it('draws a cell for each call that is wide enough', () => {
    expect(stripCells(tokens([0, 1, 2], [1, 2, 3], 'decode'), 0.5)).toEqual([
      { startS: 0, endS: 1, stage: 'decode', calls: 1 },
      { startS: 1, endS: 2, stage: 'decode', calls: 1 },
      { startS: 2, endS: 3, stage: 'decode', calls: 1 },
    ]);
  });

  it('merges thin calls and drops none', () => {
    const starts = Array.from({ length: 1000 }, (_, row) => row * 0.01);
    const cells = stripCells(
      tokens(
        starts,
        starts.map((start) => start + 0.01),
        'decode',
      ),
      0.05,
    );
    expect(cells.length).toBeLessThan(260);
    expect(cells.reduce((sum, cell) => sum + cell.calls, 0)).toBe(1000);
  });

  it('never merges calls of different stages', () => {
    const mixed = tokens([0, 0.001], [0.001, 0.002], 'decode');
    mixed.stage[1] = 'prefill';
    expect(stripCells(mixed, 1).map((cell) => cell.stage)).toEqual(['decode', 'prefill']);
  });

  it('counts markers that fall together', () => {
    expect(markerGroups([{ timeS: 0.3 }, { timeS: 0 }, { timeS: 0.31 }], 0.1)).toEqual([
      { timeS: 0, count: 1 },
      { timeS: 0.3, count: 2 },
    ]);
  });
});

describe('bands', () => {
  const timeline = (bands: ReportTimeline['bands']): ReportTimeline => ({
    startS: 0,
    endS: 10,
    bins: 1,
    bands,
    markers: [],
    counterTracks: [],
    metricTracks: [],
    threadTracks: [],
    spanTracks: [],
  });

  it('count time inside another band of the same stage once', () => {
    const bands: ReportTimeline['bands'] = [
      { stage: 'load', startS: 0, endS: 4, label: 'load' },
      { stage: 'load', startS: 1, endS: 2, label: 'warmup' },
      { stage: 'decode', startS: 4, endS: 5, label: '1' },
      { stage: 'load', startS: 6, endS: 6.5, label: 'load' },
    ];
    expect(stageSeconds(bands, 'load')).toBe(4.5);
    expect(stageSeconds(bands, 'decode')).toBe(1);
    expect(stageSeconds(bands, 'prefill')).toBe(0);
  });

  it('are drawn as they are while there are few', () => {
    const few = timeline([{ stage: 'load', startS: 0, endS: 4, label: 'load' }]);
    expect(drawnBands(few, 100)).toBe(few.bands);
  });

  it('become columns of the stage that fills them when there are thousands', () => {
    // Each of 5,000 turns: a tenth prefill, nine tenths decode; then prefill alone from 5 s.
    const bands: ReportTimeline['bands'] = [];
    for (let turn = 0; turn < 2500; turn++) {
      const startS = turn * 0.002;
      bands.push({ stage: 'prefill', startS, endS: startS + 0.0002, label: String(turn) });
      bands.push({ stage: 'decode', startS: startS + 0.0002, endS: startS + 0.002, label: String(turn) });
    }
    bands.push({ stage: 'prefill', startS: 5, endS: 10, label: 'last' });
    const drawn = drawnBands(timeline(bands), 100);
    expect(drawn.map(({ stage, startS, endS }) => [stage, startS, Number(endS.toFixed(9))])).toEqual([
      ['decode', 0, 5],
      ['prefill', 5, 10],
    ]);
  });
});

describe('token latency', () => {
  it('takes decode tokens with a following one', () => {
    const state = tokenLatencyState(emulatedTinyReport())!;
    expect(state.points).toHaveLength(18);
    expect(state.points[0]).toEqual({ position: 109, latencyMs: 22.973, notes: [] });
    expect(state.largest.latencyMs).toBe(23.277);
    expect(state.growth).toBeNull();
  });

  it('claims growth only when the interval of the slope leaves out zero', () => {
    const report = hardwareServerReport();
    expect(tokenLatencyState(report)!.growthIsCertain).toBe(true);
    report.stages.growth!.slopeInterval = [-0.001, 0.004];
    expect(tokenLatencyState(report)!.growthIsCertain).toBe(false);
    report.stages.growth!.slopeInterval = null;
    expect(tokenLatencyState(report)!.growthIsCertain).toBe(false);
  });

  it('is nothing without stages', () => {
    expect(tokenLatencyState(noMarkersReport())).toBeNull();
  });

  it('groups neighbouring positions into median and the middle nine tenths', () => {
    const points = Array.from({ length: 42 }, (_, row) => ({ position: row, latencyMs: row, notes: [] }));
    // First group: 0…20, so median 10 and quantiles 1 and 19.
    expect(latencyGroups(points, 2)[0]).toEqual({ position: 10, low: 1, middle: 10, high: 19 });
    expect(latencyGroups(points, 2)).toHaveLength(2);
  });
});

describe('tracks', () => {
  it('are merged to means; what was not measured stays unknown', () => {
    expect(merged([1, 3, null, 5, null, null], 3)).toEqual([2, 5, null]);
    expect(merged([1, 2], 3)).toEqual([1, 2]);
  });
});

describe('flame graph', () => {
  // main 100 → a 60 (self 10) → c 50; main → b 30; main self 10. Prefill: main 20 → b 20.
  const tree: ReportCallTree = {
    functions: ['main', 'b', 'a', 'c'].map((name) => ({ name, image: 'x', category: null })),
    parent: [-1, 0, 0, 2],
    function: [0, 1, 2, 3],
    self: { all: [10, 30, 10, 50], load: [0, 0, 0, 0], prefill: [0, 20, 0, 0], decode: [0, 0, 0, 0] },
    total: { all: [100, 30, 60, 50], load: [0, 0, 0, 0], prefill: [20, 20, 0, 0], decode: [0, 0, 0, 0] },
    minimumShare: 0,
    omittedNodes: 0,
  };

  it('places callees below their caller, widest first', () => {
    const { cells, samples, depth } = flameLayout(tree, 'all', 0);
    const drawn = cells
      .toSorted((a, b) => a.depth - b.depth || a.start - b.start)
      .map(
        ({ node, depth: row, start, width }) =>
          `${'  '.repeat(row)}${tree.functions[tree.function[node]].name} ${start} ${width}`,
      );
    expect(drawn).toEqual(['main 0 1', '  a 0 0.6', '  b 0.6 0.3', '    c 0 0.5']);
    expect(samples).toBe(100);
    expect(depth).toBe(3);
  });

  it('takes the widths of a stage', () => {
    const { cells, samples } = flameLayout(tree, 'prefill', 0);
    expect(samples).toBe(20);
    expect(cells.map(({ node }) => node).toSorted()).toEqual([0, 1]);
  });

  it('leaves out what is too thin, with everything below it, and says how many', () => {
    const { cells, omitted } = flameLayout(tree, 'all', 0.4);
    expect(cells.map(({ node }) => node).toSorted()).toEqual([0, 2, 3]);
    expect(omitted).toBe(1);
  });

  it('draws as waiting only what waits: the worker’s loop calls the graph, and polls in itself', () => {
    const kinds: [string, string | null][] = [
      ['ggml_graph_compute_secondary_thread', 'sync'],
      ['ggml_graph_compute_thread', 'graph'],
      ['ggml_barrier', 'sync'],
      ['ggml_vec_dot_q6_K_q8_K', 'matmul'],
    ];
    // The worker polls in 5 of 100 samples of the run, and in 50 of 80 of Decode.
    const worker: ReportCallTree = {
      ...tree,
      functions: kinds.map(([name, category]) => ({ name, image: 'x', category })),
      parent: [-1, 0, 1, 1],
      function: [0, 1, 2, 3],
      self: { all: [5, 0, 15, 80], load: [0, 0, 0, 0], prefill: [0, 0, 0, 0], decode: [50, 0, 10, 20] },
      total: { all: [100, 95, 15, 80], load: [0, 0, 0, 0], prefill: [0, 0, 0, 0], decode: [80, 30, 10, 20] },
    };
    expect(drawnCategories(worker, 'all')).toEqual(['graph', 'graph', 'sync', 'matmul']);
    expect(drawnCategories(worker, 'decode')).toEqual(['sync', 'graph', 'sync', 'matmul']);
    // What it does itself stays waiting, whoever asks for the function.
    expect(classifyKernel('ggml_graph_compute_secondary_thread').category).toBe('sync');
    // OpenMP's thread start is the same case.
    worker.functions[0] = { name: 'gomp_thread_start', image: 'libgomp.so.1', category: 'sync' };
    expect(drawnCategories(worker, 'all')[0]).toBe('graph');
  });

  it('is empty for a stage without samples', () => {
    expect(flameLayout(tree, 'decode', 0).cells).toEqual([]);
  });
});
