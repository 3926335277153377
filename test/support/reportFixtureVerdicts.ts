/** Verdicts of report fixtures, judged on stalls and rates that the fixtures show elsewhere. */
import { noRate, type RateEvidence } from '../../src/analysis/verdict/rateWitnesses.ts';
import { noStalls, type StallEvidence } from '../../src/analysis/verdict/stallWitnesses.ts';
import { DEFAULT_THRESHOLDS, printedThresholds } from '../../src/analysis/verdict/thresholds.ts';
import { judge } from '../../src/analysis/verdict/verdict.ts';
import { demandWitness } from '../../src/analysis/verdict/witness.ts';
import type { StageVerdict } from '../../src/analysis/verdict/runVerdicts.ts';
import type { Origin } from '../../src/profile/types.ts';
import { verdictsSection } from '../../src/report/sections/verdicts.ts';
import type { Report } from '../../src/report/schema.ts';

interface StageEvidence {
  stalls?: Partial<StallEvidence>;
  rate?: Partial<RateEvidence>;
  /** Operations a byte that the stage asks for. */
  intensity: number;
}

/** Verdicts of a run of this origin; without evidence they cannot be told. */
export function verdictsFixture(
  origin: Origin | null,
  prefill: StageEvidence,
  decode: StageEvidence,
): Report['verdicts'] {
  const stage = (name: 'prefill' | 'decode', { stalls, rate, intensity }: StageEvidence): StageVerdict => ({
    ...judge({
      stage: name,
      origin,
      seconds: 5,
      samples: 5000,
      stalls: { ...noStalls(stalls ? '' : 'not counted: STALL_BACKEND not recorded'), ...stalls },
      stallsWithoutSync: null,
      rate: { ...noRate(rate ? '' : 'no model file was given'), ...rate },
      scaling: null,
      sync: { share: 0.02, imbalance: 0.01, threads: 4 },
      demand: [demandWitness('arithmetic intensity', intensity, 'operations/B', ['model file'])],
      kernelShape: name === 'prefill' ? 'GEMM' : 'GEMV',
      recordNext: "perf record -e '{cpu_cycles,stall_backend}:S' -- llama-cli …",
    }),
    judgedCore: { core: 'Neoverse-V2', share: null, of: null },
    input: null,
  });
  return verdictsSection({
    verdicts: {
      prefill: stage('prefill', prefill),
      decode: stage('decode', decode),
      thresholds: printedThresholds(DEFAULT_THRESHOLDS),
    },
  });
}
