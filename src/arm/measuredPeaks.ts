/** Peaks that somebody measured on the machine of a run (STREAM, a read test, peaks of run.yaml): they win over tables. */
import type { MatrixInstruction, Peak } from './machines.ts';

/** A figure as readers deliver it; mirrors the fields of `ReportedFigure` that matter here. */
export interface PeakFigure {
  kind: string;
  /** `read-bandwidth`, `stream-triad`, `sdot`. */
  subject: string;
  value: number;
  /** `B/s`, `GB/s`, `GOP/s`, `GFLOP/s`. */
  unit: string;
  /** `threads` when it is known. */
  settings: Readonly<Record<string, string>>;
  source: string;
}

/** Kind of the figures that are peaks. */
export const PEAK_KIND = 'peak';

/** A measured peak in base units. */
export interface MeasuredPeak {
  quantity: 'bandwidth' | 'operations';
  /** Of operations: which instruction was measured; null when the name does not say. */
  instruction: MatrixInstruction | null;
  perSecond: number;
  /** Threads it was measured with; null when not stated. */
  threads: number | null;
  subject: string;
  source: string;
}

const BANDWIDTH_UNIT = /^([kMGT]i?)?B(?:ytes)?\/s(?:ec)?$/;
const OPERATIONS_UNIT = /^([kMGT])?(?:FL)?OP[sS]?(?:\/s)?$/;
const FACTORS = new Map([
  ['', 1],
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
  ['ki', 2 ** 10],
  ['Mi', 2 ** 20],
  ['Gi', 2 ** 30],
  ['Ti', 2 ** 40],
]);

/** Names of instructions as people write them in the name of a peak. */
const INSTRUCTION_NAMES: readonly (readonly [RegExp, MatrixInstruction])[] = [
  [/smmla|i8mm/i, 'SMMLA'],
  [/sdot|dotprod/i, 'SDOT'],
  [/(?:fp|f)16/i, 'FMLA fp16'],
  [/fmla|(?:fp|f)32|flop/i, 'FMLA fp32'],
];

/** The peaks among a run's figures; figures of other units are left out. */
export function measuredPeaks(figures: readonly PeakFigure[]): MeasuredPeak[] {
  return figures.flatMap((figure): MeasuredPeak[] => {
    if (figure.kind !== PEAK_KIND || !(figure.value > 0)) return [];
    const { subject, unit, source, value } = figure;
    const threads = /^\d{1,6}$/.test(figure.settings.threads ?? '') ? Number(figure.settings.threads) : null;
    const bandwidth = BANDWIDTH_UNIT.exec(unit);
    const operations = OPERATIONS_UNIT.exec(unit);
    const factor = FACTORS.get((bandwidth ?? operations)?.[1] ?? '') ?? 1;
    const rest = { perSecond: value * factor, threads, subject, source };
    if (bandwidth) return [{ quantity: 'bandwidth', instruction: null, ...rest }];
    if (!operations) return [];
    const named = INSTRUCTION_NAMES.find(([name]) => name.test(`${subject} ${unit}`));
    return [{ quantity: 'operations', instruction: named?.[1] ?? null, ...rest }];
  });
}

/**
 * The highest bandwidth measured with so many threads; where none states its threads, the highest of those. Null when all
 * were measured with other numbers of threads.
 */
export function measuredBandwidth(peaks: readonly MeasuredPeak[], threads: number | null): Peak | null {
  return atThreads(
    peaks.filter(({ quantity }) => quantity === 'bandwidth'),
    threads,
  );
}

/** The highest rate of this instruction measured with so many threads; null when none was. */
export function measuredOperations(
  peaks: readonly MeasuredPeak[],
  instruction: MatrixInstruction,
  threads: number | null,
): Peak | null {
  return atThreads(
    peaks.filter((peak) => peak.quantity === 'operations' && peak.instruction === instruction),
    threads,
  );
}

/** The highest bandwidth measured with any number of threads: the machine can do at least that. */
export function highestBandwidth(peaks: readonly MeasuredPeak[]): MeasuredPeak | null {
  return highest(peaks.filter(({ quantity }) => quantity === 'bandwidth'));
}

function atThreads(peaks: readonly MeasuredPeak[], threads: number | null): Peak | null {
  const best =
    highest(peaks.filter((peak) => threads !== null && peak.threads === threads)) ??
    highest(peaks.filter((peak) => peak.threads === null));
  if (!best) return null;
  const by = best.threads === null ? '' : ` with ${best.threads} thread${best.threads === 1 ? '' : 's'}`;
  return {
    perSecond: best.perSecond,
    kind: 'measured',
    status: 'measured',
    source: `${best.subject} measured on this machine${by} (${best.source})`,
  };
}

function highest(peaks: readonly MeasuredPeak[]): MeasuredPeak | null {
  return peaks.reduce<MeasuredPeak | null>(
    (best, peak) => (best === null || peak.perSecond > best.perSecond ? peak : best),
    null,
  );
}
