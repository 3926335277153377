import { describe, expect, it } from 'vitest';
import { isTracepointName, parsePerfEventName } from '../../src/readers/perfEventName.ts';

const nothing = { pmu: null, code: null, mnemonic: null, unit: 'events', excludesKernel: false };

describe('event names of perf', () => {
  it.each([
    ['cycles', { base: 'cycles', code: '0x11', mnemonic: 'CPU_CYCLES', unit: 'cycles' }],
    ['cycles:ppp', { base: 'cycles', code: '0x11', mnemonic: 'CPU_CYCLES', unit: 'cycles' }],
    [
      'instructions:u',
      {
        base: 'instructions',
        code: '0x8',
        mnemonic: 'INST_RETIRED',
        unit: 'instructions',
        excludesKernel: true,
      },
    ],
    ['cycles:uk', { base: 'cycles', code: '0x11', mnemonic: 'CPU_CYCLES', unit: 'cycles' }],
    // drivers/perf/arm_pmuv3.c: not the last level cache.
    ['cache-misses', { base: 'cache-misses', code: '0x3', mnemonic: 'L1D_CACHE_REFILL' }],
    ['cache-references', { base: 'cache-references', code: '0x4', mnemonic: 'L1D_CACHE' }],
    ['LLC-load-misses', { base: 'LLC-load-misses', code: '0x37', mnemonic: 'LL_CACHE_MISS_RD' }],
    ['cpu-clock', { base: 'cpu-clock', unit: 'ns' }],
    ['cpu-clock/freq=499/', { base: 'cpu-clock', unit: 'ns' }],
    ['cpu-clock [software]', { base: 'cpu-clock', unit: 'ns', pmu: 'software' }],
    ['page-faults', { base: 'page-faults' }],
    ['stall_backend', { base: 'stall_backend', code: '0x24', mnemonic: 'STALL_BACKEND' }],
    ['L3D_CACHE_REFILL', { base: 'L3D_CACHE_REFILL', code: '0x2a', mnemonic: 'L3D_CACHE_REFILL' }],
    ['r24', { base: 'r24', code: '0x24', mnemonic: 'STALL_BACKEND' }],
    ['r8005:u', { base: 'r8005', code: '0x8005', mnemonic: 'ASE_INST_SPEC', excludesKernel: true }],
    ['r1ffff', { base: 'r1ffff' }],
    [
      'armv8_pmuv3_0/event=0x24/',
      { base: 'event=0x24', pmu: 'armv8_pmuv3_0', code: '0x24', mnemonic: 'STALL_BACKEND' },
    ],
    [
      'armv8_pmuv3_0/config=0x11,name=my cycles/u',
      {
        base: 'my cycles',
        pmu: 'armv8_pmuv3_0',
        code: '0x11',
        mnemonic: 'CPU_CYCLES',
        unit: 'cycles',
        excludesKernel: true,
      },
    ],
    [
      'armv8_cortex_a76/l1d_cache_refill/',
      { base: 'l1d_cache_refill', pmu: 'armv8_cortex_a76', code: '0x3', mnemonic: 'L1D_CACHE_REFILL' },
    ],
    [
      'cycles [armv8_cortex_a55]',
      { base: 'cycles', pmu: 'armv8_cortex_a55', code: '0x11', mnemonic: 'CPU_CYCLES', unit: 'cycles' },
    ],
    // Codes of other PMUs mean something else.
    ['arm_dsu_0/event=0x2b/', { base: 'event=0x2b', pmu: 'arm_dsu_0' }],
    ['cpu/event=0x3c,umask=1/', { base: 'event=0x3c,umask=1', pmu: 'cpu' }],
    ['probe_llama:llama_decode', { base: 'probe_llama:llama_decode' }],
    ['', { base: '' }],
    ['__proto__', { base: '__proto__' }],
  ])('%s', (name, expected) => {
    expect(parsePerfEventName(name)).toEqual({ ...nothing, ...expected });
  });

  it('knows that newer kernels count branches as retired ones', () => {
    expect(parsePerfEventName('branches', '5.15.0').mnemonic).toBe('PC_WRITE_RETIRED');
    expect(parsePerfEventName('branches', '6.12.117+deb13-arm64').mnemonic).toBe('BR_RETIRED');
  });

  it('tells hits of tracepoints from events with modifiers', () => {
    expect(isTracepointName('sched:sched_switch')).toBe(true);
    expect(isTracepointName('probe_llama:llama_decode__return')).toBe(true);
    expect(isTracepointName('cycles:ppp')).toBe(false);
    expect(isTracepointName('cpu-clock:pppH')).toBe(false);
    expect(isTracepointName('armv8_pmuv3_0/event=0x24/')).toBe(false);
    expect(isTracepointName('mem:0x1234:rw')).toBe(false);
  });
});
