/**
 * PMU events of Arm cores by event code: the architectural names and what they count. Codes mean the same on every core
 * that has the event; whether a core has it is another table's matter.
 *
 * Sources: Arm Architecture Reference Manual for A-profile, "PMU events and event numbers" (codes, mnemonics); the event
 * texts of Arm's telemetry-solution for Neoverse N1 and V2 (meanings). Codes from 0x4000 are the extended common space.
 */

/** One event. */
export interface PmuEvent {
  code: number;
  /** Architectural mnemonic, `INST_RETIRED`. */
  mnemonic: string;
  /** What one count stands for, as a phrase. */
  meaning: string;
  /** What is counted, in the plural: `cycles`, `instructions`, `refills`. */
  unit: string;
}

const table: [code: number, mnemonic: string, unit: string, meaning: string][] = [
  [0x0001, 'L1I_CACHE_REFILL', 'refills', 'lines filled into the level 1 instruction cache'],
  [0x0002, 'L1I_TLB_REFILL', 'refills', 'level 1 instruction TLB refills'],
  [0x0003, 'L1D_CACHE_REFILL', 'refills', 'lines filled into the level 1 data cache by demand accesses'],
  [0x0004, 'L1D_CACHE', 'accesses', 'level 1 data cache accesses'],
  [0x0005, 'L1D_TLB_REFILL', 'refills', 'level 1 data TLB refills'],
  [0x0008, 'INST_RETIRED', 'instructions', 'architecturally executed instructions'],
  [0x0009, 'EXC_TAKEN', 'exceptions', 'exceptions taken'],
  [0x000c, 'PC_WRITE_RETIRED', 'branches', 'executed instructions that change the program counter'],
  [0x0010, 'BR_MIS_PRED', 'branches', 'speculatively executed branches that were mispredicted'],
  [
    0x0011,
    'CPU_CYCLES',
    'cycles',
    'core clock cycles; most cores stop counting while they wait in WFI or WFE',
  ],
  [0x0012, 'BR_PRED', 'branches', 'speculatively executed branches that can be predicted'],
  [0x0013, 'MEM_ACCESS', 'accesses', 'memory accesses by loads and stores'],
  [0x0014, 'L1I_CACHE', 'accesses', 'level 1 instruction cache accesses'],
  [0x0015, 'L1D_CACHE_WB', 'lines', 'lines written back from the level 1 data cache'],
  [0x0016, 'L2D_CACHE', 'accesses', 'level 2 cache accesses'],
  [
    0x0017,
    'L2D_CACHE_REFILL',
    'refills',
    'lines filled into the level 2 cache, on some cores for instructions too',
  ],
  [0x0018, 'L2D_CACHE_WB', 'lines', 'lines written back from the level 2 cache'],
  [0x0019, 'BUS_ACCESS', 'beats', 'beats on the bus to the outside of the core or cluster, snoops included'],
  [
    0x001b,
    'INST_SPEC',
    'instructions',
    'speculatively executed operations: what instruction-mix shares are taken of',
  ],
  [
    0x001d,
    'BUS_CYCLES',
    'cycles',
    'cycles of the bus to the outside of the core or cluster, on most cores the same as core clock cycles',
  ],
  [0x0021, 'BR_RETIRED', 'branches', 'architecturally executed branches'],
  [0x0022, 'BR_MIS_PRED_RETIRED', 'branches', 'architecturally executed branches that were mispredicted'],
  [0x0023, 'STALL_FRONTEND', 'cycles', 'cycles in which the front end delivered no operation'],
  [
    0x0024,
    'STALL_BACKEND',
    'cycles',
    'cycles in which no operation could be sent on because the back end lacked resources',
  ],
  [0x0025, 'L1D_TLB', 'accesses', 'level 1 data TLB accesses'],
  [0x0026, 'L1I_TLB', 'accesses', 'level 1 instruction TLB accesses'],
  [
    0x0029,
    'L3D_CACHE_ALLOCATE',
    'lines',
    'lines allocated in the level 3 cache without being filled from outside',
  ],
  [
    0x002a,
    'L3D_CACHE_REFILL',
    'refills',
    'lines filled into the level 3 cache of the cluster from outside it',
  ],
  [0x002b, 'L3D_CACHE', 'accesses', 'level 3 cache accesses'],
  [0x002d, 'L2D_TLB_REFILL', 'refills', 'level 2 TLB refills'],
  [0x002f, 'L2D_TLB', 'accesses', 'level 2 TLB accesses'],
  [0x0031, 'REMOTE_ACCESS', 'accesses', 'accesses answered by another chip or socket'],
  [0x0032, 'LL_CACHE', 'accesses', 'last-level cache accesses'],
  [0x0033, 'LL_CACHE_MISS', 'misses', 'last-level cache misses'],
  [0x0034, 'DTLB_WALK', 'walks', 'page-table walks for data'],
  [0x0035, 'ITLB_WALK', 'walks', 'page-table walks for instructions'],
  [
    0x0036,
    'LL_CACHE_RD',
    'reads',
    'reads answered from outside the cluster where the system-level cache is the last level, else by the last cluster cache',
  ],
  [
    0x0037,
    'LL_CACHE_MISS_RD',
    'misses',
    'reads that missed the last-level cache: answered by memory or another chip',
  ],
  [0x003a, 'OP_RETIRED', 'operations', 'micro-operations retired'],
  [0x003b, 'OP_SPEC', 'operations', 'micro-operations sent to the back end'],
  [0x003c, 'STALL', 'cycles', 'cycles in which no operation was sent to the back end'],
  [0x003d, 'STALL_SLOT_BACKEND', 'slots', 'slots that stayed empty because of the back end'],
  [0x003e, 'STALL_SLOT_FRONTEND', 'slots', 'slots that stayed empty because of the front end'],
  [0x003f, 'STALL_SLOT', 'slots', 'slots that stayed empty'],
  [0x0040, 'L1D_CACHE_RD', 'reads', 'level 1 data cache reads'],
  [0x0041, 'L1D_CACHE_WR', 'writes', 'level 1 data cache writes'],
  [0x0042, 'L1D_CACHE_REFILL_RD', 'refills', 'lines filled into the level 1 data cache by reads'],
  [0x0043, 'L1D_CACHE_REFILL_WR', 'refills', 'lines filled into the level 1 data cache by writes'],
  [0x0050, 'L2D_CACHE_RD', 'reads', 'level 2 cache reads'],
  [0x0051, 'L2D_CACHE_WR', 'writes', 'level 2 cache writes'],
  [0x0052, 'L2D_CACHE_REFILL_RD', 'refills', 'lines filled into the level 2 cache by reads'],
  [0x0053, 'L2D_CACHE_REFILL_WR', 'refills', 'lines filled into the level 2 cache by writes'],
  [0x0060, 'BUS_ACCESS_RD', 'beats', 'read beats on the bus to the outside of the core or cluster'],
  [0x0061, 'BUS_ACCESS_WR', 'beats', 'write beats on the bus to the outside of the core or cluster'],
  [0x0066, 'MEM_ACCESS_RD', 'accesses', 'memory accesses by loads'],
  [0x0067, 'MEM_ACCESS_WR', 'accesses', 'memory accesses by stores'],
  [0x0070, 'LD_SPEC', 'instructions', 'speculatively executed loads, SIMD loads included'],
  [0x0071, 'ST_SPEC', 'instructions', 'speculatively executed stores'],
  [0x0073, 'DP_SPEC', 'instructions', 'speculatively executed integer data processing'],
  [
    0x0074,
    'ASE_SPEC',
    'instructions',
    'speculatively executed Advanced SIMD operations without loads, stores and moves: SDOT, SMMLA and vector FMLA are here',
  ],
  [0x0075, 'VFP_SPEC', 'instructions', 'speculatively executed scalar floating-point operations'],
  [0x0077, 'CRYPTO_SPEC', 'instructions', 'speculatively executed cryptographic operations'],
  [0x0078, 'BR_IMMED_SPEC', 'branches', 'speculatively executed immediate branches'],
  [0x007a, 'BR_INDIRECT_SPEC', 'branches', 'speculatively executed indirect branches'],
  [0x00a0, 'L3D_CACHE_RD', 'reads', 'level 3 cache reads'],
  [0x4004, 'CNT_CYCLES', 'ticks', 'ticks of the system counter, whose rate is constant'],
  [
    0x4005,
    'STALL_BACKEND_MEM',
    'cycles',
    'back-end stall cycles with a demand miss outstanding in the last cache of the core',
  ],
  [0x4006, 'L1I_CACHE_LMISS', 'misses', 'level 1 instruction cache misses with long latency'],
  [0x4009, 'L2D_CACHE_LMISS_RD', 'misses', 'level 2 cache reads that missed with long latency'],
  [0x400b, 'L3D_CACHE_LMISS_RD', 'misses', 'level 3 cache reads that missed with long latency'],
  [
    0x8005,
    'ASE_INST_SPEC',
    'instructions',
    'speculatively executed Advanced SIMD instructions of every kind',
  ],
  [
    0x8006,
    'SVE_INST_SPEC',
    'instructions',
    'speculatively executed SVE instructions, loads and stores included',
  ],
  [0x8014, 'FP_HP_SPEC', 'operations', 'speculatively executed half-precision operations'],
  [0x8018, 'FP_SP_SPEC', 'operations', 'speculatively executed single-precision operations'],
  [0x801c, 'FP_DP_SPEC', 'operations', 'speculatively executed double-precision operations'],
  [
    0x80c0,
    'FP_SCALE_OPS_SPEC',
    'operations',
    'SVE floating-point element operations for each 128 bits of vector length',
  ],
  [
    0x80c1,
    'FP_FIXED_OPS_SPEC',
    'operations',
    'floating-point element operations of instructions that are not SVE',
  ],
  [0x80e3, 'ASE_SVE_INT8_SPEC', 'operations', 'speculatively executed 8-bit integer SIMD and SVE operations'],
  [
    0x8162,
    'STALL_FRONTEND_FLUSH',
    'cycles',
    'front-end stall cycles while the pipeline recovers from a flush',
  ],
  [
    0x8164,
    'STALL_BACKEND_MEMBOUND',
    'cycles',
    'back-end stall cycles because of memory: level 1, level 2 and beyond, TLB and stores together',
  ],
  [
    0x8165,
    'STALL_BACKEND_L1D',
    'cycles',
    'back-end stall cycles waiting for a level 1 miss that hits level 2',
  ],
  [0x8166, 'STALL_BACKEND_L2D', 'cycles', 'back-end stall cycles waiting for a level 2 miss'],
  [0x8167, 'STALL_BACKEND_TLB', 'cycles', 'back-end stall cycles waiting for the data TLB'],
  [0x8168, 'STALL_BACKEND_ST', 'cycles', 'back-end stall cycles because the store queue was full'],
  [0x816a, 'STALL_BACKEND_CPUBOUND', 'cycles', 'back-end stall cycles because of resources inside the core'],
];

/** All known events by code. */
export const pmuEvents: ReadonlyMap<number, PmuEvent> = new Map(
  table.map(([code, mnemonic, unit, meaning]) => [code, { code, mnemonic, meaning, unit }]),
);

/** The architectural mnemonic of an event code of an Arm core; null for codes not in {@link pmuEvents}. */
export function mnemonicOf(code: number): string | null {
  return pmuEvents.get(code)?.mnemonic ?? null;
}

const codesByMnemonic: ReadonlyMap<string, number> = new Map(
  table.map(([code, mnemonic]) => [mnemonic, code]),
);

/** The event code of an architectural mnemonic, `INST_RETIRED`; null for names not in {@link pmuEvents}. */
export function codeOf(mnemonic: string): number | null {
  return codesByMnemonic.get(mnemonic) ?? null;
}

/** An event code the way all of gemview writes it: `0x11`. */
export function codeText(code: number): string {
  return `0x${code.toString(16)}`;
}
