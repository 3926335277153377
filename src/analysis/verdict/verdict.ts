/**
 * The verdict on one stage: families of witnesses, one vote each. Two families that agree make a class, one alone only
 * points to it, contradiction is shown as mixed, and no vote is insufficient. Runs whose time is not hardware time get none.
 */
import { RUNNING_SHARE_GOOD } from '../metrics.ts';
import type { Origin } from '../../profile/types.ts';
import { DEFAULT_THRESHOLDS, type Thresholds } from './thresholds.ts';
import type { Confidence, Family, Verdict, Vote, Witness } from './types.ts';
import {
  rateWitnesses,
  scalingWitnesses,
  stallWitnesses,
  syncWitness,
  type RateEvidence,
  type ScalingEvidence,
  type StallEvidence,
  type SyncEvidence,
} from './witnesses.ts';

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
  /** `perf record …` or `perf stat …` that would record what is missing. */
  recordNext: string;
}

const STAGE_TITLE = { prefill: 'Prefill', decode: 'Decode' } as const;

export function judge(input: VerdictInput, thresholds: Thresholds = DEFAULT_THRESHOLDS): Verdict {
  const base = { stage: input.stage, subtype: null, confidence: null, secondary: null } as const;
  const title = STAGE_TITLE[input.stage];
  if (input.origin === 'emulated' || input.origin === 'simulated') {
    return {
      ...base,
      class: 'none',
      sentence: `No verdict on ${title}: the run is ${input.origin}, and its time and stalls are not those of hardware.`,
      reasons: [
        'demand, instruction mix and counts below hold; what limits a real core cannot be told from them',
      ],
      witnesses: input.demand,
      next: 'record the same command on hardware',
    };
  }
  const witnesses = [
    ...stallWitnesses(input.stalls, thresholds, RUNNING_SHARE_GOOD),
    ...rateWitnesses(input.rate, thresholds),
    ...scalingWitnesses(input.scaling, thresholds),
    syncWitness(input.sync, thresholds),
    ...input.demand,
  ];
  const isShort =
    input.seconds !== null &&
    input.seconds < thresholds.leastSeconds &&
    input.samples < thresholds.leastSamples &&
    input.stalls.backend === null;
  const votes = isShort ? new Map<Family, FamilyVote>() : familyVotes(witnesses);
  if (votes.size === 0) {
    return {
      ...base,
      class: 'insufficient',
      sentence: `What holds ${title} back cannot be told from this capture.`,
      reasons: isShort
        ? ['the stage is too short and has too few samples']
        : witnesses.flatMap((w) => (w.silentBecause ? [`${w.metric}: ${w.silentBecause}`] : [])),
      witnesses,
      next: input.recordNext,
    };
  }
  return decide(input, votes, witnesses, thresholds);
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
  const { stage } = input;
  const title = STAGE_TITLE[stage];
  const others = [...votes].filter(([family]) => family !== 'sync');
  const sides = new Set(others.map(([, { vote }]) => (vote === 'split' ? 'split' : side(vote))));
  const contradicts = sides.has('split') || sides.size > 1;
  const sync = votes.has('sync');
  const common = { stage, witnesses, next: null as string | null };

  if (sync) {
    const secondary = secondaryCause(input, others, thresholds);
    return {
      ...common,
      class: 'sync',
      subtype: null,
      secondary,
      confidence: confidenceOf(votes, ['sync'], input, thresholds).level,
      sentence: `${title} ${others.length === 0 ? 'points to' : 'is held back by'} synchronisation${secondary ? `; behind it, ${CAUSE[secondary]}` : ''}.`,
      reasons: confidenceOf(votes, ['sync'], input, thresholds).reasons,
    };
  }
  if (contradicts) {
    return {
      ...common,
      class: 'mixed',
      subtype: null,
      secondary: null,
      confidence: 'low',
      sentence: `${title} is mixed: ${others.map(([family, { vote }]) => `${family} ${vote === 'split' ? 'points both ways' : `points to ${CAUSE[vote]}`}`).join(', ')}.`,
      reasons: ['families of evidence contradict each other'],
      next: input.recordNext,
    };
  }
  const families = others.map(([family]) => family);
  const vote = mostSpecific(others.map(([, { vote }]) => vote as Vote));
  const { level, reasons } = confidenceOf(votes, families, input, thresholds);
  const subtype = vote === 'memory' ? memorySubtype(input, thresholds) : null;
  const cause = subtype ? `memory ${subtype}` : CAUSE[vote];
  return {
    ...common,
    class: vote,
    subtype,
    secondary: null,
    confidence: level,
    sentence:
      families.length >= 2
        ? `${title} is limited by ${cause}.`
        : `${title} points to ${cause}: one line of evidence.`,
    reasons,
    next: families.length >= 2 ? null : input.recordNext,
  };
}

const CAUSE: Record<Vote, string> = {
  memory: 'memory',
  compute: 'computation',
  core: 'the core itself, not memory',
  frontend: 'instruction supply',
  sync: 'synchronisation',
};

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
  const isSaturated =
    input.scaling?.gainBeyondSaturation !== null && (input.scaling?.gainBeyondSaturation ?? 1) <= 0;
  if ((fraction !== null && fraction >= limit) || isSaturated) return 'bandwidth';
  const share = input.stalls.memoryShare;
  if (fraction !== null && fraction < t.latencyBandwidth && share !== null && share >= t.memoryShareHigh) {
    return 'latency';
  }
  return null;
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
  if (families.length < 2) reasons.push(`only ${families[0]} votes`);
  // The strongest witness of each family counts: a family is near its threshold when all of its witnesses are.
  const near = families.filter((family) =>
    (votes.get(family)?.witnesses ?? []).every((w) => w.margin !== null && w.margin < t.nearThreshold),
  );
  for (const family of near)
    reasons.push(`${family} lies within ${t.nearThreshold * 100} % of its threshold`);
  if (families.length < 2 || near.length > 0) return { level: 'low', reasons };

  const weaknesses = [...new Set(voting.flatMap((w) => (w.weakness ? [w.weakness] : [])))];
  const share = input.stalls.runningShare;
  if (share !== null && share < RUNNING_SHARE_GOOD) weaknesses.push('counters ran only part of the time');
  if (input.samples < t.samplesMedium) weaknesses.push('fewer than 50 samples');
  else if (input.samples < t.samplesHigh) weaknesses.push('fewer than 200 samples');
  reasons.push(`${families.join(' and ')} agree`, ...weaknesses);
  return { level: weaknesses.length === 0 ? 'high' : weaknesses.length === 1 ? 'medium' : 'low', reasons };
}
