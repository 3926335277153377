/**
 * What perf's generic events count on arm64: the kernel maps each to an event of the core's PMU
 * (Linux `drivers/perf/arm_pmuv3.c`, `armv8_pmuv3_perf_map` and the cache maps).
 */

/** Codes of the PMU events that generic events map to, as the kernel has them. What they mean: pmuEvents.ts. */
const PMU = {
  L1I_CACHE_REFILL: 0x01,
  L1I_TLB_REFILL: 0x02,
  L1D_CACHE_REFILL: 0x03,
  L1D_CACHE: 0x04,
  L1D_TLB_REFILL: 0x05,
  INST_RETIRED: 0x08,
  PC_WRITE_RETIRED: 0x0c,
  BR_MIS_PRED: 0x10,
  CPU_CYCLES: 0x11,
  BR_PRED: 0x12,
  L1I_CACHE: 0x14,
  BUS_CYCLES: 0x1d,
  BR_RETIRED: 0x21,
  STALL_FRONTEND: 0x23,
  STALL_BACKEND: 0x24,
  L1D_TLB: 0x25,
  L1I_TLB: 0x26,
  LL_CACHE_RD: 0x36,
  LL_CACHE_MISS_RD: 0x37,
  L1D_CACHE_WR: 0x41,
  L1D_CACHE_REFILL_WR: 0x43,
  L1D_TLB_REFILL_WR: 0x4d,
  BUS_ACCESS_RD: 0x60,
  BUS_ACCESS_WR: 0x61,
  A53_PREFETCH_LINEFILL: 0xc2,
} as const;

/** `enum perf_hw_id`: config of a PERF_TYPE_HARDWARE event → perf's name for it and the PMU event on arm64 (or null). */
export const HARDWARE_EVENTS: readonly { name: string; armCode: number | null }[] = [
  { name: 'cycles', armCode: PMU.CPU_CYCLES },
  { name: 'instructions', armCode: PMU.INST_RETIRED },
  { name: 'cache-references', armCode: PMU.L1D_CACHE },
  { name: 'cache-misses', armCode: PMU.L1D_CACHE_REFILL },
  { name: 'branches', armCode: PMU.PC_WRITE_RETIRED },
  { name: 'branch-misses', armCode: PMU.BR_MIS_PRED },
  { name: 'bus-cycles', armCode: PMU.BUS_CYCLES },
  { name: 'stalled-cycles-frontend', armCode: PMU.STALL_FRONTEND },
  { name: 'stalled-cycles-backend', armCode: PMU.STALL_BACKEND },
  { name: 'ref-cycles', armCode: null },
];

const BRANCHES_CONFIG = 4;

/** Other spellings of the hardware events that perf and simpleperf accept and print. */
const HARDWARE_ALIASES: ReadonlyMap<string, string> = new Map([
  ['cpu-cycles', 'cycles'],
  ['branch-instructions', 'branches'],
  ['idle-cycles-frontend', 'stalled-cycles-frontend'],
  ['idle-cycles-backend', 'stalled-cycles-backend'],
]);

/** `enum perf_sw_ids`: config of a PERF_TYPE_SOFTWARE event → perf's name. */
export const SOFTWARE_EVENTS: readonly string[] = [
  'cpu-clock',
  'task-clock',
  'page-faults',
  'context-switches',
  'cpu-migrations',
  'minor-faults',
  'major-faults',
  'alignment-faults',
  'emulation-faults',
  'dummy',
  'bpf-output',
  'cgroup-switches',
];

const CACHES = ['L1-dcache', 'L1-icache', 'LLC', 'dTLB', 'iTLB', 'branch', 'node'] as const;
const OPERATIONS = ['load', 'store', 'prefetch'] as const;
const RESULTS = ['access', 'miss'] as const;

type CacheKey = `${(typeof CACHES)[number]} ${(typeof OPERATIONS)[number]} ${(typeof RESULTS)[number]}`;
type CacheMap = Partial<Record<CacheKey, number>>;

const PMUV3_CACHE_MAP: CacheMap = {
  'L1-dcache load access': PMU.L1D_CACHE,
  'L1-dcache load miss': PMU.L1D_CACHE_REFILL,
  'L1-icache load access': PMU.L1I_CACHE,
  'L1-icache load miss': PMU.L1I_CACHE_REFILL,
  'dTLB load access': PMU.L1D_TLB,
  'dTLB load miss': PMU.L1D_TLB_REFILL,
  'iTLB load access': PMU.L1I_TLB,
  'iTLB load miss': PMU.L1I_TLB_REFILL,
  'LLC load access': PMU.LL_CACHE_RD,
  'LLC load miss': PMU.LL_CACHE_MISS_RD,
  'branch load access': PMU.BR_PRED,
  'branch load miss': PMU.BR_MIS_PRED,
};

/**
 * Cores whose PMU has a map of its own for what the architectural one does not offer there: the kernel asks the
 * architectural map first, so these apply to the keys that it lacks.
 */
const A53_CACHE_MAP: CacheMap = {
  'L1-dcache prefetch miss': PMU.A53_PREFETCH_LINEFILL,
  'node load access': PMU.BUS_ACCESS_RD,
  'node store access': PMU.BUS_ACCESS_WR,
};
const A57_CACHE_MAP: CacheMap = {
  'L1-dcache store access': PMU.L1D_CACHE_WR,
  'L1-dcache store miss': PMU.L1D_CACHE_REFILL_WR,
  'dTLB store miss': PMU.L1D_TLB_REFILL_WR,
  'node load access': PMU.BUS_ACCESS_RD,
  'node store access': PMU.BUS_ACCESS_WR,
};
const CORE_CACHE_MAPS: ReadonlyMap<string, CacheMap> = new Map([
  ['armv8_cortex_a35', A53_CACHE_MAP],
  ['armv8_cortex_a53', A53_CACHE_MAP],
  ['armv8_cortex_a57', A57_CACHE_MAP],
  ['armv8_cortex_a72', A57_CACHE_MAP],
  ['armv8_cortex_a73', { 'L1-dcache store access': PMU.L1D_CACHE_WR }],
]);

/**
 * PMU event of a generic hardware event on arm64; null when the PMU has none.
 *
 * @param config low 32 bits of `perf_event_attr.config`
 * @param kernel release of the recording kernel: newer ones count `branches` as BR_RETIRED
 */
export function armCodeOfHardwareEvent(config: number, kernel: string | null): number | null {
  if (config === BRANCHES_CONFIG && isAtLeast(kernel, 6, 12)) return PMU.BR_RETIRED;
  return HARDWARE_EVENTS[config]?.armCode ?? null;
}

/** PMU event of a generic cache event (PERF_TYPE_HW_CACHE) on arm64; null when the PMU has none. */
export function armCodeOfCacheEvent(config: number, pmu: string | null): number | null {
  const key = cacheKey(config);
  if (key === null) return null;
  return PMUV3_CACHE_MAP[key] ?? CORE_CACHE_MAPS.get(pmu ?? '')?.[key] ?? null;
}

/** perf's name of a generic cache event: `L1-dcache-load-misses`; null for a config that means nothing. */
export function cacheEventName(config: number): string | null {
  const key = cacheKey(config);
  if (key === null) return null;
  const [cache, operation, result] = key.split(' ');
  return result === 'miss'
    ? `${cache}-${operation}-misses`
    : `${cache}-${operation === 'prefetch' ? 'prefetches' : `${operation}s`}`;
}

/** Cache, operation and result are the three low bytes of the config. */
function cacheKey(config: number): CacheKey | null {
  const cache = CACHES[config & 0xff];
  const operation = OPERATIONS[(config >>> 8) & 0xff];
  const result = RESULTS[(config >>> 16) & 0xff];
  return cache && operation && result ? `${cache} ${operation} ${result}` : null;
}

/**
 * PMU event of a generic event by the name that perf prints (`cycles`, `L1-dcache-load-misses`, `instructions:u`), on
 * arm64; null for every other name.
 */
export function armCodeOfGenericName(name: string, kernel: string | null = null): number | null {
  const plain = name.replace(/:[a-zA-Z]+$/, '');
  const hardware = HARDWARE_EVENTS.findIndex(
    (event) => event.name === (HARDWARE_ALIASES.get(plain) ?? plain),
  );
  if (hardware >= 0) return armCodeOfHardwareEvent(hardware, kernel);
  for (let cache = 0; cache < CACHES.length; cache++) {
    for (let operation = 0; operation < OPERATIONS.length; operation++) {
      for (let result = 0; result < RESULTS.length; result++) {
        const config = cache | (operation << 8) | (result << 16);
        if (cacheEventName(config) === plain) return armCodeOfCacheEvent(config, null);
      }
    }
  }
  return null;
}

function isAtLeast(release: string | null, major: number, minor: number): boolean {
  const match = /^(\d+)\.(\d+)/.exec(release ?? '');
  if (!match) return false;
  const [ofMajor, ofMinor] = [Number(match[1]), Number(match[2])];
  return ofMajor > major || (ofMajor === major && ofMinor >= minor);
}
