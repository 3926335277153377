/**
 * Which events to record together to answer one question, at most six beside the cycle counter: the number of
 * programmable counters of Cortex-A and Neoverse cores (gator's `pmus.xml`, 9.7.2). Events of one set are read as a group,
 * so that their ratios hold.
 */
import { coreHasEvent } from './coreEvents.ts';
import { codeOf } from './pmuEvents.ts';
import { topdownEvents, topdownExclusion } from './topdown.ts';

export type EventQuestion =
  'pipeline' | 'stalls' | 'topdown' | 'mix' | 'caches' | 'tlb' | 'branches' | 'traffic' | 'rates';

const EVENT_SETS: Record<Exclude<EventQuestion, 'topdown'>, readonly string[]> = {
  pipeline: ['CPU_CYCLES', 'INST_RETIRED'],
  stalls: [
    'CPU_CYCLES',
    'INST_RETIRED',
    'STALL_FRONTEND',
    'STALL_BACKEND',
    'STALL_BACKEND_MEM',
    'LL_CACHE_MISS_RD',
    'L3D_CACHE_REFILL',
  ],
  mix: ['CPU_CYCLES', 'INST_SPEC', 'ASE_SPEC', 'VFP_SPEC', 'DP_SPEC', 'LD_SPEC', 'ST_SPEC'],
  caches: [
    'CPU_CYCLES',
    'INST_RETIRED',
    'L1D_CACHE_REFILL',
    'L2D_CACHE_REFILL',
    'L3D_CACHE_REFILL',
    'LL_CACHE_RD',
    'LL_CACHE_MISS_RD',
  ],
  tlb: ['CPU_CYCLES', 'INST_RETIRED', 'L1D_TLB', 'DTLB_WALK'],
  branches: ['CPU_CYCLES', 'INST_RETIRED', 'BR_MIS_PRED_RETIRED'],
  rates: ['CPU_CYCLES', 'LL_CACHE_MISS_RD', 'BUS_ACCESS'],
  traffic: ['CPU_CYCLES', 'INST_RETIRED', 'L3D_CACHE_REFILL', 'LL_CACHE_MISS_RD'],
};

/** The events that answer a question on a core, those it lacks left out; empty when it cannot answer it. */
export function eventsFor(question: EventQuestion, core: string | null): string[] {
  if (question === 'topdown' && topdownExclusion(core) !== null) return [];
  const events = question === 'topdown' ? topdownEvents(core) : EVENT_SETS[question];
  return events.filter((mnemonic) => core === null || coreHasEvent(core, mnemonic) !== false);
}

/** The option of `perf record` that counts events with every sample, as one group. */
export function perfGroupOption(mnemonics: readonly string[]): string {
  return `-e '{${mnemonics.map(perfName).join(',')}}:S'`;
}

/**
 * How perf takes an event on any Arm core: by the name that the kernel publishes for it, else by its code. The kernel names
 * the common events below 0x40 and the first ones from 0x4000 (Linux `drivers/perf/arm_pmuv3.c`,
 * `armv8_pmuv3_event_attrs`).
 */
function perfName(mnemonic: string): string {
  const code = codeOf(mnemonic);
  const isPublished = code === null || code < 0x40 || (code >= 0x4000 && code < 0x4010);
  return isPublished ? mnemonic.toLowerCase() : `r${code.toString(16)}`;
}
