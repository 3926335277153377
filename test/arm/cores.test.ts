import { describe, expect, it } from 'vitest';
import { coreId, coreName, coreRevision, midrText } from '../../src/arm/cores.ts';

describe('names of cores', () => {
  it.each([
    ['0x411fd402', 'Neoverse-V1'],
    ['0x410fd401', 'Neoverse-V1'],
    ['0x00000000411fd402', 'Neoverse-V1'],
    ['0x414fd0b1', 'Cortex-A76'],
    ['0x41d40', 'Neoverse-V1'],
    ['0x41d49', 'Neoverse-N2'],
    ['0x6dd49', 'Neoverse-N2'],
    ['0x41d90', 'C1-Premium'],
    ['0xc00fac30', 'AmpereOne'],
    ['0xc0ac4', 'AmpereOne-A'],
    ['0x51001', 'Oryon'],
    ['0x611f0230', 'M1-Firestorm'],
  ])('%s is %s', (midr, name) => {
    expect(coreName(midr)).toBe(name);
  });

  it('takes numbers and BigInts as well as text', () => {
    expect(coreName(0x411fd402)).toBe('Neoverse-V1');
    expect(coreName(0x411fd402n)).toBe('Neoverse-V1');
    expect(coreName(0x41d4f)).toBe('Neoverse-V2');
  });

  it.each(['', 'Neoverse-V1', '0x', '0x41fffff0', '0x1234567890', '-1', '0x0'])(
    'does not know %j',
    (midr) => {
      expect(coreName(midr)).toBeNull();
    },
  );

  it('takes a register apart', () => {
    expect(coreId('0x410fd4f1')).toEqual({ implementer: 0x41, part: 0xd4f });
    expect(coreId('0x41d4f')).toEqual({ implementer: 0x41, part: 0xd4f });
    expect(coreId(-5)).toBeNull();
  });

  it('puts the register together as the core would read it', () => {
    expect(midrText({ implementer: 0x41, variant: 1, part: 0xd40, revision: 2 })).toBe('0x411fd402');
    expect(midrText({ implementer: 0xc0, variant: 0, part: 0xac3, revision: 0 })).toBe('0xc00fac30');
  });
});

describe('coreRevision', () => {
  it.each([
    ['0x411fd402', 'r1p2'],
    ['0x410fd493', 'r0p3'],
    ['0x00000000414fd0b1', 'r4p1'],
    ['0x41d40', null],
    ['nothing', null],
  ])('of %s is %s', (midr, revision) => {
    expect(coreRevision(midr)).toBe(revision);
  });
});
