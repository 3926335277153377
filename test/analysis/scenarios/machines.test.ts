/** Counter-examples to "Prefill is compute-bound, Decode is memory-bound", from recorded bytes to the report. */
import { describe, expect, it } from 'vitest';
import { namedValue } from '../../../src/writing/values.ts';
import type { RunAnalysis } from '../../../src/analysis/analyseRun.ts';
import type { Quantity } from '../../../src/analysis/quantity.ts';
import { scalingOfRuns } from '../../../src/analysis/verdict/scalingOfRuns.ts';
import { DEFAULT_THRESHOLDS } from '../../../src/analysis/verdict/thresholds.ts';
import { withScaling } from '../../../src/analysis/verdict/runVerdicts.ts';
import type { Counter } from '../../../src/profile/types.ts';
import { counterPerToken } from '../../../src/report/sections/counters.ts';
import {
  alike,
  CORTEX_A55,
  CORTEX_A76,
  CORTEX_X1,
  modelInput,
  NEOVERSE_N2,
  perfDataInputs,
  reportOf,
  type Counts,
  type Scenario,
  type Worker,
} from '../../support/scenario.ts';

const GB = 1e9;
const STALL_EVENTS = ['CPU_CYCLES', 'INST_RETIRED', 'STALL_FRONTEND', 'STALL_BACKEND', 'STALL_BACKEND_MEM'];

/** Counts of a millisecond at a frequency, from what a stage is to look like; shares are of cycles. */
function counts(
  gigahertz: number,
  of: { ipc: number; frontend: number; backend: number; memoryShare?: number },
): Counts {
  const cycles = gigahertz * 1e6;
  return {
    CPU_CYCLES: cycles,
    INST_RETIRED: cycles * of.ipc,
    STALL_FRONTEND: cycles * of.frontend,
    STALL_BACKEND: cycles * of.backend,
    STALL_BACKEND_MEM: cycles * of.backend * (of.memoryShare ?? 0),
  };
}

describe('96 cores of Neoverse N2: 276 of 435 GB/s, and the rate still rises beyond the threads that saturate memory', () => {
  const BYTES_PER_TOKEN = 23.6 * GB;
  const gemvs = ['ggml_gemv_q8_0_4x8_q8_0', 'ggml_gemv_q8_0_4x8_q8_0', 'ggml_gemv_q4_K_8x8_q8_K'];
  const stalled: Worker = {
    prefill: {
      kernels: ['ggml_gemm_q4_K_8x8_q8_K'],
      perMs: counts(3.4, { ipc: 3, frontend: 0.03, backend: 0.15, memoryShare: 0.1 }),
    },
    decode: {
      kernels: gemvs,
      perMs: counts(3.4, { ipc: 1.6, frontend: 0.03, backend: 0.45, memoryShare: 0.15 }),
    },
  };
  const run = (threads: number, decodeMs: number): Scenario => ({
    cores: Array.from({ length: 96 }, () => NEOVERSE_N2),
    counters: STALL_EVENTS,
    prefill: { tokens: 512, ms: 20 },
    decode: { calls: 2, ms: decodeMs },
    threads: alike(threads, stalled),
    readBandwidth: [
      { threads: 16, bytesPerSecond: 300 * GB },
      { threads: 32, bytesPerSecond: 430 * GB },
      { threads: 64, bytesPerSecond: 435 * GB },
    ],
  });
  const analyse = async (of: Scenario, bytesPerToken: number): Promise<RunAnalysis> =>
    (await reportOf([...perfDataInputs(of), modelInput(bytesPerToken)])).analysis;

  it('is mixed: the rate says memory, stalls and scaling say core-limited GEMV', async () => {
    // 23.6 GB a token in 85.5 ms are 276 GB/s; twice the threads take 0.53 of the time.
    const [half, full] = await Promise.all([
      analyse(run(32, 163), BYTES_PER_TOKEN),
      analyse(run(64, 86), BYTES_PER_TOKEN),
    ]);
    const alone = full.verdicts.decode;
    expect(alone).toMatchObject({ class: 'mixed', label: 'Mixed: memory against core-limited GEMV' });

    const scaling = scalingOfRuns([full, half], 'decode', DEFAULT_THRESHOLDS)!;
    // (163 ÷ 86 − 1) ÷ (64 ÷ 32 − 1)
    expect(scaling.gainBeyondSaturation).toBeCloseTo(0.895, 2);
    const together = withScaling(alone, scaling);
    expect(together).toMatchObject({ class: 'mixed', confidence: 'low', secondary: null });
    expect(together.sentence).toBe(
      'Decode is mixed: stalls point to the core itself, not memory, the rate against the peak points to memory, scaling points to the core itself, not memory.',
    );
    const rate = together.witnesses.find(({ metric }) => metric === 'read bandwidth of the measured peak');
    expect(rate?.value).toBeCloseTo(274.4 / 435, 2);
  });

  it('is core-limited with a quantisation that reads less: stalls and scaling agree', async () => {
    // 30 % of the measured bandwidth.
    const [half, full] = await Promise.all([
      analyse(run(32, 163), 0.3 * 435 * GB * 0.086),
      analyse(run(64, 86), 0.3 * 435 * GB * 0.086),
    ]);
    const scaling = scalingOfRuns([full, half], 'decode', DEFAULT_THRESHOLDS)!;
    const verdict = withScaling(full.verdicts.decode, scaling);
    expect(verdict).toMatchObject({ class: 'core', label: 'Core-limited GEMV', confidence: 'high' });
    expect(verdict.sentence).toBe('Decode is limited by the core itself, not memory.');
  });
});

describe('one thread of a Raspberry Pi 5: IPC 2.61, 14.9 % backend stalls, 5.6 GB/s', () => {
  const worker: Worker = {
    prefill: {
      kernels: ['ggml_vec_dot_q4_K_q8_K'],
      perMs: counts(2.4, { ipc: 2.9, frontend: 0.002, backend: 0.1 }),
    },
    decode: {
      kernels: ['ggml_vec_dot_q4_K_q8_K'],
      perMs: counts(2.4, { ipc: 2.61, frontend: 0.0017, backend: 0.149 }),
    },
  };

  it('is mixed, never memory-bound', async () => {
    const { report } = await reportOf([
      ...perfDataInputs({
        cores: Array.from({ length: 4 }, () => CORTEX_A76),
        counters: STALL_EVENTS.slice(0, 4),
        prefill: { tokens: 32, ms: 300 },
        decode: { calls: 5, ms: 120 },
        threads: [worker],
        machine: 'Raspberry Pi 5 Model B Rev 1.0',
      }),
      modelInput(5.6 * GB * 0.12),
    ]);
    const { decode } = report.verdicts;
    expect(decode).toMatchObject({ class: 'mixed', confidence: 'low', subtype: null });
    const votes = decode.witnesses.filter(({ vote }) => vote !== null);
    expect(votes.map(({ family, metric, vote }) => [family, metric, vote])).toEqual([
      ['stalls', 'backend stalls', 'compute'],
      ['rate', 'read bandwidth of the measured peak', 'memory'],
    ]);
    expect(votes[0].value).toBeCloseTo(0.149, 4);
    // 9.26 GB/s is what one thread reads there.
    expect(votes[1].value).toBeCloseTo(5.6 / 9.26, 2);
    // The core has no event that would tell what the stalls wait for.
    expect(report.comparison.find(({ id }) => id === 'memory-stalls')?.decode).toMatchObject({
      value: null,
      reason: expect.stringContaining('Cortex-A76 has no STALL_BACKEND_MEM'),
    });
  });
});

describe('big.LITTLE: two kinds of cores with a PMU each', () => {
  const BIG = counts(3, { ipc: 1.2, frontend: 0.02, backend: 0.5, memoryShare: 0.6 });
  const LITTLE = counts(1.8, { ipc: 0.4, frontend: 0.05, backend: 0.8 });
  const little = { ...CORTEX_A55, counters: STALL_EVENTS.slice(0, 4) };
  const worker = (perMs: Counts): Worker => {
    const stage = { kernels: ['ggml_vec_dot_q4_0_q8_0'], perMs };
    return { prefill: stage, decode: stage };
  };
  const run = (big: number, small: number): Scenario => ({
    cores: [...Array.from({ length: big }, () => CORTEX_X1), ...Array.from({ length: small }, () => little)],
    counters: STALL_EVENTS,
    prefill: { tokens: 64, ms: 100 },
    decode: { calls: 10, ms: 30 },
    threads: [...alike(big, worker(BIG)), ...alike(small, worker(LITTLE))],
  });

  it('is judged by the cores that did most of the work, and says so; ratios are never mixed', async () => {
    const { report } = await reportOf(perfDataInputs(run(2, 2)));
    const { decode } = report.verdicts;
    // 3.6 M instructions a millisecond on each large core, 0.72 M on each small one.
    expect(decode.core).toEqual({
      name: 'Cortex-X1',
      share: expect.closeTo(3.6 / (3.6 + 0.72), 2),
      of: 'instructions',
    });
    expect(decode.class).toBe('memory');
    const value = (metric: string) => decode.witnesses.find((row) => row.metric === metric)?.value;
    expect(value('backend stalls')).toBeCloseTo(0.5, 4);
    expect(value('memory share of backend stalls')).toBeCloseTo(0.6, 4);
    expect(decode.reasons.join()).toContain(
      'stalls are those of the Cortex-X1 cores, which executed 83 % of the stage’s instructions',
    );
  });

  it('adds up what both kinds executed for a token', async () => {
    const { report } = await reportOf(perfDataInputs(run(2, 2)));
    const row = report.comparison.find(({ id }) => id === 'instructions-per-token')!;
    // 30 ms on two large and two small cores; readings that cross the end of a call are split by time.
    const expected = 30 * 2 * (3_600_000 + 720_000);
    expect(row.decode.value).toBeGreaterThan(0.98 * expected);
    expect(row.decode.value).toBeLessThan(1.01 * expected);
  });

  it('adds up for a token also where the kind that was recorded first counted nothing', async () => {
    const { analysis } = await reportOf(perfDataInputs(run(2, 2)));
    const { counters } = analysis.profile;
    const rows = counters.flatMap(({ mnemonic }, index) => (mnemonic === 'INST_RETIRED' ? [index] : []));
    expect(rows).toHaveLength(2);
    const valueOf = (change: (first: Counter) => void): Quantity => {
      const changed = counters.map((counter) => ({ ...counter }));
      change(changed[rows[0]]);
      const counterTotals = analysis.counterTotals.map((totals, index) =>
        changed[index].unavailable === null ? totals : { ...totals, total: null, byPhase: null },
      );
      const profile = { ...analysis.profile, counters: changed };
      return counterPerToken({ ...analysis, profile, counterTotals }, 'INST_RETIRED', 'decode');
    };
    const other = analysis.counterTotals[rows[1]].byPhase!;
    const ofOther = analysis.timeline.phases.reduce(
      (sum, { stage }, row) => sum + (stage === 'decode' ? other[row] : 0),
      0,
    );
    const alone = valueOf((first) => (first.unavailable = 'reads a constant 0'));
    expect(alone.value).toBeCloseTo(ofOther / 10, 3);
    // What limits the counters limits their sum.
    expect(valueOf((first) => (first.excludesKernel = true)).working?.note).toContain(
      'counted in user mode only',
    );
  });

  it('cannot be told where the small cores do the work: they do not count what stalls wait for', async () => {
    const { report } = await reportOf(perfDataInputs(run(1, 7)));
    const { decode } = report.verdicts;
    expect(decode.core.name).toBe('Cortex-A55');
    expect(decode.class).toBe('insufficient');
    expect(decode.witnesses[0].silentBecause).toContain('Cortex-A55 has no STALL_BACKEND_MEM');
    expect(decode.witnesses.find(({ metric }) => metric === 'backend stalls')?.value).toBeCloseTo(0.8, 4);
  });

  it('makes no finding of stalls that would be those of neither kind', async () => {
    const { report } = await reportOf(perfDataInputs(run(2, 2)));
    const ids = report.findings.map(({ id }) => id);
    expect(ids).not.toContain('stall-split');
    expect(ids).not.toContain('stalled-cycles');
    // The same counts on one kind of core do make them.
    const one = await reportOf(perfDataInputs(run(2, 0)));
    expect(one.report.findings.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['stall-split', 'stalled-cycles']),
    );
  });

  it('lets pages name the ratios of the cores that the verdict judges, wherever their CPUs stand', async () => {
    const { report } = await reportOf(perfDataInputs(run(2, 2)));
    const reversed = {
      ...report,
      metrics: { ...report.metrics, coreTypes: report.metrics.coreTypes.toReversed() },
    };
    for (const of of [report, reversed]) {
      expect(namedValue(of, 'decode.ipc')).toMatchObject({ value: expect.closeTo(1.2, 4) });
    }
  });

  it('shows each kind of core on its own', async () => {
    const { report } = await reportOf(perfDataInputs(run(2, 2)));
    expect(report.metrics.coreTypes.map(({ core }) => core)).toEqual(['Cortex-X1', 'Cortex-A55']);
  });
});

describe('threads that wait for each other', () => {
  const waiting = counts(3.4, { ipc: 3.5, frontend: 0.01, backend: 0.02, memoryShare: 0 });
  const run = (kernels: string[]): Scenario => {
    const working = counts(3.4, { ipc: 1.1, frontend: 0.03, backend: 0.6, memoryShare: 0.6 });
    return {
      cores: Array.from({ length: 8 }, () => NEOVERSE_N2),
      counters: STALL_EVENTS,
      prefill: { tokens: 64, ms: 100 },
      decode: { calls: 10, ms: 30 },
      threads: alike(4, {
        prefill: { kernels: ['ggml_gemm_q4_K_8x8_q8_K'], perMs: working },
        decode: { kernels, perMs: working, waitingPerMs: waiting },
      }),
    };
  };
  const KERNEL = 'ggml_gemv_q4_K_8x8_q8_K';

  it('hold Decode back; behind it the working samples point to memory', async () => {
    const { report } = await reportOf(perfDataInputs(run([KERNEL, 'ggml_barrier', 'ggml_barrier'])));
    expect(report.verdicts.decode).toMatchObject({ class: 'sync', secondary: 'memory' });
    expect(report.verdicts.decode.sentence).toBe('Decode points to synchronisation; behind it, memory.');
    const share = report.verdicts.decode.witnesses.find(({ family }) => family === 'sync');
    expect(share?.value).toBeCloseTo(2 / 3, 1);
  });

  it('do not when they rarely wait', async () => {
    const rarely = [...Array.from({ length: 9 }, () => KERNEL), 'ggml_barrier'];
    const { report } = await reportOf(perfDataInputs(run(rarely)));
    expect(report.verdicts.decode.class).toBe('memory');
  });
});
