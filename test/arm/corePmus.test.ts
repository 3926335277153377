import { describe, expect, it } from 'vitest';
import { coreOfPmu } from '../../src/arm/corePmus.ts';

describe('coreOfPmu', () => {
  it.each([
    ['armv8_cortex_a55', 'Cortex-A55'],
    ['armv9_cortex_x925', 'Cortex-X925'],
    ['armv8_neoverse_v2', 'Neoverse-V2'],
    ['ARMv8_Cortex_A53', 'Cortex-A53'],
    ['armv8_pmuv3_0', null],
    ['armv8_pmuv3', null],
    ['arm_dsu_0', null],
    [null, null],
  ])('%s is of %s', (pmu, core) => {
    expect(coreOfPmu(pmu)).toBe(core);
  });
});
