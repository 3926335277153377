/**
 * Which cores implement which PMU events. Only events that some core lacks are listed; everything else in
 * `pmuEvents.ts` is common to all cores here.
 *
 * Source: gator's `events-<core>.xml` (9.7.2); the Neoverse columns agree with Arm's telemetry JSON
 * (`data/pmu/cpu/neoverse`). Runtime truth is PMCEID: a kernel or hypervisor can hide an event that the core has, never add
 * one that it lacks.
 */

const CORES = [
  'Neoverse-N1',
  'Neoverse-N2',
  'Neoverse-N3',
  'Neoverse-V1',
  'Neoverse-V2',
  'Neoverse-V3',
  'Cortex-A53',
  'Cortex-A55',
  'Cortex-A72',
  'Cortex-A76',
  'Cortex-A78',
  'Cortex-A510',
  'Cortex-A520',
  'Cortex-A710',
  'Cortex-A715',
  'Cortex-A720',
  'Cortex-X1',
  'Cortex-X2',
  'Cortex-X3',
  'Cortex-X4',
  'Cortex-X925',
  'C1-Pro',
  'C1-Ultra',
] as const;

type Core = (typeof CORES)[number];

/** One letter per core of {@link CORES}: `y` has it, `-` lacks it. */
const HAS: Record<string, string> = {
  //                       N1 N2 N3 V1 V2 V3 53 55 72 76 78 510 520 710 715 720 X1 X2 X3 X4 925 C1P C1U
  STALL_FRONTEND: 'yyyyyy-y-yyyyyyyyyyyyyy',
  STALL_BACKEND: 'yyyyyy-y-yyyyyyyyyyyyyy',
  STALL_BACKEND_MEM: '-yyyyy----yyyyy-yyyyyyy',
  STALL: '-yyyyy----yyyyyyyyyyyyy',
  STALL_SLOT: '-yyyyy----yyyyyyyyyyyyy',
  STALL_SLOT_BACKEND: '-yyyyy----yyyyyyyyyyyyy',
  STALL_SLOT_FRONTEND: '-yyyyy----yyyyyyyyyyyyy',
  OP_SPEC: '-yyyyy----yyyyyyyyyyyyy',
  OP_RETIRED: '-yyyyy----yyyyyyyyyyyyy',
  STALL_BACKEND_MEMBOUND: '--y--y------y--y---yyyy',
  STALL_BACKEND_CPUBOUND: '--y--y------y--y---yyyy',
  STALL_FRONTEND_FLUSH: '--y--y------y--y---yyyy',
  INST_SPEC: 'yyyyyy-yyyyyyyyyyyyyyyy',
  LD_SPEC: 'yyyyyy-yyyyyyyyyyyyyyyy',
  ST_SPEC: 'yyyyyy-yyyyyyyyyyyyyyyy',
  DP_SPEC: 'yyyyyy-yyyyyyyyyyyyyyyy',
  ASE_SPEC: 'yyyyyy-yyyyyyyyyyyyyyyy',
  VFP_SPEC: 'yyyyyy-yyyyyyyyyyyyyyyy',
  ASE_INST_SPEC: '-yyyyy-------yyy-yyyyyy',
  SVE_INST_SPEC: '-yyyyy-----yyyyy-yyyyyy',
  FP_SP_SPEC: '-yy-yy-----yyyyy-yyyyyy',
  FP_FIXED_OPS_SPEC: '-yyyyy-------yyy-yyyyyy',
  ASE_SVE_INT8_SPEC: '-yy-yy-----yyyyy-yyyyyy',
  L3D_CACHE: 'yyyyy--y-yyyyyyyyyyyyyy',
  L3D_CACHE_REFILL: 'yyyyy--y-yy--yyyyyyyyyy',
  LL_CACHE_MISS_RD: 'yyyyyy-y-yyyyyyyyyyyyyy',
  DTLB_WALK: 'yyyyyy-y-yyyyyyyyyyyyyy',
  BR_MIS_PRED_RETIRED: 'yyyyyy-y-yyyyyyyyyyyyyy',
  REMOTE_ACCESS: 'yyyyyy---yy--yyyyyyyyyy',
  CNT_CYCLES: '-yyyyy----y--yyyyyyyyyy',
  STALL_BACKEND_LD: '-------y---------------',
  STALL_BACKEND_LD_CACHE: '-------y---------------',
};

/**
 * Codes from 0xC0 to 0xFF mean something else on every core: those that a metric here is made of, by core. All count
 * cycles. Where perf knows the core, it may name them instead.
 *
 * Source: Cortex-A55 Technical Reference Manual, "PMU events": no operation issued because of the back end, load (0xE7) and
 * load that missed the cache (0xE9).
 */
const IMPLEMENTATION_DEFINED: Record<string, Record<string, string>> = {
  'Cortex-A55': { '0xe7': 'STALL_BACKEND_LD', '0xe9': 'STALL_BACKEND_LD_CACHE' },
};

/**
 * Cores whose topdown leaves out cycles asleep. Their event is told by the name that perf and gator give it (Arm telemetry
 * JSON of the C1 cores).
 */
const WFX_CORES = new Set(['C1-Pro', 'C1-Premium', 'C1-Ultra']);
const WFX_NAME = /(?:^|[^a-z])imp_wfx_clock_cycles(?![a-z])/i;

/** The name of an implementation-defined event of a core; null for events that are not needed here. */
export function implementationEvent(
  core: string | null,
  { code, name }: { code: string | null; name: string },
): string | null {
  if (core === null) return null;
  if (WFX_CORES.has(core) && WFX_NAME.test(name)) return 'IMP_WFX_CLOCK_CYCLES';
  const ofCore = IMPLEMENTATION_DEFINED[core] ?? {};
  if (code !== null) return ofCore[code] ?? null;
  return Object.values(ofCore).find((mnemonic) => isNamed(name, mnemonic)) ?? null;
}

/** Whether a name of perf, `armv8_cortex_a55/stall_backend_ld/` or `stall_backend_ld:u`, is that of an event. */
function isNamed(name: string, mnemonic: string): boolean {
  return name.toUpperCase().split(/\W+/).includes(mnemonic);
}

/**
 * Whether a core implements an event; null for a core that this table does not know. Events without a row are common to
 * all listed cores.
 */
export function coreHasEvent(core: string, mnemonic: string): boolean | null {
  const column = CORES.indexOf(core as Core);
  if (column < 0) return null;
  const row = HAS[mnemonic];
  return row === undefined ? true : row[column] === 'y';
}

/** What a target without a cluster cache, or a virtual machine, accepts and leaves at 0. */
const MAY_READ_CONSTANT_ZERO = /^(?:STALL|LL_|L3D_)/;

/**
 * Whether an event that stays at 0 while cycles advance is one that the target does not count: stalls, and what needs a
 * cache of the cluster or beyond it. Other events may well be 0.
 */
export function mayReadConstantZero(mnemonic: string): boolean {
  return MAY_READ_CONSTANT_ZERO.test(mnemonic);
}

/**
 * Cores of the Neoverse-N1 class: stall cycles but neither slots nor STALL_BACKEND_MEM. Their share of cycles that is not
 * stalled must not be called "retiring".
 */
export function isN1Class(core: string): boolean {
  return coreHasEvent(core, 'STALL_BACKEND') === true && coreHasEvent(core, 'STALL_SLOT') === false;
}

/** Events that stand for "refills of the last cache of the cluster", in order of preference, and what each of them sees. */
const LAST_LEVEL_REFILLS = [
  { mnemonic: 'L3D_CACHE_REFILL', sees: 'lines filled into the L3 cache of the cluster from outside it' },
  {
    mnemonic: 'LL_CACHE_MISS_RD',
    sees: 'reads that missed the last-level cache: neither writes nor what was prefetched in time',
  },
  { mnemonic: 'L2D_CACHE_REFILL', sees: 'lines filled into L2, wherever they came from' },
] as const;
export type LastLevelRefill = (typeof LAST_LEVEL_REFILLS)[number]['mnemonic'];

/** The event that "L3 refills" are read from, and why that one. */
export interface LastLevelChoice {
  mnemonic: LastLevelRefill;
  /** `L3D_CACHE_REFILL: lines filled into …; Cortex-A510 has no …`. */
  reason: string;
}

/** The event to read "L3 refills" from, among those counted, on this core; null when none was counted. */
export function lastLevelRefillEvent(
  core: string | null,
  counted: ReadonlySet<string>,
): LastLevelRefill | null {
  return lastLevelRefillChoice(core, counted)?.mnemonic ?? null;
}

/** The same with its reason: what the event sees, and why those before it do not serve. */
export function lastLevelRefillChoice(
  core: string | null,
  counted: ReadonlySet<string>,
): LastLevelChoice | null {
  const passedOver: string[] = [];
  for (const { mnemonic, sees } of LAST_LEVEL_REFILLS) {
    const isLacking = core !== null && coreHasEvent(core, mnemonic) === false;
    if (counted.has(mnemonic) && !isLacking) {
      return { mnemonic, reason: [`${mnemonic}: ${sees}`, ...passedOver].join('; ') };
    }
    passedOver.push(isLacking ? `${core} has no ${mnemonic}` : `${mnemonic} was not counted`);
  }
  return null;
}
