/** Changing one counter of the tutorial's run flips the witness that it should, and no other. */
import { describe, expect, it } from 'vitest';
import type { ReportVerdict } from '../../../src/report/schema/verdicts.ts';
import { perfDataInputs, reportOf, type Scenario } from '../../support/scenario.ts';
import { TUTORIAL } from '../../support/scenarioTutorial.ts';

type Stage = 'prefill' | 'decode';

/** The run with another count of one event a millisecond in one stage. */
function withCount(stage: Stage, event: string, perMs: number): Scenario {
  const [worker] = TUTORIAL.threads;
  const work = worker[stage];
  return {
    ...TUTORIAL,
    prefill: { tokens: 78, ms: 100 },
    decode: { calls: 10, ms: 20 },
    threads: [{ ...worker, [stage]: { ...work, perMs: { ...work.perMs, [event]: perMs } } }],
  };
}

const votes = ({ witnesses }: ReportVerdict): string[] =>
  witnesses.flatMap(({ family, metric, vote }) => (vote === null ? [] : [`${family}: ${metric} → ${vote}`]));

const PREFILL = 'stalls: instructions per cycle over issue width → compute';
const DECODE = 'stalls: cycles stalled on memory → memory';

describe('one counter of the tutorial’s run', () => {
  it.each<[stage: Stage, event: string, perMs: number, what: string, votesOfStage: string[], class_: string]>(
    [
      [
        'decode',
        'STALL_BACKEND_MEM',
        130_000,
        'memory stalls fall',
        ['stalls: memory share of backend stalls → core'],
        'core',
      ],
      ['decode', 'STALL_BACKEND_MEM', 377_000, 'memory share between the thresholds', [], 'insufficient'],
      [
        'decode',
        'STALL_BACKEND',
        4_000_000,
        'more stalls than cycles are no measurement',
        [],
        'insufficient',
      ],
      [
        'decode',
        'CPU_CYCLES',
        8_000_000,
        'stalls become rare',
        ['stalls: backend stalls → compute'],
        'compute',
      ],
      ['decode', 'STALL_FRONTEND', 2_000_000, 'memory comes before the front end', [DECODE], 'memory'],
      ['decode', 'L3D_CACHE_REFILL', 1_000, 'refills are demand and never vote', [DECODE], 'memory'],
      ['decode', 'INST_RETIRED', 9_000_000, 'instructions do not hide memory stalls', [DECODE], 'memory'],
      ['prefill', 'INST_RETIRED', 5_000_000, 'too few instructions for a busy pipeline', [], 'insufficient'],
      [
        'prefill',
        'STALL_BACKEND',
        1_300_000,
        'stalls that memory does not explain',
        ['stalls: memory share of backend stalls → core'],
        'core',
      ],
      [
        'prefill',
        'STALL_BACKEND',
        400_000,
        'few stalls of any kind',
        ['stalls: backend stalls → compute'],
        'compute',
      ],
      ['prefill', 'STALL_BACKEND_MEM', 500_000, 'memory stalls rise', [DECODE], 'memory'],
      [
        'prefill',
        'STALL_FRONTEND',
        1_000_000,
        'the front end stalls more than the back end',
        ['stalls: front-end stalls → frontend'],
        'frontend',
      ],
      ['prefill', 'L3D_CACHE_REFILL', 300_000, 'refills are demand and never vote', [PREFILL], 'compute'],
    ],
  )('%s: %s at %i a millisecond: %s', async (stage, event, perMs, _, expected, class_) => {
    const { report } = await reportOf(perfDataInputs(withCount(stage, event, perMs)));
    const other = stage === 'prefill' ? 'decode' : 'prefill';
    expect(votes(report.verdicts[stage])).toEqual(expected);
    expect(report.verdicts[stage].class).toBe(class_);
    expect(votes(report.verdicts[other])).toEqual([other === 'prefill' ? PREFILL : DECODE]);
  });

  it('shows refills beside the verdict as they were counted', async () => {
    const { report } = await reportOf(perfDataInputs(withCount('decode', 'L3D_CACHE_REFILL', 36_400)));
    const refills = report.verdicts.decode.witnesses.find(({ metric }) => metric === 'L3 refills');
    // 36,400 refills for 3,640,000 instructions.
    expect(refills).toMatchObject({ family: 'demand', value: expect.closeTo(10, 2), vote: null });
  });
});

describe('what makes a count unfit to vote', () => {
  const small = withCount('decode', 'INST_RETIRED', 3_640_000);

  it('is half of the time, when events took turns', async () => {
    const { report } = await reportOf(
      perfDataInputs({ ...small, decode: { calls: 60, ms: 20 }, runningShare: 0.5 }),
    );
    const [stalls] = report.verdicts.decode.witnesses;
    expect(stalls).toMatchObject({
      vote: null,
      silentBecause: expect.stringMatching(/^the counters ran 50 %/),
    });
    expect(report.verdicts.decode.class).toBe('insufficient');
  });

  it('is too little of the time: then no count stands beside a stage either', async () => {
    const { report } = await reportOf(perfDataInputs({ ...small, runningShare: 0.2 }));
    for (const id of ['instructions-per-token', 'cycles-per-token', 'ipc']) {
      const row = report.comparison.find((one) => one.id === id)!;
      expect([id, row.decode.value, row.decode.reason]).toEqual([
        id,
        null,
        'the counters ran only 20 % of the time',
      ]);
    }
  });

  it('is a constant 0 while cycles advance: the target does not count it', async () => {
    const [worker] = small.threads;
    const none = { STALL_BACKEND: 0, STALL_BACKEND_MEM: 0 };
    const { report } = await reportOf(
      perfDataInputs({
        ...small,
        threads: [
          {
            prefill: { ...worker.prefill, perMs: { ...worker.prefill.perMs, ...none } },
            decode: { ...worker.decode, perMs: { ...worker.decode.perMs, ...none } },
          },
        ],
      }),
    );
    expect(report.verdicts.prefill.class).toBe('insufficient');
    expect(report.verdicts.prefill.witnesses[0].silentBecause).toContain('constant 0');
  });

  it('is a threshold that the run sets itself, which is printed', async () => {
    const { report } = await reportOf(
      perfDataInputs(small),
      'thresholds: { memoryStalledCycles: 0.3, memoryShareHigh: 0.6 }',
    );
    expect(report.verdicts.decode.class).toBe('insufficient');
    expect(report.verdicts.thresholds.filter(({ insteadOf }) => insteadOf !== null)).toEqual([
      expect.objectContaining({ name: 'memoryStalledCycles', value: 0.3, insteadOf: 0.15 }),
      expect.objectContaining({ name: 'memoryShareHigh', value: 0.6, insteadOf: 0.4 }),
    ]);
    await expect(reportOf(perfDataInputs(small), 'thresholds: { memory: 0.3 }')).rejects.toThrow(
      /thresholds/,
    );
    await expect(reportOf(perfDataInputs(small), 'thresholds: { syncAlone: -1 }')).rejects.toThrow(
      /thresholds\.syncAlone/,
    );
  });
});

describe('a run that is no hardware', () => {
  it.each(['emulated', 'simulated'])('gets no verdict, and what can be said instead: %s', async (origin) => {
    const { report } = await reportOf(
      perfDataInputs(withCount('decode', 'INST_RETIRED', 3_640_000)),
      `origin: ${origin}`,
    );
    for (const verdict of [report.verdicts.prefill, report.verdicts.decode]) {
      expect(verdict).toMatchObject({ class: 'none', confidence: null, label: 'No verdict' });
      expect(new Set(verdict.witnesses.map(({ family }) => family))).toEqual(new Set(['demand']));
    }
    expect(report.answers.overview).not.toMatch(/points to|limited by/);
  });
});
