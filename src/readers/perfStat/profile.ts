/** From the rows of a perf stat output to counters and readings. */
import type { ProfileBuilder } from '../../profile/builder.ts';
import { unknownClock } from '../../profile/builder.ts';
import type { Counter } from '../../profile/types.ts';
import { NONE } from '../../profile/types.ts';
import { parsePerfEventName } from '../perfEventName.ts';
import type { PerfEventName } from '../perfEventName.ts';
import { UnknownPids } from '../unknownPid.ts';
import type { Aggregate, StatOutput, StatRow } from './rows.ts';

/** The clock of `-I`: it starts with the program, and perf does not say when that was on any other clock. */
const CLOCK = 'perf-stat';
const CORE_PMU = /^(?:armv\d|apple)/;
/** `perf list` of a server names some thousand events; what has more is no output of perf. */
const MAX_SERIES = 4096;

/** One event of the output with its rows. */
interface Series {
  name: string;
  event: PerfEventName;
  unit: string;
  /** Row of each reading, by the reading's index. */
  rows: Map<number, StatRow>;
  missing: StatRow | null;
}

/** A point of the output at which events were read: an interval, or the end, of the whole or of one aggregate. */
interface ReadingPoint {
  startNs: number;
  timeNs: number;
  aggregate: Aggregate | null;
}

/** Fills counters, readings and figures; `source` is the path that figures name. */
export function addStatOutput(builder: ProfileBuilder, output: StatOutput, source: string): void {
  const { points, series, leftOut } = arrange(output);
  const isHybrid = countsSeveralCores(series);
  const counters = series.map((one) => builder.counters.push(counterOf(one, points, isHybrid)) - 1);
  addReadings(builder, series, counters, points, isHybrid);
  if (points.some(({ timeNs }) => timeNs > 0) && output.rows.some((row) => row.timeNs !== null)) {
    builder.clock = unknownClock(CLOCK);
  }
  addFigures(builder, output, source);
  if (leftOut > 0) {
    builder.warn(
      'rows-left-out',
      `${leftOut} rows behind the first ${MAX_SERIES} events were left out`,
      'Give the output of one perf stat',
    );
  }
  if (isHybrid) {
    builder.warn(
      'core-pmus-placement',
      'Events of several kinds of cores were counted: a share below 100 % says where the program ran, so what perf scaled up is taken back to what was counted',
    );
  }
  if (output.rows.some((row) => row.spreadShare !== null)) {
    builder.warn('stat-repeated', `Counts are means over ${output.runs ?? 'several'} runs (perf stat -r)`);
  }
}

/** What the rows are of: the events, when they were read, and the number of rows that are of one event too many. */
interface Arranged {
  points: ReadingPoint[];
  series: Series[];
  leftOut: number;
}

/** Sorts the rows by event and by reading. An event that is listed twice is two series. */
function arrange(output: StatOutput): Arranged {
  const points: ReadingPoint[] = [];
  const pointOf = new Map<string, number>();
  const table = new SeriesTable();
  const elapsedNs = output.elapsed ? Math.round(output.elapsed.seconds * 1e9) : 0;
  let intervalStart = 0;
  let intervalEnd = 0;
  for (const row of output.rows) {
    const timeNs = row.timeNs ?? elapsedNs;
    if (row.timeNs !== null && timeNs > intervalEnd) {
      intervalStart = intervalEnd;
      intervalEnd = timeNs;
    }
    const pointKey = `${timeNs}\0${aggregateKey(row.aggregate)}`;
    let point = pointOf.get(pointKey);
    if (point === undefined) {
      const startNs = Math.min(intervalStart, timeNs);
      point = points.push({ startNs, timeNs, aggregate: row.aggregate }) - 1;
      pointOf.set(pointKey, point);
    }
    table.add(row, point);
  }
  return { points, series: table.series, leftOut: table.leftOut };
}

class SeriesTable {
  leftOut = 0;
  readonly #byName = new Map<string, Series>();
  /** How often an event was listed at a point: the next series to try. */
  readonly #occurrences = new Map<string, number>();

  get series(): Series[] {
    return [...this.#byName.values()];
  }

  add(row: StatRow, point: number): void {
    const key = `${point} ${row.event}`;
    for (let occurrence = (this.#occurrences.get(key) ?? 0) + 1; ; occurrence++) {
      const one = this.#named(row, occurrence);
      if (one === null) {
        this.leftOut++;
        return;
      }
      if (one.rows.has(point)) continue;
      this.#occurrences.set(key, occurrence);
      one.rows.set(point, row);
      if (row.value === null) one.missing = row;
      return;
    }
  }

  #named(row: StatRow, occurrence: number): Series | null {
    const name = occurrence === 1 ? row.event : `${row.event} #${occurrence}`;
    let one = this.#byName.get(name);
    if (!one && this.#byName.size < MAX_SERIES) {
      one = { name, event: parsePerfEventName(row.event), unit: row.unit, rows: new Map(), missing: null };
      this.#byName.set(name, one);
    }
    return one ?? null;
  }
}

function aggregateKey(aggregate: Aggregate | null): string {
  if (aggregate === null) return '';
  switch (aggregate.kind) {
    case 'cpu':
      return `c${aggregate.cpu}`;
    case 'thread':
      return `t${aggregate.tid} ${aggregate.comm}`;
    case 'other':
      return `o${aggregate.label}`;
  }
}

/** Two PMUs of cores: a program's events run on one of them at a time. */
function countsSeveralCores(series: readonly Series[]): boolean {
  const pmus = new Set(series.map(({ event }) => event.pmu).filter((pmu) => pmu && CORE_PMU.test(pmu)));
  return pmus.size > 1;
}

function counterOf(one: Series, points: readonly ReadingPoint[], isHybrid: boolean): Counter {
  const { event } = one;
  const isCoreEvent = event.pmu !== null && CORE_PMU.test(event.pmu);
  const hasValue = [...one.rows.values()].some((row) => row.value !== null);
  return {
    name: one.name,
    code: event.code,
    mnemonic: event.mnemonic,
    unit: one.unit === 'msec' ? 'ms' : one.unit === '' ? event.unit : one.unit,
    kind: 'delta',
    multiplier: 1,
    status: 'counted',
    pmu: event.pmu,
    runningShare: isHybrid && isCoreEvent ? null : runningShare(one, points),
    unavailable: hasValue ? null : unavailability(one.missing),
    excludesKernel: event.excludesKernel,
  };
}

/** Mean share over the readings, long ones counting more; null when none was printed. */
function runningShare(one: Series, points: readonly ReadingPoint[]): number | null {
  let notRun = 0;
  let weight = 0;
  for (const [point, { share, missing }] of one.rows) {
    // perf prints 100 % for events that the target does not have.
    if (share === null || missing === 'not supported') continue;
    const duration = points[point].timeNs - points[point].startNs || 1;
    notRun += (1 - share) * duration;
    weight += duration;
  }
  // Shares are printed with four digits: more would be noise of the division.
  return weight === 0 ? null : Math.max(0, Number((1 - notRun / weight).toFixed(6)));
}

function unavailability(row: StatRow | null): string {
  return row?.missing === 'not supported'
    ? 'perf says <not supported>: this target or its kernel has no such event'
    : 'perf says <not counted>: the event never ran, for lack of a free counter or because the program was too short';
}

/** Events with a value in every reading are read together; the others have readings of their own. */
function addReadings(
  builder: ProfileBuilder,
  series: readonly Series[],
  counters: readonly number[],
  points: readonly ReadingPoint[],
  isHybrid: boolean,
): void {
  const threads = new ThreadRows(builder);
  const valueAt = (one: Series, point: number): number | null => {
    const row = one.rows.get(point);
    if (row?.value === undefined || row.value === null) return null;
    const isCoreEvent = one.event.pmu !== null && CORE_PMU.test(one.event.pmu);
    return isHybrid && isCoreEvent && row.share !== null ? row.value * row.share : row.value;
  };
  const indexes = [...series.keys()];
  const pointsOf = (index: number): number[] =>
    [...series[index].rows.keys()].filter((point) => valueAt(series[index], point) !== null);
  const whole = indexes.filter((index) => pointsOf(index).length === points.length);
  const isWhole = new Set(whole);
  const groups = [whole, ...indexes.filter((index) => !isWhole.has(index)).map((index) => [index])];
  for (const group of groups) {
    if (group.every((index) => counterHasNothing(series[index]))) continue;
    const readings = builder.addReadings(group.map((index) => counters[index]));
    // The events of a group have the same points. What is listed late may be of an early one.
    for (const point of pointsOf(group[0]).sort((a, b) => a - b)) {
      const { startNs, timeNs, aggregate } = points[point];
      const values = group.map((index) => valueAt(series[index], point));
      const cpu = aggregate?.kind === 'cpu' ? aggregate.cpu : NONE;
      readings.push(startNs, timeNs, threads.of(aggregate), cpu, NONE, values.map(Number));
    }
  }
}

function counterHasNothing(one: Series): boolean {
  return [...one.rows.values()].every((row) => row.value === null);
}

/** Threads of `--per-thread`, whose processes perf does not name. */
class ThreadRows {
  readonly #builder: ProfileBuilder;
  readonly #pids = new UnknownPids();

  constructor(builder: ProfileBuilder) {
    this.#builder = builder;
  }

  of(aggregate: Aggregate | null): number {
    if (aggregate?.kind !== 'thread') return NONE;
    const { comm, tid } = aggregate;
    const name = comm === '' ? `:${tid}` : comm;
    const pid = this.#pids.of(name);
    this.#builder.nameProcess(pid, name);
    this.#builder.nameThread(pid, tid, name);
    return this.#builder.thread(pid, tid);
  }
}

function addFigures(builder: ProfileBuilder, output: StatOutput, source: string): void {
  const settings: Record<string, string> = output.runs === null ? {} : { runs: String(output.runs) };
  for (const { event, value, unit, spreadShare } of output.rows) {
    if (spreadShare === null || value === null) continue;
    const spread = value * spreadShare;
    const shownUnit = unit === 'msec' ? 'ms' : unit === '' ? parsePerfEventName(event).unit : unit;
    builder.figures.push({
      kind: 'counter-total',
      subject: event,
      value,
      unit: shownUnit,
      spread,
      repetitions: [],
      settings,
      source,
    });
  }
  const durations = [
    ['time-elapsed', output.elapsed],
    ['user-time', output.user],
    ['system-time', output.system],
  ] as const;
  for (const [subject, duration] of durations) {
    if (!duration) continue;
    const { seconds: value, spreadSeconds: spread } = duration;
    builder.figures.push({
      kind: 'metric',
      subject,
      value,
      unit: 's',
      spread,
      repetitions: [],
      settings,
      source,
    });
  }
}
