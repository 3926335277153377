import { describe, expect, it } from 'vitest';
import { analyseRun } from '../../src/analysis/analyseRun.ts';
import type { Quantity } from '../../src/analysis/quantity.ts';
import type { CoreTypeMetrics } from '../../src/analysis/selectionMetrics.ts';
import { metricOfStage } from '../../src/analysis/selectionMetrics.ts';
import type { Profile } from '../../src/profile/types.ts';
import { profileViolations } from '../../src/profile/integrity.ts';
import { analyseInputs } from '../../src/pipeline/analyseInputs.ts';
import { openInputs } from '../../src/platform/node/inputs.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import { countedRun, type CountedGroup } from '../support/countedRun.ts';
import { functionsOfRun } from '../support/llamaRun.ts';

function metricsOf(profile: Profile) {
  expect(profileViolations(profile)).toEqual([]);
  return analyseRun(profile, functionsOfRun(profile)).metrics;
}

const row = ({ rows }: CoreTypeMetrics, id: string) => {
  const found = rows.find((candidate) => candidate.id === id);
  if (!found) throw new Error(`no metric ${id}`);
  return found;
};
const both = (type: CoreTypeMetrics, id: string): (number | null)[] => [
  row(type, id).prefill.value,
  row(type, id).decode.value,
];
const reasons = (type: CoreTypeMetrics, id: string): Quantity['reason'][] => [
  row(type, id).prefill.reason,
  row(type, id).decode.reason,
];

/** A second of load, 100 prompt tokens in one second, four decode calls of one second each. */
const DRAWING = 'load/1000 0+100/1000 100+1/1000 101+1/1000 102+1/1000 103+1/1000 close/10';
const OPTIONS = { calls: 'probes' as const, sampleMs: 10 };
const G1 = [
  'CPU_CYCLES',
  'INST_RETIRED',
  'STALL_FRONTEND',
  'STALL_BACKEND',
  'STALL_BACKEND_MEM',
  'L3D_CACHE_REFILL',
];
/** Whole stages: [load, Prefill, Decode]. */
const G1_READINGS = [
  [0, 1000, [1000, 1000, 0, 0, 0, 0]],
  [1000, 2000, [10_000, 30_000, 300, 2000, 200, 50]],
  [2000, 6000, [40_000, 48_000, 800, 20_000, 10_000, 4000]],
] as const;

describe('metrics of stages', () => {
  const run = metricsOf(
    countedRun(DRAWING, [{ events: G1, readings: G1_READINGS }], { ...OPTIONS, cpus: ['Neoverse-V1'] }),
  );
  const [type] = run.coreTypes;

  it('are those of the counts of each stage, and of the whole run', () => {
    expect(run.coreTypes).toHaveLength(1);
    expect(type.core).toBe('Neoverse-V1');
    expect(both(type, 'ipc')).toEqual([3, 1.2]);
    expect(row(type, 'ipc').run.value).toBeCloseTo(79_000 / 51_000, 12);
    expect(both(type, 'frontend-stalled')).toEqual([3, 2]);
    expect(both(type, 'backend-stalled')).toEqual([20, 50]);
    // 200 of 2,000 and 10,000 of 20,000 stalled cycles.
    expect(both(type, 'memory-stall-share')).toEqual([10, 50]);
    expect(both(type, 'memory-stalled')).toEqual([2, 25]);
    expect(both(type, 'backend-otherwise-stalled')).toEqual([18, 25]);
    expect(both(type, 'not-stalled')).toEqual([77, 48]);
  });

  it('split all cycles into parts that sum to 100 %', () => {
    const parts = ['memory-stalled', 'backend-otherwise-stalled', 'frontend-stalled', 'not-stalled'];
    for (const stage of [0, 1]) {
      expect(parts.reduce((sum, id) => sum + (both(type, id)[stage] ?? NaN), 0)).toBeCloseTo(100, 9);
    }
  });

  it('are there for every phase', () => {
    const { phases } = row(type, 'ipc');
    expect(phases.map(({ value }) => value)).toEqual([1, 3, 1.2]);
  });

  it('tell traffic per call, per token and per 1,000 instructions, with the event and why it', () => {
    expect(both(type, 'refill-bytes-per-call')).toEqual([50 * 64, 64_000]);
    expect(both(type, 'refill-bytes-per-token')).toEqual([32, 64_000]);
    expect(both(type, 'refills-per-1000-instructions')).toEqual([50 / 30, 4000 / 48]);
    expect(row(type, 'refill-bytes').run.value).toBe(4050 * 64);
    expect(row(type, 'refill-bytes-per-call').run.reason).toBe('the run is more than its calls');
    expect(row(type, 'refill-bytes-per-call').label).toBe('L3 refills per call, from L3D_CACHE_REFILL');
    expect(row(type, 'refill-bytes-per-call').decode.working?.note).toContain('L3 cache of the cluster');
  });

  it('say what was not recorded', () => {
    expect(row(type, 'dtlb-mpki').run.reason).toBe('not counted: DTLB_WALK not recorded');
    expect(row(type, 'topdown-retiring').prefill.reason).toMatch(
      /^not counted: STALL_SLOT, .* not recorded$/,
    );
    expect(metricOfStage(run, 'no-such-metric', 'decode').value).toBeNull();
  });

  it('keep the wider metric of other cores apart from the memory share', () => {
    const wide = metricsOf(
      countedRun(
        DRAWING,
        [
          {
            events: ['STALL_BACKEND', 'STALL_BACKEND_MEMBOUND', 'LL_CACHE_MISS_RD', 'INST_RETIRED'],
            readings: [[1000, 2000, [100, 80, 1, 10]]],
          },
        ],
        { ...OPTIONS, cpus: ['Neoverse-V3'] },
      ),
    ).coreTypes[0];
    expect(row(wide, 'backend-memory-bound').prefill.value).toBe(80);
    expect(row(wide, 'memory-stall-share').prefill.reason).toContain('STALL_BACKEND_MEM not recorded');
    expect(wide.lastLevel?.mnemonic).toBe('LL_CACHE_MISS_RD');
    expect(row(wide, 'refill-bytes-per-call').label).toContain('from LL_CACHE_MISS_RD');
    expect(row(wide, 'l3-mpki').prefill.reason).toBe('not counted: Neoverse-V3 has no L3D_CACHE_REFILL');
  });
});

describe('a core of the Neoverse-N1 class', () => {
  const profile = countedRun(
    DRAWING,
    [{ events: G1.slice(0, 4), readings: G1_READINGS.map(([a, b, d]) => [a, b, d.slice(0, 4)] as const) }],
    {
      ...OPTIONS,
      cpus: ['Neoverse-N1'],
      slots: 5,
    },
  );
  const [type] = metricsOf(profile).coreTypes;

  it('has stalled cycles and names itself where it lacks an event', () => {
    expect(both(type, 'backend-stalled')).toEqual([20, 50]);
    expect(both(type, 'not-stalled')).toEqual([77, 48]);
    expect(reasons(type, 'memory-stall-share')).toEqual([
      'not counted: Neoverse-N1 has no STALL_BACKEND_MEM',
      'not counted: Neoverse-N1 has no STALL_BACKEND_MEM',
    ]);
  });

  it('never gets a share of retiring', () => {
    expect(reasons(type, 'topdown-retiring')[0]).toMatch(/^Neoverse-N1 counts stalled cycles but no slots/);
    expect(row(type, 'not-stalled').prefill.working?.note).toContain('not the share of slots that retire');
  });
});

describe('topdown of a stage', () => {
  const events = [
    'CPU_CYCLES',
    'STALL_SLOT',
    'STALL_SLOT_FRONTEND',
    'STALL_SLOT_BACKEND',
    'OP_RETIRED',
    'OP_SPEC',
    'BR_MIS_PRED',
  ];
  const counts = [1000, 5000, 2000, 3000, 900, 1000, 10];
  const of = (cpus: readonly (string | { name: string; midr: string })[], more = {}) =>
    metricsOf(
      countedRun(DRAWING, [{ events, readings: [[1000, 2000, counts]], ...more }], { ...OPTIONS, cpus }),
    ).coreTypes[0];

  it('has the corrections and slots of its core', () => {
    const type = of(['Neoverse-V1']);
    const values = ['frontend-bound', 'backend-bound', 'bad-speculation', 'retiring'].map(
      (name) => row(type, `topdown-${name}`).prefill.value ?? NaN,
    );
    [21, 37.5, 7.75, 33.75].forEach((expected, share) => expect(values[share]).toBeCloseTo(expected, 9));
    expect(row(type, 'topdown-frontend-bound').prefill.working?.formula).toBe(
      '100 × (FE ÷ (s·c) − 4m ÷ c), for V1, 8 slots',
    );
  });

  it('takes the revision from the main ID register', () => {
    const early = of([{ name: 'Neoverse-N2', midr: '0x410fd490' }]);
    expect(row(early, 'topdown-frontend-bound').prefill.working?.formula).toContain('N2 r0p0–r0p2');
    const late = of([{ name: 'Neoverse-N2', midr: '0x410fd493' }]);
    expect(row(late, 'topdown-frontend-bound').prefill.working?.formula).toContain('N2 r0p3');
  });

  it('follows the rules for multiplexed counters', () => {
    expect(row(of(['Neoverse-V1'], { runningShare: 0.2 }), 'topdown-retiring').prefill.reason).toBe(
      'the counters ran only 20 % of the time',
    );
  });
});

describe('counters that ran for part of the time', () => {
  it('serve for a long stretch, with a remark, and not for a short one', () => {
    const short = 'load/1000 0+100/300 100+1/1000 101+1/1000 102+1/1000 103+1/1000 close/10';
    const [type] = metricsOf(
      countedRun(
        short,
        [
          {
            events: ['CPU_CYCLES', 'INST_RETIRED'],
            readings: [
              [1000, 1300, [10, 30]],
              [1300, 5300, [40, 48]],
            ],
            runningShare: 0.5,
          },
        ],
        { ...OPTIONS, cpus: ['Neoverse-V1'] },
      ),
    ).coreTypes;
    expect(row(type, 'ipc').prefill).toMatchObject({
      value: null,
      reason: 'the counters ran 50 % of a stretch too short to be multiplexed',
    });
    expect(row(type, 'ipc').decode.value).toBe(1.2);
    expect(row(type, 'ipc').decode.working).toMatchObject({
      runningShare: 0.5,
      note: 'the counters ran 50 % of the time',
    });
  });

  it('of different groups are not divided over a short stretch', () => {
    const readings = (value: number) => [[1000, 2000, [value]]] as const;
    const [type] = metricsOf(
      countedRun(
        DRAWING,
        [
          { events: ['CPU_CYCLES'], readings: readings(10), runningShare: 0.8 },
          { events: ['INST_RETIRED'], readings: readings(30), runningShare: 0.8 },
        ],
        { ...OPTIONS, cpus: ['Neoverse-V1'] },
      ),
    ).coreTypes;
    expect(row(type, 'ipc').prefill.reason).toBe(
      'its events were counted in different groups at different times',
    );
  });
});

describe('events that only one core has', () => {
  /** CPU_CYCLES, STALL_BACKEND, and codes 0xE7 and 0xE9 as a tool names what it does not know. */
  const counted = (cpu: string) => {
    const profile = countedRun(
      DRAWING,
      [
        {
          events: ['CPU_CYCLES', 'STALL_BACKEND', 're7', 're9'],
          readings: [[1000, 2000, [1000, 400, 300, 100]]],
        },
      ],
      { ...OPTIONS, cpus: [cpu] },
    );
    ['0xe7', '0xe9'].forEach((code, index) => {
      Object.assign(profile.counters[2 + index], { code, mnemonic: null });
    });
    return metricsOf(profile).coreTypes[0];
  };

  it('tell how much a Cortex-A55 waits for loads, apart from the memory share', () => {
    const type = counted('Cortex-A55');
    expect(row(type, 'load-stalled').prefill.value).toBe(30);
    expect(row(type, 'load-stall-share').prefill).toMatchObject({ value: 75, unit: '%' });
    expect(row(type, 'load-miss-stall-share').prefill.value).toBe(25);
    expect(row(type, 'load-stall-share').prefill.working?.note).toContain('never a vote');
    expect(row(type, 'memory-stall-share').prefill.reason).toContain('Cortex-A55 has no STALL_BACKEND_MEM');
  });

  it('are no metric of another core, whose code means something else', () => {
    const type = counted('Cortex-A510');
    expect(type.rows.map(({ id }) => id)).not.toContain('load-stall-share');
    expect(type.counts.counters.map(({ mnemonic }) => mnemonic)).toEqual([
      'CPU_CYCLES',
      'STALL_BACKEND',
      null,
      null,
    ]);
  });

  it('let topdown of a C1-Pro leave out the time it slept', () => {
    const needs = [
      'CPU_CYCLES',
      'STALL_SLOT',
      'STALL_SLOT_FRONTEND',
      'STALL_SLOT_BACKEND',
      'OP_RETIRED',
      'OP_SPEC',
      'STALL_FRONTEND_FLUSH',
    ];
    const profile = countedRun(
      DRAWING,
      [
        {
          events: [...needs, 'armv9_c1_pro/imp_wfx_clock_cycles/'],
          readings: [[1000, 2000, [1200, 2500, 500, 2000, 900, 1000, 20, 200]]],
        },
      ],
      { ...OPTIONS, cpus: ['C1-Pro'] },
    );
    Object.assign(profile.counters[7], { mnemonic: null, code: '0x1ff' });
    const [type] = metricsOf(profile).coreTypes;
    // 5 slots, 1,000 cycles awake: (2,000 − 5 × 200) ÷ 5,000 = 20 %; 500 ÷ 5,000 − 20 ÷ 1,000 = 8 %.
    expect(row(type, 'topdown-backend-bound').prefill.value).toBeCloseTo(20, 9);
    expect(row(type, 'topdown-frontend-bound').prefill.value).toBeCloseTo(8, 9);
    // 0.9 × (1 − (2,500 − 1,000) ÷ 5,000).
    expect(row(type, 'topdown-retiring').prefill.value).toBeCloseTo(63, 9);
  });

  it('tell what came from another socket', () => {
    const [type] = metricsOf(
      countedRun(
        DRAWING,
        [{ events: ['REMOTE_ACCESS', 'LL_CACHE_MISS_RD'], readings: [[1000, 2000, [60, 1000]]] }],
        { ...OPTIONS, cpus: ['Neoverse-N1'] },
      ),
    ).coreTypes;
    expect(row(type, 'remote-share').prefill.value).toBe(6);
  });
});

describe('a target of two core types', () => {
  const CPUS = ['Cortex-A55', 'Cortex-A55', 'Cortex-A76', 'Cortex-A76'];

  it('has ratios by type, told by the CPU of a reading, and none for both', () => {
    const run = metricsOf(
      countedRun(
        DRAWING,
        [
          {
            events: ['CPU_CYCLES', 'INST_RETIRED'],
            readings: [
              [1000, 1500, [1000, 500], 0],
              [1500, 2000, [1000, 2000], 2],
              [2000, 6000, [4000, 2000], 1],
            ],
          },
        ],
        { ...OPTIONS, cpus: CPUS },
      ),
    );
    expect(run.coreTypes.map(({ core, cpus }) => [core, cpus])).toEqual([
      ['Cortex-A55', [0, 1]],
      ['Cortex-A76', [2, 3]],
    ]);
    const [little, big] = run.coreTypes;
    expect(both(little, 'ipc')).toEqual([0.5, 0.5]);
    expect(both(big, 'ipc')).toEqual([2, null]);
    expect(row(big, 'ipc').decode.reason).toBe('CPU_CYCLES counted 0 here');
    expect(metricOfStage(run, 'ipc', 'prefill').reason).toBe(
      'differs by core type: counts of Cortex-A55 and Cortex-A76 are not mixed',
    );
  });

  it('is told by the PMU that counted, whose standing still is no multiplexing', () => {
    const events = (core: string) => [`CPU_CYCLES@armv8_cortex_${core}`, `INST_RETIRED@armv8_cortex_${core}`];
    const run = metricsOf(
      countedRun(
        DRAWING,
        [
          { events: events('a55'), readings: [[1000, 2000, [1000, 500], -1]], runningShare: 0.2 },
          { events: events('a76'), readings: [[1000, 2000, [1000, 2000], -1]], runningShare: 0.8 },
        ],
        { ...OPTIONS, cpus: CPUS },
      ),
    );
    const [little, big] = run.coreTypes;
    expect(row(little, 'ipc').prefill).toMatchObject({ value: 0.5, working: { runningShare: 1 } });
    expect(row(big, 'ipc').prefill.value).toBe(2);
    expect(run.coreTypes).toHaveLength(2);
  });

  it('adds the shares of the PMUs up once, though two groups of each count the same', () => {
    const group = (core: string, instructions: number, runningShare: number): CountedGroup => ({
      events: [`CPU_CYCLES@armv8_cortex_${core}`, `INST_RETIRED@armv8_cortex_${core}`],
      readings: [[1000, 2000, [1000, instructions], -1]],
      runningShare,
    });
    const [little] = metricsOf(
      countedRun(
        DRAWING,
        [group('a55', 500, 0.15), group('a55', 500, 0.15), group('a76', 2000, 0.3), group('a76', 2000, 0.3)],
        { ...OPTIONS, cpus: CPUS },
      ),
    ).coreTypes;
    // 0.15 + 0.3; counted twice it would be 0.9, and no word would be said of it.
    expect(little.core).toBe('Cortex-A55');
    const { working } = row(little, 'ipc').prefill;
    expect(working?.runningShare).toBeCloseTo(0.45, 12);
    expect(working?.note).toContain('the counters ran 45 % of the time');
  });

  it('has no ratio where readings do not say the CPU', () => {
    const run = metricsOf(
      countedRun(
        DRAWING,
        [{ events: ['CPU_CYCLES', 'INST_RETIRED'], readings: [[1000, 2000, [1000, 500], -1]] }],
        { ...OPTIONS, cpus: CPUS },
      ),
    );
    expect(run.coreTypes.map(({ core }) => core)).toEqual([null]);
    expect(row(run.coreTypes[0], 'ipc').prefill.reason).toBe(
      'the readings do not say on which core, and this target has Cortex-A55 and Cortex-A76',
    );
  });

  it('has one row without counters, with the reason', () => {
    const run = metricsOf(countedRun(DRAWING, [], { ...OPTIONS, cpus: CPUS }));
    expect(metricOfStage(run, 'ipc', 'prefill').reason).toBe(
      'not counted: INST_RETIRED, CPU_CYCLES not recorded',
    );
  });
});

describe('a run without stages', () => {
  it('has metrics of the whole run only', () => {
    const [type] = metricsOf(
      countedRun(
        'load/1000 0+100/1000 close/10',
        [{ events: ['CPU_CYCLES', 'INST_RETIRED'], readings: [[0, 2000, [10, 20]]] }],
        {
          calls: 'none',
          sampleMs: 10,
        },
      ),
    ).coreTypes;
    expect(row(type, 'ipc').run.value).toBe(2);
    expect(row(type, 'ipc').prefill.value).toBeNull();
    expect(row(type, 'ipc').prefill.reason).toBeTruthy();
  });
});

describe('metrics of single calls', () => {
  /** Readings every `stepMs` from 1 s to 6 s: 10 cycles and 20 instructions a millisecond in Prefill, 10 and 10 after. */
  const readings = (stepMs: number) =>
    Array.from({ length: 5000 / stepMs }, (_, step): [number, number, number[]] => {
      const fromMs = 1000 + step * stepMs;
      return [fromMs, fromMs + stepMs, [10 * stepMs, (fromMs < 2000 ? 20 : 10) * stepMs]];
    });
  const of = (stepMs: number) =>
    metricsOf(
      countedRun(DRAWING, [{ events: ['CPU_CYCLES', 'INST_RETIRED'], readings: readings(stepMs) }], {
        ...OPTIONS,
        cpus: ['Neoverse-V1'],
      }),
    ).coreTypes[0].tokens.find(({ id }) => id === 'ipc');

  it('are there where a call was read often enough', () => {
    expect(of(100)?.values).toEqual([2, 1, 1, 1, 1]);
    expect(of(500)).toBeUndefined();
  });
});

describe('metrics of functions', () => {
  /** Readings on samples, which lie in the middle of their 10 ms. */
  const readings = (fromMs: number, toMs: number, deltas: number[]) =>
    Array.from({ length: (toMs - fromMs) / 10 }, (_, step): [number, number, number[]] => [
      fromMs + step * 10 - 5,
      fromMs + step * 10 + 5,
      deltas,
    ]);
  const run = metricsOf(
    countedRun(
      'load/100 0+100/1000 100+1/1000 close/10',
      [
        {
          events: ['CPU_CYCLES', 'INST_RETIRED', 'L3D_CACHE_REFILL'],
          readings: [...readings(0, 100, [10, 10, 0]), ...readings(100, 1100, [100, 300, 3])],
          onSamples: true,
        },
      ],
      { ...OPTIONS, cpus: ['Neoverse-V1'] },
    ),
  ).functions;

  it('are made of what each sample carried, for functions with enough samples', () => {
    expect(run.columns.map(({ id }) => id)).toEqual(['ipc', 'l3-mpki']);
    const quantities = run.rows.map(run.quantitiesOf);
    const known = quantities.filter(([ipc]) => ipc.value !== null);
    expect(known).toHaveLength(1);
    expect(known[0].map(({ value }) => value)).toEqual([3, 10]);
    expect(known[0][0]).toMatchObject({ status: 'sampled', working: { samples: 100 } });
    const few = quantities.find(([ipc]) => ipc.value === null);
    expect(few?.[0].reason).toBe('10 of the 50 samples that it needs');
  });

  it('say how to record them when no sample carries counts', () => {
    const without = metricsOf(
      countedRun(DRAWING, [{ events: G1, readings: G1_READINGS }], { ...OPTIONS, cpus: ['Neoverse-V1'] }),
    ).functions;
    expect(without.columns).toEqual([]);
    expect(without.reason).toContain(':S');
  });
});

describe('the simulated run of the true shape', () => {
  it('refills 506 MB in the Prefill call and 316.5 MB in a Decode call', async () => {
    const opened = await openInputs(['captures/sim-qwen05b-t1'], { cwd: process.cwd() });
    try {
      const { analysis } = await analyseInputs(opened.inputs, opened.runYaml, nodeServices);
      const [type] = analysis.metrics.coreTypes;
      // Exact counts of the simulator; what samples recover of them differs by less than 1 %.
      const expected: Record<string, [number, number]> = {
        'refill-bytes-per-call': [506e6, 316.5e6],
        'refill-bytes-per-token': [4.6e6, 316.5e6],
        'refills-per-1000-instructions': [1.54, 18.4],
      };
      for (const [id, values] of Object.entries(expected)) {
        const found = both(type, id);
        values.forEach((value, stage) =>
          expect(Math.abs((found[stage] ?? NaN) / value - 1), id).toBeLessThan(0.01),
        );
        expect(row(type, id).prefill.status).toBe('modelled');
      }
      // 3,164,380,686 of 5,147,585,295 instructions, and 1,309,713,375 of 2,416,848,535.
      expect(both(type, 'simd-share-of-retired')[0]).toBeCloseTo(61.47, 1);
      expect(both(type, 'simd-share-of-retired')[1]).toBeCloseTo(54.19, 0);
      expect(type.rows.some(({ id }) => id === 'simd-share')).toBe(false);
      expect(row(type, 'ipc').prefill.reason).toBe('not counted: CPU_CYCLES not recorded');
    } finally {
      await opened.close();
    }
  }, 60_000);
});
