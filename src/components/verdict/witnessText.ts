/** Witnesses and thresholds as the verdict card prints them. */
import { formatRatio, formatText } from '../../charts/format.ts';
import type { ReportVerdict, ReportWitness } from '../../report/schema/verdicts.ts';

type Family = ReportWitness['family'];
type Vote = NonNullable<ReportWitness['vote']>;

export const FAMILY_TITLE: Readonly<Record<Family, string>> = {
  stalls: 'Stalls',
  rate: 'Rate against peak',
  scaling: 'Scaling',
  sync: 'Waiting threads',
  demand: 'Demand',
};

/** What a family is asked. */
export const FAMILY_HELP: Readonly<Record<Family, string>> = {
  stalls: 'what the pipeline waits for',
  rate: 'how near the stage comes to what the machine can do',
  scaling: 'what more threads or more sequences bring',
  sync: 'how much threads wait for each other',
  demand: 'what the stage asks for; never votes',
};

export const VOTE_WORDS: Readonly<Record<Vote, string>> = {
  memory: 'memory',
  compute: 'computation',
  core: 'the core itself',
  frontend: 'instruction supply',
  sync: 'synchronisation',
};

export const STANCE: Readonly<Record<ReportWitness['stance'], { mark: string; word: string }>> = {
  supports: { mark: '✓', word: 'supports' },
  contradicts: { mark: '✗', word: 'contradicts' },
  silent: { mark: '–', word: 'silent' },
};

/** `25.0 % of cycles`, `0.90×`, `3.00 operations/B`; a dash where nothing was measured. */
export function valueText(value: number | null, unit: string): string {
  if (value === null) return '–';
  if (unit === '×') return formatRatio(value);
  return unit === 'of' || unit.startsWith('of ')
    ? formatText(value, `share ${unit}`)
    : formatText(value, unit);
}

/** The witnesses of one family; one without a single value only says why. */
export interface FamilyRows {
  family: Family;
  witnesses: ReportWitness[];
  /** Why the family is silent as a whole; null when it measured something. */
  silent: string | null;
}

/** The witnesses by family, in order. */
export function byFamily(verdict: ReportVerdict): FamilyRows[] {
  return (Object.keys(FAMILY_TITLE) as Family[])
    .map((family) => verdict.witnesses.filter((row) => row.family === family))
    .filter((witnesses) => witnesses.length > 0)
    .map((witnesses): FamilyRows => {
      const isMeasured = witnesses.some(({ value }) => value !== null);
      const reasons = new Set(witnesses.flatMap((row) => row.silentBecause ?? []));
      return {
        family: witnesses[0].family,
        witnesses: isMeasured ? witnesses : [],
        silent: isMeasured ? null : [...reasons].join('; '),
      };
    });
}

/** What stands behind the value: why it is silent, what weakens it, what it does not see. */
export function remarkText({ family, silentBecause, weakness, note }: ReportWitness): string {
  return [family === 'demand' ? null : silentBecause, weakness, note]
    .filter((part) => part !== null)
    .join('; ');
}

/** `✓ for memory`, with the word for those who do not see the mark. */
export function voteText({ vote }: ReportWitness): string | null {
  return vote === null ? null : `for ${VOTE_WORDS[vote]}`;
}

/** The threshold in words; null for demand, which has none. */
export function thresholdText({ family, threshold }: ReportWitness): string | null {
  return family === 'demand' ? null : threshold;
}
