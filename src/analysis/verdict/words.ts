/** What a verdict says in words. Numbers stand in the witnesses, not here. */
import type { Family, Verdict, VerdictClass, Vote } from './types.ts';

export type JudgedStage = Verdict['stage'];

export const STAGE_TITLE: Readonly<Record<JudgedStage, string>> = { prefill: 'Prefill', decode: 'Decode' };

/** What holds a stage back, as the object of a sentence. */
export const CAUSE: Readonly<Record<Vote, string>> = {
  memory: 'memory',
  compute: 'computation',
  core: 'the core itself, not memory',
  frontend: 'instruction supply',
  sync: 'synchronisation',
};

/** Families as the subject of a sentence, with their verb form. */
const FAMILY_SAYS: Readonly<Record<Family, { subject: string; isPlural: boolean }>> = {
  stalls: { subject: 'stalls', isPlural: true },
  rate: { subject: 'the rate against the peak', isPlural: false },
  scaling: { subject: 'scaling', isPlural: false },
  sync: { subject: 'waiting threads', isPlural: true },
  demand: { subject: 'demand', isPlural: false },
};

/** `stalls point to memory`, `scaling points both ways`. */
export function familySays(family: Family, vote: Vote | 'split'): string {
  const { subject, isPlural } = FAMILY_SAYS[family];
  const verb = isPlural ? 'point' : 'points';
  return `${subject} ${verb} ${vote === 'split' ? 'both ways' : `to ${CAUSE[vote]}`}`;
}

const LABEL: Readonly<Record<VerdictClass, string>> = {
  memory: 'Memory-bound',
  compute: 'Compute-bound',
  core: 'Core-limited',
  frontend: 'Limited by instruction supply',
  sync: 'Limited by synchronisation',
  mixed: 'Mixed',
  insufficient: 'Cannot be told',
  none: 'No verdict',
};

/**
 * The class in words: `Memory-bound, bandwidth`, `Core-limited GEMV`, `Mixed: memory against core-limited GEMV`; what only
 * one family says is pointed to: `Points to memory`.
 *
 * @param families how many families vote for it
 * @param sides what the families of a mixed verdict point to
 * @param kernelShape shape that most of the stage's matrix products run in; null when unknown
 */
export function labelOf(
  verdict: Pick<Verdict, 'class' | 'subtype' | 'confidence'>,
  families: number,
  sides: readonly Vote[],
  kernelShape: 'GEMM' | 'GEMV' | null,
): string {
  const core = kernelShape === null ? 'core-limited' : `core-limited ${kernelShape}`;
  const of = verdict.class;
  if (families === 1 && of !== 'mixed' && of !== 'insufficient' && of !== 'none') {
    const cause = of === 'core' ? `a ${core} stage` : CAUSE[of];
    return [`Points to ${cause}`, verdict.subtype].filter(Boolean).join(', ');
  }
  switch (of) {
    case 'memory':
      return verdict.subtype === null ? LABEL.memory : `${LABEL.memory}, ${verdict.subtype}`;
    case 'core':
      return capitalised(core);
    case 'mixed': {
      const words = sides.map((side) =>
        side === 'core' ? core : side === 'compute' ? 'compute' : CAUSE[side],
      );
      return words.length < 2 ? LABEL.mixed : `${LABEL.mixed}: ${words.join(' against ')}`;
    }
    default:
      return LABEL[verdict.class];
  }
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
