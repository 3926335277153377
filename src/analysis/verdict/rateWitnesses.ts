/** The rate family: what the stage reached of what the machine could do. */
import type { Thresholds } from './thresholds.ts';
import type { Witness } from './types.ts';
import { above, below, percent, silent, voting, witness } from './witness.ts';

/** Achieved rates over peaks. */
export interface RateEvidence {
  /** Achieved read bandwidth, bytes per second; null when it cannot be known. */
  bandwidth: number | null;
  peak: { bytesPerSecond: number; kind: 'measured' | 'theoretical'; source?: string } | null;
  operations: number | null;
  operationsPeak: {
    perSecond: number;
    instructions: string;
    kind: 'measured' | 'theoretical';
    source?: string;
  } | null;
  /** Why there is no rate or no peak. */
  missingReason: string | null;
  /** Why there are no operations or no peak of theirs, where that is another reason. */
  operationsMissingReason?: string | null;
  /** This stage's instructions per cycle over Prefill's where no stalls were counted; else null. */
  ipcOfPrefill?: number | null;
}

/** Nothing is known, and why. */
export function noRate(missingReason: string): RateEvidence {
  return { bandwidth: null, peak: null, operations: null, operationsPeak: null, missingReason };
}

/** Both at once is a split vote: the family points both ways. */
export function rateWitnesses(evidence: RateEvidence, t: Thresholds): Witness[] {
  return [bandwidthWitness(evidence, t), operationsWitness(evidence, t)];
}

function bandwidthWitness(
  { bandwidth, peak, missingReason, ipcOfPrefill }: RateEvidence,
  t: Thresholds,
): Witness {
  const threshold = peak?.kind === 'theoretical' ? t.bandwidthOfTheoretical : t.bandwidthOfMeasured;
  const fraction = bandwidth !== null && peak ? bandwidth / peak.bytesPerSecond : null;
  const of: Witness = {
    ...witness(
      'rate',
      peak ? `read bandwidth of the ${peak.kind} peak` : 'read bandwidth of the peak',
      fraction,
      'of peak',
      `≥ ${percent(threshold)}`,
      ['model bytes per token', 'tokens per second'],
    ),
    note: peak?.source ?? null,
  };
  if (fraction === null) return silent(of, missingReason ?? 'no peak of this machine is known');
  const weakness = peak?.kind === 'theoretical' ? 'theoretical peak' : null;
  if (fraction >= threshold) return voting(of, 'memory', above(fraction, threshold), weakness);
  const hasLowIpc = ipcOfPrefill !== null && ipcOfPrefill !== undefined && ipcOfPrefill < t.ipcOfPrefill;
  if (hasLowIpc && fraction >= t.bandwidthWithLowIpc) {
    const together: Witness = {
      ...of,
      threshold: `≥ ${percent(t.bandwidthWithLowIpc)} with instructions per cycle below ${percent(t.ipcOfPrefill)} of Prefill’s`,
      sources: [...of.sources, 'INST_RETIRED', 'CPU_CYCLES'],
    };
    const margin = Math.min(above(fraction, t.bandwidthWithLowIpc), below(ipcOfPrefill, t.ipcOfPrefill));
    return voting(together, 'memory', margin, weakness ?? 'cycles and instructions only');
  }
  return silent(of, 'below the threshold');
}

function operationsWitness(evidence: RateEvidence, t: Thresholds): Witness {
  const { operations, operationsPeak } = evidence;
  const missingReason = evidence.operationsMissingReason ?? evidence.missingReason;
  const fraction = operations !== null && operationsPeak ? operations / operationsPeak.perSecond : null;
  const of: Witness = {
    ...witness(
      'rate',
      operationsPeak ? `operations of the ${operationsPeak.instructions} peak` : 'operations of the peak',
      fraction,
      'of peak',
      `≥ ${percent(t.operationsOfPeak)}`,
      ['model operations per token', 'tokens per second'],
    ),
    note: operationsPeak?.source ?? null,
  };
  if (fraction === null) return silent(of, missingReason ?? 'no peak of this machine is known');
  if (fraction < t.operationsOfPeak) return silent(of, 'below the threshold');
  const weakness = operationsPeak?.kind === 'theoretical' ? 'theoretical peak' : null;
  return voting(of, 'compute', above(fraction, t.operationsOfPeak), weakness);
}
