/** Witnesses of the four voting families and of demand, from what was measured of one stage. */
import type { Thresholds } from './thresholds.ts';
import type { Family, Vote, Witness } from './types.ts';

/** Stall counters of one stage from one coherent group; fractions of cycles unless said. Null is "not counted". */
export interface StallEvidence {
  backend: number | null;
  frontend: number | null;
  /** STALL_BACKEND_MEM ÷ STALL_BACKEND. */
  memoryShare: number | null;
  /** STALL_BACKEND_MEMBOUND ÷ STALL_BACKEND (V3, N3, X4…). */
  wideMemoryShare: number | null;
  ipc: number | null;
  /** Issue width in operations; null when not known for the core. */
  width: number | null;
  /** Topdown level 1 as fractions; null when the core has none. */
  retiring: number | null;
  frontendBound: number | null;
  runningShare: number | null;
  /** Why a value is missing, for the silent witness. */
  missingReason: string | null;
}

/** Achieved rates over peaks. */
export interface RateEvidence {
  /** Achieved read bandwidth, bytes per second; null when it cannot be known. */
  bandwidth: number | null;
  peak: { bytesPerSecond: number; kind: 'measured' | 'theoretical' } | null;
  operations: number | null;
  operationsPeak: { perSecond: number; instructions: string; kind: 'measured' | 'theoretical' } | null;
  missingReason: string | null;
}

/** What sibling runs of the set say. */
export interface ScalingEvidence {
  /** Aggregate tokens per second with two sequences over one. */
  batchTwoOverOne: number | null;
  /** Rate gain over thread gain beyond the count that saturates bandwidth; ≤ 0 when it stopped rising. */
  gainBeyondSaturation: number | null;
  missingReason: string | null;
}

export interface SyncEvidence {
  /** Share of the stage's samples in synchronisation. */
  share: number | null;
  /** Largest thread's busy time over the mean, minus 1. */
  imbalance: number | null;
  threads: number | null;
}

function witness(
  family: Family,
  metric: string,
  value: number | null,
  unit: string,
  threshold: string,
  sources: string[],
): Witness {
  return {
    family,
    metric,
    value,
    unit,
    threshold,
    vote: null,
    silentBecause: null,
    margin: null,
    weakness: null,
    sources,
  };
}

function voting(of: Witness, vote: Vote, margin: number, weakness: string | null = null): Witness {
  return { ...of, vote, margin, weakness };
}

function silent(of: Witness, silentBecause: string): Witness {
  return { ...of, silentBecause };
}

const above = (value: number, threshold: number): number => (value - threshold) / threshold;
const below = (value: number, threshold: number): number => (threshold - value) / threshold;

/**
 * The stall family. Rules are tried in the order memory, front end, compute, core; the first that fits is the family's vote.
 * Silent when STALL_BACKEND was not counted, ran less than three quarters of the time, or lies between the thresholds.
 */
export function stallWitnesses(evidence: StallEvidence, t: Thresholds, leastRunningShare: number): Witness[] {
  const { backend: be, frontend: fe, memoryShare: ms, wideMemoryShare: wide } = evidence;
  const base = witness(
    'stalls',
    'backend stalls',
    be,
    'of cycles',
    `≥ ${t.backendHigh} or < ${t.stallsLow}`,
    ['STALL_BACKEND', 'CPU_CYCLES'],
  );
  const memory = witness(
    'stalls',
    'memory share of backend stalls',
    ms ?? wide,
    'of backend stalls',
    wide !== null && ms === null
      ? `≥ ${t.wideMemoryShareHigh} (wider event)`
      : `≥ ${t.memoryShareHigh} with backend stalls ≥ ${t.backendHigh}, or ≥ ${t.memoryStalledCycles} of cycles`,
    [ms === null && wide !== null ? 'STALL_BACKEND_MEMBOUND' : 'STALL_BACKEND_MEM', 'STALL_BACKEND'],
  );
  if (be === null) return [silent(base, evidence.missingReason ?? 'STALL_BACKEND was not counted')];
  if (evidence.runningShare !== null && evidence.runningShare < leastRunningShare) {
    return [silent(base, `the counters ran ${(evidence.runningShare * 100).toFixed(0)} % of the time`)];
  }

  if (ms !== null) {
    const ofCycles = ms * be;
    if (ofCycles >= t.memoryStalledCycles) {
      return [voting(memory, 'memory', above(ofCycles, t.memoryStalledCycles)), base];
    }
    if (be >= t.backendHigh && ms >= t.memoryShareHigh) {
      return [
        voting(memory, 'memory', Math.min(above(be, t.backendHigh), above(ms, t.memoryShareHigh))),
        base,
      ];
    }
  } else if (wide !== null && be >= t.backendHigh && wide >= t.wideMemoryShareHigh) {
    return [voting(memory, 'memory', above(wide, t.wideMemoryShareHigh)), base];
  }
  if (evidence.frontendBound !== null && evidence.frontendBound >= t.topdownFrontendHigh) {
    const topdown = witness(
      'stalls',
      'front-end bound',
      evidence.frontendBound,
      'of slots',
      `≥ ${t.topdownFrontendHigh}`,
      ['STALL_SLOT_FRONTEND'],
    );
    return [voting(topdown, 'frontend', above(evidence.frontendBound, t.topdownFrontendHigh)), base];
  }
  if (fe !== null && fe >= t.frontendHigh && fe > be) {
    const front = witness(
      'stalls',
      'front-end stalls',
      fe,
      'of cycles',
      `≥ ${t.frontendHigh} and above backend stalls`,
      ['STALL_FRONTEND', 'CPU_CYCLES'],
    );
    return [voting(front, 'frontend', above(fe, t.frontendHigh)), base];
  }
  if (evidence.retiring !== null && evidence.retiring >= t.retiringHigh) {
    const retiring = witness('stalls', 'retiring', evidence.retiring, 'of slots', `≥ ${t.retiringHigh}`, [
      'OP_RETIRED',
      'STALL_SLOT',
    ]);
    return [voting(retiring, 'compute', above(evidence.retiring, t.retiringHigh)), base];
  }
  if (be < t.stallsLow && fe !== null && fe < t.stallsLow) {
    return [voting(base, 'compute', below(Math.max(be, fe), t.stallsLow))];
  }
  const share = ms ?? wide;
  const low = ms !== null ? t.memoryShareLow : t.wideMemoryShareLow;
  if (share !== null && share <= low) {
    if (be >= t.backendCore) return [voting(memory, 'core', below(share, low)), base];
    const busy = evidence.ipc !== null && evidence.width !== null ? evidence.ipc / evidence.width : null;
    if (busy !== null && busy >= t.ipcOfWidth) {
      const ipc = witness(
        'stalls',
        'instructions per cycle over issue width',
        busy,
        '',
        `≥ ${t.ipcOfWidth} with a low memory share`,
        ['INST_RETIRED', 'CPU_CYCLES'],
      );
      return [voting(ipc, 'compute', above(busy, t.ipcOfWidth)), memory];
    }
  }
  if (share === null) {
    return [silent(memory, evidence.missingReason ?? 'STALL_BACKEND_MEM was not counted'), base];
  }
  return [silent(memory, 'between the thresholds'), silent(base, 'between the thresholds')];
}

/** The rate family: achieved bandwidth and operations against the machine's peaks. Both at once is a split vote: `mixed`. */
export function rateWitnesses(evidence: RateEvidence, t: Thresholds): Witness[] {
  const { bandwidth, peak, operations, operationsPeak } = evidence;
  const bandwidthThreshold = peak?.kind === 'theoretical' ? t.bandwidthOfTheoretical : t.bandwidthOfMeasured;
  const bandwidthFraction = bandwidth !== null && peak ? bandwidth / peak.bytesPerSecond : null;
  const bandwidthWitness = witness(
    'rate',
    `read bandwidth of ${peak?.kind ?? 'unknown'} peak`,
    bandwidthFraction,
    'of peak',
    `≥ ${bandwidthThreshold}`,
    ['model bytes per token', 'tokens per second'],
  );
  const operationsFraction =
    operations !== null && operationsPeak ? operations / operationsPeak.perSecond : null;
  const operationsWitness = witness(
    'rate',
    `operations of the ${operationsPeak?.instructions ?? ''} peak`.replace('  ', ' '),
    operationsFraction,
    'of peak',
    `≥ ${t.operationsOfPeak}`,
    ['model operations per token', 'tokens per second'],
  );
  const unknownPeak = evidence.missingReason ?? 'no peak of this machine is known';
  return [
    bandwidthFraction === null
      ? silent(bandwidthWitness, unknownPeak)
      : bandwidthFraction >= bandwidthThreshold
        ? voting(
            bandwidthWitness,
            'memory',
            above(bandwidthFraction, bandwidthThreshold),
            peak?.kind === 'theoretical' ? 'theoretical peak' : null,
          )
        : silent(bandwidthWitness, 'below the threshold'),
    operationsFraction === null
      ? silent(operationsWitness, unknownPeak)
      : operationsFraction >= t.operationsOfPeak
        ? voting(
            operationsWitness,
            'compute',
            above(operationsFraction, t.operationsOfPeak),
            operationsPeak?.kind === 'theoretical' ? 'theoretical peak' : null,
          )
        : silent(operationsWitness, 'below the threshold'),
  ];
}

/** The scaling family, from sibling runs. */
export function scalingWitnesses(evidence: ScalingEvidence | null, t: Thresholds): Witness[] {
  const batch = witness(
    'scaling',
    'rate of two sequences over one',
    evidence?.batchTwoOverOne ?? null,
    '×',
    `≥ ${t.batchScalesFrom} or ≤ ${t.batchFlatUpTo}`,
    ['sibling runs'],
  );
  const threads = witness(
    'scaling',
    'rate gained per thread added beyond bandwidth saturation',
    evidence?.gainBeyondSaturation ?? null,
    '×',
    `≥ ${t.threadScaling}, or no gain`,
    ['sibling runs', 'measured bandwidth by threads'],
  );
  const why = evidence?.missingReason ?? 'one run only';
  const judged: Witness[] = [];
  if (batch.value === null) judged.push(silent(batch, why));
  else if (batch.value >= t.batchScalesFrom)
    judged.push(voting(batch, 'memory', above(batch.value, t.batchScalesFrom)));
  else if (batch.value <= t.batchFlatUpTo)
    judged.push(voting(batch, 'compute', below(batch.value, t.batchFlatUpTo)));
  else judged.push(silent(batch, 'between the thresholds'));
  if (threads.value === null) judged.push(silent(threads, why));
  else if (threads.value >= t.threadScaling)
    judged.push(voting(threads, 'core', above(threads.value, t.threadScaling)));
  else if (threads.value <= 0) judged.push(voting(threads, 'memory', 1));
  else judged.push(silent(threads, 'between the thresholds'));
  return judged;
}

export function syncWitness(evidence: SyncEvidence, t: Thresholds): Witness {
  const of = witness(
    'sync',
    'samples in barriers, locks and polling',
    evidence.share,
    'of samples',
    `≥ ${t.syncAlone}, or ≥ ${t.syncWithImbalance} with imbalance ≥ ${t.imbalance}`,
    ['call stacks'],
  );
  if (evidence.threads !== null && evidence.threads <= 1) return silent(of, 'one thread');
  if (evidence.share === null) return silent(of, 'no samples');
  if (evidence.share >= t.syncAlone) return voting(of, 'sync', above(evidence.share, t.syncAlone));
  if (
    evidence.share >= t.syncWithImbalance &&
    evidence.imbalance !== null &&
    evidence.imbalance >= t.imbalance
  ) {
    return voting(of, 'sync', above(evidence.share, t.syncWithImbalance));
  }
  return silent(of, 'below the threshold');
}

/** Demand never votes: it says where the limit could be. */
export function demandWitness(
  metric: string,
  value: number | null,
  unit: string,
  sources: string[],
): Witness {
  return silent(witness('demand', metric, value, unit, 'none: never votes', sources), 'demand never votes');
}
