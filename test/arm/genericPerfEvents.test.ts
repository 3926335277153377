import { describe, expect, it } from 'vitest';
import {
  armCodeOfCacheEvent,
  armCodeOfGenericName,
  armCodeOfHardwareEvent,
  cacheEventName,
} from '../../src/arm/genericPerfEvents.ts';

describe('generic perf events on arm64', () => {
  it('have the codes of the kernel, by the name that perf prints', () => {
    const codes = Object.fromEntries(
      [
        'cycles',
        'cpu-cycles:u',
        'instructions:k',
        'cache-misses',
        'branch-instructions',
        'idle-cycles-backend',
        'L1-dcache-load-misses',
        'LLC-loads',
        'iTLB-loads',
        'L1-icache-load-misses',
      ].map((name) => [name, armCodeOfGenericName(name)]),
    );
    expect(codes).toEqual({
      cycles: 0x11,
      'cpu-cycles:u': 0x11,
      'instructions:k': 0x08,
      // Level 1, whatever the name suggests.
      'cache-misses': 0x03,
      'branch-instructions': 0x0c,
      'idle-cycles-backend': 0x24,
      'L1-dcache-load-misses': 0x03,
      'LLC-loads': 0x36,
      'iTLB-loads': 0x26,
      'L1-icache-load-misses': 0x01,
    });
  });

  it('are none for other names and configs', () => {
    for (const name of ['cpu-clock', 'r24', 'l3d_cache_refill', '', 'constructor']) {
      expect(armCodeOfGenericName(name)).toBeNull();
    }
    expect(armCodeOfHardwareEvent(9, null)).toBeNull();
    expect(armCodeOfHardwareEvent(4_000_000_000, null)).toBeNull();
    expect(armCodeOfCacheEvent(0x030303, null)).toBeNull();
  });

  it('count branches by another event since Linux 6.12', () => {
    expect(armCodeOfGenericName('branches', '6.11.9-generic')).toBe(0x0c);
    expect(armCodeOfGenericName('branches', '6.12.0')).toBe(0x21);
    expect(armCodeOfGenericName('branches', '7.0')).toBe(0x21);
    expect(armCodeOfGenericName('branches', 'unknown')).toBe(0x0c);
  });

  it('of older cores are in the map of their own PMU', () => {
    const storeMisses = 0x10100;
    expect(armCodeOfCacheEvent(storeMisses, 'armv8_cortex_a72')).toBe(0x43);
    expect(armCodeOfCacheEvent(storeMisses, 'armv8_neoverse_n1')).toBeNull();
    // What the architecture's map has comes from there.
    expect(armCodeOfCacheEvent(0, 'armv8_cortex_a72')).toBe(0x04);
  });

  it('are spelled as perf spells them', () => {
    expect(cacheEventName(0)).toBe('L1-dcache-loads');
    expect(cacheEventName(0x10103)).toBe('dTLB-store-misses');
    expect(cacheEventName(0x205)).toBe('branch-prefetches');
    expect(cacheEventName(0x7)).toBeNull();
  });
});
