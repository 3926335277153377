/** What every form of `perf stat` output says, and the small parsers that the forms share. */

/** What a row's count belongs to when it is not the whole: a CPU, a thread, or a core, die, socket, node… */
export type Aggregate =
  | { kind: 'cpu'; cpu: number }
  | { kind: 'thread'; comm: string; tid: number }
  | { kind: 'other'; label: string };

/** Why a row has no value, in perf's words. */
export type MissingValue = 'not counted' | 'not supported';

/** One count of one event. */
export interface StatRow {
  /** End of the interval in nanoseconds from the start; null for the final output. */
  timeNs: number | null;
  aggregate: Aggregate | null;
  /** Scaled up by perf when the event was multiplexed; null when missing. */
  value: number | null;
  missing: MissingValue | null;
  /** As printed: `msec`, `Joules`; `''` for a plain count. */
  unit: string;
  event: string;
  /** Time that the event ran; null when not printed. */
  runtimeNs: number | null;
  /** Share of the enabled time that it ran, 0…1; null when not printed. */
  share: number | null;
  /** With `-r`: the printed ± as a share of the value. */
  spreadShare: number | null;
}

/** A duration in the footer. */
export interface StatDuration {
  seconds: number;
  spreadSeconds: number | null;
}

/** One file. */
export interface StatOutput {
  rows: StatRow[];
  command: string | null;
  /** `-r N`; null when not printed. */
  runs: number | null;
  startedOn: string | null;
  elapsed: StatDuration | null;
  user: StatDuration | null;
  system: StatDuration | null;
  /** Lines that should have been rows and could not be read. */
  badLines: { count: number; firstLineNumber: number; firstText: string };
}

export function emptyOutput(): StatOutput {
  return {
    rows: [],
    command: null,
    runs: null,
    startedOn: null,
    elapsed: null,
    user: null,
    system: null,
    badLines: { count: 0, firstLineNumber: 0, firstText: '' },
  };
}

export function addBadLine(output: StatOutput, lineNumber: number, text: string): void {
  output.badLines.count++;
  if (output.badLines.count > 1) return;
  output.badLines.firstLineNumber = lineNumber;
  output.badLines.firstText = text.trim().slice(0, 100);
}

/** `# started on Tue Nov 24 02:46:48 2026`, which `-o` writes first. */
export function startedOn(line: string): string | null {
  return /^# started on (.{1,64})$/.exec(line.trimEnd())?.[1] ?? null;
}

/** No run lasts longer: the times of `-I` have at most six digits before the point. */
export const MAX_SECONDS = 999_999;

/** Nanoseconds of `     0.104647843`: always with a point and nine digits, whatever the locale. */
export function intervalTimeNs(text: string): number | null {
  const time = /^\s{0,32}(\d{1,6})\.(\d{9})$/.exec(text);
  return time ? Number(time[1]) * 1e9 + Number(time[2]) : null;
}

/** `CPU0`, `S0-D0-C1`, `S0-D0-CLS0`, `S0-D0-L3-ID0`, `N0`, `llama-cli-1820`; null when the text is none of these. */
export function parseAggregate(text: string): Aggregate | null {
  const cpu = /^CPU(\d{1,6})$/.exec(text);
  if (cpu) return { kind: 'cpu', cpu: Number(cpu[1]) };
  if (hasNumberOfMembers(text)) return { kind: 'other', label: text };
  const dash = text.lastIndexOf('-');
  if (dash > 0 && /^\d{1,10}$/.test(text.slice(dash + 1))) {
    return { kind: 'thread', comm: text.slice(0, dash).trim(), tid: Number(text.slice(dash + 1)) };
  }
  return null;
}

/** Sockets, dies, clusters, caches, cores and nodes: perf prints how many CPUs each has behind it. */
export function hasNumberOfMembers(text: string): boolean {
  return /^(?:S\d{1,6}(?:-D\d{1,6})?(?:-CLS\d{1,6})?(?:-L\d-ID\d{1,6})?(?:-C\d{1,6})?|N\d{1,6})$/.test(text);
}

/** `<not counted>` and `<not supported>`. */
export function parseMissing(text: string): MissingValue | null {
  return text === '<not counted>' ? 'not counted' : text === '<not supported>' ? 'not supported' : null;
}

/**
 * A number with two or more decimals behind the last point or comma when `isFractional`, else a whole number; every other
 * point, comma, apostrophe or (thin) space separates thousands. Null for anything else, also for what is below zero, which
 * no count is.
 */
export function localisedNumber(text: string, isFractional: boolean): number | null {
  if (!/^\d[\d.,'’\u00a0\u202f]{0,40}$/.test(text)) return null;
  const decimals = isFractional ? /[.,](\d{2,9})$/.exec(text) : null;
  const whole = (decimals ? text.slice(0, decimals.index) : text).replace(/\D/g, '');
  return Number(decimals ? `${whole}.${decimals[1]}` : whole);
}
