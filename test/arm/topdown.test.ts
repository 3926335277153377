import { describe, expect, it } from 'vitest';
import { topdownEvents, topdownLevel1, type TopdownCounts } from '../../src/arm/topdown.ts';

/** 1,000 cycles, 2,000 front-end and 3,000 back-end slots empty, 9 of 10 operations retired, 10 mispredictions. */
const counts: TopdownCounts = {
  CPU_CYCLES: 1000,
  STALL_SLOT: 5000,
  STALL_SLOT_FRONTEND: 2000,
  STALL_SLOT_BACKEND: 3000,
  OP_RETIRED: 900,
  OP_SPEC: 1000,
  BR_MIS_PRED: 10,
  STALL_FRONTEND_FLUSH: 20,
  IMP_WFX_CLOCK_CYCLES: 0,
};

const sum = (v: { frontendBound: number; backendBound: number; badSpeculation: number; retiring: number }) =>
  v.frontendBound + v.backendBound + v.badSpeculation + v.retiring;

function value(core: string, revision: string | null = null, of: TopdownCounts = counts) {
  const result = topdownLevel1(of, core, revision, null);
  if (!result.ok) throw new Error(result.reason);
  return result.value;
}

describe('topdownLevel1', () => {
  it.each([
    ['Neoverse-N2', 'r0p0'],
    ['Neoverse-N2', 'r0p3'],
    ['Neoverse-N3', null],
    ['Neoverse-V1', null],
    ['Neoverse-V2', null],
    ['Neoverse-V3', null],
    ['C1-Nano', null],
    ['C1-Pro', null],
    ['C1-Premium', null],
    ['C1-Ultra', null],
  ])('sums to 100 %% on %s', (core, revision) => {
    // Early N2 counts a front-end slot too many in each of the 1,000 cycles.
    const extra = core === 'Neoverse-N2' && revision === 'r0p0' ? 1000 : 0;
    const of = {
      ...counts,
      STALL_SLOT: 1500 + extra,
      STALL_SLOT_FRONTEND: 700 + extra,
      STALL_SLOT_BACKEND: 800,
    };
    expect(sum(value(core, revision, of))).toBeCloseTo(100, 9);
  });

  it('gives the worked numbers of Neoverse-V1 (8 slots, four slots lost per misprediction)', () => {
    const result = value('Neoverse-V1');
    expect(result.frontendBound).toBeCloseTo(100 * (2000 / 8000 - 4 * 0.01), 9); // 21
    expect(result.backendBound).toBeCloseTo(37.5, 9);
    expect(result.badSpeculation).toBeCloseTo(100 * (0.1 * (1 - 5 / 8) + 0.04), 9); // 7.75
    expect(result.retiring).toBeCloseTo(33.75, 9);
  });

  it('takes one slot a cycle off the front end of early Neoverse-N2, told by revision or by its counts', () => {
    const of = { ...counts, STALL_SLOT: 3000, STALL_SLOT_FRONTEND: 1500, STALL_SLOT_BACKEND: 1500 };
    expect(value('Neoverse-N2', 'r0p0', of).frontendBound).toBeCloseTo(100 * (500 / 5000 - 0.01), 9);
    expect(value('Neoverse-N2', null, of).variant).toContain('r0p0');
    expect(sum(value('Neoverse-N2', 'r0p0', of))).toBeCloseTo(100, 9);
  });

  it('leaves time asleep out on C1-Pro', () => {
    const of = {
      ...counts,
      STALL_SLOT: 2500,
      STALL_SLOT_FRONTEND: 500,
      STALL_SLOT_BACKEND: 2000,
      IMP_WFX_CLOCK_CYCLES: 200,
    };
    const result = value('C1-Pro', null, of);
    expect(result.backendBound).toBeCloseTo(100 * ((2000 - 1000) / 4000), 9);
    expect(sum(result)).toBeCloseTo(100, 9);
  });

  it('refuses what cannot be right instead of clamping it', () => {
    const wrong = { ...counts, STALL_SLOT_FRONTEND: 0, STALL_SLOT: 3000, BR_MIS_PRED: 100 };
    expect(topdownLevel1(wrong, 'Neoverse-V1', null, null)).toMatchObject({ ok: false });
    expect(topdownLevel1(counts, 'Cortex-A76', null, null)).toEqual({
      ok: false,
      reason:
        'Cortex-A76 counts stalled cycles but no slots: what is not stalled must not be called retiring',
    });
    const { STALL_FRONTEND_FLUSH: _, ...withoutFlush } = counts;
    expect(topdownLevel1(withoutFlush, 'Neoverse-V3', null, null)).toMatchObject({ ok: false });
  });

  it('names what a core needs beyond the slots, and shows its formula', () => {
    expect(topdownEvents('Neoverse-V2')).toContain('BR_MIS_PRED');
    expect(topdownEvents('Neoverse-V3')).toContain('STALL_FRONTEND_FLUSH');
    expect(topdownEvents('Neoverse-V3')).not.toContain('BR_MIS_PRED');
    expect(topdownEvents(null)).toHaveLength(6);
    expect(value('Neoverse-V1').formulas.frontendBound).toBe('FE ÷ (s·c) − 4m ÷ c');
    expect(value('Neoverse-V2').formulas.backendBound).toBe('BE ÷ (s·c) − 3m ÷ c');
    const { BR_MIS_PRED: _, ...withoutMispredictions } = counts;
    expect(topdownLevel1(withoutMispredictions, 'Neoverse-V1', null, null)).toMatchObject({ ok: false });
  });

  it('never says retiring of a core without slots, whatever slot count is stated', () => {
    expect(topdownLevel1(counts, 'Neoverse-N1', null, 5)).toMatchObject({ ok: false });
  });

  it('believes the slots that the kernel states', () => {
    const result = topdownLevel1(counts, null, null, 10);
    expect(result).toMatchObject({ ok: true, value: { backendBound: 30, variant: 'generic, 10 slots' } });
  });
});
