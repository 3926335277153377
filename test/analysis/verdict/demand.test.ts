import { describe, expect, it } from 'vitest';
import { quantity, unknown } from '../../../src/analysis/quantity.ts';
import type { CoreTypeMetrics } from '../../../src/analysis/selectionMetrics.ts';
import { demandWitnesses } from '../../../src/analysis/verdict/rateEvidence.ts';

const stage = {
  stage: 'decode',
  intensity: unknown('operations/B', 'no model'),
  ridge: unknown('operations/B', 'no model'),
} as unknown as Parameters<typeof demandWitnesses>[0];

const type = (values: Record<string, number | null>) =>
  ({
    lastLevel: null,
    rows: Object.entries(values).map(([id, value]) => ({
      ...{ id, label: id, unit: '%', needs: [id.toUpperCase()] },
      decode: value === null ? unknown('%', 'not counted') : quantity(value, '%', 'counted', { formula: id }),
    })),
  }) as unknown as CoreTypeMetrics;

describe('signs of late answers from memory', () => {
  it('stand beside the verdict where they were counted, and never vote', () => {
    const witnesses = demandWitnesses(stage, type({ 'dtlb-mpki': 2.5, 'remote-share': 6, ipc: 1 }), null);
    expect(witnesses.map(({ family, metric, value, vote }) => [family, metric, value, vote])).toEqual([
      ['demand', 'dtlb-mpki', 2.5, null],
      ['demand', 'remote-share', 6, null],
    ]);
    expect(demandWitnesses(stage, type({ 'dtlb-mpki': null }), null)).toEqual([]);
  });
});
