/**
 * Metrics derived from PMU counters: formula, needed events and when they hold. One entry here is a row in the chapters,
 * a track in the timeline and a name in `inspect`.
 *
 * Formulas with an official name are those of Arm's telemetry JSON (`data/pmu/cpu/neoverse/*.json`); the others say so.
 */
import { coreHasEvent } from '../arm/coreEvents.ts';

/** Bytes of a cache line on every core here (CTR_EL0.DminLine = 64 bytes). */
export const CACHE_LINE_BYTES = 64;

export type MetricGroup = 'pipeline' | 'stalls' | 'mix' | 'caches' | 'tlb' | 'branches';

/** What a formula may use besides counts. */
export interface MetricContext {
  /** Core type the counts come from; null when unknown or mixed. */
  core: string | null;
}

export interface MetricDefinition {
  id: string;
  label: string;
  group: MetricGroup;
  unit: string;
  /** In event names, as the page shows it. */
  formula: string;
  /** Events by mnemonic; all from one coherent group. */
  needs: readonly string[];
  /** `counts[mnemonic]`; the first of `denominator` is never 0 when this is called. */
  compute: (counts: Readonly<Record<string, number>>) => number;
  /** The event that must not be 0. */
  denominator: string;
  /** Why it does not hold on a core; null when it does. */
  excludedOn?: (context: MetricContext) => string | null;
  /** What the number does not see. */
  note?: string;
  /** Name in Arm's telemetry JSON; null for a metric of gemview's own. */
  official: string | null;
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
    excludedOn: ({ core }) =>
      core !== null && coreHasEvent(core, 'STALL_BACKEND_MEM') === false
        ? `${core} has no STALL_BACKEND_MEM`
        : null,
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
  ...MIX.map(([id, label, event, official]) =>
    ratio(id, label, 'mix', [event], 'INST_SPEC', 'percent', official, { note: SPECULATED_NOTE }),
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
    'll-read-miss-ratio',
    'Last-level read miss ratio',
    'caches',
    ['LL_CACHE_MISS_RD'],
    'LL_CACHE_RD',
    'percent',
    'll_cache_read_miss_ratio',
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
export const RETIRED_MIX: readonly MetricDefinition[] = MIX.map(([id, label, event]) =>
  ratio(`${id}-of-retired`, label, 'mix', [event], 'INST_RETIRED', 'percent', null, {
    note: 'of executed instructions: this target does not speculate',
  }),
);
