import { describe, expect, it } from 'vitest';
import {
  DEFAULT_THRESHOLDS,
  printedThresholds,
  thresholdsWith,
} from '../../../src/analysis/verdict/thresholds.ts';
import { stanceOf, type VerdictClass, type Vote } from '../../../src/analysis/verdict/types.ts';
import { judge, type VerdictInput } from '../../../src/analysis/verdict/verdict.ts';
import type { StallEvidence } from '../../../src/analysis/verdict/stallWitnesses.ts';

const noStalls: StallEvidence = {
  backend: null,
  frontend: null,
  memoryShare: null,
  wideMemoryShare: null,
  ipc: null,
  width: null,
  retiring: null,
  frontendBound: null,
  runningShare: null,
  missingReason: 'STALL_BACKEND was not recorded',
};

function input(stage: 'prefill' | 'decode', more: Partial<VerdictInput> = {}): VerdictInput {
  return {
    stage,
    origin: 'hardware',
    seconds: 5,
    samples: 5000,
    stalls: noStalls,
    stallsWithoutSync: null,
    rate: { bandwidth: null, peak: null, operations: null, operationsPeak: null, missingReason: null },
    scaling: null,
    sync: { share: 0, imbalance: 0, threads: 1 },
    demand: [],
    recordNext: 'perf stat …',
    ...more,
  };
}

const stalls = (more: Partial<StallEvidence>): StallEvidence => ({
  ...noStalls,
  missingReason: null,
  ...more,
});
const GB = 1e9;

describe('the tutorial’s run: one thread, stall counters only', () => {
  it('points to computation in Prefill (memory share 10 %), low confidence', () => {
    const verdict = judge(
      input('prefill', {
        stalls: stalls({ backend: 0.25, frontend: 0.05, memoryShare: 0.1, ipc: 3.2, width: 8 }),
      }),
    );
    expect(verdict).toMatchObject({ class: 'compute', confidence: 'low', subtype: null });
    expect(verdict.sentence).toContain('points to');
  });

  it('points to memory in Decode (memory share 50 %), low confidence', () => {
    const verdict = judge(
      input('decode', {
        stalls: stalls({ backend: 0.5, frontend: 0.03, memoryShare: 0.5, ipc: 1.4, width: 8 }),
      }),
    );
    expect(verdict).toMatchObject({ class: 'memory', confidence: 'low' });
    expect(
      verdict.witnesses.filter((witness) => witness.vote !== null).map((witness) => witness.family),
    ).toEqual(['stalls']);
  });
});

describe('Raspberry Pi 5, four threads, logs and model only', () => {
  it('is limited by memory bandwidth: rate (10.09 of 11.59 GB/s measured) and scaling agree', () => {
    const verdict = judge(
      input('decode', {
        samples: 0,
        rate: {
          bandwidth: 10.09 * GB,
          peak: { bytesPerSecond: 11.59 * GB, kind: 'measured' },
          operations: null,
          operationsPeak: null,
          missingReason: null,
        },
        scaling: { batchTwoOverOne: null, gainBeyondSaturation: -0.1, missingReason: null },
        sync: { share: null, imbalance: null, threads: 4 },
      }),
    );
    expect(verdict).toMatchObject({ class: 'memory', subtype: 'bandwidth', confidence: 'medium' });
  });
});

describe('Raspberry Pi 5, one thread (TinyLlama Q4_K_M: IPC 2.61, backend stalls 14.9 %, 5.6 GB/s of 9.26)', () => {
  it('is mixed, never memory-bound: stalls say the core is busy, the rate is borderline', () => {
    const verdict = judge(
      input('decode', {
        stalls: stalls({ backend: 0.149, frontend: 0.02, ipc: 2.61, width: null }),
        rate: {
          bandwidth: 5.6 * GB,
          peak: { bytesPerSecond: 9.26 * GB, kind: 'measured' },
          operations: null,
          operationsPeak: null,
          missingReason: null,
        },
      }),
    );
    expect(verdict.class).toBe('mixed');
    expect(verdict.confidence).toBe('low');
  });
});

describe('96-core Neoverse N2 (276 of 435 GB/s STREAM, rate still rises past saturation)', () => {
  it('is mixed: rate says memory, scaling says core', () => {
    const verdict = judge(
      input('decode', {
        rate: {
          bandwidth: 276 * GB,
          peak: { bytesPerSecond: 435 * GB, kind: 'measured' },
          operations: null,
          operationsPeak: null,
          missingReason: null,
        },
        scaling: { batchTwoOverOne: null, gainBeyondSaturation: 0.9, missingReason: null },
        sync: { share: 0.05, imbalance: 0.02, threads: 96 },
        kernelShape: 'GEMV',
      }),
    );
    expect(verdict.class).toBe('mixed');
    expect(verdict.label).toBe('Mixed: memory against core-limited GEMV');
    expect(verdict.sentence).toBe(
      'Decode is mixed: the rate against the peak points to memory, scaling points to the core itself, not memory.',
    );
  });
});

describe('Neoverse N2, 64 threads: two sequences run 1.97 times as fast as one', () => {
  it('points to memory at one sequence, by scaling alone', () => {
    const verdict = judge(
      input('decode', {
        scaling: { batchTwoOverOne: 47.93 / 24.28, gainBeyondSaturation: null, missingReason: null },
      }),
    );
    expect(verdict).toMatchObject({ class: 'memory', confidence: 'low' });
  });
});

describe('a log and nothing else', () => {
  it('is insufficient and says what to record', () => {
    const verdict = judge(input('decode', { samples: 0 }));
    expect(verdict).toMatchObject({ class: 'insufficient', confidence: null, next: 'perf stat …' });
  });
});

describe('emulated and simulated runs', () => {
  it.each(['emulated', 'simulated'] as const)('get no verdict: %s', (origin) => {
    const verdict = judge(
      input('decode', { origin, stalls: stalls({ backend: 0.6, frontend: 0, memoryShare: 0.9 }) }),
    );
    expect(verdict).toMatchObject({ class: 'none', confidence: null });
    expect(verdict.witnesses).toEqual([]);
  });
});

describe('single counters flip their witness', () => {
  const vote = (more: Partial<StallEvidence>) => judge(input('decode', { stalls: stalls(more) })).class;

  it('memory share', () => {
    expect(vote({ backend: 0.32, frontend: 0.02, memoryShare: 0.45 })).toBe('memory');
    expect(vote({ backend: 0.32, frontend: 0.02, memoryShare: 0.3 })).toBe('insufficient');
    expect(vote({ backend: 0.4, frontend: 0.02, memoryShare: 0.15 })).toBe('core');
  });

  it('memory stalls of cycles, whatever the share of stalls', () => {
    expect(vote({ backend: 0.6, frontend: 0.02, memoryShare: 0.26 })).toBe('memory');
  });

  it('front end', () => {
    expect(vote({ backend: 0.1, frontend: 0.3, memoryShare: 0.1 })).toBe('frontend');
    expect(vote({ backend: 0.1, frontend: 0.1, memoryShare: 0.1 })).toBe('compute');
  });

  it('a core without STALL_BACKEND_MEM can show that it is busy, never that it waits for memory', () => {
    expect(vote({ backend: 0.6, frontend: 0.02 })).toBe('insufficient');
    expect(vote({ backend: 0.1, frontend: 0.02 })).toBe('compute');
  });

  it('the wider MEMBOUND event has thresholds of its own', () => {
    expect(vote({ backend: 0.5, frontend: 0.02, wideMemoryShare: 0.5 })).toBe('insufficient');
    expect(vote({ backend: 0.5, frontend: 0.02, wideMemoryShare: 0.7 })).toBe('memory');
  });

  it('the wider event votes weakly when there are hardly enough stalls for it', () => {
    const verdict = judge(
      input('decode', { stalls: stalls({ backend: 0.31, frontend: 0.02, wideMemoryShare: 0.9 }) }),
    );
    expect(verdict.reasons).toContain('the vote of stalls lies within 10 % of its threshold');
  });

  it('counters that ran half of the time do not vote', () => {
    expect(vote({ backend: 0.5, frontend: 0.02, memoryShare: 0.9, runningShare: 0.5 })).toBe('insufficient');
  });
});

describe('synchronisation', () => {
  it('comes first, with the cause that remains when spinning is left out', () => {
    const verdict = judge(
      input('decode', {
        sync: { share: 0.3, imbalance: 0.05, threads: 8 },
        stalls: stalls({ backend: 0.1, frontend: 0.05, memoryShare: 0.1 }),
        stallsWithoutSync: stalls({ backend: 0.5, frontend: 0.05, memoryShare: 0.6 }),
      }),
    );
    expect(verdict).toMatchObject({ class: 'sync', secondary: 'memory' });
  });

  it('needs imbalance when it is moderate', () => {
    const sync = (imbalance: number) =>
      judge(input('decode', { sync: { share: 0.18, imbalance, threads: 8 } })).class;
    expect(sync(0.2)).toBe('sync');
    expect(sync(0.05)).toBe('insufficient');
  });
});

describe('confidence', () => {
  const agreeing = (more: Partial<VerdictInput>) =>
    judge(
      input('decode', {
        stalls: stalls({ backend: 0.6, frontend: 0.02, memoryShare: 0.7, runningShare: 1 }),
        rate: {
          bandwidth: 90 * GB,
          peak: { bytesPerSecond: 100 * GB, kind: 'measured' },
          operations: null,
          operationsPeak: null,
          missingReason: null,
        },
        ...more,
      }),
    );

  it('is high for two well-conditioned families that agree', () => {
    expect(agreeing({})).toMatchObject({ class: 'memory', subtype: 'bandwidth', confidence: 'high' });
  });

  it('is medium with one weak condition', () => {
    expect(agreeing({ samples: 100 }).confidence).toBe('medium');
    expect(
      agreeing({
        rate: {
          bandwidth: 90 * GB,
          peak: { bytesPerSecond: 100 * GB, kind: 'theoretical' },
          operations: null,
          operationsPeak: null,
          missingReason: null,
        },
      }).confidence,
    ).toBe('medium');
  });

  it('is low near a threshold', () => {
    expect(
      agreeing({
        rate: {
          bandwidth: 62 * GB,
          peak: { bytesPerSecond: 100 * GB, kind: 'measured' },
          operations: null,
          operationsPeak: null,
          missingReason: null,
        },
      }).confidence,
    ).toBe('low');
  });

  it('uses thresholds that a run may override', () => {
    const strict = { ...DEFAULT_THRESHOLDS, memoryStalledCycles: 0.9, memoryShareHigh: 0.95 };
    const verdict = judge(
      input('decode', { stalls: stalls({ backend: 0.6, frontend: 0, memoryShare: 0.7 }) }),
      strict,
    );
    expect(verdict.class).toBe('insufficient');
  });
});

describe('cycles and instructions only, with the model', () => {
  const halfOfPeak = {
    bandwidth: 52 * GB,
    peak: { bytesPerSecond: 100 * GB, kind: 'measured' as const },
    operations: null,
    operationsPeak: null,
    missingReason: null,
  };

  it('takes half of the bandwidth for memory when instructions per cycle fall far below Prefill’s', () => {
    const verdict = judge(input('decode', { rate: { ...halfOfPeak, ipcOfPrefill: 0.5 } }));
    expect(verdict).toMatchObject({ class: 'memory', confidence: 'low' });
    expect(verdict.witnesses.find(({ vote }) => vote !== null)?.weakness).toBe(
      'cycles and instructions only',
    );
  });

  it('never decides by instructions per cycle alone', () => {
    expect(judge(input('decode', { rate: { ...halfOfPeak, ipcOfPrefill: 0.7 } })).class).toBe('insufficient');
    expect(
      judge(input('decode', { rate: { ...halfOfPeak, bandwidth: 40 * GB, ipcOfPrefill: 0.2 } })).class,
    ).toBe('insufficient');
  });
});

describe('operations and bandwidth at once', () => {
  it('are mixed: the family points both ways', () => {
    const verdict = judge(
      input('prefill', {
        rate: {
          bandwidth: 70 * GB,
          peak: { bytesPerSecond: 100 * GB, kind: 'measured' },
          operations: 500 * GB,
          operationsPeak: { perSecond: 1000 * GB, instructions: 'SMMLA', kind: 'theoretical' },
          missingReason: null,
        },
      }),
    );
    expect(verdict).toMatchObject({ class: 'mixed', label: 'Mixed: memory against compute' });
    expect(verdict.sentence).toBe('Prefill is mixed: the rate against the peak points both ways.');
  });
});

describe('memory', () => {
  const waiting = stalls({ backend: 0.6, frontend: 0.02, memoryShare: 0.7, runningShare: 1 });
  const rate = (bandwidth: number) => ({
    bandwidth,
    peak: { bytesPerSecond: 100 * GB, kind: 'measured' as const },
    operations: null,
    operationsPeak: null,
    missingReason: null,
  });

  it('is latency where stalls wait and bandwidth is far from used up', () => {
    expect(judge(input('decode', { stalls: waiting, rate: rate(20 * GB) }))).toMatchObject({
      class: 'memory',
      subtype: 'latency',
      label: 'Points to memory, latency',
    });
  });

  it('is bandwidth where more threads bring nothing', () => {
    const scaling = { batchTwoOverOne: null, gainBeyondSaturation: 0.05, missingReason: null };
    expect(judge(input('decode', { stalls: waiting, scaling }))).toMatchObject({
      class: 'memory',
      subtype: 'bandwidth',
      sentence: 'Decode is limited by memory bandwidth.',
    });
  });
});

describe('a stage too short to judge', () => {
  it('is insufficient without counters, whatever its samples say', () => {
    const short = { seconds: 0.03, samples: 30, sync: { share: 0.9, imbalance: 1, threads: 4 } };
    expect(judge(input('prefill', short)).class).toBe('insufficient');
    expect(judge(input('prefill', { ...short, stalls: stalls({ backend: 0.1, frontend: 0.1 }) })).class).toBe(
      'compute',
    );
  });
});

describe('an origin that nobody stated', () => {
  it('is said beside the verdict and weakens it', () => {
    const verdict = judge(
      input('decode', {
        origin: null,
        stalls: stalls({ backend: 0.6, frontend: 0.02, memoryShare: 0.7 }),
        scaling: { batchTwoOverOne: 1.97, gainBeyondSaturation: null, missingReason: null },
      }),
    );
    expect(verdict.confidence).toBe('medium');
    expect(verdict.reasons.join()).toContain('it holds only if it did');
  });
});

describe('what a witness says of its verdict', () => {
  const witness = (vote: Vote | null) => ({ vote });

  it.each<[of: VerdictClass, secondary: Vote | null, vote: Vote | null, stance: string]>([
    ['memory', null, 'memory', 'supports'],
    ['memory', null, 'core', 'contradicts'],
    ['compute', null, 'core', 'supports'],
    ['sync', 'memory', 'memory', 'supports'],
    ['sync', null, 'memory', 'contradicts'],
    ['mixed', null, 'core', 'supports'],
    ['memory', null, null, 'silent'],
  ])('%s (behind it %s): a vote for %s %s', (of, secondary, vote, stance) => {
    expect(stanceOf({ class: of, secondary }, witness(vote))).toBe(stance);
  });
});

describe('thresholds', () => {
  it('are all printed, with the default where the run set another', () => {
    const printed = printedThresholds(thresholdsWith({ syncAlone: 0.5 }));
    expect(printed).toHaveLength(Object.keys(DEFAULT_THRESHOLDS).length);
    expect(printed.filter(({ insteadOf }) => insteadOf !== null)).toEqual([
      expect.objectContaining({ name: 'syncAlone', value: 0.5, insteadOf: 0.25, unit: 'of samples' }),
    ]);
  });
});
