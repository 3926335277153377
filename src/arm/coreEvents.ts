/**
 * Which cores implement which PMU events. A core's entry lists what it lacks; everything else in `pmuEvents.ts` is common
 * to all cores here.
 *
 * Source: gator's `events-<core>.xml` (9.7.2); the Neoverse cores agree with Arm's telemetry JSON
 * (`data/pmu/cpu/neoverse`). Runtime truth is PMCEID: a kernel or hypervisor can hide an event that the core has, never add
 * one that it lacks.
 */

// Events that a core has together or not at all.
const STALLS = ['STALL_FRONTEND', 'STALL_BACKEND', 'LL_CACHE_MISS_RD', 'DTLB_WALK', 'BR_MIS_PRED_RETIRED'];
const SLOTS = ['STALL', 'STALL_SLOT', 'STALL_SLOT_BACKEND', 'STALL_SLOT_FRONTEND', 'OP_SPEC', 'OP_RETIRED'];
const STALL_CAUSES = ['STALL_BACKEND_MEMBOUND', 'STALL_BACKEND_CPUBOUND', 'STALL_FRONTEND_FLUSH'];
const MIX = ['INST_SPEC', 'LD_SPEC', 'ST_SPEC', 'DP_SPEC', 'ASE_SPEC', 'VFP_SPEC'];
const VECTOR_MIX = ['ASE_INST_SPEC', 'FP_FIXED_OPS_SPEC'];
const TYPE_MIX = ['FP_SP_SPEC', 'ASE_SVE_INT8_SPEC'];
/** What cores without SVE do not tell apart. */
const SVE_MIX = ['SVE_INST_SPEC', ...VECTOR_MIX, ...TYPE_MIX];
const L3 = ['L3D_CACHE', 'L3D_CACHE_REFILL'];
/** Cores up to the class of the Neoverse N1 count neither slots nor what holds them up. */
const LACKING_ON_N1 = ['STALL_BACKEND_MEM', ...SLOTS, ...STALL_CAUSES, ...SVE_MIX, 'CNT_CYCLES'];

/** The cores that are known, each with the events that it lacks. */
const LACKING: ReadonlyMap<string, readonly string[]> = new Map([
  ['Neoverse-N1', LACKING_ON_N1],
  ['Neoverse-N2', STALL_CAUSES],
  ['Neoverse-N3', []],
  ['Neoverse-V1', [...STALL_CAUSES, ...TYPE_MIX]],
  ['Neoverse-V2', STALL_CAUSES],
  ['Neoverse-V3', L3],
  ['Cortex-A53', [...STALLS, ...LACKING_ON_N1, ...MIX, ...L3, 'REMOTE_ACCESS']],
  ['Cortex-A55', [...LACKING_ON_N1, 'REMOTE_ACCESS']],
  ['Cortex-A72', [...STALLS, ...LACKING_ON_N1, ...L3, 'REMOTE_ACCESS']],
  ['Cortex-A76', LACKING_ON_N1],
  ['Cortex-A78', [...STALL_CAUSES, ...SVE_MIX]],
  ['Cortex-A510', [...STALL_CAUSES, ...VECTOR_MIX, 'L3D_CACHE_REFILL', 'REMOTE_ACCESS', 'CNT_CYCLES']],
  ['Cortex-A520', [...VECTOR_MIX, 'L3D_CACHE_REFILL', 'REMOTE_ACCESS', 'CNT_CYCLES']],
  ['Cortex-A710', STALL_CAUSES],
  ['Cortex-A715', STALL_CAUSES],
  ['Cortex-A720', ['STALL_BACKEND_MEM']],
  ['Cortex-X1', [...STALL_CAUSES, ...SVE_MIX]],
  ['Cortex-X2', STALL_CAUSES],
  ['Cortex-X3', STALL_CAUSES],
  ['Cortex-X4', []],
  ['Cortex-X925', []],
  ['C1-Pro', []],
  ['C1-Ultra', []],
]);

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

const implementationDefined = new Set(
  Object.values(IMPLEMENTATION_DEFINED).flatMap((ofCore) => Object.values(ofCore)),
);

/** Whether a core implements an event; null for a core that this table does not know. */
export function coreHasEvent(core: string, mnemonic: string): boolean | null {
  const lacking = LACKING.get(core);
  if (lacking === undefined) return null;
  if (implementationDefined.has(mnemonic)) {
    return Object.values(IMPLEMENTATION_DEFINED[core] ?? {}).includes(mnemonic);
  }
  return !lacking.includes(mnemonic);
}

/** What each known core lacks, by its name. */
export function lackedEvents(): ReadonlyMap<string, readonly string[]> {
  return LACKING;
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
