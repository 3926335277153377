/** Whose time it was: samples and counter readings of the llama.cpp process by stage, phase and token. */
import type { StageInterval, StageTimeline } from '../llama/types.ts';
import type { CounterReadings, Profile } from '../profile/types.ts';
import { stageGroup } from './stageGroups.ts';

/** One value per row of the sample table. */
export interface SampleAttribution {
  /** Row of STAGE_GROUPS; samples of other processes and outside every stage are `other`. */
  group: Uint8Array;
  /** Row of the timeline's phases, -1 outside. */
  phase: Int32Array;
  /** Row of the timeline's tokens, -1 outside calls. */
  token: Int32Array;
}

/** Totals of one counter; all null for a counter that has no usable value (its `unavailable` says why). */
export interface CounterTotals {
  total: number | null;
  /** CPU number → total; empty when readings carry no CPU. */
  byCpu: Map<string, number>;
  /** One value per phase of the timeline; null without stages. */
  byPhase: Float64Array | null;
  /** One value per token; null without stages. */
  byToken: Float64Array | null;
  /** Share of the total whose reading crossed a phase boundary and was split in proportion to time, 0…1. */
  splitShare: number;
}

/** Attributes every sample by its time and process. Linear: samples and intervals are both in time order. */
export function attributeSamples(profile: Profile, timeline: StageTimeline): SampleAttribution {
  const { samples } = profile;
  const group = new Uint8Array(samples.length).fill(stageGroup(null));
  const phase = new Int32Array(samples.length).fill(-1);
  const token = new Int32Array(samples.length).fill(-1);
  const { intervals } = timeline;
  const isOwnThread = ownThreads(profile, timeline);
  let at = 0;
  for (let row = 0; row < samples.length; row++) {
    const timeNs = samples.timeNs[row];
    while (at < intervals.length && intervals[at].endNs <= timeNs) at++;
    if (at === intervals.length) break;
    if (intervals[at].startNs > timeNs || isOwnThread[samples.thread[row]] === 0) continue;
    group[row] = stageGroup(intervals[at].stage);
    phase[row] = intervals[at].phase;
    token[row] = intervals[at].token;
  }
  return { group, phase, token };
}

/**
 * Totals of every counter: over the run (all threads), by CPU, and by phase and token (threads of the llama.cpp process,
 * and readings that belong to a CPU only). A reading that covers several intervals is split in proportion to time.
 */
export function counterTotals(profile: Profile, timeline: StageTimeline): CounterTotals[] {
  const hasStages = timeline.source !== null;
  const totals = profile.counters.map((): CounterTotals & { splitSum: number } => ({
    total: null,
    byCpu: new Map(),
    byPhase: hasStages ? new Float64Array(timeline.phases.length) : null,
    byToken: hasStages ? new Float64Array(timeline.tokens.length) : null,
    splitShare: 0,
    splitSum: 0,
  }));
  const isOwnThread = ownThreads(profile, timeline);
  for (const readings of profile.readings) {
    const columns = readings.counters.flatMap((counter, column) =>
      profile.counters[counter].kind === 'delta' && profile.counters[counter].unavailable === null
        ? [{ into: totals[counter], deltas: readings.deltas[column] }]
        : [],
    );
    if (columns.length === 0 || readings.length === 0) continue;
    sumReadings(readings, columns);
    if (hasStages) splitReadings(readings, columns, timeline.intervals, isOwnThread);
  }
  return totals.map(({ splitSum, ...rest }) => ({
    ...rest,
    splitShare: rest.total ? splitSum / rest.total : 0,
  }));
}

interface TotalledColumn {
  into: CounterTotals & { splitSum: number };
  deltas: Float64Array;
}

function sumReadings(readings: CounterReadings, columns: readonly TotalledColumn[]): void {
  for (const { into, deltas } of columns) {
    const ofCpu = new Map<number, number>();
    let sum = 0;
    for (let row = 0; row < readings.length; row++) {
      const delta = deltas[row];
      if (delta === 0) continue;
      sum += delta;
      const cpu = readings.cpu[row];
      if (cpu >= 0) ofCpu.set(cpu, (ofCpu.get(cpu) ?? 0) + delta);
    }
    into.total = (into.total ?? 0) + sum;
    for (const [cpu, value] of [...ofCpu].sort((a, b) => a[0] - b[0])) {
      into.byCpu.set(String(cpu), (into.byCpu.get(String(cpu)) ?? 0) + value);
    }
  }
}

/**
 * Readings are in order of their ends, so the interval of an end only moves forward; from there the covered intervals lie
 * backwards, few of them.
 */
function splitReadings(
  readings: CounterReadings,
  columns: readonly TotalledColumn[],
  intervals: readonly StageInterval[],
  isOwnThread: Uint8Array,
): void {
  let last = 0;
  for (let row = 0; row < readings.length; row++) {
    const toNs = readings.timeNs[row];
    while (last + 1 < intervals.length && intervals[last + 1].startNs < toNs) last++;
    const thread = readings.thread[row];
    if (thread >= 0 && isOwnThread[thread] === 0) continue;
    const fromNs = readings.startNs[row];
    if (toNs <= fromNs) {
      addInstant(intervals, last, toNs, columns, row);
      continue;
    }
    for (let at = last; at >= 0 && intervals[at].endNs > fromNs; at--) {
      const overlapNs = Math.min(toNs, intervals[at].endNs) - Math.max(fromNs, intervals[at].startNs);
      if (overlapNs > 0) add(intervals[at], columns, row, overlapNs / (toNs - fromNs));
    }
  }
}

/** A reading without extent belongs to the interval it falls into. */
function addInstant(
  intervals: readonly StageInterval[],
  last: number,
  timeNs: number,
  columns: readonly TotalledColumn[],
  row: number,
): void {
  for (const at of [last, last + 1]) {
    const interval = intervals[at];
    if (interval && interval.startNs <= timeNs && timeNs < interval.endNs) {
      add(interval, columns, row, 1);
      return;
    }
  }
}

function add(interval: StageInterval, columns: readonly TotalledColumn[], row: number, share: number): void {
  for (const { into, deltas } of columns) {
    const value = deltas[row] * share;
    if (value === 0) continue;
    if (interval.phase >= 0) into.byPhase![interval.phase] += value;
    if (interval.token >= 0) into.byToken![interval.token] += value;
    if (share < 1) into.splitSum += value;
  }
}

/** 1 for threads of the process whose stages these are; all threads when it is not known. */
function ownThreads(profile: Profile, timeline: StageTimeline): Uint8Array {
  return Uint8Array.from(profile.threads, (thread) =>
    timeline.pid === null || thread.pid === timeline.pid ? 1 : 0,
  );
}
