/**
 * The verdict on one stage: families of witnesses, one vote each. Two families that agree make a class, one alone only
 * points to it, contradiction is shown as mixed, and no vote is insufficient. Runs whose time is not hardware time get none.
 */
import { RUNNING_SHARE_GOOD } from '../metrics.ts';
import type { Origin } from '../../profile/types.ts';
import { rateWitnesses, type RateEvidence } from './rateWitnesses.ts';
import { isSaturated, scalingWitnesses, type ScalingEvidence } from './scaling.ts';
import { stallWitnesses, type StallEvidence } from './stallWitnesses.ts';
import { syncWitness, type SyncEvidence } from './syncWitness.ts';
import { DEFAULT_THRESHOLDS, type Thresholds } from './thresholds.ts';
import type { Confidence, Family, Verdict, Vote, Witness } from './types.ts';
import { CAUSE, familySays, labelOf, STAGE_TITLE } from './words.ts';

export interface VerdictInput {
  stage: 'prefill' | 'decode';
  origin: Origin | null;
  /** Time of the stage's calls; null when unknown. */
  seconds: number | null;
  samples: number;
  stalls: StallEvidence;
  /** The same with sync samples and threads left out, for the cause behind sync; null when it cannot be had. */
  stallsWithoutSync: StallEvidence | null;
  rate: RateEvidence;
  scaling: ScalingEvidence | null;
  sync: SyncEvidence;
  demand: Witness[];
  /** Shape that most of the stage's matrix products run in; null when unknown. */
  kernelShape?: 'GEMM' | 'GEMV' | null;
  /** Threads that computed, and CPUs of the machine; null or left out when unknown. */
  threads?: number | null;
  cpus?: number | null;
  /** Sentences on what the verdict holds for: the core type it is of, a small batch. */
  remarks?: readonly string[];
  /** What would record what is missing; null when nothing can be recorded any more. */
  recordNext: string | null;
}

export function judge(input: VerdictInput, thresholds: Thresholds = DEFAULT_THRESHOLDS): Verdict {
  const { stage, origin, remarks = [] } = input;
  const title = STAGE_TITLE[stage];
  if (origin === 'emulated' || origin === 'simulated') {
    return complete(input, {
      class: 'none',
      sentence: `No verdict on ${title}: the run is ${origin}, and its time and stalls are not those of hardware.`,
      reasons: ['demand, instruction mix and counts hold; what limits a real core cannot be told from them'],
      witnesses: input.demand,
      next: 'Record the same command on hardware',
    });
  }
  const witnesses = [
    ...stallWitnesses(input.stalls, thresholds, RUNNING_SHARE_GOOD),
    ...rateWitnesses(input.rate, thresholds),
    ...scalingWitnesses(input.scaling, thresholds),
    syncWitness(input.sync, input.samples, thresholds),
    ...input.demand,
  ];
  const isShort =
    input.seconds !== null && input.seconds < thresholds.leastSeconds && input.stalls.backend === null;
  const votes = isShort ? new Map<Family, FamilyVote>() : familyVotes(witnesses);
  if (votes.size === 0) {
    return complete(input, {
      class: 'insufficient',
      sentence: `What holds ${title} back cannot be told from this capture.`,
      reasons: isShort
        ? [`the stage is shorter than ${thresholds.leastSeconds} s, and no stalls were counted`, ...remarks]
        : [
            ...witnesses.flatMap((w) =>
              w.family !== 'demand' && w.silentBecause ? [`${w.metric}: ${w.silentBecause}`] : [],
            ),
            ...remarks,
          ],
      witnesses,
      next: input.recordNext,
    });
  }
  return decide(input, votes, witnesses, thresholds);
}

/** What every verdict has, with its label. */
function complete(
  input: VerdictInput,
  of: Partial<Verdict> & Pick<Verdict, 'class' | 'sentence' | 'reasons' | 'witnesses' | 'next'>,
  families = 0,
  sides: readonly Vote[] = [],
): Verdict {
  const verdict = { subtype: null, confidence: null, secondary: null, stage: input.stage, ...of };
  return { ...verdict, label: labelOf(verdict, families, sides, input.kernelShape ?? null) };
}

interface FamilyVote {
  /** `split`: the family itself points both ways. */
  vote: Vote | 'split';
  witnesses: Witness[];
}

/** One vote per family; a family whose witnesses point both ways is split. */
function familyVotes(witnesses: readonly Witness[]): Map<Family, FamilyVote> {
  const votes = new Map<Family, FamilyVote>();
  for (const witness of witnesses) {
    if (witness.vote === null) continue;
    const known = votes.get(witness.family);
    if (!known) votes.set(witness.family, { vote: witness.vote, witnesses: [witness] });
    else {
      known.witnesses.push(witness);
      if (known.vote === 'split' || side(known.vote) !== side(witness.vote)) known.vote = 'split';
    }
  }
  return votes;
}

/** Compute and core are one side. */
function side(vote: Vote): Vote {
  return vote === 'compute' ? 'core' : vote;
}

function decide(
  input: VerdictInput,
  votes: Map<Family, FamilyVote>,
  witnesses: Witness[],
  thresholds: Thresholds,
): Verdict {
  const { remarks = [] } = input;
  const title = STAGE_TITLE[input.stage];
  const others = [...votes].filter(([family]) => family !== 'sync');
  const sides = [...new Set(others.map(([, { vote }]) => (vote === 'split' ? 'split' : side(vote))))];

  if (votes.has('sync')) {
    const secondary = secondaryCause(input, others, thresholds);
    const { level, reasons } = confidenceOf(votes, ['sync'], input, thresholds);
    return complete(
      input,
      {
        class: 'sync',
        secondary,
        confidence: level,
        sentence: `${title} points to synchronisation${secondary ? `; behind it, ${CAUSE[secondary]}` : ''}.`,
        reasons: [...reasons, ...remarks],
        witnesses,
        next: null,
      },
      1,
    );
  }
  if (sides.includes('split') || sides.length > 1) {
    const inWords = others.map(([family, { vote }]) => familySays(family, vote));
    const pointedTo = others.flatMap(([, family]) => family.witnesses.map(({ vote }) => vote as Vote));
    return complete(
      input,
      {
        class: 'mixed',
        confidence: 'low',
        sentence: `${title} is mixed: ${inWords.join(', ')}.`,
        reasons: ['families of evidence contradict each other', ...remarks],
        witnesses,
        next: input.recordNext,
      },
      others.length,
      distinctSides(pointedTo),
    );
  }
  const families = others.map(([family]) => family);
  const vote = mostSpecific(others.map(([, { vote }]) => vote as Vote));
  const { level, reasons } = confidenceOf(votes, families, input, thresholds);
  const subtype = vote === 'memory' ? memorySubtype(input, thresholds) : null;
  const cause = subtype ? `memory ${subtype}` : CAUSE[vote];
  return complete(
    input,
    {
      class: vote,
      subtype,
      confidence: level,
      sentence:
        families.length >= 2
          ? `${title} is limited by ${cause}.`
          : `${title} points to ${cause}: one line of evidence.`,
      reasons: [
        ...reasons,
        ...(vote === 'memory' && subtype === null ? [subtypeUnknown(input)] : []),
        ...remarks,
      ],
      witnesses,
      next: families.length >= 2 ? null : input.recordNext,
    },
    families.length,
  );
}

/** One vote for each side, the more specific one where both are there; memory first. */
function distinctSides(votes: readonly Vote[]): Vote[] {
  const bySide = new Map<Vote, Vote>();
  for (const vote of votes) if (bySide.get(side(vote)) !== 'core') bySide.set(side(vote), vote);
  return [...bySide.values()].sort((a, b) => Number(b === 'memory') - Number(a === 'memory'));
}

/** `core` says less than `compute`: two families on that side agree on compute when one says so. */
function mostSpecific(votes: readonly Vote[]): Vote {
  return votes.includes('compute') ? 'compute' : votes[0];
}

/** What remains when spinning is left out: spinning inflates IPC and hides memory stalls. */
function secondaryCause(
  input: VerdictInput,
  others: readonly [Family, FamilyVote][],
  thresholds: Thresholds,
): Vote | null {
  if (input.stallsWithoutSync) {
    const again = stallWitnesses(input.stallsWithoutSync, thresholds, RUNNING_SHARE_GOOD).find(
      (w) => w.vote !== null,
    );
    if (again?.vote) return again.vote;
  }
  const remaining = others.filter(([family]) => family !== 'stalls' || !input.stallsWithoutSync);
  const sides = new Set(remaining.map(([, { vote }]) => vote));
  const [only] = sides;
  return sides.size === 1 && only !== 'split' ? only : null;
}

/** Bandwidth when most of the peak is used or more threads bring nothing, latency when it is not and stalls are on memory. */
function memorySubtype(input: VerdictInput, t: Thresholds): 'bandwidth' | 'latency' | null {
  const { bandwidth, peak } = input.rate;
  const fraction = bandwidth !== null && peak ? bandwidth / peak.bytesPerSecond : null;
  const limit = peak?.kind === 'theoretical' ? t.bandwidthOfTheoretical : t.bandwidthLimitedOfMeasured;
  if ((fraction !== null && fraction >= limit) || isSaturated(input.scaling, t)) return 'bandwidth';
  const share = input.stalls.memoryShare;
  if (fraction !== null && fraction < t.latencyBandwidth && share !== null && share >= t.memoryShareHigh) {
    return 'latency';
  }
  return null;
}

/** More CPUs than this share a memory that one of them cannot use up. */
const FEW_CPUS = 4;

function subtypeUnknown({ threads, cpus }: VerdictInput): string {
  return threads === 1 && cpus && cpus > FEW_CPUS
    ? 'one thread cannot use up the bandwidth of the socket: it waits on a single core’s path to memory'
    : 'bandwidth or latency cannot be told apart';
}

/** Words with reasons; no invented probability. */
function confidenceOf(
  votes: Map<Family, FamilyVote>,
  families: readonly Family[],
  input: VerdictInput,
  t: Thresholds,
): { level: Confidence; reasons: string[] } {
  const reasons: string[] = [];
  const voting = families.flatMap((family) => votes.get(family)?.witnesses ?? []);
  if (families.length < 2) reasons.push(`one family votes: ${families[0]}`);
  // The strongest witness of each family counts: a family is near its threshold when all of its witnesses are.
  const near = families.filter((family) =>
    (votes.get(family)?.witnesses ?? []).every((w) => w.margin !== null && w.margin < t.nearThreshold),
  );
  for (const family of near) {
    reasons.push(`the vote of ${family} lies within ${Math.round(t.nearThreshold * 100)} % of its threshold`);
  }
  if (input.origin === null) reasons.push(ORIGIN_UNKNOWN);
  if (families.length < 2 || near.length > 0) return { level: 'low', reasons };

  const weaknesses = [...new Set(voting.flatMap((w) => (w.weakness ? [w.weakness] : [])))];
  const share = input.stalls.runningShare;
  if (share !== null && share < RUNNING_SHARE_GOOD) weaknesses.push('counters ran only part of the time');
  if (input.samples < t.samplesMedium) weaknesses.push(`fewer than ${t.samplesMedium} samples`);
  else if (input.samples < t.samplesHigh) weaknesses.push(`fewer than ${t.samplesHigh} samples`);
  const weak = weaknesses.length + (input.origin === null ? 1 : 0);
  return {
    level: weak === 0 ? 'high' : weak === 1 ? 'medium' : 'low',
    reasons: [`${families.join(' and ')} agree`, ...weaknesses, ...reasons],
  };
}

const ORIGIN_UNKNOWN = 'the files do not say that this ran on hardware: it holds only if it did';
