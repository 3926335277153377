/**
 * Metrics derived from PMU counters: formula, needed events and when they hold. One entry here is a row in the chapters
 * and in `metrics.csv`, a name in `inspect` and one for claims.
 *
 * Formulas with an official name are those of Arm's telemetry JSON (`data/pmu/cpu/neoverse/*.json`); the others say so.
 */
import type { EventQuestion } from '../arm/eventSets.ts';

/** Bytes of a cache line on every core here (CTR_EL0.DminLine = 64 bytes). */
export const CACHE_LINE_BYTES = 64;

/** A group of rows answers one question, which one set of events answers together. */
export type MetricGroup = EventQuestion;

/** What every row of the metrics is called and needs, whatever computes it. */
export interface MetricIdentity {
  id: string;
  label: string;
  group: MetricGroup;
  unit: string;
  /** In event names, as the page shows it. */
  formula: string;
  /** Events by mnemonic. */
  needs: readonly string[];
}

/** A ratio of counts, all from one coherent group. */
export interface MetricDefinition extends MetricIdentity {
  /** `counts[mnemonic]`; that of `denominator` is never 0 when this is called. */
  compute: (counts: Readonly<Record<string, number>>) => number;
  /** The event that must not be 0. */
  denominator: string;
  /** What the number does not see. */
  note?: string;
  /** Name in Arm's telemetry JSON; null for a metric of gemview's own. */
  official: string | null;
  /** The cores that count this; left out for a metric that every core may have. */
  onlyOn?: readonly string[];
}

/** Numerator events over one denominator, scaled. */
function ratio(
  id: string,
  label: string,
  group: MetricGroup,
  numerators: readonly string[],
  denominator: string,
  scale: 'percent' | 'per 1,000' | 'plain',
  official: string | null,
  rest: Partial<MetricDefinition> = {},
): MetricDefinition {
  const factor = scale === 'percent' ? 100 : scale === 'per 1,000' ? 1000 : 1;
  const top = numerators.length > 1 ? `(${numerators.join(' + ')})` : numerators[0];
  const unit =
    scale === 'percent'
      ? '%'
      : scale === 'per 1,000'
        ? `per 1,000 ${UNIT_WORDS[denominator] ?? denominator}`
        : '';
  return {
    id,
    label,
    group,
    unit,
    formula: `${factor === 1 ? '' : `${factor.toLocaleString('en-US')} × `}${top} ÷ ${denominator}`,
    needs: [...numerators, denominator],
    denominator,
    official,
    compute: (counts) =>
      (factor * numerators.reduce((sum, mnemonic) => sum + counts[mnemonic], 0)) / counts[denominator],
    ...rest,
  };
}

const UNIT_WORDS: Record<string, string> = { INST_RETIRED: 'instructions' };

const SPECULATED_NOTE = 'speculated operations: more than retire on a core that speculates';

/** The shares of INST_SPEC do not have to sum to 100 %: classes overlap and some operations are in none. */
const MIX: readonly [id: string, label: string, event: string, official: string][] = [
  ['simd-share', 'Advanced SIMD', 'ASE_SPEC', 'simd_percentage'],
  ['scalar-fp-share', 'Scalar floating point', 'VFP_SPEC', 'scalar_fp_percentage'],
  ['integer-share', 'Integer data processing', 'DP_SPEC', 'integer_dp_percentage'],
  ['load-share', 'Loads', 'LD_SPEC', 'load_percentage'],
  ['store-share', 'Stores', 'ST_SPEC', 'store_percentage'],
  ['sve-share', 'SVE', 'SVE_INST_SPEC', 'sve_all_percentage'],
];

/** What in-order cores without STALL_BACKEND_MEM count of loads. */
const LOAD_STALLS: readonly [id: string, label: string, event: string, denominator: string][] = [
  ['load-stalled', 'Cycles stalled on a load', 'STALL_BACKEND_LD', 'CPU_CYCLES'],
  ['load-stall-share', 'Load share of backend stalls', 'STALL_BACKEND_LD', 'STALL_BACKEND'],
  [
    'load-miss-stall-share',
    'Share of backend stalls on loads that missed the cache',
    'STALL_BACKEND_LD_CACHE',
    'STALL_BACKEND',
  ],
];

/** Classes of instructions that a target without INST_SPEC may have counted as executed ones. */
const RETIRED_CLASSES: readonly [id: string, label: string, event: string][] = [
  ...MIX.map(([id, label, event]): [string, string, string] => [id, label, event]),
  ['branch-share', 'Branches', 'BR_RETIRED'],
];

export const METRICS: readonly MetricDefinition[] = [
  ratio('ipc', 'Instructions per cycle', 'pipeline', ['INST_RETIRED'], 'CPU_CYCLES', 'plain', 'ipc'),
  ratio(
    'frontend-stalled',
    'Cycles stalled in the front end',
    'stalls',
    ['STALL_FRONTEND'],
    'CPU_CYCLES',
    'percent',
    'frontend_stalled_cycles',
  ),
  ratio(
    'backend-stalled',
    'Cycles stalled in the back end',
    'stalls',
    ['STALL_BACKEND'],
    'CPU_CYCLES',
    'percent',
    'backend_stalled_cycles',
  ),
  {
    ...ratio(
      'memory-stall-share',
      'Memory share of backend stalls',
      'stalls',
      ['STALL_BACKEND_MEM'],
      'STALL_BACKEND',
      'percent',
      null,
    ),
    // Rounding of multiplexed counts can push the part above the whole.
    compute: (counts) => Math.min(100, (100 * counts.STALL_BACKEND_MEM) / counts.STALL_BACKEND),
    note: 'counts demand misses beyond the core’s own last cache: a low share does not exclude L2 latency, TLB misses or stores',
  },
  ratio(
    'memory-stalled',
    'Cycles stalled on memory',
    'stalls',
    ['STALL_BACKEND_MEM'],
    'CPU_CYCLES',
    'percent',
    null,
    { note: 'safer than the share of stalls when few cycles stall' },
  ),
  {
    id: 'backend-otherwise-stalled',
    label: 'Cycles stalled in the back end on something else',
    group: 'stalls',
    unit: '%',
    formula: '100 × (STALL_BACKEND − STALL_BACKEND_MEM) ÷ CPU_CYCLES',
    needs: ['STALL_BACKEND', 'STALL_BACKEND_MEM', 'CPU_CYCLES'],
    denominator: 'CPU_CYCLES',
    official: null,
    // Rounding of multiplexed counts can push the part above the whole.
    compute: (counts) =>
      (100 * Math.max(0, counts.STALL_BACKEND - counts.STALL_BACKEND_MEM)) / counts.CPU_CYCLES,
    note: 'L2 latency, TLB misses, stores, and units inside the core that are busy',
  },
  {
    id: 'not-stalled',
    label: 'Cycles not stalled',
    group: 'stalls',
    unit: '%',
    formula: '100 − 100 × (STALL_FRONTEND + STALL_BACKEND) ÷ CPU_CYCLES',
    needs: ['STALL_FRONTEND', 'STALL_BACKEND', 'CPU_CYCLES'],
    denominator: 'CPU_CYCLES',
    official: null,
    compute: (counts) =>
      Math.max(0, 100 - (100 * (counts.STALL_FRONTEND + counts.STALL_BACKEND)) / counts.CPU_CYCLES),
    note: 'a cycle that does not stall may still send on fewer operations than it could: this is not the share of slots that retire',
  },
  ratio(
    'backend-memory-bound',
    'Backend stalls on memory (wider definition)',
    'stalls',
    ['STALL_BACKEND_MEMBOUND'],
    'STALL_BACKEND',
    'percent',
    'backend_mem_bound',
    { note: 'includes L1D, L2, TLB and store stalls: not comparable with STALL_BACKEND_MEM ÷ STALL_BACKEND' },
  ),
  ...LOAD_STALLS.map(([id, label, event, denominator]) =>
    ratio(id, label, 'stalls', [event], denominator, 'percent', null, {
      onlyOn: ['Cortex-A55'],
      note: 'cycles in which nothing was issued because of a load: not comparable with STALL_BACKEND_MEM, and never a vote',
    }),
  ),
  ...MIX.map(([id, label, event, official]) =>
    ratio(id, label, 'mix', [event], 'INST_SPEC', 'percent', official, { note: SPECULATED_NOTE }),
  ),
  ratio(
    'branch-share',
    'Branches',
    'mix',
    ['BR_IMMED_SPEC', 'BR_INDIRECT_SPEC'],
    'INST_SPEC',
    'percent',
    'branch_percentage',
    { note: SPECULATED_NOTE },
  ),
  ratio('crypto-share', 'Cryptography', 'mix', ['CRYPTO_SPEC'], 'INST_SPEC', 'percent', 'crypto_percentage', {
    note: SPECULATED_NOTE,
  }),
  ratio(
    'int8-share',
    '8-bit integer SIMD and SVE',
    'mix',
    ['ASE_SVE_INT8_SPEC'],
    'INST_SPEC',
    'percent',
    null,
    { note: `part of Advanced SIMD and SVE; ${SPECULATED_NOTE}` },
  ),
  ratio(
    'l1d-mpki',
    'L1 data refills',
    'caches',
    ['L1D_CACHE_REFILL'],
    'INST_RETIRED',
    'per 1,000',
    'l1d_cache_mpki',
  ),
  ratio(
    'l2-mpki',
    'L2 refills',
    'caches',
    ['L2D_CACHE_REFILL'],
    'INST_RETIRED',
    'per 1,000',
    'l2_cache_mpki',
  ),
  ratio('l3-mpki', 'L3 refills', 'caches', ['L3D_CACHE_REFILL'], 'INST_RETIRED', 'per 1,000', null),
  ratio(
    'll-read-mpki',
    'Last-level read misses',
    'caches',
    ['LL_CACHE_MISS_RD'],
    'INST_RETIRED',
    'per 1,000',
    'll_cache_read_mpki',
  ),
  ratio(
    'l1d-miss-ratio',
    'L1 data miss ratio',
    'caches',
    ['L1D_CACHE_REFILL'],
    'L1D_CACHE',
    'percent',
    'l1d_cache_miss_ratio',
  ),
  ratio(
    'l2-miss-ratio',
    'L2 miss ratio',
    'caches',
    ['L2D_CACHE_REFILL'],
    'L2D_CACHE',
    'percent',
    'l2_cache_miss_ratio',
  ),
  ratio('l3-miss-ratio', 'L3 miss ratio', 'caches', ['L3D_CACHE_REFILL'], 'L3D_CACHE', 'percent', null),
  ratio(
    'l3-refills-per-read',
    'L3 refills per read',
    'caches',
    ['L3D_CACHE_REFILL'],
    'L3D_CACHE_RD',
    'percent',
    null,
    { note: 'for cores that count reads of the L3 cache but not all accesses; prefetches refill too' },
  ),
  ratio(
    'll-read-miss-ratio',
    'Last-level read miss ratio',
    'caches',
    ['LL_CACHE_MISS_RD'],
    'LL_CACHE_RD',
    'percent',
    'll_cache_read_miss_ratio',
  ),
  ratio(
    'remote-share',
    'Last-level read misses served by another socket',
    'caches',
    ['REMOTE_ACCESS'],
    'LL_CACHE_MISS_RD',
    'percent',
    null,
    { note: 'REMOTE_ACCESS counts all data from another socket, not only what missed here' },
  ),
  ratio('dtlb-mpki', 'Data TLB walks', 'tlb', ['DTLB_WALK'], 'INST_RETIRED', 'per 1,000', 'dtlb_mpki'),
  ratio(
    'dtlb-walk-ratio',
    'Data TLB walk ratio',
    'tlb',
    ['DTLB_WALK'],
    'L1D_TLB',
    'percent',
    'dtlb_walk_ratio',
  ),
  ratio(
    'branch-mpki',
    'Mispredicted branches',
    'branches',
    ['BR_MIS_PRED_RETIRED'],
    'INST_RETIRED',
    'per 1,000',
    'branch_mpki',
  ),
  ratio(
    'fp-operations-per-cycle',
    'Floating-point operations per cycle',
    'mix',
    ['FP_SCALE_OPS_SPEC', 'FP_FIXED_OPS_SPEC'],
    'CPU_CYCLES',
    'plain',
    'fp_ops_per_cycle',
    { note: 'does not count integer dot products: near zero for quantised kernels' },
  ),
];

/**
 * Instruction mix of a target without INST_SPEC: executed classes over INST_RETIRED. Only right where nothing speculates,
 * that is in simulated runs.
 */
export const RETIRED_MIX: readonly MetricDefinition[] = RETIRED_CLASSES.map(([id, label, event]) =>
  ratio(`${id}-of-retired`, label, 'mix', [event], 'INST_RETIRED', 'percent', null, {
    note: 'of executed instructions: this target does not speculate',
  }),
);

const MIX_OF_SPECULATED = 'INST_SPEC';

/**
 * The metrics of a run. The mix of a simulated run that has no INST_SPEC is that of executed instructions.
 *
 * @param counted mnemonics of the events that have a usable value
 */
export function metricsFor(counted: ReadonlySet<string>, origin: string | null): readonly MetricDefinition[] {
  if (origin !== 'simulated' || counted.has(MIX_OF_SPECULATED)) return METRICS;
  return [...METRICS.filter((metric) => !metric.needs.includes(MIX_OF_SPECULATED)), ...RETIRED_MIX];
}

/** Refills per 1,000 instructions counted by an event: `l3-mpki` for L3D_CACHE_REFILL; null when there is no such metric. */
export function perThousandInstructions(mnemonic: string): MetricDefinition | null {
  return (
    METRICS.find(
      ({ needs, denominator }) =>
        needs.length === 2 && needs[0] === mnemonic && denominator === 'INST_RETIRED',
    ) ?? null
  );
}
