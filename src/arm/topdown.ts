/**
 * Topdown level 1 by core: how the pipeline slots of a stage were used.
 *
 * Source: Arm telemetry-solution `data/pmu/cpu/{neoverse,lumex}/*.json` (metrics and `num_slots`), and perf's
 * `pmu-events/arch/arm64/sbsa.json` for cores without a correction of their own.
 */

import { isN1Class } from './coreEvents.ts';

/** Sums over one stage, from one coherent group. */
export interface TopdownCounts {
  CPU_CYCLES: number;
  STALL_SLOT: number;
  STALL_SLOT_FRONTEND: number;
  STALL_SLOT_BACKEND: number;
  OP_RETIRED: number;
  OP_SPEC: number;
  /** N2, V1 and V2 only: what a misprediction empties. */
  BR_MIS_PRED?: number;
  /** N3, V3 and C1 cores only. */
  STALL_FRONTEND_FLUSH?: number;
  /** C1-Pro, Premium, Ultra: cycles in WFI/WFE that slots must not be charged with. */
  IMP_WFX_CLOCK_CYCLES?: number;
}

/** Percentages of slots; they sum to 100 when STALL_SLOT = STALL_SLOT_FRONTEND + STALL_SLOT_BACKEND. */
export interface TopdownLevel1 extends Fractions {
  /** Which formula was used, for the working: `V1, 8 slots`. */
  variant: string;
  /** How each share was computed, in the letters of {@link TOPDOWN_TERMS}. */
  formulas: Readonly<Record<TopdownShare, string>>;
}

export type TopdownResult = { ok: true; value: TopdownLevel1 } | { ok: false; reason: string };

/** Slots per cycle by core where the capture does not state `caps/slots`. */
const SLOTS: Record<string, number> = {
  'Neoverse-N2': 5,
  'Neoverse-N3': 5,
  'Neoverse-V1': 8,
  'Neoverse-V2': 8,
  'Neoverse-V3': 10,
  'C1-Nano': 3,
  'C1-Pro': 5,
  'C1-Premium': 10,
  'C1-Ultra': 10,
};

/** Pipeline slots per cycle (issue width in operations) of a core; null when not known. */
export function slotsPerCycle(core: string | null): number | null {
  return core === null ? null : (SLOTS[core] ?? null);
}

/** Small negatives come from counting noise and are clamped; larger ones mean a wrong revision or constant. */
const CLAMP_BELOW_PERCENT = -2;

interface Terms {
  /** cycles */ c: number;
  /** slots per cycle */ s: number;
  fe: number;
  be: number;
  ss: number;
  /** retired share of speculated operations */ r: number;
  /** mispredicted branches per cycle */ m: number;
  /** front-end flush cycles */ f: number;
  /** WFI/WFE cycles */ w: number;
}

interface Fractions {
  frontendBound: number;
  backendBound: number;
  badSpeculation: number;
  retiring: number;
}
export type TopdownShare = keyof Fractions;

const VARIANTS: Record<string, (t: Terms) => Fractions> = {
  'N2 r0p0–r0p2': ({ c, s, fe, be, ss, r, m }) => ({
    frontendBound: (fe - c) / (s * c) - m,
    backendBound: be / (s * c) - 3 * m,
    badSpeculation: (1 - r) * (1 - (ss - c) / (s * c)) + 4 * m,
    retiring: r * (1 - (ss - c) / (s * c)),
  }),
  'N2 r0p3, V2': ({ c, s, fe, be, ss, r, m }) => ({
    frontendBound: fe / (s * c) - m,
    backendBound: be / (s * c) - 3 * m,
    badSpeculation: (1 - r) * (1 - ss / (s * c)) + 4 * m,
    retiring: r * (1 - ss / (s * c)),
  }),
  V1: ({ c, s, fe, be, ss, r, m }) => ({
    frontendBound: fe / (s * c) - 4 * m,
    backendBound: be / (s * c),
    badSpeculation: (1 - r) * (1 - ss / (s * c)) + 4 * m,
    retiring: r * (1 - ss / (s * c)),
  }),
  'N3, V3, C1-Nano': ({ c, s, fe, be, ss, r, f }) => ({
    frontendBound: fe / (s * c) - f / c,
    backendBound: be / (s * c),
    badSpeculation: (1 - r) * (1 - ss / (s * c)) + f / c,
    retiring: r * (1 - ss / (s * c)),
  }),
  'C1-Pro': ({ c, s, fe, be, ss, r, f, w }) => {
    const active = c - w;
    return {
      frontendBound: fe / (s * active) - f / active,
      backendBound: (be - s * w) / (s * active),
      badSpeculation: (1 - r) * (1 - (ss - s * w) / (s * active)) + f / active,
      retiring: r * (1 - (ss - s * w) / (s * active)),
    };
  },
  'C1-Premium, C1-Ultra': ({ c, s, fe, be, ss, r, f, w }) => {
    const active = c - w;
    return {
      frontendBound: (fe - s * w) / (s * active) - (f - w) / active,
      backendBound: be / (s * active),
      badSpeculation: (1 - r) * (1 - (ss - s * w) / (s * active)) + (f - w) / active,
      retiring: r * (1 - (ss - s * w) / (s * active)),
    };
  },
  generic: ({ c, s, fe, be, ss, r }) => ({
    frontendBound: fe / (s * c),
    backendBound: be / (s * c),
    badSpeculation: (1 - r) * (1 - ss / (s * c)),
    retiring: r * (1 - ss / (s * c)),
  }),
};

/** The shares in the order of the pipeline, with the names of Arm's telemetry JSON. */
export const TOPDOWN_SHARES: readonly { share: TopdownShare; label: string; official: string }[] = [
  { share: 'frontendBound', label: 'Frontend bound', official: 'frontend_bound' },
  { share: 'backendBound', label: 'Backend bound', official: 'backend_bound' },
  { share: 'badSpeculation', label: 'Bad speculation', official: 'bad_speculation' },
  { share: 'retiring', label: 'Retiring', official: 'retiring' },
];

/** Abbreviations of {@link TOPDOWN_FORMULAS}. */
export const TOPDOWN_TERMS =
  'c CPU_CYCLES, s slots per cycle, FE STALL_SLOT_FRONTEND, BE STALL_SLOT_BACKEND, SS STALL_SLOT, r OP_RETIRED ÷ OP_SPEC, m BR_MIS_PRED, f STALL_FRONTEND_FLUSH, w IMP_WFX_CLOCK_CYCLES';

/** The formulas of {@link VARIANTS} as a page shows them. */
const TOPDOWN_FORMULAS: Record<string, Record<TopdownShare, string>> = {
  'N2 r0p0–r0p2': {
    frontendBound: '(FE − c) ÷ (s·c) − m ÷ c',
    backendBound: 'BE ÷ (s·c) − 3m ÷ c',
    badSpeculation: '(1 − r)·(1 − (SS − c) ÷ (s·c)) + 4m ÷ c',
    retiring: 'r·(1 − (SS − c) ÷ (s·c))',
  },
  'N2 r0p3, V2': {
    frontendBound: 'FE ÷ (s·c) − m ÷ c',
    backendBound: 'BE ÷ (s·c) − 3m ÷ c',
    badSpeculation: '(1 − r)·(1 − SS ÷ (s·c)) + 4m ÷ c',
    retiring: 'r·(1 − SS ÷ (s·c))',
  },
  V1: {
    frontendBound: 'FE ÷ (s·c) − 4m ÷ c',
    backendBound: 'BE ÷ (s·c)',
    badSpeculation: '(1 − r)·(1 − SS ÷ (s·c)) + 4m ÷ c',
    retiring: 'r·(1 − SS ÷ (s·c))',
  },
  'N3, V3, C1-Nano': {
    frontendBound: 'FE ÷ (s·c) − f ÷ c',
    backendBound: 'BE ÷ (s·c)',
    badSpeculation: '(1 − r)·(1 − SS ÷ (s·c)) + f ÷ c',
    retiring: 'r·(1 − SS ÷ (s·c))',
  },
  'C1-Pro': {
    frontendBound: 'FE ÷ (s·(c − w)) − f ÷ (c − w)',
    backendBound: '(BE − s·w) ÷ (s·(c − w))',
    badSpeculation: '(1 − r)·(1 − (SS − s·w) ÷ (s·(c − w))) + f ÷ (c − w)',
    retiring: 'r·(1 − (SS − s·w) ÷ (s·(c − w)))',
  },
  'C1-Premium, C1-Ultra': {
    frontendBound: '(FE − s·w) ÷ (s·(c − w)) − (f − w) ÷ (c − w)',
    backendBound: 'BE ÷ (s·(c − w))',
    badSpeculation: '(1 − r)·(1 − (SS − s·w) ÷ (s·(c − w))) + (f − w) ÷ (c − w)',
    retiring: 'r·(1 − (SS − s·w) ÷ (s·(c − w)))',
  },
  generic: {
    frontendBound: 'FE ÷ (s·c)',
    backendBound: 'BE ÷ (s·c)',
    badSpeculation: '(1 − r)·(1 − SS ÷ (s·c))',
    retiring: 'r·(1 − SS ÷ (s·c))',
  },
};

/** Events that topdown level 1 needs on a core; those whose counts only correct it come last. */
export function topdownEvents(core: string | null): (keyof TopdownCounts)[] {
  const variant = variantOf(core, null, null);
  return [
    'CPU_CYCLES',
    'STALL_SLOT',
    'STALL_SLOT_FRONTEND',
    'STALL_SLOT_BACKEND',
    'OP_RETIRED',
    'OP_SPEC',
    ...(NEEDS_MISPREDICTIONS.has(variant) ? (['BR_MIS_PRED'] as const) : []),
    ...(NEEDS_FLUSH.has(variant) ? (['STALL_FRONTEND_FLUSH'] as const) : []),
    ...(NEEDS_WFX.has(variant) ? (['IMP_WFX_CLOCK_CYCLES'] as const) : []),
  ];
}

/** Why a core can never have topdown level 1; null when it may. */
export function topdownExclusion(core: string | null): string | null {
  return core !== null && isN1Class(core)
    ? `${core} counts stalled cycles but no slots: what is not stalled must not be called retiring`
    : null;
}

/**
 * Topdown level 1 of one stage.
 *
 * @param core name as in `cores.ts`, null when unknown
 * @param revision `r0p3` from the MIDR, null when unknown (then N2 is told by its counts)
 * @param statedSlots `caps/slots` of the PMU, null or 0 when the capture does not state it
 */
export function topdownLevel1(
  counts: TopdownCounts,
  core: string | null,
  revision: string | null,
  statedSlots: number | null,
): TopdownResult {
  const exclusion = topdownExclusion(core);
  if (exclusion !== null) return { ok: false, reason: exclusion };
  const slots = statedSlots || (core === null ? undefined : SLOTS[core]);
  if (!slots) {
    return { ok: false, reason: `the slots per cycle of ${core ?? 'this core'} are not known` };
  }
  const cycles = counts.CPU_CYCLES;
  if (cycles <= 0 || counts.OP_SPEC <= 0)
    return { ok: false, reason: 'no cycles or no operations were counted' };
  const variant = variantOf(core, revision, counts);
  if (NEEDS_MISPREDICTIONS.has(variant) && counts.BR_MIS_PRED === undefined) {
    return { ok: false, reason: `${core} needs BR_MIS_PRED for topdown, and it was not counted` };
  }
  if (NEEDS_FLUSH.has(variant) && counts.STALL_FRONTEND_FLUSH === undefined) {
    return { ok: false, reason: `${core} needs STALL_FRONTEND_FLUSH for topdown, and it was not counted` };
  }
  if (NEEDS_WFX.has(variant) && counts.IMP_WFX_CLOCK_CYCLES === undefined) {
    return { ok: false, reason: `${core} needs IMP_WFX_CLOCK_CYCLES for topdown, and it was not counted` };
  }
  const fractions = VARIANTS[variant]({
    c: cycles,
    s: slots,
    fe: counts.STALL_SLOT_FRONTEND,
    be: counts.STALL_SLOT_BACKEND,
    ss: counts.STALL_SLOT,
    r: counts.OP_RETIRED / counts.OP_SPEC,
    m: (counts.BR_MIS_PRED ?? 0) / cycles,
    f: counts.STALL_FRONTEND_FLUSH ?? 0,
    w: counts.IMP_WFX_CLOCK_CYCLES ?? 0,
  });
  const percent = Object.fromEntries(Object.entries(fractions).map(([name, value]) => [name, value * 100]));
  const [lowest] = Object.entries(percent).sort((a, b) => a[1] - b[1]);
  if (lowest[1] < CLAMP_BELOW_PERCENT) {
    return {
      ok: false,
      reason: `${lowest[0]} comes out at ${lowest[1].toFixed(1)} %: the core's revision or slot count is not what was assumed (${variant}, ${slots} slots)`,
    };
  }
  for (const name of Object.keys(percent)) percent[name] = Math.max(0, percent[name]);
  return {
    ok: true,
    value: {
      ...(percent as unknown as Fractions),
      variant: `${variant}, ${slots} slots`,
      formulas: TOPDOWN_FORMULAS[variant],
    },
  };
}

const NEEDS_MISPREDICTIONS = new Set(['N2 r0p0–r0p2', 'N2 r0p3, V2', 'V1']);
const NEEDS_FLUSH = new Set(['N3, V3, C1-Nano', 'C1-Pro', 'C1-Premium, C1-Ultra']);
const NEEDS_WFX = new Set(['C1-Pro', 'C1-Premium, C1-Ultra']);

function variantOf(
  core: string | null,
  revision: string | null,
  counts: TopdownCounts | null,
): keyof typeof VARIANTS {
  switch (core) {
    case 'Neoverse-N2':
      if (revision !== null) return /^r0p[0-2]$/.test(revision) ? 'N2 r0p0–r0p2' : 'N2 r0p3, V2';
      // Early N2 counts one front-end slot too many in every cycle.
      return counts !== null && counts.STALL_SLOT_FRONTEND >= counts.CPU_CYCLES
        ? 'N2 r0p0–r0p2'
        : 'N2 r0p3, V2';
    case 'Neoverse-V1':
      return 'V1';
    case 'Neoverse-V2':
      return 'N2 r0p3, V2';
    case 'Neoverse-N3':
    case 'Neoverse-V3':
    case 'C1-Nano':
      return 'N3, V3, C1-Nano';
    case 'C1-Pro':
      return 'C1-Pro';
    case 'C1-Premium':
    case 'C1-Ultra':
      return 'C1-Premium, C1-Ultra';
    default:
      return 'generic';
  }
}
