import { describe, expect, it } from 'vitest';
import { codeOf, codeText, mnemonicOf, pmuEvents } from '../../src/arm/pmuEvents.ts';

describe('pmuEvents', () => {
  it.each([
    [0x08, 'INST_RETIRED', 'instructions'],
    [0x11, 'CPU_CYCLES', 'cycles'],
    [0x2a, 'L3D_CACHE_REFILL', 'refills'],
    [0x37, 'LL_CACHE_MISS_RD', 'misses'],
    [0x3f, 'STALL_SLOT', 'slots'],
    [0x70, 'LD_SPEC', 'instructions'],
    [0x4005, 'STALL_BACKEND_MEM', 'cycles'],
    [0x8164, 'STALL_BACKEND_MEMBOUND', 'cycles'],
  ])('knows %d as %s', (code, mnemonic, unit) => {
    expect(pmuEvents.get(code)).toMatchObject({ code, mnemonic, unit });
    expect(mnemonicOf(code)).toBe(mnemonic);
    expect(codeOf(mnemonic)).toBe(code);
  });

  it('has each code and each mnemonic once', () => {
    const events = [...pmuEvents.values()];
    expect(new Set(events.map(({ mnemonic }) => mnemonic)).size).toBe(events.length);
    for (const [code, event] of pmuEvents) expect(event.code).toBe(code);
    expect(events.every(({ mnemonic }) => /^[A-Z0-9_]+$/.test(mnemonic))).toBe(true);
  });

  it('does not make up names', () => {
    expect(mnemonicOf(0xe7)).toBeNull();
    expect(codeOf('NO_SUCH_EVENT')).toBeNull();
    expect(codeText(0x8005)).toBe('0x8005');
  });
});
