/** What each CPU did for the llama.cpp process: samples, counts, threads and frequency by stage. */
import { threadsOf } from '../llama/stages/activity.ts';
import type { CounterReadings, Profile, ThreadIndex } from '../profile/types.ts';
import { frequencyTracks, type FrequencyTrack } from './frequencyTracks.ts';
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

/** Mean, least and most of levels that hold from one reading to the next, weighted by time. */
function addFrequencies(
  profile: Profile,
  clock: StageClock,
  cores: ReadonlyMap<number, CoreUse>,
  coreOf: (cpu: number) => CoreUse,
): void {
  const endNs = profile.samples.length > 0 ? profile.samples.timeNs[profile.samples.length - 1] : -Infinity;
  // A capture may note frequencies of CPUs that did nothing for the process.
  const isOfProcess = cores.size === 0 ? () => true : (cpu: number) => cores.has(cpu);
  for (const track of frequencyTracks(profile).filter(({ cpu }) => isOfProcess(cpu))) {
    const core = coreOf(track.cpu);
    levelByGroup(track, clock, endNs).forEach((level, group) => {
      if (level !== null) core.frequencyHz[group] = level;
    });
  }
}

function levelByGroup({ timeNs, hertz }: FrequencyTrack, clock: StageClock, endNs: number): (Level | null)[] {
  const sums = STAGE_GROUPS.map(() => ({ weighted: 0, ns: 0, least: Infinity, most: -Infinity }));
  hertz.forEach((value, row) => {
    const share = new Float64Array(STAGE_GROUPS.length);
    clock.add(timeNs[row], timeNs[row + 1] ?? Math.max(endNs, timeNs[row]), share);
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
