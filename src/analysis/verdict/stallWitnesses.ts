/** The stall family: what the pipeline of the stage's core waited for. */
import type { Thresholds } from './thresholds.ts';
import type { Vote, Witness } from './types.ts';
import { above, below, percent, silent, voting, witness } from './witness.ts';

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

/** Nothing was counted, and why. */
export function noStalls(missingReason: string): StallEvidence {
  return {
    backend: null,
    frontend: null,
    memoryShare: null,
    wideMemoryShare: null,
    ipc: null,
    width: null,
    retiring: null,
    frontendBound: null,
    runningShare: null,
    missingReason,
  };
}

const SEES_ONLY =
  'sees demand misses beyond the core’s own last cache: a low share does not exclude L2 latency, TLB misses or stores';
const WIDER = 'a wider event: L1D, L2, TLB and store stalls are in it';

/**
 * Rules are tried in the order memory, front end, compute, core; the first that fits is the family's vote. Silent when
 * STALL_BACKEND was not counted, ran less than `leastRunningShare` of the time, or lies between the thresholds. The
 * witnesses that vote come first; the measured ones beside them say that they lie within what was voted.
 */
export function stallWitnesses(evidence: StallEvidence, t: Thresholds, leastRunningShare: number): Witness[] {
  const { backend, frontend, memoryShare, wideMemoryShare, runningShare, missingReason } = evidence;
  const backendWitness = witness(
    'stalls',
    'backend stalls',
    backend,
    'of cycles',
    `≥ ${percent(t.backendHigh)} or < ${percent(t.stallsLow)}`,
    ['STALL_BACKEND', 'CPU_CYCLES'],
  );
  if (backend === null) return [silent(backendWitness, missingReason ?? 'STALL_BACKEND was not counted')];
  if (runningShare !== null && runningShare < leastRunningShare) {
    return [silent(backendWitness, `the counters ran ${(runningShare * 100).toFixed(0)} % of the time`)];
  }
  const isWide = memoryShare === null && wideMemoryShare !== null;
  const memoryWitness: Witness = {
    ...witness(
      'stalls',
      isWide ? 'memory share of backend stalls (wider event)' : 'memory share of backend stalls',
      memoryShare ?? wideMemoryShare,
      'of backend stalls',
      isWide
        ? `≥ ${percent(t.wideMemoryShareHigh)} with backend stalls ≥ ${percent(t.backendHigh)}`
        : `≥ ${percent(t.memoryShareHigh)} with backend stalls ≥ ${percent(t.backendHigh)}, or ≤ ${percent(t.memoryShareLow)}`,
      [isWide ? 'STALL_BACKEND_MEMBOUND' : 'STALL_BACKEND_MEM', 'STALL_BACKEND'],
    ),
    note: isWide ? WIDER : SEES_ONLY,
  };
  const frontendWitness = witness(
    'stalls',
    'front-end stalls',
    frontend,
    'of cycles',
    `≥ ${percent(t.frontendHigh)} and above backend stalls`,
    ['STALL_FRONTEND', 'CPU_CYCLES'],
  );
  const vote = stallVote({ ...evidence, backend }, t, {
    backend: backendWitness,
    memory: memoryWitness,
    frontend: frontendWitness,
  });
  if (vote) {
    const beside = [memoryWitness, backendWitness, frontendWitness].filter(
      (other) => other.metric !== vote.metric && other.value !== null,
    );
    return [vote, ...beside.map((other) => silent(other, 'the family’s one vote is cast above'))];
  }
  if (memoryWitness.value === null) {
    return [
      silent(memoryWitness, missingReason ?? 'STALL_BACKEND_MEM was not counted'),
      silent(backendWitness, 'high stalls alone do not say what they wait for'),
    ];
  }
  return [silent(memoryWitness, 'between the thresholds'), silent(backendWitness, 'between the thresholds')];
}

/** The witness that casts the family's vote; null when none does. */
function stallVote(
  evidence: StallEvidence & { backend: number },
  t: Thresholds,
  witnesses: Record<'backend' | 'memory' | 'frontend', Witness>,
): Witness | null {
  const { backend, frontend, memoryShare, wideMemoryShare, frontendBound, retiring } = evidence;
  const share = memoryShare ?? wideMemoryShare;
  if (memoryShare !== null) {
    const ofCycles = memoryShare * backend;
    if (ofCycles >= t.memoryStalledCycles) {
      const stalled = witness(
        'stalls',
        'cycles stalled on memory',
        ofCycles,
        'of cycles',
        `≥ ${percent(t.memoryStalledCycles)}`,
        ['STALL_BACKEND_MEM', 'CPU_CYCLES'],
      );
      return voting(stalled, 'memory', above(ofCycles, t.memoryStalledCycles));
    }
    if (backend >= t.backendHigh && memoryShare >= t.memoryShareHigh) {
      const margin = Math.min(above(backend, t.backendHigh), above(memoryShare, t.memoryShareHigh));
      return voting(witnesses.memory, 'memory', margin);
    }
  } else if (
    wideMemoryShare !== null &&
    backend >= t.backendHigh &&
    wideMemoryShare >= t.wideMemoryShareHigh
  ) {
    const margin = Math.min(above(backend, t.backendHigh), above(wideMemoryShare, t.wideMemoryShareHigh));
    return voting(witnesses.memory, 'memory', margin);
  }
  if (frontendBound !== null && frontendBound >= t.topdownFrontendHigh) {
    return slots('front-end bound', frontendBound, t.topdownFrontendHigh, 'frontend', 'STALL_SLOT_FRONTEND');
  }
  if (frontend !== null && frontend >= t.frontendHigh && frontend > backend) {
    return voting(witnesses.frontend, 'frontend', above(frontend, t.frontendHigh));
  }
  if (retiring !== null && retiring >= t.retiringHigh) {
    return slots('retiring', retiring, t.retiringHigh, 'compute', 'OP_RETIRED');
  }
  if (backend < t.stallsLow && frontend !== null && frontend < t.stallsLow) {
    return voting(witnesses.backend, 'compute', below(Math.max(backend, frontend), t.stallsLow));
  }
  const low = memoryShare !== null ? t.memoryShareLow : t.wideMemoryShareLow;
  if (share === null || share > low) return null;
  if (backend >= t.backendCore) {
    return voting(witnesses.memory, 'core', Math.min(below(share, low), above(backend, t.backendCore)));
  }
  const busy = evidence.ipc !== null && evidence.width !== null ? evidence.ipc / evidence.width : null;
  if (busy === null || busy < t.ipcOfWidth) return null;
  const ipc = witness(
    'stalls',
    'instructions per cycle over issue width',
    busy,
    'of issue width',
    `≥ ${percent(t.ipcOfWidth)} with a memory share ≤ ${percent(low)}`,
    ['INST_RETIRED', 'CPU_CYCLES'],
  );
  return voting(ipc, 'compute', Math.min(above(busy, t.ipcOfWidth), below(share, low)));
}

function slots(metric: string, value: number, threshold: number, vote: Vote, event: string): Witness {
  const of = witness('stalls', metric, value, 'of slots', `≥ ${percent(threshold)}`, [event, 'STALL_SLOT']);
  return voting(of, vote, above(value, threshold));
}
