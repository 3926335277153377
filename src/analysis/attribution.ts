/** Whose time it was: samples and counter readings of the llama.cpp process by stage, phase and token. */
import type { StageTimeline } from '../llama/types.ts';
import type { CounterReadings, Profile } from '../profile/types.ts';
import { intervalColumns, placeReadings, sumByInterval } from './attributionPlaces.ts';
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
 * Linear in readings × counters and in intervals.
 */
export function counterTotals(profile: Profile, timeline: StageTimeline): CounterTotals[] {
  const hasStages = timeline.source !== null;
  const totals = profile.counters.map((): CounterTotals => ({
    total: null,
    byCpu: new Map(),
    byPhase: hasStages ? new Float64Array(timeline.phases.length) : null,
    byToken: hasStages ? new Float64Array(timeline.tokens.length) : null,
    splitShare: 0,
  }));
  const splitSums = new Float64Array(totals.length);
  const isOwnThread = ownThreads(profile, timeline);
  const intervals = intervalColumns(timeline.intervals);
  for (const readings of profile.readings) {
    const columns = readings.counters.flatMap((counter, column) =>
      profile.counters[counter].kind === 'delta' && profile.counters[counter].unavailable === null
        ? [{ counter, deltas: readings.deltas[column] }]
        : [],
    );
    if (columns.length === 0 || readings.length === 0) continue;
    const cpus = cpuRows(readings);
    const places = hasStages ? placeReadings(readings, intervals, isOwnThread) : null;
    for (const { counter, deltas } of columns) {
      const into = totals[counter];
      addTotals(into, cpus, deltas);
      if (!places) continue;
      const { byInterval, splitSum } = sumByInterval(readings, deltas, places, intervals);
      splitSums[counter] += splitSum;
      byInterval.forEach((value, row) => {
        const { phase, token } = timeline.intervals[row];
        if (phase >= 0) into.byPhase![phase] += value;
        if (token >= 0) into.byToken![token] += value;
      });
    }
  }
  totals.forEach((row, counter) => (row.splitShare = row.total ? splitSums[counter] / row.total : 0));
  return totals;
}

/** CPUs of readings: `numbers[ofReading[row]]` is the CPU of a row. */
interface CpuRows {
  numbers: number[];
  ofReading: Int32Array;
}

function cpuRows({ cpu, length }: CounterReadings): CpuRows {
  const numbers: number[] = [];
  // Numbers of CPUs come from files, -1 for none: a plain array stays small for usual ones and sparse for others.
  const rowAfterCpu: number[] = [];
  const ofReading = new Int32Array(length);
  for (let row = 0; row < length; row++) {
    const number = cpu[row];
    let known = rowAfterCpu[number + 1];
    if (known === undefined) rowAfterCpu[number + 1] = known = numbers.push(number) - 1;
    ofReading[row] = known;
  }
  return { numbers, ofReading };
}

function addTotals(into: CounterTotals, { numbers, ofReading }: CpuRows, deltas: Float64Array): void {
  const sums = new Float64Array(numbers.length);
  for (let row = 0; row < ofReading.length; row++) sums[ofReading[row]] += deltas[row];
  into.total = (into.total ?? 0) + sums.reduce((sum, value) => sum + value, 0);
  const ascending = [...numbers.keys()].sort((a, b) => numbers[a] - numbers[b]);
  for (const row of ascending) {
    if (numbers[row] < 0 || sums[row] === 0) continue;
    const cpu = String(numbers[row]);
    into.byCpu.set(cpu, (into.byCpu.get(cpu) ?? 0) + sums[row]);
  }
}

/** 1 for threads of the process whose stages these are; all threads when it is not known. */
function ownThreads(profile: Profile, timeline: StageTimeline): Uint8Array {
  return Uint8Array.from(profile.threads, (thread) =>
    timeline.pid === null || thread.pid === timeline.pid ? 1 : 0,
  );
}
