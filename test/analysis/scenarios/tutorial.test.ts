/**
 * The situation of Arm's tutorial on profiling llama.cpp, from the bytes of both recorders to the report: one thread on one
 * core of a server, memory share of backend stalls 10 % in Prefill and 50 % in Decode, L3 refills up in Decode.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { RawInput } from '../../../src/readers/reader.ts';
import type { Report } from '../../../src/report/schema.ts';
import type { InspectResult } from '../../../src/report/inspect.ts';
import { apcInputs, perfDataInputs, reportOf, type Scenario } from '../../support/scenario.ts';
import { GEMM, GEMV, TUTORIAL } from '../../support/scenarioTutorial.ts';

/** What goes into the scenario, by row of the summary table. Refills are lines of 64 bytes. */
const PUT_IN: Record<string, [prefill: number, decode: number, share: number]> = {
  // A marker has no end: it is known to half a sampling interval, of calls of 20 ms.
  duration: [0.4, 0.6, 0.026],
  tokens: [78, 30, 0],
  calls: [1, 30, 0],
  'time-per-token': [0.4 / 78, 0.02, 0.026],
  // 400 ms and 20 ms of a token's work.
  'instructions-per-token': [(400 * 8_320_000) / 78, 20 * 3_640_000, 0.003],
  'cycles-per-token': [(400 * 2_600_000) / 78, 20 * 2_600_000, 0.003],
  ipc: [3.2, 1.4, 0.001],
  'l3-refills-per-call': [400 * 4_875 * 64, 20 * 240_000 * 64, 0.003],
  'l3-refills-per-token': [(400 * 4_875 * 64) / 78, 20 * 240_000 * 64, 0.003],
  'l3-refills-per-1000-instructions': [(1000 * 4_875) / 8_320_000, (1000 * 240_000) / 3_640_000, 0.001],
  'memory-stalls': [10, 50, 0.001],
  'main-kernel-share': [75, 80, 0.01],
};

describe.each<[recorder: string, make: (run: Scenario) => RawInput[]]>([
  ['perf.data', perfDataInputs],
  ['.apc', apcInputs],
])('the tutorial’s run, recorded as %s', (_, make) => {
  let report: Report;
  let inspect: InspectResult;
  beforeAll(async () => ({ report, inspect } = await reportOf(make(TUTORIAL))));

  it('points to computation in Prefill and to memory in Decode, each with low confidence', () => {
    const { prefill, decode } = report.verdicts;
    expect(prefill).toMatchObject({ class: 'compute', confidence: 'low', subtype: null });
    expect(prefill.sentence).toBe('Prefill points to computation: one line of evidence.');
    expect(decode).toMatchObject({ class: 'memory', confidence: 'low', subtype: null });
    expect(decode.sentence).toBe('Decode points to memory: one line of evidence.');
    expect(decode.label).toBe('Points to memory');
  });

  it('lets only the stalls vote', () => {
    for (const verdict of [report.verdicts.prefill, report.verdicts.decode]) {
      const voting = verdict.witnesses.filter(({ vote }) => vote !== null);
      expect(voting.map(({ family }) => family)).toEqual(['stalls']);
      expect(verdict.witnesses.filter(({ vote }) => vote === null).every((row) => row.silentBecause)).toBe(
        true,
      );
    }
  });

  it('says that one thread cannot use up the socket’s bandwidth', () => {
    expect(report.verdicts.decode.reasons.join()).toContain('one thread cannot use up the bandwidth');
  });

  it('shows the memory shares that were put in beside the verdict', () => {
    const share = (stage: 'prefill' | 'decode') =>
      report.verdicts[stage].witnesses.find(({ metric }) => metric === 'memory share of backend stalls')
        ?.value;
    expect(share('prefill')).toBeCloseTo(0.1, 4);
    expect(share('decode')).toBeCloseTo(0.5, 4);
  });

  it.each(Object.entries(PUT_IN))('tells %s as it was put in', (id, [prefill, decode, within]) => {
    const row = report.comparison.find((candidate) => candidate.id === id);
    expect(
      Math.abs(row!.prefill.value! / prefill - 1),
      `${row?.prefill.value} ≈ ${prefill}`,
    ).toBeLessThanOrEqual(within);
    expect(Math.abs(row!.decode.value! / decode - 1), `${row?.decode.value} ≈ ${decode}`).toBeLessThanOrEqual(
      within,
    );
  });

  it('names the kernels', () => {
    expect(report.comparison.find(({ id }) => id === 'main-kernel')?.texts).toEqual({
      prefill: GEMM,
      decode: GEMV,
    });
  });

  it('opens the Overview with both verdicts', () => {
    expect(report.answers.overview).toContain(
      'Prefill points to computation: one line of evidence. Decode points to memory: one line of evidence.',
    );
  });

  it('gives the same verdicts to other tools', () => {
    expect(inspect.verdict.decode).toMatchObject({
      class: 'memory',
      subtype: null,
      confidence: 'low',
      sentence: 'Decode points to memory: one line of evidence.',
      next: expect.stringContaining('gemview model'),
    });
    expect(inspect.verdict.decode.witnesses[0]).toMatchObject({
      family: 'stalls',
      metric: 'cycles stalled on memory',
      value: expect.closeTo(0.25, 4),
      threshold: '≥ 15 %',
      vote: 'memory',
      stance: 'supports',
      silent_because: null,
    });
  });
});
