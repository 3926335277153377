/** What each CPU did for the llama.cpp process: samples, counts, threads and frequency by stage. */
import { threadsOf } from '../llama/stages/activity.ts';
import type { Counter, CounterReadings, Profile, ThreadIndex } from '../profile/types.ts';
import type { StageClock } from './stageClock.ts';
import { STAGE_GROUPS } from './stageGroups.ts';
import type { ThreadInput } from './threadUse.ts';

/** A level over the time of one stage. */
export interface Level {
  mean: number;
  least: number;
  most: number;
}

export interface CoreUse {
  cpu: number;
  /** `Neoverse-V1`; null when the capture does not name the core. */
  name: string | null;
  /** Samples of the process by stage group. */
  samples: number[];
  /** Threads of the process that were sampled here. */
  threads: number;
  /** Row of the profile's counters → totals by stage group; only counters whose readings name CPUs. */
  counters: Map<number, Float64Array>;
  /** Frequency in hertz by stage group where a track says; null elsewhere. */
  frequencyHz: (Level | null)[];
}

/** Samples of each thread of the process on each CPU, by stage group; threads without a sample on a known CPU are absent. */
export function samplesByCpu({
  profile,
  timeline,
  attribution,
  weight,
}: ThreadInput): Map<ThreadIndex, Map<number, number[]>> {
  const { samples, threads } = profile;
  const isOwn = threadsOf(profile, timeline.pid);
  const groups = STAGE_GROUPS.length;
  // Numbers of CPUs come from files: a plain array stays small for usual ones and sparse for others.
  const rowOfCpu: number[] = [];
  const cpus: number[] = [];
  const counts = threads.map((): number[] => []);
  for (let place = 0; place < weight.rows.length; place++) {
    const row = weight.rows[place];
    const cpu = samples.cpu[row];
    const thread = samples.thread[row];
    if (cpu < 0 || isOwn[thread] === 0) continue;
    let cpuRow = rowOfCpu[cpu];
    if (cpuRow === undefined) rowOfCpu[cpu] = cpuRow = cpus.push(cpu) - 1;
    const at = cpuRow * groups + attribution.group[row];
    counts[thread][at] = (counts[thread][at] ?? 0) + 1;
  }
  return new Map(
    counts.flatMap((ofThread, thread) => {
      const byCpu = cpus.flatMap((cpu, cpuRow): [number, number[]][] => {
        const byGroup = STAGE_GROUPS.map((_, group) => ofThread[cpuRow * groups + group] ?? 0);
        return byGroup.some((count) => count > 0) ? [[cpu, byGroup]] : [];
      });
      return byCpu.length > 0 ? [[thread, new Map(byCpu.sort((a, b) => a[0] - b[0]))]] : [];
    }),
  );
}

/**
 * CPUs that samples, counts or frequencies name, ascending; empty when nothing names one.
 *
 * @param byCpu those of {@link samplesByCpu}
 */
export function coreUse(
  { profile, timeline }: ThreadInput,
  clock: StageClock,
  byCpu: ReadonlyMap<ThreadIndex, ReadonlyMap<number, readonly number[]>>,
): CoreUse[] {
  const cores = new Map<number, CoreUse>();
  const coreOf = (cpu: number): CoreUse => {
    let core = cores.get(cpu);
    if (!core) {
      core = {
        cpu,
        name: profile.target.cpus.find((known) => known.cpu === cpu)?.name ?? null,
        samples: STAGE_GROUPS.map(() => 0),
        threads: 0,
        counters: new Map(),
        frequencyHz: STAGE_GROUPS.map(() => null),
      };
      cores.set(cpu, core);
    }
    return core;
  };
  for (const ofThread of byCpu.values()) {
    for (const [cpu, counts] of ofThread) {
      const core = coreOf(cpu);
      core.threads++;
      counts.forEach((count, group) => (core.samples[group] += count));
    }
  }
  const isOwn = threadsOf(profile, timeline.pid);
  for (const readings of profile.readings) {
    if (readings.cpu.every((cpu) => cpu < 0)) continue;
    addCounts(profile, readings, clock, isOwn, coreOf);
  }
  addFrequencies(profile, clock, cores, coreOf);
  return [...cores.values()].sort((a, b) => a.cpu - b.cpu);
}

/** Counts of readings by CPU and stage group; a reading over several groups is divided in proportion to time. */
function addCounts(
  { counters }: Profile,
  readings: CounterReadings,
  clock: StageClock,
  isOwn: Uint8Array,
  coreOf: (cpu: number) => CoreUse,
): void {
  const groups = STAGE_GROUPS.length;
  const columns = readings.counters.flatMap((counter, column) =>
    counters[counter].kind === 'delta' && counters[counter].unavailable === null ? [{ counter, column }] : [],
  );
  if (columns.length === 0) return;
  /** Row of the CPU among those of this table × groups + group; -1 for readings divided below, or not of the process. */
  const placeOf = new Int32Array(readings.length).fill(-1);
  // As above: a plain array stays small for usual numbers of CPUs and sparse for others.
  const rowOfCpu: number[] = [];
  const cpus: number[] = [];
  // A token of a run with many threads divides a reading of each: their shares stand one after the other.
  const divided: { row: number; place: number }[] = [];
  const shares: number[] = [];
  const time = new Float64Array(groups);
  for (let row = 0; row < readings.length; row++) {
    const thread = readings.thread[row];
    const cpu = readings.cpu[row];
    if (cpu < 0 || (thread >= 0 && isOwn[thread] === 0)) continue;
    let cpuRow = rowOfCpu[cpu];
    if (cpuRow === undefined) rowOfCpu[cpu] = cpuRow = cpus.push(cpu) - 1;
    const fromNs = readings.startNs[row];
    const toNs = readings.timeNs[row];
    const group = toNs > fromNs ? clock.soleGroup(fromNs, toNs) : clock.groupAt(fromNs);
    if (group >= 0) {
      placeOf[row] = cpuRow * groups + group;
      continue;
    }
    time.fill(0);
    clock.add(fromNs, toNs, time);
    divided.push({ row, place: cpuRow * groups });
    for (let g = 0; g < groups; g++) shares.push(time[g] / (toNs - fromNs));
  }
  for (const { counter, column } of columns) {
    const deltas = readings.deltas[column];
    const sums = new Float64Array(cpus.length * groups);
    for (let row = 0; row < readings.length; row++) if (placeOf[row] >= 0) sums[placeOf[row]] += deltas[row];
    divided.forEach(({ row, place }, at) => {
      for (let g = 0; g < groups; g++) sums[place + g] += deltas[row] * shares[at * groups + g];
    });
    cpus.forEach((cpu, row) => {
      const into = coreOf(cpu).counters;
      const known = into.get(counter);
      const part = sums.subarray(row * groups, (row + 1) * groups);
      if (known) part.forEach((value, group) => (known[group] += value));
      else into.set(counter, part.slice());
    });
  }
}

const HERTZ_IN: Record<string, number> = { hz: 1, khz: 1e3, mhz: 1e6, ghz: 1e9 };

/** Track of one CPU's frequency in its name: `cpu4-mhz`. */
const TRACK_NAME = /^cpu(\d{1,5})[-_ ](?:.*[-_ ])?([kmg]?hz)$/i;

/** Hertz of one unit of a counter, and the CPU that its name says; null for what is no frequency. */
function frequencyUnit({ name, unit, kind, multiplier }: Counter): { hertz: number; cpu: number } | null {
  if (kind !== 'absolute') return null;
  const named = TRACK_NAME.exec(name);
  const hertz = HERTZ_IN[unit.toLowerCase()] ?? (named ? HERTZ_IN[named[2].toLowerCase()] : undefined);
  return hertz === undefined ? null : { hertz: hertz * multiplier, cpu: named ? Number(named[1]) : -1 };
}

/** Mean, least and most of levels that hold from one reading to the next, weighted by time. */
function addFrequencies(
  profile: Profile,
  clock: StageClock,
  cores: ReadonlyMap<number, CoreUse>,
  coreOf: (cpu: number) => CoreUse,
): void {
  const endNs = profile.samples.length > 0 ? profile.samples.timeNs[profile.samples.length - 1] : -Infinity;
  for (const readings of profile.readings) {
    readings.counters.forEach((counter, column) => {
      const unit = frequencyUnit(profile.counters[counter]);
      if (!unit) return;
      const rows = new Map<number, number[]>();
      for (let row = 0; row < readings.length; row++) {
        const cpu = readings.cpu[row] >= 0 ? readings.cpu[row] : unit.cpu;
        // A capture may note frequencies of CPUs that did nothing for the process.
        if (cpu < 0 || (cores.size > 0 && !cores.has(cpu))) continue;
        const known = rows.get(cpu);
        if (known) known.push(row);
        else rows.set(cpu, [row]);
      }
      for (const [cpu, own] of rows) {
        const level = levelByGroup(readings, column, own, clock, endNs);
        const core = coreOf(cpu);
        level.forEach((value, group) => {
          if (value === null) return;
          const { mean, least, most } = value;
          core.frequencyHz[group] = {
            mean: mean * unit.hertz,
            least: least * unit.hertz,
            most: most * unit.hertz,
          };
        });
      }
    });
  }
}

function levelByGroup(
  readings: CounterReadings,
  column: number,
  rows: readonly number[],
  clock: StageClock,
  endNs: number,
): (Level | null)[] {
  const sums = STAGE_GROUPS.map(() => ({ weighted: 0, ns: 0, least: Infinity, most: -Infinity }));
  rows.forEach((row, index) => {
    const fromNs = readings.timeNs[row];
    const next = rows[index + 1];
    const toNs = next === undefined ? Math.max(endNs, fromNs) : readings.timeNs[next];
    const value = readings.deltas[column][row];
    const share = new Float64Array(STAGE_GROUPS.length);
    clock.add(fromNs, toNs, share);
    sums.forEach((sum, group) => {
      if (share[group] <= 0) return;
      sum.weighted += value * share[group];
      sum.ns += share[group];
      sum.least = Math.min(sum.least, value);
      sum.most = Math.max(sum.most, value);
    });
  });
  return sums.map(({ weighted, ns, least, most }) => (ns > 0 ? { mean: weighted / ns, least, most } : null));
}
