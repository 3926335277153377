import { describe, expect, it } from 'vitest';
import {
  bandwidthPeak,
  corePeak,
  machineById,
  MACHINES,
  machinesWithCore,
  operationsPeak,
  ridge,
} from '../../src/arm/machines.ts';

const machine = (id: string) => {
  const found = machineById(id);
  if (!found) throw new Error(`no machine ${id}`);
  return found;
};

/** Giga-operations per second of the fastest core: pipes × lanes × 2 × GHz, worked out by hand. */
describe('peaks of one core', () => {
  it.each([
    ['graviton2', 40, 160, null],
    ['graviton3', 83.2, 332.8, 665.6],
    ['graviton4', 89.6, 358.4, 716.8],
    ['graviton5', 105.6, 422.4, 844.8],
    ['altra-q80-30', 48, 192, null],
    ['altra-q80-33', 52.8, 211.2, null],
    ['raspberry-pi-5', 38.4, 153.6, null],
    ['cobalt-100', 54.4, 217.6, 435.2],
    ['axion-c4a', null, null, null],
    ['snapdragon-8-gen-3', 105.6, 422.4, 844.8],
    ['snapdragon-x-elite', 121.6, 486.4, 972.8],
    ['dimensity-9300', 104, 416, 832],
  ])('%s: %s in fp32, %s with SDOT, %s with SMMLA', (id, fp32, sdot, smmla) => {
    const [core] = machine(id).cores;
    const giga = (instruction: 'FMLA fp32' | 'SDOT' | 'SMMLA') => {
      const peak = corePeak(core, instruction);
      return peak && Number((peak.perSecond / 1e9).toFixed(1));
    };
    expect([giga('FMLA fp32'), giga('SDOT'), giga('SMMLA')]).toEqual([fp32, sdot, smmla]);
  });

  it('are as sure as their least sure figure', () => {
    expect(corePeak(machine('graviton3').cores[0], 'SDOT')?.status).toBe('quoted');
    expect(corePeak(machine('dimensity-9300').cores[0], 'SDOT')?.status).toBe('unverified');
  });
});

describe('peaks of a machine', () => {
  it('use the fastest cores first', () => {
    const dimensity = machine('dimensity-9300');
    // One core at 3.25 GHz and two at 2.85 GHz: 416 + 2 × 364.8
    expect((operationsPeak(dimensity, 'SDOT', 3)?.perSecond ?? 0) / 1e9).toBeCloseTo(1145.6, 6);
    // The fifth would be a Cortex-A720, whose pipes are not in the table.
    expect(operationsPeak(dimensity, 'SDOT', 5)).toBeNull();
  });

  it('do not exist for more threads than cores, nor for none', () => {
    expect(operationsPeak(machine('raspberry-pi-5'), 'SDOT', 5)).toBeNull();
    expect(operationsPeak(machine('raspberry-pi-5'), 'SDOT', 0)).toBeNull();
    expect(operationsPeak(machine('graviton3'), 'SMMLA', 64)?.perSecond).toBeCloseTo(64 * 665.6e9, -3);
  });

  it('take read bandwidth as measured with the same threads, else as specified', () => {
    const pi = machine('raspberry-pi-5');
    expect([1, 2, 3, 4].map((threads) => bandwidthPeak(pi, threads))).toMatchObject([
      { perSecond: 9.26e9, kind: 'measured' },
      { perSecond: 13.23e9, kind: 'measured' },
      { perSecond: 17.07e9, kind: 'theoretical' },
      { perSecond: 11.59e9, kind: 'measured' },
    ]);
    expect(bandwidthPeak(machine('graviton5'), 8)).toBeNull();
    expect(bandwidthPeak(machine('snapdragon-x-elite'), 8)?.status).toBe('unverified');
  });

  it('meet at the ridge of the instruction', () => {
    const graviton3 = machine('graviton3');
    // 64 × 665.6 ÷ 307.2
    expect(ridge(graviton3, 'SMMLA', 64)).toBeCloseTo(138.67, 2);
    expect(ridge(graviton3, 'SDOT', 64)).toBeCloseTo(69.33, 2);
    expect(ridge(machine('raspberry-pi-5'), 'SDOT', 4)).toBeCloseTo((4 * 153.6) / 11.59, 6);
    expect(ridge(machine('raspberry-pi-5'), 'SMMLA', 4)).toBeNull();
    expect(ridge(machine('axion-c4a'), 'SDOT', 4)).toBeNull();
  });
});

describe('the table', () => {
  it('has a source for every figure, and a note where memory bandwidth is missing', () => {
    const figures = MACHINES.flatMap(({ memoryBandwidth, cores }) => [
      memoryBandwidth,
      ...cores.flatMap((group) => [group.gigahertz, group.vectorPipes]),
    ]);
    expect(figures.filter((figure) => figure !== null && figure.source === '')).toEqual([]);
    expect(MACHINES.filter(({ memoryBandwidth, note }) => memoryBandwidth === null && note === null)).toEqual(
      [],
    );
    expect(new Set(MACHINES.map(({ id }) => id)).size).toBe(MACHINES.length);
  });

  it('finds machines by their core', () => {
    expect(machinesWithCore('Neoverse-V2').map(({ id }) => id)).toEqual(['graviton4', 'axion-c4a']);
    expect(machinesWithCore('Cortex-M4')).toEqual([]);
    expect(machineById('pdp-11')).toBeNull();
  });
});
