/**
 * Topdown level 1 by core: how the pipeline slots of a stage were used.
 *
 * Source: Arm telemetry-solution `data/pmu/cpu/{neoverse,lumex}/*.json` (metrics and `num_slots`), and perf's
 * `pmu-events/arch/arm64/sbsa.json` for cores without a correction of their own.
 */

/** Sums over one stage, from one coherent group. */
export interface TopdownCounts {
  CPU_CYCLES: number;
  STALL_SLOT: number;
  STALL_SLOT_FRONTEND: number;
  STALL_SLOT_BACKEND: number;
  OP_RETIRED: number;
  OP_SPEC: number;
  BR_MIS_PRED: number;
  /** N3, V3 and C1 cores only. */
  STALL_FRONTEND_FLUSH?: number;
  /** C1-Pro, Premium, Ultra: cycles in WFI/WFE that slots must not be charged with. */
  IMP_WFX_CLOCK_CYCLES?: number;
}

/** Percentages of slots; they sum to 100 when STALL_SLOT = STALL_SLOT_FRONTEND + STALL_SLOT_BACKEND. */
export interface TopdownLevel1 {
  frontendBound: number;
  backendBound: number;
  badSpeculation: number;
  retiring: number;
  /** Which formula was used, for the working. */
  variant: string;
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

type Fractions = Omit<TopdownLevel1, 'variant'>;

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
  const slots = statedSlots || (core === null ? undefined : SLOTS[core]);
  if (!slots) {
    return { ok: false, reason: `the slots per cycle of ${core ?? 'this core'} are not known` };
  }
  const cycles = counts.CPU_CYCLES;
  if (cycles <= 0 || counts.OP_SPEC <= 0)
    return { ok: false, reason: 'no cycles or no operations were counted' };
  const variant = variantOf(core, revision, counts);
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
    m: counts.BR_MIS_PRED / cycles,
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
  return { ok: true, value: { ...(percent as unknown as Fractions), variant: `${variant}, ${slots} slots` } };
}

const NEEDS_FLUSH = new Set(['N3, V3, C1-Nano', 'C1-Pro', 'C1-Premium, C1-Ultra']);
const NEEDS_WFX = new Set(['C1-Pro', 'C1-Premium, C1-Ultra']);

function variantOf(
  core: string | null,
  revision: string | null,
  counts: TopdownCounts,
): keyof typeof VARIANTS {
  switch (core) {
    case 'Neoverse-N2':
      if (revision !== null) return /^r0p[0-2]$/.test(revision) ? 'N2 r0p0–r0p2' : 'N2 r0p3, V2';
      // Early N2 counts one front-end slot too many in every cycle.
      return counts.STALL_SLOT_FRONTEND >= counts.CPU_CYCLES ? 'N2 r0p0–r0p2' : 'N2 r0p3, V2';
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
