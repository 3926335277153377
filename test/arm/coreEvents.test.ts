import { describe, expect, it } from 'vitest';
import {
  coreHasEvent,
  implementationEvent,
  isN1Class,
  lastLevelRefillChoice,
  lackedEvents,
  lastLevelRefillEvent,
} from '../../src/arm/coreEvents.ts';
import { CORE_NAMES } from '../../src/arm/cores.ts';
import { codeOf } from '../../src/arm/pmuEvents.ts';

describe('coreHasEvent', () => {
  it('knows what cores lack', () => {
    expect(coreHasEvent('Neoverse-N1', 'STALL_BACKEND_MEM')).toBe(false);
    expect(coreHasEvent('Neoverse-N2', 'STALL_BACKEND_MEM')).toBe(true);
    expect(coreHasEvent('Cortex-A720', 'STALL_BACKEND_MEM')).toBe(false);
    expect(coreHasEvent('Cortex-A720', 'STALL_BACKEND_MEMBOUND')).toBe(true);
    expect(coreHasEvent('Neoverse-V3', 'L3D_CACHE_REFILL')).toBe(false);
    expect(coreHasEvent('Cortex-A72', 'STALL_BACKEND')).toBe(false);
    expect(coreHasEvent('Cortex-A72', 'INST_SPEC')).toBe(true);
    expect(coreHasEvent('Neoverse-V1', 'ASE_SVE_INT8_SPEC')).toBe(false);
    expect(coreHasEvent('Cortex-A510', 'SVE_INST_SPEC')).toBe(true);
    expect(coreHasEvent('Cortex-A53', 'CPU_CYCLES')).toBe(true);
    expect(coreHasEvent('Some-Core', 'CPU_CYCLES')).toBeNull();
  });

  it('names cores and events as their tables do', () => {
    expect([...lackedEvents().keys()].filter((core) => !CORE_NAMES.includes(core))).toEqual([]);
    const events = [...lackedEvents().values()].flat();
    expect(events.filter((mnemonic) => codeOf(mnemonic) === null)).toEqual([]);
  });

  it('knows implementation-defined events on their own core only', () => {
    expect(coreHasEvent('Cortex-A55', 'STALL_BACKEND_LD')).toBe(true);
    expect(coreHasEvent('Cortex-A76', 'STALL_BACKEND_LD')).toBe(false);
    expect(coreHasEvent('Neoverse-V1', 'toString')).toBe(true);
  });

  it('tells the Neoverse-N1 class', () => {
    expect(['Neoverse-N1', 'Cortex-A76', 'Cortex-A55'].map(isN1Class)).toEqual([true, true, true]);
    expect(['Neoverse-N2', 'Cortex-A72', 'Some-Core'].map(isN1Class)).toEqual([false, false, false]);
  });
});

describe('implementationEvent', () => {
  const named = (name: string, code: string | null = null, core = 'Cortex-A55') =>
    implementationEvent(core, { name, code });

  it('is told by the code, or by the name that perf has for the core', () => {
    expect(named('re9', '0xe9')).toBe('STALL_BACKEND_LD_CACHE');
    expect(named('stall_backend_ld_cache')).toBe('STALL_BACKEND_LD_CACHE');
    expect(named('stall_backend_ld_cache:u')).toBe('STALL_BACKEND_LD_CACHE');
    expect(named('armv8_cortex_a55/stall_backend_ld/')).toBe('STALL_BACKEND_LD');
  });

  it('is of no other name, code or core', () => {
    expect(named('stall_backend_ld_cache_x')).toBeNull();
    expect(named('stall_backend_ld', '0xe8')).toBeNull();
    expect(named('stall_backend_ld_cache', null, 'Cortex-A76')).toBeNull();
  });
});

describe('lastLevelRefillEvent', () => {
  it('names the event by core', () => {
    const all = new Set(['L3D_CACHE_REFILL', 'LL_CACHE_MISS_RD', 'L2D_CACHE_REFILL']);
    expect(lastLevelRefillEvent('Neoverse-V1', all)).toBe('L3D_CACHE_REFILL');
    expect(lastLevelRefillEvent('Neoverse-V3', all)).toBe('LL_CACHE_MISS_RD');
    expect(lastLevelRefillEvent('Cortex-A72', all)).toBe('L2D_CACHE_REFILL');
    expect(lastLevelRefillEvent(null, all)).toBe('L3D_CACHE_REFILL');
    expect(lastLevelRefillEvent('Neoverse-V1', new Set(['CPU_CYCLES']))).toBeNull();
  });

  it('says why', () => {
    expect(
      lastLevelRefillChoice('Neoverse-V3', new Set(['L3D_CACHE_REFILL', 'LL_CACHE_MISS_RD']))?.reason,
    ).toContain('Neoverse-V3 has no L3D_CACHE_REFILL');
    expect(lastLevelRefillChoice('Neoverse-N1', new Set(['L2D_CACHE_REFILL']))?.reason).toContain(
      'L3D_CACHE_REFILL was not counted; LL_CACHE_MISS_RD was not counted',
    );
  });
});
