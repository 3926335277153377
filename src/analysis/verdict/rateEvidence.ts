/** What a stage reached of what its machine could do, as evidence; and what the model asks for, which never votes. */
import type { StageRoofline } from '../runRoofline.ts';
import type { CoreTypeMetrics } from '../selectionMetrics.ts';
import { perThousandInstructions } from '../metricDefinitions.ts';
import type { RateEvidence } from './rateWitnesses.ts';
import type { Witness } from './types.ts';
import { demandWitness } from './witness.ts';

export function rateEvidence(stage: StageRoofline): RateEvidence {
  const { achievedBytesPerSecond, achievedOperationsPerSecond, peakBandwidth, peakOperations } = stage;
  return {
    bandwidth: achievedBytesPerSecond.value,
    peak: peakBandwidth && {
      bytesPerSecond: peakBandwidth.bytesPerSecond,
      kind: peakBandwidth.kind,
      source: peakBandwidth.source,
    },
    operations: achievedOperationsPerSecond.value,
    operationsPeak: peakOperations && {
      perSecond: peakOperations.perSecond,
      instructions: peakOperations.instructions,
      kind: peakOperations.kind,
      source: peakOperations.source,
    },
    missingReason: achievedBytesPerSecond.reason ?? stage.peakBandwidthReason,
    operationsMissingReason: achievedOperationsPerSecond.reason ?? stage.peakOperationsReason,
  };
}

/** Metrics that say why memory may answer late: walks of page tables, and another socket. */
const LATENCY_SIGNS = ['dtlb-mpki', 'remote-share'];

/**
 * What the stage asks for.
 *
 * @param type metrics of the type of core that is judged; null when it is not known
 * @param promptOverGeneration prompt rate over generation rate; null when either is not known
 */
export function demandWitnesses(
  stage: StageRoofline,
  type: CoreTypeMetrics | null,
  promptOverGeneration: number | null,
): Witness[] {
  const { intensity, ridge } = stage;
  const witnesses: Witness[] = [];
  if (intensity.value !== null) {
    witnesses.push(
      demandWitness(
        'arithmetic intensity',
        intensity.value,
        'operations/B',
        ['model file'],
        ridge.value === null
          ? null
          : `the machine’s limits meet at ${Number(ridge.value.toPrecision(3))} operations/B: below it memory is the nearer limit, above it arithmetic`,
      ),
    );
  }
  const refills = type?.lastLevel ? perThousandInstructions(type.lastLevel.mnemonic) : null;
  const row = refills && type?.rows.find(({ id }) => id === refills.id);
  const counted = row?.[stage.stage];
  if (row && counted && counted.value !== null) {
    witnesses.push(
      demandWitness(row.label, counted.value, row.unit, [...row.needs], type?.lastLevel?.reason ?? null),
    );
  }
  for (const id of LATENCY_SIGNS) {
    const sign = type?.rows.find((one) => one.id === id);
    const value = sign?.[stage.stage].value ?? null;
    if (sign && value !== null) {
      witnesses.push(
        demandWitness(sign.label, value, sign.unit, [...sign.needs], 'raises the latency of memory'),
      );
    }
  }
  if (promptOverGeneration !== null) {
    witnesses.push(
      demandWitness(
        'prompt rate over generation rate',
        promptOverGeneration,
        '×',
        ['tokens per second of both stages'],
        stage.stage === 'decode'
          ? 'how much more the machine can compute than Decode asks of it, by kernels that differ'
          : null,
      ),
    );
  }
  return witnesses;
}
