import { describe, expect, it } from 'vitest';
import { measurements } from '../../../src/analysis/figures/eventFigures.ts';
import type { ReportedFigure } from '../../../src/profile/types.ts';
import { emptyProfile } from '../../support/emptyProfile.ts';

function total(subject: string, value: number, settings: Record<string, string>): ReportedFigure {
  return {
    kind: 'counter-total',
    subject,
    value,
    unit: 'events',
    spread: null,
    repetitions: [],
    settings,
    source: 'somebody',
  };
}

const core = { test: 'tg128', group: 'core' };
const bus = { test: 'tg128', group: 'bus' };
/** Published for TinyLlama on a Raspberry Pi 5. */
const FIGURES = [
  total('inst_retired', 451_509_505_938, core),
  total('stall_frontend', 289_684_332, core),
  total('stall_backend', 25_793_958_956, core),
  total('cycles', 173_047_575_240, core),
  total('L3D_CACHE_RD', 6_528_096_251, bus),
  total('L3D_CACHE_REFILL', 6_328_032_204, bus),
  total('cycles', 177_902_434_669, bus),
];

describe('published totals', () => {
  it('are divided only where they were counted together', () => {
    const sets = measurements({ ...emptyProfile(), figures: FIGURES });
    const value = (set: number, id: string) =>
      sets[set].metrics.find((metric) => metric.id === id)?.quantity.value;
    expect(sets.map(({ totals }) => totals.length)).toEqual([4, 3]);
    expect(value(0, 'ipc')).toBeCloseTo(2.609, 3);
    expect(value(0, 'backend-stalled')).toBeCloseTo(14.906, 3);
    expect(value(0, 'frontend-stalled')).toBeCloseTo(0.167, 3);
    expect(value(1, 'l3-refills-per-read')).toBeCloseTo(96.935, 3);
    // Instructions stand in the other set.
    expect(value(1, 'ipc')).toBeUndefined();
    expect(value(1, 'l3-mpki')).toBeUndefined();
  });

  it('have the architectural name behind perf’s own', () => {
    const [set] = measurements({ ...emptyProfile(), figures: [...FIGURES, total('made-up', 1, core)] });
    expect(set.totals.map(({ event, code, mnemonic }) => [event, code, mnemonic])).toEqual([
      ['inst_retired', '0x8', 'INST_RETIRED'],
      ['stall_frontend', '0x23', 'STALL_FRONTEND'],
      ['stall_backend', '0x24', 'STALL_BACKEND'],
      ['cycles', '0x11', 'CPU_CYCLES'],
      ['made-up', null, null],
    ]);
  });

  it('that stand there twice are not divided', () => {
    const [set] = measurements({ ...emptyProfile(), figures: [...FIGURES.slice(0, 4), FIGURES[3]] });
    expect(set.metrics).toEqual([]);
  });
});
