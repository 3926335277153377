/** Metrics of the drawn reports: of a target that counts cycles and instructions only, and of a server that counts all. */
import { quantity, unknown } from '../../src/analysis/quantity.ts';
import type { Report } from '../../src/report/schema.ts';
import type { ReportMetricGroup, ReportMetricRow, ReportMetrics } from '../../src/report/schema/metrics.ts';
import { METRIC_GROUPS } from '../../src/report/sections/metrics.ts';

/** `[id, label, unit, formula, Prefill, Decode, run]`. */
type Drawn = readonly [string, string, string, string, number, number, number | null];

function row([id, label, unit, formula, prefill, decode, run]: Drawn): ReportMetricRow {
  const of = (value: number | null): ReportMetricRow['run'] =>
    value === null
      ? unknown(unit, 'the run is more than its calls')
      : quantity(value, unit, 'counted', { formula, runningShare: 1 });
  return { id, label, formula, official: null, prefill: of(prefill), decode: of(decode), run: of(run) };
}

function groups(drawn: Partial<Record<ReportMetricGroup['id'], readonly Drawn[]>>): ReportMetricGroup[] {
  return (Object.keys(METRIC_GROUPS) as ReportMetricGroup['id'][]).map((id) => ({
    id,
    title: METRIC_GROUPS[id],
    rows: (drawn[id] ?? []).map(row),
    missing: drawn[id] ? null : 'Nothing of this was recorded.',
    record: drawn[id] ? null : "-e '{cpu_cycles,inst_retired}:S'",
  }));
}

/** Cycles and instructions, as the emulator counts them. */
export function emulatedMetrics(): ReportMetrics {
  return {
    coreTypes: [
      {
        core: 'Neoverse-V1',
        cpus: [0, 1],
        lastLevel: null,
        groups: groups({
          pipeline: [['ipc', 'Instructions per cycle', '', 'INST_RETIRED ÷ CPU_CYCLES', 0.5, 0.5, 0.5]],
        }),
        tokens: [],
      },
    ],
    trafficSentence: null,
    functionColumns: [],
    functionReason: 'samples carry no counts of other events: record them as one group with :S',
    leastFunctionSamples: 50,
  };
}

/** Stalls, slots, mix and caches of a server core. */
export function serverMetrics(tokens: Report['tokens']): ReportMetrics {
  const slot = (letter: string): string => `100 × (${letter} ÷ (s·c)), for N2 r0p3, V2, 8 slots`;
  const ofCycles = (event: string): string => `100 × ${event} ÷ CPU_CYCLES`;
  const ofMix = (event: string): string => `100 × ${event} ÷ INST_SPEC`;
  const perThousand = (event: string): string => `1,000 × ${event} ÷ INST_RETIRED`;
  const mpki = 'per 1,000 instructions';
  return {
    coreTypes: [
      {
        core: 'Neoverse-V2',
        cpus: [0, 1, 2, 3],
        lastLevel: {
          mnemonic: 'L3D_CACHE_REFILL',
          reason: 'L3D_CACHE_REFILL: lines filled into the L3 cache of the cluster from outside it',
        },
        groups: groups({
          traffic: [
            [
              'refill-bytes-per-call',
              'L3 refills per call, from L3D_CACHE_REFILL',
              'B/call',
              '64 B × L3D_CACHE_REFILL ÷ calls',
              612e6,
              318e6,
              null,
            ],
            [
              'refill-bytes-per-token',
              'L3 refills per token, from L3D_CACHE_REFILL',
              'B/token',
              '64 B × L3D_CACHE_REFILL ÷ tokens',
              753_695,
              318e6,
              null,
            ],
            [
              'refills-per-1000-instructions',
              'L3 refills per 1,000 instructions, from L3D_CACHE_REFILL',
              mpki,
              perThousand('L3D_CACHE_REFILL'),
              0.26,
              18.1,
              6.2,
            ],
          ],
          pipeline: [['ipc', 'Instructions per cycle', '', 'INST_RETIRED ÷ CPU_CYCLES', 3.1, 1.2, 1.9]],
          stalls: [
            ['frontend-stalled', 'Front end', '%', ofCycles('STALL_FRONTEND'), 3, 2, 3],
            ['backend-stalled', 'Back end', '%', ofCycles('STALL_BACKEND'), 18, 61, 40],
            ['memory-stalled', 'Memory', '%', ofCycles('STALL_BACKEND_MEM'), 2, 33, 18],
            [
              'memory-stall-share',
              'Memory share of backend stalls',
              '%',
              '100 × STALL_BACKEND_MEM ÷ STALL_BACKEND',
              11,
              54,
              45,
            ],
            ['backend-otherwise-stalled', 'Back end, otherwise', '%', ofCycles('the rest'), 16, 28, 22],
            ['not-stalled', 'Not stalled', '%', ofCycles('the rest'), 79, 37, 57],
          ],
          topdown: [
            ['topdown-frontend-bound', 'Frontend bound', '%', slot('FE'), 6, 4, 5],
            ['topdown-backend-bound', 'Backend bound', '%', slot('BE'), 31, 77, 55],
            ['topdown-bad-speculation', 'Bad speculation', '%', slot('SS'), 1, 1, 1],
            ['topdown-retiring', 'Retiring', '%', slot('r'), 62, 18, 39],
          ],
          mix: [
            ['simd-share', 'Advanced SIMD', '%', ofMix('ASE_SPEC'), 61, 54, 57],
            ['load-share', 'Loads', '%', ofMix('LD_SPEC'), 19, 20, 20],
            ['integer-share', 'Integer data processing', '%', ofMix('DP_SPEC'), 11, 15, 13],
          ],
          caches: [
            ['l1d-mpki', 'L1 data refills', mpki, perThousand('L1D_CACHE_REFILL'), 9.7, 18.7, 14],
            ['l2-mpki', 'L2 refills', mpki, perThousand('L2D_CACHE_REFILL'), 5.3, 18.5, 12],
            ['l3-mpki', 'L3 refills', mpki, perThousand('L3D_CACHE_REFILL'), 0.26, 18.1, 6.2],
          ],
        }),
        tokens: [
          {
            id: 'refill-bytes-per-call',
            label: 'L3 refills per call, from L3D_CACHE_REFILL',
            unit: 'B/call',
            formula: '64 B × L3D_CACHE_REFILL ÷ calls',
            values: tokens.past.map((past, call) =>
              tokens.stage[call] === 'decode' ? 238e6 + 98_304 * (past ?? 0) : 612e6,
            ),
            growth: {
              slope: 98_304,
              intercept: 238e6,
              fromPast: 812,
              toPast: 1323,
              slopeInterval: [98_100, 98_500],
            },
            growthReason: null,
          },
        ],
      },
    ],
    trafficSentence:
      'Weights are read once per micro-batch and shared by its tokens: a Prefill call has 812 tokens here, a Decode call 1. Per call, per token and per 1,000 instructions therefore stand together.',
    functionColumns: [
      {
        id: 'ipc',
        label: 'Instructions per cycle',
        unit: '',
        formula: 'INST_RETIRED ÷ CPU_CYCLES',
        core: null,
      },
    ],
    functionReason: null,
    leastFunctionSamples: 50,
  };
}
