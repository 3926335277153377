import { describe, expect, it } from 'vitest';
import { lintNames } from '../../src/analysis/captureLintNames.ts';
import { countedRun } from '../support/countedRun.ts';

describe('lintNames', () => {
  const complaints = (pmu: string, cpus: string[]): string[] => {
    const readings = [[0, 1000, [1, 1]]] as const;
    const events = [`CPU_CYCLES@${pmu}`, `x@${pmu}`];
    const profile = countedRun('load/1000 close/10', [{ events, readings }], { cpus });
    profile.target.arch = 'aarch64';
    Object.assign(profile.counters[1], { code: '0xe7', mnemonic: null, name: 're7' });
    return lintNames(profile).map(({ message }) => message);
  };

  it('knows the events of a core that only its PMU names', () => {
    expect(complaints('armv8_cortex_a55', [])).toEqual([]);
    expect(complaints('armv8_pmuv3', ['Cortex-A55'])).toEqual([]);
  });

  it('names an event that no core of the target has', () => {
    expect(complaints('armv8_cortex_a76', [])[0]).toContain('Event 0xe7 (re7) is not in the event table');
    expect(complaints('armv8_pmuv3', [])[0]).toContain('0xe7');
  });
});
