/** The verdicts of a run as plain data: for the report, and for `inspect`. */
import type { RunAnalysis } from '../../analysis/analyseRun.ts';
import { stanceOf } from '../../analysis/verdict/types.ts';
import type { StageVerdict } from '../../analysis/verdict/runVerdicts.ts';
import { significant } from '../round.ts';
import type { Report } from '../schema.ts';
import type { ReportVerdict, ReportWitness } from '../schema/verdicts.ts';

export function verdictsSection({ verdicts }: Pick<RunAnalysis, 'verdicts'>): Report['verdicts'] {
  return {
    prefill: stageSection(verdicts.prefill),
    decode: stageSection(verdicts.decode),
    thresholds: verdicts.thresholds.map((threshold) => ({ ...threshold })),
  };
}

function stageSection(verdict: StageVerdict): ReportVerdict {
  const { label, subtype, confidence, sentence, reasons, secondary, judgedCore, witnesses, next } = verdict;
  return {
    class: verdict.class,
    label,
    subtype,
    confidence,
    sentence,
    reasons,
    secondary,
    core: {
      name: judgedCore.core,
      share: judgedCore.share === null ? null : significant(judgedCore.share),
      of: judgedCore.of,
    },
    witnesses: witnesses.map((witness) => ({
      family: witness.family,
      metric: witness.metric,
      value: witness.value === null ? null : significant(witness.value),
      unit: witness.unit,
      threshold: witness.threshold,
      vote: witness.vote,
      stance: stanceOf(verdict, witness),
      silentBecause: witness.silentBecause,
      weakness: witness.weakness,
      note: witness.note,
      sources: witness.sources,
    })),
    next,
  };
}

/** True when something is said of what holds the stage back. */
export function isJudged(verdict: Pick<ReportVerdict, 'class'>): boolean {
  return verdict.class !== 'none' && verdict.class !== 'insufficient';
}

/** A verdict in the words of the `inspect` contract. */
export interface InspectVerdict extends Omit<ReportVerdict, 'witnesses'> {
  witnesses: (Omit<ReportWitness, 'silentBecause'> & { silent_because: string | null })[];
}

export function inspectVerdict(verdict: StageVerdict): InspectVerdict {
  const { witnesses, ...rest } = stageSection(verdict);
  return {
    ...rest,
    witnesses: witnesses.map(({ silentBecause, ...witness }) => ({
      ...witness,
      silent_because: silentBecause,
    })),
  };
}
