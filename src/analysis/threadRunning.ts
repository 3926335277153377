/** When threads ran, and how often they changed the CPU: from context switches where recorded, else from samples. */
import type { Profile } from '../profile/types.ts';
import { quantity, unknown, type Quantity } from './quantity.ts';
import type { StageClock } from './stageClock.ts';
import { STAGE_GROUPS } from './stageGroups.ts';
import { eachRun, SWITCH_IN } from './switchRuns.ts';
import type { ThreadInput } from './threadUse.ts';

/** Of every thread: `[thread × stage groups + group]`. */
export interface Running {
  /** Time on a CPU, nanoseconds; null without context switches. */
  runNs: Float64Array | null;
  /** 1 for threads that any switch names. */
  hasSwitches: Uint8Array;
  /** Changes of the CPU from one time on a CPU (or one sample) to the next; null where no CPU is known. */
  migrations: Float64Array | null;
  migrationsFrom: 'switches' | 'samples' | null;
}

/** Time on a CPU ({@link eachRun}) and changes of the CPU. */
export function running(
  { profile, attribution, weight }: ThreadInput,
  clock: StageClock,
  extent: { startNs: number; endNs: number },
): Running {
  const { switches, samples, threads } = profile;
  const groups = STAGE_GROUPS.length;
  const runNs = switches.length > 0 ? new Float64Array(threads.length * groups) : null;
  const hasSwitches = eachRun(profile, extent, (thread, fromNs, toNs) => {
    if (runNs) clock.add(fromNs, toNs, runNs.subarray(thread * groups, (thread + 1) * groups));
  });

  const migrations = new Float64Array(threads.length * groups);
  const lastCpu = new Int32Array(threads.length).fill(-1);
  let hasCpus = false;
  for (let row = 0; row < switches.length; row++) {
    const [thread, cpu] = [switches.thread[row], switches.cpu[row]];
    if (switches.kind[row] !== SWITCH_IN || cpu < 0) continue;
    hasCpus = true;
    if (lastCpu[thread] >= 0 && lastCpu[thread] !== cpu) {
      migrations[thread * groups + clock.groupAt(switches.timeNs[row])]++;
    }
    lastCpu[thread] = cpu;
  }
  if (hasCpus) return { runNs, hasSwitches, migrations, migrationsFrom: 'switches' };
  for (let at = 0; at < weight.rows.length; at++) {
    const row = weight.rows[at];
    const cpu = samples.cpu[row];
    if (cpu < 0) continue;
    hasCpus = true;
    const thread = samples.thread[row];
    if (lastCpu[thread] >= 0 && lastCpu[thread] !== cpu) {
      migrations[thread * groups + attribution.group[row]]++;
    }
    lastCpu[thread] = cpu;
  }
  return {
    runNs,
    hasSwitches,
    migrations: hasCpus ? migrations : null,
    migrationsFrom: hasCpus ? 'samples' : null,
  };
}

/** Time that one sample stands for, nanoseconds; null where sampling did not go by time. */
function sampleNs({ events }: Profile, event: number): number | null {
  const { unit, period, frequencyHz } = events[event];
  if (unit === 'ns' && period !== null && period > 1) return period;
  return frequencyHz !== null && frequencyHz > 0 ? 1e9 / frequencyHz : null;
}

/** Share of a stage's time that a thread was on a CPU, %. @param samples of the thread in the stage */
export function runningShare(
  { profile, weight }: Pick<ThreadInput, 'profile' | 'weight'>,
  { runNs, hasSwitches }: Running,
  clock: StageClock,
  thread: number,
  group: number,
  samples: number,
): Quantity {
  const lengthNs = clock.lengthNs[group];
  if (lengthNs <= 0) return unknown('%', `this run has no ${STAGE_GROUPS[group]}`);
  const stageInput = { name: 'time of the stage', value: lengthNs / 1e9, unit: 's' };
  if (runNs && hasSwitches[thread] === 1) {
    const value = runNs[thread * STAGE_GROUPS.length + group];
    return quantity(Math.min(100, (100 * value) / lengthNs), '%', 'counted', {
      formula: 'time between switch-in and switch-out records ÷ time of the stage',
      inputs: [{ name: 'time on a CPU', value: value / 1e9, unit: 's' }, stageInput],
    });
  }
  const perSampleNs = sampleNs(profile, weight.event);
  if (perSampleNs === null) {
    return unknown('%', `no context switches recorded, and ${weight.name} was not sampled by time`);
  }
  return quantity(Math.min(100, (100 * samples * perSampleNs) / lengthNs), '%', 'sampled', {
    formula: 'samples × time between samples ÷ time of the stage, at most 100 %',
    inputs: [
      { name: 'samples', value: samples, unit: 'samples' },
      { name: 'time between samples', value: perSampleNs / 1e9, unit: 's' },
      stageInput,
    ],
    samples,
    note: 'the capture has no context switches of this thread',
  });
}
