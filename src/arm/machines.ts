/**
 * Machines that llama.cpp is measured on, and what their cores and memory could do at most. A figure says how it is
 * known; what is not known is null, with a note on where to get it.
 */

/**
 * `theoretical`: computed from the specification. `quoted`: published by the maker or the press. `measured`: read by a
 * benchmark on such a machine. `unverified`: from memory or a leak, to be confirmed before it decides anything.
 */
export type FigureStatus = 'theoretical' | 'quoted' | 'measured' | 'unverified';

export interface Figure {
  value: number;
  status: FigureStatus;
  source: string;
}

/** Cores of one kind. */
export interface CoreGroup {
  /** As the core tables name it: `Neoverse-V1`. */
  core: string;
  /** How many the machine has; null where sizes differ (cloud instances): take the count of the run. */
  count: number | null;
  gigahertz: Figure | null;
  /** Pipes for 128-bit vectors; a pipe of 256-bit SVE counts twice. */
  vectorPipes: Figure | null;
  /** Int8 matrix instructions (SMMLA). */
  hasI8mm: boolean;
}

/** Read bandwidth that a benchmark reached with so many threads. */
export interface MeasuredBandwidth {
  threads: number;
  bytesPerSecond: number;
  source: string;
}

export interface Machine {
  id: string;
  name: string;
  /** What firmware, device trees and people call such a machine; instance types of a cloud where they tell the processor. */
  calledBy: RegExp;
  /** Fastest cores first. */
  cores: CoreGroup[];
  /** Bytes per second between memory and all cores. */
  memoryBandwidth: Figure | null;
  measuredRead: MeasuredBandwidth[];
  /** What is missing, and how to get it; null when nothing is. */
  note: string | null;
}

const GB = 1e9;
const AWS = 'AWS Graviton getting-started guide';
const PI = 'read-only test in llama.cpp issue 26484';

const theoretical = (value: number, source: string): Figure => ({ value, status: 'theoretical', source });
const quoted = (value: number, source: string): Figure => ({ value, status: 'quoted', source });
const unverified = (value: number, source: string): Figure => ({ value, status: 'unverified', source });

export const MACHINES: readonly Machine[] = [
  {
    id: 'graviton2',
    name: 'AWS Graviton2',
    calledBy: /\bgraviton ?2\b|\b(?:[cmr]6gd?n?|t4g|x2gd|im4gn|is4gen|g5g)\.\w/i,
    cores: [
      {
        core: 'Neoverse-N1',
        count: null,
        gigahertz: quoted(2.5, AWS),
        vectorPipes: quoted(2, AWS),
        hasI8mm: false,
      },
    ],
    memoryBandwidth: theoretical(204.8 * GB, '8 channels of DDR4-3200'),
    measuredRead: [],
    note: null,
  },
  {
    id: 'graviton3',
    name: 'AWS Graviton3',
    calledBy: /\bgraviton ?3e?\b|\b(?:[cmr]7gd?n?|hpc7g)\.\w/i,
    cores: [
      {
        core: 'Neoverse-V1',
        count: null,
        gigahertz: quoted(2.6, AWS),
        vectorPipes: quoted(4, 'WikiChip: 256 int8 operations a cycle in 2 pipes of 256-bit SVE'),
        hasI8mm: true,
      },
    ],
    memoryBandwidth: theoretical(307.2 * GB, '8 channels of DDR5-4800; the same on WikiChip'),
    measuredRead: [],
    note: null,
  },
  {
    id: 'graviton4',
    name: 'AWS Graviton4',
    calledBy: /\bgraviton ?4\b|\b(?:[cmrx]8gd?n?b?|i8ge?)\.\w/i,
    cores: [
      {
        core: 'Neoverse-V2',
        count: null,
        gigahertz: quoted(2.8, `${AWS}; 2.7 on 48xlarge`),
        vectorPipes: quoted(4, AWS),
        hasI8mm: true,
      },
    ],
    memoryBandwidth: quoted(536.7 * GB, 'AnandTech; 12 channels of DDR5-5600 make 537.6 GB/s'),
    measuredRead: [],
    note: null,
  },
  {
    id: 'graviton5',
    name: 'AWS Graviton5',
    calledBy: /\bgraviton ?5\b|\bm9g\.\w/i,
    cores: [
      {
        core: 'Neoverse-V3',
        count: null,
        gigahertz: quoted(3.3, AWS),
        vectorPipes: quoted(4, AWS),
        hasI8mm: true,
      },
    ],
    memoryBandwidth: null,
    measuredRead: [],
    note: 'The speed of its 12 channels of DDR5 is not published: measure read bandwidth.',
  },
  ...[3, 3.3].map((gigahertz): Machine => ({
    id: `altra-q80-${gigahertz * 10}`,
    name: `Ampere Altra Q80-${gigahertz * 10}`,
    calledBy: new RegExp(`\\bQ80-${gigahertz * 10}\\b`, 'i'),
    cores: [
      {
        core: 'Neoverse-N1',
        count: 80,
        gigahertz: quoted(gigahertz, 'heise, hardwareluxx'),
        vectorPipes: quoted(2, AWS),
        hasI8mm: false,
      },
    ],
    memoryBandwidth: theoretical(204.8 * GB, '8 channels of DDR4-3200'),
    measuredRead: [],
    note: null,
  })),
  {
    id: 'raspberry-pi-5',
    name: 'Raspberry Pi 5',
    calledBy: /\braspberry pi 5\b|\braspberry pi compute module 5\b/i,
    cores: [
      {
        core: 'Cortex-A76',
        count: 4,
        gigahertz: quoted(2.4, 'Raspberry Pi'),
        vectorPipes: theoretical(2, 'two 128-bit pipes of Cortex-A76'),
        hasI8mm: false,
      },
    ],
    memoryBandwidth: theoretical(17.07 * GB, '32 bits of LPDDR4X-4267'),
    measuredRead: [
      { threads: 1, bytesPerSecond: 9.26 * GB, source: PI },
      { threads: 2, bytesPerSecond: 13.23 * GB, source: PI },
      { threads: 4, bytesPerSecond: 11.59 * GB, source: PI },
    ],
    note: null,
  },
  {
    id: 'cobalt-100',
    name: 'Azure Cobalt 100',
    calledBy: /\bcobalt ?100\b/i,
    cores: [
      {
        core: 'Neoverse-N2',
        count: null,
        gigahertz: unverified(3.4, 'not confirmed by a source'),
        vectorPipes: unverified(2, 'not confirmed by a source'),
        hasI8mm: true,
      },
    ],
    memoryBandwidth: null,
    measuredRead: [],
    note: 'The speed of its 12 channels of DDR5 is not published: measure read bandwidth.',
  },
  {
    id: 'axion-c4a',
    name: 'Google Axion C4A',
    calledBy: /\baxion\b|\bc4a-\w/i,
    cores: [
      {
        core: 'Neoverse-V2',
        count: null,
        gigahertz: null,
        vectorPipes: quoted(4, AWS),
        hasI8mm: true,
      },
    ],
    memoryBandwidth: null,
    measuredRead: [],
    note: 'Clock and memory bandwidth are not published: measure both.',
  },
  {
    id: 'snapdragon-8-gen-3',
    name: 'Snapdragon 8 Gen 3',
    calledBy: /\bsnapdragon 8 gen 3\b|\bSM8650\b/i,
    cores: [
      {
        core: 'Cortex-X4',
        count: 1,
        gigahertz: unverified(3.3, 'from memory'),
        vectorPipes: unverified(4, 'from memory'),
        hasI8mm: true,
      },
      { core: 'Cortex-A720', count: 5, gigahertz: null, vectorPipes: null, hasI8mm: true },
      { core: 'Cortex-A520', count: 2, gigahertz: null, vectorPipes: null, hasI8mm: true },
    ],
    memoryBandwidth: unverified(76.8 * GB, '64 bits of LPDDR5X-9600, from memory'),
    measuredRead: [],
    note: 'Figures are from memory: measure read bandwidth.',
  },
  {
    id: 'snapdragon-x-elite',
    name: 'Snapdragon X Elite',
    calledBy: /\bsnapdragon(?:\(r\))? x elite\b|\bX1E\d{5}\b|\bX1E-\d\d-\d{3}\b/i,
    cores: [
      {
        core: 'Oryon',
        count: null,
        gigahertz: unverified(3.8, 'leaked specification'),
        vectorPipes: unverified(4, 'not confirmed by a source'),
        hasI8mm: true,
      },
    ],
    memoryBandwidth: unverified(136 * GB, 'leaked specification: 8 × 16 bits of LPDDR5X-8533'),
    measuredRead: [],
    note: 'Figures are from a leaked specification: measure read bandwidth.',
  },
  {
    id: 'dimensity-9300',
    name: 'Dimensity 9300',
    calledBy: /\bdimensity 9300\b|\bMT6989\b/i,
    cores: [
      {
        core: 'Cortex-X4',
        count: 1,
        gigahertz: quoted(3.25, 'coverage of the launch'),
        vectorPipes: unverified(4, 'not confirmed by a source'),
        hasI8mm: true,
      },
      {
        core: 'Cortex-X4',
        count: 3,
        gigahertz: quoted(2.85, 'coverage of the launch'),
        vectorPipes: unverified(4, 'not confirmed by a source'),
        hasI8mm: true,
      },
      {
        core: 'Cortex-A720',
        count: 4,
        gigahertz: quoted(2, 'coverage of the launch'),
        vectorPipes: null,
        hasI8mm: true,
      },
    ],
    memoryBandwidth: unverified(76.8 * GB, '64 bits (not confirmed) of LPDDR5T-9600'),
    measuredRead: [],
    note: null,
  },
];

/** The machine with this id (`graviton3`, `raspberry-pi-5`); null for one the table does not have. */
export function machineById(id: string): Machine | null {
  return MACHINES.find((machine) => machine.id === id) ?? null;
}

/** Machines that have this core: what a capture that names only its cores may have been recorded on. */
export function machinesWithCore(core: string): Machine[] {
  return MACHINES.filter((machine) => machine.cores.some((group) => group.core === core));
}

/** Instructions that matrix products are made of, with the number format. */
export type MatrixInstruction = 'FMLA fp32' | 'FMLA fp16' | 'SDOT' | 'SMMLA';

/**
 * Operations (a multiplication or an addition is one) of one 128-bit pipe in a cycle: 4 and 8 fused multiply-adds; 4
 * dot products of 4 bytes; a product of 2 × 8 by 8 × 2 bytes. One SMMLA a pipe and cycle is assumed, not confirmed.
 */
const OPERATIONS_PER_PIPE_CYCLE: Record<MatrixInstruction, number> = {
  'FMLA fp32': 8,
  'FMLA fp16': 16,
  SDOT: 32,
  SMMLA: 64,
};

/** A rate that cannot be exceeded, and how well it is known. */
export interface Peak {
  perSecond: number;
  kind: 'measured' | 'theoretical';
  /** Worst status of the figures it is made of. */
  status: FigureStatus;
  source: string;
}

/** Operations per second of one core with an instruction; null when clock or pipes are not known or it has no such instruction. */
export function corePeak(group: CoreGroup, instruction: MatrixInstruction): Peak | null {
  const { gigahertz, vectorPipes } = group;
  if (!gigahertz || !vectorPipes || (instruction === 'SMMLA' && !group.hasI8mm)) return null;
  const perCycle = OPERATIONS_PER_PIPE_CYCLE[instruction] * vectorPipes.value;
  return {
    perSecond: perCycle * gigahertz.value * 1e9,
    kind: 'theoretical',
    status: worst(gigahertz.status, vectorPipes.status),
    source: `${vectorPipes.value} pipes × ${OPERATIONS_PER_PIPE_CYCLE[instruction]} operations × ${gigahertz.value} GHz`,
  };
}

/**
 * Operations per second of a machine on so many threads, one a core, the fastest cores first; null when a core's figures
 * are missing or there are more threads than cores.
 */
export function operationsPeak(
  machine: Machine,
  instruction: MatrixInstruction,
  threads: number,
): Peak | null {
  let left = threads;
  let perSecond = 0;
  let status: FigureStatus = 'measured';
  const sources: string[] = [];
  for (const group of machine.cores) {
    const used = Math.min(left, group.count ?? left);
    if (used <= 0) continue;
    const peak = corePeak(group, instruction);
    if (!peak) return null;
    perSecond += used * peak.perSecond;
    status = worst(status, peak.status);
    sources.push(`${used} × (${peak.source})`);
    left -= used;
  }
  if (left > 0 || perSecond === 0) return null;
  return { perSecond, kind: 'theoretical', status, source: sources.join(' + ') };
}

/**
 * Bytes per second that so many threads can read: measured at that thread count where somebody did, else what the memory
 * could do for all cores (few threads cannot reach that). Null when neither is known.
 */
export function bandwidthPeak(machine: Machine, threads: number): Peak | null {
  const measured = machine.measuredRead.find((row) => row.threads === threads);
  if (measured) {
    return {
      perSecond: measured.bytesPerSecond,
      kind: 'measured',
      status: 'measured',
      source: measured.source,
    };
  }
  const figure = machine.memoryBandwidth;
  return (
    figure && { perSecond: figure.value, kind: 'theoretical', status: figure.status, source: figure.source }
  );
}

/** Operations a byte above which arithmetic is the limit, below which memory is; null when a peak is not known. */
export function ridge(machine: Machine, instruction: MatrixInstruction, threads: number): number | null {
  const operations = operationsPeak(machine, instruction, threads);
  const bandwidth = bandwidthPeak(machine, threads);
  return operations && bandwidth ? operations.perSecond / bandwidth.perSecond : null;
}

const FROM_BEST_TO_WORST: readonly FigureStatus[] = ['measured', 'quoted', 'theoretical', 'unverified'];

function worst(a: FigureStatus, b: FigureStatus): FigureStatus {
  return FROM_BEST_TO_WORST.indexOf(a) > FROM_BEST_TO_WORST.indexOf(b) ? a : b;
}
